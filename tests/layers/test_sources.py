"""Files of every kind, whole and damaged, as the command line names them."""

import openpyxl
import pandas as pd
import pyogrio
import pytest

from layers import SourceError, read_vector
from layers.raw import read_source, side_files, split_spec
from layers.tables import read_table
from tests.layers.city import street_grid, two_stations, write_csv
from tests.layers.osm import write_pbf


@pytest.fixture
def city(tmp_path):
    path = tmp_path / "city.gpkg"
    pyogrio.write_dataframe(two_stations(), path, layer="stations")
    pyogrio.write_dataframe(street_grid(), path, layer="streets")
    return path


# --- naming a file


def test_a_layer_is_named_after_a_colon(city):
    assert split_spec(f"{city}:streets") == (city, "streets")
    assert split_spec(str(city)) == (city, None)


def test_colons_in_file_names_and_drive_letters(tmp_path):
    odd = tmp_path / "a:b.gpkg"
    odd.write_bytes(b"x")
    assert split_spec(f"{odd}:c:d") == (odd, "c:d")
    assert str(split_spec(r"C:\data\city.gpkg")[0]) == r"C:\data\city.gpkg"
    assert split_spec(r"C:\data\city.gpkg:streets")[1] == "streets"


def test_a_missing_layer_names_those_there_are(city):
    with pytest.raises(SourceError, match=r"no layer 'street'; its layers are: stations, streets"):
        read_vector(f"{city}:street", datum="wgs84")


def test_one_of_several_layers_must_be_named(city):
    with pytest.raises(SourceError, match=r"has 2 layers \(stations, streets\); name the one to read"):
        read_vector(str(city), datum="wgs84")


def test_a_missing_file_says_so_and_what_is_there(city):
    with pytest.raises(SourceError, match=r"town\.gpkg: no such file; the folder has: city\.gpkg"):
        read_vector(str(city.with_name("town.gpkg")), datum="wgs84")


# --- damaged files


@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson", "a.shp", "a.csv", "a.xlsx", "a.osm.pbf"])
def test_an_empty_file(tmp_path, name):
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(SourceError, match="empty file"):
        read_source(tmp_path / name)


@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson", "a.xlsx", "a.osm.pbf"])
def test_a_file_of_another_kind(tmp_path, name):
    (tmp_path / name).write_text("hello, hello")
    with pytest.raises(SourceError, match=r"cannot be read as .*"):
        read_source(tmp_path / name)


@pytest.mark.parametrize("name", ["a.docx", "a.xls", "a"])
def test_an_unknown_kind_names_the_known_ones(tmp_path, name):
    (tmp_path / name).write_text("hello")
    with pytest.raises(SourceError, match="expected GeoPackage"):
        read_source(tmp_path / name)


def test_a_workbook_called_csv(tmp_path):
    openpyxl.Workbook().save(tmp_path / "a.xlsx")
    (tmp_path / "a.xlsx").rename(tmp_path / "a.csv")
    with pytest.raises(SourceError, match="not a text file but a workbook"):
        read_source(tmp_path / "a.csv")


def test_a_truncated_geopackage(city):
    whole = city.read_bytes()
    city.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SourceError, match=f"cut off: {len(whole) // 2} of {len(whole)} bytes"):
        read_source(city, "streets")


@pytest.mark.parametrize("suffix", ["shp", "dbf"])
def test_a_truncated_shapefile(tmp_path, suffix):
    pyogrio.write_dataframe(street_grid(), tmp_path / "s.shp")
    whole = (tmp_path / f"s.{suffix}").read_bytes()
    (tmp_path / f"s.{suffix}").write_bytes(whole[:-100])
    with pytest.raises(SourceError, match="cut off"):
        read_source(tmp_path / "s.shp")


def test_a_shapefile_in_capitals(tmp_path):
    pyogrio.write_dataframe(street_grid(), tmp_path / "s.shp", encoding="GBK")
    for file in list(tmp_path.iterdir()):
        file.rename(tmp_path / file.name.upper())
    assert set(read_source(tmp_path / "S.SHP").frame["name"]) == {"街"}
    assert [p.suffix for p in side_files(tmp_path / "S.SHP")] == [".SHP", ".DBF", ".SHX", ".PRJ", ".CPG"]


def test_a_shapefile_without_its_companions(tmp_path):
    pyogrio.write_dataframe(street_grid(), tmp_path / "s.shp")
    (tmp_path / "s.dbf").unlink()
    with pytest.raises(SourceError, match=r"several files; s\.dbf must lie beside it"):
        read_source(tmp_path / "s.shp")


