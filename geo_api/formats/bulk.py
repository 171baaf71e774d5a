"""All that is published, as GeoPackage, GeoJSON and GeoParquet, in EPSG:4490."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import orjson
import shapely

from geo_api.formats.geojson import cell_properties
from geo_api.services.answers import OfficerOnDuty
from geo_api.services.bulk import BulkFormat, Everything

COLUMNS = (
    "level", "code", "name", "parent_code", "plan_id", "plan_version", "valid_from", "valid_to", "entities",
    "workload_hours_per_year", "deviation", "area_m2", "fallback", "officers",
)  # fmt: skip
"""Of GeoJSON and GeoParquet: one row a jurisdiction of any level."""

CRS_MEMBER = b'"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::4490"}}'
CRS_NOTE = "EPSG:4490 (CGCS2000), longitude before latitude, degrees"


def _rows(answer: Everything) -> Iterator[dict[str, Any]]:
    """Every jurisdiction, upper levels first, then stations, then cells, each by code."""
    empty = dict.fromkeys(COLUMNS)
    for upper in answer.upper:
        yield empty | {"level": "bureau", "code": upper.code, "name": upper.name, "parent_code": upper.parent_code,
                       "officers": upper.officers}  # fmt: skip
    for station in answer.stations.stations:
        yield empty | {"level": "station", "code": station.code, "name": station.name,
                       "parent_code": station.bureau_code, "officers": station.officers}  # fmt: skip
    for cell in answer.cells.cells:
        given = cell_properties(cell)
        yield empty | {k: v for k, v in given.items() if k in COLUMNS} | {
            "level": "cell", "parent_code": given["station_code"]}  # fmt: skip


def _shapes(answer: Everything) -> np.ndarray:
    """Their polygons in the same order; None for upper levels."""
    shapes = np.empty(len(answer.upper) + len(answer.outlines) + len(answer.cells.polygons), dtype=object)
    shapes[len(answer.upper) :] = [*answer.outlines, *answer.cells.polygons]
    return shapes


def _about(answer: Everything) -> dict[str, str]:
    """What the file is of. Nothing that differs between two files of the same content."""
    return {
        "on": answer.on.isoformat(),
        "revision": answer.revision,
        "recorded_at": answer.recorded_at.isoformat() if answer.recorded_at else "",
        "reference_system": CRS_NOTE,
    }


def write_geojson(answer: Everything, path: Path) -> None:
    """One feature a jurisdiction; day, revision and reference system beside them."""
    with path.open("wb") as file:
        file.write(b'{"type":"FeatureCollection",%b,%b,"features":[' % (CRS_MEMBER, orjson.dumps(_about(answer))[1:-1]))
        for n, (row, shape) in enumerate(zip(_rows(answer), _shapes(answer), strict=True)):
            geometry = b"null" if shape is None else shapely.to_geojson(shape).encode()
            file.write(
                b'%b\n{"type":"Feature","id":%b,"properties":%b,"geometry":%b}'
                % (b"," if n else b"", orjson.dumps(row["code"]), orjson.dumps(row), geometry)
            )
        file.write(b"\n]}\n")


def write_parquet(answer: Everything, path: Path) -> None:
    """One row a jurisdiction, its officers as a list."""
    import pyarrow as pa

    from layers.published_file import write_geoparquet

    of_officer = {"since": pa.date32(), "until": pa.date32(), "absent": pa.bool_()}
    officer = pa.struct([(n, of_officer.get(n, pa.string())) for n in OfficerOnDuty.__dataclass_fields__])
    kinds = {
        "plan_id": pa.int64(),
        "plan_version": pa.int32(),
        "valid_from": pa.date32(),
        "valid_to": pa.date32(),
        "entities": pa.int32(),
        "workload_hours_per_year": pa.float64(),
        "deviation": pa.float64(),
        "area_m2": pa.float64(),
        "officers": pa.list_(officer),
    }
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in COLUMNS])
    rows = [row | {"officers": [_officer(o) for o in row["officers"]]} for row in _rows(answer)]
    write_geoparquet(path, pa.Table.from_pylist(rows, schema=schema), _shapes(answer), _about(answer))


def write_gpkg(answer: Everything, path: Path) -> None:
    """Layers ``cells`` and ``stations``; tables ``officers`` (one row a post), ``upper_levels`` and ``about``."""
    import pandas as pd

    from layers.published_file import write_geopackage

    rows = list(_rows(answer))
    posts = [
        {"jurisdiction_code": row["code"], "level": row["level"], **_officer(o)}
        for row in rows
        for o in row["officers"]
    ]
    plain = [{k: v for k, v in row.items() if k != "officers"} for row in rows]
    frames = {level: pd.DataFrame([r for r in plain if r["level"] == level], columns=COLUMNS[:-1])
              for level in ("cell", "station", "bureau")}  # fmt: skip
    of_cells = frames["cell"].assign(geometry=pd.Series(list(answer.cells.polygons), dtype=object))
    of_stations = frames["station"][["code", "name", "parent_code"]]
    officers = pd.DataFrame(posts, columns=["jurisdiction_code", "level", *OfficerOnDuty.__dataclass_fields__])
    write_geopackage(
        path,
        {
            "cells": _typed(of_cells.drop(columns="level")),
            "stations": of_stations.assign(geometry=pd.Series(list(answer.outlines), dtype=object)),
            "officers": _typed(officers),
            "upper_levels": frames["bureau"][["code", "name", "parent_code"]],
            "about": pd.DataFrame(list(_about(answer).items()), columns=["key", "value"]),
        },
    )


def _officer(officer: OfficerOnDuty) -> dict[str, Any]:
    return {name: getattr(officer, name) for name in OfficerOnDuty.__dataclass_fields__}


def _typed(frame: Any) -> Any:
    """Numbers as numbers, also in a frame without rows."""
    kinds = {"plan_id": "int64", "plan_version": "int32", "entities": "int32", "workload_hours_per_year": "float64",
             "deviation": "float64", "area_m2": "float64"}  # fmt: skip
    return frame.astype({c: k for c, k in kinds.items() if c in frame})


BULK_FORMATS: Mapping[str, BulkFormat] = MappingProxyType(
    {
        "gpkg": BulkFormat(write_gpkg, ".gpkg", "application/geopackage+sqlite3"),
        "geojson": BulkFormat(write_geojson, ".geojson", "application/geo+json"),
        "parquet": BulkFormat(write_parquet, ".parquet", "application/vnd.apache.parquet"),
    }
)
