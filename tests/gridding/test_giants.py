"""A block too heavy for a cell: what is reported is what anybody can compute from the cells, and the bound is proved."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely

from gridding.bounds import hanging_bound
from gridding.build import build_cells
from gridding.csr import canonical_pairs
from gridding.findings import Severity
from gridding.giants import officers_of_cells
from gridding.partition import partition_graph
from gridding.types import BoundaryLines, BuildParams
from tests.gridding.test_build import LAT, LON, STEP, metres, town


def town_with_a_gap() -> tuple[object, BoundaryLines, np.ndarray, np.ndarray]:
    """A town whose streets are missing in the middle, where much of the work is."""
    outline, lines, points, hours = town(9, n=18, entities=600)
    pieces = np.split(lines.coords, lines.offsets[1:-1])
    middle = shapely.box(LON + 5 * STEP, LAT + 5 * STEP, LON + 13 * STEP, LAT + 13 * STEP)
    cut = [part for p in pieces for part in shapely.get_parts(shapely.difference(shapely.linestrings(p), middle))]
    coords, line = shapely.get_coordinates(cut, return_index=True)
    sparse = BoundaryLines(coords, np.concatenate([[0], np.cumsum(np.bincount(line))]), np.full(len(cut), 2, np.int8))
    return outline, sparse, points, hours


def test_a_giant_counts_in_the_deviation() -> None:
    result = build_cells(*town_with_a_gap(), BuildParams(cells=8), metres)
    assert "block.giant" in {f.rule for f in result.findings}
    expected = result.workload / result.workload.mean() - 1
    assert result.deviation == pytest.approx(expected)
    assert result.metrics["max_abs_deviation"] == pytest.approx(np.abs(expected).max())
    assert np.abs(expected).max() > 0.03
    assert 0.03 < result.lower_bound <= result.metrics["max_abs_deviation"] + 1e-12
    assert not result.exclusive.any(), "nobody declared it exclusive"


def test_the_place_without_streets_comes_first_as_an_error() -> None:
    result = build_cells(*town_with_a_gap(), BuildParams(cells=8), metres)
    assert result.findings[0].rule == "block.no_streets"
    assert result.findings[0].severity is Severity.ERROR
    assert result.findings[0].details["cell"] in result.codes


def test_a_place_without_streets_that_spoils_nothing_is_a_warning() -> None:
    result = build_cells(*town_with_a_gap(), BuildParams(cells=2, tolerance=0.5), metres)
    (found,) = [f for f in result.findings if f.rule == "block.no_streets"]
    assert found.severity is Severity.WARNING


def test_the_bound_of_a_giant_holds_for_every_plan() -> None:
    # block 0 is heavy, 1 and 2 hang on it, 3 - 4 - 5 - 6 is a row behind it: try every connected plan of 3 cells
    pairs = np.array([[0, 1], [0, 2], [0, 3], [3, 4], [4, 5], [5, 6]])
    workload = np.array([10.0, 2.0, 3.0, 4.0, 4.0, 4.0, 3.0])
    edges = canonical_pairs(pairs, np.ones(6), np.ones(6), 7)
    ideal = workload.sum() / 3
    bound = hanging_bound(0, edges, workload, np.ones(7, bool), ideal)
    best = min(
        float(np.abs(np.bincount(labels, workload, minlength=3) / ideal - 1).max())
        for labels in itertools.product(range(3), repeat=7)
        if len(set(labels)) == 3 and _connected(pairs, labels)
    )
    assert bound == pytest.approx(0.5)
    assert bound <= best + 1e-12
    assert partition_graph(pairs, np.ones(6), np.ones(6), workload, 3).giant_bound == pytest.approx(bound)


def test_hanging_blocks_heavy_enough_for_a_cell_prove_nothing() -> None:
    edges = canonical_pairs(np.array([[0, 1], [0, 2]]), np.ones(2), np.ones(2), 3)
    assert hanging_bound(0, edges, np.array([10.0, 10.0, 10.0]), np.ones(3, bool), 10.0) == 0


def _connected(pairs: np.ndarray, labels: tuple[int, ...]) -> bool:
    pieces = len(labels)
    root = list(range(len(labels)))

    def find(i: int) -> int:
        return i if root[i] == i else find(root[i])

    for a, b in pairs:
        if labels[a] == labels[b] and find(a) != find(b):
            root[find(a)] = find(b)
            pieces -= 1
    return pieces == len(set(labels))


def test_many_giants_share_a_line() -> None:
    pairs = np.array([[i, i + 1] for i in range(11)])
    workload = np.array([50.0, 60, 70, 80, 90, 100, 1, 1, 1, 1, 1, 1])
    result = partition_graph(pairs, np.ones(11), np.ones(11), workload, 8, tolerance=0.05)
    found = [f for f in result.findings if f.rule == "block.giant"]
    assert [f.where for f in found] == ["block 5", "block 4", "block 3", ""]
    assert found[3].details["blocks"] == [2, 1, 0]
    assert found[0].value == 100
    assert result.giant_bound == pytest.approx(106 / (workload.sum() / 8) - 1), "the six light ones hang on block 5"


def test_all_work_in_one_block_is_explained() -> None:
    pairs = np.array([[i, i + 1] for i in range(5)])
    result = partition_graph(pairs, np.ones(5), np.ones(5), [0, 0, 9, 0, 0, 0], 3)
    (found,) = [f for f in result.findings if f.rule == "block.giant"]
    assert found.details["times_ideal"] == 3
    assert result.giant_bound == pytest.approx(2)


@pytest.mark.parametrize(("times", "cells"), [(1.07, 1), (1.25, 1), (1.3, 2), (2.0, 2), (2.6, 3), (0.9, 1)])
def test_a_giant_needs_the_officers_of_so_many_cells(times: float, cells: int) -> None:
    assert officers_of_cells(times) == cells


def test_locks_that_contradict_in_an_exclusive_area_are_told() -> None:
    block = np.arange(64)
    pairs = np.array([(a, a + d) for a in block for d in (1, 8) if a + d < 64 and (d == 8 or a % 8 < 7)])
    present = (block // 8 // 4 * 2 + block % 8 // 4).astype(int)
    market = np.where(np.isin(block, [3, 4]), 0, -1)  # blocks of cells 0 and 1
    asked = {"labels": present, "exclusive": market, "tolerance": 0.05}
    ones = np.ones(len(pairs))
    told = partition_graph(pairs, ones, ones, np.ones(64), 4, locked=[3, 4], **asked)
    (finding,) = [f for f in told.findings if f.rule == "lock.broken"]
    assert finding.severity is Severity.ERROR
    assert set(finding.details["blocks"]) < {3, 4}
    quiet = partition_graph(pairs, ones, ones, np.ones(64), 4, locked=[3], **asked)
    assert not [f for f in quiet.findings if f.rule == "lock.broken"]
    assert quiet.labels[3] == present[3]


def test_beside_a_giant_a_cell_that_misses_is_told_once() -> None:
    result = build_cells(*town_with_a_gap(), BuildParams(cells=4, tolerance=0.001), metres)
    assert result.partition.giant.any()
    missed = [f for f in result.findings if f.rule in {"balance.tolerance", "balance.deviation"} and f.where]
    named = [f.where.removeprefix("cell ") for f in missed]
    assert sorted(named) == sorted(set(named))
    (why,) = [f for f in missed if f.rule == "balance.tolerance"]
    off = result.deviation[result.codes.index(why.details["cell"])]
    assert f"{off:+.2%} off" in why.message
