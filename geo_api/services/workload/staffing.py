"""Use case: the staff that stations need for their visits, and the cells that their staff can carry (rule 5)."""

from __future__ import annotations

import math
from datetime import date

from geo_api.services.answers import Caller
from geo_api.services.workload.answers import StaffingAnswer, StaffingRow
from geo_api.services.workload.place import MICRO, place_work
from geo_api.services.workload.store import READERS, WorkloadStore
from geo_api.supervision.frequency import Rules
from geo_api.supervision.officers import cells_from_staff
from geo_api.supervision.roles import require
from gridding.findings import Finding, Severity


def staffing(store: WorkloadStore, jurisdiction: str, *, caller: Caller, on: date | None = None) -> StaffingAnswer:
    """Hours and officers needed, officers there, cells that they can carry: of each station, and together.

    Raises:
        NotFound: no such station or bureau that day. NotAllowed: not the caller's to see.
    """
    above = store.ancestors(jurisdiction)
    require(
        caller.role, caller.jurisdiction, allowed=READERS, ancestors=above, to=f"see the staffing of {jurisdiction}"
    )
    day = on or store.today(jurisdiction)
    work = place_work(store, jurisdiction, day, cells=False)
    scope, rules = work.scope, work.rules
    there = store.officers(above, day)
    sums = work.frame.groupby("station").agg(entities=("entity_id", "size"), hours=("hours", "sum"))
    found = {str(r.Index): (int(r.entities), int(r.hours)) for r in sums.itertuples()}
    in_force = dict.fromkeys(scope.station_codes, 0)
    for station in scope.cell_stations:
        in_force[station] += 1
    rows = tuple(
        _row(code, name, *found.get(code, (0, 0)), there.get(code, 0), in_force[code], rules)
        for code, name in zip(scope.station_codes, scope.station_names, strict=True)
    )
    together = _together(scope.code, scope.name, rows, found.get("", (0, 0)), rules)
    return StaffingAnswer(
        jurisdiction=scope.code,
        name=scope.name,
        on=day,
        stations=rows,
        together=together,
        officers_per_cell=rules.officers_per_cell,
        hours_setting="officer_time" if rules.officer_time else "hours_per_officer_year",
        officers_elsewhere=sum(n for code, n in there.items() if code not in in_force),
        findings=(*(_short(row) for row in rows if row.spare < 0), *_elsewhere(scope.code, *found.get("", (0, 0)))),
        recorded_at=store.recorded_at,
    )


def _row(code: str, name: str, entities: int, hours: int, officers: int, drawn: int, rules: Rules) -> StaffingRow:
    cells = rules.cells.get(code) or cells_from_staff(officers, rules.officers_per_cell)
    return _counted(code, name, entities, hours, _needed(hours, rules), officers, cells, drawn, rules)


def _together(
    code: str, name: str, rows: tuple[StaffingRow, ...], outside: tuple[int, int], rules: Rules
) -> StaffingRow:
    """All stations, with the entities that lie in none of them."""
    hours = sum(round(r.hours_needed * MICRO) for r in rows) + outside[1]
    return _counted(
        code,
        name,
        sum(r.entities for r in rows) + outside[0],
        hours,
        sum(r.officers_needed for r in rows) + _needed(outside[1], rules),
        sum(r.officers_there for r in rows),
        sum(r.cells_by_staff for r in rows),
        sum(r.cells_in_force for r in rows),
        rules,
    )


def _needed(hours: int, rules: Rules) -> int:
    return math.ceil(hours / MICRO / rules.hours_per_officer_year - 1e-9)


def _counted(
    code: str, name: str, entities: int, micro: int, needed: int, officers: int, cells: int, drawn: int, rules: Rules
) -> StaffingRow:
    hours, each = micro / MICRO, rules.hours_per_officer_year
    spare = officers - needed
    verdict = f"{spare} to spare" if spare > 0 else f"{-spare} short" if spare < 0 else "just enough"
    verdict_zh = f"富余 {spare} 人" if spare > 0 else f"缺 {-spare} 人" if spare < 0 else "刚好够"
    return StaffingRow(
        code=code,
        name=name,
        entities=entities,
        hours_needed=hours,
        hours_per_officer=each,
        officers_needed=needed,
        officers_there=officers,
        spare=spare,
        cells_by_staff=cells,
        cells_in_force=drawn,
        hours_per_cell=round(hours / cells, 2) if cells else 0.0,
        load=round(hours / (officers * each), 4) if officers else None,
        message=f"{name}: {hours:,.1f} hours / {each:g} hours an officer = {needed} officers; {officers} are there, "
        f"{verdict}; {officers} officers carry {cells} cells ({rules.officers_per_cell:g} a cell)",
        message_zh=f"{name}：{hours:,.1f} 小时 ÷ 每人 {each:g} 小时 = 需 {needed} 人；现有 {officers} 人，{verdict_zh}；"
        f"可承担 {cells} 个网格（每格 {rules.officers_per_cell:g} 人）",
    )


def _short(row: StaffingRow) -> Finding:
    return Finding(
        "staffing.short",
        Severity.WARNING,
        f"station {row.code} is {-row.spare} officers short: {row.message}",
        f"{row.code} 缺 {-row.spare} 人：{row.message_zh}",
        where=row.code,
        value=row.officers_there,
        limit=row.officers_needed,
        unit="officers",
    )


def _elsewhere(code: str, entities: int, hours: int) -> tuple[Finding, ...]:
    """What is counted together, but with no station."""
    if not entities:
        return ()
    return (
        Finding(
            "staffing.no_station",
            Severity.INFO,
            f"{entities:,} entities of {code} ({hours / MICRO:,.1f} hours) lie in no station: they count together, in no row; "
            "place them (gridward place)",
            f"{code} 有 {entities:,} 户（{hours / MICRO:,.1f} 小时）不在任何监管所内，仅计入合计，请先落位",
            where=code,
            value=entities,
            limit=0,
            unit="entities",
        ),
    )
