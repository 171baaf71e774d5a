"""Entities that lie in no cell, outside, at an impossible place or nowhere; and those without a licence."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely

from geo_api.services.coverage_store import Register, Scope
from gridding.findings import Finding, Severity

FAR_DEG = 1.0
"""A place farther than this from the outline (about 100 km) is impossible rather than just outside."""


def entity_findings(scope: Scope, register: Register, station: np.ndarray, unlicensed: str = "D") -> Iterator[Finding]:
    """One finding per entity that nobody answers for, and the number of unlicensed ones.

    Args:
        scope: the jurisdiction.
        register: its entities.
        station: (n,) index of the station that each entity lies in, -1 = none.
        unlicensed: the class that an entity without a licence counts as.
    """
    located = np.isfinite(register.lon) & np.isfinite(register.lat)
    homeless = located & (station < 0)
    apart = np.full(len(register.ids), np.inf)
    apart[homeless] = shapely.distance(scope.outline, shapely.points(register.lon[homeless], register.lat[homeless]))
    for n in np.flatnonzero(~located).tolist():
        yield _finding(
            "entity.unlocated",
            register,
            n,
            "has no location: place it by hand (gridward place) or by its address",
            "没有坐标，请人工定位",
        )
    for n in np.flatnonzero(homeless & (apart > FAR_DEG)).tolist():
        yield _finding(
            "entity.impossible_place",
            register,
            n,
            "lies far from the bureau: check datum and coordinates",
            "坐标明显有误",
        )
    for n in np.flatnonzero(homeless & (apart <= FAR_DEG)).tolist():
        yield _finding(
            "entity.outside",
            register,
            n,
            "lies outside every station: check its location or hand it over",
            "位于辖区之外",
        )
    planned = np.array([code in scope.planned for code in scope.station_codes] or [False])
    uncovered = (station >= 0) & (register.cell_code == "") & planned[station]
    for n in np.flatnonzero(uncovered).tolist():
        yield _finding("entity.no_cell", register, n, "lies in a station but in no cell", "不属于任何网格")
    yield from _without_plan(scope, station, planned)
    yield from _unlicensed(scope, register, unlicensed)


def _without_plan(scope: Scope, station: np.ndarray, planned: np.ndarray) -> Iterator[Finding]:
    """Stations without a plan: one finding each, with the number of entities that nobody answers for."""
    count = np.bincount(station[station >= 0], minlength=len(scope.station_codes))
    for i, code in enumerate(scope.station_codes):
        if not planned[i] and count[i]:
            place = shapely.point_on_surface(scope.station_outlines[i])
            yield Finding(
                "entity.no_plan",
                Severity.ERROR,
                f"{count[i]} entities of station {code} are in no cell, because it has no plan in force",
                f"监管所 {code} 没有生效方案，{count[i]} 户市场主体无网格归属",
                where=code,
                value=int(count[i]),
                limit=0,
                unit="entities",
                at=(float(place.x), float(place.y)),
            )


def _unlicensed(scope: Scope, register: Register, counted_as: str) -> Iterator[Finding]:
    number = int((~register.licensed).sum())
    if number:
        codes, counts = np.unique(register.cell_code[~register.licensed].astype(str), return_counts=True)
        yield Finding(
            "entity.unlicensed",
            Severity.INFO,
            f"{number} entities of {scope.code} have no licence; they count as class {counted_as}",
            f"{scope.name} 有 {number} 户无照经营，按 {counted_as} 类计",
            where=scope.code,
            value=number,
            unit="entities",
            details={"by_cell": {c or "none": int(k) for c, k in zip(codes.tolist(), counts.tolist(), strict=True)}},
        )


def _finding(rule: str, register: Register, n: int, what: str, what_zh: str) -> Finding:
    lon, lat = float(register.lon[n]), float(register.lat[n])
    return Finding(
        rule,
        Severity.WARNING,
        f"{register.name[n]} (entity {register.ids[n]}) {what}",
        f"{register.name[n]}（编号 {register.ids[n]}）{what_zh}",
        where=str(register.ids[n]),
        at=(lon, lat) if np.isfinite(lon) and np.isfinite(lat) else None,
    )
