"""Lines to cells: seconds by stage, deviation and border cost, beside METIS and GEOS on the same input."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pymetis
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gridding import BlockGraph, BuildParams, BuildResult, block_graph, build_cells, make_blocks
from gridding.types import Int32Array
from tests.benchmarks.inputs import Territory, chicago, sample_county, town
from tests.benchmarks.table import Row, ratio, seconds
from tests.benchmarks.timing import in_turn

STAGES = ("topology", "partition", "proof")


@dataclass(frozen=True)
class Case:
    """A territory for each round, how to divide it, and the goals that are set for it."""

    name: str
    territories: Callable[[int], Territory]
    cells: int
    tolerance: float
    goals: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Quality:
    """Two-sided deviation, cost of the borders, cells that are in one piece and not empty."""

    deviation: float
    cost_km: float
    whole: int


class Stages:
    """Wall and CPU seconds by stage; passed to build_cells as on_progress."""

    def __init__(self) -> None:
        self._marks: list[tuple[str, float, float]] = []

    def __call__(self, stage: str) -> None:
        self._marks.append((stage, time.perf_counter(), time.process_time()))

    def taken(self) -> dict[str, tuple[float, float]]:
        """Stage -> (wall, CPU) seconds."""
        self("end")
        pairs = zip(self._marks, self._marks[1:], strict=False)
        return {name: (wall2 - wall, cpu2 - cpu) for (name, wall, cpu), (_, wall2, cpu2) in pairs}


def cases(size: str) -> Iterator[Case]:
    """The cases of a size."""
    if size == "small":
        yield Case("town of 400 blocks, 6 cells", lambda r: town(400, 20 + r), 6, 0.03)
        return
    everywhere = {"total": "<= 60 s"}
    if (city := chicago()) is not None:
        for cells in (25, 100):
            yield Case(f"Chicago, {cells} cells", lambda _: city, cells, 0.03, {**everywhere, "deviation": "<= 3 %"})
    county = sample_county()
    for cells in (20, 24):  # with 24 one block without streets has more work than a cell: 6.58 % is the least possible
        yield Case(
            f"sample county, {cells} cells", lambda _: county, cells, 0.03, {**everywhere, "deviation": "<= 3 %"}
        )
    ours = {"deviation": "<= 1 %"}
    yield Case("1,000 blocks, 12 cells", lambda r: town(1_000, 20 + r), 12, 0.01, {**ours, "total": "<= 300 ms"})
    most = {**ours, "cost": "<= .75", "partition": "<= 25"}
    yield Case("10,000 blocks, 60 cells", lambda r: town(10_000, 20 + r), 60, 0.01, most)
    large = {**ours, "cost": "<= .80", "total": "partition <= 8 s"}
    yield Case("50,000 blocks, 250 cells", lambda r: town(50_000, 20 + r), 250, 0.01, large)


def measure(size: str) -> list[Row]:
    """The table of this part."""
    rows: list[Row] = []
    for case in cases(size):
        rows += _rows(case, rounds=4)
    return rows


def draw(territory: Territory, case: Case, seed: int) -> tuple[BuildResult, dict[str, tuple[float, float]]]:
    """Our cells, and the seconds of each stage."""
    stages = Stages()
    params = BuildParams(cells=case.cells, tolerance=case.tolerance, rng_seed=seed)
    t = territory
    result = build_cells(t.outline, t.lines, t.points, t.workload, params, t.to_metres, on_progress=stages)
    return result, stages.taken()


def metis(graph: BlockGraph, workload: np.ndarray, cells: int, seed: int, *, hard: bool = False) -> Int32Array:
    """METIS k-way, contiguous, on the graph and the weights that we divide ourselves; ``hard`` = many cuts, the best."""
    blocks = len(workload)
    ends = np.concatenate([graph.pairs, graph.pairs[:, ::-1]])
    order = np.lexsort((ends[:, 1], ends[:, 0]))
    start = np.searchsorted(ends[order, 0], np.arange(blocks + 1))
    cost = np.maximum(1, np.round(np.tile(graph.border_cost, 2)[order])).astype(np.int64)
    parts = pymetis.part_graph(
        cells,
        pymetis.CSRAdjacency(start.astype(np.int64), ends[order, 1].astype(np.int64)),
        vweights=np.round(workload * 100).astype(np.int64),
        eweights=cost,
        recursive=False,
        options=pymetis.Options(contig=1, seed=seed, **({"ncuts": 20, "niter": 50} if hard else {})),
    )
    return np.asarray(parts.vertex_part, dtype=np.int32)


def judge(graph: BlockGraph, workload: np.ndarray, labels: Int32Array, cells: int) -> Quality:
    """The same measure for everybody: computed from the block graph alone."""
    per_cell = np.bincount(labels, workload, minlength=cells)
    cut = labels[graph.pairs[:, 0]] != labels[graph.pairs[:, 1]]
    inner = graph.pairs[~cut & (graph.border_length_m > 0)]
    ones = np.ones(len(inner))
    piece = connected_components(coo_array((ones, inner.T), shape=(len(workload),) * 2), directed=False)[1]
    cell_of_piece = np.unique(np.column_stack([labels, piece]), axis=0)[:, 0]
    whole = int((np.bincount(cell_of_piece, minlength=cells) == 1).sum())
    deviation = float(np.abs(per_cell / (workload.sum() / cells) - 1).max())
    return Quality(deviation, float(graph.border_cost[cut].sum()) / 1000, whole)


def geos_blocks(territory: Territory) -> np.ndarray:
    """The stock route to blocks: noding and polygonize by GEOS, faces outside left out. No adjacency, no cleaning."""
    lines = shapely.linestrings(territory.lines.coords, indices=_owners(territory))
    noded = shapely.unary_union([*lines, territory.outline.boundary])
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    shapely.prepare(territory.outline)
    return np.asarray(faces[shapely.contains(territory.outline, shapely.point_on_surface(faces))])


def geos_neighbours(faces: np.ndarray) -> np.ndarray:
    """(m, 2) pairs of faces with a common border of positive length, by tree and intersection."""
    a, b = shapely.STRtree(faces).query(faces, predicate="intersects")
    a, b = a[a < b], b[a < b]
    shared = shapely.length(shapely.intersection(faces[a], faces[b])) > 0
    return np.column_stack([a[shared], b[shared]])


def _owners(territory: Territory) -> np.ndarray:
    return np.repeat(np.arange(len(territory.lines.kind)), np.diff(territory.lines.offsets))


def _our_topology(t: Territory) -> tuple[int, int]:
    blocks = make_blocks(t.outline, t.lines, t.to_metres, points=t.points[np.isfinite(t.points).all(axis=1)])
    return blocks.topology.blocks, len(block_graph(blocks.topology).pairs)


def _rows(case: Case, rounds: int) -> list[Row]:
    judged: dict[str, list[Quality]] = {"ours": [], "METIS": [], "METIS, 20 cuts": []}
    peer_s: dict[str, list[float]] = {"METIS": [], "METIS, 20 cuts": []}
    taken: list[dict[str, tuple[float, float]]] = []
    draw(case.territories(0), case, 0)
    for number in range(rounds):
        result, stages = draw(case.territories(number), case, number)
        taken.append(stages)
        graph, work = result.graph, result.block_workload
        judged["ours"].append(judge(graph, work, result.labels, case.cells))
        for name, spent in peer_s.items():
            begun = time.process_time()
            labels = metis(graph, work, case.cells, number + 1, hard=name != "METIS")
            spent.append(time.process_time() - begun)
            judged[name].append(judge(graph, work, labels, case.cells))
    t = case.territories(0)
    topology = in_turn(rounds, {"ours": lambda: _our_topology(t), "geos": lambda: geos_blocks(t)}, warm_up=False)
    faces = topology["geos"].answer
    pairs = in_turn(1, {"geos": lambda: geos_neighbours(faces)}, warm_up=False)["geos"].median_s
    return _described(case, judged, taken, peer_s, (topology["ours"].median_s, topology["geos"].median_s, pairs))


def _described(
    case: Case,
    judged: dict[str, list[Quality]],
    taken: list[dict[str, tuple[float, float]]],
    peer_s: dict[str, list[float]],
    topology: tuple[float, float, float],
) -> list[Row]:
    """Ratios are medians of the rounds' ratios: each round compares both on its own territory."""
    middle, goal = statistics.median, case.goals.get
    wall = {stage: middle(s[stage][0] for s in taken) for stage in STAGES}
    total = middle(sum(s[stage][0] for stage in STAGES) for s in taken)
    cpu = [s["partition"][1] for s in taken]
    mine, geos, neighbours = topology
    rows = []
    for name, peer in judged.items():
        if name == "ours":
            continue
        pairs = list(zip(judged["ours"], peer, strict=True))
        cost = [a.cost_km / b.cost_km for a, b in pairs]
        slower = middle(a / b for a, b in zip(cpu, peer_s[name], strict=True))
        deviations = [
            f"{middle(q.deviation for q in side):.2%} [{max(q.deviation for q in side):.2%}]"
            for side in (judged["ours"], peer)
        ]
        costs = [f"{middle(q.cost_km for q in side):.1f}" for side in (judged["ours"], peer)]
        whole = [min(q.whole for q in side) for side in (judged["ours"], peer)]
        rows += [
            Row(f"{case.name}: largest deviation [worst round]", deviations[0], f"{name} {deviations[1]}", "",
                goal("deviation", "")),
            Row("border cost, km; median ratio [worst round]", costs[0], f"{name} {costs[1]}",
                f"{middle(cost):.2f} [{max(cost):.2f}]", goal("cost", "") if name == "METIS" else ""),
            Row("cells in one piece", f"{whole[0]} of {case.cells}", f"{name} {whole[1]}", "", "all"),
            Row("partition, CPU", seconds(middle(cpu)), f"{name} {seconds(middle(peer_s[name]))}", f"{slower:.3g}",
                goal("partition", "") if name == "METIS" else ""),
        ]  # fmt: skip
    by_stage = ", ".join(f"{stage} {seconds(wall[stage])}" for stage in STAGES)
    return [
        *rows,
        Row("topology with adjacency", seconds(mine), f"GEOS blocks {seconds(geos)}, with adjacency "
            f"{seconds(geos + neighbours)}", f"{ratio(mine, geos)}, {ratio(mine, geos + neighbours)}", "<= .1 warm"),
        Row(f"lines to cells: {by_stage}", seconds(total), "", "", goal("total", "")),
    ]  # fmt: skip
