"""Every connected set of blocks that could be a cell: listed by branching, with a bound on what it costs.

A set is grown from its first node (lower nodes stay out): a neighbour comes in or stays out for good. A branch ends
where the set is too heavy, cannot become heavy enough, leaves a rest that no whole number of cells divides, or costs too
much. What has been decided gives the bound, over residual costs of a minimum cut (:mod:`gridding.exact_cut`).
Sets are masks of 64 bits.
"""

from __future__ import annotations

import numba as nb
import numpy as np

_ONE = np.uint64(1)


@nb.njit(inline="always")
def lowest_bit(x):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Number of the lowest set bit of a mask that is not 0."""
    n = 0
    if x & np.uint64(0xFFFFFFFF) == 0:
        n += 32
        x >>= np.uint64(32)
    if x & np.uint64(0xFFFF) == 0:
        n += 16
        x >>= np.uint64(16)
    if x & np.uint64(0xFF) == 0:
        n += 8
        x >>= np.uint64(8)
    if x & np.uint64(0xF) == 0:
        n += 4
        x >>= np.uint64(4)
    if x & np.uint64(0x3) == 0:
        n += 2
        x >>= np.uint64(2)
    if x & np.uint64(0x1) == 0:
        n += 1
    return n


@nb.njit(inline="always")
def _flood(seed, allowed, nbr):  # type: ignore[no-untyped-def]  # pragma: no cover
    """All that is reached from the seed through allowed nodes."""
    reached = seed
    front = seed
    while front:
        v = lowest_bit(front)
        front &= front - _ONE
        new = nbr[v] & allowed & ~reached
        reached |= new
        front |= new
    return reached


@nb.njit(inline="always")
def _weigh(mask, load):  # type: ignore[no-untyped-def]  # pragma: no cover
    total = 0.0
    while mask:
        total += load[lowest_bit(mask)]
        mask &= mask - _ONE
    return total


@nb.njit(cache=True, nogil=True)
def list_sets(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    root, nbr, cost, load, price, arc, inside, outside, base, limit, low, high, max_steps, out_mask, out_value, out_load
):
    """List connected sets with first node ``root``, load in [low, high], half border minus prices <= limit.

    Args:
        root: first node; nodes with lower numbers stay out.
        nbr, cost, load: the graph, see :class:`gridding.small_graph.SmallGraph`.
        price: (n,) what a cell earns for each node.
        arc: (n, n) residual cost of an arc from a node that is in to one that is out.
        inside, outside: (n,) residual cost of a node that is in, or out.
        base: what every set costs at least, residual costs aside.
        limit: sets whose value is higher are not listed.
        low, high: band of the load.
        max_steps: branches at most.
        out_mask, out_value, out_load: filled; where they are full, listing ends.

    Returns:
        (number of sets, steps); steps = -1 where the list is not complete.
    """
    n = len(load)
    full = np.uint64(0)
    for i in range(n):
        full |= _ONE << np.uint64(i)
    st_in = np.empty(2 * n + 4, np.uint64)
    st_out = np.empty(2 * n + 4, np.uint64)
    st_bound = np.empty(2 * n + 4)
    st_load = np.empty(2 * n + 4)
    found = 0
    steps = 0
    st_in[0] = _ONE << np.uint64(root)
    st_out[0] = (_ONE << np.uint64(root)) - _ONE
    st_load[0] = load[root]
    bound = base + inside[root]
    for j in range(root):
        bound += arc[root, j]
    st_bound[0] = bound
    top = 1
    while top:
        top -= 1
        cell = st_in[top]
        out = st_out[top]
        bound = st_bound[top]
        weight = st_load[top]
        steps += 1
        if steps > max_steps:
            return found, -1
        if weight > high or bound > limit:
            continue
        reach = _flood(cell, full & ~out, nbr)
        if _weigh(reach, load) < low:
            continue
        rest = full & ~cell
        seeds = rest & ~reach
        bad = False
        while seeds:
            piece = _flood(seeds & (~seeds + _ONE), rest, nbr)
            seeds &= ~piece
            if piece & reach == 0:  # no branch adds to this piece any more
                x = _weigh(piece, load)
                cells = np.floor(x / low + 1e-9)
                if cells < 1 or cells * high < x - 1e-9:
                    bad = True
                    break
        if bad:
            continue
        front = np.uint64(0)
        t = cell
        while t:
            front |= nbr[lowest_bit(t)]
            t &= t - _ONE
        front &= ~cell & ~out
        if front == 0:
            if weight >= low:
                value = 0.0
                t = cell
                while t:
                    v = lowest_bit(t)
                    t &= t - _ONE
                    value -= price[v]
                    o = nbr[v] & ~cell
                    while o:
                        value += 0.5 * cost[v, lowest_bit(o)]
                        o &= o - _ONE
                if value <= limit:
                    if found == len(out_mask):
                        return found, -1
                    out_mask[found] = cell
                    out_value[found] = value
                    out_load[found] = weight
                    found += 1
            continue
        v = lowest_bit(front)  # of those beside most nodes that are out: what they cost is known soonest
        most = np.int64(-1)
        t = front
        while t:
            u = lowest_bit(t)
            t &= t - _ONE
            o = nbr[u] & out
            beside = np.int64(0)
            while o:
                beside += 1
                o &= o - _ONE
            if beside > most:
                most = beside
                v = u
        taken = bound + inside[v]
        left = bound + outside[v]
        t = nbr[v]
        while t:
            u = lowest_bit(t)
            t &= t - _ONE
            bit = _ONE << np.uint64(u)
            if cell & bit:
                left += arc[u, v]
            elif out & bit:
                taken += arc[v, u]
        bit = _ONE << np.uint64(v)
        st_in[top] = cell
        st_out[top] = out | bit
        st_bound[top] = left
        st_load[top] = weight
        top += 1
        st_in[top] = cell | bit
        st_out[top] = out
        st_bound[top] = taken
        st_load[top] = weight + load[v]
        top += 1
    return found, steps
