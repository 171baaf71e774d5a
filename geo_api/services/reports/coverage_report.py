"""The report of a month, quarter or year: one public function, :func:`coverage_report`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

import numpy as np

from geo_api.services.answers import Caller
from geo_api.services.assessment.assess import assessed, gather
from geo_api.services.assessment.basis import TOTAL
from geo_api.services.assessment.collect import AssessmentStore, Collected
from geo_api.services.coverage.compute import compute
from geo_api.services.coverage.roll_up import roll_up
from geo_api.services.coverage.tables import CoverageRow, CoverageTables
from geo_api.services.gap_kinds.clusters import cluster_gaps
from geo_api.services.reports.answer import CoverageReport, GapCount, LateFigure, OverdueRow
from geo_api.services.snapshot import cells_under
from geo_api.supervision.assessment_rules import AssessmentRules
from geo_api.supervision.report_periods import ReportPeriod
from geo_api.supervision.roles import require

READERS = frozenset({"planner", "approver", "officer", "system"})


def coverage_report(
    store: AssessmentStore,
    jurisdiction: str,
    period: ReportPeriod,
    *,
    caller: Caller,
    recorded_at: datetime | None = None,
    standing: bool = True,
) -> CoverageReport:
    """Coverage, arrears, gaps and scores of a jurisdiction in a period, from what was recorded at a moment.

    Args:
        store: where the records are.
        jurisdiction: code of a bureau, station or cell.
        period: month, quarter or year.
        caller: who asks.
        recorded_at: from what was recorded then; None = now.
        standing: whether gaps of territory, entities, staff and posters are told too.

    Raises:
        NotFound: no such code. NotAllowed: not the caller's to read.
    """
    reports = store.reports
    what = f"read the report of {jurisdiction}"
    require(caller.role, caller.jurisdiction, allowed=READERS, ancestors=reports.ancestors(jurisdiction), to=what)
    found = gather(store, jurisdiction, period, recorded_at)
    scores = assessed(store, found, jurisdiction, period, recorded_at)
    names = {r.code: r.name for r in scores.rows if r.name}
    tables = found.tables
    rules: AssessmentRules = found.profile.section("assessment")
    overdue = _overdue(found, rules.listed, store, recorded_at)
    level = "cell" if jurisdiction in tables.cells else "station" if jurisdiction in tables.stations else "bureau"
    return CoverageReport(
        jurisdiction=jurisdiction,
        name=scores.name,
        level=level,
        period=period.label,
        length=period.length,
        period_from=period.start,
        period_to=period.end,
        recorded_at=recorded_at,
        profile_digest=found.settings.digest,
        total=_total(tables, names),
        by_class=roll_up(tables, "class", names),
        by_industry=roll_up(tables, "industry", names),
        by_station=roll_up(tables, "station", names) if level == "bureau" else (),
        by_cell=roll_up(tables, "cell", names) if level != "cell" else (),
        by_officer=roll_up(tables, "officer", names),
        overdue=overdue,
        overdue_total=int(tables.overdue.sum()),
        gaps=_gaps(found),
        standing=_standing(store.as_recorded(recorded_at), jurisdiction, period) if standing else (),
        assessment=scores,
        corrections=_corrections(store, jurisdiction, period, recorded_at),
        timezone=found.settings.timezone,
    )


def _standing(store: AssessmentStore, jurisdiction: str, period: ReportPeriod) -> tuple[GapCount, ...]:
    from geo_api.services.reports.standing import standing_gaps  # needs the gridding of territory, which few reports do

    return standing_gaps(store.coverage, jurisdiction, min(period.last_day, store.reports.today(jurisdiction)))


def _total(tables: CoverageTables, names: Mapping[str, str]) -> CoverageRow:
    rows = roll_up(tables, "total", names)
    if rows:
        return rows[0]
    return CoverageRow(
        tables.jurisdiction, names.get(tables.jurisdiction, ""), 0, 0.0, 0.0, None, 0, 0, 0, 0, 0.0, 0, 0
    )


def _overdue(
    found: Collected, most: int, store: AssessmentStore, recorded_at: datetime | None
) -> tuple[OverdueRow, ...]:
    tables = found.tables
    days = tables.overdue_days
    late = np.flatnonzero(tables.overdue)
    late = late[np.lexsort((tables.entity_ids[late], -days[late]))][:most]
    ids = [int(i) for i in tables.entity_ids[late]]
    names = store.reports.entity_names(ids, recorded_at)
    return tuple(
        OverdueRow(
            entity_id=entity_id,
            name=names.get(entity_id, ""),
            cell_code=tables.cells[tables.entity_cell[i]],
            credit_class=tables.classes[tables.entity_class[i]],
            industry=tables.industries[tables.entity_industry[i]],
            since=tables.overdue_since[i].astype(object),
            days=int(days[i]),
            last_visit=None if np.isnat(tables.last_visit[i]) else tables.last_visit[i].astype(object),
        )
        for i, entity_id in zip(late.tolist(), ids, strict=True)
    )


def _gaps(found: Collected) -> tuple[GapCount, ...]:
    """Gaps that can be told for any day of the past: from the same records as the figures."""
    tables = found.tables

    def late(key: str) -> int:
        tally = found.bases[key].tallies(TOTAL)[TOTAL]
        return tally.of - tally.count

    here = tables.exists
    own = found.tables.jurisdiction
    drawn = {found.snapshot.cells[i].code for i in cells_under(found.snapshot, own)}
    drawn |= {own} & found.snapshot.index_of.keys()
    led = {c for c, o in zip(tables.cells, tables.cell_officer.tolist(), strict=True) if tables.officers[o]}
    led |= {
        c.code
        for c in found.snapshot.cells
        if any(o.role == "lead" for o in found.snapshot.territory.officers.get(c.code, ()))
    }
    no_cell = np.array([not c for c in tables.cells])[tables.entity_cell] & here
    rows = (
        ("overdue", int(tables.overdue.sum()), "逾期未巡查户", "entities overdue"),
        ("first_visits", late("first_visits"), "未按期首次巡查户", "first visits not made in time"),
        ("no_cell", int(no_cell.sum()), "不在任何网格的户", "entities in no cell"),
        ("no_lead", len(drawn - led), "无主责人员的网格", "cells without a lead"),
        ("claims", late("claims"), "逾期未认领", "claims not made in time"),
        ("tasks", late("tasks"), "逾期任务", "tasks not done in time"),
        ("rectifications", late("rectifications"), "逾期未复查的整改", "notices not followed up in time"),
    )
    clusters = Counter(gap.rule for gap in cluster_gaps(tables, found.profile.section("coverage"), None))
    return (
        *(GapCount(*row) for row in rows),
        GapCount(
            "cluster.unlicensed", clusters["cluster.unlicensed"], "无照户聚集片区", "clusters of unlicensed entities"
        ),
        GapCount("cluster.overdue", clusters["cluster.overdue"], "逾期户聚集片区", "clusters of overdue entities"),
    )


def _corrections(
    store: AssessmentStore, jurisdiction: str, period: ReportPeriod, recorded_at: datetime | None
) -> tuple[LateFigure, ...]:
    """What the latest report before this one said, against what is recorded now: visits that arrived late."""
    issued = next(
        (
            row
            for row in store.reports.reports(jurisdictions=[jurisdiction], kind="coverage", before=recorded_at)
            if row.period_to <= period.start
        ),
        None,
    )
    if issued is None:
        return ()
    figures = store.reports.report(issued.report_id).figures
    before = {row["key"]: (row["due"], row["made"]) for row in figures["by_cell"]}
    before["total"] = (figures["total"]["due"], figures["total"]["made"])
    tables = compute(
        store.coverage, jurisdiction, issued.period_from, issued.period_to, recorded_at=recorded_at, visitors=False
    )
    now = {row.key: (row.due, row.made) for row in roll_up(tables, "cell")} if figures["by_cell"] else {}
    total = _total(tables, {})
    now["total"] = (total.due, total.made)
    found = []
    for code in sorted({*before, *now}, key=lambda c: (c == "total", c)):
        was, is_now = before.get(code, (0.0, 0.0)), now.get(code, (0.0, 0.0))
        if any(abs(a - b) > 1e-6 for a, b in zip(was, is_now, strict=True)):
            days = issued.period_from, issued.period_to
            found.append(LateFigure(issued.report_id, *days, code, was[0], is_now[0], was[1], is_now[1]))
    return tuple(found)
