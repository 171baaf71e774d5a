"""Sections of a manifest that say what addresses are found by."""

from __future__ import annotations

from pathlib import Path

import pytest

from layers import read_dataset, read_manifest
from layers.dataset import dataset_digest
from layers.errors import SchemaError
from layers.gazetteer import read_gazetteer_sections
from layers.manifest import Manifest
from layers.raw import read_source

HEAD = """
[dataset]
name = "t"
datum = "wgs84"
[bureau]
code = "1"
name = "局"
[stations]
file = "s.gpkg"
[[entities]]
file = "e.csv"
"""
POINTS = """
[[address_points]]
files = ["a.csv", "b.csv"]
datum = "gcj02"
columns = { id = "编号", address = "门牌地址", lon = "东经", lat = "北纬" }
[[places]]
file = "p.csv"
kind_map = { "1" = "market", "*" = "other" }
[[former_names]]
file = "f.csv"
defaults = { kind = "place" }
[[divisions]]
file = "d.csv"
"""


def given(folder: Path, text: str, **files: str) -> Manifest:
    for name, content in files.items():
        (folder / f"{name}.csv").write_text(content, encoding="utf-8")
    (folder / "m.toml").write_text(HEAD + text, encoding="utf-8")
    return read_manifest(folder / "m.toml")


FILES = {
    "a": "编号,门牌地址,东经,北纬\n1,人民路1号,114.3,30.5\n2,,114.3,30.5\n",
    "b": "编号,门牌地址,东经,北纬\n1,人民路3号,114.3,30.5\n3,人民路5号,114.3,30.5\n",
    "p": "name,kind,lon,lat\n明珠广场,1,114.3,30.5\n再来,7,114.3,30.5\n",
    "f": "former,name,since\n老店,新店,2020-01-01\n旧店,新店,gestern\n",
    "d": "code,name,level\n110000,北京市,province\n",
}


def sections(manifest: Manifest) -> dict[str, list]:
    read: dict[str, list] = {}
    for section, source, path in manifest.named():
        if section not in ("stations", "entities"):
            read.setdefault(section, []).append((source, read_source(path, source.layer)))
    return read


def test_columns_maps_and_defaults_are_those_of_the_manifest(tmp_path: Path) -> None:
    found = read_gazetteer_sections(sections(given(tmp_path, POINTS, **FILES)))
    points = found["address_points"]
    assert points.frame["address"].tolist() == ["人民路1号", "人民路5号"]
    assert points.frame["geometry"].iloc[0].x != 114.3, "the section's own datum"
    assert points.rejected[["file", "row", "reason"]].to_numpy().tolist() == [
        ["a.csv", 3, "no address"],
        ["b.csv", 2, "this id is in another file of the section already"],
    ]
    assert found["places"].frame[["name", "kind"]].to_numpy().tolist() == [["明珠广场", "market"], ["再来", "other"]]
    assert found["former_names"].frame["kind"].tolist() == ["place"]
    assert found["former_names"].rejected["row"].tolist() == [3]
    assert found["divisions"].frame["name"].tolist() == ["北京市"]
    assert "streets" not in found


def test_every_column_that_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    files = {**FILES, "b": "编号,地址,东经,北纬\n1,x,1,1\n", "d": "code,name\n1,x\n"}
    with pytest.raises(SchemaError) as told:
        read_gazetteer_sections(sections(given(tmp_path, POINTS, **files)))
    assert len(told.value.findings) == 2
    assert "address_points[0].columns.address" in str(told.value)
    assert "divisions[0]: d.csv: no column level" in str(told.value)


def test_a_key_that_is_not_known_names_its_path(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match=r"address_points\[0\].columns.adress"):
        given(tmp_path, '[[address_points]]\nfile = "a.csv"\ncolumns = { adress = "x" }\n', **FILES)


def test_the_files_are_part_of_the_digest_and_must_be_there(tmp_path: Path) -> None:
    manifest = given(tmp_path, POINTS, s="", e="", **FILES)
    with pytest.raises(Exception, match=r"s\.gpkg"):
        read_dataset(manifest.path)
    (tmp_path / "s.gpkg").write_bytes(b"x")
    before = dataset_digest(manifest)
    (tmp_path / "p.csv").write_text(FILES["p"] + "三号,1,1,1\n", encoding="utf-8")
    assert dataset_digest(manifest) != before
