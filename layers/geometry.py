"""Geometries of a raw layer, in the storage datum and fit to compute with: polygons, lines, points.

A file's own projected CRS counts; longitudes and latitudes are in the datum that the caller declares. Geometry that is
wrong is an error with a place to look at, or a finding that says what was done; nothing is bent silently.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridding.findings import Finding, Severity
from layers.crs import STORAGE_EPSG, local_metres
from layers.datum import datum_name, to_storage
from layers.errors import DatumError, SourceError
from layers.raw import RawLayer

Geometries = NDArray[np.object_]
SAME_AREA_M2 = 1.0
"""A polygon is repaired by itself only where that changes its area by no more than this (m2)."""

_SHOWN = 5
_PLAIN = {4326, 4490, 4979}
_POINT, _LINE, _RING, _POLYGON = 0, 1, 2, 3


def in_storage(raw: RawLayer, datum: str) -> Geometries:
    """All geometries of the layer in EPSG:4490, x = longitude, y = latitude, without heights.

    Raises:
        SourceError: the layer has no geometry.
        DatumError: an unknown datum, or coordinates that are no longitudes and latitudes.
    """
    shapes = _transformed(raw, datum)
    bad = _out_of_range(shapes)
    if bad.any():
        _refuse_range(raw, shapes, bad, datum)
    return shapes


def polygons(raw: RawLayer, datum: str) -> tuple[Geometries, NDArray[np.bool_], tuple[Finding, ...]]:
    """The layer's polygons: (n,) Polygon or MultiPolygon, all valid; a mask of the rows that have one; findings.

    Raises:
        SourceError: rings that are not closed or cross themselves, each with its place.
    """
    _refuse_broken(raw)
    shapes = in_storage(raw, datum)
    kind = shapely.get_type_id(shapes)
    there = ((kind == _POLYGON) | (kind == 6)) & ~shapely.is_empty(shapes)
    findings = []
    if (~there).any():
        rows = ", ".join(map(str, raw.rows[~there][:_SHOWN]))
        findings.append(
            Finding(
                "geometry.no_polygon",
                Severity.WARNING,
                f"{raw.file}: {int((~there).sum())} of {len(there)} features are no polygons and were left out "
                f"(feature {rows}).",
                f"{raw.file}：{int((~there).sum())} 个要素不是面，未采用。",
                where=raw.file,
                value=float((~there).sum()),
                unit="features",
            )
        )
    bad = there & ~shapely.is_valid(shapes)
    if bad.any():
        shapes, note = _repair(raw, shapes, bad)
        findings.append(note)
    return shapes, there, tuple(findings)


def lines(raw: RawLayer, datum: str) -> tuple[Geometries, NDArray[np.int64], tuple[Finding, ...]]:
    """The layer's lines: (m,) LineString; (m,) index of the row each comes from; findings.

    Outlines of polygons count as lines (a lake, a community); points and broken geometries are left out, and counted.
    """
    shapes = in_storage(raw, datum)
    kind = shapely.get_type_id(shapes)
    area = np.isin(kind, (_POLYGON, 6))
    findings = []
    if area.any():
        shapes = np.where(area, shapely.boundary(shapes), shapes)
        findings.append(
            Finding(
                "lines.from_polygons",
                Severity.INFO,
                f"{raw.file}: the outlines of {int(area.sum())} polygons count as lines.",
                f"{raw.file}：{int(area.sum())} 个面的轮廓按线使用。",
                where=raw.file,
                value=float(area.sum()),
            )
        )
    parts, index = shapely.get_parts(shapes, return_index=True)
    parts, deeper = shapely.get_parts(parts, return_index=True)  # collections of multilines
    index = index[deeper]
    usable = np.isin(shapely.get_type_id(parts), (_LINE, _RING)) & (shapely.length(parts) > 0)
    lost = len(shapes) - len(np.unique(index[usable]))
    if lost:
        where = (
            f"; the first: feature {next(iter(raw.broken))}, {next(iter(raw.broken.values()))}" if raw.broken else ""
        )
        findings.append(
            Finding(
                "lines.not_a_line",
                Severity.WARNING,
                f"{raw.file}: {lost} of {len(shapes)} features are no lines and were left out{where}.",
                f"{raw.file}：{lost} 个要素不是线，未采用。",
                where=raw.file,
                value=float(lost),
                unit="features",
            )
        )
    parts, index = parts[usable], index[usable]
    rings = shapely.get_type_id(parts) == _RING
    if rings.any():
        xy, ring = shapely.get_coordinates(parts[rings], return_index=True)
        parts[rings] = shapely.linestrings(xy, indices=ring)
    return parts, np.asarray(index, np.int64), tuple(findings)


def points(raw: RawLayer, datum: str) -> tuple[Geometries, Geometries, tuple[Finding, ...]]:
    """The layer's points: (n,) Point, None where there is none; (n,) why not, "" where there is; findings.

    Shapes other than points give a point inside them. The place 0, 0 is what systems write for "unknown".

    Raises:
        DatumError: most coordinates are no longitudes and latitudes (fewer are reasons on their rows).
    """
    shapes = _transformed(raw, datum)
    bad = _out_of_range(shapes)
    if bad.sum() * 2 > len(shapes):
        _refuse_range(raw, shapes, bad, datum)
    reasons = np.full(len(shapes), "", dtype=object)
    reasons[shapely.is_missing(shapes) | shapely.is_empty(shapes)] = "no coordinates"
    reasons[bad] = "coordinates out of range"
    shapes[reasons != ""] = None
    west, south, east, north = shapely.bounds(shapes).T
    reasons[(west == 0) & (south == 0) & (east == 0) & (north == 0)] = "coordinates 0, 0"
    shapes[reasons != ""] = None
    other = shapely.get_type_id(shapes) > _POINT
    if not other.any():
        return shapes, reasons, ()
    shapes[other] = shapely.point_on_surface(shapes[other])
    note = Finding(
        "entities.not_points",
        Severity.INFO,
        f"{raw.file}: {int(other.sum())} features are no points; a point inside each was taken.",
        f"{raw.file}：{int(other.sum())} 个要素不是点，取其内部一点。",
        where=raw.file,
        value=float(other.sum()),
        unit="features",
    )
    return shapes, reasons, (note,)


def united(shapes: Geometries) -> Any:
    """All polygons as one Polygon or MultiPolygon; a single one is returned as it is."""
    return shapes[0] if len(shapes) == 1 else shapely.union_all(shapes)


def area_m2(shapes: Geometries) -> NDArray[np.float64]:
    """Areas in m2 (storage datum), in the projected CRS of the shapes' own territory."""
    if not len(shapes):
        return np.zeros(0)
    return np.asarray(shapely.area(in_metres(shapes)), np.float64)


