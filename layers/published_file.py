"""Files of what is published: GeoPackage and GeoParquet that every GIS reads, the same bytes for the same content."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyogrio
import shapely

from layers.crs import STORAGE_EPSG
from layers.errors import SourceError
from layers.plan_file import fixed_date, settle

DAYS = ("valid_from", "valid_to", "since", "until")
_WRITING = threading.Lock()  # the fixed date is a setting of the whole process


def write_geopackage(path: Path, layers: Mapping[str, pd.DataFrame]) -> None:
    """Write a new GeoPackage in EPSG:4490.

    Args:
        path: a file that is not there yet.
        layers: name -> frame; one with a column ``geometry`` (shapely polygons) becomes a layer of multipolygons, any
            other a plain table. Columns named in :data:`DAYS` hold days (None = none).
    """
    with _WRITING, fixed_date(), _said_plainly(path):
        for name, frame in layers.items():
            columns = [c for c in frame.columns if c != "geometry"]
            shapes = shapely.to_wkb(frame["geometry"].to_numpy()) if "geometry" in frame else None
            data = [_plain(frame[c], day=c in DAYS) for c in columns]
            pyogrio.raw.write(
                path,
                geometry=shapes,
                field_data=[values for values, _ in data],
                fields=columns,
                field_mask=[mask for _, mask in data],
                layer=name,
                driver="GPKG",
                geometry_type="MultiPolygon" if shapes is not None else None,
                crs=f"EPSG:{STORAGE_EPSG}" if shapes is not None else None,
                append=path.exists(),
                promote_to_multi=shapes is not None,
                layer_options={"SPATIAL_INDEX": "YES"} if shapes is not None else {},
            )
        settle(path)


def write_geoparquet(path: Path, table: Any, shapes: np.ndarray, about: Mapping[str, str]) -> None:
    """Write a GeoParquet 1.1 file in EPSG:4490.

    Args:
        path: the file.
        table: a pyarrow table of the attributes.
        shapes: (rows,) shapely polygons, None where a row has no geometry: the column ``geometry`` (WKB).
        about: kept as metadata of the file.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq
    from pyproj import CRS

    there = shapes[~shapely.is_missing(shapes)]
    kinds = sorted(set(shapely.get_type_id(there).tolist()))
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": [{3: "Polygon", 6: "MultiPolygon"}[kind] for kind in kinds],
        "crs": CRS.from_epsg(STORAGE_EPSG).to_json_dict(),
        "edges": "planar",
    }
    if len(there):
        column["bbox"] = shapely.total_bounds(there).tolist()
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    wkb = pa.array(shapely.to_wkb(shapes, flavor="iso", byte_order=1), type=pa.binary())
    table = table.append_column(pa.field("geometry", pa.binary(), nullable=True), wkb)
    metadata = {**about, "geo": json.dumps(geo, ensure_ascii=False)}
    pq.write_table(table.replace_schema_metadata(metadata), path, compression="zstd")


@contextlib.contextmanager
def _said_plainly(path: Path) -> Iterator[None]:
    """What GDAL and SQLite say of a disk that is full, as our error."""
    try:
        yield
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, sqlite3.Error) as problem:
        raise SourceError(f"{path}: cannot be written; is the disk full? {str(problem)[:120]}") from problem


def _plain(column: pd.Series, *, day: bool) -> tuple[np.ndarray, np.ndarray | None]:
    """Values as GDAL takes them, and which of them are missing."""
    if day:
        return column.to_numpy(dtype="datetime64[D]"), None
    if column.dtype.kind in "ifbM":
        return column.to_numpy(), None
    values = column.to_numpy(dtype=object)
    missing = np.array([v is None for v in values], dtype=bool)
    return np.where(missing, "", values).astype(object), missing if missing.any() else None
