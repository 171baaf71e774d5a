"""Files of every kind, whole and damaged, as the command line names them."""

import struct

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely

from layers import SchemaError, SourceError, credit_classes, read_entities, read_lines, read_outline, read_vector
from layers.datum import from_storage
from layers.errors import DatumError
from layers.raw import read_source, side_files, split_spec
from layers.tables import read_table
from tests.layers.city import ENTITY, street_grid, two_stations, write_csv
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


# --- geometry


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "shp"])
def test_the_same_map_in_every_format(tmp_path, suffix):
    path = tmp_path / f"s.{suffix}"
    pyogrio.write_dataframe(two_stations(), path)
    frame = read_vector(str(path), datum="wgs84")
    assert frame.crs.to_epsg() == 4490
    assert frame["code"].tolist() == ["110101001", "110101002"]
    same = shapely.equals_exact(frame.geometry.to_numpy(), two_stations().geometry.to_numpy(), 1e-9, normalize=True)
    assert same.all()


def test_a_projected_file_is_transformed_whatever_the_datum(tmp_path):
    pyogrio.write_dataframe(two_stations().to_crs(4548), tmp_path / "s.gpkg")
    outline, _ = read_outline(str(tmp_path / "s.gpkg"), datum="gcj02")
    assert shapely.hausdorff_distance(outline, shapely.union_all(two_stations().geometry.to_numpy())) < 1e-8


def test_longitudes_and_latitudes_are_in_the_declared_datum(tmp_path):
    shops = two_stations().assign(geometry=two_stations().representative_point())
    lon, lat = from_storage(shops.geometry.x, shops.geometry.y, "gcj02")
    shifted = shops.assign(geometry=shapely.points(lon, lat))
    assert shapely.distance(shifted.geometry.to_numpy(), shops.geometry.to_numpy()).min() > 0.003
    pyogrio.write_dataframe(shifted, tmp_path / "s.geojson")
    back, findings = read_entities(str(tmp_path / "s.geojson"), datum="gcj02")
    assert shapely.distance(back.geometry.to_numpy(), shops.geometry.to_numpy()).max() < 1e-7
    assert findings == ()


def test_metres_without_a_crs_are_refused(tmp_path):
    frame = two_stations().to_crs(4548).set_crs(None, allow_override=True)
    with pytest.warns(UserWarning, match="crs"):
        pyogrio.write_dataframe(frame, tmp_path / "s.shp")
    with pytest.raises(DatumError, match=r"2 of 2 features are not at longitudes and latitudes.*no CRS of its own"):
        read_outline(str(tmp_path / "s.shp"), datum="wgs84")
    outline, _ = read_outline(str(tmp_path / "s.shp"), datum="EPSG:4548")
    assert shapely.hausdorff_distance(outline, shapely.union_all(two_stations().geometry.to_numpy())) < 1e-8


def _write_rings(path, rings, **options):
    wkb = [struct.pack("<BIII", 1, 3, 1, len(r)) + b"".join(struct.pack("<dd", *p) for p in r) for r in rings]
    names = np.array([f"n{i}" for i in range(len(rings))], dtype=object)
    pyogrio.raw.write(
        path, np.array(wkb, dtype=object), [names], ["name"], geometry_type="Polygon", crs="EPSG:4326", **options
    )


@pytest.mark.parametrize("name", ["u.gpkg", "u.geojson"])
def test_an_unclosed_ring_is_an_error_with_its_place(tmp_path, name):
    good = [(116.4, 39.9), (116.5, 39.9), (116.5, 40.0), (116.4, 39.9)]
    _write_rings(tmp_path / name, [good, [(116.4, 39.9), (116.5, 39.9), (116.5, 40.0), (116.4, 40.0)]])
    text = r"feature 2 has a ring that is not closed: it begins at 116\.4000000, 39\.9000000 and ends at 116\.4000000, 40\.0"
    with pytest.raises(SourceError, match=text) as caught:
        read_outline(str(tmp_path / name), datum="wgs84")
    assert caught.value.findings[0].where.endswith(":2")


