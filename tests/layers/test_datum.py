import math
from pathlib import Path

import numpy as np
import pytest
import shapely
from coord_convert import transform as oracle
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from gridding.findings import Severity
from layers.datum import check_lonlat, datum_fit, datum_name, from_storage, to_storage, to_storage_one
from layers.errors import DatumError

CHINA = {"lon": st.floats(74, 134), "lat": st.floats(4, 53)}


def metres(lon, lat, lon2, lat2):
    return np.hypot((lon - lon2) * 111_320 * np.cos(np.radians(lat)), (lat - lat2) * 111_320)


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
@given(**CHINA)
def test_forward_equals_an_independent_library(datum, lon, lat):
    x, y = from_storage(lon, lat, datum)
    expected = {"gcj02": oracle.wgs2gcj, "bd09": oracle.wgs2bd}[datum](lon, lat)
    assert metres(x[0], y[0], *expected) < 1e-7


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
@given(**CHINA)
def test_inverse_closes_below_1e_8_metres(datum, lon, lat):
    if abs(lon - 105) < 0.02:  # the formula has a root of |lon - 105|: see the next test
        lon = 105.5
    there = to_storage(lon, lat, datum)
    back = from_storage(*there, datum)
    assert metres(lon, lat, back[0][0], back[1][0]) < 1e-8
    inverse = {"gcj02": oracle.gcj2wgs, "bd09": oracle.bd2wgs}[datum](lon, lat)
    assert metres(*inverse, there[0][0], there[1][0]) < {"gcj02": 0.2, "bd09": 1.0}[datum]


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_inverse_closes_to_a_micrometre_where_the_formula_folds(datum):
    lon = 105 + np.r_[0.0, np.geomspace(1e-14, 1e-2, 200), -np.geomspace(1e-14, 1e-2, 200)]
    lat = np.full_like(lon, 35.0)
    back = to_storage(*from_storage(lon, lat, datum), datum)
    assert metres(lon, lat, *back).max() < 1e-6


@given(
    st.floats(-180, 180),
    st.floats(-90, 90),
    st.sampled_from(["gcj02", "bd09"]),
)
def test_nothing_moves_outside_china(lon, lat, datum):
    if 72.004 <= lon <= 137.8347 and 0.8293 <= lat <= 55.8271:
        lat = -lat
    assert [a.tolist() for a in to_storage(lon, lat, datum)] == [[lon], [lat]]
    assert [a.tolist() for a in from_storage(lon, lat, datum)] == [[lon], [lat]]


@given(
    st.sampled_from(["cgcs2000", "wgs84", "gcj02", "bd09", "BD-09", "EPSG:4490", "EPSG:32650"]),
    npst.arrays(float, (7, 2), elements=st.floats(-180, 180) | st.just(math.nan)),
)
def test_one_point_gives_what_an_array_gives(datum, points):
    x, y = to_storage(points[:, 0], points[:, 1], datum)
    ones = np.array([to_storage_one(*p, datum) for p in points.tolist()])
    both = np.isfinite(ones).all(axis=1)
    assert (both == (np.isfinite(x) & np.isfinite(y))).all()
    assert metres(x[both], y[both], *ones[both].T).max(initial=0) < 1e-7


def test_wgs84_is_the_storage_datum():
    lon, lat = to_storage([116.4, math.nan], [39.9, 1.0], "wgs84")
    assert lon[0] == 116.4
    assert lat[0] == 39.9
    assert math.isnan(lon[1])


def test_input_is_left_alone():
    lon, lat = np.array([116.4]), np.array([39.9])
    for datum in ("wgs84", "gcj02", "bd09", "EPSG:4326"):
        moved = to_storage(lon, lat, datum)
        moved[0][0] = 0
        assert (lon[0], lat[0]) == (116.4, 39.9)


def test_projected_epsg_comes_as_east_and_north():
    lon, lat = to_storage([450154.0289], [4417000.0], "EPSG:4548")
    east, north = from_storage(lon, lat, "epsg:4548")
    assert 116.4 < lon[0] < 116.45
    assert 39.8 < lat[0] < 40.0
    assert abs(east[0] - 450154.0289) < 1e-6
    assert abs(north[0] - 4417000.0) < 1e-6
    assert np.isnan(to_storage([1e30], [1.0], "EPSG:4548")).all()


def test_empty_arrays():
    for datum in ("wgs84", "gcj02", "EPSG:4548"):
        lon, lat = to_storage([], [], datum)
        assert lon.shape == lat.shape == (0,)


@pytest.mark.parametrize("name", ["mars", "", "EPSG:999999", "EPSG:abc", "EPSG:5773"])
def test_unknown_datum_lists_the_accepted_ones(name):
    with pytest.raises(DatumError) as error:
        to_storage(116, 39, name)
    if name != "EPSG:5773":  # heights: known to EPSG, but no longitudes
        for accepted in ("cgcs2000", "wgs84", "gcj02", "bd09", "EPSG:"):
            assert accepted in str(error.value)


def test_names_are_forgiving():
    assert [datum_name(n) for n in ("WGS 84", "GCJ-02", "BD_09", "epsg:4326", "EPSG:4490", "epsg:4548")] == [
        "wgs84",
        "gcj02",
        "bd09",
        "wgs84",
        "cgcs2000",
        "EPSG:4548",
    ]


def test_lengths_must_agree():
    with pytest.raises(DatumError, match="2 longitudes but 1 latitudes"):
        to_storage([1, 2], [3], "wgs84")


