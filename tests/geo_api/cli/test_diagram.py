"""``gridward diagram``: a plan file becomes one page; mistakes are explained."""

from __future__ import annotations

import json
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
import typer

from geo_api.cli import diagram
from geo_api.errors import BadRequest
from layers.errors import SourceError
from layers.plan_diagram import count_industries
from layers.plan_file import write_plan
from tests.layers.town import make_town

TOWN = make_town(4, 3)


def run(*arguments: object) -> None:
    app = typer.Typer()
    diagram.register(app)
    app(args=[str(a) for a in arguments], standalone_mode=False)


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan file as ``gridward grid`` writes it."""
    cells = TOWN.cells.drop(columns="station_code")
    rng = np.random.default_rng(1)
    spots = [g.representative_point() for g in cells.geometry for _ in range(3)]
    entities = gpd.GeoDataFrame(
        {
            "name": "某店",
            "industry": rng.choice(["食品", "药品"], len(spots)),
            "cell_code": np.repeat(cells["code"].to_numpy(), 3),
        },
        geometry=spots,
        crs=4490,
    )
    blocks = gpd.GeoDataFrame(
        {"block_id": range(len(cells)), "cell_code": cells["code"], "workload": 1.0}, geometry=cells.geometry, crs=4490
    )
    borders = gpd.GeoDataFrame(
        {"left_code": [cells["code"][0]], "right_code": [cells["code"][1]], "length_m": [1.0], "kind": ["river"]},
        geometry=[cells.geometry[0].intersection(cells.geometry[1])],
        crs=4490,
    )
    outline = gpd.GeoDataFrame({"name": ["outline"]}, geometry=[shapely.union_all(cells.geometry)], crs=4490)
    path = tmp_path_factory.mktemp("plan") / "PLAN.gpkg"
    layers = {"outline": outline, "cells": cells, "blocks": blocks, "entities": entities, "borders": borders}
    write_plan(path, layers)
    return path


def data_of(path: Path) -> dict:
    html = path.read_text(encoding="utf-8")
    return json.loads(re.search(r'id="diagram-data">(.*?)</script>', html, re.S)[1])


def test_a_plan_becomes_one_page(plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "DIAGRAM.html"
    run(plan, "-o", page, "--title", "城关所 <网格>", "--approval-number", "鄂S(2026)1号", "--as-of", "2026-03-01")
    assert "opens from disk" in capsys.readouterr().out
    html = page.read_text(encoding="utf-8")
    assert "<h1>城关所 &lt;网格&gt;</h1>" in html
    assert "鄂S(2026)1号" in html
    assert "2026-03-01" in html
    data = data_of(page)
    assert len(data["cells"]) == 12
    assert set(data["industries"]) == {"食品", "药品"}
    assert sum(map(sum, (c["counts"] for c in data["cells"]))) == 36
    assert data["line_kinds"] == ["river", "block"]
    assert "某店" not in html
    again = tmp_path / "again.html"
    run(plan, "-o", again, "--title", "城关所 <网格>", "--approval-number", "鄂S(2026)1号", "--as-of", "2026-03-01")
    assert again.read_bytes() == page.read_bytes()


def test_streets_from_a_file_are_drawn_and_searchable(plan: Path, tmp_path: Path) -> None:
    streets = tmp_path / "streets.geojson"
    TOWN.lines.to_crs(4326).to_file(streets)
    page = tmp_path / "DIAGRAM.html"
    run(plan, "-o", page, "--lines", streets, "--datum", "wgs84", "--lang", "en")
    data = data_of(page)
    assert {s["name"] for s in data["streets"]} >= {"滨江大道", "建设1巷"}
    assert data["lang"] == "en"
    assert "block" not in data["line_kinds"]


def test_mistakes_are_explained(plan: Path, tmp_path: Path) -> None:
    page = tmp_path / "DIAGRAM.html"
    with pytest.raises(SourceError, match=r"none\.gpkg: no such file"):
        run(tmp_path / "none.gpkg", "-o", page)
    text = tmp_path / "text.gpkg"
    text.write_text("no plan")
    with pytest.raises(SourceError, match="not a plan file"):
        run(text, "-o", page)
    other = tmp_path / "other.gpkg"
    TOWN.cells.to_file(other, layer="cells")
    with pytest.raises(SourceError, match="layer outline, blocks, entities, borders is missing; it has cells"):
        run(other, "-o", page)
    with pytest.raises(BadRequest, match="--lines needs --datum"):
        run(plan, "-o", page, "--lines", "streets.geojson")
    with pytest.raises(SourceError, match="no such folder"):
        run(plan, "-o", tmp_path / "nowhere" / "page.html")
    assert not page.exists()


def test_entities_without_an_industry_are_not_counted() -> None:
    assert count_industries(TOWN.entities[["cell_code"]]) is None
    empty = TOWN.entities.assign(industry=None)
    assert count_industries(empty).empty
