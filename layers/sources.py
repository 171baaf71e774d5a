"""Files named on a command line, ``F[:LAYER]``, without a manifest: outline, lines, entities, any vector layer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridding.findings import Finding, Severity
from layers.crs import STORAGE_EPSG
from layers.errors import SchemaError, SourceError
from layers.geometry import in_storage, lines, points, polygons, united
from layers.lines import KINDS, NO_BORDER, line_kinds
from layers.places import coordinate_columns, places
from layers.raw import RawLayer, read_source, split_spec
from layers.values import to_codes, to_numbers, to_text

CLASS_COLUMNS = ("credit_class", "class", "信用分类", "信用等级", "信用类别")
INDUSTRY_COLUMNS = ("industry", "行业", "行业门类")


def read_vector(spec: str, *, datum: str) -> gpd.GeoDataFrame:
    """Any map layer, all columns, in EPSG:4490.

    Args:
        spec: ``city.gpkg:streets``; the layer may be left out where the file has one.
        datum: of longitudes and latitudes; a projected CRS of the file's own counts more.

    Raises:
        SourceError: a file that is missing, empty, damaged or without that layer (names the layers there are).
        DatumError: an unknown datum, or coordinates that are no longitudes and latitudes.
    """
    raw = _read(spec)
    return gpd.GeoDataFrame(raw.frame, geometry=in_storage(raw, datum), crs=STORAGE_EPSG)


def read_outline(spec: str, *, datum: str) -> tuple[Any, tuple[Finding, ...]]:
    """The territory: all polygons of the layer united to one Polygon or MultiPolygon in EPSG:4490; findings.

    Raises:
        SourceError: no polygon in the layer; a ring that is not closed or crosses itself, with its place.
    """
    raw = _read(spec)
    shapes, there, findings = polygons(raw, datum)
    if not there.any():
        raise SourceError(
            f"{raw.file}: no polygon among {len(shapes)} features; the outline must be polygons, not lines"
        )
    return united(shapes[there]), (*raw.findings, *findings)


def read_lines(
    specs: str | Iterable[str], *, datum: str, kinds: Mapping[str, str] | None = None
) -> tuple[gpd.GeoDataFrame, tuple[Finding, ...]]:
    """Boundary lines of one or more layers, in EPSG:4490.

    Returns:
        A frame [kind, name, geometry LineString] in the order of the files, kind one of ``layers.lines.KINDS``; and
        findings that count what was left out because it is no border, and say so when nothing is left.

    Raises:
        SourceError: a file that cannot be read. DatumError.
    """
    frames: list[gpd.GeoDataFrame] = []
    findings: list[Finding] = []
    names: list[str] = []
    for spec in [specs] if isinstance(specs, str) else specs:
        raw = _read(spec)
        frame, notes = lines_of(raw, datum, kinds=kinds)
        frames.append(frame)
        names.append(raw.file)
        findings.extend((*raw.findings, *notes))
    if not frames:
        raise SourceError("no file of boundary lines was named; name at least one")
    whole = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=STORAGE_EPSG)
    if not len(whole):
        findings.append(Finding("lines.none", Severity.WARNING, no_lines(names), "没有可作为边界的线。"))
    return whole, tuple(findings)


def no_lines(files: list[str]) -> str:
    """What is said when not one line is left."""
    return f"{', '.join(files)}: no line that can be a border (streets, rivers, railways); is it the right layer?"


def lines_of(
    raw: RawLayer,
    datum: str,
    *,
    kind: str | None = None,
    kind_column: str | None = None,
    name_column: str | None = None,
    kinds: Mapping[str, str] | None = None,
) -> tuple[gpd.GeoDataFrame, tuple[Finding, ...]]:
    """The boundary lines of one raw layer as [kind, name, geometry LineString] in EPSG:4490, and findings.

    Raises:
        SchemaError: ``kind_column`` or ``name_column`` is not there (all at once).
    """
    columns = list(map(str, raw.frame.columns))
    missing = [c for c in (kind_column, name_column) if c is not None and c not in columns]
    if missing:
        raise SchemaError(
            f"{raw.file}: no column {', '.join(missing)}; its columns are: {', '.join(columns) or 'none'}"
        )
    of_row, notes = line_kinds(raw.frame, kind=kind, kind_column=kind_column, kinds=kinds, where=raw.file)
    shapes, index, more = lines(raw, datum)
    name = name_column or next((c for c in columns if c.lower() in {"name", "名称", "道路名称"}), None)
    names = to_text(raw.frame[name]).to_numpy(dtype=object) if name else np.full(len(raw.frame), "", dtype=object)
    keep = of_row[index] != NO_BORDER
    frame = gpd.GeoDataFrame(
        {"kind": of_row[index][keep], "name": names[index][keep]}, geometry=shapes[keep], crs=STORAGE_EPSG
    )
    return frame.astype({"kind": object, "name": object}), (*notes, *more)


def read_entities(
    spec: str, *, datum: str, lon: str | None = None, lat: str | None = None, workload: str | None = None
) -> tuple[gpd.GeoDataFrame, tuple[Finding, ...]]:
    """Entities of one file, every row and column of it, with points in EPSG:4490.

    Args:
        spec: a map layer with points, or CSV or XLSX with coordinates.
        datum: of longitudes and latitudes.
        lon, lat: coordinate columns of a table; without them the usual names (lon, longitude, 经度, ...) are tried.
        workload: a column of numbers (hours a year), which comes back as float.

    Returns:
        All rows in the file's order and all its columns as they are (text from tables), geometry None where the
        coordinates are missing or cannot be used; findings count those and name the first rows.

    Raises:
        SourceError, DatumError; SchemaError: a column that was asked for is not there.
    """
    raw = _read(spec)
    columns = list(map(str, raw.frame.columns))
    if workload is not None and workload not in columns:
        raise SchemaError(f"{raw.file}: no column {workload!r} (workload); its columns are: {', '.join(columns)}")
    if not len(raw.frame):
        raise SourceError(f"{raw.file}: no rows; expected one row per entity")
    findings = [*raw.findings]
    pair = coordinate_columns(columns, lon, lat, raw.file) if raw.geometry is None or lon or lat else None
    if pair is not None:
        found = places(raw.frame[pair[0]], raw.frame[pair[1]], datum)
        shapes = found.points
        reasons = found.reason.copy()
        reasons[(reasons == "") & shapely.is_missing(shapes)] = "no coordinates"
        reasons[found.zero] = "coordinates 0, 0"
        values = found.value
    elif raw.geometry is not None:
        shapes, reasons, notes = points(raw, datum)
        findings.extend(notes)
        values = np.full(len(shapes), "", dtype=object)
    else:
        raise SchemaError(
            f"{raw.file}: no coordinates: name the columns of longitude and latitude (--lon, --lat); its columns are: "
            f"{', '.join(columns)}"
        )
    frame = raw.frame.copy()
    if workload is not None:
        frame[workload], bad = to_numbers(frame[workload])
        bad |= (frame[workload] < 0).to_numpy()
        frame.loc[bad, workload] = np.nan
        findings.extend(
            _counted("entities.workload", bad, raw, f"{workload} that is no number of hours, taken as none")
        )
    for reason in sorted(set(reasons) - {""}):
        findings.extend(_counted("entities.no_place", reasons == reason, raw, reason, values))
    findings.extend(
        _counted("entities.not_read", np.ones(len(raw.rejected), bool), raw, "cells that do not fit the header", None)
        if len(raw.rejected)
        else ()
    )
    if "geometry" in frame.columns:
        frame = frame.rename(columns={"geometry": "geometry_text"})
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=STORAGE_EPSG), tuple(findings)


def credit_classes(
    frame: pd.DataFrame, *, default: str = "B"
) -> tuple[NDArray[np.object_], NDArray[np.object_], tuple[Finding, ...]]:
    """Credit class (A to D, ``default`` where there is none) and industry ("" where there is none) of every row.

    The columns are found by name: ``credit_class`` or ``class``, ``industry``. Findings count unknown classes.
    """
    lower = {str(c).lower(): c for c in frame.columns}
    named = next((lower[n] for n in CLASS_COLUMNS if n in lower), None)
    industry = next((lower[n] for n in INDUSTRY_COLUMNS if n in lower), None)
    industries = to_text(frame[industry]) if industry is not None else pd.Series("", index=frame.index, dtype=object)
    if named is None:
        return np.full(len(frame), default, dtype=object), industries.to_numpy(dtype=object), ()
    classes = to_codes(frame[named]).str.replace(r"[级类]$", "", regex=True)
    odd = ~classes.isin(("A", "B", "C", "D", ""))
    notes: tuple[Finding, ...] = ()
    if odd.any():
        seen = classes[odd].value_counts().head(5).to_dict()
        notes = (
            Finding(
                "entities.unknown_class",
                Severity.WARNING,
                f"{int(odd.sum())} entities have a class other than A, B, C, D ({', '.join(map(str, seen))}) and "
                f"count as {default}.",
                f"{int(odd.sum())} 个主体的信用分类无法识别，按 {default} 类处理。",
                value=float(odd.sum()),
                unit="entities",
                details={"values": seen},
            ),
        )
    out = classes.where(classes.isin(("A", "B", "C", "D")), default)
    return out.to_numpy(dtype=object), industries.to_numpy(dtype=object), notes


def _read(spec: str) -> RawLayer:
    path, layer = split_spec(spec)
    return read_source(path, layer)


def _counted(
    rule: str, mask: NDArray[np.bool_], raw: RawLayer, what: str, values: NDArray[np.object_] | None = None
) -> tuple[Finding, ...]:
    if not mask.any():
        return ()
    rows = (raw.rows if len(mask) == len(raw.rows) else raw.rejected["row"].to_numpy())[mask][:5]
    sample = f", such as {values[mask][0]!r}" if values is not None and values[mask][0].strip(", ") else ""
    return (
        Finding(
            rule,
            Severity.WARNING,
            f"{raw.file}: {int(mask.sum())} of {len(raw.rows)} rows: {what}{sample} (row {', '.join(map(str, rows))}"
            f"{', ...' if mask.sum() > len(rows) else ''}).",
            where=raw.file,
            value=float(mask.sum()),
            unit="rows",
            details={"rows": (raw.rows[mask] if len(mask) == len(raw.rows) else rows)[:1000].tolist()},
        ),
    )


__all__ = ["KINDS", "credit_classes", "lines_of", "read_entities", "read_lines", "read_outline", "read_vector"]
