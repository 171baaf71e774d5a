import subprocess
import sys
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.crs import local_metres, projection, territory_crs, territory_epsg
from layers.errors import DatumError


@pytest.mark.parametrize(
    ("bounds", "epsg"),
    [
        ((116.0, 39.5, 116.9, 40.3), 4548),  # Beijing: central meridian 117
        ((121.0, 30.8, 121.9, 31.6), 4549),  # Shanghai: zone of 120, up to 121.5 E
        ((121.3, 30.8, 121.9, 31.6), 4550),
        ((75.0, 39.0, 75.5, 39.5), 4534),
        ((-87.95, 41.6, -87.5, 42.1), 32616),  # Chicago
        ((151.0, -34.0, 151.3, -33.8), 32756),  # Sydney
        ((-180.0, -1.0, -179.5, 1.5), 32601),
        ((179.5, 1.0, 180.0, 1.5), 32660),
    ],
)
def test_zone_of_a_territory(bounds, epsg):
    assert territory_epsg(bounds) == epsg
    assert territory_crs(bounds).to_epsg() == epsg


@given(st.floats(75, 135), st.floats(18, 53))
def test_the_chinese_zone_has_the_nearest_central_meridian(lon, lat):
    crs = territory_crs((lon, lat, lon, lat))
    meridian = next(p.value for p in crs.coordinate_operation.params if "longitude" in p.name.lower())
    assert abs(meridian - lon) <= 1.5
    assert "Gauss-Kruger CM" in crs.name


@pytest.mark.parametrize(
    "bounds",
    [(float("nan"),) * 4, (500000.0, 4e6, 510000.0, 4.1e6), (117.0, 39.0, 116.0, 40.0), (0, 0, float("inf"), 1)],
)
def test_bounds_that_are_not_degrees_are_refused(bounds):
    with pytest.raises(DatumError, match="expected west <= east"):
        territory_epsg(bounds)


def test_projection_gives_metres_with_east_first():
    x, y = projection(4548)(np.array([117.0, 117.0]), np.array([40.0, 40.001]))
    assert abs(x[0] - 500_000) < 1e-6
    assert 110 < y[1] - y[0] < 112
    for crs in ("EPSG:4548", territory_crs((116.9, 39.9, 117.1, 40.1))):
        assert np.array_equal(projection(crs)(np.array([116.5]), np.array([39.5])), projection(4548)([116.5], [39.5]))


def test_projection_takes_empty_arrays_and_any_shape():
    to_metres = local_metres((116.0, 39.5, 116.9, 40.3))
    x, y = to_metres(np.empty(0), np.empty(0))
    assert x.shape == y.shape == (0,)
    assert x.dtype == np.float64
    x, y = to_metres(np.full((2, 3), 116.4), np.full((2, 3), 39.9))
    assert x.shape == (2, 3)
    assert np.isfinite(y).all()


def test_a_geographic_crs_is_refused():
    with pytest.raises(DatumError, match="not a projected CRS"):
        projection(4490)


def test_one_projection_serves_many_threads():
    to_metres = projection(4548)
    lon, lat = np.linspace(115.6, 118.4, 20_000), np.linspace(30, 45, 20_000)
    expected, wrong = to_metres(lon, lat), []

    def work():
        for _ in range(5):
            got = to_metres(lon, lat)
            if not (np.array_equal(got[0], expected[0]) and np.array_equal(got[1], expected[1])):
                wrong.append(got)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong


def test_import_does_not_load_pyproj():
    code = "import layers.crs, layers.datum, sys; sys.exit('pyproj' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
