"""Steps of plans, coverage, gaps and posters as the routes see them, without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from geo_api import errors
from geo_api.services.answers import Caller, CoverageAnswer, GapsAnswer, PlanSummary, Poster, PosterList
from geo_api.services.coverage.figures import CoverageRow
from geo_api.supervision import report_periods
from geo_api.supervision.gaps import as_gap
from gridding.findings import Finding, Severity

if TYPE_CHECKING:
    from tests.geo_api.fakes import FakePlans


class FakeSupervision:
    """One step of the life cycle each, with the refusals that routes must pass on."""

    def __init__(self, plans: FakePlans) -> None:
        self._plans = plans
        self.calls: list[tuple[str, int, dict[str, Any]]] = []

    def _step(self, name: str, plan_id: int, needs: str, then: str, **named: Any) -> PlanSummary:
        before = self._plans.plan(plan_id)
        self.calls.append((name, plan_id, named))
        if before.state != needs:
            raise errors.Conflict(f"plan {plan_id} is {before.state}; only a {needs} plan can be changed so")
        after = replace(before, state=then)
        self._plans.by_id[plan_id] = after
        return after

    def submit(self, plan_id: int, *, caller: Caller, reason: str = "") -> PlanSummary:
        if reason == "gap":
            finding = Finding("tiling.gap", Severity.ERROR, "a gap of 3 m2", where="C01", value=3.0, at=(114.0, 30.0))
            raise errors.RuleViolation("the plan does not tile its station", (finding,))
        return self._step("submit", plan_id, "draft", "submitted", caller=caller, reason=reason)

    def return_plan(self, plan_id: int, *, caller: Caller, reason: str) -> PlanSummary:
        return self._step("return", plan_id, "submitted", "returned", caller=caller, reason=reason)

    def approve(self, plan_id: int, *, caller: Caller, reason: str = "", waive_balance: bool = False) -> PlanSummary:
        if caller.role != "approver":
            raise errors.NotAllowed("only an approver may approve")
        named = {"caller": caller, "reason": reason, "waive_balance": waive_balance}
        return self._step("approve", plan_id, "submitted", "approved", **named)

    def publish(self, plan_id: int, *, caller: Caller, valid_from: date, reason: str = "") -> PlanSummary:
        named = {"caller": caller, "valid_from": valid_from, "reason": reason}
        return self._step("publish", plan_id, "approved", "published", **named)

    def coverage(
        self,
        jurisdiction: str,
        *,
        caller: Caller,
        today: date,
        on: date | None = None,
        of: str | None = None,
        by: str = "total",
        **_: object,
    ) -> CoverageAnswer:
        self._known(jurisdiction)
        if of is not None:
            report_periods.named(of)
        last = on or today
        late = Finding("coverage.overdue", Severity.WARNING, "visit it", where="7", at=(114.015, 30.005))
        row = CoverageRow("A", "", 5, 10.0, 8.0, 0.8, 9.0, 2, 1, 30, 30.0, 0, 0)
        return CoverageAnswer(
            jurisdiction=jurisdiction,
            on=last,
            period_from=date(last.year, 1, 1),
            period_to=last,
            totals={"coverage.overdue": 1},
            due={"A": 10.0},
            made={"A": 8.0},
            findings=(as_gap(late, last, since=date(2026, 1, 1)),),
            by=by,
            total=row,
            rows=(row,),
        )

    def gaps(self, jurisdiction: str, on: date, *, caller: Caller, recorded_at: datetime | None = None) -> GapsAnswer:
        self._known(jurisdiction)
        no_lead = Finding(
            "staffing.no_lead", Severity.ERROR, "cell C01002 has no lead", where="C01002", at=(114.015, 30.005)
        )
        elsewhere = Finding("entity.unlocated", Severity.WARNING, "entity E7 has no place", where="E7")
        return GapsAnswer(
            jurisdiction=jurisdiction,
            name="",
            on=on,
            period_from=date(on.year, 1, 1),
            period_to=on,
            totals={"staffing.no_lead": 1, "entity.unlocated": 1},
            due={"A": 10.0},
            made={"A": 8.0},
            findings=(as_gap(no_lead, on, cell_code="C01002"), as_gap(elsewhere, on)),
        )

    def posters(self, jurisdiction: str, on: date, *, caller: Caller, recorded_at: datetime | None) -> PosterList:
        self._known(jurisdiction)
        return PosterList(jurisdiction, on, (Poster(jurisdiction, "hall", on, 1, "me", on, None),))

    def record_poster(
        self, jurisdiction: str, place: str, *, caller: Caller, posted_on: date, **_: object
    ) -> PosterList:
        self._known(jurisdiction)
        return PosterList(jurisdiction, posted_on, (Poster(jurisdiction, place, posted_on, 1, "me", posted_on, None),))

    def _known(self, jurisdiction: str) -> None:
        self._plans.plans()
        if jurisdiction not in ("C", "C01", "C02"):
            raise errors.NotFound(f"no jurisdiction has the code {jurisdiction!r}")
