"""Each kind of impossibility is explained by its culprit, and by what would help."""

from __future__ import annotations

import numpy as np
import pytest

from gridding.findings import Finding
from gridding.partition import partition_graph
from gridding.types import PartitionResult


def path(n: int) -> list[tuple[int, int]]:
    return [(i, i + 1) for i in range(n - 1)]


def ask(pairs: list[tuple[int, int]], work: list[float], cells: int, **options: object) -> PartitionResult:
    ones = np.ones(len(pairs))
    return partition_graph(pairs, ones, ones, work, cells, **options)  # type: ignore[arg-type]


def why(result: PartitionResult) -> Finding:
    (finding,) = [f for f in result.findings if f.rule == "balance.tolerance"]
    return finding


def arms(*lengths: int, centre: float = 0.05) -> tuple[list[tuple[int, int]], list[float]]:
    """Paths of blocks of 0.1 work that meet in block 0."""
    pairs, work = [], [centre]
    for length in lengths:
        before = 0
        for _ in range(length):
            pairs.append((before, len(work)))
            before = len(work)
            work.append(0.1)
    return pairs, work


def test_a_block_that_is_the_only_way_is_named_with_what_lies_behind_it() -> None:
    # three areas with work for 1.66 cells each: one cell finds room in each, and five are asked for
    pairs, work = arms(30, 30, 30)
    result = ask(pairs, work, 5, tolerance=0.05)
    finding = why(result)
    assert finding.details["bound_reason"] == "crowded"
    assert finding.details["block"] == finding.details["bound_block"] == 0
    assert finding.details["sides_in_cells"] == pytest.approx([1.657] * 3, abs=0.001)
    assert "block 0 is the only way to areas with work for 1.66 and 1.66 and 1.66 cells" in finding.message
    assert "基本单元 0 是通往若干区域" in finding.message_zh
    assert result.lower_bound == pytest.approx(0.1713, abs=0.001)


def test_too_many_heavy_blocks_are_named() -> None:
    work = [0.62, 0.1, 0.62, 0.1, 0.62, 0.1, 0.62, 0.1]
    finding = why(ask(path(8), work, 3, tolerance=0.05))
    assert finding.details["bound_reason"] in ("heavy", "narrow", "exact")
    assert finding.details["lower_bound"] > 0.2
    assert "No plan can do better than" in finding.message


def test_whole_units_that_do_not_divide_are_said() -> None:
    finding = why(ask(path(10), [1.0] * 10, 3, tolerance=0.05))
    assert finding.details["bound_reason"] == "granularity"


def test_another_number_of_cells_that_fits_is_found() -> None:
    # four equal blocks in a row: three cells cannot be even, two can
    finding = why(ask(path(4), [1.0] * 4, 3, tolerance=0.05))
    assert {"change": "cells", "cells": 2, "deviation": 0.0, "enough": True} in finding.details["helps"]
    assert "with 2 cells instead of 3 a plan within 0.00% was found" in finding.message
    assert "改为 2 格" in finding.message_zh


def test_a_lock_that_stands_in_the_way_is_named() -> None:
    # the first five of six blocks are locked to cell 0
    result = ask(path(6), [1.0] * 6, 2, labels=[0, 0, 0, 0, 0, 1], locked=[True] * 5 + [False], tolerance=0.05)
    finding = why(result)
    assert [h["change"] for h in finding.details["helps"] if h["enough"]] == ["locked"]
    assert "without the locks, a plan within 0.00% was found" in finding.message
    assert "取消锁定" in finding.message_zh


def test_a_fixed_cell_that_stands_in_the_way_is_named() -> None:
    # a fixed cell in the middle: what is left falls apart into one block and three
    result = ask(path(6), [1.0] * 6, 3, labels=[0, 1, 1, 2, 2, 2], fixed_cells=[1], tolerance=0.05)
    finding = why(result)
    assert [h["change"] for h in finding.details["helps"]] == ["fixed_cells"]
    assert finding.details["helps"][0]["enough"]


def test_an_exclusive_area_that_cuts_the_rest_asunder_is_named() -> None:
    result = ask(path(6), [1.0] * 6, 3, exclusive=[-1, 0, 0, -1, -1, -1], tolerance=0.05)
    finding = why(result)
    assert "exclusive" in [h["change"] for h in finding.details["helps"]]
    assert "if the exclusive areas are no cells of their own" in finding.message


def test_nothing_that_helps_is_said_too() -> None:
    finding = why(ask(path(4), [0.6, 0.5, 0.5, 0.8], 2, tolerance=0.01))
    assert finding.details["helps"] == []
    assert "no constraint that was dropped" in finding.message


def test_under_a_time_limit_nothing_is_tried() -> None:
    finding = why(ask(path(4), [1.0] * 4, 3, tolerance=0.05, time_limit_s=60.0))
    assert "helps" not in finding.details


def test_a_tolerance_that_is_met_is_not_explained() -> None:
    assert ask(path(4), [1.0] * 4, 2).findings == ()
