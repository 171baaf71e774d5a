"""Who divides the same block graph: ours, METIS, KaHIP, and in :mod:`tests.benchmarks.regionalizers` the slow ones.

Each contender is made ready with a graph (arrays laid out, packages imported) and then called: the call alone is billed.
A peer whose package is not installed is not run, and every table says so.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
import pymetis

from gridding import PartitionResult, partition_graph
from gridding.types import Int32Array
from tests.benchmarks.graphs import Graph, csr
from tests.benchmarks.judge import Quality, judge
from tests.benchmarks.timing import cpu_seconds

Call = Callable[[], Any]
Ready = Callable[[Graph, int, int], Call]
"""(graph, cells, seed) -> the call that gives labels."""


@dataclass(frozen=True)
class Contender:
    """A name for the table, how it is made ready, and the package that it needs."""

    name: str
    ready: Ready
    package: str = "pymetis"

    @property
    def missing(self) -> str:
        """Why it is not run; "" where it is."""
        return "" if find_spec(self.package) else f"{self.package} is not installed"


@dataclass(frozen=True)
class Outcome:
    """What a contender gave and took; ``failed`` says why there is no plan."""

    labels: Int32Array | None
    quality: Quality | None
    wall_s: float = float("nan")
    cpu_s: float = float("nan")
    peak_mb: float = float("nan")
    failed: str = ""


def ours(tolerance: float, **options: Any) -> Contender:
    """The engine of this project."""

    def ready(graph: Graph, cells: int, seed: int) -> Call:
        return lambda: partition(graph, cells, tolerance, seed, **options).labels

    return Contender("ours", ready)


def partition(graph: Graph, cells: int, tolerance: float, seed: int, **options: Any) -> PartitionResult:
    """Ours, with everything that it reports."""
    g = graph
    return partition_graph(
        g.pairs, g.border_length_m, g.border_cost, g.workload, cells, tolerance=tolerance, rng_seed=seed,
        centres=g.centres, **options,
    )  # fmt: skip


def metis(name: str = "METIS", **options: int) -> Contender:
    """METIS k-way with ``contig=1``; what is left to its defaults is what a user gets (3 % imbalance)."""

    def ready(graph: Graph, cells: int, seed: int) -> Call:
        layout = csr(graph)
        neighbours = pymetis.CSRAdjacency(layout.start, layout.neighbour)
        chosen = pymetis.Options(contig=1, seed=seed + 1, **options)

        def call() -> np.ndarray:
            parts = pymetis.part_graph(
                cells, neighbours, vweights=layout.workload, eweights=layout.border, recursive=False, options=chosen
            )
            return np.asarray(parts.vertex_part, dtype=np.int32)

        return call

    return Contender(name, ready)


def metis_hard() -> Contender:
    """METIS with 20 cuts of 50 rounds, the best of them."""
    return metis("METIS, 20 cuts", ncuts=20, niter=50)


def kahip(imbalance: float = 0.03) -> Contender:
    """KaHIP's strongest setting for meshes; it does not promise connected parts."""

    def ready(graph: Graph, cells: int, seed: int) -> Call:
        import kahip as package

        layout = csr(graph)
        args = [a.tolist() for a in (layout.workload, layout.start, layout.border, layout.neighbour)]

        def call() -> np.ndarray:
            parts = package.kaffpa(*args, cells, imbalance, True, seed, package.STRONG)[1]
            return np.asarray(parts, dtype=np.int32)

        return call

    return Contender("KaHIP strong", ready, "kahip")


def run(contender: Contender, graph: Graph, cells: int, seed: int, *, judged_on: Graph | None = None) -> Outcome:
    """Let a contender divide a graph; what it raises is its outcome, and the rest of the benchmark goes on."""
    if contender.missing:
        return Outcome(None, None, failed=f"not run: {contender.missing}")
    try:
        call = contender.ready(graph, cells, seed)
        wall, cpu = time.perf_counter(), cpu_seconds()
        labels = np.asarray(call(), dtype=np.int32)
        wall_s, cpu_s = time.perf_counter() - wall, cpu_seconds() - cpu
        return Outcome(labels, judge(judged_on or graph, labels, cells), wall_s, cpu_s)
    except Exception as problem:
        return Outcome(None, None, failed=f"failed: {type(problem).__name__}: {problem}"[:120])