def rules(findings):
    return {f.rule: (f.severity, int(f.value), f.details["rows"]) for f in findings}


def test_check_lonlat_names_each_fault():
    assert check_lonlat([116.4, math.nan], [39.9, math.nan]) == ()
    assert rules(check_lonlat([39.9, 39.8], [116.4, 116.3])) == {"datum.swapped_axes": (Severity.ERROR, 2, [0, 1])}
    assert rules(check_lonlat([448000.0, 39.0], [4417000.0, 1e6])) == {
        "datum.projected_metres": (Severity.ERROR, 2, [0, 1])
    }
    assert rules(check_lonlat([200.0, 0.0, 116.0], [39.0, 0.0, 39.0])) == {
        "datum.out_of_range": (Severity.ERROR, 1, [0]),
        "datum.zero": (Severity.WARNING, 1, [1]),
    }


def test_check_lonlat_uses_the_bounds_where_both_orders_are_possible():
    chicago = (-87.95, 41.6, -87.5, 42.1)
    assert check_lonlat([41.8], [-87.6]) == ()
    assert rules(check_lonlat([41.8, -87.6, -87.6], [-87.6, 41.8, 41.8], chicago)) == {
        "datum.swapped_axes": (Severity.WARNING, 1, [0])
    }


def county(rng, centre=(116.4, 39.9), jitter_m=8.0, n=3000):
    """Streets 250 m apart and places beside them, in storage."""
    step = 0.0025
    k = np.arange(-12, 13)
    a, b = centre
    lines = [shapely.LineString([(a + i * step, b - 0.03), (a + i * step, b + 0.03)]) for i in k]
    lines += [shapely.LineString([(a - 0.03, b + i * step), (a + 0.03, b + i * step)]) for i in k]
    along = rng.uniform(-0.03, 0.03, n)
    line = rng.integers(0, 25, n) - 12
    off = rng.normal(0, jitter_m, n) / 100_000
    lon = np.where(rng.random(n) < 0.5, a + along, a + line * step + off)
    lat = np.where(lon == a + along, b + line * step + off, b + along)
    return lon, lat, lines, shapely.box(a - 0.031, b - 0.031, a + 0.031, b + 0.031)


@pytest.mark.parametrize("true", ["wgs84", "gcj02", "bd09"])
@pytest.mark.parametrize("declared", ["wgs84", "cgcs2000", "gcj02", "bd09"])
def test_datum_fit_warns_only_when_another_datum_fits_better(true, declared):
    lon, lat, lines, outline = county(np.random.default_rng(1))
    finding = datum_fit(*from_storage(lon, lat, true), lines, outline, declared)
    if true == declared.replace("cgcs2000", "wgs84"):
        assert finding is None
    else:
        assert finding.severity is Severity.WARNING
        assert finding.details["better"] == true
        assert finding.details["points"] == 2000
        evidence = finding.details["datums"]
        assert (
            evidence[true]["street_median_m"] < 15 < evidence[declared.replace("cgcs2000", "wgs84")]["street_median_m"]
        )
        assert finding == datum_fit(*from_storage(lon, lat, true), lines, outline, declared)


def test_datum_fit_says_nothing_where_it_cannot_know():
    lon, lat, lines, outline = county(np.random.default_rng(1))
    assert datum_fit(lon[:20], lat[:20], lines, outline, "gcj02") is None
    assert datum_fit(lon, lat, [], None, "gcj02") is None
    assert datum_fit(lon, lat, lines, outline, "EPSG:4548") is None
    far = county(np.random.default_rng(1), centre=(-87.6, 41.8))
    assert datum_fit(*far, "gcj02") is None  # outside China all datums are one


def test_datum_fit_by_the_outline_alone():
    lon, lat, _, outline = county(np.random.default_rng(1))
    finding = datum_fit(*from_storage(lon, lat, "bd09"), [], outline, "wgs84")
    assert finding.details["better"] == "bd09"
    assert finding.details["datums"]["bd09"]["outside_share"] == 0


def test_datum_fit_holds_its_tongue_on_places_far_from_streets():
    rng = np.random.default_rng(2)
    lines = county(rng)[2]
    lon, lat = rng.uniform(116.375, 116.425, 2000), rng.uniform(39.875, 39.925, 2000)
    for declared in ("wgs84", "gcj02"):
        assert datum_fit(*from_storage(lon, lat, declared), lines, None, declared) is None


@pytest.mark.real
@pytest.mark.parametrize("true", ["wgs84", "gcj02", "bd09"])
def test_datum_fit_on_a_real_city(true):
    """Chicago's streets and businesses, carried to the longitude of Beijing: streets alone tell the datum."""
    folder = Path(__file__).resolve().parents[2] / "../shared/data"
    if not folder.exists():
        pytest.skip("../shared/data is not on this machine")
    import geopandas as gpd
    import pandas as pd

    lines = gpd.read_file(folder / "chicago.gpkg", layer="streets").geometry.to_numpy()
    lines = shapely.transform(lines, lambda xy: xy + np.array([204.0, -1.9]))
    places = pd.read_csv(folder / "chicago_businesses.csv")
    points = from_storage(places["longitude"] + 204.0, places["latitude"] - 1.9, true)
    for declared in ("wgs84", "gcj02", "bd09"):
        finding = datum_fit(*points, lines, None, declared)
        assert (finding.details["better"] if finding else declared) == true
