"""The border rule has one meaning: the service's memory and SQL give the same cell, on borders above all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from itertools import groupby

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo_api.db import open_store
from geo_api.db.store import Store
from geo_api.services.finder import territory_finder
from geo_api.services.load import load
from geo_api.services.snapshot import Snapshot, build_snapshot
from gridding.types import GRID_DEG, FloatArray
from tests.contract.border_points import border_points, exact_midpoints, random_points
from tests.geo_api.db.test_locate_contract import DAY, county  # noqa: F401
from tests.geo_api.life import published
from tests.geo_api.town import BUREAU, LAT, LOADED, LON, SIDE, TODAY, make_town

pytestmark = pytest.mark.db

STATIONS = tuple(f"{BUREAU}{n:03d}" for n in (1, 2, 3, 4))
CORNER = (LON + SIDE, LAT + SIDE / 2)
"""Where the four stations of the square county meet."""


@pytest.fixture(scope="module")
def squares(new_database: Callable[[], str]) -> Iterator[Store]:
    """A county of four square stations that meet in a point; all its borders are parallel to an axis."""
    town = make_town()
    x, y = (LON, CORNER[0], LON + 2 * SIDE), (LAT, CORNER[1], LAT + SIDE)
    shapes = [shapely.box(x[i], y[j], x[i + 1], y[j + 1]) for j in (1, 0) for i in (0, 1)]
    whole = shapely.box(x[0], y[0], x[2], y[2])
    codes = [BUREAU, *STATIONS]
    jurisdictions = gpd.GeoDataFrame(
        {
            "code": codes,
            "name": codes,
            "name_en": codes,
            "level": [1, 2, 2, 2, 2],
            "parent_code": ["", *[BUREAU] * 4],
        },
        geometry=[whole, *shapes],
        crs=4490,
    )
    more = town.officers.assign(
        officer_id="9" + town.officers.officer_id,
        station_code=town.officers.station_code.map({STATIONS[0]: STATIONS[2], STATIONS[1]: STATIONS[3]}),
    )
    officers = pd.concat([town.officers, more], ignore_index=True)
    with open_store(new_database()) as store:
        load(town.but(jurisdictions=jurisdictions, officers=officers), store.register, today=LOADED)
        for station in STATIONS:
            published(store, station, TODAY, tolerance=0.5)
        yield store


def in_memory(store: Store, on: date) -> Snapshot:
    """What the service holds for a day."""
    return build_snapshot(store.published.territory(on), territory_finder)


def all_kinds(snapshot: Snapshot, count: int, *, per_kind: int) -> dict[str, FloatArray]:
    """Border points of all kinds, and random ones that bring their number to ``count``."""
    rng = np.random.default_rng(17)
    stations = np.array([shapely.from_wkb(s.outline_wkb) for s in snapshot.territory.stations])
    kinds = border_points(stations, snapshot.polygons, rng, per_kind=per_kind)
    rest = count - sum(map(len, kinds.values()))
    assert rest > 0
    return kinds | {"random": random_points(snapshot.polygons, rest, rng)}


def assert_same(store: Store, snapshot: Snapshot, on: date, kinds: dict[str, FloatArray]) -> list[str | None]:
    """Compare all ways to ask; the code of each point, kind after kind."""
    points = np.concatenate(list(kinds.values()))
    kind = np.repeat(list(kinds), [len(p) for p in kinds.values()])
    lon, lat = points[:, 0].copy(), points[:, 1].copy()
    finder = snapshot.finder
    assert finder is not None
    cell = finder.cells_of(lon, lat)
    with_border, _, beyond = finder.many(lon, lat)
    assert (with_border == cell).all(), "the cell does not depend on whether the border is asked for"
    assert ((beyond != cell) | (cell < 0)).all(), "the cell beyond is another one"
    ours = [snapshot.refs[i].code if i >= 0 else None for i in cell.tolist()]
    sql = store.published.locate_many(lon.tolist(), lat.tolist(), on)
    wrong = [(kind[i], *points[i].tolist(), a, b) for i, (a, b) in enumerate(zip(ours, sql, strict=True)) if a != b]
    first = {name: next(rows)[1:] for name, rows in groupby(wrong, key=lambda row: row[0])}
    assert not wrong, f"memory and SQL differ at {len(wrong)} of {len(points)} points (lon, lat, memory, SQL): {first}"
    chosen = np.random.default_rng(23).choice(len(points), 300, replace=False).tolist()
    assert [finder.one(lon[i], lat[i])[0] for i in chosen] == cell[chosen].tolist()
    singly = [store.published.locate(lon[i], lat[i], on) for i in chosen[:60]]
    assert singly == [ours[i] for i in chosen[:60]]
    return ours


def assert_a_cell_where_a_station_is(snapshot: Snapshot, kinds: dict[str, FloatArray], codes: list[str | None]) -> None:
    """A point has a cell exactly where a station's outline covers it; on inner borders, everywhere.

    Cells are snapped to the grid, so along the outer edge of the territory a cell's vertex may lie half a grid unit
    (half a millimetre) outside its station, and then outside the territory: the station comes first.
    """
    points = np.concatenate(list(kinds.values()))
    outlines = [shapely.from_wkb(s.outline_wkb) for s in snapshot.territory.stations]
    shapely.prepare(outlines)
    covered = np.any([shapely.covers(o, shapely.points(points)) for o in outlines], axis=0)
    assert covered.tolist() == [code is not None for code in codes]
    kind = np.repeat(list(kinds), [len(p) for p in kinds.values()])
    bare = ~covered & np.isin(kind, ["vertex", "exact midpoint", "on an axis-parallel edge", "interpolated on an edge"])
    assert (shapely.distance(shapely.union_all(outlines), shapely.points(points[bare])) < GRID_DEG).all()
    assert not (~covered & np.char.startswith(kind, "vertex of an outline shared")).any()


def test_memory_and_sql_agree_in_the_sample_county(county: Store) -> None:  # noqa: F811
    snapshot = in_memory(county, DAY)
    kinds = all_kinds(snapshot, 100_000, per_kind=6_000)
    assert len(kinds["exact midpoint"]) > 500
    assert len(kinds["vertex of an outline shared by stations"]) > 100
    codes = assert_same(county, snapshot, DAY, kinds)
    assert_a_cell_where_a_station_is(snapshot, kinds, codes)
    assert {code for code in codes if code} == {ref.code for ref in snapshot.refs}


def test_memory_and_sql_agree_where_borders_are_parallel_to_an_axis(squares: Store) -> None:
    snapshot = in_memory(squares, TODAY)
    kinds = all_kinds(snapshot, 100_000, per_kind=8_000)
    assert {k for k in kinds if "axis-parallel" in k and "ulp" not in k} == {
        "on an axis-parallel edge",
        "on an axis-parallel outline shared by stations",
    }
    codes = assert_same(squares, snapshot, TODAY, kinds)
    assert_a_cell_where_a_station_is(snapshot, kinds, codes)


def test_the_lowest_code_wins_on_outlines_and_in_corners(squares: Store) -> None:
    snapshot = in_memory(squares, TODAY)
    x, y = CORNER
    asked = {
        CORNER: STATIONS[0],
        (x, y + SIDE / 4): STATIONS[0],
        (x, y - SIDE / 4): STATIONS[2],
        (x - SIDE / 3, y): STATIONS[0],
        (x + SIDE / 3, y): STATIONS[1],
        (float(np.nextafter(x, 200)), y): STATIONS[1],
        (x, float(np.nextafter(y, 0))): STATIONS[2],
        (float(np.nextafter(x, 200)), float(np.nextafter(y, 0))): STATIONS[3],
    }
    points = np.array(list(asked))
    codes = assert_few_same(squares, snapshot, points)
    assert [code[:9] for code in codes] == list(asked.values())


def assert_few_same(store: Store, snapshot: Snapshot, points: FloatArray) -> list[str]:
    """The code of each point, which memory and SQL agree on; all must lie in cells."""
    assert snapshot.finder is not None
    cell = snapshot.finder.cells_of(points[:, 0].copy(), points[:, 1].copy())
    codes = [snapshot.refs[i].code for i in cell.tolist()]
    assert (cell >= 0).all()
    lon, lat = points.T.tolist()
    assert store.published.locate_many(lon, lat, TODAY) == codes
    return codes


def test_exact_midpoints_are_exact() -> None:
    start, end = np.array([[114.0, 30.0], [114.3, 30.5]]), np.array([[114.5, 30.25], [114.30000001, 30.50000001]])
    middle = exact_midpoints(start, end)
    assert middle.tolist()[0] == [114.25, 30.125]
    assert all(shapely.LineString([start[0], end[0]]).distance(shapely.Point(p)) == 0 for p in middle[:1])
