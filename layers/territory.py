"""Stations, base units and markets: polygons with codes; and how far neighbouring stations miss each other.

Outlines are stored as they come; making neighbours share every vertex of their border is the gridding package's work.
What is said here is where they overlap or leave a gap, so that somebody can decide whose the strip is.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridding.findings import Finding, Severity
from layers.crs import STORAGE_EPSG
from layers.errors import SchemaError, SourceError
from layers.geometry import area_m2, polygons, united
from layers.manifest import Bureau, Source, Upper
from layers.raw import RawLayer, read_source
from layers.schema import TABLES, Checked, accepted, check_layer
from layers.values import to_text

OVERLAP_M2 = 1.0
"""Overlaps and gaps between stations up to this area (m2) are numeric noise."""
_GAP_HALF_WIDTH_M = 0.5
_LARGE_HOLE_M2 = 10_000.0
_SHOWN = 100

Read = Sequence[tuple[Source, RawLayer]]
Result = tuple[gpd.GeoDataFrame, pd.DataFrame, tuple[Finding, ...]]


def jurisdictions(parts: Read, bureau: Bureau, upper: Sequence[Upper] = ()) -> Result:
    """The bureau (level 1, the union of its stations), what lies between (level 2) and its stations (the last level).

    A station belongs to the bureau, or to the jurisdiction that its ``parent_code`` names. Codes are sorted in each level.

    Returns:
        [code, name, name_en, level, parent_code, geometry MultiPolygon], rejected rows, findings.

    Raises:
        SourceError: no station polygon, a broken ring. SchemaError: groups that name areas which are not there.
    """
    checked, shapes, findings = [], [], []
    for source, raw in parts:
        outlines, there, notes = polygons(raw, source.datum)
        findings += [*raw.findings, *notes]
        part = _grouped(source, raw) if source.options.get("groups") else _listed("stations", source, raw)
        part.reject(~there, "no polygon", "")
        parent = part.frame["parent_code"]
        known = parent.isin([u.code for u in upper] + [bureau.code, ""])
        part.reject(~known, "unknown parent_code: name it in [[jurisdictions]]", parent.to_numpy(dtype=object))
        checked.append(part)
        shapes.append(outlines[part.reason == ""])
        findings += part.findings
    frame, rejected = accepted(checked)
    if not len(frame):
        raise SourceError("stations: no polygon with a code was found; a bureau needs at least one station")
    frame["geometry"] = np.concatenate(shapes)
    stations = _dissolved(frame)
    if (stations.code == bureau.code).any():
        raise SchemaError(f"stations: a station has the bureau's own code {bureau.code}; codes must differ")
    findings += neighbour_findings(stations.geometry.to_numpy(), stations.code.tolist())
    own = stations["parent_code"]
    stations = stations.assign(level=3 if upper else 2, parent_code=own.where(own.ne(""), bureau.code))
    top = {"code": bureau.code, "name": bureau.name, "name_en": bureau.name_en, "level": 1, "parent_code": ""}
    whole = _filled(united(stations.geometry.to_numpy()))
    above = [{**top, "geometry": whole}, *_between(upper, stations, bureau)]
    out = pd.concat([pd.DataFrame(above), stations], ignore_index=True)
    out["geometry"] = _multi(out.geometry.to_numpy())
    columns = ["code", "name", "name_en", "level", "parent_code", "geometry"]
    return gpd.GeoDataFrame(out[columns], geometry="geometry", crs=STORAGE_EPSG), rejected, tuple(findings)


def _between(upper: Sequence[Upper], stations: pd.DataFrame, bureau: Bureau) -> list[dict[str, Any]]:
    """The jurisdictions between bureau and stations, each the union of its stations; SchemaError for one without any."""
    rows = []
    for one in sorted(upper, key=lambda u: u.code):
        mine = stations[stations["parent_code"] == one.code]
        if not len(mine) or one.code in {bureau.code, *stations["code"]}:
            why = "has the code of the bureau or of a station" if len(mine) else "holds no station (parent_code)"
            raise SchemaError(f"jurisdictions: {one.code} ({one.name}) {why}")
        outline = _filled(united(np.asarray(mine["geometry"], dtype=object)))
        names = {"code": one.code, "name": one.name, "name_en": one.name_en}
        rows.append({**names, "level": 2, "parent_code": bureau.code, "geometry": outline})
    return rows


def coded_polygons(table: str, parts: Read) -> Result:
    """Base units, markets or parts of cells: the canonical columns and a polygon each; rows without one, or with a code twice, rejected."""
    checked, shapes, findings = [], [], []
    for source, raw in parts:
        outlines, there, notes = polygons(raw, source.datum)
        part = _listed(table, source, raw)
        part.reject(~there, "no polygon", "")
        codes = part.frame["code"]
        part.reject(codes.duplicated() & (part.reason == ""), "code appears twice", codes.to_numpy(dtype=object))
        checked.append(part)
        shapes.append(outlines[part.reason == ""])
        findings += [*raw.findings, *notes, *part.findings]
    frame, rejected = accepted(checked)
    if not len(frame):
        names = [c.name for c in TABLES[table].columns]
        return gpd.GeoDataFrame({n: [] for n in names}, geometry=[], crs=STORAGE_EPSG), rejected, tuple(findings)
    if frame["code"].duplicated().any():
        twice = ", ".join(frame.loc[frame["code"].duplicated(), "code"].unique()[:5])
        raise SchemaError(f"{table}: codes appear in more than one file: {twice}; each must be unique")
    return (
        gpd.GeoDataFrame(frame, geometry=_multi(np.concatenate(shapes)), crs=STORAGE_EPSG),
        rejected,
        tuple(findings),
    )


def neighbour_findings(shapes: NDArray[np.object_], codes: Sequence[str]) -> list[Finding]:
    """Overlaps and gaps between outlines that are larger than :data:`OVERLAP_M2`, largest first."""
    scale = _scale(shapes)
    flat = np.asarray(shapely.transform(shapes, lambda xy: xy * scale), dtype=object)
    out = _overlaps(flat, codes, scale) + _gaps(flat, codes, scale)
    return sorted(out, key=lambda f: -(f.value or 0.0))[:_SHOWN]


def _scale(shapes: NDArray[np.object_]) -> NDArray[np.float64]:
    """Metres per degree of longitude and latitude in the middle of the territory.

    An affine map, not a projection: outlines are straight in degrees between their vertices, and a projection would
    open slivers along a long edge of one station where its neighbour has more vertices.
    """
    _, south, _, north = shapely.total_bounds(shapes)
    lat = math.radians((south + north) / 2)
    return np.array([111_412.84 * math.cos(lat) - 93.5 * math.cos(3 * lat), 111_132.92 - 559.82 * math.cos(2 * lat)])


def _overlaps(flat: NDArray[np.object_], codes: Sequence[str], scale: NDArray[np.float64]) -> list[Finding]:
    left, right = shapely.STRtree(flat).query(flat, predicate="intersects")
    left, right = left[left < right], right[left < right]
    area = shapely.area(shapely.intersection(flat[left], flat[right]))
    out = []
    for i in np.flatnonzero(area > OVERLAP_M2):
        a, b = codes[left[i]], codes[right[i]]
        place = shapely.intersection(flat[left[i]], flat[right[i]])
        out.append(
            Finding(
                "stations.overlap", Severity.WARNING,
                f"Stations {a} and {b} overlap by {area[i]:,.1f} m2; the lower code will have it. Correct the outlines.",
                f"{a} 与 {b} 重叠 {area[i]:,.1f} 平方米。", where=a, value=float(area[i]), limit=OVERLAP_M2, unit="m2",
                at=_back(place, scale), details={"beyond": b},
            )
        )  # fmt: skip
    return out


def _gaps(flat: NDArray[np.object_], codes: Sequence[str], scale: NDArray[np.float64]) -> list[Finding]:
    whole = shapely.union_all(flat)
    # Strips under a metre wide close when the whole is widened and narrowed again; wider gaps show as holes.
    strips = shapely.difference(whole.buffer(_GAP_HALF_WIDTH_M).buffer(-_GAP_HALF_WIDTH_M), whole)
    holes = shapely.get_parts(whole)
    rings = [shapely.polygons(r) for p in holes for r in p.interiors]
    found = np.array([*rings, *shapely.get_parts(strips)], dtype=object)
    is_hole = np.arange(len(found)) < len(rings)
    area = shapely.area(found)
    keep = (area > OVERLAP_M2) & (shapely.get_type_id(found) == 3)
    found, area, is_hole = found[keep], area[keep], is_hole[keep]
    if not len(found):
        return []
    which, station = shapely.STRtree(flat).query(found, predicate="dwithin", distance=0.01)
    out = []
    inside_hole = np.zeros(len(found), dtype=bool)
    if is_hole.any():
        a, _ = shapely.STRtree(found[is_hole]).query(shapely.point_on_surface(found), predicate="within")
        inside_hole[np.unique(a)] = True
    for i in range(len(found)):
        around = sorted(codes[s] for s in station[which == i])
        if len(around) < 2 or (inside_hole[i] and not is_hole[i]):
            continue
        large = is_hole[i] and area[i] > _LARGE_HOLE_M2
        names = ", ".join(around[:4])
        out.append(
            Finding(
                "stations.gap", Severity.INFO if large else Severity.WARNING,
                f"{'An enclosed area' if large else 'A gap'} of {area[i]:,.1f} m2 between stations {names} belongs to none"
                f"{' (an enclave?)' if large else '; correct the outlines'}.",
                f"{names} 之间有 {area[i]:,.1f} 平方米不属于任何所。",
                where=around[0], value=float(area[i]), limit=OVERLAP_M2, unit="m2", at=_back(found[i], scale),
            )
        )  # fmt: skip
    return out


def _back(shape: Any, scale: NDArray[np.float64]) -> tuple[float, float]:
    """Longitude and latitude of a place inside a shape."""
    point = shape.representative_point()
    return float(point.x / scale[0]), float(point.y / scale[1])


def _listed(table: str, source: Source, raw: RawLayer) -> Checked:
    return check_layer(table, raw, columns=source.columns, maps=source.maps, defaults=source.defaults)


def _grouped(source: Source, raw: RawLayer) -> Checked:
    """Stations made of areas: the groups file says which area belongs to which station; other areas are left out."""
    groups = read_source(source.options["groups"])
    area_column = str(source.options["area_column"])
    wanted = ["area", "station_code", "station_name"]
    missing = [c for c in wanted if c not in groups.frame.columns]
    problems = [
        f"{groups.file} has no column {c!r}; its columns are: {', '.join(groups.frame.columns)}" for c in missing
    ]
    if area_column not in raw.frame.columns:
        problems.append(f"{raw.file} has no column {area_column!r} ({source.key}.area_column)")
    if problems:
        raise SchemaError("; ".join(problems))
    areas = to_text(raw.frame[area_column])
    unknown = sorted(set(groups.frame["area"]) - set(areas))
    if unknown:
        near = [(u, difflib.get_close_matches(u, areas.tolist(), 1)) for u in unknown[:10]]
        text = ", ".join(f"{u!r}{f' (did you mean {n[0]!r}?)' if n else ''}" for u, n in near)
        raise SchemaError(f"{groups.file} names {len(unknown)} areas that {raw.file} does not have: {text}")
    twice = groups.frame.loc[groups.frame["area"].duplicated(), "area"].unique().tolist()
    if twice:
        raise SchemaError(f"{groups.file} gives an area to more than one station: {', '.join(twice[:10])}")
    by_area = groups.frame.set_index("area")
    frame = pd.DataFrame({"code": areas.map(by_area["station_code"]), "name": areas.map(by_area["station_name"])})
    english = by_area["station_name_en"] if "station_name_en" in by_area else by_area["station_name"]
    frame["name_en"] = areas.map(english)
    out = frame.notna().all(axis=1).to_numpy()
    frame["parent_code"] = areas.map(by_area["parent_code"]) if "parent_code" in by_area else ""
    notes: tuple[Finding, ...] = groups.findings
    if not out.all():
        left = areas[~out].tolist()
        notes += (
            Finding(
                "stations.area_left_out", Severity.INFO,
                f"{raw.file}: {len(left)} of {len(areas)} areas are in no station and are left out: "
                f"{', '.join(left[:15])}.", f"{raw.file}：{len(left)} 个区域不属于任何所。",
                where=raw.file, value=float(len(left)), unit="areas",
            ),
        )  # fmt: skip
    reason = np.full(len(frame), "", dtype=object)
    value = np.full(len(frame), "", dtype=object)
    rejected = raw.rejected.assign(file=raw.file)
    checked = Checked(frame.fillna("").astype(object), reason, value, raw.file, raw.rows, rejected, notes)
    checked.reject(~out, "area of no station", areas.to_numpy(dtype=object))
    return checked


def _dissolved(frame: pd.DataFrame) -> pd.DataFrame:
    """One row per code, sorted; polygons of a code united."""
    groups = frame.groupby("code", sort=True)
    first = groups[["name", "name_en", "parent_code"]].first().reset_index()
    first["geometry"] = [_filled(united(np.asarray(g["geometry"], dtype=object))) for _, g in groups]
    return first


def _filled(shape: Any) -> Any:
    """Without the specks that a union of outlines drawn apart leaves inside (up to :data:`OVERLAP_M2`)."""
    parts = shapely.get_parts(shape)
    rings = [r for p in parts for r in p.interiors]
    if not rings:
        return shape
    small = area_m2(shapely.polygons(rings)) <= OVERLAP_M2
    if not small.any():
        return shape
    specks = {r.wkb for r, s in zip(rings, small, strict=True) if s}
    return shapely.multipolygons(
        [shapely.Polygon(p.exterior, [r for r in p.interiors if r.wkb not in specks]) for p in parts]
    )


def _multi(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    out = np.empty(len(shapes), dtype=object)
    out[:] = [s if s.geom_type == "MultiPolygon" else shapely.MultiPolygon([s]) for s in shapes]
    return out
