"""The harness of the gridding goals: the judge is right, peers divide what ours divides, every entry runs, failures are told."""

from __future__ import annotations

import json
import math
import re
import sys
import time
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import shapely

from gridding import block_graph, make_blocks
from tests.benchmarks import __main__ as command
from tests.benchmarks import gridding, history
from tests.benchmarks.city import city
from tests.benchmarks.graphs import Graph, capped, csr, of_city, piece
from tests.benchmarks.judge import flow_bound, judge, matched, moved
from tests.benchmarks.optimum import optimum
from tests.benchmarks.peers import Contender, kahip, metis, metis_hard, ours, run
from tests.benchmarks.sizes import SIZES
from tests.benchmarks.stock import geos_blocks, hashed_edges
from tests.benchmarks.table import Row, markdown
from tests.benchmarks.versus import Goals, compared, rounds


def row_of_blocks(*work: float) -> Graph:
    """Blocks side by side, borders of 1, 2, 3, ... km."""
    n = len(work)
    pairs = np.column_stack([np.arange(n - 1), np.arange(1, n)]).astype(np.int32)
    cost = 1000.0 * np.arange(1, n)
    centres = np.column_stack([np.arange(n) * 100.0, np.zeros(n)])
    polygons = shapely.box(np.arange(n), 0, np.arange(n) + 1, 1)
    return Graph("row", pairs, np.ones(n - 1), cost, np.array(work), centres, polygons)


def test_the_judge_sees_split_cells_empty_cells_and_costs() -> None:
    graph = row_of_blocks(1, 1, 1, 3)
    halves = judge(graph, np.array([0, 0, 0, 1]), 2)
    assert (halves.deviation, halves.cost_km, halves.whole, halves.empty) == (0.0, 3.0, 2, 0)
    split = judge(graph, np.array([0, 1, 0, 1]), 2)
    assert split.deviation == pytest.approx(1 / 3)
    assert (split.cost_km, split.whole) == (6.0, 0)
    assert (judge(graph, np.zeros(4, int), 3).whole, judge(graph, np.zeros(4, int), 3).empty) == (1, 2)
    parts = replace(graph, border_length_m=np.array([1.0, 0.0, 1.0]))
    assert judge(parts, np.array([0, 0, 0, 1]), 2).whole == 2, "a cell may span two parts of the territory"


def test_capped_workloads_leave_the_others_their_target() -> None:
    cut = capped(row_of_blocks(100, 5, 4, 3, 6), 3)
    assert cut.workload.tolist() == pytest.approx([9, 5, 4, 3, 6])
    untouched = row_of_blocks(3, 5, 4, 3, 6)
    assert capped(untouched, 3).workload.tolist() == untouched.workload.tolist()


def test_weights_for_the_peers_fit_into_32_bits() -> None:
    layout = csr(replace(row_of_blocks(1e9, 3e9, 2e9), border_cost=np.array([4e9, 1e9])))
    assert layout.workload.sum() < 2**31
    assert 0 < layout.border.sum() < 2**31
    assert layout.neighbour.tolist() == [1, 0, 2, 1]


def test_moved_work_is_counted_after_the_best_renaming() -> None:
    work, before = np.array([1.0, 2.0, 3.0, 4.0]), np.array([0, 0, 1, 1])
    after = matched(work, before, np.array([1, 1, 1, 0]), 2)
    assert after.tolist() == [0, 0, 0, 1]
    assert moved(work, before, after) == pytest.approx(0.3)


def test_the_flow_bound_is_what_must_cross_borders() -> None:
    graph, plan = row_of_blocks(4, 4, 1, 1, 1, 1), np.array([0, 0, 1, 1, 2, 2])
    # ideal 4: four must leave the first cell, and the two of them for the third cell cross a second border
    assert flow_bound(graph, plan, 3, 0.0) == pytest.approx((4 + 2) / 12)
    assert flow_bound(graph, np.array([0, 1, 2, 2, 2, 2]), 3, 0.0) == 0


def test_the_oracle_proves_optimum_and_impossibility() -> None:
    graph = row_of_blocks(2, 1, 1, 2, 2)
    best = optimum(graph, 2, 0.0, limit_s=10)
    assert (best.status, best.cost) == ("OPTIMAL", 3000.0)
    assert best.labels is not None
    assert judge(graph, best.labels, 2).whole == 2
    assert optimum(graph, 3, 0.1, limit_s=10).status == "INFEASIBLE"


def test_the_oracle_agrees_with_all_plans_of_a_piece() -> None:
    graph = piece(of_city(1_000, 3), 11, 1)
    costs = []
    for code in range(2**10):
        labels = np.array([0, *(code >> bit & 1 for bit in range(10))])
        quality = judge(graph, labels, 2)
        if quality.whole == 2 and quality.deviation <= 0.1:
            costs.append(quality.cost_km * 1000)
    found = optimum(graph, 2, 0.1, limit_s=20)
    if costs:
        assert found.cost == pytest.approx(min(costs), abs=0.5)
    else:
        assert found.status == "INFEASIBLE"


def test_peers_divide_the_same_graph() -> None:
    graph = capped(of_city(400, 4), 6)
    outcomes = rounds([(graph, 0), (graph, 1)], 6, [ours(0.03), metis(), metis_hard(), kahip()])
    for outcome in (*outcomes["ours"], *outcomes["METIS"]):
        assert outcome.quality is not None
        assert outcome.quality.whole == 6
        assert outcome.cpu_s >= 0
    assert all(o.quality.deviation <= 0.03 + 1e-9 for o in outcomes["ours"] if o.quality)
    if not find_spec("kahip"):
        assert outcomes["KaHIP strong"][0].failed == "not run: kahip is not installed"


