"""``gridward grid``: barriers, communities and the cost of lines, as their user gives them, mistakes included."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from geo_api.cli.main import exit_status
from layers.base_units import read_barriers, read_base_units
from tests.towns import LAT, LON, STEP, Town, make_town


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return make_town(tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="module")
def extras(town: Town) -> Path:
    """A layer of communities and one of walls."""
    path = town.folder / "extras.gpkg"
    areas = [
        shapely.box(LON + x * STEP, LAT + y * STEP, LON + (x + 4.75) * STEP, LAT + (y + 4.75) * STEP)
        for x in (-0.25, 4.5, 9.25)
        for y in (-0.25, 4.5, 9.25)
    ]
    names = [f"社区{i}" for i in range(1, 9)] + [""]
    gpd.GeoDataFrame({"名称": names}, geometry=areas, crs=4490).to_file(path, layer="communities")
    wall = shapely.LineString([(LON + 7.5 * STEP, LAT - STEP), (LON + 7.5 * STEP, LAT + 16 * STEP)])
    gpd.GeoDataFrame({"note": ["wall"]}, geometry=[wall], crs=4490).to_file(path, layer="walls")
    return path


def run(town: Town, *more: str, cells: int = 6) -> tuple[int, dict[str, Any], Path]:
    plan, report = town.folder / "plan.gpkg", town.folder / "report.json"
    status = exit_status([*town.grid_args(plan, cells=cells, tolerance="0.05"), "--report", str(report), *more])
    return status, json.loads(report.read_text()) if status != 1 else {}, plan


def told(report: dict[str, Any], rule: str) -> list[dict[str, Any]]:
    return [f for f in report["findings"] if f["rule"] == rule]


def crossed_by(plan: Path, line: shapely.LineString) -> int:
    cells = gpd.read_file(plan, layer="cells").geometry.to_numpy()
    inner = shapely.length(shapely.intersection(shapely.buffer(cells, -STEP / 50), line))
    return int((inner > 0.5 * STEP).sum())


RIVER = shapely.LineString(
    [(LON - STEP, LAT + 4.4 * STEP), (LON + 7 * STEP, LAT + 6.2 * STEP), (LON + 15 * STEP, LAT + 5 * STEP)]
)


def test_kinds_among_the_lines_are_barriers(town: Town) -> None:
    _, without, plan = run(town, "--barrier-kinds", "none")
    assert crossed_by(plan, RIVER) > 1
    assert not told(without, "barrier.crossed")
    status, report, plan = run(town)  # rivers and railways, where nothing else is said
    found = told(report, "barrier.crossed")
    assert status == 0
    assert crossed_by(plan, RIVER) == len(found) <= 1
    assert report["contiguous_cells"] == 6


def test_barriers_from_a_file_of_their_own(town: Town, extras: Path) -> None:
    _, report, plan = run(town, "--barriers", f"{extras}:walls", "--barrier-kinds", "none")
    wall = shapely.LineString([(LON + 7.5 * STEP, LAT), (LON + 7.5 * STEP, LAT + 14 * STEP)])
    assert crossed_by(plan, wall) == len(told(report, "barrier.crossed")) <= 1
    assert "barrier" in set(gpd.read_file(plan, layer="borders")["kind"])
    assert not told(report, "lines.no_kind")


def test_communities_are_kept_or_preferred(town: Town, extras: Path) -> None:
    spec = ["--base-units", f"{extras}:communities"]
    areas = gpd.read_file(extras, layer="communities").geometry.to_numpy()

    def split(plan: Path) -> int:
        blocks = gpd.read_file(plan, layer="blocks")
        inner = shapely.point_on_surface(blocks.geometry.to_numpy())
        return sum(blocks["cell_code"][shapely.contains(a, inner)].nunique() > 1 for a in areas)

    _, preferred, plan = run(town, *spec)
    assert split(plan) == len(told(preferred, "base_unit.split")) <= 6
    assert all("社区" in f["message_zh"] for f in told(preferred, "base_unit.split"))
    assert preferred["max_abs_deviation"] <= 0.05
    status, kept, plan = run(town, *spec, "--base-units-rule", "keep")
    assert split(plan) == 0
    assert status == 2
    assert len(told(kept, "base_unit.balance")) == 1
    _, ignored, plan = run(town, *spec, "--base-units-rule", "ignore")
    assert split(plan) > len(told(preferred, "base_unit.split"))
    assert not [f for f in ignored["findings"] if f["rule"].startswith("base_unit")]


def test_costs_change_where_borders_run(town: Town) -> None:
    def share(plan: Path, kind: str) -> float:
        borders = gpd.read_file(plan, layer="borders")
        return float(borders["length_m"][borders["kind"] == kind].sum() / borders["length_m"].sum())

    plain = share(run(town)[2], "main")
    dear = share(run(town, "--cost", "main=5", "--cost", "river=5")[2], "main")
    assert dear < plain


def test_all_mistakes_at_once(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, _ = run(
        town, "--cost", "moat=1", "--cost", "river=-1", "--barrier-kinds", "rivers", "--base-units-rule", "all"
    )
    said = capsys.readouterr().err
    assert status == 1
    for text in (
        "'moat' is no kind of line",
        "border cost of river is -1.0",
        "'rivers' is no kind",
        "rule for base units is 'all'",
    ):
        assert text in said
    assert run(town, "--cost", "river")[0] == 1
    assert "KIND=NUMBER was expected" in capsys.readouterr().err


def test_a_layer_of_base_units(extras: Path, town: Town) -> None:
    frame, findings = read_base_units(f"{extras}:communities", datum="wgs84")
    assert frame["code"].tolist() == [str(i) for i in range(1, 10)]
    assert frame["name"].tolist()[0] == "社区1"
    assert not findings
    twice = town.folder / "twice.gpkg"
    boxes = [shapely.box(LON, LAT, LON + 1e-3, LAT + 1e-3), shapely.box(LON, LAT, LON + 2e-3, LAT + 1e-3)]
    gpd.GeoDataFrame({"code": ["a", "b"]}, geometry=boxes, crs=4490).to_file(twice)
    _, findings = read_base_units(str(twice), datum="wgs84")
    assert [f.rule for f in findings] == ["base_units.overlap"]
    assert "a / b" in findings[0].message


def test_a_file_of_barriers_has_one_kind(extras: Path, town: Town) -> None:
    frame, _ = read_barriers([f"{extras}:walls", str(town.lines)], datum="wgs84")
    assert set(frame["kind"]) == {"barrier"}