def in_metres(shapes: Geometries, like: Geometries | None = None) -> Geometries:
    """Shapes in the projected CRS of their territory (or of the territory of ``like``), for measuring only."""
    west, south, east, north = shapely.total_bounds(shapes if like is None else like)
    project = local_metres((west, south, east, north))
    return np.asarray(shapely.transform(shapes, lambda xy: np.column_stack(project(xy[:, 0], xy[:, 1]))), dtype=object)


def _transformation(raw: RawLayer, datum: str) -> Any:
    """The function that takes (n, 2) file coordinates to storage, None for the identity."""
    from pyproj import CRS, Transformer
    from pyproj.exceptions import CRSError

    name = datum_name(datum)
    own = None
    if raw.crs is not None:
        try:
            own = CRS.from_user_input(raw.crs)
        except CRSError as problem:
            raise DatumError(
                f"{raw.file}: its CRS cannot be understood ({raw.crs[:80]}); save it with an EPSG CRS"
            ) from problem
        if not (own.is_geographic or own.is_projected):
            own = None  # "undefined" or a local engineering system: says nothing
    plain = own is None or "CRS84" in str(raw.crs) or (own.is_geographic and own.to_epsg() in _PLAIN)
    if plain:
        # What calls itself WGS 84 is whatever the datum says: vendors' shifted coordinates travel as WGS 84 too.
        declared = name.startswith("EPSG:") and own is not None and CRS.from_user_input(name).is_projected
        if declared or name in {"cgcs2000", "wgs84"}:
            return None
        return lambda xy: np.column_stack(to_storage(xy[:, 0], xy[:, 1], name))
    transformer = Transformer.from_crs(own, STORAGE_EPSG, always_xy=True)
    return lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))


def _transformed(raw: RawLayer, datum: str) -> Geometries:
    if raw.geometry is None:
        raise SourceError(
            f"{raw.file}: a table without geometry; expected a map layer (GeoPackage, GeoJSON, Shapefile)"
        )
    flat = shapely.force_2d(raw.geometry)
    to_lonlat = _transformation(raw, datum)
    return np.array(flat if to_lonlat is None else shapely.transform(flat, to_lonlat), dtype=object)


