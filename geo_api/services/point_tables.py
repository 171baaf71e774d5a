"""Tables of places in and out: CSV, XLSX, GeoPackage, Parquet, by the ending of their name; every row, every column."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo_api.spreadsheet import safe_field
from gridding.types import FloatArray
from layers.errors import SourceError
from layers.raw import TABLE_KINDS, read_source, split_spec
from layers.whole_file import write_whole

WRITTEN = (".csv", ".xlsx", ".gpkg", ".parquet")
SHEET_ROWS = 1_048_575
"""Rows below the header that a sheet can hold."""


@dataclass(frozen=True, slots=True)
class PlaceTable:
    """A table as read.

    Attributes:
        name: for messages.
        frame: all columns; rows that could not be taken apart into them hold nothing.
        torn: (n,) "" or why a row could not be taken apart, and what it held.
        points: (n,) shapely geometry of the file's own, None where it has none.
        crs: of those, as text.
    """

    name: str
    frame: pd.DataFrame
    torn: NDArray[np.object_]
    points: NDArray[np.object_] | None = None
    crs: str | None = None

    def xy(self) -> tuple[FloatArray, FloatArray]:
        """Coordinates of the points; nan where a feature has none, or is no point."""
        return shapely.get_x(self.points), shapely.get_y(self.points)


def read_places(spec: str | Path) -> PlaceTable:
    """The table ``FILE[:LAYER]``; a row that does not fit the header is kept in its place, empty, with the reason.

    Raises:
        SourceError: missing, empty, damaged, of another kind.
    """
    path, layer = split_spec(spec)
    if path.suffix.lower() == ".parquet":
        return _read_parquet(path)
    if path.suffix.lower() not in (*TABLE_KINDS, ".gpkg", ".geojson", ".json", ".shp"):
        raise SourceError(f"{path}: expected a table: CSV, XLSX, Parquet, GeoPackage, GeoJSON or Shapefile")
    raw = read_source(path, layer)
    frame, torn = raw.frame, np.full(len(raw.frame), "", dtype=object)
    if len(raw.rejected):
        frame, torn = _with_torn(frame, raw.rows, raw.rejected)
    return PlaceTable(raw.file, frame, torn, raw.geometry, raw.crs)


def _with_torn(
    frame: pd.DataFrame, rows: NDArray[np.int64], rejected: pd.DataFrame
) -> tuple[pd.DataFrame, NDArray[np.object_]]:
    """The rows that were rejected, back in their places."""
    empty = pd.DataFrame("", index=range(len(rejected)), columns=frame.columns, dtype=object)
    torn = np.concatenate([np.full(len(frame), "", object), (rejected.reason + ": " + rejected.value).to_numpy(object)])
    order = np.argsort(np.concatenate([rows, rejected.row.to_numpy(np.int64)]), kind="stable")
    return pd.concat([frame, empty], ignore_index=True).iloc[order].reset_index(drop=True), torn[order]


def _read_parquet(path: Path) -> PlaceTable:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not path.is_file():
        raise SourceError(f"{path}: no such file")
    try:
        table = pq.read_table(path)
        if b"geo" in (table.schema.metadata or {}):
            features = gpd.read_parquet(path)
            frame = pd.DataFrame(features.drop(columns=features.geometry.name)).reset_index(drop=True)
            crs = None if features.crs is None else features.crs.to_string()
            return PlaceTable(path.name, frame, _whole(frame), features.geometry.to_numpy(), crs)
        frame = table.to_pandas(types_mapper=pd.ArrowDtype, ignore_metadata=True)
    except (pa.ArrowException, OSError, ValueError) as problem:
        raise SourceError(
            f"{path}: cannot be read as Parquet ({str(problem).splitlines()[0]}); copy it again"
        ) from problem
    return PlaceTable(path.name, frame, _whole(frame))


def _whole(frame: pd.DataFrame) -> NDArray[np.object_]:
    return np.full(len(frame), "", dtype=object)


def check_places_target(path: Path, rows: int) -> None:
    """SourceError where a table of so many rows cannot be written under that name."""
    if path.suffix.lower() not in WRITTEN:
        raise SourceError(f"{path}: the name must end in {', '.join(WRITTEN)}")
    if path.suffix.lower() == ".xlsx" and rows > SHEET_ROWS:
        raise SourceError(f"{path}: a sheet holds {SHEET_ROWS:,} rows, the table has {rows:,}: write .csv or .parquet")


def write_places(path: Path, frame: pd.DataFrame, points: NDArray[np.object_] | None, crs: str | None) -> None:
    """Write the table whole or not at all; with its points where the format has a place for them."""
    kind = path.suffix.lower()
    if kind == ".csv":
        write_whole(path, frame.to_csv(index=False, lineterminator="\n").encode("utf-8"))
        return
    with tempfile.TemporaryDirectory(prefix="gridward-") as folder:
        draft = Path(folder, f"table{kind}")
        if kind == ".xlsx":
            _write_xlsx(draft, frame)
        elif kind == ".gpkg" or points is not None:
            shapes = np.full(len(frame), None, object) if points is None else points
            features = gpd.GeoDataFrame(_plain(frame) if kind == ".gpkg" else frame, geometry=shapes, crs=crs)
            if kind == ".gpkg":
                features.to_file(draft, layer="places", driver="GPKG", engine="pyogrio", geometry_type="Point")
            else:
                features.to_parquet(draft, index=False)
        else:
            frame.to_parquet(draft, index=False)
        write_whole(path, draft.read_bytes())


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Columns that GDAL knows; one that would be the feature's number gets another name."""
    renamed = frame.rename(columns={c: f"{c}_" for c in frame.columns if str(c).lower() in ("fid", "geom", "geometry")})
    return pd.DataFrame(
        {c: v.astype(object).where(v.notna(), None) if isinstance(v.dtype, pd.ArrowDtype) else v
         for c, v in renamed.items()}
    )  # fmt: skip


def _write_xlsx(path: Path, frame: pd.DataFrame) -> None:
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("places")
    sheet.append([safe_field(str(c)) for c in frame.columns])
    columns = [frame[c].astype(object).where(frame[c].notna(), None).tolist() for c in frame.columns]
    for row in zip(*columns, strict=True):
        sheet.append([_cell(v) for v in row])
    book.save(path)


def _cell(value: Any) -> Any:
    return safe_field(value) if isinstance(value, str) else value
