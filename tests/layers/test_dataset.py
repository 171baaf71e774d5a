"""From a manifest to frames: what is stored, what is rejected, what is said; and the errors of point by point."""

from datetime import date

import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely

from layers import SchemaError, SourceError, read_dataset
from layers.datum import from_storage
from tests.layers.city import (
    ENTITY,
    MANIFEST,
    street_grid,
    street_points,
    two_stations,
    write_city,
    write_csv,
)


def rules_of(dataset):
    return [f.rule for f in dataset.findings]


def reasons(dataset):
    return {r.row: r.reason.split(",")[0] for r in dataset.rejected.itertuples()}


def test_a_small_city(tmp_path):
    said = []
    dataset = read_dataset(write_city(tmp_path), progress=said.append)
    assert dataset.jurisdictions.code.tolist() == ["110101", "110101001", "110101002"]
    assert dataset.jurisdictions.level.tolist() == [1, 2, 2]
    assert dataset.jurisdictions.parent_code.tolist() == ["", "110101", "110101"]
    assert set(dataset.jurisdictions.geom_type) == {"MultiPolygon"}
    assert dataset.boundary_lines.kind.value_counts().to_dict() == {"local": 16, "main": 6}
    row = dataset.entities.iloc[0]
    assert (row.source_id, row.credit_class, row.licensed, row.opened) == ("007", "B", True, None)
    assert (row.geometry.x, row.geometry.y) == (116.41, 39.91)
    assert all(
        f.crs.to_epsg() == 4490
        for f in (dataset.jurisdictions, dataset.boundary_lines, dataset.entities, dataset.markets)
    )
    assert len(dataset.rejected) == 0
    assert {str(t) for t in dataset.entities.dtypes} == {"object", "bool", "float64", "geometry"}
    assert dataset.findings == ()
    assert said


def test_the_same_input_gives_the_same_dataset_and_digest(tmp_path):
    entities = [{**ENTITY, "source_id": str(i), "name": f"店{i}"} for i in range(20)]
    first = read_dataset(write_city(tmp_path, entities=entities))
    second = read_dataset(tmp_path / "manifest.toml")
    assert first.digest == second.digest
    assert len(first.digest) == 64
    pd.testing.assert_frame_equal(pd.DataFrame(first.entities), pd.DataFrame(second.entities))
    write_csv(tmp_path / "entities.csv", entities[::-1])
    assert read_dataset(tmp_path / "manifest.toml").digest != first.digest


def test_rows_of_entities(tmp_path):
    rows = [
        {**ENTITY, "licensed": "", "closed": ""},
        {**ENTITY, "name": "第二"},
        {**ENTITY, "source_id": ""},
        {**ENTITY, "source_id": "4", "lon": "x"},
        {**ENTITY, "source_id": "5", "lon": "39.91", "lat": "116.41"},
        {**ENTITY, "source_id": "6", "lon": "200"},
        {**ENTITY, "source_id": "7", "credit_class": "Z"},
        {**ENTITY, "source_id": "8", "credit_class": "", "licensed": "无照", "credit_code": ""},
        {**ENTITY, "source_id": "9", "lon": "", "lat": ""},
        {**ENTITY, "source_id": "10", "lon": "0", "lat": "0"},
        {**ENTITY, "source_id": "11", "credit_code": "91350100M000100Y44"},
        {**ENTITY, "source_id": "12", "credit_code": "110105001234567"},
        {**ENTITY, "source_id": "13", "name": "", "credit_class": "c类"},
        {**ENTITY, "source_id": "14", "credit_class": ""},
        {**ENTITY, "source_id": "15", "lon": "117"},
    ]
    dataset = read_dataset(write_city(tmp_path, entities=rows))
    assert reasons(dataset) == {
        3: "source_id appears twice",
        4: "no source_id",
        8: "credit_class not understood",
        15: "no credit_class",
    }
    assert dataset.rejected.set_index("row").loc[[3, 8], "value"].tolist() == ["007", "Z"]
    assert dataset.rejected.reason.iloc[0].endswith("first in entities.csv row 2")
    kept = dataset.entities.set_index("source_id")
    assert kept.index.tolist() == ["007", "4", "5", "6", "8", "9", "10", "11", "12", "13", "15"]
    assert (kept.loc["8", "credit_class"], kept.loc["8", "licensed"]) == ("D", False)
    assert kept.loc["13", "credit_class"] == "C"
    unlocated = kept.index[shapely.is_missing(kept.geometry.to_numpy())]
    assert unlocated.tolist() == ["4", "5", "6", "9", "10"], "a business with an impossible place still exists"
    assert (kept.loc["12", "registration_no"], kept.loc["12", "credit_code"]) == ("110105001234567", "")
    found = {f.rule: f for f in dataset.findings}
    assert set(found) == {
        "entities.zero_place",
        "entities.swapped",
        "entities.impossible_place",
        "entities.credit_code",
        "entities.unlocated",
        "entities.no_name",
        "entities.outside",
    }
    assert found["entities.credit_code"].details["rows"] == [12]
    assert found["entities.unlocated"].value == 5
    assert found["entities.outside"].details["first"] == ["15"]


