"""The county's map layers as frames in degrees (WGS 84)."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import shapely
from shapely.geometry import MultiPolygon

from geo_api.sample.county import DIVISION, STATIONS, County
from geo_api.sample.markets import parcels
from geo_api.sample.plane import to_degrees
from geo_api.sample.streets import pieces


def map_layers(county: County) -> dict[str, gpd.GeoDataFrame]:
    """Layer name -> frame: outline, stations, communities, streets, water, water_area, railway, markets."""
    area = county.territory
    units = area.units
    land = county.land
    built = pieces(county.streets.roads)
    codes = [f"{DIVISION}{i + 1:03d}" for i in range(len(STATIONS))]
    stations = {"code": codes, "name": [s[0] for s in STATIONS], "name_en": [f"{s[1]} Station" for s in STATIONS]}
    inside = [
        shapely.intersection(line, land.outline.buffer(600)) for line in (land.river, land.south_channel, land.creek)
    ]
    found = parcels(county.streets)
    rows = {
        "outline": ({"code": [DIVISION], "name": ["云溪县"]}, [area.outline]),
        "stations": (stations, [_multi(s) for s in area.stations]),
        "communities": (
            {
                "code": units["code"].tolist(),
                "name": units["name"].tolist(),
                "kind": units["kind"].tolist(),
                "station_code": [codes[i] for i in units["station"]],
            },
            [_multi(g) for g in units["geometry"]],
        ),
        "streets": (
            {"name": built["name"].tolist(), "kind": built["kind"].tolist()},
            _degrees([line.simplify(0.3) for line in built["geometry"]]),
        ),
        "water": ({"name": ["云溪河", "云溪河南汊", "青溪"], "kind": ["river"] * 3}, _degrees(inside)),
        "water_area": ({"name": ["云溪河"]}, _degrees([shapely.intersection(land.water, land.outline)])),
        "railway": (
            {"name": ["云襄铁路"], "kind": ["railway"]},
            _degrees([shapely.intersection(land.railway, land.outline)]),
        ),
        "markets": (
            {"code": [m[0] for m in found], "name": [m[1] for m in found], "exclusive": [m[2] for m in found]},
            _degrees([m[3] for m in found]),
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
