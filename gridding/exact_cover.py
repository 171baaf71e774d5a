"""The best choice of sets that cover every block once: depth first, the lowest uncovered node next."""

from __future__ import annotations

import numba as nb
import numpy as np

from gridding.exact_sets import lowest_bit

_MIX = np.uint64(0x9E3779B97F4A7C15)


@nb.njit(cache=True, nogil=True)
def cover(start, mask, value, full, cells, limit, bottleneck, max_steps, table_bits, choice):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Cover ``full`` with exactly ``cells`` disjoint sets at the least sum (or largest member) of values.

    Args:
        start: (n + 1,) sets with first node ``i`` are ``start[i]:start[i + 1]``, their values ascending.
        mask, value: (sets,).
        full: mask of all nodes.
        cells: number of sets.
        limit: only covers with a lower value count.
        bottleneck: the value of a cover is the largest of its sets' values instead of their sum.
        max_steps: sets looked at, at most.
        table_bits: size of the memory of states that were seen, in bits.
        choice: (cells,) filled with the sets of the best cover.

    Returns:
        (value of the best cover, or ``limit`` where none is better; steps, -1 where the search was cut short).
    """
    size = 1 << table_bits
    seen_mask = np.zeros(size, np.uint64)
    seen_depth = np.full(size, -1, np.int8)
    seen_value = np.empty(size)
    shift = np.uint64(64 - table_bits)
    least = 0.0
    for i in range(len(value)):
        least = min(least, value[i])
    best = limit
    here = np.zeros(cells + 1, np.int64)
    open_ = np.zeros(cells + 1, np.uint64)
    total = np.zeros(cells + 1)
    open_[0] = full
    here[0] = start[lowest_bit(full)]
    depth = 0
    steps = 0
    while depth >= 0:
        uncovered = open_[depth]
        first = lowest_bit(uncovered)
        end = start[first + 1]
        i = here[depth]
        left = cells - depth - 1
        went = False
        while i < end:
            steps += 1
            if bottleneck:
                v = max(total[depth], value[i])
                bound = v
            else:
                v = total[depth] + value[i]
                bound = v + left * least
            if bound >= best - 1e-9:
                i = end
                break
            m = mask[i]
            i += 1
            if m & ~uncovered:
                continue
            rest = uncovered & ~m
            if left == 0:
                if rest == 0:
                    best = v
                    here[depth] = i
                    for d in range(cells):
                        choice[d] = here[d] - 1
                continue
            if rest == 0:
                continue
            slot = (rest * _MIX) >> shift
            if seen_mask[slot] == rest and seen_depth[slot] == left and seen_value[slot] <= v:
                continue
            seen_mask[slot] = rest
            seen_depth[slot] = left
            seen_value[slot] = v
            here[depth] = i
            depth += 1
            open_[depth] = rest
            total[depth] = v
            here[depth] = start[lowest_bit(rest)]
            went = True
            break
        if steps > max_steps:
            return best, -1
        if not went:
            depth -= 1
    return best, steps
