"""Metrics of a plan, worked out by hand on a row of squares."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gridding.metrics import METRICS, evaluate, versions
from gridding.types import LineKind
from tests.gridding.squares import row_of_squares


def measure(
    labels: list[int], deviation: list[float], exclusive: list[bool] | None = None, **options
) -> dict[str, float]:
    cells = len(deviation)
    return evaluate(
        row_of_squares(len(labels)), labels, np.ones(cells), deviation, exclusive or [False] * cells, **options
    )


def test_a_row_of_four_squares_in_two_cells() -> None:
    found = measure([0, 0, 1, 1], [0.1, -0.04])
    assert found == {
        "max_abs_deviation": pytest.approx(0.1),
        "mean_abs_deviation": pytest.approx(0.07),
        "border_length_m": pytest.approx(100),
        "border_cost": pytest.approx(30),  # the border of blocks 1 and 2 is a main street
        "polsby_popper_mean": pytest.approx(4 * math.pi * 20_000 / 600**2),
        "contiguous_cells": 2,
        "cells_across_barriers": 0,
        "barrier_inside_m": 0,
        "base_units_split": 0,
        **{
            f"border_share_{kind.name.lower()}": kind is LineKind.MAIN
            for kind in LineKind
            if kind is not LineKind.OUTLINE
        },
    }


def test_exclusive_cells_are_outside_the_balance() -> None:
    found = measure([0, 1, 1], [5.0, 0.01], [True, False])
    assert found["max_abs_deviation"] == pytest.approx(0.01)
    assert found["mean_abs_deviation"] == pytest.approx(0.01)
    everything = measure([0, 0, 0], [3.0], [True])
    assert everything["max_abs_deviation"] == everything["mean_abs_deviation"] == 0


def test_a_cell_in_two_pieces_is_not_contiguous() -> None:
    assert measure([0, 1, 0], [0.0, 0.0])["contiguous_cells"] == 1


def test_cost_factors_are_a_setting() -> None:
    assert measure([0, 1], [0.0, 0.0])["border_cost"] == pytest.approx(100)
    assert measure([0, 1], [0.0, 0.0], cost_factor={LineKind.LOCAL: 2.5})["border_cost"] == pytest.approx(250)


def test_the_registry_says_what_each_number_means() -> None:
    assert set(METRICS) >= set(measure([0], [0.0]))
    assert versions() == {key: metric.version for key, metric in METRICS.items()}
    for key, metric in METRICS.items():
        assert metric.key == key
        assert metric.unit
        assert metric.definition
        assert metric.version >= 1


def test_barriers_inside_cells_and_split_base_units() -> None:
    topology = row_of_squares(4)
    barrier = (topology.edge_left == 1) & (topology.edge_right == 2)
    within = measure([0, 0, 0, 1], [0.0, 0.0], barrier=barrier, across=1, unit=[5, 5, 7, 7])
    assert (within["barrier_inside_m"], within["cells_across_barriers"]) == (100, 1)
    assert within["base_units_split"] == 1
    along = measure([0, 0, 1, 1], [0.0, 0.0], barrier=barrier, unit=[5, 5, -1, 7])
    assert (along["barrier_inside_m"], along["base_units_split"]) == (0, 0)
