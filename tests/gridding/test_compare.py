"""Lineage of two plans."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridding.compare import Change, compare_plans
from gridding.errors import GriddingError

# A is split into A and E, B merged into C, one entity goes from C to D, G replaces F, one comes and one goes
OLD = [*"AAAABBCCCCDDDFF", "", "D"]
NEW = [*"AAEECCCCCDDDDGG", "A", ""]


def test_lineage() -> None:
    change = compare_plans(OLD, NEW)
    found = {(link.old, link.new): (link.change, link.entities) for link in change.links}
    assert found == {
        ("", "A"): (Change.JOINED, 1),
        ("A", "A"): (Change.KEPT, 2),
        ("A", "E"): (Change.SPLIT, 2),
        ("B", "C"): (Change.MERGED, 2),
        ("C", "C"): (Change.KEPT, 3),
        ("C", "D"): (Change.TRANSFERRED, 1),
        ("D", "D"): (Change.KEPT, 3),
        ("D", ""): (Change.LEFT, 1),
        ("F", "G"): (Change.REPLACED, 2),
    }
    assert change.created == ("E", "G")
    assert change.retired == ("B", "F")
    assert change.successors == {"A": ("A", "E"), "B": ("C",), "C": ("C", "D"), "D": ("D",), "F": ("G",)}
    assert change.moved.tolist() == [2, 3, 4, 5, 9, 13, 14, 15, 16]
    assert change.moved_workload_share == pytest.approx(9 / 17)


def test_shares_are_of_workload() -> None:
    change = compare_plans(["A", "A", "B"], ["A", "B", "B"], [6, 2, 8])
    link = next(link for link in change.links if (link.old, link.new) == ("A", "B"))
    assert (link.workload, link.share_of_old, link.share_of_new) == (2, 0.25, 0.2)
    assert change.moved_workload_share == pytest.approx(2 / 16)


def test_cells_without_entities_are_seen() -> None:
    change = compare_plans(["A"], ["A"], old_codes=["A", "B"], new_codes=["A", "C"])
    assert change.created == ("C",)
    assert change.retired == ("B",)
    assert change.successors["B"] == ()


def test_no_workload_at_all_counts_entities() -> None:
    assert compare_plans(["A", "A"], ["A", "B"], [0, 0]).moved_workload_share == 0.5


def test_two_empty_plans() -> None:
    change = compare_plans([], [])
    assert change.links == ()
    assert change.moved_workload_share == 0.0


def test_lengths_must_match() -> None:
    with pytest.raises(GriddingError, match="1 old cells, 2 new cells"):
        compare_plans(["A"], ["A", "B"])


codes = st.sampled_from(["", "A", "B", "C"])


@given(st.lists(st.tuples(codes, codes, st.integers(0, 9)), max_size=40))
def test_nothing_is_lost(rows: list[tuple[str, str, int]]) -> None:
    old, new, work = [r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows]
    change = compare_plans(old, new, work)
    assert sum(link.entities for link in change.links) == len(rows)
    assert sum(link.workload for link in change.links) == pytest.approx(sum(work))
    assert change.moved.tolist() == [i for i, r in enumerate(rows) if r[0] != r[1]]
    back = compare_plans(new, old, work)
    assert (back.created, back.retired) == (change.retired, change.created)
    np.testing.assert_array_equal(back.moved, change.moved)
