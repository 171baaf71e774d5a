"""Where cells must cross a barrier: the fewest crossings with which every cell can have its share of the work.

Barriers cut a territory into regions. A region whose work is no whole number of cells within the tolerance cannot be
divided on its own: it is joined to a neighbour at one place of the barrier between them, a bridge if there is one, else
the longest shared border. One place, so that one cell crosses there and no other can. Strips with hardly any work
(between two carriageways) belong to their neighbours, block by block.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import minimum_spanning_tree

from gridding.barriers import BARRED, BRIDGED, OPEN, STRIP
from gridding.carve import Carved
from gridding.csr import Pairs, components, total
from gridding.errors import GriddingError
from gridding.request import Request
from gridding.types import FloatArray, Int32Array, IntArray

FIT = 0.8
"""Share of the tolerance that a region's mean cell may be off, so that its cells have some play."""

FEW = 14
"""Up to so many regions the fewest crossings are found by trying all."""

TRIES = 20_000


def states_of(whole: Pairs, pairs: ArrayLike, barrier: ArrayLike | None, request: Request) -> NDArray[np.int8]:
    """(m,) state of each canonical pair: of a pair that is named more than once the most open one counts.

    Barriers do not count within what is one cell by decision: an exclusive area, a fixed cell, locked blocks of a cell.

    Raises:
        GriddingError: as many states as pairs were expected, or other states than 0, 1, 2.
    """
    state = np.full(len(whole.a), OPEN, np.int8)
    if barrier is None:
        return state
    ab, given = np.asarray(pairs, np.int64).reshape(-1, 2), np.asarray(barrier).astype(np.int8).ravel()
    if len(given) != len(ab):
        raise GriddingError(f"barrier has {len(given)} rows, pairs {len(ab)}: they must match")
    if not np.isin(given, (OPEN, BARRED, BRIDGED)).all():
        raise GriddingError("barrier must be 0 (open), 1 (barrier) or 2 (barrier that a street crosses) for each pair")
    key = ab.min(axis=1) * request.blocks + ab.max(axis=1)
    rank = np.array([2, 0, 1])[given]
    order = np.lexsort((rank, key))
    key, given = key[order], given[order]
    last = np.searchsorted(key, whole.a.astype(np.int64) * request.blocks + whole.b, side="right") - 1
    state[:] = given[last]
    locked = np.full(request.blocks, -1) if request.labels is None else np.where(request.locked, request.labels, -1)
    for group in (request.exclusive, request.fixed, locked):
        state[(group[whole.a] == group[whole.b]) & (group[whole.a] >= 0)] = OPEN
    return state


def subset(pairs: Pairs, keep: NDArray[np.bool_]) -> Pairs:
    """Some of the pairs."""
    return Pairs(pairs.a[keep], pairs.b[keep], pairs.length_m[keep], pairs.cost[keep])


@dataclass(slots=True)
class _Shared:
    """What two regions share: the links between them, the best of them, and metres in all."""

    links: list[int]
    best: int
    length_m: float


def open_crossings(request: Request, whole: Pairs, state: NDArray[np.int8], decided: Carved, tolerance: float) -> Pairs:
    """The pairs that cells may extend over: those on no barrier, and the fewest on barriers without which it cannot be.

    Args:
        request: workload, labels.
        whole: neighbours.
        state: (m,) see :mod:`gridding.barriers`.
        decided: what was set apart; the rest is looked at here.
        tolerance: balance asked for.
    """
    free = (decided.cell[whole.a] < 0) & (decided.cell[whole.b] < 0)
    load = request.workload / decided.target if decided.target > 0 else np.ones(request.blocks)
    load = np.where(decided.cell < 0, load, 0.0)
    if decided.target <= 0:
        load *= decided.cells / max(load.sum(), 1.0)
    keep = free & (state == OPEN)
    keep = attach_strips(load, whole, free, keep)
    count, region = components(request.blocks, whole.a[keep], whole.b[keep])
    links = np.flatnonzero(free & ~keep & (region[whole.a] != region[whole.b]))
    if len(links):
        groups = _Groups(load, whole, state, links, region, count, request.labels)
        chosen = _fewest(groups, decided.cells, tolerance * FIT)
        keep[_greedy(groups, decided.cells, tolerance * FIT) if chosen is None else chosen] = True
    return subset(whole, keep)


