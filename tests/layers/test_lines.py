"""Kinds of lines: from tags, from a column, with the manifest's overrides."""

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from gridding import LineKind
from layers.errors import SchemaError
from layers.lines import KINDS, line_kinds
from layers.raw import read_source
from layers.sources import lines_of


def test_the_names_are_those_of_gridding():
    assert tuple(k.name.lower() for k in sorted(LineKind))[:-1] == KINDS


@pytest.mark.parametrize(
    ("highway", "kind"),
    [
        ("motorway", "expressway"),
        ("trunk_link", "expressway"),
        ("primary", "main"),
        ("secondary_link", "secondary"),
        ("tertiary", "secondary"),
        ("residential", "local"),
        ("unclassified", "local"),
        ("pedestrian", "local"),
        ("busway", "local"),
        ("service", "service"),
        ("track", "service"),
        ("footway", "none"),
        ("steps", "none"),
        ("path", "none"),
        ("cycleway", "none"),
        ("construction", "none"),
        ("raceway", "local"),
        (" Primary ", "main"),
    ],
)
def test_highways(highway, kind):
    assert line_kinds(pd.DataFrame({"highway": [highway]}))[0].tolist() == [kind]


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ({"waterway": "river"}, "river"),
        ({"waterway": "canal"}, "river"),
        ({"waterway": "stream", "tunnel": "culvert"}, "none"),
        ({"waterway": "ditch"}, "local"),
        ({"waterway": "dam"}, "none"),
        ({"railway": "rail"}, "railway"),
        ({"railway": "light_rail"}, "railway"),
        ({"railway": "rail", "tunnel": "yes"}, "none"),
        ({"railway": "subway"}, "none"),
        ({"railway": "abandoned"}, "none"),
        ({"highway": "residential", "railway": "tram"}, "local"),
        ({"highway": "footway", "railway": "rail"}, "railway"),
        ({"highway": "primary", "tunnel": "yes"}, "main"),
        ({"highway": None}, "local"),
    ],
)
def test_tags_together(tags, kind):
    assert line_kinds(pd.DataFrame([{"highway": None, "waterway": None, "railway": None, **tags}]))[0].tolist() == [
        kind
    ]


def test_what_is_no_border_is_counted():
    _, findings = line_kinds(pd.DataFrame({"highway": ["footway", "footway", "steps", "primary"]}), where="f")
    assert findings[0].rule == "lines.no_border"
    assert findings[0].value == 3
    assert findings[0].details["values"] == {"footway": 2, "steps": 1}


def test_a_kind_column_in_english_chinese_and_neither():
    kinds, findings = line_kinds(pd.DataFrame({"kind": ["River", "主干路", "alley", None, "primary"]}))
    assert kinds.tolist() == ["river", "main", "local", "local", "main"]
    assert findings[0].rule == "lines.unknown_kind"
    assert findings[0].value == 2


def test_overrides_win_and_may_say_none():
    frame = pd.DataFrame({"highway": ["service", "Tertiary", "primary"]})
    assert line_kinds(frame, kinds={"service": "none", "tertiary": "local"})[0].tolist() == ["none", "local", "main"]
    frame = pd.DataFrame({"level": ["1", "2"], "kind": ["x", "x"]})
    assert line_kinds(frame, kind_column="level", kinds={"1": "river", "2": "none"})[0].tolist() == ["river", "none"]


def test_one_kind_for_all_and_none_known():
    frame = pd.DataFrame({"a": [1, 2]})
    assert line_kinds(frame, kind="river")[0].tolist() == ["river", "river"]
    kinds, findings = line_kinds(frame)
    assert kinds.tolist() == ["local", "local"]
    assert findings[0].rule == "lines.no_kind"


def test_geometry_is_taken_apart_and_what_is_no_line_counted(tmp_path):
    shapes = [
        shapely.MultiLineString([[(116, 39), (116.1, 39)], [(116.2, 39), (116.3, 39)]]),
        shapely.box(116, 39, 116.1, 39.1),
        shapely.Point(116, 39),
        None,
        shapely.LineString([(116, 39), (116, 39)]),
    ]
    frame = gpd.GeoDataFrame(
        {"kind": ["river", "river", "main", "main", "main"], "n": list("abcde")}, geometry=shapes, crs=4326
    )
    frame.to_file(tmp_path / "l.gpkg")
    lines, findings = lines_of(read_source(tmp_path / "l.gpkg"), "wgs84", name_column="n")
    assert lines.kind.tolist() == ["river"] * 3
    assert lines.name.tolist() == ["a", "a", "b"]
    assert set(lines.geom_type) == {"LineString"}
    assert {f.rule: f.value for f in findings} == {"lines.from_polygons": 1, "lines.not_a_line": 3}


def test_a_column_that_is_not_there(tmp_path):
    frame = gpd.GeoDataFrame({"a": ["x"]}, geometry=[shapely.LineString([(116, 39), (117, 39)])], crs=4326)
    frame.to_file(tmp_path / "l.gpkg")
    with pytest.raises(SchemaError, match="no column level, title; its columns are: a"):
        lines_of(read_source(tmp_path / "l.gpkg"), "wgs84", kind_column="level", name_column="title")
