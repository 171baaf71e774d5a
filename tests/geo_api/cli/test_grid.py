"""``gridward grid`` and ``gridward locate`` as their user runs them, errors included."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo_api.cli.main import exit_status
from tests.towns import LAT, LON, STEP, Town, make_town


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return make_town(tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="module")
def plan(town: Town) -> Path:
    path = town.folder / "plan.gpkg"
    report = town.folder / "report.json"
    assert exit_status([*town.grid_args(path, station_code="990101001"), "--report", str(report)]) == 0
    return path


def test_plan_tiles_its_outline_and_keeps_every_entity(plan: Path, town: Town) -> None:
    cells, outline, blocks = (gpd.read_file(plan, layer=n) for n in ("cells", "outline", "blocks"))
    entities = gpd.read_file(plan, layer="entities")
    assert cells.crs.to_epsg() == 4490
    assert list(cells["code"]) == [f"990101001{i:03d}" for i in range(1, 7)]
    union = shapely.union_all(cells.geometry.to_numpy())
    assert shapely.symmetric_difference(union, outline.geometry[0]).area < 1e-18
    assert sum(cells.geometry.area) == pytest.approx(outline.geometry[0].area, rel=1e-12)
    assert set(blocks["cell_code"]) == set(cells["code"])
    assert len(entities) == 800
    assert list(entities["id"].head(2)) == ["00000", "00001"], "codes stay text"
    assert cells["entities"].sum() == entities["cell_code"].notna().sum() == 800
    assert cells["workload_hours_per_year"].sum() == pytest.approx(blocks["workload"].sum())


def test_outline_moves_by_less_than_a_centimetre(plan: Path, town: Town) -> None:
    given = gpd.read_file(town.outline).geometry[0]
    snapped = gpd.read_file(plan, layer="outline").geometry[0]
    assert shapely.hausdorff_distance(given, snapped) * 111_320 < 0.01


def test_report_has_the_agreed_keys(plan: Path, town: Town) -> None:
    report = json.loads((town.folder / "report.json").read_text())
    assert {
        "cells", "blocks", "tolerance", "max_abs_deviation", "mean_abs_deviation", "contiguous_cells",
        "border_length_m", "polsby_popper_mean", "tiling", "seconds", "seed", "findings",
    } <= set(report)  # fmt: skip
    assert report["tiling"] == {
        "edges_matched": True, "union_equals_outline": True, "gap_area_m2": 0.0, "overlap_area_m2": 0.0,
    }  # fmt: skip
    assert {"read", "topology", "partition", "write", "total"} <= set(report["seconds"])
    assert report["cells"] == report["contiguous_cells"] == 6
    assert report["max_abs_deviation"] <= report["tolerance"] == 0.03


def test_borders_name_neighbours_and_kind(plan: Path) -> None:
    borders, cells = gpd.read_file(plan, layer="borders"), gpd.read_file(plan, layer="cells")
    assert (borders["left_code"] < borders["right_code"]).all()
    assert set(borders["kind"]) <= {"local", "main", "river"}
    assert (borders["length_m"] > 0).all()
    assert set(borders["left_code"]) | set(borders["right_code"]) == set(cells["code"])


def test_same_input_and_seed_give_the_same_bytes(plan: Path, town: Town) -> None:
    again = town.folder / "again.gpkg"
    assert exit_status(town.grid_args(again, station_code="990101001")) == 0
    assert again.read_bytes() == plan.read_bytes()


def test_locate_agrees_with_shapely_on_borders_and_inside(plan: Path, tmp_path: Path) -> None:
    cells = gpd.read_file(plan, layer="cells")
    rng = np.random.default_rng(5)
    corners = shapely.get_coordinates(cells.geometry.to_numpy())
    random = np.column_stack([LON + rng.uniform(-1, 15, 3000) * STEP, LAT + rng.uniform(-1, 15, 3000) * STEP])
    points = np.concatenate([corners, (corners[:-1] + corners[1:]) / 2, random])
    source, out = tmp_path / "points.csv", tmp_path / "out.csv"
    pd.DataFrame(points, columns=["x", "y"]).to_csv(source, index=False, float_format="%.17g")
    args = ["locate", str(plan), str(source), "--lon", "x", "--lat", "y", "--datum", "wgs84", "-o", str(out)]
    assert exit_status(args) == 0
    answer = pd.read_csv(out, dtype={"cell_code": str, "beyond_code": str}, keep_default_na=False)
    covering = shapely.covers(cells.geometry.to_numpy()[:, None], shapely.points(points)[None, :])
    expected = np.where(covering.any(0), cells["code"].to_numpy()[covering.argmax(0)], "")
    assert (answer["cell_code"].to_numpy() == expected).all()
    assert len(answer) == len(points)
    shared = covering.sum(0) > 1
    assert (answer["border_distance_m"].astype(float)[shared] == 0).all()
    assert (answer["beyond_code"][shared] != "").all()


def test_locate_reports_unreadable_rows_and_loses_none(plan: Path, tmp_path: Path) -> None:
    source, out = tmp_path / "points.csv", tmp_path / "out.csv"
    source.write_text(f"id,lon,lat\n007,{LON + 5 * STEP},{LAT + 5 * STEP}\n008,,30.6\n009,east,30.6\n010,10,10\n")
    args = ["locate", str(plan), str(source), "--lon", "lon", "--lat", "lat", "--datum", "wgs84", "-o", str(out)]
    assert exit_status(args) == 0
    answer = pd.read_csv(out, dtype=str, keep_default_na=False)
    assert list(answer["id"]) == ["007", "008", "009", "010"]
    assert answer["cell_code"].ne("").tolist() == [True, False, False, False]
    assert answer["beyond_code"][3] != "", "a point outside names the nearest cell"


MISTAKES = {
    "no such outline": ({"outline": "/nowhere/outline.gpkg"}, ["outline.gpkg"]),
    "no such layer": ({"lines": "{folder}/lines.gpkg:streets"}, ["streets", "lines"]),
    "unknown datum": ({"datum": "mars2000"}, ["mars2000", "gcj02"]),
    "missing column": ({"lon": "laenge"}, ["laenge", "lon"]),
    "missing workload column": ({"workload": "hours"}, ["hours"]),
    "workload of text": ({"workload": "name"}, ["name"]),
    "more cells than blocks": ({"cells": "5000"}, ["5000", "block"]),
    "empty entities": ({"entities": "{folder}/empty.csv"}, ["empty.csv"]),
    "header only": ({"entities": "{folder}/header.csv"}, ["header.csv"]),
    "entities all outside": ({"entities": "{folder}/outside.csv"}, ["outside"]),
    "unclosed ring": ({"outline": "{folder}/unclosed.geojson"}, ["clos"]),
    "crossed ring": ({"outline": "{folder}/bowtie.geojson"}, ["cross"]),
    "not a map": ({"outline": "{folder}/noise.gpkg"}, ["noise.gpkg"]),
    "no output folder": ({}, ["missing"]),
}


def _bad_files(folder: Path) -> None:
    (folder / "empty.csv").write_text("")
    (folder / "header.csv").write_text("id,name,class,lon,lat\n")
    (folder / "outside.csv").write_text("id,name,class,lon,lat\n1,a,A,100.5,20.5\n2,b,B,100.6,20.6\n")
    (folder / "noise.gpkg").write_bytes(b"not a database" * 50)
    ring = [[LON, LAT], [LON + STEP, LAT], [LON + STEP, LAT + STEP], [LON, LAT + STEP]]
    bow = [[LON, LAT], [LON + STEP, LAT + STEP], [LON + STEP, LAT], [LON, LAT + STEP], [LON, LAT]]
    for name, coordinates in (("unclosed", ring), ("bowtie", bow)):
        feature = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [coordinates]}}
        (folder / f"{name}.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_give_one_clear_line(
    mistake: str, town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _bad_files(town.folder)
    options, words = MISTAKES[mistake]
    target = (tmp_path / "missing" if mistake == "no output folder" else tmp_path) / "plan.gpkg"
    chosen = {k: v.format(folder=town.folder) for k, v in options.items()}
    cells = int(chosen.pop("cells", "6"))
    assert exit_status(town.grid_args(target, cells=cells, **chosen)) == 1
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("gridward:")]
    assert len(errors) == 1
    assert "Traceback" not in errors[0]
    for word in words:
        assert word in errors[0], errors[0]
    assert not target.exists()
    assert not list(tmp_path.glob(".plan*")), "nothing half written is left"


def test_no_streets_gives_a_result_that_says_so(town: Town, tmp_path: Path) -> None:
    lines = tmp_path / "none.gpkg"
    gpd.GeoDataFrame({"kind": []}, geometry=[], crs=4490).to_file(lines, layer="lines")
    plan = tmp_path / "plan.gpkg"
    assert exit_status(town.grid_args(plan, cells=1, lines=str(lines))) == 0
    assert len(gpd.read_file(plan, layer="cells")) == 1
    assert exit_status(town.grid_args(plan, cells=2, lines=str(lines))) == 1


def test_impossible_tolerance_is_written_with_findings(town: Town, tmp_path: Path) -> None:
    plan, report = tmp_path / "plan.gpkg", tmp_path / "report.json"
    args = [*town.grid_args(plan, cells=40, tolerance="0.0001"), "--report", str(report)]
    assert exit_status(args) == 2
    assert len(gpd.read_file(plan, layer="cells")) == 40
    assert any(f["rule"] == "balance.tolerance" for f in json.loads(report.read_text())["findings"])
