"""Clusters of unlicensed or of overdue entities: places where many lie close together."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import shapely
from numpy.typing import NDArray

from geo_api.services.coverage.tables import CoverageTables
from geo_api.services.gap_kinds.dbscan import cluster_labels
from geo_api.supervision.coverage_rules import CoverageRules
from geo_api.supervision.gaps import Gap, as_gap
from gridding.findings import Finding, Severity
from layers.crs import local_metres

MARGIN_M = 20.0
"""A cluster's area reaches so far beyond its outermost entities."""


def cluster_gaps(tables: CoverageTables, rules: CoverageRules, opened: NDArray[np.datetime64] | None) -> Iterator[Gap]:
    """Clusters of unlicensed and of overdue entities on the last day, the largest of each kind first.

    ``opened``: (n,) when each business was opened or discovered, NaT = not known.
    """
    unknown = np.full(len(tables.entity_ids), np.datetime64("NaT", "D"))
    yield from _clusters(
        tables, "unlicensed", tables.exists & ~tables.licensed, unknown if opened is None else opened, rules
    )
    yield from _clusters(tables, "overdue", tables.overdue, tables.overdue_since, rules)


def _clusters(
    tables: CoverageTables,
    kind: str,
    chosen: NDArray[np.bool_],
    began: NDArray[np.datetime64],
    rules: CoverageRules,
) -> Iterator[Gap]:
    rows = np.flatnonzero(chosen & np.isfinite(tables.lon) & np.isfinite(tables.lat))
    if not len(rows):
        return
    lon, lat = tables.lon[rows], tables.lat[rows]
    middle = float(np.median(lon)), float(np.median(lat))
    near = (abs(lon - middle[0]) < 5) & (abs(lat - middle[1]) < 5)  # a wrong place must not bend the projection
    rows, lon, lat = rows[near], lon[near], lat[near]
    x, y = local_metres((float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())))(lon, lat)
    labels = cluster_labels(np.asarray(x), np.asarray(y), rules.cluster_m, rules.cluster_least)
    members = [np.flatnonzero(labels == label) for label in range(int(labels.max()) + 1)]
    for inside in sorted(members, key=lambda m: (-len(m), int(tables.entity_ids[rows[m[0]]]))):
        yield _cluster(tables, kind, rows[inside], x[inside], y[inside], began, rules)


def _cluster(
    tables: CoverageTables,
    kind: str,
    rows: NDArray[np.int64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    began: NDArray[np.datetime64],
    rules: CoverageRules,
) -> Gap:
    lon, lat = tables.lon[rows], tables.lat[rows]
    area_m2 = float(
        shapely.area(shapely.buffer(shapely.convex_hull(shapely.multipoints(np.column_stack([x, y]))), MARGIN_M))
    )
    degrees = MARGIN_M / 111_320
    shape = shapely.buffer(shapely.convex_hull(shapely.multipoints(np.column_stack([lon, lat]))), degrees, quad_segs=4)
    cells, counts = np.unique([tables.cells[c] for c in tables.entity_cell[rows]], return_counts=True)
    cell = str(cells[np.argmax(counts)])
    known = np.sort(began[rows][~np.isnat(began[rows])])
    since: date | None = known[rules.cluster_least - 1].astype(object) if len(known) >= rules.cluster_least else None
    what, what_zh = ("unlicensed", "无照经营户") if kind == "unlicensed" else ("overdue", "逾期未查户")
    number = len(rows)
    finding = Finding(
        f"cluster.{kind}",
        Severity.WARNING,
        f"{number} {what} entities lie close together in cell {cell or 'none'} ({area_m2 / 10_000:.2f} ha, each within "
        f"{rules.cluster_m:g} m of the next)",
        f"网格 {cell or '无'} 内 {number} 户{what_zh}集中成片（{area_m2 / 10_000:.2f} 公顷，间距不超过 {rules.cluster_m:g} 米）",
        where=cell,
        value=number,
        limit=rules.cluster_least,
        unit="entities",
        at=(float(np.mean(lon)), float(np.mean(lat))),
        details={
            "area_m2": round(area_m2, 1),
            "entity_ids": [int(i) for i in tables.entity_ids[rows]],
            "by_cell": {str(c): int(k) for c, k in zip(cells.tolist(), counts.tolist(), strict=True)},
        },
    )
    area = shapely.geometry.mapping(shapely.set_precision(shape, 1e-7))
    return as_gap(finding, tables.period_to, since=since, cell_code=cell, area=area)
