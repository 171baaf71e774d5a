"""The use cases bound to a store, as the HTTP service calls them."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from geo_api.services.answers import Caller, CoverageAnswer, GapsAnswer, PlanSummary, PosterList

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

    def coverage(
        self,
        jurisdiction: str,
        *,
        caller: Caller,
        today: date,
        on: date | None = None,
        of: str | None = None,
        period_from: date | None = None,
        period_to: date | None = None,
        by: str = "total",
        recorded_at: datetime | None = None,
    ) -> CoverageAnswer:
        """See :func:`geo_api.services.coverage.report.coverage`."""
        from geo_api.services.coverage.report import coverage

        return coverage(
            self._store.coverage,
            jurisdiction,
            caller=caller,
            today=today,
            on=on,
            of=of,
            period_from=period_from,
            period_to=period_to,
            by=by,
            recorded_at=recorded_at,
        )

    def gaps(self, jurisdiction: str, on: date, *, caller: Caller, recorded_at: datetime | None = None) -> GapsAnswer:
        """See :func:`geo_api.services.gaps.find_gaps`."""
        from geo_api.services.gaps import find_gaps

        store = self._store.as_recorded(recorded_at)
        return find_gaps(store.coverage, jurisdiction, on, caller=caller, claims=store.claims, tasks=store.tasks)

    def posters(self, jurisdiction: str, on: date, *, caller: Caller, recorded_at: datetime | None) -> PosterList:
        """See :func:`geo_api.services.posters.list_posters`."""
        from geo_api.services.posters import list_posters

        return list_posters(self._store.posters, jurisdiction, on, caller=caller, recorded_at=recorded_at)

    def record_poster(
        self,
        jurisdiction: str,
        place: str,
        *,
        caller: Caller,
        posted_on: date,
        drawn_for: date | None = None,
        removed: bool = False,
        reason: str = "",
    ) -> PosterList:
        """See :func:`geo_api.services.posters.record_poster`."""
        from geo_api.services.posters import record_poster

        return record_poster(
            self._store.posters,
            jurisdiction,
            place,
            caller=caller,
            posted_on=posted_on,
            drawn_for=drawn_for,
            removed=removed,
            reason=reason,
        )