def _out_of_range(shapes: Geometries) -> NDArray[np.bool_]:
    west, south, east, north = shapely.bounds(shapes).T
    with np.errstate(invalid="ignore"):
        possible = (west >= -180) & (east <= 180) & (south >= -90) & (north <= 90)
    return np.asarray(~shapely.is_missing(shapes) & ~shapely.is_empty(shapes) & ~possible, dtype=bool)


def _refuse_range(raw: RawLayer, shapes: Geometries, bad: NDArray[np.bool_], datum: str) -> None:
    first = int(np.flatnonzero(bad)[0])
    corners = shapely.get_coordinates(shapes[first])
    wrong = np.flatnonzero(~((np.abs(corners[:, 0]) <= 180) & (np.abs(corners[:, 1]) <= 90)))
    x, y = (float(v) for v in corners[wrong[0]])
    own = f"its CRS is {raw.crs[:60]}" if raw.crs else f"it has no CRS of its own, so {datum} was taken"
    hint = "latitude and longitude look swapped" if abs(x) <= 90 < abs(y) <= 180 else "give the right CRS or datum"
    raise DatumError(
        f"{raw.file}: {int(bad.sum())} of {len(shapes)} features are not at longitudes and latitudes, the first is "
        f"feature {raw.rows[first]} at ({x:.6g}, {y:.6g}); {own}; {hint}."
    )


def _refuse_broken(raw: RawLayer) -> None:
    if not raw.broken:
        return
    rows = list(raw.broken.items())
    findings = tuple(
        Finding(
            "geometry.broken_ring", Severity.ERROR, f"{raw.file}: feature {row} has {what}.", where=f"{raw.file}:{row}"
        )
        for row, what in rows[:100]
    )
    text = "; ".join(f"feature {row} has {what}" for row, what in rows[:_SHOWN])
    more = f"; and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
    raise SourceError(f"{raw.file}: {text}{more}. Close the rings in the file and read it again.", findings)


def _repair(raw: RawLayer, shapes: Geometries, bad: NDArray[np.bool_]) -> tuple[Geometries, Finding]:
    """make_valid where that leaves the area alone (spikes, rings that touch themselves); else an error with places."""
    old = shapes[bad]
    fixed = np.array([_only_area(g) for g in shapely.make_valid(old)], dtype=object)  # invalid ones only
    change = np.abs(area_m2(fixed) - area_m2(old))
    rows = raw.rows[bad]
    worse = ~(change <= SAME_AREA_M2)
    if worse.any():
        reasons = shapely.is_valid_reason(old)
        findings = tuple(
            Finding(
                "geometry.invalid",
                Severity.ERROR,
                f"{raw.file}: feature {rows[i]}: {reasons[i]}.",
                where=f"{raw.file}:{rows[i]}",
                at=_place(str(reasons[i])),
            )
            for i in np.flatnonzero(worse)[:100]
        )
        text = "; ".join(f"feature {rows[i]}: {_told(str(reasons[i]))}" for i in np.flatnonzero(worse)[:_SHOWN])
        raise SourceError(
            f"{raw.file}: {int(worse.sum())} polygons cross themselves ({text}). Repairing would change their area, so "
            "correct them in the file.",
            findings,
        )
    out = shapes.copy()
    out[bad] = fixed
    return out, Finding(
        "geometry.repaired",
        Severity.INFO,
        f"{raw.file}: {int(bad.sum())} polygons had rings that touch or overlap themselves and were repaired without "
        f"changing their area (feature {', '.join(map(str, rows[:_SHOWN]))}).",
        f"{raw.file}：修复了 {int(bad.sum())} 个面，面积不变。",
        where=raw.file,
        value=float(change.max()),
        limit=SAME_AREA_M2,
        unit="m2",
    )


def _only_area(shape: Any) -> Any:
    if shape.geom_type in {"Polygon", "MultiPolygon"}:
        return shape
    parts = [p for p in shapely.get_parts(shape) if p.geom_type in {"Polygon", "MultiPolygon"}]
    return shapely.union_all(parts) if parts else shapely.Polygon()


def _place(reason: str) -> tuple[float, float] | None:
    try:
        x, y = reason[reason.index("[") + 1 : reason.index("]")].split()[:2]
        return float(x), float(y)
    except ValueError:
        return None


def _told(reason: str) -> str:
    place = _place(reason)
    return f"{reason.split('[', maxsplit=1)[0].lower()} at {place[0]:.7f}, {place[1]:.7f}" if place else reason
