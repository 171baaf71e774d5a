"""``gridward grid --keep``: locked cells stay, codes stay, and the list says who goes where."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo_api.cli.main import exit_status
from tests.towns import Town, make_town


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    folder = tmp_path_factory.mktemp("keep")
    town = make_town(folder, streets=18, entities=1500)
    assert exit_status(town.grid_args(folder / "old.gpkg", cells=8)) == 0
    entities = pd.read_csv(town.entities, dtype={"id": str})
    hours = np.random.default_rng(1).uniform(1, 5, len(entities))
    entities["hours"] = np.where(entities.lon > entities.lon.quantile(0.8), 1.6 * hours, hours)
    entities.to_csv(folder / "drifted.csv", index=False)
    return town


def cells(plan: Path) -> gpd.GeoDataFrame:
    return gpd.read_file(plan, layer="cells").set_index("code")


def redraw(town: Town, name: str, *more: str, wanted: int | None = None) -> tuple[int, Path]:
    plan = town.folder / name
    args = town.grid_args(plan, entities=str(town.folder / "drifted.csv"), workload="hours")
    at = args.index("--cells")
    args[at : at + 2] = [] if wanted is None else ["--cells", str(wanted)]
    return exit_status([*args, "--keep", str(town.folder / "old.gpkg"), *more]), plan


def test_locked_cells_are_the_same_vertex_by_vertex_and_little_moves(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    report, listed = town.folder / "report.json", town.folder / "moves.csv"
    status, plan = redraw(
        town, "new.gpkg", "--lock", "002", "--lock", "005", "--report", str(report), "--realignment", str(listed)
    )
    assert status == 0
    old, new = cells(town.folder / "old.gpkg"), cells(plan)
    assert list(new.index) == list(old.index)
    for code in ("002", "005"):
        assert old.geometry[code].normalize().equals_exact(new.geometry[code].normalize(), 0)
    assert not all(old.geometry[c].equals(new.geometry[c]) for c in old.index)

    told = json.loads(report.read_text())["redraw"]
    assert told["locked"] == ["002", "005"]
    assert 0 < told["moved_workload_lower_bound"] <= told["moved_workload_hours_per_year"]
    assert told["moved_workload_share"] < 0.2
    assert (told["created"], told["retired"]) == ([], [])
    moves = pd.read_csv(listed, dtype=str)
    assert list(moves.columns) == [
        "entity_id", "name", "old_code", "new_code", "change", "workload_hours_per_year", "lon", "lat",
    ]  # fmt: skip
    assert len(moves) == told["moved_entities"]
    was = gpd.read_file(town.folder / "old.gpkg", layer="entities").set_index("id").cell_code.fillna("")
    now = gpd.read_file(plan, layer="entities").set_index("id").cell_code.fillna("")
    assert set(moves.entity_id) == set(was.index[was != now])
    assert not set(moves.old_code) & {"002", "005"}
    assert not set(moves.new_code) & {"002", "005"}
    assert len(gpd.read_file(plan, layer="realignment")) == len(moves)
    assert "change cell" in capsys.readouterr().out


def test_nothing_changed_nothing_moves(town: Town) -> None:
    plan = town.folder / "same.gpkg"
    assert exit_status([*town.grid_args(plan, cells=8), "--keep", str(town.folder / "old.gpkg")]) == 0
    old, new = cells(town.folder / "old.gpkg"), cells(plan)
    assert old.geometry.equals(new.geometry)
    assert len(gpd.read_file(plan, layer="realignment")) == 0


@pytest.mark.parametrize(("wanted", "created", "retired"), [(9, ["009"], 0), (7, [], 1)])
def test_the_staff_changes(town: Town, wanted: int, created: list[str], retired: int) -> None:
    report = town.folder / "staff.json"
    status, plan = redraw(town, "staff.gpkg", "--report", str(report), wanted=wanted)
    assert status == 0
    told = json.loads(report.read_text())["redraw"]
    assert told["created"] == created
    assert len(told["retired"]) == retired
    assert len(cells(plan)) == wanted
    assert {link["change"] for link in told["lineage"]} >= {"kept", "split" if created else "merged"}
    assert 0 < told["moved_workload_lower_bound"] <= told["moved_workload_hours_per_year"]


def test_a_smaller_outline_and_another_street(town: Town) -> None:
    outline = gpd.read_file(town.outline)
    west, south, east, north = outline.total_bounds
    outline.geometry = outline.geometry.clip_by_rect(west, south, east - 0.0015, north)
    outline.to_file(town.folder / "smaller.geojson")
    plan = town.folder / "smaller.gpkg"
    args = [*town.grid_args(plan, cells=8, outline=str(town.folder / "smaller.geojson"))]
    assert exit_status([*args, "--keep", str(town.folder / "old.gpkg")]) == 0
    assert set(cells(plan).index) == set(cells(town.folder / "old.gpkg").index)
    moves = gpd.read_file(plan, layer="realignment")
    assert (moves.new_code.isna() | (moves.new_code == "")).any()  # beyond the outline now
    assert moves.change.isin(["left", "transferred"]).all()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--lock", "099"], "cell 099 cannot be locked: the plan in force has no such cell; it has 001"),
        (["--realignment", "moves.txt"], "the realignment list is written as .csv or .xlsx"),
        (["--keep", "{lines}"], "not a plan file: layer cells is missing"),
        (["--keep", "{other}"], "is the plan of another territory"),
    ],
)
def test_mistakes_are_explained(town: Town, capsys: pytest.CaptureFixture[str], more: list[str], said: str) -> None:
    other = town.folder / "other.gpkg"
    if "{other}" in more:
        far = gpd.read_file(town.folder / "old.gpkg", layer="cells")
        far.set_geometry(far.geometry.translate(3, 0)).to_file(other, layer="cells")
    status, _ = redraw(town, "wrong.gpkg", *(m.format(lines=town.lines, other=other) for m in more))
    assert status == 1
    assert said in capsys.readouterr().err
    assert not (town.folder / "wrong.gpkg").exists()


def test_locks_need_a_plan(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_status([*town.grid_args(town.folder / "x.gpkg"), "--lock", "001"]) == 1
    assert "--lock needs --keep" in capsys.readouterr().err


def test_the_list_as_a_spreadsheet(town: Town) -> None:
    status, _ = redraw(town, "sheet.gpkg", "--realignment", str(town.folder / "moves.xlsx"))
    assert status == 0
    table = pd.read_excel(town.folder / "moves.xlsx", dtype=str)
    assert len(table) > 0
    assert table.old_code.str.len().eq(3).all()


def test_communities_stay_whole_in_a_redraw_and_nobody_moves_without_need(town: Town) -> None:
    west, south, east, north = gpd.read_file(town.outline).total_bounds
    x, y = np.linspace(west, east, 5), np.linspace(south, north, 5)
    boxes = [shapely.box(x[i], y[j], x[i + 1], y[j + 1]) for i in range(4) for j in range(4)]
    units = gpd.GeoDataFrame({"code": [f"u{i:02d}" for i in range(16)]}, geometry=boxes, crs=4326)
    units.to_file(town.folder / "units.gpkg")
    whole = ["--base-units", str(town.folder / "units.gpkg"), "--base-units-rule", "keep", "--tolerance", "0.1"]
    old, new = town.folder / "whole.gpkg", town.folder / "again.gpkg"
    assert exit_status([*town.grid_args(old, cells=4), *whole]) == 0
    report = town.folder / "whole.json"
    again = [*town.grid_args(new, cells=4), *whole, "--keep", str(old), "--report", str(report)]
    assert exit_status(again) == 0
    told = json.loads(report.read_text())
    assert told["redraw"]["moved_entities"] == 0
    assert told["metrics"]["base_units_split"] == 0
    assert list(cells(new).index) == list(cells(old).index)


def edited(town: Town, name: str, **columns: object) -> Path:
    """The plan in force with its first cell changed by hand."""
    path = town.folder / name
    plan = gpd.read_file(town.folder / "old.gpkg", layer="cells")
    for column, value in columns.items():
        plan.loc[0, column] = value
    plan.to_file(path, layer="cells")
    return path


@pytest.mark.parametrize(
    ("name", "columns", "words"),
    [
        ("blank", {"code": None}, "1 cells have no code (row 1)"),
        ("twice", {"code": "002"}, "the code 002 is there more than once"),
        (
            "bow",
            {"geometry": shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])},
            "the polygon of cell 001 cannot be used",
        ),
    ],
)
def test_a_plan_edited_by_hand_says_what_is_wrong(
    name: str, columns: dict[str, object], words: str, town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = edited(town, f"{name}.gpkg", **columns)
    assert exit_status([*town.grid_args(town.folder / "n.gpkg"), "--keep", str(broken)]) == 1
    (said,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("gridward:")]
    assert words in said
    assert "one polygon for each code" in said


def test_cells_that_overlap_are_told(town: Town) -> None:
    report = town.folder / "overlap.json"
    wide = cells(town.folder / "old.gpkg").geometry["001"].buffer(0.002)
    broken = edited(town, "overlap.gpkg", geometry=wide)
    args = [*town.grid_args(town.folder / "n.gpkg", cells=8), "--keep", str(broken), "--report", str(report)]
    assert exit_status(args) in {0, 2}
    (told,) = [f for f in json.loads(report.read_text())["findings"] if f["rule"] == "redraw.overlap"]
    assert told["where"] == "001"
    assert told["value"] > 0.01
