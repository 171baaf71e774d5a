"""Territory that no cell holds, or two."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely

from geo_api.services.coverage_store import Scope
from geo_api.services.sub_areas import sub_areas_outside
from gridding.findings import Finding, Severity
from layers.crs import local_metres

NOISE_DEG = 5e-7
"""Strips narrower than twice this (10 cm) are numeric noise: snapping moves an outline by up to a centimetre."""


def territory_findings(scope: Scope) -> Iterator[Finding]:
    """Parts of the bureau in no station, stations without a plan, parts in no cell or in two, sub-areas out of place."""
    if not scope.is_station and len(scope.station_codes):
        left = shapely.difference(scope.outline, shapely.union_all(scope.station_outlines))
        yield from _areas("territory.no_station", left, scope.code, "lies in no station", "不属于任何监管所", scope)
    shapes, stations = scope.cell_shapes, np.array(scope.cell_stations, dtype=object)
    for code, name, outline in zip(scope.station_codes, scope.station_names, scope.station_outlines, strict=True):
        if code not in scope.planned:
            place = shapely.point_on_surface(outline)
            yield Finding(
                "territory.no_plan",
                Severity.ERROR,
                f"station {code} ({name}) has no plan in force: build, approve and publish one",
                f"监管所 {name}（{code}）没有生效的划分方案",
                where=code,
                at=(float(place.x), float(place.y)),
            )
            continue
        left = shapely.difference(outline, shapely.union_all(shapes[stations == code]))
        yield from _areas("territory.no_cell", left, code, "lies in no cell", "不属于任何网格", scope)
    yield from _overlaps(scope)
    yield from sub_areas_outside("territory.sub_area", scope.sub_areas, scope.cell_codes, shapes)


def _overlaps(scope: Scope) -> Iterator[Finding]:
    first, second = shapely.STRtree(scope.cell_shapes).query(scope.cell_shapes, predicate="intersects")
    pairs = first < second
    common = shapely.intersection(scope.cell_shapes[first[pairs]], scope.cell_shapes[second[pairs]])
    for i in np.flatnonzero(shapely.area(common) > 0).tolist():
        codes = f"{scope.cell_codes[first[pairs][i]]},{scope.cell_codes[second[pairs][i]]}"
        yield from _areas("territory.two_cells", common[i], codes, "lies in two cells", "属于两个网格", scope)


def _areas(rule: str, area: Any, where: str, what: str, what_zh: str, scope: Scope) -> Iterator[Finding]:
    """A finding per piece of an area that is wider than noise."""
    pieces = shapely.get_parts(area)
    pieces = pieces[(shapely.get_dimensions(pieces) == 2) & ~shapely.is_empty(shapely.buffer(pieces, -NOISE_DEG))]
    to_metres = local_metres(scope.outline.bounds)
    in_metres = shapely.transform(pieces, lambda xy: np.column_stack(to_metres(xy[:, 0], xy[:, 1])))
    for piece, m2 in zip(pieces, shapely.area(in_metres).tolist(), strict=True):
        place = shapely.point_on_surface(piece)
        yield Finding(
            rule,
            Severity.ERROR,
            f"{m2:.0f} m2 of {where} {what}: check the outlines, then build and publish again",
            f"{where} 有 {m2:.0f} 平方米{what_zh}",
            where=where,
            value=round(m2, 2),
            limit=0.0,
            unit="m2",
            at=(float(place.x), float(place.y)),
        )
