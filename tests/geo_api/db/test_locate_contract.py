"""Memory and SQL give the same cell for every point: the border rule has one meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo_api.db import open_store
from geo_api.db.store import Store
from geo_api.services.answers import Caller
from geo_api.services.first_plans import People, first_plans
from geo_api.services.load import load
from gridding.territory import TerritoryLocator
from layers import read_dataset
from layers.crs import local_metres
from tests.geo_api.life import published
from tests.geo_api.town import EAST, TODAY, WEST

pytestmark = pytest.mark.db

MANIFEST = Path(__file__).parents[3] / "data" / "sample" / "manifest.toml"
DAY = date(2025, 11, 1)


@pytest.fixture(scope="module")
def county(new_database: Callable[[], str]) -> Iterator[Store]:
    """The sample county with its plans published: curved streets, slanted borders."""
    dataset = read_dataset(MANIFEST)
    people = People(*(Caller(name, "admin") for name in ("one", "two", "three")))
    with open_store(new_database()) as store:
        load(dataset, store.register, today=DAY)
        stations = sorted(dataset.jurisdictions.query("level > 1").code)
        first_plans(store, stations, people, valid_from=DAY, reason="test")
        yield store


def memory(store: Store, lon: np.ndarray, lat: np.ndarray, on: date) -> list[str | None]:
    """The cell of each point by the locator that the service holds in memory."""
    territory = store.published.territory(on)
    stations = [s.code for s in territory.stations]
    outlines = shapely.from_wkb([s.outline_wkb for s in territory.stations])
    cells = shapely.from_wkb([c.wkb for c in territory.cells])
    locator = TerritoryLocator(
        outlines,
        cells,
        [stations.index(c.station_code) for c in territory.cells],
        local_metres(tuple(shapely.total_bounds(outlines))),
    )
    _station, cell = locator.locate(lon, lat)
    return [territory.cells[i].code if i >= 0 else None for i in cell.tolist()]


def edges(store: Store, on: date) -> tuple[np.ndarray, np.ndarray]:
    """(n, 2) start and end of every edge of every cell and station."""
    territory = store.published.territory(on)
    shapes = shapely.from_wkb([s.outline_wkb for s in territory.stations] + [c.wkb for c in territory.cells])
    rings = shapely.get_rings(shapely.get_parts(shapes))
    coords, ring = shapely.get_coordinates(rings, return_index=True)
    joined = ring[1:] == ring[:-1]
    return coords[:-1][joined], coords[1:][joined]


def assert_same(store: Store, points: np.ndarray, on: date) -> int:
    """Compare and return how many of the points have a cell."""
    lon, lat = points.T
    in_memory = memory(store, lon, lat, on)
    in_sql = store.published.locate_many(lon.tolist(), lat.tolist(), on)
    wrong = [(i, points[i].tolist(), m, s) for i, (m, s) in enumerate(zip(in_memory, in_sql, strict=True)) if m != s]
    assert not wrong, f"{len(wrong)} of {len(points)} differ, e.g. {wrong[:3]}"
    return sum(code is not None for code in in_sql)


def test_random_points_of_a_county(county: Store) -> None:
    outlines = shapely.from_wkb([s.outline_wkb for s in county.published.territory(DAY).stations])
    west, south, east, north = shapely.total_bounds(outlines)
    rng = np.random.default_rng(11)
    points = np.column_stack([rng.uniform(west, east, 80_000), rng.uniform(south, north, 80_000)])
    found = assert_same(county, points, DAY)
    assert 20_000 < found < 80_000


def test_border_points_of_a_county(county: Store) -> None:
    start, end = edges(county, DAY)
    rng = np.random.default_rng(12)
    some = rng.choice(len(start), 2_500, replace=False)
    share = rng.uniform(0, 1, (len(some), 1))
    middle = (start[some] + end[some]) / 2
    points = [
        start,  # vertices, those of station outlines included
        middle,
        start[some] + (end[some] - start[some]) * share,  # on a border but for rounding
        np.nextafter(middle, np.inf),
        middle + rng.normal(0, 2e-9, middle.shape),
        middle + rng.normal(0, 1e-7, middle.shape),
    ]
    assert assert_same(county, np.vstack(points), DAY) > 15_000


def test_axis_parallel_borders_and_shared_outlines_of_a_town(loaded: Store) -> None:
    for station in (WEST, EAST):
        published(loaded, station, TODAY)
    start, end = edges(loaded, TODAY)
    shares = np.array([0, 0.125, 0.5, 0.75])[:, None, None]
    points = (start + (end - start) * shares).reshape(-1, 2)
    assert len(points) > 400
    assert assert_same(loaded, points, TODAY) == len(points), "every point of a border of the territory has a cell"
    (on_both,) = [loaded.published.locate_many([114.312], [30.5055], TODAY)]
    assert on_both[0] is not None
    assert on_both[0].startswith(WEST), "the lowest station code wins on a shared outline"
    assert_each_place_in_one_cell(loaded, points[::7], TODAY)


def assert_each_place_in_one_cell(store: Store, points: np.ndarray, on: date) -> None:
    """A visit is listed, and may be posted, where the border rule says that the place lies: in that cell alone."""
    cells = store.published.locate_many(*points.T.tolist(), on)
    codes = sorted({code for code in cells if code})
    with store.visits._database.connection() as connection:
        rows = connection.execute(
            "select p.n, c.code from unnest(%s::float8[], %s::float8[]) with ordinality as p (lon, lat, n), "
            "unnest(%s::text[]) as c (code) where lies_in(c.code, st_setsrid(st_makepoint(p.lon, p.lat), 4490), %s)",
            (*points.T.tolist(), [*codes, WEST, EAST], on),
        ).fetchall()
    assert sorted((n, code) for n, code in rows if code in codes) == list(enumerate(cells, 1))
    stations = {n: code for n, code in rows if code in (WEST, EAST)}
    assert all(str(cell).startswith(stations[n]) for n, cell in enumerate(cells, 1))
    assert len(rows) == 2 * len(points)


def test_outside_and_impossible_places_have_no_cell(county: Store) -> None:
    nowhere = [(0.0, 0.0), (200.0, 95.0), (float("nan"), 30.0), (float("inf"), 30.0)]
    lon, lat = zip(*nowhere, strict=True)
    assert county.published.locate_many(list(lon), list(lat), DAY) == [None] * 4
    assert county.published.locate(0.0, 0.0, DAY) is None
    inside = shapely.from_wkb(county.published.territory(DAY).cells[0].wkb).representative_point()
    assert county.published.locate(inside.x, inside.y, DAY) == county.published.territory(DAY).cells[0].code
    assert county.published.locate(inside.x, inside.y, date(2025, 10, 31)) is None, "before the plan"
