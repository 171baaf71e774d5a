"""PLAN.gpkg: a plan as one file that every GIS reads, with the same bytes for the same plan."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pyogrio

from layers.errors import SourceError
from layers.whole_file import check_target

PLAN_LAYERS = ("outline", "cells", "blocks", "entities", "borders")
"""Layers of a plan file, in the order in which they are written."""

OPTIONAL_LAYERS = ("realignment",)
"""Layers that only some plans have: the entities that a redraw gave another cell."""

_FIXED_DATE = "2000-01-01T00:00:00.000Z"  # GeoPackage stamps every layer with the time of writing


def write_plan(path: Path, layers: dict[str, gpd.GeoDataFrame]) -> None:
    """Write the layers of a plan; an older file is replaced only once the new one is complete.

    Args:
        path: the file to write.
        layers: name -> frame in EPSG:4490, for every name of :data:`PLAN_LAYERS`, and any of :data:`OPTIONAL_LAYERS`.

    Raises:
        SourceError: the folder is missing or may not be written to.
    """
    with _replacing(path) as draft, fixed_date():
        for name in (*PLAN_LAYERS, *(n for n in OPTIONAL_LAYERS if n in layers)):
            pyogrio.write_dataframe(
                _writable(layers[name]),
                draft,
                layer=name,
                driver="GPKG",
                append=draft.exists(),
                promote_to_multi=name in ("outline", "cells", "borders"),
                layer_options={"SPATIAL_INDEX": "YES"},
            )
        settle(draft)


def read_plan(path: Path, *names: str) -> tuple[gpd.GeoDataFrame, ...]:
    """Read layers of a plan file.

    Raises:
        SourceError: no such file, or a file that is not a plan; says which layers it has.
    """
    if not path.is_file():
        raise SourceError(f"{path}: no such file; expected a plan written by 'gridward grid'")
    try:
        present = [str(row[0]) for row in pyogrio.list_layers(path)]
    except Exception as problem:
        raise SourceError(f"{path}: not a plan file (a GeoPackage written by 'gridward grid'): {problem}") from problem
    missing = [name for name in names if name not in present]
    if missing:
        raise SourceError(
            f"{path}: not a plan file: layer {', '.join(missing)} is missing; it has {', '.join(present) or 'none'}"
        )
    return tuple(pyogrio.read_dataframe(path, layer=name) for name in names)


def _writable(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Rename the columns that GeoPackage keeps for itself."""
    reserved = {c: f"source_{c}" for c in frame.columns if c.lower() in ("fid", "geom") and c != frame.geometry.name}
    return frame.rename(columns=reserved)


@contextlib.contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """Offer an unused name beside ``path`` and move it there in the end, or remove it on failure."""
    check_target(path, suffix=".gpkg")
    try:
        with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
            draft = Path(folder) / path.name
            yield draft
            draft.replace(path)
    except OSError as problem:
        raise SourceError(f"{path}: cannot be written: {problem.strerror or problem}") from problem
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, sqlite3.Error) as problem:
        free = shutil.disk_usage(path.parent).free
        raise SourceError(
            f"{path}: cannot be written; is the disk full ({free / 1e6:.1f} MB are free)? {str(problem)[:120]}"
        ) from problem


@contextlib.contextmanager
def fixed_date() -> Iterator[None]:
    """Layers written meanwhile bear a fixed date, not the time of writing."""
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _FIXED_DATE})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def settle(path: Path) -> None:
    """Rewrite the database page by page, so that its bytes depend on its content alone."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("VACUUM")
