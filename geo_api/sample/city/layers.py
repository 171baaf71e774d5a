"""The city's map layers as frames in degrees (WGS 84)."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import MultiPolygon

from geo_api.sample.city.make import City
from geo_api.sample.city.markets import city_markets
from geo_api.sample.city.scale import CITY, DIVISION
from geo_api.sample.city.words import station_names
from geo_api.sample.plane import to_degrees
from geo_api.sample.streets import pieces


def city_layers(city: City) -> dict[str, gpd.GeoDataFrame]:
    """Layer name -> frame: stations, communities, streets, water, railway, markets."""
    area, land = city.territory, city.ground.land
    built = pieces(city.streets.roads)
    called = station_names(city.scale.urban, city.scale.rural)
    codes = np.array([f"{DIVISION}{i + 1:03d}" for i in range(len(area.stations))])
    around = land.outline.buffer(600)
    markets = city_markets(city.streets)
    units = area.units
    rows: dict[str, tuple[dict[str, Any], list[shapely.Geometry]]] = {
        "stations": (
            {"code": codes, "name": [n[0] for n in called], "name_en": [n[1] for n in called]},
            [_multi(s) for s in area.stations],
        ),
        "communities": (
            {name: units[name].tolist() for name in ("code", "name", "kind")}
            | {"station_code": codes[units["station"]]},
            [_multi(g) for g in units["geometry"]],
        ),
        "streets": (
            {"name": built["name"].tolist(), "kind": built["kind"].tolist()},
            _degrees([shapely.intersection(line.simplify(0.3), around) for line in built["geometry"]]),
        ),
        "water": (
            {"name": [f"{CITY[:-1]}江"], "kind": ["river"]},
            _degrees([shapely.intersection(land.river, around)]),
        ),
        "railway": (
            {"name": ["云江铁路"], "kind": ["railway"]},
            _degrees([shapely.intersection(land.railway, around)]),
        ),
        "markets": (
            {"code": [m[0] for m in markets], "name": [m[1] for m in markets], "exclusive": [m[2] for m in markets]},
            _degrees([m[3] for m in markets]),
        ),
    }
    return {
        name: gpd.GeoDataFrame(pd.DataFrame(columns), geometry=list(shapes), crs="EPSG:4326")
        for name, (columns, shapes) in rows.items()
    }


def _multi(geometry: shapely.Geometry) -> MultiPolygon:
    return geometry if geometry.geom_type == "MultiPolygon" else MultiPolygon([geometry])


def _degrees(shapes: list[shapely.Geometry]) -> list[shapely.Geometry]:
    return [shapely.transform(shape, to_degrees) for shape in shapes]
