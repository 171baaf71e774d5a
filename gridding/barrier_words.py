"""Barriers in findings: which cell crosses which barrier, where, and what not crossing it would have cost."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridding.barriers import BRIDGED, OPEN, STRIP, Barriers
from gridding.csr import components, total
from gridding.findings import Finding, Severity
from gridding.types import GRID_DEG, BlockGraph, FloatArray, Int32Array, IntArray, LineKind, Topology

NAMED = 12
"""So many crossings have a finding each; the others share one."""

_KIND_ZH = {
    LineKind.SERVICE: "内部道路", LineKind.LOCAL: "道路", LineKind.ADMINISTRATIVE: "行政界线",
    LineKind.SECONDARY: "次干路", LineKind.MAIN: "主干路", LineKind.EXPRESSWAY: "快速路", LineKind.RAILWAY: "铁路",
    LineKind.RIVER: "河流", LineKind.BARRIER: "屏障线",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Across:
    """Cells on both sides of barriers.

    Attributes:
        cells: indices of the cells that cross one.
        joins: (m,) bool, pairs on barriers that hold pieces of those cells together.
        region: (blocks,) region that barriers leave connected.
        share: (regions,) work of each in ideal cells.
        strip: (regions,) bool, regions with hardly any work.
    """

    cells: IntArray
    joins: NDArray[np.bool_]
    region: Int32Array
    share: FloatArray
    strip: NDArray[np.bool_]


def cells_across(
    graph: BlockGraph,
    barriers: Barriers,
    bridges_count: bool,
    labels: Int32Array,
    workload: FloatArray,
    exclusive: NDArray[np.bool_],
) -> Across:
    """Cells that hang together only across a barrier. Strips and exclusive cells do not count.

    Args:
        graph: neighbours.
        barriers: see :func:`gridding.barriers.find_barriers`.
        bridges_count: borders at bridges are open.
        labels: (blocks,) cell.
        workload: (blocks,).
        exclusive: (cells,) bool, outside the ideal.
    """
    n, cells = len(labels), len(exclusive)
    a, b = graph.pairs[:, 0], graph.pairs[:, 1]
    closed = barriers.closed(bridges_count) != OPEN
    count, region = components(n, a[~closed], b[~closed])
    ordinary = ~exclusive[labels]
    ideal = math.fsum(workload[ordinary]) / max(int((~exclusive).sum()), 1)
    share = total(region, np.where(ordinary, workload, 0.0), count) / (ideal or 1.0)
    strip = share <= STRIP if ideal > 0 else np.zeros(count, bool)
    inside = (labels[a] == labels[b]) & (graph.border_length_m > 0)
    _, piece = components(n, a[inside & ~closed], b[inside & ~closed])
    wholes, whole = components(
        n, a[inside], b[inside]
    )  # several in a cell only where the territory is in several parts
    first = np.unique(piece, return_index=True)[1]
    counted = ~strip[region[first]] & ordinary[first]
    crossed = np.bincount(whole[first[counted]], minlength=wholes) > 1
    joins = inside & closed & (piece[a] != piece[b]) & crossed[whole[a]]
    found = np.bincount(labels[a[joins]], minlength=cells) > 0
    return Across(np.flatnonzero(found), joins, region, share, strip)


def barrier_findings(
    topology: Topology,
    graph: BlockGraph,
    barriers: Barriers,
    bridges_count: bool,
    labels: Int32Array,
    workload: FloatArray,
    exclusive: NDArray[np.bool_],
    tolerance: float,
    codes: Sequence[str],
    called: Callable[[int], str],
) -> list[Finding]:
    """``barrier.crossed``: each cell that crosses a barrier, with the place, the kind of barrier and the reason.

    Args:
        topology: the planar map.
        graph: its adjacency.
        barriers: see :func:`gridding.barriers.find_barriers`.
        bridges_count: borders at bridges are open.
        labels: (blocks,) cell, in the order of the codes.
        workload: (blocks,).
        exclusive: (cells,) bool, outside the ideal.
        tolerance: largest deviation asked for.
        codes: (cells,) cell codes.
        called: name of the base unit of a block, "" = none.
    """
    across = cells_across(graph, barriers, bridges_count, labels, workload, exclusive)
    crossing = across.cells.tolist()
    told = [
        _crossed(topology, graph, barriers, across, labels, cell, tolerance, codes[cell], called)
        for cell in crossing[:NAMED]
    ]
    if len(crossing) > NAMED:
        rest = [codes[c] for c in crossing[NAMED:]]
        told.append(
            Finding(
                rule="barrier.crossed",
                severity=Severity.WARNING,
                message=f"{len(rest)} more cells lie on both sides of a barrier: {', '.join(rest[:10])}",
                message_zh=f"另有 {len(rest)} 个网格跨越屏障线：{'、'.join(rest[:10])}",
                value=float(len(rest)),
                unit="cells",
                details={"cells": rest},
            )
        )
    strips = np.flatnonzero(across.strip)
    if len(strips):
        told.append(_strips(len(strips), float(across.share[strips].sum())))
    return told


def _strips(count: int, share: float) -> Finding:
    return Finding(
        rule="barrier.strips",
        severity=Severity.INFO,
        message=(
            f"{count} strips between barriers (between carriageways, in ramps, islands) have {share:.1%} of a cell's work in "
            f"all: each belongs to the neighbour with which it shares most border"
        ),
        message_zh=(
            f"屏障线之间有 {count} 处狭小地带（车行道之间、匝道内、洲岛等），工作量合计为单个网格的 {share:.1%}，"
            f"各归共享边界最长的一侧"
        ),
        value=float(count),
        unit="regions",
    )


def _crossed(
    topology: Topology,
    graph: BlockGraph,
    barriers: Barriers,
    across: Across,
    labels: Int32Array,
    cell: int,
    tolerance: float,
    code: str,
    called: Callable[[int], str],
) -> Finding:
    """The finding of one cell: told at the pair where a bridge is, else where the border is longest."""
    region, share = across.region, across.share
    pairs = np.flatnonzero(across.joins & (labels[graph.pairs[:, 0]] == cell))
    aside = across.strip[region[graph.pairs[pairs]]].any(axis=1)
    best = pairs[np.lexsort((pairs, -graph.border_length_m[pairs], barriers.state[pairs] != BRIDGED, aside))[0]]
    a, b = (int(x) for x in graph.pairs[best])
    sides = np.unique(region[labels == cell])
    sides = sides[~across.strip[sides]]
    edges = np.flatnonzero(
        barriers.edge
        & (np.minimum(topology.edge_left, topology.edge_right) == a)
        & (np.maximum(topology.edge_left, topology.edge_right) == b)
    )
    edge = int(edges[np.argmax(topology.edge_length_m[edges])])
    kind = LineKind(int(topology.edge_kind[edge]))
    ends = [int(topology.edge_start[edge]), int(topology.edge_end[edge])]
    at = (
        round(float(topology.node_x[ends].sum()) / 2 * GRID_DEG, 7),
        round(float(topology.node_y[ends].sum()) / 2 * GRID_DEG, 7),
    )
    small = min(sides.tolist(), key=lambda r: (_fit(float(share[r])) <= tolerance, float(share[r])))
    work, off = float(share[small]), _fit(float(share[small]))
    bridge = barriers.state[best] == BRIDGED
    line, line_zh = _line(kind), _KIND_ZH[kind]
    unit = called(a) if called(a) and called(a) == called(b) else ""
    if len(sides) == 1:
        why, why_zh = "the cell goes round the end of the barrier", "该网格绕过屏障线末端"
    elif off <= tolerance and unit:
        why = f"base unit {unit}, which must stay whole, lies on both sides"
        why_zh = f"须保持完整的社区“{unit}”位于两侧"
    elif work < 1 - tolerance:
        why = f"what the barrier cuts off there has work for {work:.2f} of a cell only: too little for one of its own"
        why_zh = f"被隔开的一侧仅有 {work:.2f} 个网格的工作量，不足以单独成格"
    elif off > tolerance:
        why = (
            f"one side has work for {work:.2f} cells, no whole number: without crossing, its cells would be {off:.1%} off, "
            f"{tolerance:.1%} is allowed"
        )
        why_zh = f"一侧的工作量为 {work:.2f} 个网格，不是整数：若不跨越，该侧网格将偏差 {off:.1%}，允许 {tolerance:.1%}"
    else:
        why, why_zh = "other regions could not be balanced without it", "否则其他区域无法均衡"
    by, by_zh = (" at a bridge", "，有桥或跨线道路") if bridge else ("", "")
    return Finding(
        rule="barrier.crossed",
        severity=Severity.WARNING,
        message=f"cell {code} lies on both sides of {line}{by}: {why}. Accept it, or a larger tolerance, or another number of cells",
        message_zh=f"网格 {code} 跨越{line_zh}{by_zh}：{why_zh}。可接受、放宽容差或调整网格数",
        where=code,
        value=round(work, 4),
        unit="cells",
        at=at,
        details={
            "kind": kind.name.lower(),
            "bridge": bool(bridge),
            "deviation_without": round(off, 6) if work > 0 else None,
        },
    )


def _line(kind: LineKind) -> str:
    name = {LineKind.MAIN: "main road", LineKind.LOCAL: "street"}.get(kind, kind.name.lower())
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _fit(work: float) -> float:
    """How far the cells of a region are off at least, when it has whole cells of its own."""
    low = max(math.floor(work + 1e-12), 1)
    return min(abs(work / low - 1), abs(work / (low + 1) - 1))