def test_stock_routes_find_the_same_blocks_and_neighbours() -> None:
    t = city(400, 6).territory
    blocks = make_blocks(t.outline, t.lines, t.to_metres, sliver_m2=0.0, dangle_snap_m=0.0)
    graph = block_graph(blocks.topology)
    faces = geos_blocks(t)
    assert len(faces) == pytest.approx(blocks.topology.blocks, rel=0.03)
    assert shapely.area(faces).sum() == pytest.approx(shapely.area(blocks.polygons).sum(), rel=1e-6)
    pairs, length = hashed_edges(faces)
    assert len(pairs) == pytest.approx(len(graph.pairs), rel=0.03)
    assert (length > 0).all()


def test_a_contender_that_is_missing_or_fails_is_a_line_of_the_table() -> None:
    graph = capped(of_city(200, 1), 4)

    def broken(graph: Graph, cells: int, seed: int) -> object:
        raise RuntimeError("out of cheese")

    absent = Contender("nobody", metis().ready, "no_such_package")
    outcomes = rounds([(graph, 1)], 4, [ours(0.05), absent, Contender("broken", broken)])  # type: ignore[arg-type]
    text = markdown("x", compared("four cells", outcomes, 4, Goals(0.05)))
    assert "not run: no_such_package is not installed" in text
    assert "failed: RuntimeError: out of cheese" in text
    assert run(ours(0.05), graph, 10_000, 1).failed.startswith("failed: Infeasible")


def test_verdicts_compare_the_worst_deviation_and_the_median_ratio() -> None:
    graph = row_of_blocks(1, 1, 1, 1.1)
    good = run(Contender("ours", lambda g, k, s: lambda: np.array([0, 0, 1, 1])), graph, 2, 0)
    bad = run(Contender("ours", lambda g, k, s: lambda: np.array([0, 0, 0, 1])), graph, 2, 0)
    rows = compared("t", {"ours": [good, good], "peer": [bad, good]}, 2, Goals(0.05, cost={"peer": 0.9}))
    assert [r.met for r in rows if r.goal] == [True, True, True]
    assert rows[2].ratio == f"{(2 / 3 + 1) / 2:.3f} [1.000]"
    rows = compared("t", {"ours": [bad, good], "peer": [good, good]}, 2, Goals(0.05, cost={"peer": 0.9}))
    assert [r.met for r in rows if r.goal] == [False, True, False]


@pytest.mark.parametrize("entry", [e for e in gridding.ENTRIES if "small" in e.sizes], ids=lambda e: e.name)
def test_every_small_entry_runs(entry: gridding.Entry) -> None:
    rows = gridding.measure("small", {entry.name})
    assert rows
    assert all(row.what for row in rows)
    assert not [row.ours for row in rows if "failed" in row.ours]
    assert all(math.isfinite(v) for row in rows for v in row.figures.values())
    judged = {"deviation", "cells in one piece", "feasible plans"}
    assert not [row for row in rows if row.met is False and any(word in row.what for word in judged)]


def test_an_entry_that_fails_does_not_stop_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(size: object) -> list[Row]:
        raise ValueError("no such city")

    entries = (gridding.Entry("one", fails), gridding.Entry("two", lambda size: [Row("fine", "1")]))
    monkeypatch.setattr(gridding, "ENTRIES", entries)
    rows = gridding.measure("small")
    assert [row.ours for row in rows] == ["failed: ValueError: no such city", "1"]
    assert rows[0].met is False


def test_small_graphs_keep_blocks_per_cell() -> None:
    assert SIZES["full"].scaled(10_000, 60) == (10_000, 60)
    assert SIZES["small"].scaled(50_000, 250) == (2_400, 12)


def test_an_unknown_row_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--only", "weather"])
    with pytest.raises(SystemExit) as ended:
        command.main()
    assert ended.value.code == 2
    assert "weather" in capsys.readouterr().err


def test_history_shows_the_last_table_and_what_changed(tmp_path: Path) -> None:
    file, page = tmp_path / "h.jsonl", tmp_path / "h.md"
    for cost in (0.9, 0.8, 0.7):
        row = Row("border cost", f"{cost} km", "METIS 1 km", f"{cost}", "<= .75", cost <= 0.75, {"cost": cost})
        history.record("gridding", "full", {"district": [row]}, file)
        time.sleep(0.002)  # runs are told apart by the millisecond
    history.write_page(file, page)
    text = page.read_text(encoding="utf-8")
    assert len(file.read_text(encoding="utf-8").splitlines()) == 3
    assert "| district | cost | 3 | 0.9 | 0.8 | 0.7 |" in text
    assert "0.7 km" in text


def test_the_page_explains_every_row_and_size() -> None:
    pages = history.PAGE.parent
    rows = (pages / "gridding.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z0-9-]+)`", rows.split("\n\n## ")[0]))
    assert set(gridding.NAMES) <= named, "docs/benchmarks/gridding.md explains every row"
    assert named - set(gridding.NAMES) <= {"gridding", "--only"}, "and none that there is not"
    assert all(f"`{size}`" in (pages / "README.md").read_text(encoding="utf-8") for size in SIZES)


def test_the_recorded_history_can_be_read() -> None:
    lines = [json.loads(line) for line in history.FILE.read_text(encoding="utf-8").splitlines()]
    assert all(set(line) >= {"date", "commit", "machine", "entry", "what", "figures", "met"} for line in lines)
