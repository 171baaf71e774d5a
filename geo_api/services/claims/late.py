"""What nobody claimed in time, as findings for the gaps; and figures of claims by cell and officer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from geo_api.services.claims.store import ClaimRow, ClaimStore, ClaimView, DatedRules
from geo_api.services.claims.views import as_it_lies, claim_view, rules_on
from geo_api.supervision import claims as life
from gridding.findings import Finding, Severity

WHAT = {
    "waiting": ("waits to be claimed by cell {waits}", "待网格 {waits} 认领"),
    "transfer": ("was sent to cell {waits}, which neither accepts nor disputes it", "已移交网格 {waits}，待接收"),
    "disputed": ("is disputed, and {waits} has to decide", "存在争议，待 {waits} 裁定"),
}
"""State -> what is missing, in English and in Chinese."""


@dataclass(frozen=True, slots=True)
class ClaimFigures:
    """Claims of one cell, and of one officer where ``officer_id`` is given, over a period.

    Attributes:
        cell_code, officer_id: whose; "" = nobody took them.
        fell: entities that fell into the cell in the period, or were sent to it.
        in_time, late: of those that were settled by the end, how many within the limit and how many after it.
        open: of those, how many still wait at the end.
        overdue: of those that wait, how many beyond the limit.
        transferred: how many went to another cell.
        lapsed: how many closed or moved away before anybody took them.
    """

    cell_code: str
    officer_id: str
    fell: int = 0
    in_time: int = 0
    late: int = 0
    open: int = 0
    overdue: int = 0
    transferred: int = 0
    lapsed: int = 0


def late_claims(
    store: ClaimStore, jurisdiction: str, on: date, *, recorded_at: datetime | None = None
) -> tuple[Finding, ...]:
    """One finding ``claims.late`` for each claim of a jurisdiction that is beyond its limit on a day, the latest first."""
    rules, parents = store.rules(jurisdiction, recorded_at), store.parents()
    rows = store.claims(jurisdiction, on, only_open=True, recorded_at=recorded_at)
    views = [claim_view(row, on, rules, parents) for row in rows]
    late = sorted((v for v in views if v.late_days), key=lambda v: (-v.late_days, v.entity_id))
    return tuple(_finding(view) for view in late)


def misplaced_claims(
    store: ClaimStore, jurisdiction: str, on: date, *, recorded_at: datetime | None = None
) -> tuple[Finding, ...]:
    """One finding ``claims.elsewhere`` for each entity that a transfer or a decision gave to a cell in which it does not stand.

    Visits and workload are counted where it stands: somebody has to put it on its true place.
    """
    last: dict[int, ClaimRow] = {}
    for row in store.claims(jurisdiction, on, recorded_at=recorded_at):
        last[row.entity_id] = row
    given = {r.entity_id: r for r in last.values() if r.step in (life.TRANSFERRED, life.DECIDED) and not r.now_cell}
    stands = store.cells_of(sorted(given), on) if given else {}
    return tuple(
        _elsewhere(row, stands[entity]) for entity, row in sorted(given.items())
        if entity in stands and stands[entity] != row.to_cell
    )  # fmt: skip


def claim_figures(
    store: ClaimStore,
    jurisdiction: str,
    period_from: date,
    period_to: date,
    *,
    recorded_at: datetime | None = None,
    by_officer: bool = False,
) -> tuple[ClaimFigures, ...]:
    """Claims that fell in [``period_from``, ``period_to``), as they stood on the last day, by cell (and officer).

    A claim counts where it fell, whoever took it in the end; sums over cells are those of the station.
    """
    last_day = date.fromordinal(period_to.toordinal() - 1)
    rules = store.rules(jurisdiction, recorded_at)
    counted: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in store.claims(jurisdiction, last_day, recorded_at=recorded_at):
        if not period_from <= row.fell_on < period_to:
            continue
        tally = counted[row.cell_code, row.officer_id if by_officer else ""]
        tally["fell"] += 1
        for name in _kinds(row, last_day, rules):
            tally[name] += 1
    return tuple(ClaimFigures(cell, officer, **tally) for (cell, officer), tally in sorted(counted.items()))


def _kinds(row: ClaimRow, on: date, rules: Iterable[DatedRules]) -> list[str]:
    """What a claim counts as."""
    row = as_it_lies(row)
    limit = rules_on(rules, row.asked_on)
    due = limit.limit(row.asked_on, limit.days)
    if row.step == life.LAPSED:
        return ["lapsed"]
    moved = ["transferred"] if row.step in (life.TRANSFERRED, life.DECIDED) and row.to_cell != row.cell_code else []
    if row.step in life.OPEN:
        return ["open", "overdue"] if on > due else ["open"]
    return [*moved, "in_time" if row.settled_on is not None and row.settled_on <= due else "late"]


def _elsewhere(row: ClaimRow, stands: str) -> Finding:
    return Finding(
        "claims.elsewhere",
        Severity.WARNING,
        f"{row.name} (entity {row.entity_id}) belongs to cell {row.to_cell} since {row.day}, but stands in cell {stands}: "
        "put it on its true place (gridward place)",
        f"{row.name}（编号 {row.entity_id}）自 {row.day} 起归网格 {row.to_cell}，但坐标位于网格 {stands}，请更正坐标",
        where=str(row.entity_id),
        at=(row.lon, row.lat) if row.lon is not None and row.lat is not None else None,
        details={"cell": row.to_cell, "stands": stands, "since": row.day.isoformat()},
    )


def _finding(view: ClaimView) -> Finding:
    words, words_zh = (text.format(waits=view.waits_for) for text in WHAT[view.state])
    placed = view.lon is not None and view.lat is not None
    return Finding(
        "claims.late",
        Severity.WARNING,
        f"{view.name} (entity {view.entity_id}) {words} since {view.since}; the limit was {view.due_on}, "
        f"{view.late_days} days ago: claim it, or send it to its cell (gridward claims)",
        f"{view.name}（编号 {view.entity_id}）{words_zh}，自 {view.since} 起，期限 {view.due_on}，已逾期 {view.late_days} 天",
        where=str(view.entity_id),
        value=view.late_days,
        limit=0,
        unit="days",
        at=(view.lon, view.lat) if placed and view.lon is not None and view.lat is not None else None,
        details={"cell": view.waits_for or view.cell_code, "since": view.since.isoformat(), "state": view.state},
    )
