"""Entities as points: what must hold before they are counted, and what is said of those that lie outside."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridding.errors import GeometryError
from gridding.findings import Finding, Severity
from gridding.types import FloatArray, Int32Array

SHOWN = 10
"""Row numbers named in a finding; the rest is counted."""


def check_points(
    points: FloatArray, workload: FloatArray, *, allow_none: bool = False
) -> tuple[FloatArray, FloatArray]:
    """Points and workloads as float arrays of matching length.

    Args:
        points: (n, 2) longitude and latitude; NaN = unlocated.
        workload: (n,) hours a year.
        allow_none: no points at all are fine.

    Raises:
        GeometryError: no points, lengths that differ, a workload that is negative or not a number.
    """
    points = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    workload = np.asarray(workload, dtype=np.float64)
    if len(points) == 0 and not allow_none:
        raise GeometryError("there are no entities: cells are balanced on the work that entities make")
    if len(points) != len(workload):
        raise GeometryError(f"{len(points)} points but {len(workload)} workloads: one each is needed")
    bad = np.flatnonzero(~(np.isfinite(workload) & (workload >= 0)))
    if len(bad):
        raise GeometryError(f"{len(bad)} workloads are negative or not a number, first at row {bad[0] + 1}")
    return points, workload


def points_outside(points: FloatArray, cell_of_point: Int32Array) -> list[Finding]:
    """One warning for all entities that have a place outside the territory, one for those that have no place."""
    located = np.isfinite(points).all(axis=1)
    found = []
    outside = np.flatnonzero(located & (cell_of_point < 0))
    if len(outside):
        first = points[outside[0]]
        found.append(
            Finding(
                rule="entity.outside",
                severity=Severity.WARNING,
                message=(
                    f"{len(outside)} of {len(points)} entities lie outside the outline and in no cell "
                    f"(no. {_rows(outside)} of the input): correct their coordinates or the outline"
                ),
                message_zh=f"{len(points)} 户中有 {len(outside)} 户位于辖区边界之外，不属于任何网格，请核对坐标或边界",
                value=float(len(outside)),
                limit=0.0,
                unit="entities",
                at=(float(first[0]), float(first[1])),
                details={"rows": (outside[:SHOWN] + 1).tolist()},
            )
        )
    unlocated = np.flatnonzero(~located)
    if len(unlocated):
        found.append(
            Finding(
                rule="entity.unlocated",
                severity=Severity.WARNING,
                message=f"{len(unlocated)} of {len(points)} entities have no place and are in no cell: place them",
                message_zh=f"{len(points)} 户中有 {len(unlocated)} 户没有坐标，不属于任何网格，请补充位置",
                value=float(len(unlocated)),
                limit=0.0,
                unit="entities",
                details={"rows": (unlocated[:SHOWN] + 1).tolist()},
            )
        )
    return found


def none_inside(points: FloatArray, outline: Any) -> str:
    """Why nothing can be built when no entity lies inside: where the entities are, where the outline is."""
    located = points[np.isfinite(points).all(axis=1)]
    box = ", ".join(f"{v:.4f}" for v in shapely.bounds(outline))
    if len(located) == 0:
        return "none of the entities has a place: give their coordinates first"
    west, south = located.min(axis=0)
    east, north = located.max(axis=0)
    return (
        f"all {len(located)} entities lie outside the outline: they are within "
        f"{west:.4f}, {south:.4f}, {east:.4f}, {north:.4f}, the outline within {box} (west, south, east, north); "
        f"check --datum, the order of longitude and latitude, and whether both files are of the same place"
    )


def _rows(index: NDArray[np.intp]) -> str:
    shown = ", ".join(str(i + 1) for i in index[:SHOWN])
    return f"{shown}, ..." if len(index) > SHOWN else shown
