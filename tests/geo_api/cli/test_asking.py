"""The commands that ask: lookups, old codes, changes, relations, exports, on the town in PostGIS."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyogrio
import pytest

from geo_api.cli import main
from geo_api.db import open_store
from geo_api.db.store import Store
from geo_api.services.load import load
from tests.geo_api.life import published
from tests.geo_api.town import BUREAU, EAST, LAT, LOADED, LON, WEST, make_town

pytestmark = pytest.mark.db
POINT = ("--lon", LON + 0.003, "--lat", LAT + 0.003, "--datum", "wgs84")


@pytest.fixture(scope="module")
def town_store(new_database: Callable[[], str]) -> Iterator[Store]:
    with open_store(new_database()) as store:
        load(make_town(entities=120), store.register, actor="test", today=LOADED)
        published(store, WEST, LOADED, cells=4, tolerance=0.6)
        yield store


@pytest.fixture
def run(town_store: Store, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run a command that succeeds; gives its output."""
    monkeypatch.setenv("DATABASE_URL", town_store.database.url)

    def call(*args: object, status: int = 0) -> str:
        capfd.readouterr()
        ended = main.exit_status([str(a) for a in args])
        out, err = capfd.readouterr()
        assert ended == status, err
        return err if status else out

    return call


def test_lookup_by_point_address_entity_and_code(run: Callable[..., str]) -> None:
    point = json.loads(run("lookup", *POINT))
    assert point["status"] == "found"
    cell = point["cell"]["code"]
    assert json.loads(run("lookup", "--cell", cell))["officers"] == point["officers"]
    shop = json.loads(run("lookup", "--registration-no", f"{7:015d}"))
    assert shop["status"] == json.loads(run("lookup", "--name", "商店7"))["status"]
    assert json.loads(run("lookup", "--address", "人民路7号"))["cell"] == shop["cell"]
    assert "give a point" in run("lookup", "--lon", "1", status=1)
    assert "give a point" in run("lookup", *POINT, "--cell", cell, status=1)
    assert json.loads(run("lookup", *POINT, "--on", "2025-12-31"))["status"] == "unpublished"


def test_cells_stations_and_lineage(run: Callable[..., str]) -> None:
    rows = list(csv.DictReader(io.StringIO(run("cells", "list", "--under", WEST))))
    assert len(rows) == 4
    code = rows[0]["code"]
    assert json.loads(run("cells", "show", code))["status"] == "in_force"
    (version,) = json.loads(run("cells", "lineage", code))["versions"]
    assert version["plan"]["valid_from"] == str(LOADED)
    assert [s["code"] for s in json.loads(run("stations"))["stations"]] == [WEST, EAST]
    assert "no published plan ever had" in run("cells", "show", "nothing", status=1)
    assert json.loads(run("cells", "list", "--recorded-at", "2020-01-01T00:00:00Z", "--format", "json"))["cells"] == []
    assert "--recorded-at" in run("stations", "--recorded-at", "yesterday", status=1)


def test_relations_near_and_levels(run: Callable[..., str], tmp_path: Path) -> None:
    levels = json.loads(run("cells", "levels", *POINT))["levels"]
    assert [row["code"] for row in levels][1:] == [WEST, BUREAU]
    cell = levels[0]["code"]
    near = json.loads(run("cells", "near", *POINT, "--metres", 0))["cells"]
    assert cell in [c["cell"]["code"] for c in near]
    shape = tmp_path / "shape.geojson"
    shape.write_text(json.dumps({"type": "Point", "coordinates": [LON + 0.003, LAT + 0.003]}))
    for given in (("--shape", shape), ("--wkt", f"POINT({LON + 0.003} {LAT + 0.003})")):
        found = json.loads(run("cells", "relations", "--relation", "covers", *given, "--datum", "wgs84"))
        assert cell in [c["cell"]["code"] for c in found["cells"]]
    assert json.loads(run("cells", "relations", "--relation", "touches", "--of", cell))["cells"]
    assert "--datum is missing" in run("cells", "relations", "--relation", "covers", "--shape", shape, status=1)
    assert "give one of" in run("cells", "relations", "--relation", "covers", status=1)


def test_changes_and_entities(run: Callable[..., str], town_store: Store) -> None:
    page = json.loads(run("changes", "--limit", 5))
    assert (len(page["changes"]), page["more"]) == (5, True)
    assert not json.loads(run("changes", "--since", page["revision"]))["changes"]
    assert "neither a token" in run("changes", "--since", "yesterday", status=1)
    (hit,) = town_store.history.entities("registration_no", f"{7:015d}", LOADED)
    shop = json.loads(run("entity", hit.entity_id))
    assert [c["code"] for c in shop["codes"]] == ([shop["code"]] if shop["code"] else [])
    if shop["code"]:
        assert json.loads(run("entity", shop["code"]))["entity_id"] == hit.entity_id


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".parquet"])
def test_exports_are_the_same_bytes_and_read_back(run: Callable[..., str], tmp_path: Path, suffix: str) -> None:
    first, second = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    for path in (first, second):
        assert "4 cells and 2 stations" in run("export", path)
    assert first.read_bytes() == second.read_bytes()
    if suffix == ".parquet":
        import geopandas as gpd

        frame: Any = gpd.read_parquet(first)
    else:
        frame = pyogrio.read_dataframe(first, layer="cells" if suffix == ".gpkg" else None)
    assert frame.crs.to_epsg() == 4490
    assert "must end in" in run("export", tmp_path / "x.zip", status=1)
    if suffix == ".gpkg":
        assert [r[0] for r in pyogrio.list_layers(first)] == ["cells", "stations", "officers", "upper_levels", "about"]
        assert len(frame) == 4
        assert str(frame.valid_from.dt.date[0]) == str(LOADED)
    else:
        assert frame.level.value_counts().to_dict() == {"cell": 4, "station": 2, "bureau": 1}


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="ogrinfo is not installed (gdal-bin)")
@pytest.mark.parametrize("suffix", [".gpkg", ".geojson"])
def test_ogrinfo_reads_them(run: Callable[..., str], tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"all{suffix}"
    run("export", path)
    told = subprocess.run(["ogrinfo", "-so", "-al", str(path)], capture_output=True, text=True, check=True).stdout
    assert "China Geodetic Coordinate System 2000" in told
    assert "valid_from: Date" in told
