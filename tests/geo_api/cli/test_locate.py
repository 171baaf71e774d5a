"""``gridward locate``: every kind of table in and out, no row and no column lost, mistakes explained."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo_api.cli.main import exit_status
from layers.errors import SourceError
from layers.plan_file import read_plan
from tests.geo_api.cli import test_grid
from tests.towns import LAT, LON, STEP

plan, town = test_grid.plan, test_grid.town
"""Fixtures."""

ROWS = [
    ("007", LON + 5 * STEP, LAT + 5 * STEP, "甲"),
    ("008", None, LAT, "=1+1"),
    ("009", 10.0, 10.0, ""),
    ("010", LON + 2 * STEP, LAT + 3 * STEP, 'x,"y"'),
]
ADDED = ["cell_code", "status", "border_distance_m", "beyond_code"]


def frame() -> pd.DataFrame:
    return pd.DataFrame(ROWS, columns=["id", "lon", "lat", "note"])


def features() -> gpd.GeoDataFrame:
    points = [None if np.isnan(x) else shapely.Point(x, y) for x, y in frame()[["lon", "lat"]].astype(float).to_numpy()]
    return gpd.GeoDataFrame(frame()[["id", "note"]], geometry=points, crs=4326)


def write(path: Path, kind: str) -> list[str]:
    """A table of that kind; gives the options that name its coordinates."""
    columns = ["--lon", "lon", "--lat", "lat", "--datum", "wgs84"]
    if kind == ".csv":
        frame().to_csv(path, index=False)
    elif kind == ".xlsx":
        frame().to_excel(path, index=False)
    elif kind == ".parquet":
        frame().to_parquet(path, index=False)
    elif kind == ".geo.parquet":
        features().to_parquet(path, index=False)
        return []
    else:
        features().to_file(path, layer="shops", driver="GPKG")
        return []
    return columns


READERS: dict[str, Callable[[Path], pd.DataFrame]] = {
    ".csv": lambda p: pd.read_csv(p, dtype={"id": str, "cell_code": str, "beyond_code": str}),
    ".xlsx": lambda p: pd.read_excel(p, dtype={"id": str, "cell_code": str, "beyond_code": str}),
    ".gpkg": gpd.read_file,
    ".parquet": pd.read_parquet,
}


@pytest.mark.parametrize("given", [".csv", ".xlsx", ".parquet", ".geo.parquet", ".gpkg"])
@pytest.mark.parametrize("wanted", list(READERS))
def test_every_kind_of_table_comes_back_as_every_other(plan: Path, tmp_path: Path, given: str, wanted: str) -> None:
    source, out = tmp_path / f"in{given}", tmp_path / f"out{wanted}"
    options = write(source, given)
    assert exit_status(["locate", str(plan), str(source), *options, "-o", str(out)]) == 0
    answer = READERS[wanted](out)
    assert list(answer["id"]) == [row[0] for row in ROWS]
    assert list(answer["status"]) == ["found", "invalid", "outside", "found"]
    codes = set(read_plan(plan, "cells")[0]["code"])
    found = answer["cell_code"].fillna("").tolist()
    assert [c in codes for c in found] == [True, False, False, True]
    assert answer["beyond_code"].fillna("")[2] in codes, "a point outside names the nearest cell"
    assert answer["border_distance_m"].isna().tolist() == [False, True, False, False]
    assert answer["note"].fillna("")[3] == 'x,"y"'
    if given == ".geo.parquet" and wanted in (".gpkg", ".parquet"):
        shapes = gpd.read_parquet(out) if wanted == ".parquet" else answer
        assert shapes.crs.to_epsg() == 4326
        assert shapes.geometry.isna().tolist() == [False, True, False, False]


def test_a_formula_in_a_table_stays_a_text_in_the_workbook(plan: Path, tmp_path: Path) -> None:
    import openpyxl

    source, out = tmp_path / "in.csv", tmp_path / "out.xlsx"
    options = write(source, ".csv")
    assert exit_status(["locate", str(plan), str(source), *options, "-o", str(out)]) == 0
    cells = [cell for row in openpyxl.load_workbook(out).active.iter_rows() for cell in row]
    assert not any(cell.data_type == "f" for cell in cells)


def test_rows_that_do_not_fit_the_header_stay_in_their_places(plan: Path, tmp_path: Path) -> None:
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    x, y = ROWS[0][1:3]
    source.write_text(f"id,lon,lat\n1,{x},{y}\n2,{x},{y},too,many\n3,{x},{y}\n", encoding="utf-8")
    named = ["--lon", "lon", "--lat", "lat", "--datum", "wgs84", "-o", str(out)]
    assert exit_status(["locate", str(plan), str(source), *named]) == 0
    answer = pd.read_csv(out, dtype=str, keep_default_na=False)
    assert answer["status"].tolist() == ["found", "invalid", "found"]
    assert "too" in answer["row_problem"][1]
    assert answer["row_problem"][0] == ""


def test_columns_of_the_same_name_are_kept(plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    frame().assign(status="open", cell_code="old").to_csv(source, index=False)
    named = ["--lon", "lon", "--lat", "lat", "--datum", "wgs84", "-o", str(out)]
    assert exit_status(["locate", str(plan), str(source), *named]) == 0
    answer = pd.read_csv(out, dtype=str)
    assert set(answer["status"]) == {"open"}
    assert answer["gridward_status"].tolist() == ["found", "invalid", "outside", "found"]
    assert "status as gridward_status" in capsys.readouterr().out


MISTAKES: dict[str, tuple[list[str], str]] = {
    "no datum": (["--lon", "lon", "--lat", "lat"], "--datum is missing"),
    "half a place": (["--lon", "lon"], "both"),
    "no points of its own": ([], "--lon and --lat"),
    "another ending": (["--lon", "lon", "--lat", "lat", "--datum", "wgs84", "-o", "out.pdf"], ".parquet"),
    "no such column": (["--lon", "x", "--lat", "lat", "--datum", "wgs84"], "the columns are id, lon, lat, note"),
    "plan and address": (["--address", "note"], "without a plan file"),
    "plan and day": (["--on", "2026-01-01"], "--on goes without a plan"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_explained(plan: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    options, said = MISTAKES[name]
    source = tmp_path / "in.csv"
    write(source, ".csv")
    target = [] if "-o" in options else ["-o", str(tmp_path / "out.csv")]
    options = [str(tmp_path / o) if o == "out.pdf" else o for o in options]
    assert exit_status(["locate", str(plan), str(source), *options, *target]) == 1
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error
    assert not list(tmp_path.glob("out*"))


def test_a_damaged_parquet_file_is_refused(tmp_path: Path) -> None:
    from geo_api.services.point_tables import read_places

    (tmp_path / "x.parquet").write_bytes(b"PAR1 nonsense")
    with pytest.raises(SourceError, match="cannot be read as Parquet"):
        read_places(tmp_path / "x.parquet")


@pytest.mark.db
def test_addresses_and_points_in_what_is_published(
    new_database: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from geo_api.db import open_store
    from geo_api.services.load import load
    from tests.geo_api import town as small
    from tests.geo_api.life import published

    url = new_database()
    with open_store(url) as store:
        load(small.make_town(), store.register, actor="test", today=small.LOADED)
        for station in (small.WEST, small.EAST):
            published(store, station, small.LOADED)
    monkeypatch.setenv("DATABASE_URL", url)
    source, out = tmp_path / "in.csv", tmp_path / "out.parquet"
    source.write_text("id,where\n1,人民路７號\n2,\n3,月亮街1号\n", encoding="utf-8")
    assert exit_status(["gazetteer", "build"]) == 0
    assert exit_status(["locate", str(source), "--address", "where", "-o", str(out)]) == 0
    answer = pd.read_parquet(out)
    assert answer["status"].tolist() == ["found", "invalid", "not_found"]
    assert answer["cell_code"][0].startswith(small.WEST[:6])
    source.write_text(
        f"x,y\n{small.LON + 0.003},{small.LAT + 0.003}\n{small.LON - 0.01},{small.LAT}\n", encoding="utf-8"
    )
    points = ["--lon", "x", "--lat", "y", "--datum", "wgs84", "-o", str(tmp_path / "points.csv")]
    assert exit_status(["locate", str(source), *points]) == 0
    located = pd.read_csv(tmp_path / "points.csv", dtype=str)
    assert located["status"].tolist() == ["found", "outside"]
    assert located["beyond_code"][1].startswith(small.WEST)
    assert exit_status(["locate", str(source), *points, "--on", "2020-01-01"]) == 1
    assert "no plan is published" in capsys.readouterr().err
