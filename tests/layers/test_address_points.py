"""Files for the gazetteer: which columns are read, and what is said of rows that cannot be used."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from layers.address_points import read_address_points, read_places, read_rows, read_street_lines
from layers.errors import SchemaError


def written(folder: Path, text: str, name: str = "f.csv") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_street_number_and_district_make_an_address(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        "编号,区县,道路,门牌号,经度,纬度\nA1,黄浦区,人民路,12,121.4,31.2\nA2,,人民路,14号,121.4,31.2\n,,人民路,,1,2\n",
    )
    read = read_address_points(file, datum="cgcs2000")
    assert read.frame[["point_id", "address"]].to_numpy().tolist() == [["A1", "黄浦区人民路12号"], ["A2", "人民路14号"]]
    assert read.rejected[["row", "reason"]].to_numpy().tolist() == [[4, "no address"]]


def test_a_datum_shifts_the_points(tmp_path: Path) -> None:
    file = written(tmp_path, "address,lon,lat\n人民路1号,121.4,31.2\n")
    one, two = (read_address_points(file, datum=d).frame["geometry"][0] for d in ("cgcs2000", "gcj02"))
    assert 0.002 < one.distance(two) < 0.01


def test_a_column_that_is_named_must_be_there(tmp_path: Path) -> None:
    file = written(tmp_path, "where,lon,lat\n人民路1号,121.4,31.2\n")
    assert len(read_address_points(file, datum="wgs84", address="where").frame) == 1
    for named, wrong in (("what", "no column 'what'"), (None, "no column of addresses")):
        with pytest.raises(SchemaError, match=wrong):
            read_address_points(file, datum="wgs84", address=named)
    with pytest.raises(SchemaError, match="no columns of longitude"):
        read_address_points(written(tmp_path, "address\n人民路1号\n"), datum="wgs84")


def test_places_need_names_and_points(tmp_path: Path) -> None:
    file = written(tmp_path, "id,名称,类别,lon,lat\n1,明珠广场,市场,121.4,31.2\n2,无处,,,\n1,再来,,121.4,31.2\n")
    read = read_places(file, datum="wgs84")
    assert read.frame[["place_id", "name", "kind"]].to_numpy().tolist() == [["1", "明珠广场", "市场"]]
    assert read.rejected["reason"].tolist() == ["no coordinates", "this id is in the file before"]


def test_lines_without_a_name_are_no_streets(tmp_path: Path) -> None:
    def line(name: str, points: list[list[float]]) -> dict[str, object]:
        shape = {"type": "LineString", "coordinates": points}
        return {"type": "Feature", "properties": {"name": name}, "geometry": shape}

    features = [line("人民路", [[121.4, 31.2], [121.5, 31.2]]), line("", [[121.4, 31.3], [121.5, 31.3]])]
    file = written(tmp_path, json.dumps({"type": "FeatureCollection", "features": features}), "lines.geojson")
    read = read_street_lines(file, datum="wgs84")
    assert read.frame["name"].tolist() == ["人民路"]
    assert read.rejected["reason"].tolist() == ["no name"]


def test_tables_name_every_missing_column(tmp_path: Path) -> None:
    file = written(tmp_path, "code,other\n1,2\n")
    with pytest.raises(SchemaError, match="no column name, level"):
        read_rows(file, ("code", "name", "level"), ("code", "name", "level", "parent"))
    frame, _ = read_rows(file, ("code",), ("code", "parent"))
    assert frame.to_numpy().tolist() == [["1", "", 2]]
