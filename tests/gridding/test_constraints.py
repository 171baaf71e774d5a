"""Rules of cells, checked on a row of squares."""

from __future__ import annotations

import numpy as np
import shapely

from gridding.constraints import check_cells
from gridding.findings import Finding, Severity
from tests.gridding.squares import row_graph


def check(labels: list[int], deviation: list[float], part: list[int] | None = None, **options) -> list[Finding]:
    cells = len(deviation)
    return check_cells(
        row_graph(len(labels)),
        np.array(labels),
        np.array(part or [0] * len(labels)),
        np.array(deviation),
        np.array(options.pop("exclusive", [False] * cells)),
        0.03,
        [f"S{c + 1:03d}" for c in range(cells)],
        **options,
    )


def test_a_good_plan_has_no_findings() -> None:
    assert check([0, 0, 1, 1], [0.03, -0.03]) == []


def test_a_cell_in_pieces() -> None:
    cells = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])
    (finding,) = check([0, 1, 0, 0], [0.0, 0.0], cells=cells)
    assert finding.rule == "cell.contiguity"
    assert finding.severity is Severity.ERROR
    assert (finding.where, finding.value, finding.limit) == ("S001", 2, 1)
    assert finding.at == (0.5, 0.5)
    assert finding.details["blocks_apart"] == [0]


def test_a_cell_may_lie_in_two_parts() -> None:
    graph = row_graph(4)
    keep = [0, 2]  # blocks 0-1 and 2-3: two parts
    apart = type(graph)(
        graph.pairs[keep], graph.border_length_m[keep], graph.border_cost[keep], graph.border_kind[keep]
    )
    part = np.array([0, 0, 1, 1])
    assert check_cells(apart, [0, 0, 0, 0], part, [0.0], [False], 0.03, ["S001"]) == []
    assert len(check_cells(apart, [0, 0, 0, 0], np.zeros(4), [0.0], [False], 0.03, ["S001"])) == 1


def test_an_empty_cell() -> None:
    (finding,) = check([0, 0, 2], [0.0, 0.0, 0.0])
    assert (finding.rule, finding.where) == ("cell.empty", "S002")


def test_missed_balance_names_each_cell_worst_first() -> None:
    found = check([0, 1, 2], [0.05, 0.0301, -0.2])
    assert [(f.rule, f.where) for f in found] == [
        ("balance.deviation", "S003"),
        ("balance.deviation", "S001"),
        ("balance.deviation", "S002"),
    ]
    assert "20.00% less work" in found[0].message
    assert "5.00% more work" in found[1].message


def test_many_cells_that_miss_the_balance_share_a_line() -> None:
    off = [0.3, -0.25, 0.2, 0.15, -0.1, 0.05]
    found = check([0, 1, 2, 3, 4, 5], off)
    assert [f.where for f in found] == ["S001", "S002", "S003", ""]
    assert found[3].rule == "balance.deviation"
    assert found[3].details["deviation"] == {"S004": 0.15, "S005": -0.1, "S006": 0.05}
    assert "3 more of the 6 cells" in found[3].message


def test_exclusive_cells_are_not_held_to_the_balance() -> None:
    assert check([0, 1], [9.0, 0.0], exclusive=[True, False]) == []


def test_a_border_without_length_does_not_connect() -> None:
    graph = row_graph(3)
    touching = type(graph)(graph.pairs, np.array([100.0, 0.0]), graph.border_cost, graph.border_kind)
    (finding,) = check_cells(touching, [0, 0, 0], np.zeros(3), [0.0], [False], 0.03, ["S001"])
    assert finding.rule == "cell.contiguity"