def test_a_register_in_gb18030_with_codes_as_text(tmp_path):
    path = write_city(tmp_path)
    write_csv(tmp_path / "entities.csv", [{**ENTITY, "name": "镕记䶮饭店"}], encoding="gb18030")
    dataset = read_dataset(path)
    assert dataset.entities.loc[0, ["source_id", "credit_code", "name"]].tolist() == [
        "007",
        "91350100M000100Y43",
        "镕记䶮饭店",
    ]
    assert rules_of(dataset) == ["source.encoding_assumed"]
    path.write_text(MANIFEST.replace('datum = "wgs84"', 'datum = "wgs84"\nencoding = "gb18030"'), encoding="utf-8")
    assert rules_of(read_dataset(path)) == []


def test_a_register_as_a_workbook_and_as_a_map(tmp_path):
    path = write_city(tmp_path)
    book = openpyxl.Workbook()
    book.active.title = "主体"
    book.active.append([*ENTITY, "opened"])
    book.active.append([*({**ENTITY, "source_id": 110101.0, "lon": 116.41, "lat": 39.91}.values()), 45296])
    book.save(tmp_path / "r.xlsx")
    path.write_text(MANIFEST.replace("entities.csv", "r.xlsx").replace("[[entities]]", '[[entities]]\nlayer = "主体"'))
    entity = read_dataset(path).entities.iloc[0]
    assert (entity.source_id, entity.opened, entity.geometry.x) == ("110101", date(2024, 1, 5), 116.41)

    frame = (
        two_stations()
        .rename(columns={"code": "source_id"})
        .assign(credit_class="A", geometry=two_stations().representative_point())
    )
    with pytest.warns(RuntimeWarning, match="credit_cla"):
        pyogrio.write_dataframe(frame, tmp_path / "shops.shp", encoding="UTF-8")
    text = MANIFEST.replace("entities.csv", "shops.shp")
    path.write_text(text + 'columns = {credit_class = "credit_cla"}\n', encoding="utf-8")
    entities = read_dataset(path).entities
    assert entities.name.tolist() == ["西所", "东所"]
    assert entities.geometry.iloc[0].equals_exact(frame.geometry.iloc[0], 1e-9)


def test_several_files_share_their_ids(tmp_path):
    path = write_city(
        tmp_path, manifest=MANIFEST.replace('file = "entities.csv"', 'files = ["entities.csv", "more.csv"]')
    )
    write_csv(tmp_path / "more.csv", [{**ENTITY, "source_id": "8"}, ENTITY])
    dataset = read_dataset(path)
    assert dataset.entities.source_id.tolist() == ["007", "8"]
    assert dataset.rejected.to_dict("records") == [
        {"file": "more.csv", "row": 3, "reason": "source_id appears twice, first in entities.csv row 2", "value": "007"}
    ]


def shops(datum):
    points = street_points()
    lon, lat = from_storage(points[:, 0], points[:, 1], datum)
    return [
        {**ENTITY, "source_id": str(i), "lon": str(x), "lat": str(y)}
        for i, (x, y) in enumerate(zip(lon, lat, strict=True))
    ]


