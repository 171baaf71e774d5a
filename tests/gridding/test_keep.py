"""The plan in force on today's blocks: locks that leave no room for the number of cells wanted."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from gridding.errors import Infeasible
from gridding.keep import Kept, PresentPlan, kept_plan
from tests.gridding.squares import row_graph

BLOCKS = np.array([shapely.box(x, 0, x + 1, 1) for x in range(6)], dtype=object)
OLD = np.array([shapely.box(x, 0, x + 2, 1) for x in (0, 2, 4)], dtype=object)


def redrawn(cells: int, locked: tuple[str, ...]) -> Kept | None:
    codes = ("001", "002", "003")
    present = PresentPlan(np.repeat(np.array(codes, dtype=object), 2), codes, OLD, codes, locked)
    return kept_plan(BLOCKS, row_graph(6), np.arange(6, dtype=np.int32), np.ones(6), present, cells, 0.1)


@pytest.mark.parametrize(
    ("cells", "locked", "words"),
    [
        (2, ("001", "002", "003"), "ask for at least 3, or unlock"),
        (4, ("001", "002", "003"), "only 0 blocks lie outside of these: ask for at most 3 cells"),
        (1, ("001", "002"), "ask for at least 3, one for what lies outside of these"),
        (2, ("001", "002"), r"2 cells are locked \(001, 002\): ask for at least 3"),
        (5, ("001", "002"), "ask for at most 4 cells"),
    ],
)
def test_locks_that_leave_no_room_say_how_many_cells_are_possible(cells, locked, words):
    with pytest.raises(Infeasible, match=words):
        redrawn(cells, locked)


@pytest.mark.parametrize(("cells", "locked"), [(3, ("001", "002", "003")), (3, ("001",)), (4, ("001", "002")), (2, ())])
def test_locks_with_room_pass(cells, locked):
    kept = redrawn(cells, locked)
    assert kept is not None
    assert len(kept.fixed) == len(locked)
