"""``gridward grid --stations`` and ``--outline network`` as their user runs them."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo_api.cli.main import exit_status
from geo_api.services import grid_stations as module
from gridding.findings import Finding, Severity
from gridding.tiling import check_tiling
from tests.towns import LAT, LON, STEP, Town, make_town


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """A town in three stations: two share the south, and one feature overlaps them by a metre."""
    made = make_town(tmp_path_factory.mktemp("bureau"))
    west, south, east, north = gpd.read_file(made.outline).total_bounds
    middle, half = (west + east) / 2, (south + north) / 2
    shapes = [
        shapely.box(west, half, east, north),
        shapely.box(west, south, middle, half + 1e-5),
        shapely.box(middle, south, east, half),
    ]
    frame = gpd.GeoDataFrame({"name": ["North", "West", "East"], "code": ["1", "2", "3"]}, geometry=shapes, crs=4326)
    frame.to_file(made.folder / "stations.gpkg", layer="stations")
    return made


def arguments(town: Town, plan: Path, **options: str | None) -> list[str]:
    chosen = {"outline": f"{town.folder / 'stations.gpkg'}:stations", "stations": "name", "workers": "1", "cells": "9"}
    args = ["grid", "-o", str(plan), "--lines", str(town.lines), "--entities", str(town.entities), "--datum", "wgs84"]
    for name, value in {**chosen, **options}.items():
        args += [] if value is None else [f"--{name.replace('_', '-')}", value]
    return [*args, "--lon", "lon", "--lat", "lat"]


@pytest.fixture(scope="module")
def plan(town: Town) -> Path:
    path = town.folder / "bureau.gpkg"
    report = town.folder / "bureau.json"
    assert exit_status([*arguments(town, path, station_codes="code", station_code="99"), "--report", str(report)]) == 0
    return path


def test_one_plan_holds_the_cells_of_all_stations_and_they_tile(plan: Path, town: Town) -> None:
    cells, outline, blocks = (gpd.read_file(plan, layer=name) for name in ("cells", "outline", "blocks"))
    entities = gpd.read_file(plan, layer="entities")
    assert len(cells) == 9
    assert set(cells["station"]) == {"991", "992", "993"} == set(outline["code"])
    assert all(code.startswith(station) for code, station in zip(cells["code"], cells["station"], strict=True))
    assert cells["code"].is_unique
    assert blocks["block_id"].is_unique
    whole = shapely.coverage_union_all(outline.geometry.to_numpy())
    flat = lambda lon, lat: (np.asarray(lon) * 1e5, np.asarray(lat) * 1e5)  # noqa: E731
    assert check_tiling(whole, cells.geometry.to_numpy(), flat).exact
    assert len(entities) == 800
    assert cells["entities"].sum() == entities["cell_code"].notna().sum() == 800
    of_cell = dict(zip(cells["code"], cells["station"], strict=True))
    assert list(entities["station"]) == [of_cell[code] for code in entities["cell_code"]]


def test_the_report_has_a_row_for_each_station(plan: Path, town: Town) -> None:
    report = json.loads((town.folder / "bureau.json").read_text())
    assert plan.exists()
    assert [row["name"] for row in report["by_station"]] == ["North", "West", "East"]
    assert sum(row["cells"] for row in report["by_station"]) == report["cells"] == 9
    assert sum(row["entities"] for row in report["by_station"]) == 800
    assert all(row["max_abs_deviation"] <= 0.03 for row in report["by_station"])
    assert report["tiling"]["edges_matched"]


def test_processes_and_one_process_write_the_same_bytes(plan: Path, town: Town) -> None:
    again = town.folder / "again.gpkg"
    assert exit_status(arguments(town, again, station_codes="code", station_code="99", workers="2")) == 0
    assert again.read_bytes() == plan.read_bytes()


def test_a_station_that_fails_is_reported_and_the_others_go_on(
    town: Town, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def some_fail(jobs, workers):  # type: ignore[no-untyped-def]
        for job in jobs:
            finding = Finding("part.joined", Severity.WARNING, "as an example")
            failed = module.StationResult(job.index, None, "no line divides it", (finding,))
            yield failed if job.index == 1 else next(iter(real([job], 1)))

    real = module.build_stations
    monkeypatch.setattr(module, "build_stations", some_fail)
    path = town.folder / "partly.gpkg"
    assert exit_status(arguments(town, path, stations="name")) == 2
    said = capsys.readouterr()
    assert "FAILED: no line divides it" in said.err
    assert "error    station.failed" in said.err
    assert "in 2 of 3 stations" in said.out
    assert set(gpd.read_file(path, layer="cells")["station"]) == {"001", "003"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"stations": "nome"}, "no column 'nome'"),
        ({"station_codes": "kode"}, "no column 'kode'"),
        ({"cells": "2"}, "2 cells are too few for 3 stations"),
        ({"cells": None}, "--cells N or --staff N"),
        ({"staff": "9"}, "not both"),
        ({"outline": "network"}, "--stations COLUMN needs --outline"),
    ],
)
def test_wrong_requests_are_one_line(
    town: Town, options: dict[str, str | None], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_status(arguments(town, town.folder / "wrong.gpkg", **options)) == 1
    assert words in capsys.readouterr().err.strip().splitlines()[-1]


def test_the_number_of_cells_follows_from_the_staff(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    path = town.folder / "staff.gpkg"
    assert exit_status(arguments(town, path, outline=str(town.outline), stations=None, cells=None, staff="11")) == 0
    assert len(gpd.read_file(path, layer="cells")) == 5, "two officers a cell, one left over"
    assert "5 cells" in capsys.readouterr().out


def test_an_outline_made_from_the_streets(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    path = town.folder / "network.gpkg"
    status = exit_status(arguments(town, path, outline=None, stations=None))
    said = capsys.readouterr()
    assert status in (0, 2)
    assert "outline.from_network" in said.err
    outline = gpd.read_file(path, layer="outline").geometry[0]
    streets = gpd.read_file(town.lines)
    rim = shapely.boundary(outline)
    assert shapely.length(shapely.difference(rim, shapely.buffer(streets.union_all(), 1e-7))) < 1e-6
    assert outline.area == pytest.approx((14 * STEP) ** 2, rel=0.05)
    assert outline.intersects(shapely.Point(LON + 7 * STEP, LAT + 7 * STEP))