def test_truncated_geojson(tmp_path):
    pyogrio.write_dataframe(street_grid(), tmp_path / "s.geojson")
    text = (tmp_path / "s.geojson").read_bytes()
    (tmp_path / "s.geojson").write_bytes(text[: len(text) // 2])
    with pytest.raises(SourceError, match=r"cannot be read as GeoJSON .*damaged, cut off"):
        read_source(tmp_path / "s.geojson")


def test_a_truncated_pbf(tmp_path):
    ways = [([(116.4 + i / 1000, 39.9), (116.4 + i / 1000, 39.91)], {"highway": "primary"}) for i in range(50)]
    path = write_pbf(tmp_path / "c.osm.pbf", ways)
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(SourceError, match="OpenStreetMap"):
        read_source(path)


def test_a_csv_that_ends_within_a_quoted_field(tmp_path):
    (tmp_path / "a.csv").write_text('id,name\n1,a\n2,"b')
    with pytest.raises(SourceError, match="ends within a quoted field"):
        read_source(tmp_path / "a.csv")


# --- text that must stay text


def test_codes_stay_text_in_csv(tmp_path):
    (tmp_path / "a.csv").write_text("code,id\n0071,123456789012345678\n 1.0 ,007\n")
    raw = read_source(tmp_path / "a.csv")
    assert raw.frame["code"].tolist() == ["0071", "1.0"]
    assert raw.frame["id"].tolist() == ["123456789012345678", "007"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_delimiters_and_encodings(tmp_path, delimiter, encoding):
    rows = [["编号", "名称"], ["01", "镕记饭店, 总店" if delimiter != "," else "镕记饭店"]]
    (tmp_path / "a.csv").write_bytes("\r\n".join(delimiter.join(r) for r in rows).encode(encoding))
    raw = read_source(tmp_path / "a.csv")
    assert raw.frame.to_dict("records") == [dict(zip(rows[0], rows[1], strict=True))]
    assumed = [f.details["encoding"] for f in raw.findings if f.rule == "source.encoding_assumed"]
    assert assumed == (["gb18030"] if encoding == "gb18030" else [])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_any_way(tmp_path, end):
    path = tmp_path / "a.csv"
    path.write_bytes(end.join(["code;name", "007;张三", "008;李四", ""]).encode())
    assert read_source(path).frame.to_dict("list") == {"code": ["007", "008"], "name": ["张三", "李四"]}


def test_a_declared_encoding_is_believed_or_refused(tmp_path):
    (tmp_path / "a.csv").write_bytes("店名\n大飯店\n".encode("big5"))
    assert read_source(tmp_path / "a.csv", encoding="big5").frame["店名"].tolist() == ["大飯店"]
    (tmp_path / "b.csv").write_bytes("名称\n饭店\n".encode())
    with pytest.raises(SourceError, match="not in the declared encoding ascii: line 1"):
        read_source(tmp_path / "b.csv", encoding="ascii")


def test_row_numbers_are_those_of_a_spreadsheet(tmp_path):
    (tmp_path / "a.csv").write_text('id,name\n1,"two\nlines"\n\n3,c,extra\n4\n')
    raw = read_source(tmp_path / "a.csv")
    assert raw.rows.tolist() == [2, 5]
    assert raw.frame["name"].tolist() == ["two\nlines", ""]
    assert raw.rejected.to_dict("records") == [
        {"row": 4, "reason": "more cells than the 2 columns of the header", "value": "3 | c | extra"}
    ]


def test_xlsx_numbers_dates_and_sheets(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "封面"
    data = book.create_sheet("主体")
    data.append(["编号", "名称", "日期", "数"])
    data.append([110101.0, "饭店", pd.Timestamp("2024-01-05").to_pydatetime(), 1.5])
    data.append(["007", None, 45296, 91350100000010043])
    book.save(tmp_path / "a.xlsx")
    raw = read_source(tmp_path / "a.xlsx", "主体")
    assert raw.frame["编号"].tolist() == ["110101", "007"]
    assert raw.frame["日期"].tolist() == ["2024-01-05", "45296"]
    assert raw.frame["名称"].tolist() == ["饭店", ""]
    assert [f.rule for f in raw.findings] == ["source.digits_lost"]
    assert read_source(tmp_path / "a.xlsx").frame.equals(raw.frame)  # the empty cover sheet is passed over
    with pytest.raises(SourceError, match="no sheet 'x'; the workbook has: 封面, 主体"):
        read_source(tmp_path / "a.xlsx", "x")


@pytest.mark.parametrize("encoding", ["GBK", "UTF-8"])
@pytest.mark.parametrize("cpg", [True, False])
def test_shapefile_text_with_and_without_a_declared_encoding(tmp_path, encoding, cpg):
    frame = street_grid().assign(name="长安街", code="0010")
    pyogrio.write_dataframe(frame, tmp_path / "s.shp", encoding=encoding)
    if not cpg:
        (tmp_path / "s.cpg").unlink()
    raw = read_source(tmp_path / "s.shp")
    assert set(raw.frame["name"]) == {"长安街"}
    assert set(raw.frame["code"]) == {"0010"}


def test_a_table_for_locate(tmp_path):
    write_csv(tmp_path / "p.csv", [{"id": "01", "lon": "116.4", "lat": "39.9"}])
    assert read_table(tmp_path / "p.csv").to_dict("records") == [{"id": "01", "lon": "116.4", "lat": "39.9"}]
    (tmp_path / "q.csv").write_text("id\n1,2\n")
    with pytest.raises(SourceError, match="1 rows cannot be read, the first is row 2"):
        read_table(tmp_path / "q.csv")
