"""Posters older than the plan that they show, and places that have none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from geo_api.services.answers import Poster
from geo_api.services.coverage_store import GapDates, Scope
from geo_api.supervision.gaps import Gap, as_gap
from gridding.findings import Finding, Severity


def poster_gaps(scope: Scope, posters: tuple[Poster, ...], dates: GapDates, on: date, *, days: int) -> Iterator[Gap]:
    """Posters that show a plan of before, once the days to replace them are over.

    Nothing is said about posters of a bureau that records none. A cell is told of by its own posters and its station's.

    Args:
        posters: that hang on the day. dates: of stations and cells. days: see CoverageRules.poster_days.
    """
    changed = plan_days(scope, dates)
    for poster in posters:
        new = changed.get(poster.jurisdiction_code)
        if new is None or new <= poster.drawn_for or (on - new).days <= days:
            continue
        finding = Finding(
            "poster.old",
            Severity.WARNING,
            f"the poster of {poster.jurisdiction_code} at {poster.place} shows {poster.drawn_for}; a new plan holds since "
            f"{new}: post today's diagram",
            f"{poster.jurisdiction_code} 张贴于 {poster.place} 的示意图为 {poster.drawn_for} 版，{new} 起已执行新方案，应更换",
            where=poster.jurisdiction_code,
            value=(on - new).days,
            limit=days,
            unit="days",
            at=_place(scope, poster.jurisdiction_code),
            details={"place": poster.place, "drawn_for": poster.drawn_for.isoformat()},
        )
        yield as_gap(finding, on, since=new, cell_code=_cell(scope, poster.jurisdiction_code))
    if not posters:
        return
    shown = {poster.jurisdiction_code for poster in posters}
    for code, station in zip(scope.cell_codes, scope.cell_stations, strict=True):
        new = changed.get(code)
        if code in shown or station in shown or scope.code in shown or new is None or (on - new).days <= days:
            continue
        finding = Finding(
            "poster.none",
            Severity.WARNING,
            f"no poster of cell {code} or of its station {station} is recorded: post the diagram and record it",
            f"网格 {code} 及所属监管所 {station} 没有张贴记录",
            where=code,
            value=(on - new).days,
            limit=days,
            unit="days",
            at=_place(scope, code),
        )
        yield as_gap(finding, on, since=new, cell_code=code)


def plan_days(scope: Scope, dates: GapDates) -> Mapping[str, date]:
    """Jurisdiction or cell code -> the day since which its plan (of a bureau: the newest of its plans) holds."""
    days = {code: found.plan_from for code, found in dates.cells.items() if found.plan_from}
    days |= {code: found.plan_from for code, found in dates.stations.items() if found.plan_from}
    if not scope.is_station and days:
        days[scope.code] = max(days.values())
    return days


def _cell(scope: Scope, code: str) -> str:
    return code if code in scope.cell_codes else ""


def _place(scope: Scope, code: str) -> tuple[float, float] | None:
    if code in scope.cell_codes:
        shape = scope.cell_shapes[scope.cell_codes.index(code)]
    elif code in scope.station_codes:
        shape = scope.station_outlines[scope.station_codes.index(code)]
    else:
        shape = scope.outline
    place = shape.representative_point()
    return float(place.x), float(place.y)
