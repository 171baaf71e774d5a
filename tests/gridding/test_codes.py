"""Numbering, layout, and codes that stay with their cell."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridding.codes import CodeLayout, cell_codes, keep_codes, number_cells
from gridding.errors import GriddingError


def test_cells_are_numbered_in_reading_order() -> None:
    # four cells in two rows, with the western one of each row a little to the south
    centres = [(100, 0), (0, 1000), (90, 1010), (0, -10)]
    assert number_cells(centres).tolist() == [1, 2, 3, 0]


def test_rows_have_equal_height_and_the_line_belongs_to_the_north() -> None:
    # nine cells: three rows, of 1000 m each; 2000 is the line between the first and the second
    centres = [(5, 3000), (6, 2000), (1, 1999), (2, 1500), (3, 1000), (7, 2500), (9, 0), (8, 500), (4, 999)]
    assert number_cells(centres).tolist() == [0, 1, 5, 2, 3, 4, 8, 7, 6]


def test_ties_go_to_the_north_then_to_the_first() -> None:
    assert number_cells([(0, 0), (0, 0), (0, 0)]).tolist() == [0, 1, 2]
    assert number_cells(np.empty((0, 2))).tolist() == []
    assert number_cells([(3, 7)]).tolist() == [0]


@given(
    st.lists(st.tuples(st.integers(-5000, 5000), st.integers(-5000, 5000)), min_size=1, max_size=40, unique=True),
    st.randoms(),
)
def test_the_order_of_input_does_not_matter(centres: list[tuple[int, int]], random) -> None:
    shuffled = random.sample(centres, len(centres))
    assert [centres[i] for i in number_cells(centres)] == [shuffled[i] for i in number_cells(shuffled)]


def test_codes_of_a_first_plan() -> None:
    assert cell_codes("110108001", 3) == ("110108001001", "110108001002", "110108001003")
    assert cell_codes("", 2, CodeLayout(cell_digits=2, first=0)) == ("00", "01")


def test_entity_codes_follow_the_layout() -> None:
    assert CodeLayout().entity_code("110108001007", 42) == "11010800100700042"


def test_a_layout_has_room_for_so_many() -> None:
    with pytest.raises(GriddingError, match="cell number 1000 does not fit into 3 digits"):
        cell_codes("S", 1000)
    with pytest.raises(GriddingError, match="serial 100000 does not fit into 5 digits"):
        CodeLayout().entity_code("S001", 100_000)


def test_a_cell_keeps_the_code_of_which_it_holds_most() -> None:
    old = ["S001"] * 5 + ["S002"] * 5
    new = [1, 1, 1, 1, 0, 0, 0, 0, 0, 1]
    assert keep_codes(old, new, 2, station_code="S") == ("S002", "S001")


def test_workload_decides_before_number() -> None:
    old = ["S001"] * 4
    assert keep_codes(old, [0, 0, 0, 1], 2, station_code="S") == ("S001", "S002")
    assert keep_codes(old, [0, 0, 0, 1], 2, station_code="S", workload=[1, 1, 1, 9]) == ("S002", "S001")


def test_a_split_gives_a_number_never_used() -> None:
    old = ["S001"] * 4 + ["S003"] * 2
    assert keep_codes(old, [0, 0, 0, 1, 2, 2], 3, station_code="S", used_codes=["S007"]) == ("S001", "S008", "S003")


def test_a_merger_retires_a_code() -> None:
    old = ["S001"] * 3 + ["S002"] * 2
    assert keep_codes(old, [0] * 5, 1, station_code="S") == ("S001",)


def test_a_sliver_does_not_take_over_a_code() -> None:
    # S002 goes to cell 0, which is S001 now; the one entity of S002 in cell 1 does not make that cell S002
    old = ["S001"] * 9 + ["S002"] * 5 + ["S003"] * 8 + ["S002"]
    new = [0] * 9 + [0] * 5 + [2] * 5 + [1] * 3 + [1]
    assert keep_codes(old, new, 3, station_code="S") == ("S001", "S004", "S003")


def test_entities_without_a_cell_do_not_count() -> None:
    assert keep_codes(["", "S005", "S005"], [0, 1, -1], 2, station_code="S") == ("S006", "S005")


@given(
    st.lists(st.tuples(st.sampled_from(["", "S001", "S002", "S003", "S009"]), st.integers(-1, 5)), max_size=60),
    st.sets(st.sampled_from(["S004", "S010", "S011"])),
)
def test_codes_are_unique_and_new_ones_were_never_used(rows: list[tuple[str, int]], used: set[str]) -> None:
    old, new = [r[0] for r in rows], [r[1] for r in rows]
    codes = keep_codes(old, new, 6, station_code="S", used_codes=used)
    assert len(set(codes)) == 6
    before = set(old) - {""}
    assert not (set(codes) - before) & used
    for c, code in enumerate(codes):
        if code in before:  # kept codes are kept for a reason
            assert any(o == code and n == c for o, n in rows)


@given(st.lists(st.integers(0, 4), min_size=5, max_size=60), st.permutations(range(5)))
def test_an_unchanged_plan_keeps_all_codes(cells: list[int], names: list[int]) -> None:
    present = sorted(set(cells))
    index = {c: i for i, c in enumerate(present)}
    old = [f"S{names[c]:03d}" for c in cells]
    codes = keep_codes(old, [index[c] for c in cells], len(present), station_code="S")
    assert codes == tuple(f"S{names[c]:03d}" for c in present)


def test_lengths_must_match() -> None:
    with pytest.raises(GriddingError, match="2 old cells, 1 new labels"):
        keep_codes(["S001", "S001"], [0], 1)
    with pytest.raises(GriddingError, match="label 3 is out of range"):
        keep_codes(["S001"], [3], 2)
