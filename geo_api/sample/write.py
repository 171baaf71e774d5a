"""Writing the county: the same bytes for the same county, whenever and wherever it is written."""

from __future__ import annotations

import io
import re
import sqlite3
import zipfile
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd

from geo_api.errors import BadRequest
from geo_api.sample.address_set import address_set
from geo_api.sample.afterwards.write import afterwards_tables
from geo_api.sample.county import County
from geo_api.sample.layers import map_layers
from geo_api.sample.manifest import REGISTERS, manifest_text
from geo_api.sample.tables import register_of, truth

_STAMP = "2026-11-01T00:00:00Z"
_QUARTERS = 4


def write_county(county: County, folder: Path) -> list[Path]:
    """Write manifest and files into a folder (made if missing; files of the same name are replaced).

    Returns:
        The files written, the manifest first.

    Raises:
        BadRequest: the folder cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _write(county, folder)
    except OSError as problem:
        raise BadRequest(f"{folder}: cannot be written to ({problem}); choose another folder with -o") from problem


def _write(county: County, folder: Path) -> list[Path]:
    layers = map_layers(county)
    quarters = _by_quarter(county.inspections, county.on)
    files: dict[str, bytes] = {
        "manifest.toml": manifest_text(county, list(quarters)).encode(),
        "markets.geojson": layers.pop("markets").to_json(ensure_ascii=False, drop_id=True).encode() + b"\n",
        REGISTERS[0]: csv_bytes(register_of(county, 0), "utf-8-sig", "%Y-%m-%d"),
        REGISTERS[1]: csv_bytes(register_of(county, 1), "gb18030", "%Y/%m/%d", "\r\n"),
        REGISTERS[2]: _xlsx(register_of(county, 2), "经济户口"),
        "officers.csv": csv_bytes(county.officers),
        "assignments.csv": csv_bytes(county.assignments),
        **{name: csv_bytes(part) for name, part in quarters.items()},
        **{name: csv_bytes(table) for name, table in afterwards_tables(county.afterwards).items()},
        "truth.csv": csv_bytes(truth(county)),
        "addresses_test.csv": csv_bytes(address_set(county)),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    write_geopackage(folder / "county.gpkg", layers)
    return [folder / name for name in (*files, "county.gpkg")]


def _by_quarter(visits: pd.DataFrame, on: date) -> dict[str, pd.DataFrame]:
    """File name -> visits of three months each, the last up to ``on``, after one with all that is more than a year old."""
    year = pd.Period(on, "M") - 12
    months = (visits["date"].dt.year - year.year) * 12 + visits["date"].dt.month - year.month
    part = (months // 3).clip(-1, _QUARTERS - 1)
    starts = [visits["date"].min().to_period("M"), *(year + 3 * q for q in range(_QUARTERS))]
    return {f"inspections_{start}.csv": visits[part == q - 1] for q, start in enumerate(starts)}


def csv_bytes(table: pd.DataFrame, encoding: str = "utf-8", dates: str = "%Y-%m-%d", line_end: str = "\n") -> bytes:
    """A table as CSV."""
    text: str = table.to_csv(index=False, date_format=dates, lineterminator=line_end)
    return text.encode(encoding)


def _xlsx(table: pd.DataFrame, sheet: str) -> bytes:
    """A workbook without the time of its making."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    page = book.create_sheet(sheet)
    page.append(list(table.columns))
    plain = table.astype(object).where(table.notna(), None)
    for row in plain.itertuples(index=False, name=None):  # openpyxl knows rows only
        page.append([None if v == "" else v.to_pydatetime().date() if isinstance(v, pd.Timestamp) else v for v in row])
    draft = io.BytesIO()
    book.save(draft)
    out = io.BytesIO()
    with zipfile.ZipFile(draft) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename == "docProps/core.xml":
                content = re.sub(rb">\d{4}-\d\d-\d\dT[\d:]+Z<", f">{_STAMP}<".encode(), content)
            fixed = zipfile.ZipInfo(entry.filename, (2026, 11, 1, 0, 0, 0))
            fixed.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(fixed, content)
    return out.getvalue()


def write_geopackage(path: Path, layers: dict[str, gpd.GeoDataFrame]) -> None:
    """A GeoPackage without the time of its making."""
    import pyogrio

    path.unlink(missing_ok=True)
    for name, frame in layers.items():
        pyogrio.write_dataframe(
            frame, path, layer=name, driver="GPKG", append=path.exists(), layer_options={"SPATIAL_INDEX": "NO"}
        )
    base = sqlite3.connect(path)
    try:
        base.execute("UPDATE gpkg_contents SET last_change = ?", (_STAMP.replace("Z", ".000Z"),))
        base.commit()
        base.execute("VACUUM")
    finally:
        base.close()
    with path.open("r+b") as file:  # SQLite counts its transactions, and how many a write takes is not certain
        for place in (24, 92):
            file.seek(place)
            file.write((1).to_bytes(4, "big"))
