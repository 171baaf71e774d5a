"""The smallest size of every benchmark runs, and what is compared is comparable. No assertion on times."""

from __future__ import annotations

import os
import sys

import numpy as np
import pytest
import shapely

from gridding import CellLocator
from tests.benchmarks import __main__ as command
from tests.benchmarks import database, http, locate, lookup, soak
from tests.benchmarks.coverages import borders_and_points, by_the_rule, coverage
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


def test_locate_runs_without_a_wrong_answer() -> None:
    rows = locate.measure("small")
    assert_table(rows)
    (wrong,) = [row for row in rows if row.what.startswith("points not answered")]
    assert wrong.ours == "0"
    assert wrong.peer != "sjoin 0", "the points on borders tell the two apart"


def test_http_runs() -> None:
    assert_table(http.measure("small"))


def test_rows_and_parts_are_chosen_by_name(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def parts(*words: str) -> tuple[list[str], set[str]]:
        monkeypatch.setattr(sys, "argv", ["benchmarks", *words])
        asked = command._arguments()
        return asked.parts, asked.only

    assert parts("--only", "lookup") == (["lookup"], set())
    assert parts("--only", "copy,district") == (["gridding", "lookup"], {"copy", "district"})
    assert parts("http", "locate") == (["http", "locate"], set())
    names = [name for module in command.ROWS.values() for name in module.NAMES]
    assert len(set(names) | set(command.TITLES)) == len(names) + len(command.TITLES), "no name means two things"
    with pytest.raises(SystemExit):
        parts("--only", "weather")
    assert "one-point" in capsys.readouterr().err


def test_lookups_are_checked_before_they_are_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    rows = lookup.measure("small", {"one-point", "copy"})
    assert_table(rows)
    checked, *timed, copied = rows
    assert (checked.ours, checked.met) == ("0", True)
    assert sum("not run: DATABASE_URL is not set" in row.peer for row in timed) == 3
    assert "not run" in copied.ours


@pytest.mark.db
@pytest.mark.slow
def test_single_points_and_copies_are_compared() -> None:
    if not os.environ.get("DATABASE_URL"):
        pytest.skip("DATABASE_URL is not set: no PostGIS here (./run.sh test sets one up)")
    rows = lookup.measure("small", {"one-point", "copy"})  # the other rows have tests of their own
    assert_table(rows)
    assert not [row for row in rows if row.ours.startswith(("failed", "not run"))]
    (wrong,) = [row for row in rows if row.goal == "0"]
    assert wrong.met
    assert "tipg" in wrong.peer
    assert {row.met for row in rows if row.goal != "0"} == {None}, "the smallest size is not the goals' scale"


@pytest.mark.db
@pytest.mark.slow
def test_soak_runs_without_a_wrong_or_lost_answer() -> None:
    if not os.environ.get("DATABASE_URL"):
        pytest.skip("DATABASE_URL is not set: no PostGIS here (./run.sh test sets one up)")
    rows = soak.measure("small")
    assert_table(rows)
    judged = {row.what: row.met for row in rows if row.goal.startswith("0") and "later" not in row.what}
    assert len(judged) == 3
    assert all(judged.values()), rows


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
