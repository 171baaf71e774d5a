"""Shapes as callers give them, GeoJSON or WKT: read, checked, brought into the storage datum. The datum is never guessed."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from geo_api.errors import BadRequest
from geo_api.services import datums
from layers.datum import datum_name

MOST_VERTICES = 10_000
LONGEST_TEXT = 1_000_000
KINDS = ("Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon")


def shape_from_wkt(text: str, datum: str) -> Any:
    """A shape in the storage datum; BadRequest says what is wrong with it."""
    if len(text) > LONGEST_TEXT:
        raise BadRequest(f"the shape is longer than {LONGEST_TEXT} characters; simplify it")
    try:
        shape = shapely.from_wkt(text)
    except shapely.errors.GEOSException:
        raise BadRequest(
            "the shape is no WKT: write for example POLYGON((113.9 30.5, 114 30.5, 114 30.6, 113.9 30.5))"
        ) from None
    return _checked(shape, datum)


def shape_from_geojson(given: Any, datum: str) -> Any:
    """The geometry of a GeoJSON geometry or feature, in the storage datum; BadRequest says what is wrong with it."""
    if isinstance(given, dict) and given.get("type") == "Feature":
        given = given.get("geometry")
    if not isinstance(given, dict) or given.get("type") not in KINDS:
        kind = given.get("type") if isinstance(given, dict) else type(given).__name__
        raise BadRequest(f"the shape is a {kind}; expected a GeoJSON geometry or feature of one of {', '.join(KINDS)}")
    try:
        shape = shapely.geometry.shape(given)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, shapely.errors.ShapelyError) as problem:
        raise BadRequest(f"the coordinates of the {given['type']} cannot be read: {str(problem)[:200]}") from None
    return _checked(shape, datum)


def _checked(shape: Any, datum: str) -> Any:
    name = datum_name(datum)
    if shape is None or shape.is_empty:
        raise BadRequest("the shape is empty")
    if shape.geom_type not in KINDS:
        raise BadRequest(f"the shape is a {shape.geom_type}; expected one of {', '.join(KINDS)}")
    count = int(shapely.get_num_coordinates(shape))
    if count > MOST_VERTICES:
        raise BadRequest(f"the shape has {count} vertices; at most {MOST_VERTICES}: simplify it, or ask for its parts")
    shape = shapely.force_2d(shape)
    xy = shapely.get_coordinates(shape)
    lon, lat = datums.arrays_to_storage(xy[:, 0], xy[:, 1], name)
    bad = np.flatnonzero(~(np.isfinite(lon) & np.isfinite(lat) & (np.abs(lon) <= 180) & (np.abs(lat) <= 90)))
    if len(bad):
        x, y = xy[bad[0]]
        raise BadRequest(
            f"vertex {bad[0] + 1} ({x}, {y}) is no place on Earth in {name}: x is the longitude (east), y the latitude "
            f"(north); {len(bad)} vertices are like that"
        )
    shape = shapely.set_coordinates(shape, np.column_stack([lon, lat]))
    if not shape.is_valid:
        raise BadRequest(f"the {shape.geom_type} is not valid: {shapely.is_valid_reason(shape)}; repair it first")
    return shape
