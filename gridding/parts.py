"""Territories in several parts: which parts have cells of their own, which share one with their neighbour.

A part with less work than a cell joins a block near to it, whole (:mod:`gridding.hosts`). Parts whose work is no whole number of cells are
bridged: a cell may then have a piece on either side. Bridges form a tree over the parts, so that a cell that is
connected with the bridges is connected within each part without them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gridding.bridges import links, shortest_bridges
from gridding.csr import total
from gridding.hosts import Hosts, find_hosts
from gridding.types import FloatArray, Int32Array, IntArray


@dataclass(frozen=True, slots=True)
class Joined:
    """How the components of a graph were joined.

    Attributes:
        node: (m,) node of each block: blocks of a part that joined another one share the node of their host block.
        bridges: (q, 2) nodes joined by a bridge.
        comp: (nodes,) component of each node, bridges counted.
        quota: (components,) cells of each component.
        hosts: (first block of the part, host block) of each part that joined another.
        pull: (q,) what it costs to end a cell at each bridge, in mean border costs.
    """

    node: Int32Array
    bridges: IntArray
    comp: Int32Array
    quota: IntArray
    hosts: tuple[tuple[int, int], ...]
    pull: FloatArray


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
    edges: tuple[Int32Array, Int32Array] | None = None,
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
        edges: neighbours; with them a part joins a block only where its cell can grow to its target.
        bridge_all: bridge all parts (a redraw, where cells may already lie in several parts).
    """
    found = find_hosts(Hosts(load, comp, part, place, edges), cells, tolerance, lumps=not bridge_all)
    node, nodes = found.node, int(found.node.max()) + 1
    # a node lies where its host block is, not where the part is that joined it
    anchor = np.full(nodes, -1, np.int64)
    anchor[node[::-1]] = np.arange(len(node))[::-1]
    for small, host in found.pairs:
        anchor[node[small]] = host
    kept, numbered = np.unique(comp[anchor], return_inverse=True)
    group: Int32Array = numbered.astype(np.int32)
    groups = len(kept)
    work, size = total(group, total(node, load, nodes), groups), np.bincount(group)
    proposals = shortest_bridges(place[anchor], group, part[anchor])
    tree = _Tree(groups, [found.parts_of[int(c)] for c in kept], work, size)
    bridges: list[tuple[int, int]] = []
    pull = np.zeros(0)
    if found.lumps.any():
        near = links(place[anchor], found.lumps[kept][group])
        bridges = tree.link(group, near)
        pull = _pull(place[anchor], bridges)
    bridges += tree.join(group, proposals, cells, tolerance, bridge_all=bridge_all)
    if tree.count > cells:
        # pieces of one part that fixed cells keep asunder: some cell cannot but be in pieces
        more = shortest_bridges(place[anchor], tree.joined[group], np.arange(nodes, dtype=np.int32))
        bridges += tree.join(group, more, cells, tolerance, bridge_all=bridge_all, asunder=True)
    joined = tree.joined
    quota = apportion(total(joined, work), total(joined, size).astype(np.int64), cells)
    pull = np.concatenate([pull, np.zeros(len(bridges) - len(pull))])
    return Joined(node, np.array(bridges, np.int64).reshape(-1, 2), joined[group], quota, tuple(found.pairs), pull)


def _pull(place: FloatArray, bridges: list[tuple[int, int]]) -> FloatArray:
    """Near islands belong together: half a border for a gap of the usual width, less for a wider one."""
    ends = np.array(bridges, np.int64).reshape(-1, 2)
    gap = np.hypot(*(place[ends[:, 0]] - place[ends[:, 1]]).T)
    usual = float(np.median(gap)) if len(gap) else 1.0
    return np.asarray(np.round(usual / (gap + usual + 1e-9), 6), np.float64)


class _Tree:
    """Groups of nodes joined by bridges, shortest first, as long as there are more than cells or their work misfits."""

    def __init__(self, groups: int, parts_of: list[set[int]], work: FloatArray, size: IntArray) -> None:
        self._boss = np.arange(groups)
        self._parts = [set(p) for p in parts_of]
        self._work, self._size = work, size
        self.count = groups

    @property
    def joined(self) -> Int32Array:
        """(groups,) joined component of each group, numbered by its lowest group."""
        boss = self._boss
        while not np.array_equal(boss, boss[boss]):
            boss = boss[boss]
        self._boss = boss
        numbered: Int32Array = np.unique(boss, return_inverse=True)[1].astype(np.int32)
        return numbered

    def link(self, group: Int32Array, near: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Join islands that are nodes by all links between them, so that no cell can have two pieces of one."""
        taken = []
        for u, v in near:
            a, b = self._find(int(group[u])), self._find(int(group[v]))
            if a == b or self._parts[a].isdisjoint(self._parts[b]):
                taken.append((u, v))
                if a != b:
                    self._unite(a, b)
        return taken

    def join(
        self,
        group: Int32Array,
        proposals: list[tuple[int, int]],
        cells: int,
        tolerance: float,
        *,
        bridge_all: bool,
        asunder: bool = False,
    ) -> list[tuple[int, int]]:
        """Take proposals, shortest first, as long as one is of use; the bridges taken."""
        taken = []
        while True:
            again = bridge_all or self.count > cells
            misfit = None if again else self._misfits(cells, tolerance)
            left = []
            for k, (u, v) in enumerate(proposals):
                a, b = self._find(int(group[u])), self._find(int(group[v]))
                # two pieces of one part must not meet in a cell by way of another part
                if a == b or not (asunder or self._parts[a].isdisjoint(self._parts[b])):
                    continue
                if misfit is not None and not (misfit[a] or misfit[b]):
                    left.append((u, v))
                    continue
                self._unite(a, b)
                taken.append((u, v))
                if misfit is not None or (not bridge_all and self.count <= cells):
                    left += proposals[k + 1 :]
                    break
            else:
                return taken
            proposals = left

    def _misfits(self, cells: int, tolerance: float) -> np.ndarray:
        """(groups,) bool, at the lowest group of each component: its work is no whole number of cells."""
        joined = self.joined
        work, size = total(joined, self._work), total(joined, self._size).astype(np.int64)
        bad: np.ndarray = (np.abs(work / apportion(work, size, cells) - 1) > 0.8 * tolerance)[joined]
        return bad

    def _find(self, x: int) -> int:
        while self._boss[x] != x:
            self._boss[x] = self._boss[self._boss[x]]
            x = int(self._boss[x])
        return x

    def _unite(self, a: int, b: int) -> None:
        low, high = min(a, b), max(a, b)
        self._boss[high] = low
        if len(self._parts[low]) < len(self._parts[high]):
            self._parts[low], self._parts[high] = self._parts[high], self._parts[low]
        self._parts[low] |= self._parts[high]
        self.count -= 1
