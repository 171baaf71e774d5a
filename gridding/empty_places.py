"""Places without streets: blocks so large, with so much work, that no balanced cell can be drawn around them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gridding.findings import Finding, Severity
from gridding.types import Blocks, FloatArray, Int32Array

LARGE_M2 = 500_000.0
"""A block of half a square kilometre is far larger than any block that streets surround."""

NAMED = 5
"""So many places have a finding each; the others share one."""

HEAVY_SHARE = 0.1
"""Share of a cell's ideal workload from which a single block makes balancing hard."""


def places_without_streets(
    blocks: Blocks,
    labels: Int32Array,
    block_workload: FloatArray,
    block_of_point: Int32Array,
    points: FloatArray,
    codes: Sequence[str],
    deviation: FloatArray,
    tolerance: float,
) -> list[Finding]:
    """Name the blocks that look as if their streets were missing from the input.

    Args:
        blocks: the blocks.
        labels: (blocks,) cell of each block.
        block_workload: (blocks,) hours a year.
        block_of_point: (n,) block of each entity, -1 outside.
        points: (n, 2) longitude and latitude of the entities.
        codes: (cells,) codes.
        deviation: (cells,) signed deviation of each cell from the ideal.
        tolerance: largest |deviation| accepted.

    Returns:
        One finding per block that is both large and heavy, heaviest first: an error where its cell has more work than
        the tolerance allows, else a warning. Beyond the first few the others share one.
    """
    ideal = block_workload.sum() / len(codes)
    area = blocks.topology.block_area_m2
    bad = np.flatnonzero((area > LARGE_M2) & (block_workload > HEAVY_SHARE * ideal))
    bad = bad[np.argsort(-block_workload[bad], kind="stable")]
    found = []
    for b in bad.tolist():
        cell = int(labels[b])
        where = (f"block {b}", codes[cell], float(deviation[cell]))
        missed = where[2] > tolerance + 1e-12  # a cell with too little work is not spoilt by a heavy block
        found.append(
            _finding(where, float(area[b]), points[block_of_point == b], float(block_workload[b] / ideal), missed)
        )
    found = sorted(found, key=lambda finding: finding.severity is not Severity.ERROR)
    return found if len(found) <= NAMED + 1 else [*found[:NAMED], _others(found[NAMED:])]


def _others(rest: Sequence[Finding]) -> Finding:
    places = [finding.at for finding in rest]
    return Finding(
        rule="block.no_streets",
        severity=rest[0].severity,
        message=f"{len(rest)} more places hold much work and no street, the next around {places[0]}",
        message_zh=f"另有 {len(rest)} 处市场主体较多而没有道路",
        value=float(len(rest)),
        unit="places",
        details={"places": places[:100]},
    )


def _finding(where: tuple[str, str, float], area_m2: float, inside: FloatArray, share: float, missed: bool) -> Finding:
    # the middle of its entities, not of its area: that is where a planner will look for the missing streets
    lon, lat = (round(float(v), 6) for v in np.median(inside, axis=0))
    entities, km2 = len(inside), area_m2 / 1e6
    block, code, deviation = where
    spoilt = f", whose workload is {deviation:+.1%} off" if missed else ""
    spoilt_zh = f"（偏差 {deviation:+.1%}）" if missed else ""
    return Finding(
        rule="block.no_streets",
        severity=Severity.ERROR if missed else Severity.WARNING,
        message=(
            f"no street in {km2:.1f} km2 around {lon}, {lat}: its {entities} entities ({share:.0%} of a cell's ideal "
            f"workload) can only be in one cell, {code}{spoilt}; add the streets of that place"
        ),
        message_zh=(
            f"（{lon}，{lat}）一带 {km2:.1f} 平方公里内没有道路：其 {entities} 户市场主体（占单个网格理想工作量的 {share:.0%}）"
            f"只能划入同一网格 {code}{spoilt_zh}，请补充该处道路数据"
        ),
        where=block,
        value=round(share, 4),
        limit=HEAVY_SHARE,
        unit="fraction of ideal workload",
        at=(lon, lat),
        details={"area_m2": round(area_m2, 1), "entities": entities, "cell": code},
    )
