"""Places without streets: blocks so large, with so much work, that no balanced cell can be drawn around them."""

from __future__ import annotations

import numpy as np

from gridding.findings import Finding, Severity
from gridding.types import Blocks, FloatArray, Int32Array

LARGE_M2 = 500_000.0
"""A block of half a square kilometre is far larger than any block that streets surround."""

HEAVY_SHARE = 0.1
"""Share of a cell's ideal workload from which a single block makes balancing hard."""


def places_without_streets(
    blocks: Blocks, block_workload: FloatArray, block_of_point: Int32Array, points: FloatArray, cells: int
) -> list[Finding]:
    """Name the blocks that look as if their streets were missing from the input.

    Args:
        blocks: the blocks.
        block_workload: (blocks,) hours a year.
        block_of_point: (n,) block of each entity, -1 outside.
        points: (n, 2) longitude and latitude of the entities.
        cells: number of cells, which decides the ideal workload.

    Returns:
        One warning per block that is both large and heavy, heaviest first.
    """
    ideal = block_workload.sum() / cells
    area = blocks.topology.block_area_m2
    bad = np.flatnonzero((area > LARGE_M2) & (block_workload > HEAVY_SHARE * ideal))
    bad = bad[np.argsort(-block_workload[bad], kind="stable")]
    return [
        _finding(int(b), float(area[b]), points[block_of_point == b], float(block_workload[b] / ideal)) for b in bad
    ]


def _finding(block: int, area_m2: float, inside: FloatArray, share: float) -> Finding:
    # the middle of its entities, not of its area: that is where a planner will look for the missing streets
    lon, lat = (round(float(v), 6) for v in np.median(inside, axis=0))
    entities = len(inside)
    km2 = area_m2 / 1e6
    return Finding(
        rule="block.no_streets",
        severity=Severity.WARNING,
        message=(
            f"a block of {km2:.1f} km2 around {lon}, {lat} holds {entities} entities ({share:.0%} of a cell's ideal "
            f"workload) and no street: cells cannot be balanced across it; add the streets of that place"
        ),
        message_zh=(
            f"({lon}, {lat}) 一带 {km2:.1f} 平方公里内有 {entities} 户市场主体(占单个网格理想工作量的 {share:.0%}),"
            f"却没有道路:无法在其中均衡划分,请补充该处道路数据"
        ),
        where=f"block {block}",
        value=round(share, 4),
        limit=HEAVY_SHARE,
        unit="fraction of ideal workload",
        at=(lon, lat),
        details={"area_m2": round(area_m2, 1), "entities": entities},
    )
