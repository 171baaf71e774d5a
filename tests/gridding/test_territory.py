import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gridding import GeometryError, TerritoryLocator
from tests.gridding.coverages import GRID, critical_points, voronoi

SEEDS = st.integers(0, 2**32 - 1)
PER_DEG = np.array([85_000.0, 111_000.0])


def flat(lon, lat):
    return np.asarray(lon) * PER_DEG[0], np.asarray(lat) * PER_DEG[1]


def rule(stations, cells, station_of_cell, x, y):
    """The border rule word for word: (station, cell) of each point, slowly."""
    answers = []
    for px, py in zip(x, y, strict=True):
        point = shapely.Point(px, py)
        station = next((s for s, g in enumerate(stations) if g.covers(point)), -1)
        own = [c for c in range(len(cells)) if station_of_cell[c] == station]
        cell = next((c for c in own if cells[c].covers(point)), None)
        if cell is None:
            metric = shapely.transform(point, lambda xy: xy * PER_DEG)
            gaps = [shapely.transform(cells[c], lambda xy: xy * PER_DEG).distance(metric) for c in own]
            near = [c for c, gap in zip(own, gaps, strict=True) if gap <= min(gaps) + 1e-9]
            answers.append((station, near or [-1]))
        else:
            answers.append((station, [cell]))
    return answers


def territory(seed, moved):
    """Stations made of cells; the outlines of the stations are moved vertex by vertex by up to ``moved`` grid units."""
    cells = voronoi(seed, n=45, cells=14, share_out=0.05)
    if cells is None:
        return None
    rng = np.random.default_rng(seed)
    station_of_cell = rng.integers(0, 4, len(cells)).astype(np.int32)
    station_of_cell[:4] = np.arange(4)[: len(cells)]
    stations = np.array([shapely.coverage_union_all(cells[station_of_cell == s]) for s in range(4)])
    xy = np.unique(shapely.get_coordinates(stations), axis=0)
    shift = dict(zip(map(tuple, xy), rng.integers(-moved, moved + 1, xy.shape) * GRID, strict=True))
    stations = shapely.transform(stations, lambda v: v + np.array([shift[tuple(p)] for p in v]))
    return (stations, cells, station_of_cell) if shapely.is_valid(stations).all() else None


@given(SEEDS, st.sampled_from([0, 1, 5]))
@settings(max_examples=25, deadline=None)
def test_the_station_first_then_the_cell_inside_it(seed, moved):
    drawn = territory(seed, moved)
    assume(drawn is not None)
    stations, cells, station_of_cell = drawn
    locator = TerritoryLocator(stations, cells, station_of_cell, flat)
    rng = np.random.default_rng(seed)
    x1, y1 = critical_points(stations, rng, 12)
    x2, y2 = critical_points(cells, rng, 12)
    x, y = np.concatenate([x1, x2]), np.concatenate([y1, y2])
    station, cell = locator.locate(x, y)
    assert station.dtype == cell.dtype == np.int32
    for k, (s, allowed) in enumerate(rule(stations, cells, station_of_cell, x, y)):
        assert station[k] == s
        assert cell[k] in allowed
    assert (station_of_cell[cell[cell >= 0]] == station[cell >= 0]).all()
    assert np.array_equal(cell < 0, station < 0), "one station and one cell, or neither"
    locator.prepare()
    again = locator.locate(x, y)
    assert np.array_equal(again[0], station)
    assert np.array_equal(again[1], cell)
    ones = [locator.locate_one(*p) for p in zip(x[::3].tolist(), y[::3].tolist(), strict=True)]
    assert ones == list(zip(station[::3].tolist(), cell[::3].tolist(), strict=True))
    _, _, distance, beyond = locator.locate_with_border(x, y)
    for k in range(0, len(x), 5):
        one = locator.locate_with_border_one(float(x[k]), float(y[k]))
        assert (one[0], one[1], one[3]) == (station[k], cell[k], beyond[k])
        assert np.isclose(one[2], distance[k], rtol=0, atol=1e-7)


def two_stations():
    """Station 0 west of 116.02 with cells 0 and 2, station 1 east of it with cell 1; station 2 has no plan yet."""
    stations = [
        shapely.box(116.0, 39.0, 116.02, 39.02),
        shapely.box(116.02, 39.0, 116.04, 39.02),
        shapely.box(116.04, 39.0, 116.06, 39.02),
    ]
    cells = [
        shapely.box(116.0, 39.0, 116.02 - 3e-8, 39.01),
        shapely.box(116.02 - 3e-8, 39.0, 116.04, 39.02),
        shapely.box(116.0, 39.01, 116.02 - 3e-8, 39.02),
    ]
    return TerritoryLocator(stations, cells, [0, 1, 0], flat)


def test_a_sliver_between_outline_and_cells_goes_to_the_stations_own_cell():
    locator = two_stations()
    x = np.array([116.02 - 1e-8, 116.02, 116.02 - 1e-8, 116.02 - 1e-8, 116.021, 116.05, 116.07])
    y = np.array([39.004, 39.004, 39.016, 39.01, 39.004, 39.004, 39.004])
    station, cell = locator.locate(x, y)
    assert station.tolist() == [0, 0, 0, 0, 1, 2, -1]
    assert cell.tolist() == [0, 0, 2, 0, 1, -1, -1]
    assert [locator.locate_one(*p) for p in zip(x, y, strict=True)] == list(zip(station, cell, strict=True))


def test_border_names_the_cell_of_another_station():
    locator = two_stations()
    x = np.array([116.019, 116.021, 116.02, 116.01, 116.05, 116.041, 116.001])
    y = np.array([39.004, 39.004, 39.004, 39.0095, 39.01, 39.01, 39.004])
    distance, beyond = locator.border(x, y)
    assert beyond.tolist() == [1, 0, 1, 2, 1, 1, -1]
    assert np.allclose(distance, [85, 85, 0, 55.5, 850, 85, 85], atol=0.01)
    assert locator.border_one(116.019, 39.004) == (distance[0], 1)
    to_nearest, cell = locator.nearest(x, y)
    assert cell.tolist() == [0, 1, 0, 0, 1, 1, 0]
    assert np.allclose(to_nearest, [0, 0, 0, 0, 850, 85, 0], atol=0.01)


def test_not_a_number_lies_nowhere():
    locator = two_stations()
    station, cell, distance, beyond = locator.locate_with_border([np.nan, 116.01], [39.0, np.nan])
    assert station.tolist() == cell.tolist() == beyond.tolist() == [-1, -1]
    assert np.isnan(distance).all()
    assert locator.locate_one(float("nan"), 39.0) == (-1, -1)


def test_a_territory_without_any_cell():
    locator = TerritoryLocator([shapely.box(0, 0, 1, 1)], [], [])
    assert locator.locate_one(0.5, 0.5) == (0, -1)
    station, cell = locator.locate([0.5, 3.0], [0.5, 0.5])
    assert (station.tolist(), cell.tolist()) == ([0, -1], [-1, -1])


@pytest.mark.parametrize("station_of_cell", [[0, 1], [0, 1, 3], [0, -1, 0]])
def test_a_cell_of_no_station_is_refused(station_of_cell):
    good = two_stations()
    with pytest.raises(GeometryError, match=r"3 cells need as many station indices within 0\.\.2"):
        TerritoryLocator(good.stations.polygons, good.cells.polygons, station_of_cell)
