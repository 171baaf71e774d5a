"""Relations in memory against PostGIS, on a published territory: cells with each other, and shapes that sit on borders."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
import shapely

from geo_api.db import open_store
from geo_api.db.store import Store
from geo_api.services.finder import territory_finder
from geo_api.services.load import load
from geo_api.services.relations import RELATIONS, Ground, levels, near, relate
from geo_api.services.snapshot import build_snapshot
from layers.crs import geodesic_m
from tests.geo_api.life import published
from tests.geo_api.town import BUREAU, EAST, LAT, LOADED, LON, SIDE, STEP, TODAY, WEST, make_town

pytestmark = pytest.mark.db

SQL = {
    "intersects": "st_intersects(c.geom, s.shape)",
    "touches": "st_touches(c.geom, s.shape)",
    "overlaps": "st_relate(c.geom, s.shape, 'T********')",
    "covers": "st_covers(c.geom, s.shape)",
    "within": "st_coveredby(c.geom, s.shape)",
}


@pytest.fixture(scope="module")
def town_store(new_database: Callable[[], str]) -> Iterator[Store]:
    with open_store(new_database()) as store:
        load(make_town(entities=200), store.register, actor="test", today=LOADED)
        for station in (WEST, EAST):
            published(store, station, LOADED, cells=5, tolerance=0.6)
        yield store


@pytest.fixture(scope="module")
def ground(town_store: Store) -> Ground:
    return Ground(build_snapshot(town_store.published.territory(TODAY), territory_finder))


def by_postgis(store: Store, relation: str, shapes: list[bytes]) -> list[list[str]]:
    """Codes of the cells in a relation to each shape."""
    with store.database.connection() as connection:
        rows = connection.execute(
            'select s.n, array_agg(c.code order by c.code collate "C") filter (where c.code is not null) '
            "from unnest(%s::bytea[]) with ordinality as w (wkb, n) "
            "cross join lateral (select w.n, st_setsrid(st_geomfromwkb(w.wkb), 4490) as shape) s "
            f"left join cell c on {SQL[relation]} group by s.n order by s.n",
            (shapes,),
        ).fetchall()
    return [codes or [] for _, codes in rows]


def shapes() -> list[shapely.Geometry]:
    """On a grid that streets and cell borders lie on, so that borders and corners meet often."""
    rng = np.random.default_rng(4)

    def at(n: int) -> np.ndarray:
        spots = rng.integers(-1, 26, (n, 2)) * [STEP, STEP / 2] + [LON, LAT]
        return np.round(spots + rng.choice([0.0, 0.0, 0.0003], (n, 2)), 8)

    found: list[shapely.Geometry] = [shapely.Point(p) for p in at(60)]
    found += [shapely.LineString(at(3)) for _ in range(30)]
    found += [shapely.box(*np.minimum(*c), *(np.maximum(*c) + STEP)) for c in (at(2) for _ in range(40))]
    found += [shapely.MultiPoint(at(4)), shapely.box(LON, LAT, LON + SIDE, LAT + SIDE)]
    return [s for s in found if s.is_valid]


@pytest.mark.parametrize("relation", RELATIONS)
def test_shapes_as_in_postgis(town_store: Store, ground: Ground, relation: str) -> None:
    asked = shapes()
    ours = [[c.cell.code for c in relate(ground, relation=relation, shape=s).cells] for s in asked]
    theirs = by_postgis(town_store, relation, [shapely.to_wkb(s) for s in asked])
    assert ours == theirs
    assert sum(map(len, ours)) > 5


def test_neighbours_as_in_postgis(town_store: Store, ground: Ground) -> None:
    cells = ground.snapshot
    theirs = by_postgis(town_store, "touches", [shapely.to_wkb(p) for p in cells.polygons])
    for ref, polygon, codes in zip(cells.refs, cells.polygons, theirs, strict=True):
        found = relate(ground, relation="touches", of=ref.code).cells
        assert [c.cell.code for c in found] == codes
        for cell in found:
            other = cells.polygons[cells.index_of[cell.cell.code]]
            border = shapely.intersection(polygon.boundary, other.boundary).length
            assert (cell.meets_in == "border") == (border > 0) == (cell.border_m > 0)
            assert cell.share_of_cell == 0
        assert not relate(ground, relation="overlaps", of=ref.code).cells, "cells of a plan share no ground"


def test_a_station_holds_its_cells(ground: Ground) -> None:
    found = relate(ground, relation="within", of=WEST).cells
    assert len(found) == 5
    assert {c.cell.station_code for c in found} == {WEST}
    assert sum(c.share_of_shape or 0 for c in found) == pytest.approx(1.0, abs=1e-5)
    assert {c.cell.station_code for c in relate(ground, relation="touches", of=WEST).cells} == {EAST}


def test_near_is_a_distance_in_metres(ground: Ground) -> None:
    rng = np.random.default_rng(2)
    for lon, lat in np.column_stack([LON + rng.uniform(-0.01, 0.03, 20), LAT + rng.uniform(-0.01, 0.02, 20)]):
        point = shapely.Point(lon, lat)
        found = near(ground, lon=lon, lat=lat, metres=600.0, with_telephones=False)
        distances = [c.distance_m for c in found.cells]
        assert distances == sorted(distances)
        close = {c.cell.code: c.distance_m for c in found.cells}
        for ref, polygon in zip(ground.snapshot.refs, ground.snapshot.polygons, strict=True):
            nearest = shapely.get_coordinates(shapely.shortest_line(polygon, point))[0]
            metres = geodesic_m(lon, lat, *nearest) if not polygon.covers(point) else 0.0
            if ref.code in close:
                assert close[ref.code] <= metres * 1.001 + 0.02
            else:
                assert metres > 590


def test_near_says_when_there_are_more(ground: Ground) -> None:
    some = near(ground, lon=LON + SIDE, lat=LAT, metres=20_000.0, with_telephones=False, limit=3)
    assert (len(some.cells), some.more) == (3, True)
    every = near(ground, lon=LON + SIDE, lat=LAT, metres=20_000.0, with_telephones=False)
    assert (len(every.cells), every.more) == (10, False)
    assert every.cells[:3] == some.cells


def test_all_levels_follow_the_border_rule(town_store: Store, ground: Ground) -> None:
    rng = np.random.default_rng(8)
    lon = np.round(LON + rng.integers(-1, 26, 60) * STEP, 8)
    lat = np.round(LAT + rng.uniform(0, SIDE, 60), 8)
    cells = town_store.published.locate_many(lon.tolist(), lat.tolist(), TODAY)
    for x, y, code in zip(lon.tolist(), lat.tolist(), cells, strict=True):
        answer = levels(ground.snapshot, lon=x, lat=y, with_telephones=False)
        named = {row.level: row.code for row in answer.levels}
        assert named.get("cell") == code
        assert (answer.status == "outside") == (code is None)
        if code is not None:
            assert named == {"cell": code, "station": code[: len(WEST)], "bureau": BUREAU}
