"""Geometry of maps as they come: formats, datums, rings, parts; and entities of a command line."""

import struct

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from layers import SchemaError, SourceError, credit_classes, read_entities, read_lines, read_outline, read_vector
from layers.datum import from_storage
from layers.errors import DatumError
from tests.layers.city import ENTITY, street_grid, two_stations, write_csv
from tests.layers.osm import write_pbf


@pytest.fixture
def city(tmp_path):
    path = tmp_path / "city.gpkg"
    pyogrio.write_dataframe(two_stations(), path, layer="stations")
    pyogrio.write_dataframe(street_grid(), path, layer="streets")
    return path


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
