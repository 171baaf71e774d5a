"""Barriers in findings: which cell crosses which barrier, where, and what not crossing it would have cost."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from gridding.barriers import BRIDGED, OPEN, Barriers
from gridding.csr import components, total
from gridding.findings import Finding, Severity
from gridding.types import GRID_DEG, BlockGraph, FloatArray, Int32Array, LineKind, Topology

NAMED = 12
"""So many crossings have a finding each; the others share one."""

_KIND_ZH = {
    LineKind.SERVICE: "内部道路", LineKind.LOCAL: "道路", LineKind.ADMINISTRATIVE: "行政界线",
    LineKind.SECONDARY: "次干路", LineKind.MAIN: "主干路", LineKind.EXPRESSWAY: "快速路", LineKind.RAILWAY: "铁路",
    LineKind.RIVER: "河流", LineKind.BARRIER: "屏障线",
}  # fmt: skip


def pieces_across(
    graph: BlockGraph, barriers: Barriers, bridges_count: bool, labels: Int32Array, workload: FloatArray
) -> tuple[Int32Array, NDArray[np.bool_]]:
    """Pieces of cells that barriers leave connected, and which pairs of the graph join two pieces with work.

    Args:
        graph: neighbours.
        barriers: their barriers.
        bridges_count: borders at bridges are open.
        labels: (blocks,) cell.
        workload: (blocks,).

    Returns:
        (blocks,) piece of each block; (m,) bool, pairs on barriers within a cell between pieces that both have work.
    """
    a, b = graph.pairs[:, 0], graph.pairs[:, 1]
    closed = barriers.closed(bridges_count) != OPEN
    inside = (labels[a] == labels[b]) & (graph.border_length_m > 0)
    count, piece = components(len(labels), a[inside & ~closed], b[inside & ~closed])
    busy = total(piece, workload, count) > 0
    return piece, inside & closed & (piece[a] != piece[b]) & busy[piece[a]] & busy[piece[b]]


def crossing_cells(
    graph: BlockGraph, barriers: Barriers, bridges_count: bool, labels: Int32Array, workload: FloatArray
) -> NDArray[np.int64]:
    """Cells with work on both sides of a barrier that hang together only across it."""
    _, joins = pieces_across(graph, barriers, bridges_count, labels, workload)
    return np.unique(labels[graph.pairs[joins, 0]]).astype(np.int64)


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
    _, joins = pieces_across(graph, barriers, bridges_count, labels, workload)
    crossing = np.unique(labels[graph.pairs[joins, 0]])
    if not len(crossing):
        return []
    closed = barriers.closed(bridges_count) != OPEN
    _, region = components(topology.blocks, graph.pairs[~closed, 0], graph.pairs[~closed, 1])
    ordinary = ~exclusive[labels]
    ideal = math.fsum(workload[ordinary]) / max(int((~exclusive).sum()), 1)
    share = total(region, np.where(ordinary, workload, 0.0)) / (ideal or 1.0)
    told = [
        _crossed(
            topology, graph, barriers, np.flatnonzero(joins & (labels[graph.pairs[:, 0]] == cell)), region, share,
            tolerance, codes[cell], called,
        )
        for cell in crossing[:NAMED].tolist()
    ]  # fmt: skip
    if len(crossing) > NAMED:
        rest = [codes[c] for c in crossing[NAMED:].tolist()]
        told.append(
            Finding(
                rule="barrier.crossed",
                severity=Severity.WARNING,
                message=f"{len(rest)} more cells lie on both sides of a barrier: {', '.join(rest[:10])}",
                message_zh=f"另有 {len(rest)} 个网格跨越屏障线:{'、'.join(rest[:10])}",
                value=float(len(rest)),
                unit="cells",
                details={"cells": rest},
            )
        )
    return told


def _crossed(
    topology: Topology,
    graph: BlockGraph,
    barriers: Barriers,
    pairs: NDArray[np.int64],
    region: Int32Array,
    share: FloatArray,
    tolerance: float,
    code: str,
    called: Callable[[int], str],
) -> Finding:
    """The finding of one cell: told at the pair where a bridge is, else where the border is longest."""
    best = pairs[np.lexsort((pairs, -graph.border_length_m[pairs], barriers.state[pairs] != BRIDGED))[0]]
    a, b = (int(x) for x in graph.pairs[best])
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
    small = min((int(region[a]), int(region[b])), key=lambda r: (_fit(float(share[r])) <= tolerance, float(share[r])))
    work, off = float(share[small]), _fit(float(share[small]))
    bridge = barriers.state[best] == BRIDGED
    line, line_zh = _line(kind), _KIND_ZH[kind]
    unit = called(a) if called(a) and called(a) == called(b) else ""
    if region[a] == region[b]:
        why, why_zh = "the cell goes round the end of the barrier", "该网格绕过屏障线末端"
    elif off <= tolerance and unit:
        why = f"base unit {unit}, which must stay whole, lies on both sides"
        why_zh = f"须保持完整的社区“{unit}”位于两侧"
    elif work < 1 - tolerance:
        why = f"what the barrier cuts off there has work for {work:.2f} of a cell only: too little for one of its own"
        why_zh = f"被隔开的一侧仅有 {work:.2f} 个网格的工作量,不足以单独成格"
    elif off > tolerance:
        why = (
            f"one side has work for {work:.2f} cells, no whole number: without crossing, its cells would be {off:.1%} off, "
            f"{tolerance:.1%} is allowed"
        )
        why_zh = f"一侧的工作量为 {work:.2f} 个网格,不是整数:若不跨越,该侧网格将偏差 {off:.1%},允许 {tolerance:.1%}"
    else:
        why, why_zh = "other regions could not be balanced without it", "否则其他区域无法均衡"
    by, by_zh = (" at a bridge", ",有桥或跨线道路") if bridge else ("", "")
    return Finding(
        rule="barrier.crossed",
        severity=Severity.WARNING,
        message=f"cell {code} lies on both sides of a {line}{by}: {why}. Accept it, or a larger tolerance, or another number of cells",
        message_zh=f"网格 {code} 跨越{line_zh}{by_zh}:{why_zh}。可接受、放宽容差或调整网格数",
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
    return {LineKind.BARRIER: "barrier", LineKind.MAIN: "main road", LineKind.LOCAL: "street"}.get(
        kind, kind.name.lower()
    )


def _fit(work: float) -> float:
    """How far the cells of a region are off at least, when it has whole cells of its own."""
    low = max(math.floor(work + 1e-12), 1)
    return min(abs(work / low - 1), abs(work / (low + 1) - 1))
