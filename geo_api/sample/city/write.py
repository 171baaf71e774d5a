"""Writing the city: the same bytes for the same seed and scale."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geo_api.errors import BadRequest
from geo_api.sample.afterwards.write import afterwards_tables
from geo_api.sample.city.layers import city_layers
from geo_api.sample.city.make import City
from geo_api.sample.city.manifest import city_manifest
from geo_api.sample.city.scale import CityScale
from geo_api.sample.city.visits import KINDS, PURPOSES, RESULTS
from geo_api.sample.trades import TRADES
from geo_api.sample.write import csv_bytes, write_geopackage

_REGISTER = (
    "source_id", "credit_code", "registration_no", "name", "address", "industry", "credit_class", "licensed", "opened",
    "closed", "licence_until", "lon", "lat",
)  # fmt: skip


def write_city(city: City, folder: Path) -> list[Path]:
    """Write manifest and files into a folder (made if missing; files of the same name are replaced).

    Returns:
        The files written, the manifest first.

    Raises:
        BadRequest: the folder cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _write(city, folder)
    except OSError as problem:
        raise BadRequest(f"{folder}: cannot be written to ({problem}); choose another folder with -o") from problem


def mark_of(seed: int, scale: CityScale) -> str:
    """The line that a manifest of just this city begins with."""
    return f"# city {seed} {scale!r}"


def written_before(folder: Path, mark: str) -> bool:
    """Whether a folder holds this city, whole: the manifest is written last."""
    path = folder / "manifest.toml"
    return path.is_file() and mark in path.read_text(encoding="utf-8").splitlines()


def _write(city: City, folder: Path) -> list[Path]:
    (folder / "manifest.toml").unlink(missing_ok=True)
    parts = _by_half_year(city)
    small = {
        "officers.csv": csv_bytes(city.officers.drop(columns="station")),
        "assignments.csv": csv_bytes(city.assignments),
        **{name: csv_bytes(table) for name, table in afterwards_tables(city.afterwards).items()},
    }
    for name, content in small.items():
        (folder / name).write_bytes(content)
    _fast_csv(_register(city), folder / "register.csv")
    for name, rows in parts.items():
        _fast_csv(_visits(city, rows), folder / name)
    write_geopackage(folder / "city.gpkg", city_layers(city))
    manifest = f"{mark_of(city.seed, city.scale)}\n{city_manifest(city, list(parts))}"
    (folder / "manifest.toml").write_bytes(manifest.encode())
    return [folder / name for name in ("manifest.toml", *small, "register.csv", *parts, "city.gpkg")]


def _by_half_year(city: City) -> dict[str, slice]:
    """File name -> rows of the visits that it holds; they are in the order of their days."""
    month = city.visits["day"].to_numpy().astype("datetime64[M]").astype(np.int64)
    half = (month - 10) // 6  # from November to April, and from May to October
    starts = np.flatnonzero(np.diff(half, prepend=half[0] - 1))
    ends = [*starts[1:], len(half)]
    names = [str(np.datetime64(int(half[s]) * 6 + 10, "M")) for s in starts]
    return {f"inspections_{n}.csv": slice(int(s), int(e)) for n, s, e in zip(names, starts, ends, strict=True)}


def _register(city: City) -> dict[str, Any]:
    e = city.entities
    industry = np.array([t.name for t in TRADES], dtype=object)[e["trade"]]
    table = e.assign(industry=industry, licensed=np.where(e["licensed"], "是", "否"))
    table["lon"], table["lat"] = table["lon"].round(6), table["lat"].round(6)
    return {name: _column(table[name]) for name in _REGISTER}


def _visits(city: City, rows: slice) -> dict[str, Any]:
    v = city.visits.iloc[rows]
    officer = city.officers["officer_id"].to_numpy(dtype=object)
    first, second = officer[v["officer"]], officer[v["partner"]]
    number = np.arange(rows.start, rows.stop) + 1
    earlier, notice = v["revisit_of"].to_numpy(), v["rectify_by"].notna().to_numpy()
    return {
        "visit_id": _numbered("V", number, np.ones(len(v), dtype=bool)),
        "entity": city.entities["source_id"].to_numpy(dtype=object)[v["row"]],
        "date": _column(v["day"]),
        "kind": np.array(KINDS, dtype=object)[v["kind"]],
        "officer_id": first,
        "officers": first + ";" + second,
        "purpose": np.array(PURPOSES, dtype=object)[v["purpose"]],
        "result": RESULTS[v["result"]],
        "notice_no": _numbered("责改", number, notice),
        "rectify_by": _column(v["rectify_by"]),
        "revisit_of": _numbered("V", earlier + 1, earlier >= 0),
        "minutes": v["minutes"].to_numpy(),
    }


def _numbered(prefix: str, number: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    out = np.full(len(number), "", dtype=object)
    out[wanted] = np.char.add(prefix, np.char.zfill(number[wanted].astype(str), 7))
    return out


def _column(values: pd.Series) -> Any:
    """Days as datetime64[D], texts and numbers as they are."""
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return values.to_numpy().astype("datetime64[D]")
    return values.to_numpy()


def _fast_csv(columns: dict[str, Any], path: Path) -> None:
    """Millions of rows in seconds; nothing and NaN are empty cells."""
    import pyarrow as pa
    from pyarrow import csv

    table = pa.table({name: pa.array(values, from_pandas=True) for name, values in columns.items()})
    csv.write_csv(table, path, csv.WriteOptions(quoting_style="needed"))