def test_points_in_another_datum_than_declared_are_warned_about(tmp_path):
    dataset = read_dataset(write_city(tmp_path, entities=shops("gcj02")))
    (found,) = [f for f in dataset.findings if f.rule == "datum.fit"]
    assert found.message.startswith(
        "entities.csv: The points are declared as wgs84 but fit the map far better as gcj02"
    )
    assert found.details["better"] == "gcj02"


def test_points_in_the_declared_datum_are_not(tmp_path):
    manifest = MANIFEST + 'datum = "gcj02"\n'
    dataset = read_dataset(write_city(tmp_path, entities=shops("gcj02"), manifest=manifest))
    assert rules_of(dataset) == []
    there = shapely.get_coordinates(dataset.entities.geometry.to_numpy())
    assert abs(there - street_points()).max() < 1e-9


def test_missing_files_and_columns_are_told_all_at_once(tmp_path):
    manifest = MANIFEST.replace("city.gpkg", "town.gpkg") + '[[officers]]\nfile = "o.csv"\n'
    with pytest.raises(SourceError, match=r"town\.gpkg: no such file.*; .*o\.csv: no such file"):
        read_dataset(write_city(tmp_path, manifest=manifest))
    write_csv(tmp_path / "o.csv", [{"工号": "1"}])
    (tmp_path / "manifest.toml").write_text(
        MANIFEST + 'columns = {name = "mc"}\n[[officers]]\nfile = "o.csv"\n', encoding="utf-8"
    )
    with pytest.raises(SchemaError) as caught:
        read_dataset(tmp_path / "manifest.toml")
    assert len(caught.value.findings) == 3
    assert "entities.csv has no column 'mc' (entities[0].columns.name); its columns are: source_id, name" in str(
        caught.value
    )
    assert "o.csv has no column for officer_id" in str(caught.value)


def test_an_empty_register(tmp_path):
    path = write_city(tmp_path)
    (tmp_path / "entities.csv").write_bytes(b"")
    with pytest.raises(SourceError, match=r"entities\.csv: empty file"):
        read_dataset(path)


@pytest.mark.parametrize("rows", [[], ["9,x,,,,B,116.41,x", "9,y,,,,B,116.41,y"]])
def test_a_register_of_which_nothing_can_be_stored(tmp_path, rows):
    path = write_city(tmp_path)
    (tmp_path / "entities.csv").write_text("\n".join([",".join(ENTITY), *rows]), encoding="utf-8")
    told = r"none of the 2 rows can be stored \(coordinates cannot be read: 2\)" if rows else "a header and no rows"
    with pytest.raises(SchemaError, match=told):
        read_dataset(path)


def test_no_line_that_is_a_border(tmp_path):
    path = write_city(tmp_path)
    paths = street_grid().drop(columns="kind").assign(highway="footway")
    pyogrio.write_dataframe(paths, tmp_path / "city.gpkg", layer="streets")
    with pytest.raises(SourceError, match=r"city\.gpkg:streets: no line that can be a border"):
        read_dataset(path)


def test_no_lines_section_is_a_warning(tmp_path):
    text = MANIFEST.replace('[[lines]]\nfile = "city.gpkg"\nlayer = "streets"\n', "")
    dataset = read_dataset(write_city(tmp_path, manifest=text))
    assert rules_of(dataset) == ["lines.none"]
    assert len(dataset.boundary_lines) == 0


def test_entities_all_outside(tmp_path):
    with pytest.raises(SchemaError, match=r"none of the 1 located entities lies in the territory: they are at 121\.4"):
        read_dataset(write_city(tmp_path, entities=[{**ENTITY, "lon": "121.4", "lat": "31.2"}]))


def test_all_entities_without_a_place_are_kept(tmp_path):
    rows = [{k: v for k, v in ENTITY.items() if k not in {"lon", "lat"}}]
    dataset = read_dataset(write_city(tmp_path, entities=rows))
    assert dataset.entities.geometry.isna().all()
    assert rules_of(dataset) == ["entities.unlocated"]
