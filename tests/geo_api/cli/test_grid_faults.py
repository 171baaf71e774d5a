"""Faults of files, folders and columns that a user meets with ``gridward grid``: one clear line, nothing lost."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from geo_api.cli.main import exit_status
from layers import plan_file
from tests.towns import LAT, LON, Town, make_town


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return make_town(tmp_path_factory.mktemp("town"))


def refused(args: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that a refused command says."""
    capsys.readouterr()
    assert exit_status(args) == 1
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("gridward:")]
    return line


def entities_as(town: Town, path: Path, **columns: object) -> str:
    pd.read_csv(town.entities, dtype=str).assign(**columns).to_csv(path, index=False)
    return str(path)


def test_columns_that_the_plan_file_keeps_for_itself_are_renamed(town: Town, tmp_path: Path) -> None:
    names = ["fid", "FID", "geom", "GEOMETRY", "cell_code", "Cell_Code", "source_cell_code", "NAME", "ogc_fid"]
    source = entities_as(town, tmp_path / "e.csv", **{name: f"00{i}" for i, name in enumerate(names)})
    plan, report = tmp_path / "plan.gpkg", tmp_path / "report.json"
    assert exit_status([*town.grid_args(plan, entities=source), "--report", str(report)]) == 0
    entities = gpd.read_file(plan, layer="entities")
    assert entities["cell_code"].isin(gpd.read_file(plan, layer="cells")["code"]).all()
    assert entities["name"][0] == "Shop 0"
    values = set(entities.iloc[0].drop("geometry").astype(str))
    assert {f"00{i}" for i in range(len(names))} <= values, "every column is there, under whatever name"
    (note,) = [f for f in json.loads(report.read_text())["findings"] if f["rule"] == "entities.columns_renamed"]
    assert note["details"]["columns"]["cell_code"] != "cell_code"


def test_more_columns_than_a_plan_file_holds(town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = entities_as(town, tmp_path / "e.csv", **{f"c{i}": "1" for i in range(2000)})
    assert "columns" in refused(town.grid_args(tmp_path / "plan.gpkg", entities=source), capsys)


@pytest.mark.parametrize(
    ("lon", "lat", "words"),
    [("lat", "lon", "swapped"), ("lon", "lon", "out of range"), ("name", "lat", "cannot be read")],
)
def test_no_usable_place_says_why(
    lon: str, lat: str, words: str, town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = refused(town.grid_args(tmp_path / "plan.gpkg", lon=lon, lat=lat), capsys)
    assert "no entity has a usable place" in line
    assert words in line


def test_lines_elsewhere_are_named_with_both_places(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    away = tmp_path / "away.gpkg"
    line = shapely.LineString([(LON + 1, LAT), (LON + 1.1, LAT)])
    gpd.GeoDataFrame({"kind": ["local"]}, geometry=[line], crs=4490).to_file(away, layer="l")
    said = refused(town.grid_args(tmp_path / "plan.gpkg", lines=str(away)), capsys)
    assert "away.gpkg: no boundary line lies inside the outline" in said
    assert "115.5" in said
    assert "114.5" in said


@pytest.mark.parametrize("name", ["plan", "plan.csv", "plan.txt"])
def test_a_plan_is_a_geopackage(name: str, town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ".gpkg" in refused(town.grid_args(tmp_path / name), capsys)
    assert not list(tmp_path.iterdir())


def test_input_is_never_overwritten(town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = town.lines.read_bytes()
    assert "is one of the files that are read" in refused(town.grid_args(town.lines), capsys)
    assert town.lines.read_bytes() == before


def test_the_report_has_a_place_before_the_work_begins(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    args = [*town.grid_args(tmp_path / "plan.gpkg"), "--report", str(tmp_path / "missing" / "report.json")]
    assert "no such folder" in refused(args, capsys)
    assert not (tmp_path / "plan.gpkg").exists()


def test_output_that_is_a_folder(town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "plan.gpkg").mkdir()
    assert "is a folder" in refused(town.grid_args(tmp_path / "plan.gpkg"), capsys)


@pytest.mark.parametrize(
    "fault",
    [pyogrio.errors.FeatureError("sqlite3_exec failed: disk full"), OSError(errno.ENOSPC, "No space left on device")],
)
def test_a_full_disk_leaves_the_old_plan(
    fault: Exception, town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = tmp_path / "plan.gpkg"
    plan.write_bytes(b"the plan before")

    def full(*args: object, **kwargs: object) -> None:
        raise fault

    monkeypatch.setattr(plan_file.pyogrio, "write_dataframe", full)
    assert "cannot be written" in refused(town.grid_args(plan), capsys)
    assert plan.read_bytes() == b"the plan before"
    assert [p.name for p in tmp_path.iterdir()] == ["plan.gpkg"]


def nan_in_the_middle(xy: np.ndarray) -> np.ndarray:
    out = np.zeros_like(xy)
    out[1, 0] = np.nan
    return out


def test_coordinates_that_are_no_numbers_make_no_noise(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.gpkg"
    lines = gpd.read_file(town.lines)
    torn = shapely.transform(lines.geometry[0], lambda xy: xy + nan_in_the_middle(xy))
    pd.concat([lines, lines.iloc[:1].set_geometry([torn], crs=4490)]).to_file(bad, layer="lines")
    assert exit_status(town.grid_args(tmp_path / "plan.gpkg", lines=str(bad))) == 0
    assert "RuntimeWarning" not in capsys.readouterr().err


def test_an_outline_of_half_a_continent_is_named(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wide = tmp_path / "china.gpkg"
    gpd.GeoDataFrame(geometry=[shapely.box(LON - 20, LAT - 1, LON + 10, LAT + 1)], crs=4490).to_file(wide, layer="o")
    said = refused(town.grid_args(tmp_path / "plan.gpkg", outline=str(wide)), capsys)
    assert "china.gpkg" in said
    assert "30.0 degrees wide" in said


def test_entities_without_a_place_are_told_once(town: Town, tmp_path: Path) -> None:
    lon = pd.read_csv(town.entities, dtype=str)["lon"].where(np.arange(800) > 4, "")
    source = entities_as(town, tmp_path / "e.csv", lon=lon)
    plan, report = tmp_path / "plan.gpkg", tmp_path / "report.json"
    assert exit_status([*town.grid_args(plan, entities=source), "--report", str(report)]) == 0
    rules = [f["rule"] for f in json.loads(report.read_text())["findings"]]
    assert rules.count("entities.no_place") == 1
    assert "entity.unlocated" not in rules


def test_one_cell_is_no_cells(town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = tmp_path / "plan.gpkg"
    assert exit_status(town.grid_args(plan, cells=1)) == 0
    assert "plan.gpkg: 1 cell from " in capsys.readouterr().out
    again = [*town.grid_args(tmp_path / "again.gpkg", cells=1), "--keep", str(plan), "--lock", "001"]
    assert exit_status(again) == 0
    assert "no cell is balanced" in capsys.readouterr().out
