"""The slow peers, each in a process of its own with a limit on time and memory: gerrychain and spopt.

gerrychain cuts spanning trees (``recursive_tree_part``) and then tries to lower the cost of the borders by ReCom in short bursts.
spopt's regionalizers make connected regions that are alike; MaxP is the only one of them that knows a floor of workload.
"""

from __future__ import annotations

import resource
import time
import warnings
from functools import partial
from multiprocessing import get_context
from queue import Empty
from typing import Any

import numpy as np

from tests.benchmarks.graphs import Graph
from tests.benchmarks.judge import judge
from tests.benchmarks.peers import Contender, Outcome

MEMORY_BYTES = 9 << 30  # spopt's Skater is quadratic in blocks: it would bring the machine down


def slow_peers(burst_s: float) -> list[Contender]:
    """Those that can be expected to finish on a thousand blocks."""
    return [
        Contender("gerrychain tree cuts 5 %", partial(_tree, tolerance=0.05), "gerrychain"),
        Contender(
            f"gerrychain ReCom bursts 5 %, {burst_s:.0f} s",
            partial(_recom, tolerance=0.05, budget_s=burst_s),
            "gerrychain",
        ),
        Contender("spopt Skater", _skater, "spopt"),
        Contender("spopt WardSpatial", _ward, "spopt"),
        Contender("spopt MaxP", _maxp, "spopt"),
    ]


def run_apart(contender: Contender, graph: Graph, cells: int, seed: int, limit_s: float) -> Outcome:
    """Like :func:`tests.benchmarks.peers.run`, in a fresh process that is ended after ``limit_s`` seconds."""
    if contender.missing:
        return Outcome(None, None, failed=f"not run: {contender.missing}")
    apart = get_context("spawn")
    answers = apart.Queue()
    process = apart.Process(target=_serve, args=(answers, contender, graph, cells, seed), daemon=True)
    process.start()
    try:
        outcome: Outcome = _await(answers, process, limit_s)
    finally:
        process.terminate()
        process.join()
    return outcome


def _await(answers: Any, process: Any, limit_s: float) -> Outcome:
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        try:
            return answers.get(timeout=0.2)
        except Empty:
            if not process.is_alive() and answers.empty():
                return Outcome(None, None, failed=f"failed: it ended with status {process.exitcode}")
    return Outcome(None, None, failed=f"not finished in {limit_s:.0f} s")


def _serve(answers: Any, contender: Contender, graph: Graph, cells: int, seed: int) -> None:
    warnings.filterwarnings("ignore")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    try:
        call = contender.ready(graph, cells, seed)
        warnings.filterwarnings("ignore")  # some packages reset the filters when they are imported
        wall, cpu = time.perf_counter(), time.process_time()
        labels = np.asarray(call(), dtype=np.int64)
        wall_s, cpu_s = time.perf_counter() - wall, time.process_time() - cpu
        labels = np.unique(labels, return_inverse=True)[1].astype(np.int32)
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        answers.put(Outcome(labels, judge(graph, labels, cells), wall_s, cpu_s, peak_mb))
    except Exception as problem:
        answers.put(Outcome(None, None, failed=f"failed: {type(problem).__name__}: {problem}"[:120]))


def _net(graph: Graph) -> Any:
    import gerrychain
    import networkx as nx

    net = nx.Graph()
    net.add_nodes_from((i, {"work": w}) for i, w in enumerate(graph.workload.tolist()))
    net.add_edges_from(graph.pairs.tolist())
    return gerrychain.Graph.from_networkx(net)


def _tree(graph: Graph, cells: int, seed: int, *, tolerance: float) -> Any:
    from gerrychain.partition import recursive_tree_part

    net, target = _net(graph), float(graph.workload.sum()) / cells

    def call() -> list[int]:
        cell = recursive_tree_part(net, list(range(cells)), target, "work", tolerance, rng=seed)
        return [cell[i] for i in range(graph.blocks)]

    return call


def _recom(graph: Graph, cells: int, seed: int, *, tolerance: float, budget_s: float) -> Any:
    from gerrychain import Partition, proposals, updaters
    from gerrychain.optimization import SingleMetricOptimizer
    from gerrychain.partition import recursive_tree_part

    net, target = _net(graph), float(graph.workload.sum()) / cells
    cost = {(a, b): c for (a, b), c in zip(graph.pairs.tolist(), graph.border_cost.tolist(), strict=True)}
    cost |= {(b, a): c for (a, b), c in cost.items()}

    def call() -> list[int]:
        begun = time.perf_counter()
        first = recursive_tree_part(net, list(range(cells)), target, "work", tolerance, rng=seed)
        state = Partition(
            net,
            first,
            updaters={
                "work": updaters.Tally("work", alias="work"),
                "cut_edges": updaters.cut_edges,
                "cost": lambda p: sum(cost[e] for e in p["cut_edges"]),
            },
        )
        step = partial(proposals.recom, pop_col="work", pop_target=target, epsilon=tolerance)
        search = SingleMetricOptimizer(step, lambda p: True, state, lambda p: p["cost"], maximize=False, rng=seed)
        for _ in search.short_bursts(10, 10**6):
            if time.perf_counter() - begun > budget_s:
                break
        best = search.best_part
        return [best.assignment[i] for i in range(graph.blocks)]

    return call


def _frame(graph: Graph) -> Any:
    import geopandas as gpd

    columns = {"work": graph.workload, "x": graph.centres[:, 0], "y": graph.centres[:, 1]}
    return gpd.GeoDataFrame(columns, geometry=list(graph.polygons))


def _weights(graph: Graph) -> Any:
    import libpysal

    near: dict[int, list[int]] = {i: [] for i in range(graph.blocks)}
    for a, b in graph.pairs.tolist():
        near[a].append(b)
        near[b].append(a)
    return libpysal.weights.W(near, silence_warnings=True)


def _solved(model: Any) -> Any:
    model.solve()
    return model.labels_


def _skater(graph: Graph, cells: int, seed: int) -> Any:
    from spopt.region import Skater

    frame, near = _frame(graph), _weights(graph)
    return lambda: _solved(Skater(frame, near, ["x", "y"], n_clusters=cells, islands="ignore"))


def _ward(graph: Graph, cells: int, seed: int) -> Any:
    from spopt.region import WardSpatial

    frame, near = _frame(graph), _weights(graph)
    return lambda: _solved(WardSpatial(frame, near, ["x", "y"], n_clusters=cells))


def _maxp(graph: Graph, cells: int, seed: int) -> Any:
    from spopt.region import MaxPHeuristic

    frame, near = _frame(graph), _weights(graph)
    floor = 0.9 * float(graph.workload.sum()) / cells
    np.random.seed(seed)  # noqa: NPY002 - it knows only the global state
    return lambda: _solved(
        MaxPHeuristic(frame, near, ["x", "y"], "work", floor, top_n=2, max_iterations_construction=10)
    )