def test_a_bow_tie_is_an_error_with_its_place(tmp_path):
    _write_rings(tmp_path / "b.gpkg", [[(116.4, 39.9), (116.5, 40.0), (116.5, 39.9), (116.4, 40.0), (116.4, 39.9)]])
    with pytest.raises(SourceError, match=r"cross themselves .*feature 1: self-intersection at 116\.45") as caught:
        read_outline(str(tmp_path / "b.gpkg"), datum="wgs84")
    assert caught.value.findings[0].at == pytest.approx((116.45, 39.95))


def test_a_spike_is_repaired_and_said(tmp_path):
    spike = [(116.4, 39.9), (116.5, 39.9), (116.5, 40.0), (116.6, 40.0), (116.5, 40.0), (116.4, 40.0), (116.4, 39.9)]
    _write_rings(tmp_path / "s.gpkg", [spike])
    outline, findings = read_outline(str(tmp_path / "s.gpkg"), datum="wgs84")
    assert outline.is_valid
    assert outline.area == pytest.approx(0.01)
    assert [f.rule for f in findings] == ["geometry.repaired"]


def test_an_outline_of_lines_is_refused(city):
    with pytest.raises(SourceError, match="no polygon among 22 features"):
        read_outline(f"{city}:streets", datum="wgs84")


def test_an_outline_of_several_parts(tmp_path):
    islands = two_stations(shift=0.001)
    pyogrio.write_dataframe(islands, tmp_path / "i.gpkg")
    outline, _ = read_outline(str(tmp_path / "i.gpkg"), datum="wgs84")
    assert outline.geom_type == "MultiPolygon"
    assert outline.area == pytest.approx(shapely.area(islands.geometry.to_numpy()).sum())


# --- entities of a command line


def test_entities_keep_every_row_and_column(tmp_path):
    rows = [
        {**ENTITY, "note": "x"},
        {**ENTITY, "source_id": "2", "lon": ""},
        {**ENTITY, "lon": "39.91", "lat": "116.41"},
        {**ENTITY, "lon": "", "lat": ""},
        {**ENTITY, "lon": "0", "lat": "0"},
        {**ENTITY, "lon": "500", "lat": "39"},
    ]
    frame, findings = read_entities(str(write_csv(tmp_path / "e.csv", rows)), datum="wgs84", lon="lon", lat="lat")
    assert list(frame.columns) == [*rows[0], "geometry"]
    assert frame["source_id"].tolist()[:2] == ["007", "2"]
    assert shapely.is_missing(frame.geometry.to_numpy()).tolist() == [False, True, True, True, True, True]
    told = {f.message.split("rows: ")[1].split(", such")[0].split(" (")[0]: f.details["rows"] for f in findings}
    assert told == {
        "coordinates cannot be read": [3],
        "longitude and latitude look swapped": [4],
        "no coordinates": [5],
        "coordinates 0, 0": [6],
        "coordinates out of range": [7],
    }


def test_entities_without_coordinate_columns(tmp_path):
    path = write_csv(tmp_path / "e.csv", [{"id": "1", "name": "a"}])
    with pytest.raises(SchemaError, match=r"no coordinates: name the columns .*its columns are: id, name"):
        read_entities(str(path), datum="wgs84")
    with pytest.raises(SchemaError, match="no column 'x' and 'y'; its columns are: id, name"):
        read_entities(str(path), datum="wgs84", lon="x", lat="y")


def test_an_unknown_datum_says_which_are_known(tmp_path):
    with pytest.raises(DatumError, match="gcj02"):
        read_entities(str(write_csv(tmp_path / "e.csv", [ENTITY])), datum="mars")


def test_empty_and_broken_points_of_a_map(tmp_path):
    shapes = [shapely.Point(116.41, 39.91), shapely.Point(), None, shapely.Point(0, 0), shapely.Point(500, 39)]
    frame = gpd.GeoDataFrame({"source_id": list("abcde")}, geometry=shapes, crs=4326)
    pyogrio.write_dataframe(frame, tmp_path / "p.gpkg")
    back, findings = read_entities(str(tmp_path / "p.gpkg"), datum="wgs84")
    assert shapely.is_missing(back.geometry.to_numpy()).tolist() == [False, True, True, True, True]
    assert sorted(f.details["rows"] for f in findings) == [[2, 3], [4], [5]]


