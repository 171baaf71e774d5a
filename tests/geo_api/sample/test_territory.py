from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest
import shapely

from geo_api.sample.county import DIVISION, County, make_county
from geo_api.sample.plane import GRID


def edges(geometry: shapely.Geometry) -> Counter[frozenset[tuple[float, float]]]:
    """Undirected edges of all rings, each with how often it occurs."""
    found: Counter[frozenset[tuple[float, float]]] = Counter()
    for ring in shapely.get_rings(shapely.get_parts(np.array([geometry]))):
        coords = [tuple(c) for c in shapely.get_coordinates(ring)]
        found.update(frozenset(pair) for pair in itertools.pairwise(coords))
    return found


def assert_tiles(parts: list[shapely.Geometry], whole: shapely.Geometry) -> None:
    """Every edge of a part is an edge of exactly one other part or of the whole, vertex by vertex."""
    inner = sum((edges(p) for p in parts), Counter())
    outer = edges(whole)
    assert max(inner.values()) <= 2
    assert {e for e, n in inner.items() if n == 1} == set(outer)
    assert sum(p.area for p in parts) == pytest.approx(whole.area, rel=1e-12)


def test_the_stations_tile_the_county(county: County) -> None:
    assert_tiles(list(county.territory.stations), county.territory.outline)


def test_the_communities_tile_their_stations(county: County) -> None:
    units = county.territory.units
    for i, station in enumerate(county.territory.stations):
        assert_tiles(units.loc[units["station"] == i, "geometry"].tolist(), station)


def test_the_third_station_has_an_exclave_inside_the_second(county: County) -> None:
    town, south, north = county.territory.stations
    assert (town.geom_type, south.geom_type) == ("Polygon", "Polygon")
    assert len(shapely.get_parts(north)) == 2
    hole = shapely.polygons(shapely.get_rings(south)[1])
    exclave = min(shapely.get_parts(north), key=lambda p: p.area)
    assert shapely.equals(hole, exclave)


def test_geometry_is_valid_and_on_the_grid(county: County) -> None:
    shapes = np.array([*county.territory.stations, *county.territory.units["geometry"]])
    assert shapely.is_valid(shapes).all()
    coords = shapely.get_coordinates(shapes)
    assert np.abs(coords - np.round(coords, 7)).max() < GRID * 1e-6


def test_communities_have_names_and_codes_of_their_own(county: County) -> None:
    units = county.territory.units
    assert units["name"].is_unique
    assert units["code"].is_unique
    assert units["code"].str.fullmatch(DIVISION + r"10[012]\d{3}").all()
    assert set(units["kind"]) == {"社区", "村"}
    assert 60 <= len(units) <= 100


@pytest.mark.parametrize("seed", [1, 11])
def test_other_seeds_give_sound_counties_too(seed: int) -> None:
    other = make_county(seed, entities=1500)
    assert_tiles(list(other.territory.stations), other.territory.outline)
    assert len(shapely.get_parts(other.territory.stations[2])) == 2
    assert len(other.entities) == 1500
    assert len({r.name for r in other.streets.roads}) == len(other.streets.roads)
    assert (other.entities["market"] != "").sum() > 100
