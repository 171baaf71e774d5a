"""The use cases bound to a store, as the HTTP service calls them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from geo_api.services.answers import Caller, CoverageAnswer, PlanSummary

if TYPE_CHECKING:
    from geo_api.db.store import Store


class UseCases:
    """Implements :class:`geo_api.services.ports.Supervision`. Numeric packages are loaded on first use."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def submit(self, plan_id: int, *, caller: Caller, reason: str = "") -> PlanSummary:
        """See :func:`geo_api.services.plan_transitions.submit_plan`."""
        from geo_api.services.plan_transitions import submit_plan

        return submit_plan(self._store.planning, plan_id, caller=caller, reason=reason)

    def return_plan(self, plan_id: int, *, caller: Caller, reason: str) -> PlanSummary:
        """See :func:`geo_api.services.plan_transitions.return_plan`."""
        from geo_api.services.plan_transitions import return_plan

        return return_plan(self._store.planning, plan_id, caller=caller, reason=reason)

    def approve(self, plan_id: int, *, caller: Caller, reason: str = "", waive_balance: bool = False) -> PlanSummary:
        """See :func:`geo_api.services.plan_transitions.approve_plan`."""
        from geo_api.services.plan_transitions import approve_plan

        return approve_plan(self._store.planning, plan_id, caller=caller, reason=reason, waive_balance=waive_balance)

    def publish(self, plan_id: int, *, caller: Caller, valid_from: date, reason: str = "") -> PlanSummary:
        """See :func:`geo_api.services.plan_transitions.publish_plan`."""
        from geo_api.services.plan_transitions import publish_plan

        return publish_plan(self._store.planning, plan_id, caller=caller, valid_from=valid_from, reason=reason)

    def coverage(self, jurisdiction: str, on: date, *, caller: Caller) -> CoverageAnswer:
        """See :func:`geo_api.services.gaps.find_gaps`."""
        from geo_api.services.gaps import find_gaps

        return find_gaps(self._store.coverage, jurisdiction, on, caller=caller)
