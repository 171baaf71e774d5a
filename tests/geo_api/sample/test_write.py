from __future__ import annotations

import csv
import sqlite3
import tomllib
from pathlib import Path

import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely
from typer.testing import CliRunner

from geo_api.cli.whole_inputs import inputs_beside
from geo_api.errors import BadRequest
from geo_api.sample.county import County, make_county
from geo_api.sample.write import write_county

COMMITTED = Path(__file__).resolve().parents[3] / "data/sample"
REFRESH = "if the generator was changed on purpose: gridward sample -o data/sample"


def content(path: Path) -> object:
    """What a file says: its bytes, but for containers that carry versions of the library that packed them."""
    if path.suffix == ".xlsx":
        return [[str(c) for c in row] for row in openpyxl.load_workbook(path).active.iter_rows(values_only=True)]
    if path.suffix == ".gpkg":
        with sqlite3.connect(path) as base:
            return list(base.iterdump())
    return path.read_bytes()


def test_the_committed_sample_is_what_the_generator_makes(written: Path) -> None:
    assert {p.name for p in COMMITTED.iterdir()} == {p.name for p in written.iterdir()}, REFRESH
    for path in written.iterdir():
        assert content(COMMITTED / path.name) == content(path), f"{path.name} differs; {REFRESH}"


def test_the_committed_sample_is_small() -> None:
    sizes = {p.name: p.stat().st_size for p in COMMITTED.iterdir()}
    assert max(sizes.values()) < 2**20, sizes
    assert sum(sizes.values()) <= 4.8e6, sizes


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        write_county(make_county(seed, entities=300), tmp_path / name)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name
        if path.name != "assignments.csv":  # who heads what goes by the officers' numbers, whose names differ
            assert path.read_bytes() != (tmp_path / "c" / path.name).read_bytes(), path.name


def header(path: Path, encoding: str) -> list[str]:
    if path.suffix == ".xlsx":
        return [str(c) for c in next(openpyxl.load_workbook(path).active.iter_rows(max_row=1, values_only=True))]
    with path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding) as file:
        return next(csv.reader(file))


def test_the_manifest_names_only_files_layers_and_columns_that_are_there(written: Path) -> None:
    manifest = tomllib.loads((written / "manifest.toml").read_text(encoding="utf-8"))
    sections = [manifest["stations"], *(s for k in ("lines", "base_units", "markets") for s in manifest[k])]
    for section in sections:
        frame = pyogrio.read_dataframe(written / section["file"], layer=section.get("layer"))
        named = [*section.get("columns", {}).values(), *(section[k] for k in section if k.endswith("_column"))]
        assert set(named) <= set(frame.columns)
        assert len(frame)
    for key in ("entities", "officers", "assignments", "inspections"):
        for section in manifest[key]:
            for name in section["files"]:
                present = header(written / name, section.get("encoding", "utf-8"))
                assert set(section.get("columns", {}).values()) <= set(present)
    named_files = {s["file"] for s in sections} | {
        n for k in ("entities", "officers", "assignments", "inspections") for s in manifest[k] for n in s["files"]
    }
    came_in = {one.path.name for one in inputs_beside(written / "manifest.toml")}
    assert len(came_in) == 8
    beside = {"manifest.toml", "truth.csv", "addresses_test.csv"}
    assert {p.name for p in written.iterdir()} == named_files | came_in | beside


def test_registers_come_in_three_forms(written: Path) -> None:
    assert (written / "register_chengguan.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    raw = (written / "register_linjiang.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")
    assert "临江镇" in raw.decode("gb18030")
    codes = [
        row[1]
        for row in openpyxl.load_workbook(written / "register_qingshi.xlsx").active.iter_rows(
            min_row=2, values_only=True
        )
    ]
    assert all(isinstance(code, str) and len(code) == 18 for code in codes if code)


def test_the_loader_reads_it_and_reports_the_faults_that_were_put_in(written: Path, county: County) -> None:
    from layers import read_dataset

    data = read_dataset(written / "manifest.toml")
    truth = pd.read_csv(written / "truth.csv", dtype=str, keep_default_na=False).set_index("source_id")
    assert len(truth) == len(county.entities)
    assert data.jurisdictions["level"].value_counts().to_dict() == {2: 3, 1: 1}
    assert len(data.officers) == 45
    assert data.markets["exclusive"].tolist() == [True, False]
    entities = data.entities.set_index("source_id")
    faults = truth["fault"].reindex(entities.index)
    plain = entities[faults.isin(["", "bad_code", "duplicate"])]
    real = truth.loc[plain.index]
    away = shapely.distance(
        plain.geometry.to_numpy(), shapely.points(real["lon"].astype(float), real["lat"].astype(float))
    )
    assert away.max() < 2e-6  # degrees; the second register went through GCJ-02 and back
    unlocated = entities.geometry.isna() | entities.geometry.is_empty
    assert set(entities.index[unlocated]) >= set(truth.index[truth["fault"] == "unlocated"])
    gone = set(truth.index) - set(entities.index)
    assert gone <= set(truth.index[truth["fault"] == "swapped"])
    assert set(entities["credit_class"]) == set("ABCD")
    assert entities["industry"].nunique() == 12


def test_a_folder_that_cannot_be_written_to_is_the_users_error(county: County, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(BadRequest, match="choose another folder"):
        write_county(county, tmp_path / "file" / "sample")


def test_the_command_says_what_it_wrote(tmp_path: Path) -> None:
    import typer

    from geo_api.cli.sample import register

    app = typer.Typer()
    register(app)
    app.callback()(lambda: None)
    done = CliRunner().invoke(
        app, ["sample", "--seed", "5", "--entities", "300", "-o", str(tmp_path / "new" / "county")]
    )
    assert done.exit_code == 0, done.output
    assert "300 entities" in done.output
    assert "gridward load" in done.output
    assert (tmp_path / "new/county/manifest.toml").is_file()
