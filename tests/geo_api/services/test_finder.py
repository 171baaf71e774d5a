"""The service's point index: single points, arrays and cells alone agree; two stations; distances in metres."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo_api.services.finder import territory_finder
from geo_api.services.snapshot import build_snapshot
from tests.geo_api.fakes import PlainFinder, county

REAL = build_snapshot(county(), territory_finder).finder
PLAIN = build_snapshot(county(), PlainFinder).finder
assert REAL is not None
assert PLAIN is not None

lons = st.one_of(st.floats(113.995, 114.035), st.sampled_from([114.0, 114.01, 114.02, 114.03, 114.005]))
lats = st.one_of(st.floats(29.995, 30.015), st.sampled_from([30.0, 30.01, 30.005]))


@given(st.lists(st.tuples(lons, lats), min_size=1, max_size=20))
def test_one_many_and_cells_alone_agree_and_follow_the_border_rule(points: list[tuple[float, float]]) -> None:
    lon, lat = np.array([p[0] for p in points]), np.array([p[1] for p in points])
    cells, distances, beyond = REAL.many(lon, lat)
    assert REAL.cells_of(lon, lat).tolist() == cells.tolist()
    for i, (x, y) in enumerate(points):
        cell, distance, other = REAL.one(x, y)
        assert cell == cells[i] == PLAIN.one(x, y)[0]
        if cell >= 0:
            assert other == beyond[i]
            assert distance == pytest.approx(distances[i], rel=1e-3, abs=1e-3)
        else:
            assert math.isnan(distance)
            assert other == -1


def test_distances_are_metres_on_the_ground() -> None:
    _, distance, beyond = REAL.one(114.0095, 30.005)
    assert distance == pytest.approx(0.0005 * 96_486, rel=0.005), "0.0005 degrees of longitude at 30 degrees north"
    assert beyond == 1
    nearest, away = REAL.nearest(114.005, 30.02)
    assert nearest == 0
    assert away == pytest.approx(0.01 * 110_850, rel=0.005)


def test_a_cell_without_a_station_is_refused_with_a_sentence() -> None:
    from gridding.errors import GeometryError

    square = np.array([shapely.box(114.0, 30.0, 114.01, 30.01)], dtype=object)
    with pytest.raises(GeometryError, match="station"):
        territory_finder(square, square, np.array([-1], dtype=np.int32))
