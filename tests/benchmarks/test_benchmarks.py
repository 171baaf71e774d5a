"""The smallest size of every benchmark runs, and what is compared is comparable. No assertion on times."""

from __future__ import annotations

import os
import sys

import numpy as np
import pytest
import shapely

from gridding import BlockGraph, CellLocator
from tests.benchmarks import __main__ as command
from tests.benchmarks import database, grid, http, locate
from tests.benchmarks.coverages import borders_and_points, by_the_rule, coverage
from tests.benchmarks.inputs import town
from tests.benchmarks.table import Row, markdown, ratio, seconds
from tests.benchmarks.timing import in_turn


def assert_table(rows: list[Row]) -> None:
    """Every row has a figure of ours, and the table as many lines."""
    assert rows
    assert all(row.what and row.ours for row in rows)
    assert len(markdown("part", rows).splitlines()) == len(rows) + 4


def test_rounds_take_turns_and_medians_are_medians() -> None:
    order: list[str] = []
    measured = in_turn(4, {"a": lambda: order.append("a"), "b": lambda: order.append("b")})
    assert "".join(order) == "ab" + "ab" + "ba" + "ab" + "ba"
    assert len(measured["a"].seconds) == len(measured["b"].cpu_seconds) == 4
    measured["a"].seconds = [3.0, 1.0, 2.0, 100.0]
    assert measured["a"].median_s == 2.5


def test_figures_are_written_with_their_units() -> None:
    assert [seconds(v) for v in (2.5, 0.0123, 0.0000456)] == ["2.50 s", "12.3 ms", "45.6 us"]
    assert [ratio(1, 4), ratio(250, 1), ratio(1, 0)] == ["0.25", "250", ""]


def test_an_unknown_part_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmarks", "weather"])
    with pytest.raises(SystemExit) as ended:
        command.main()
    assert ended.value.code == 2
    assert "weather" in capsys.readouterr().err


def test_the_judge_sees_split_cells_empty_cells_and_costs() -> None:
    pairs = np.array([[0, 1], [1, 2], [2, 3]], dtype=np.int32)
    graph = BlockGraph(pairs, np.ones(3), np.array([1000.0, 2000.0, 4000.0]), np.ones(3, dtype=np.int8))
    work = np.array([1.0, 1.0, 1.0, 3.0])
    halves = grid.judge(graph, work, np.array([0, 0, 0, 1], dtype=np.int32), 2)
    assert (halves.deviation, halves.cost_km, halves.whole) == (0.0, 4.0, 2)
    split = grid.judge(graph, work, np.array([0, 1, 0, 1], dtype=np.int32), 2)
    assert split.deviation == pytest.approx(1 / 3)
    assert (split.cost_km, split.whole) == (7.0, 0)
    assert grid.judge(graph, work, np.zeros(4, dtype=np.int32), 3).whole == 1, "empty cells are not whole"


def test_peers_divide_the_same_territory() -> None:
    territory = town(400, 1)
    (case,) = grid.cases("small")
    result, taken = grid.draw(territory, case, 0)
    assert result.tiling.exact
    assert set(taken) == set(grid.STAGES)
    faces = grid.geos_blocks(territory)
    assert shapely.area(faces).sum() == pytest.approx(shapely.area(result.blocks.polygons).sum(), rel=1e-6)
    assert len(faces) == pytest.approx(len(result.labels), rel=0.05)
    assert len(grid.geos_neighbours(faces)) == pytest.approx(len(result.graph.pairs), rel=0.05)
    labels = grid.metis(result.graph, result.block_workload, case.cells, 1)
    assert set(labels.tolist()) == set(range(case.cells))
    ours = grid.judge(result.graph, result.block_workload, result.labels, case.cells)
    assert ours.deviation == pytest.approx(float(np.abs(result.deviation).max()))
    assert ours.deviation <= case.tolerance
    assert ours.whole == case.cells


@pytest.mark.parametrize(("side", "vertices"), [(6, 60), (16, 350)])
def test_generated_coverages_are_exact(side: int, vertices: int) -> None:
    cells = coverage(side, vertices)
    assert shapely.is_valid(cells).all()
    assert shapely.coverage_is_valid(cells)
    assert shapely.get_num_coordinates(cells).mean() == pytest.approx(vertices, rel=0.05)
    xy = borders_and_points(cells, 20_000)
    points, tree = shapely.points(xy), shapely.STRtree(cells)
    rule = by_the_rule(tree, points)
    assert (rule == CellLocator(cells).locate(xy[:, 0], xy[:, 1])).all()
    assert (rule == locate._by_tree_of_points(cells, points)).all()
    hits = np.bincount(tree.query(points, predicate="intersects")[0], minlength=len(points))
    assert (hits > 1).sum() > 80, "there are points on borders"
    assert (rule < 0).any()


def test_grid_runs() -> None:
    rows = grid.measure("small")
    assert_table(rows)
    assert any(row.ours == "6 of 6" for row in rows)


def test_locate_runs_without_a_wrong_answer() -> None:
    rows = locate.measure("small")
    assert_table(rows)
    (wrong,) = [row for row in rows if row.what.startswith("points not answered")]
    assert wrong.ours == "0"
    assert wrong.peer != "sjoin 0", "the points on borders tell the two apart"


def test_http_runs() -> None:
    assert_table(http.measure("small"))


@pytest.mark.db
def test_database_runs() -> None:
    if not os.environ.get("DATABASE_URL"):
        pytest.skip("DATABASE_URL is not set: these tests need PostGIS (./run.sh test sets one up)")
    assert_table(database.measure("small"))


def test_database_is_left_out_where_there_is_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr(sys, "argv", ["benchmarks", "database", "--size", "small"])
    command.main()
    assert "left out" in capsys.readouterr().out
