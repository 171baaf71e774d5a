"""Who is overdue on a day, and which first visits were not made: a gap each, the longest first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np

from geo_api.services.coverage.inputs import Array
from geo_api.services.coverage.tables import CoverageTables
from geo_api.supervision.coverage import MICRO
from geo_api.supervision.gaps import Gap, as_gap
from gridding.findings import Finding, Severity

Names = Callable[[list[int]], dict[int, str]]


def arrears(tables: CoverageTables, names: Names, *, most: int | None = None) -> tuple[Gap, ...]:
    """Overdue businesses and first visits not made.

    Args:
        tables: see :func:`geo_api.services.coverage.compute.compute`.
        names: names of businesses by id.
        most: so many of each kind; None = all.
    """
    late, new = overdue_rows(tables)[:most], first_rows(tables)[:most]
    known = names(sorted({int(tables.entity_ids[n]) for n in (*late, *new)}))
    due, made = _by_entity(tables, tables.due_micro), _by_entity(tables, tables.made_micro)
    on = tables.period_to
    return (
        *(_overdue(tables, n, known, on, float(due[n]) / MICRO, float(made[n]) / MICRO) for n in late),
        *(_first(tables, n, known, on) for n in new),
    )


def overdue_rows(tables: CoverageTables) -> list[int]:
    """Indices of overdue businesses, the longest overdue first, then by what is missing, then by id."""
    rows = np.flatnonzero(tables.overdue)
    short = _by_entity(tables, tables.due_micro - tables.made_micro)
    order = np.lexsort((tables.entity_ids[rows], -short[rows], -tables.overdue_days[rows]))
    return [int(n) for n in rows[order]]


def first_rows(tables: CoverageTables) -> list[int]:
    """Indices of businesses that exist, should have had their first visit by now, and were never visited."""
    rows = np.flatnonzero(tables.exists & tables.first_open)
    order = np.lexsort((tables.entity_ids[rows], tables.first_due[rows]))
    return [int(n) for n in rows[order]]


def _by_entity(tables: CoverageTables, values: Array) -> Array:
    total = np.zeros(len(tables.entity_ids), np.int64)
    np.add.at(total, tables.entity, values)
    return total


def _place(tables: CoverageTables, n: int) -> tuple[float, float] | None:
    lon, lat = float(tables.lon[n]), float(tables.lat[n])
    return (lon, lat) if np.isfinite(lon) and np.isfinite(lat) else None


def _overdue(tables: CoverageTables, n: int, names: dict[int, str], on: date, due: float, made: float) -> Gap:
    entity_id, days = int(tables.entity_ids[n]), int(tables.overdue_days[n])
    since: date = tables.overdue_since[n].astype(object)
    letter, cell = tables.classes[tables.entity_class[n]], tables.cells[tables.entity_cell[n]]
    name = names.get(entity_id, "")
    visit = tables.last_visit[n]
    seen = "" if np.isnat(visit) else f", the last visit was on {visit.astype(object)}"
    share = f"; it got {made:.3g} of {due:.3g} visits due" if due else ""
    share_zh = f"，本期间应巡查 {due:.3g} 次，实际 {made:.3g} 次" if due else ""
    finding = Finding(
        "coverage.overdue",
        Severity.WARNING,
        f"{name} (entity {entity_id}, class {letter}) missed the calendar period that ended on {since}, {days} days "
        f"ago{share}{seen}: visit it",
        f"{name}（{letter} 类）截至 {since} 的一期未查，已逾期 {days} 天{share_zh}",
        where=str(entity_id),
        value=days,
        limit=0,
        unit="days",
        at=_place(tables, n),
        details={
            "credit_class": letter,
            "industry": tables.industries[tables.entity_industry[n]],
            "due": round(due, 2),
            "made": round(made, 2),
            "missed_until": since.isoformat(),
            "last_visit": None if np.isnat(visit) else str(visit),
            "cell_code": cell,
        },
    )
    return as_gap(finding, on, since=since, cell_code=cell)


def _first(tables: CoverageTables, n: int, names: dict[int, str], on: date) -> Gap:
    entity_id = int(tables.entity_ids[n])
    by: date = tables.first_due[n].astype(object)
    days, cell = (on - by).days, tables.cells[tables.entity_cell[n]]
    name = names.get(entity_id, "")
    finding = Finding(
        "coverage.first_visit",
        Severity.WARNING,
        f"{name} (entity {entity_id}) is new and should have been visited before {by}, {days} days ago; nobody came yet: "
        "make its first visit",
        f"{name}（新设）应在 {by} 前完成首次巡查，至今未查，已逾期 {days} 天",
        where=str(entity_id),
        value=days,
        limit=0,
        unit="days",
        at=_place(tables, n),
        details={"credit_class": tables.classes[tables.entity_class[n]], "cell_code": cell},
    )
    return as_gap(finding, on, since=by, cell_code=cell)
