"""Parts of a territory with less work than a cell: which block of a larger part each of them joins."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gridding.csr import total
from gridding.types import FloatArray, Int32Array, IntArray

NEAR, FARTHER = 12, 96
"""So many of the nearest blocks may be hosts of each block; where none will do, so many."""
TRIED = 60
"""So many hosts are tried for a cell that can grow around them."""
HEAVY = 0.05
"""A part with less work than this share of a cell may join any block: it hardly matters to the balance."""
LUMP = 0.2
"""An island of less work than this share of a cell is never divided, where all there is are islands."""
VISITED = 300
"""Blocks looked at around a host; whoever has as many around has room to grow."""


@dataclass(frozen=True, slots=True)
class Hosts:
    """What hosts are looked for in.

    Attributes:
        load: (m,) workload in targets.
        comp: (m,) component of each block.
        part: (m,) part of the territory.
        place: (m, 2) metres.
        edges: neighbours, or None.
    """

    load: FloatArray
    comp: Int32Array
    part: Int32Array
    place: FloatArray
    edges: tuple[Int32Array, Int32Array] | None = None


@dataclass(frozen=True, slots=True)
class Hosted:
    """Who joined whom.

    Attributes:
        node: (m,) node of each block, shared by a part and its host.
        pairs: (first block of the part, host block) of each part that joined another.
        parts_of: parts of the territory within each component, those that joined it counted.
        lumps: (components,) bool, those that are a single node now.
    """

    node: Int32Array
    pairs: list[tuple[int, int]]
    parts_of: list[set[int]]
    lumps: NDArray[np.bool_]


def find_hosts(given: Hosts, cells: int, tolerance: float, *, lumps: bool = False) -> Hosted:
    """Merge every component with less work than a cell into the node of a near block of a larger one, heaviest first.

    A host is wanted of another part of the territory, whose cell the part does not overfill, and around which that cell can
    grow to its target; of those the nearest. Where all there is are islands, more of them than cells, and ``lumps``, small
    ones become nodes.
    """
    load, comp = given.load, given.comp
    m = len(load)
    node = np.arange(m, dtype=np.int32)
    work, size = total(comp, load), np.bincount(comp)
    first = np.unique(comp, return_index=True)[1]
    parts_of = [{p} for p in given.part[first].tolist()]
    small = work < 1 - tolerance
    pairs: list[tuple[int, int]] = []
    lump = np.zeros(len(work), bool)
    if small.all() and lumps and len(work) > cells:
        lump = work < LUMP
        node = np.where(lump[comp], first[comp], node).astype(np.int32)
        return Hosted(np.unique(node, return_inverse=True)[1].astype(np.int32), pairs, parts_of, lump)
    if not small.any() or small.all():
        return Hosted(node, pairs, parts_of, lump)
    large = np.flatnonzero(~small[comp])
    tree = cKDTree(given.place[large])
    inside = np.flatnonzero(small[comp])
    inside = inside[np.argsort(comp[inside], kind="stable")]
    near, which = tree.query(given.place[inside], k=min(NEAR, len(large)))
    near, host = near.reshape(len(inside), -1), large[which].reshape(len(inside), -1)
    begin = np.searchsorted(comp[inside], np.arange(len(work) + 1))
    filled, spare = load.copy(), m - cells
    room = _Room(given, filled, tolerance)
    for c in np.flatnonzero(small)[np.argsort(-work[small], kind="stable")].tolist():
        if size[c] > spare:
            continue
        mine = slice(begin[c], begin[c + 1])
        blocks = inside[mine]
        at = _nearest(given, room, parts_of, c, float(work[c]), near[mine].ravel(), host[mine].ravel())
        if at is None or (at < 0 and room.known):
            far, which = tree.query(given.place[blocks], k=min(FARTHER, len(large)))
            wider = _nearest(given, room, parts_of, c, float(work[c]), far.ravel(), large[which].ravel())
            at = wider if at is None or (wider is not None and wider >= 0) else at
        if at is None:
            continue
        at = at if at >= 0 else -at - 1
        node[blocks] = node[at]
        parts_of[int(comp[at])] |= parts_of[c]
        filled[at] += work[c]
        spare -= int(size[c])
        pairs.append((int(first[c]), at))
    return Hosted(np.unique(node, return_inverse=True)[1].astype(np.int32), pairs, parts_of, lump)


def _nearest(
    given: Hosts, room: _Room, parts_of: list[set[int]], c: int, work: float, near: FloatArray, host: IntArray
) -> int | None:
    """The best host, as -host - 1 where no cell around it can reach its target; None where none may be one."""
    comps = np.unique(given.comp[host])
    clash = comps[[not parts_of[c].isdisjoint(parts_of[h]) for h in comps.tolist()]]
    keep = ~np.isin(given.comp[host], clash) if len(clash) else np.ones(len(host), bool)
    near, host = near[keep], host[keep]
    if not len(host):
        return None
    over = np.maximum(room.filled[host] + work - room.most, 0.0)
    order = np.lexsort((host, near, over > 0))
    best = int(host[order[0]])
    if work < HEAVY or not room.known:
        return best
    tried = host[order][np.sort(np.unique(host[order], return_index=True)[1])][:TRIED]
    return next((h for h in tried.tolist() if room.enough(h, work)), -best - 1)


class _Room:
    """Whether the cell around a host can grow to its target, by blocks none of which alone is too heavy for it."""

    def __init__(self, given: Hosts, filled: FloatArray, tolerance: float) -> None:
        self.filled, self.least, self.most = filled, 1 - tolerance, 1 + tolerance
        self.known = given.edges is not None
        if given.edges is not None:
            a, b = given.edges
            rows, cols = np.concatenate([a, b]), np.concatenate([b, a])
            self._cols = cols[np.lexsort((cols, rows))]
            self._start = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(filled)))])

    def enough(self, host: int, work: float) -> bool:
        """Whether some connected set of blocks with the host may have the work of a cell: a necessary condition."""
        have = float(self.filled[host]) + work
        if have > self.most:
            return False
        free = self.most - have
        seen, queue = {host}, deque([host])
        while queue and have < self.least and len(seen) < VISITED:
            u = queue.popleft()
            for v in self._cols[self._start[u] : self._start[u + 1]].tolist():
                if v not in seen and self.filled[v] <= free:
                    seen.add(v)
                    queue.append(v)
                    have += float(self.filled[v])
        return have >= self.least or len(seen) >= VISITED
