"""Stations and cells as GeoJSON (RFC 7946; CGCS2000, which is WGS 84 to a few centimetres)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
import shapely

from geo_api.services.published import CellDetail, CellList, OneCell, StationList


def stations_geojson(answer: StationList) -> bytes:
    """One feature a station: its outline, code, name, bureau, responsible persons."""
    geometries = shapely.to_geojson(shapely.from_wkb([r.outline_wkb for r in answer.rows])) if answer.rows else []
    features = (
        _feature(s.code, {k: v for k, v in _plain(s).items() if k != "rows"}, geometry)
        for s, geometry in zip(answer.stations, geometries, strict=True)
    )
    return _collection({"on": answer.on, "revision": answer.revision}, features)


def cells_geojson(answer: CellList) -> bytes:
    """One feature a cell: its polygon, code, name, station, plan, size, and who answers for it."""
    geometries = shapely.to_geojson(answer.polygons) if len(answer.polygons) else []
    features = (
        _feature(c.cell.code, cell_properties(c), geometry)
        for c, geometry in zip(answer.cells, geometries, strict=True)
    )
    return _collection({"on": answer.on, "revision": answer.revision}, features)


def one_cell_geojson(answer: OneCell) -> bytes:
    """The cell as a collection of one; beside it the status of the code and its successors."""
    head = {
        "on": answer.on,
        "revision": answer.revision,
        "status": answer.status,
        "since": answer.since,
        "successors": answer.successors,
    }
    shapes = shapely.to_geojson(answer.polygons) if len(answer.polygons) else []
    features = (_feature(c.cell.code, cell_properties(c), g) for c, g in zip(answer.cells, shapes, strict=True))
    return _collection(head, features)


def cell_properties(detail: CellDetail) -> dict[str, Any]:
    """A cell's attributes, flat but for its officers, as GeoJSON properties and table columns name them."""
    return {
        "code": detail.cell.code,
        "name": detail.cell.name,
        "station_code": detail.cell.station_code,
        "station_name": detail.cell.station_name,
        "plan_id": detail.plan.plan_id,
        "plan_version": detail.plan.version,
        "valid_from": detail.plan.valid_from,
        "valid_to": detail.plan.valid_to,
        "entities": detail.entities,
        "workload_hours_per_year": detail.workload_hours_per_year,
        "deviation": detail.deviation,
        "area_m2": detail.area_m2,
        "officers": detail.officers,
        "fallback": detail.fallback,
    }


def _plain(value: object) -> dict[str, Any]:
    plain: dict[str, Any] = orjson.loads(orjson.dumps(value))
    return plain


def _feature(identity: str | int, properties: dict[str, Any], geometry: str | bytes) -> bytes:
    shape = geometry.encode() if isinstance(geometry, str) else geometry
    return b'{"type":"Feature","id":%b,"properties":%b,"geometry":%b}' % (
        orjson.dumps(identity),
        orjson.dumps(properties),
        shape,
    )


def _collection(head: dict[str, Any], features: Iterable[bytes]) -> bytes:
    return b'{"type":"FeatureCollection",%b,"features":[%b]}' % (orjson.dumps(head)[1:-1], b",".join(features))
