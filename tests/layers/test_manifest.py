"""The manifest: every mistake at once, with its key path."""

import re
from pathlib import Path

import pytest

from layers import SchemaError, read_manifest
from tests.layers.city import MANIFEST

ROOT = Path(__file__).resolve().parents[2]


def write(folder, text):
    path = folder / "manifest.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_small_manifest(tmp_path):
    manifest = read_manifest(write(tmp_path, MANIFEST))
    assert (manifest.name, manifest.title_zh, manifest.datum, manifest.timezone) == (
        "city",
        "样例",
        "wgs84",
        "Asia/Shanghai",
    )
    assert manifest.bureau.code == "110101"
    (streets,) = manifest.sections["lines"]
    assert (streets.key, streets.layer, streets.datum) == ("lines[0]", "streets", "wgs84")
    assert manifest.files() == [("city.gpkg", tmp_path / "city.gpkg"), ("entities.csv", tmp_path / "entities.csv")]
    assert manifest.rules == {}


def test_without_a_datum_it_says_why(tmp_path):
    with pytest.raises(SchemaError, match=r"dataset\.datum is missing: .*never guessed, because the wrong one moves"):
        read_manifest(write(tmp_path, MANIFEST.replace('datum = "wgs84"', "")))


def test_all_mistakes_at_once(tmp_path):
    text = (
        MANIFEST.replace('"wgs84"', '"mars"').replace('name = "东城区局"', "name = 5")
        + """
encodin = "utf-8"
columns = {nam = "x", source_id = ["a"]}
[[lines]]
file = "r.gpkg"
kind = "brook"
[[officers]]
[rules]
balance_tolerence = 0.1
officers_per_cell = "two"
visits_per_year = {A = -1}
[diagram]
key_industries = "food"
[extra]
"""
    )
    with pytest.raises(SchemaError) as caught:
        read_manifest(write(tmp_path, text))
    assert sorted(f.where for f in caught.value.findings) == [
        "bureau.name",
        "dataset.datum",
        "diagram.key_industries",
        "entities[0].columns.nam",
        "entities[0].columns.source_id",
        "entities[0].encodin",
        "extra",
        "lines[1].kind",
        "officers[0].file",
        "rules.balance_tolerence",
        "rules.officers_per_cell",
        "rules.visits_per_year",
    ]
    message = str(caught.value)
    assert "12 mistakes" in message
    assert "entities[0].columns.nam is not known; did you mean name?" in message
    assert "rules.balance_tolerence is not known; did you mean balance_tolerance?" in message
    assert "lines[1].kind is 'brook', expected one of service, local" in message


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("x = = 1", r"not valid TOML: .*line 1"),
        ("", r"dataset is missing: expected a section \[dataset\]; .*bureau is missing.*stations is missing"),
        ("dataset = 1\nbureau = 2\nstations = 3\nentities = 4", r"dataset must be a table \(\[dataset\]\), not 1"),
    ],
)
def test_what_is_no_manifest(tmp_path, text, problem):
    with pytest.raises(SchemaError, match=problem):
        read_manifest(write(tmp_path, text))


def test_no_file_and_no_utf8(tmp_path):
    with pytest.raises(SchemaError, match="no such manifest"):
        read_manifest(tmp_path / "none.toml")
    (tmp_path / "g.toml").write_bytes('name = "样例"'.encode("gb18030"))
    with pytest.raises(SchemaError, match="must be UTF-8"):
        read_manifest(tmp_path / "g.toml")


def test_files_beside_the_manifest_come_before_those_of_the_base(tmp_path):
    (tmp_path / "m").mkdir()
    for name in ("m/city.gpkg", "city.gpkg", "entities.csv"):
        (tmp_path / name).write_text("x")
    path = write(tmp_path / "m", MANIFEST.replace('name = "city"', 'name = "city"\nbase = ".."'))
    files = {name: file.resolve() for name, file in read_manifest(path).files()}
    assert files == {"city.gpkg": tmp_path / "m/city.gpkg", "entities.csv": tmp_path / "entities.csv"}


def test_a_byte_order_mark_and_single_tables_do_no_harm(tmp_path):
    text = MANIFEST.replace("[[lines]]", "[lines]").replace("[stations]", "[[stations]]")
    (tmp_path / "b.toml").write_text(text, encoding="utf-8-sig")
    manifest = read_manifest(tmp_path / "b.toml")
    assert [s.key for s in manifest.sections["stations"] + manifest.sections["lines"]] == ["stations[0]", "lines"]


def test_groups_and_area_column_go_together(tmp_path):
    text = MANIFEST.replace('layer = "stations"', 'layer = "stations"\narea_column = "name"')
    with pytest.raises(SchemaError, match=r"stations\.area_column needs groups"):
        read_manifest(write(tmp_path, text))


def test_the_example_of_the_documentation_is_a_manifest(tmp_path):
    text = (ROOT / "docs/operators/manifest.md").read_text(encoding="utf-8")
    example = re.search(r"```toml\n(.*?)```", text, re.DOTALL)
    assert example
    manifest = read_manifest(write(tmp_path, example[1]))
    assert all(manifest.sections.values())
    assert manifest.rules
    assert manifest.diagram


def test_the_documentation_names_every_column():
    from layers.schema import TABLES

    text = (ROOT / "docs/operators/manifest.md").read_text(encoding="utf-8")
    missing = [f"{t}.{c.name}" for t in TABLES for c in TABLES[t].columns if f"`{c.name}`" not in text]
    assert missing == []


def test_rules_for_lines_and_communities_are_checked() -> None:
    from layers.rules import check_rules

    right = {"border_cost": {"river": 0.05}, "barriers": ["river"], "bridges_count": True, "base_units_rule": "keep"}
    assert check_rules(right) == []
    wrong = {"border_cost": {"moat": 1}, "barriers": "river", "bridges_count": "yes", "base_units_rule": "whole"}
    assert [f.where for f in check_rules(wrong)] == [f"rules.{key}" for key in wrong]
