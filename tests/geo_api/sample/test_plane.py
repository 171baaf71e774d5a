from __future__ import annotations

import numpy as np
import pytest
from pyproj import Geod
from shapely.geometry import LineString

from geo_api.sample.datum import to_gcj02
from geo_api.sample.plane import make_warp, on_path, to_degrees, to_metres, wander


def test_degrees_and_metres_are_inverse_to_the_grid() -> None:
    xy = np.random.default_rng(3).uniform(-12000, 12000, (1000, 2))
    assert np.abs(to_metres(to_degrees(xy)) - xy).max() < 0.006


def test_a_kilometre_of_the_plane_is_a_kilometre_on_the_ellipsoid() -> None:
    xy = np.array([[0, 0], [1000, 0], [0, 1000], [6000, -8000], [7000, -8000]], dtype=float)
    lonlat = to_degrees(xy)
    geod = Geod(ellps="WGS84")
    for a, b in ((0, 1), (0, 2), (3, 4)):
        assert geod.inv(*lonlat[a], *lonlat[b])[2] == pytest.approx(1000, abs=1.2)


def test_gcj02_agrees_with_a_published_implementation() -> None:
    from coord_convert.transform import wgs2gcj

    lonlat = to_degrees(np.random.default_rng(4).uniform(-12000, 12000, (200, 2)))
    expected = np.array([wgs2gcj(lon, lat) for lon, lat in lonlat])
    assert np.abs(to_gcj02(lonlat) - expected).max() < 1e-9


def test_a_wandering_line_keeps_its_ends() -> None:
    a, b = np.array([0.0, 0.0]), np.array([3000.0, 1000.0])
    line = wander(a, b, np.random.default_rng(5), 200.0)
    assert np.allclose(line[[0, -1]], [a, b], atol=1e-9)
    assert LineString(line).length > np.hypot(3000, 1000)


def test_a_warp_does_not_fold_the_plane() -> None:
    warp = make_warp(np.random.default_rng(6), 90.0, 900.0)
    axis = np.arange(-3000, 3000, 100.0)
    grid = np.array([(x, y) for y in axis for x in axis])
    moved = warp(grid).reshape(len(axis), len(axis), 2)
    east, north = moved[:-1, 1:] - moved[:-1, :-1], moved[1:, :-1] - moved[:-1, :-1]
    assert (east[..., 0] * north[..., 1] - east[..., 1] * north[..., 0] > 0).all()


def test_left_is_left_also_at_the_ends_of_a_path() -> None:
    path = LineString([(0, 0), (100, 0), (100, 50)])
    here, left = on_path(path, np.array([0.0, 10.0, 150.0]))
    assert np.allclose(here, [[0, 0], [10, 0], [100, 50]])
    assert np.allclose(left, [[0, 1], [0, 1], [-1, 0]])
