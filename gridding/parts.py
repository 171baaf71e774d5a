"""Territories in several parts: which parts have cells of their own, which share one with their neighbour.

A part with less work than a cell joins the block nearest to it, whole. Parts whose work is no whole number of cells are
bridged: a cell may then have a piece on either side. Bridges form a tree over the parts, so that a cell that is
connected with the bridges is connected within each part without them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial import cKDTree

from gridding.csr import components, total
from gridding.types import FloatArray, Int32Array, IntArray

_NEAR = 12


@dataclass(frozen=True, slots=True)
class Joined:
    """How the components of a graph were joined.

    Attributes:
        node: (m,) node of each block: blocks of a part that joined another one share the node of their host block.
        bridges: (q, 2) nodes joined by a bridge.
        comp: (nodes,) component of each node, bridges counted.
        quota: (components,) cells of each component.
        hosts: (first block of the part, host block) of each part that joined another.
    """

    node: Int32Array
    bridges: IntArray
    comp: Int32Array
    quota: IntArray
    hosts: tuple[tuple[int, int], ...] = field(default=())


def apportion(load: FloatArray, size: IntArray, cells: int) -> IntArray:
    """Share cells out among components, each at least one and at most its size, by Hill's method of equal proportions.

    Args:
        load: (components,) workload.
        size: (components,) number of nodes; the sum is at least ``cells``.
        cells: cells to share out, at least the number of components.
    """
    quota = np.ones(len(load), np.int64)
    for _ in range(cells - len(load)):
        claim = np.where(quota < size, load / np.sqrt(quota * (quota + 1.0)), -1.0)
        quota[int(np.argmax(claim))] += 1
    return quota


def join_parts(
    load: FloatArray,
    comp: Int32Array,
    part: Int32Array,
    place: FloatArray,
    cells: int,
    tolerance: float,
    *,
    bridge_all: bool = False,
) -> Joined:
    """Decide which components are cut on their own, which join a neighbour, which are bridged.

    Args:
        load: (m,) workload of the blocks in targets.
        comp: (m,) component of each block, 0 .. c - 1.
        part: (m,) part of the territory of each block; only blocks of different parts are joined or bridged.
        place: (m, 2) position of each block, metres.
        cells: number of cells.
        tolerance: balance asked for.
        bridge_all: bridge all parts (a redraw, where cells may already lie in several parts).
    """
    parts_of = {int(c): {int(p)} for c, p in zip(comp, part, strict=True)}
    node, hosts = _join_small(load, comp, part, place, cells, tolerance, parts_of)
    nodes = int(node.max()) + 1
    anchor = np.full(nodes, -1, np.int64)
    anchor[node[::-1]] = np.arange(len(node))[::-1]
    for small, host in hosts:  # a node lies where its host block is, not where the part is that joined it
        anchor[node[small]] = host
    kept, numbered = np.unique(comp[anchor], return_inverse=True)
    group: Int32Array = numbered.astype(np.int32)
    node_part = part[anchor]
    node_load = total(node, load, nodes)
    bridges: list[tuple[int, int]] = []
    proposals = _bridges(place[anchor], group, node_part)
    forced = False
    while True:
        _, joined = components(nodes, *_edges(group, bridges))
        work, size = total(joined, node_load), np.bincount(joined)
        count = len(size)
        if count <= cells:
            quota = apportion(work, size, cells)
            misfit = np.abs(work / quota - 1) > 0.8 * tolerance
        else:
            quota, misfit = np.ones(count, np.int64), np.ones(count, bool)
        within = _parts_within(joined, group, [parts_of[int(c)] for c in kept])
        # two pieces of one part must not meet in a cell by way of another part
        wanted = [
            e
            for e in proposals
            if joined[e[0]] != joined[e[1]] and (forced or within[joined[e[0]]].isdisjoint(within[joined[e[1]]]))
        ]
        usable = [e for e in wanted if bridge_all or misfit[joined[e[0]]] or misfit[joined[e[1]]]]
        if not usable and count > cells and not forced:
            # pieces of one part that fixed cells keep asunder: some cell cannot but be in pieces
            proposals, forced = [*proposals, *_bridges(place[anchor], joined, np.arange(nodes, dtype=np.int32))], True
            continue
        if not usable:
            return Joined(node, np.array(bridges, np.int64).reshape(-1, 2), joined, quota, tuple(hosts))
        bridges.append(usable[0])


def _parts_within(joined: Int32Array, group: Int32Array, parts_of: list[set[int]]) -> list[set[int]]:
    """Parts of the territory that each joined component has nodes in."""
    found: list[set[int]] = [set() for _ in range(int(joined.max()) + 1)]
    first = np.unique(group, return_index=True)[1]
    for g, parts in enumerate(parts_of):
        found[joined[first[g]]] |= parts
    return found


def _edges(group: Int32Array, bridges: list[tuple[int, int]]) -> tuple[IntArray, IntArray]:
    """Edges that connect the nodes of each group, and the bridges."""
    order = np.argsort(group, kind="stable")
    same = group[order[1:]] == group[order[:-1]]
    b = np.array(bridges, np.int64).reshape(-1, 2)
    return np.concatenate([order[1:][same], b[:, 0]]), np.concatenate([order[:-1][same], b[:, 1]])


def _join_small(
    load: FloatArray,
    comp: Int32Array,
    part: Int32Array,
    place: FloatArray,
    cells: int,
    tolerance: float,
    parts_of: dict[int, set[int]],
) -> tuple[Int32Array, list[tuple[int, int]]]:
    """Merge every component with less work than a cell into the node of the nearest block of a larger one."""
    m = len(load)
    node = np.arange(m, dtype=np.int32)
    hosts: list[tuple[int, int]] = []
    work, size = total(comp, load), np.bincount(comp)
    small = work < 1 - tolerance
    if small.any() and not small.all():
        large_blocks = np.flatnonzero(~small[comp])
        tree = cKDTree(place[large_blocks])
        first = np.unique(comp, return_index=True)[1]
        filled, spare = load.copy(), m - cells
        for c in np.flatnonzero(small)[np.argsort(-work[small], kind="stable")]:
            blocks = np.flatnonzero(comp == c)
            if size[c] > spare:
                continue
            near, which = tree.query(place[blocks], k=min(_NEAR, len(large_blocks)))
            near, which = near.reshape(len(blocks), -1), which.reshape(len(blocks), -1)
            host = large_blocks[which]
            mine = parts_of[int(c)]
            near_comps = np.unique(comp[host])
            clash = near_comps[[not mine.isdisjoint(parts_of[int(h)]) for h in near_comps]]
            bad = np.isin(comp[host], clash).astype(np.int64)
            full = filled[host] + work[c] > 1 + tolerance
            r, k = np.unravel_index(np.lexsort((host.ravel(), near.ravel(), full.ravel(), bad.ravel()))[0], host.shape)
            if bad[r, k]:
                continue
            node[blocks] = node[host[r, k]]
            parts_of[int(comp[host[r, k]])] |= mine
            filled[host[r, k]] += work[c]
            spare -= int(size[c])
            hosts.append((int(first[c]), int(host[r, k])))
    return np.unique(node, return_inverse=True)[1].astype(np.int32), hosts


def _bridges(place: FloatArray, group: Int32Array, part: Int32Array) -> list[tuple[int, int]]:
    """Shortest bridges that join all groups of different parts into one, as a tree, shortest first."""
    groups = int(group.max()) + 1
    if groups == 1:
        return []
    best: dict[tuple[int, int], tuple[float, int, int]] = {}

    def offer(u: int, v: int, distance: float) -> None:
        key = (int(min(group[u], group[v])), int(max(group[u], group[v])))
        best[key] = min(best.get(key, (np.inf, 0, 0)), (float(distance), int(min(u, v)), int(max(u, v))))

    near, which = cKDTree(place).query(place, k=min(_NEAR, len(place)))
    rows, cols = np.nonzero((group[which] != group[:, None]) & (part[which] != part[:, None]))
    for row, col in zip(rows.tolist(), cols.tolist(), strict=True):
        offer(row, int(which[row, col]), near[row, col])
    while True:
        pairs = np.array(list(best), np.int64).reshape(-1, 2)
        lengths = np.array([best[key][0] for key in best]) + 1e-9
        matrix = coo_matrix((lengths, (pairs[:, 0], pairs[:, 1])), shape=(groups, groups)).tocsr()
        count, reached = components(groups, pairs[:, 0], pairs[:, 1])
        offered = len(best)
        # groups farther away than their nearest blocks are looked for one by one: they are few and large
        for c in range(count if count > 1 else 0):
            inside = reached[group] == c
            mine, others = np.flatnonzero(inside), np.flatnonzero(~inside)
            distance, other = cKDTree(place[others]).query(place[mine])
            ok = part[mine] != part[others[other]]
            if ok.any():
                i = int(np.flatnonzero(ok)[np.argmin(distance[ok])])
                offer(int(mine[i]), int(others[other[i]]), distance[i])
        if len(best) == offered:
            break
    tree = minimum_spanning_tree(matrix).tocoo()
    chosen = [best[(int(min(a, b)), int(max(a, b)))] for a, b in zip(tree.row, tree.col, strict=True)]
    return [(u, v) for _, u, v in sorted(chosen)]