def attach_strips(
    load: FloatArray, whole: Pairs, free: NDArray[np.bool_], keep: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """The pairs kept, with every block of a strip hung on one neighbour, so that no cell reaches through a strip.

    Args:
        load: (blocks,) workload in targets.
        whole: neighbours.
        free: (m,) bool, pairs of blocks that are to be divided.
        keep: (m,) bool, pairs on no barrier.
    """
    n = len(load)
    count, region = components(n, whole.a[keep], whole.b[keep])
    work, size = total(region, load, count), np.bincount(region, minlength=count)
    strip = work <= STRIP
    barred = free & ~keep
    out = barred & (strip[region[whole.a]] != strip[region[whole.b]])
    inner = np.where(strip[region[whole.a]], whole.a, whole.b)[out]
    rim = np.bincount(region[np.unique(inner)], minlength=count)
    strip &= 2 * rim >= size  # an empty quarter is no strip: it is joined as a whole
    strip &= rim > 0
    hung = free & (strip[region[whole.a]] | strip[region[whole.b]])
    if not hung.any():
        return keep
    # all blocks outside of strips are the root of a tree in which every block of a strip hangs on its longest border
    index = np.zeros(n, np.int64)
    blocks = np.flatnonzero(strip[region])
    index[blocks] = np.arange(1, len(blocks) + 1)
    low, high = np.sort(np.stack([index[whole.a[hung]], index[whole.b[hung]]]), axis=0)
    rows = np.flatnonzero(hung)
    order = np.lexsort((rows, -whole.length_m[rows], high, low))
    first = np.ones(len(order), bool)
    first[1:] = (low[order][1:] != low[order][:-1]) | (high[order][1:] != high[order][:-1])
    best = order[first]
    near = coo_matrix((1 / whole.length_m[rows[best]], (low[best], high[best])), shape=(len(blocks) + 1,) * 2)
    tree = minimum_spanning_tree(near.tocsr()).tocoo()
    wanted = np.isin(
        low[best] * (len(blocks) + 1) + high[best], tree.row.astype(np.int64) * (len(blocks) + 1) + tree.col
    )
    out_of_strips = keep & ~hung
    out_of_strips[rows[best[wanted]]] = True
    return out_of_strips


class _Groups:
    """Regions joined so far, and what they share with each other."""

    def __init__(
        self,
        load: FloatArray,
        whole: Pairs,
        state: NDArray[np.int8],
        links: IntArray,
        region: Int32Array,
        count: int,
        present: Int32Array | None,
    ) -> None:
        self.work = total(region, load, count).tolist()
        self.shared: dict[int, dict[int, _Shared]] = {g: {} for g in range(count)}
        a, b = whole.a[links], whole.b[links]
        kept = np.zeros(len(links), bool) if present is None else (present[a] == present[b]) & (present[a] >= 0)
        heavy = load[a] + load[b] > 1.0
        # the place that is best for a crossing comes first
        order = np.lexsort((links, -whole.length_m[links], state[links] != BRIDGED, heavy, ~kept))
        self.rank = {int(links[i]): r for r, i in enumerate(order)}
        self.bridge = {int(e): bool(state[e] == BRIDGED) for e in links}
        self.length_m = {int(e): float(whole.length_m[e]) for e in links}
        for e in links[order].tolist():
            g, h = int(region[whole.a[e]]), int(region[whole.b[e]])
            both = self.shared[g].get(h)
            if both is None:
                self.shared[g][h] = self.shared[h][g] = _Shared([e], e, self.length_m[e])
            else:
                both.links.append(e)
                both.length_m += self.length_m[e]

    def join(self, g: int, h: int) -> None:
        """Make ``g`` part of ``h``."""
        self.work[h] += self.work[g]
        for other, both in self.shared.pop(g).items():
            del self.shared[other][g]
            if other == h:
                continue
            known = self.shared[h].get(other)
            self.shared[h][other] = self.shared[other][h] = both if known is None else self._added(known, both)

    def _added(self, one: _Shared, two: _Shared) -> _Shared:
        best = min(one.best, two.best, key=self.rank.__getitem__)
        return _Shared(one.links + two.links, best, one.length_m + two.length_m)


def _span(work: float, tolerance: float) -> tuple[int, int]:
    """Fewest and most cells that a group may have; none where the first is above the second."""
    low = int(np.ceil(work / (1 + tolerance) - 1e-9))
    high = int(np.floor(work / max(1 - tolerance, 1e-9) + 1e-9))
    return max(low, 1), high


def _misfits(work: Sequence[float], cells: int, tolerance: float) -> int:
    """Groups that hold no whole number of cells; one more where the numbers do not add up to all cells."""
    bad, least, most = 0, 0, 0
    for w in work:
        low, high = _span(w, tolerance)
        bad += low > high
        least += low
        most += max(low, high)
    return bad + (not least <= cells <= most)


def _fewest(groups: _Groups, cells: int, tolerance: float) -> list[int] | None:
    """The fewest crossings that leave as few misfits as any could, by trying all; None where there are too many."""
    names = sorted(groups.shared)
    if len(names) > FEW:
        return None
    number = {g: i for i, g in enumerate(names)}
    work = [groups.work[g] for g in names]
    edges = sorted(
        ((number[g], number[h], both.best) for g in names for h, both in groups.shared[g].items() if g < h),
        key=lambda e: groups.rank[e[2]],
    )
    merged = components(len(names), np.array([e[0] for e in edges]), np.array([e[1] for e in edges]))[1]
    floor = _misfits(total(merged, work).tolist(), cells, tolerance)
    tries = 0
    best: tuple[tuple[int, int], list[int]] | None = None

    def search(depth: int, start: int, root: list[int], load: list[float], chosen: list[int]) -> None:
        nonlocal best, tries
        if depth == 0:
            tries += 1
            if _misfits([w for i, w in enumerate(load) if root[i] == i], cells, tolerance) <= floor:
                fewest_dry = sum(not groups.bridge[e] for e in chosen)
                price = (fewest_dry, sum(groups.rank[e] for e in chosen))
                if best is None or price < best[0]:
                    best = price, list(chosen)
            return
        for i in range(start, len(edges) - depth + 1):
            if tries > TRIES:
                return
            u, v, link = edges[i]
            x, y = root[u], root[v]
            if x == y:
                continue
            merged_root = [y if r == x else r for r in root]
            merged_load = list(load)
            merged_load[y] += merged_load[x]
            search(depth - 1, i + 1, merged_root, merged_load, [*chosen, link])

    for depth in range(len(names)):
        search(depth, 0, list(range(len(names))), work, [])
        if best is not None:
            return best[1]
        if tries > TRIES:
            return None
    return None


def _greedy(groups: _Groups, cells: int, tolerance: float) -> list[int]:
    """Join misfits, the lightest first, to the neighbour with which they fit best; then take back what was not needed."""
    start = dict(enumerate(groups.work))
    names = sorted(groups.shared)
    joins: list[tuple[int, int, int]] = []
    while True:
        live = sorted(groups.shared)
        if _misfits([groups.work[g] for g in live], cells, tolerance) == 0:
            break
        bad = [g for g in live if groups.shared[g] and (s := _span(groups.work[g], tolerance))[0] > s[1]]
        if not bad:
            bad = [g for g in live if groups.shared[g]] if len(live) > cells else []
        if not bad:
            break
        g = min(bad, key=lambda k: (groups.work[k], k))

        def claim(h: int, g: int = g) -> tuple[bool, bool, int]:
            low, high = _span(groups.work[g] + groups.work[h], tolerance)
            other = _span(groups.work[h], tolerance)
            return low > high, other[0] <= other[1], groups.rank[groups.shared[g][h].best]

        host = min(groups.shared[g], key=claim)
        joins.append((g, host, groups.shared[g][host].best))
        groups.join(g, host)
    number = {g: i for i, g in enumerate(names)}
    work = np.array([start[g] for g in names])
    a = np.array([number[g] for g, _, _ in joins], np.int64)
    b = np.array([number[h] for _, h, _ in joins], np.int64)
    needed = np.ones(len(joins), bool)
    floor = _misfits(total(components(len(names), a, b)[1], work).tolist(), cells, tolerance)
    for j in range(len(joins)):
        needed[j] = False
        fewer = components(len(names), a[needed], b[needed])[1]
        needed[j] = _misfits(total(fewer, work).tolist(), cells, tolerance) > floor
    return [link for (_, _, link), keep in zip(joins, needed, strict=True) if keep]