def test_lines_of_which_none_is_a_border(tmp_path):
    pyogrio.write_dataframe(street_grid().assign(kind="none"), tmp_path / "l.gpkg")
    frame, findings = read_lines([str(tmp_path / "l.gpkg")], datum="wgs84")
    assert len(frame) == 0
    assert [(f.rule, f.severity) for f in findings] == [("lines.no_border", "info"), ("lines.none", "warning")]
    assert "l.gpkg: no line that can be a border" in findings[1].message


def test_a_csv_has_no_layers(tmp_path):
    path = write_csv(tmp_path / "e.csv", [ENTITY])
    with pytest.raises(SourceError, match=r"no layer 'x'; a \.csv file has no layers"):
        read_entities(f"{path}:x", datum="wgs84")


def test_a_workload_column_is_numbers(tmp_path):
    rows = [{**ENTITY, "hours": h} for h in ("1,200.5", "", "x", "-3")]
    frame, findings = read_entities(str(write_csv(tmp_path / "e.csv", rows)), datum="wgs84", workload="hours")
    assert frame["hours"].iloc[0] == 1200.5
    assert frame["hours"].isna().tolist() == [False, True, True, True]
    assert findings[0].details["rows"] == [4, 5]
    with pytest.raises(SchemaError, match="no column 'work'"):
        read_entities(str(tmp_path / "e.csv"), datum="wgs84", workload="work")


def test_a_table_of_no_rows(tmp_path):
    (tmp_path / "e.csv").write_text("source_id,lon,lat\n")
    with pytest.raises(SourceError, match="no rows"):
        read_entities(str(tmp_path / "e.csv"), datum="wgs84")


def test_polygons_as_entities_give_a_point_inside(tmp_path):
    pyogrio.write_dataframe(two_stations(), tmp_path / "s.gpkg")
    frame, findings = read_entities(str(tmp_path / "s.gpkg"), datum="wgs84")
    assert shapely.contains(two_stations().geometry.to_numpy(), frame.geometry.to_numpy()).all()
    assert [f.rule for f in findings] == ["entities.not_points"]


def test_credit_classes_of_a_frame():
    frame = pd.DataFrame({"class": ["a", "B级", "", "Z"], "Industry": ["餐饮", None, "x ", ""]})
    classes, industries, findings = credit_classes(frame)
    assert classes.tolist() == ["A", "B", "B", "B"]
    assert industries.tolist() == ["餐饮", "", "x", ""]
    assert findings[0].value == 1
    assert credit_classes(pd.DataFrame({"x": [1]}))[0].tolist() == ["B"]


def test_lines_of_several_files_in_their_order(tmp_path, city):
    way = ([(116.40, 39.90), (116.41, 39.91)], {"highway": "primary", "name": "长安街"})
    subway = ([(116.40, 39.90), (116.42, 39.91)], {"railway": "subway"})
    pipe = ([(116.40, 39.90), (116.43, 39.91)], {"man_made": "pipeline"})
    tram = ([(116.40, 39.90), (116.44, 39.91)], {"railway": "rail", "tunnel": "yes"})
    river = ([(116.40, 39.90), (116.45, 39.91)], {"waterway": "canal"})
    pbf = write_pbf(tmp_path / "c.osm.pbf", [way, subway, pipe, tram, river])
    frame, findings = read_lines([str(pbf), f"{city}:streets"], datum="wgs84")
    assert frame.kind.tolist()[:3] == ["main", "river", "main"]
    assert frame.name.tolist()[:3] == ["长安街", "", "街"]
    assert len(frame) == 24
    assert findings[0].details["values"] == {"subway": 1, "rail": 1}
    assert frame.crs.to_epsg() == 4490
