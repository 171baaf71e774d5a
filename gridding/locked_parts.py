"""Small parts of a territory with locked blocks: bridged to a block of the same cell, since one node can keep one lock only."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.spatial import cKDTree

from gridding.parts import Joined
from gridding.types import FloatArray, Int32Array, IntArray


def keep_locked_parts(
    joined: Joined, comp: Int32Array, place: FloatArray, present: Int32Array, lock: Int32Array
) -> Joined:
    """The same joins, but parts with a lock that their host's cell does not keep are bridged, block by block as they were.

    Args:
        joined: parts as they were joined without a look at locks.
        comp: (m,) component of each block.
        place: (m, 2) position of each block, metres.
        present: (m,) label in the plan in force, -1 = none.
        lock: (m,) the label that a block must keep, -1 = not locked.
    """
    apart = [
        (first, host) for first, host in joined.hosts if _torn(np.flatnonzero(comp == comp[first]), host, present, lock)
    ]
    if not apart:
        return joined
    node, group = joined.node.copy(), list(joined.comp)
    bridges: list[tuple[int, int]] = []
    for first, host in apart:
        blocks = np.flatnonzero(comp == comp[first])
        whole = joined.comp[joined.node[host]]
        node[blocks] = np.arange(len(group), len(group) + len(blocks))
        group += [int(whole)] * len(blocks)
        near = np.flatnonzero((joined.comp[joined.node] == whole) & (comp == comp[host]))
        a, b = _bridge(blocks, near, host, place, present, lock)
        bridges.append((int(node[a]), int(node[b])))
    return replace(
        joined,
        node=node,
        comp=np.array(group, np.int32),
        bridges=np.concatenate([joined.bridges, np.array(bridges, np.int64)]),
        hosts=tuple(pair for pair in joined.hosts if pair not in apart),
        pull=np.concatenate([joined.pull, np.zeros(len(bridges))]),
    )


def _torn(blocks: IntArray, host: int, present: Int32Array, lock: Int32Array) -> bool:
    """Whether the part or its host has a lock that the other's cell contradicts."""
    locks = np.unique(lock[blocks])
    locks = locks[locks >= 0]
    return len(locks) > 1 or (len(locks) == 1 and locks[0] != present[host])


def _bridge(
    blocks: IntArray, near: IntArray, host: int, place: FloatArray, present: Int32Array, lock: Int32Array
) -> tuple[int, int]:
    """The shortest bridge within a cell that holds locks in the part; else the shortest to the host.

    Args:
        blocks: of the part.
        near: blocks of the component of the host.
        host: the block that the part joined.
        place, present, lock: of all blocks.
    """
    best: tuple[float, int, int] | None = None
    for label in np.unique(lock[blocks][lock[blocks] >= 0]).tolist():
        mine, theirs = blocks[present[blocks] == label], near[present[near] == label]
        if len(theirs):
            length, at = cKDTree(place[theirs]).query(place[mine])
            i = int(np.argmin(length))
            found = (float(length[i]), int(mine[i]), int(theirs[at[i]]))
            best = found if best is None else min(best, found)
    if best is not None:
        return best[1], best[2]
    return int(blocks[np.argmin(np.hypot(*(place[blocks] - place[host]).T))]), host
