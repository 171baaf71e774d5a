"""What the search gets: the blocks of ordinary cells as a graph, its parts joined, with the present labels on it."""

from __future__ import annotations

import numpy as np

from gridding.carve import Carved
from gridding.csr import Pairs, components, make_graph, total
from gridding.locked_links import link_locks
from gridding.locked_parts import keep_locked_parts
from gridding.parts import Joined, join_parts
from gridding.redraw import stay_cost
from gridding.request import Request
from gridding.task import Task
from gridding.types import FloatArray, Int32Array


def ordinary_task(
    request: Request,
    edges: Pairs,
    decided: Carved,
    core: np.ndarray,
    part: Int32Array,
    names: Int32Array,
    tolerance: float,
    rng_seed: int,
) -> tuple[Task, Joined, Int32Array | None]:
    """The graph of the ordinary cells' blocks, parts joined, and the present labels on it where there are any.

    Args:
        request: as asked. edges: borders that connect. decided: what is set apart.
        core: the blocks of ordinary cells. part: (blocks,) the part of the territory each lies in.
        names: labels of the ordinary cells. tolerance: of this task. rng_seed: of its search.
    """
    index = np.full(request.blocks, -1, np.int32)
    index[core] = np.arange(len(core), dtype=np.int32)
    inner = (index[edges.a] >= 0) & (index[edges.b] >= 0)
    a, b = index[edges.a[inner]], index[edges.b[inner]]
    if decided.target > 0:
        load = request.workload[core] / decided.target
    else:
        load = np.full(len(core), decided.cells / len(core))
    present = request.labels
    comp, place = components(len(core), a, b)[1], request.centres[core]
    joined = join_parts(
        load, comp, part[core], place, decided.cells, tolerance, edges=(a, b), bridge_all=present is not None
    )
    if present is not None:
        lock = np.where(request.locked, present, -1).astype(np.int32)
        joined = keep_locked_parts(joined, comp, place, present[core], lock[core])
    n = len(joined.comp)
    node_load = total(joined.node, load, n)
    na, nb, cost = _node_edges(joined, a, b, edges.cost[inner])
    work, quota = total(joined.comp, node_load), joined.quota
    kin = np.repeat(np.arange(len(quota), dtype=np.int32), quota)
    if present is None:
        graph = make_graph(na, nb, cost, node_load)
        start = None
    else:
        number = np.full(request.cells + 1, -1, np.int32)
        number[names] = np.arange(len(names), dtype=np.int32)
        home = np.full(n, -1, np.int32)
        lead = np.lexsort((-load, ~request.locked[core], joined.node))  # a lock speaks for its node, then most work
        first = lead[np.unique(joined.node[lead], return_index=True)[1]]
        home[joined.node[first]] = number[present[core[first]]]
        hold = np.zeros(n, bool)
        hold[joined.node[request.locked[core]]] = True
        kin, start = _present(home, node_load + 1e-9, hold, joined, decided.cells)
        graph = make_graph(
            na, nb, cost, node_load, movable=(~hold).astype(np.uint8), home=home, stay=stay_cost(node_load)
        )
        part_of_node = np.empty(n, np.int32)
        part_of_node[joined.node] = part[core]
        host = np.array([block for _, block in joined.hosts], np.int64)
        part_of_node[joined.node[host]] = part[core[host]]  # whoever joined lies elsewhere
        start = link_locks(graph, start, part_of_node, decided.cells)
    centre = (work / np.maximum(np.bincount(kin, minlength=len(work)), 1))[kin]
    return Task(graph, joined.comp, kin, centre, tolerance, rng_seed), joined, start


def _node_edges(
    joined: Joined, a: Int32Array, b: Int32Array, cost: FloatArray
) -> tuple[Int32Array, Int32Array, FloatArray]:
    """Borders between nodes, parallel ones added up; most bridges cost nothing where cells end at them."""
    n = len(joined.comp)
    na, nb = joined.node[a], joined.node[b]
    keep = na != nb
    low = np.concatenate([np.minimum(na, nb)[keep], joined.bridges.min(axis=1, initial=n)]).astype(np.int64)
    high = np.concatenate([np.maximum(na, nb)[keep], joined.bridges.max(axis=1, initial=-1)]).astype(np.int64)
    key, inverse = np.unique(low * n + high, return_inverse=True)
    unit = float(cost.mean()) if cost.any() else 1.0
    summed = total(inverse, np.concatenate([cost[keep], joined.pull * unit]), len(key))
    return (key // n).astype(np.int32), (key % n).astype(np.int32), summed


def _present(
    home: Int32Array, weight: FloatArray, hold: np.ndarray, joined: Joined, cells: int
) -> tuple[Int32Array, Int32Array]:
    """Component of each cell, and start labels: a cell lies in one component; each component has a cell."""
    comps = len(joined.quota)
    held = np.where(hold, weight + weight.sum(), weight)
    known = home >= 0
    table = np.zeros((cells, comps))
    np.add.at(table, (home[known], joined.comp[known]), held[known])
    kin = np.argmax(table, axis=1).astype(np.int32)
    size = np.bincount(joined.comp, minlength=comps)
    while True:
        counts = np.bincount(kin, minlength=comps)
        crowded = counts > size
        if crowded.any():
            giving, taking = crowded, int(np.argmax(size - counts))
        elif (counts == 0).any():
            giving, taking = counts > 1, int(np.argmin(counts))
        else:
            break
        spare = np.flatnonzero(giving[kin])
        kin[spare[np.argmin(table[spare, kin[spare]])]] = taking
    start = np.where(known & ((kin[home] == joined.comp) | hold), home, -1).astype(np.int32)
    for c in range(comps):
        inside = joined.comp == c
        if not (start[inside] >= 0).any():
            start[inside] = np.flatnonzero(kin == c)[0]
    return kin, start
