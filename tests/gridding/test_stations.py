"""Many stations: cells by workload, points by the border rule, lines near a station."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridding.blocks import make_blocks
from gridding.errors import Infeasible
from gridding.stations import cells_by_workload, heaviest_first, lines_near, station_of_points
from tests.drawing import LAT, LON, STEP, boundary_lines, metres
from tests.gridding.topology_help import territories

works = st.lists(st.floats(0, 1e6, allow_subnormal=False), min_size=1, max_size=12)


@given(works, st.integers(0, 60))
def test_every_cell_is_given_and_no_transfer_would_be_fairer(work: list[float], extra: int) -> None:
    workload = np.array(work)
    cells = cells_by_workload(workload, len(work) + extra)
    assert cells.sum() == len(work) + extra
    assert cells.min() >= 1
    for i in np.flatnonzero(cells > 1):
        # the last cell of i would not have been better elsewhere
        mine = workload[i] / np.sqrt(float((cells[i] - 1) * cells[i]))
        others = workload / np.sqrt((cells * (cells + 1)).astype(float))
        assert mine >= others.max() - 1e-6 * max(1.0, others.max())


def test_too_few_cells_are_refused() -> None:
    with pytest.raises(Infeasible, match="at least 3 cells"):
        cells_by_workload(np.ones(3), 2)


def test_a_point_on_a_border_belongs_to_the_lower_code() -> None:
    left = shapely.box(LON, LAT, LON + STEP, LAT + STEP)
    right = shapely.box(LON + STEP, LAT, LON + 2 * STEP, LAT + STEP)
    points = np.array([[LON + STEP, LAT + STEP / 2], [LON + 1.5 * STEP, LAT], [LON + 9 * STEP, LAT], [np.nan, LAT]])
    assert station_of_points(np.array([left, right], dtype=object), points).tolist() == [0, 1, -1, -1]
    assert station_of_points(np.array([right, left], dtype=object), points).tolist() == [0, 0, -1, -1]


@settings(max_examples=40, deadline=None)
@given(territories(max_lines=12))
def test_lines_near_a_station_give_the_same_blocks_as_all_lines(territory: tuple) -> None:
    outline, lines = territory
    far = boundary_lines([[(LON + 1, LAT + 1), (LON + 1.1, LAT + 1)]])
    more = type(lines)(
        np.vstack([far.coords, lines.coords]),
        np.concatenate([far.offsets[:-1], far.offsets[-1] + lines.offsets]),
        np.concatenate([far.kind, lines.kind]),
    )
    near = lines_near(more, shapely.bounds(outline))
    assert len(near.kind) == len(lines.kind)
    whole, part = make_blocks(outline, more, metres), make_blocks(outline, near, metres)
    assert shapely.to_wkb(whole.polygons).tolist() == shapely.to_wkb(part.polygons).tolist()


def test_the_longest_jobs_come_first() -> None:
    small = shapely.box(LON, LAT, LON + STEP, LAT + STEP)
    large = shapely.box(LON + STEP, LAT, LON + 9 * STEP, LAT + 9 * STEP)
    lines = boundary_lines([[(LON + 5 * STEP, LAT + i * STEP), (LON + 6 * STEP, LAT + i * STEP)] for i in range(9)])
    assert heaviest_first(np.array([small, large], dtype=object), lines, np.array([1, 5])).tolist() == [1, 0]
