import html as html_escapes
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layers.assets import check_offline
from layers.cells import cell_numbers, cells_layer
from layers.diagram import DiagramSettings, supervision_diagram
from layers.errors import SchemaError
from layers.page import dial, json_element
from layers.style import DiagramStyle

from .town import Town, make_town

TOWN = make_town()
HOSTILE = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}{% raw %}&amp;\u2028"


def page(town: Town = TOWN, **changes: Any) -> str:
    return supervision_diagram(**{**town.arguments(), **changes})


def data_of(html: str) -> dict[str, Any]:
    return json.loads(re.search(r'<script type="application/json" id="diagram-data">(.*?)</script>', html, re.S)[1])


def text_of(html: str) -> str:
    """The words of a page, without scripts, styles and data."""
    body = re.sub(r"<(script|style)\b.*?</\1>", "", html, flags=re.S)
    return html_escapes.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)))


def unpack(polygon: list[list[list[int]]], scale: float = 1e-6) -> Any:
    rings = [[np.cumsum(np.reshape(r, (-1, 2)), axis=0) * scale for r in part] for part in polygon]
    return shapely.MultiPolygon([(part[0], part[1:]) for part in rings])


class Structure(HTMLParser):
    """Elements that have been opened, and scripts' attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def tags_of(html: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Structure()
    parser.feed(html)
    return parser.tags


def test_the_page_says_everything_a_posted_diagram_must() -> None:
    words = text_of(page(assets_prefix="/static/vendor"))
    first = TOWN.officers.iloc[4]
    for expected in (
        "江东区市场监督管理局辖区监管责任制示意图", "方案版本 3", "截至 2026-11-21", "投诉举报电话 12315",
        "审图号 江S(2026)018号", "数据来源 网格:江东区市场监督管理局", "本图为示意图", "文昌网格", "东湖市场监管所",
        first["name"], first["title"], first["telephone"], "主责", "副责", "第一责任人", "重点市场", "青山建材城",
        "重点行业", "特种设备", "图例", "河流", "北",
    ):  # fmt: skip
        assert expected in words, expected
    assert "English" in words


def test_english_page_of_the_service_links_to_the_chinese_one() -> None:
    html = page(lang="en", assets_prefix="/static/vendor")
    words = text_of(html)
    assert '<html lang="en"' in html
    assert 'href="?lang=zh"' in html
    for expected in (
        "Jiangdong Market Regulation Bureau",
        "Complaints 12315",
        "Key markets",
        "Map approval no.",
        "Lead",
    ):
        assert expected in words
    assert "投诉举报电话" not in html
    assert len(html) < len(page())


def test_the_single_file_holds_both_languages() -> None:
    html = page()
    assert set(data_of(html)["texts"]) == {"zh", "en"}
    assert '<button type="button" class="language"' in html
    assert '<span class="en" lang="en">Key markets</span>' in html
    assert 'data-text-placeholder="placeholder"' in html
    assert "?lang=" not in html


@pytest.mark.parametrize("prefix", [None, "/static/vendor"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_page_loads_from_outside(prefix: str | None, lang: str) -> None:
    html = page(lang=lang, assets_prefix=prefix)
    check_offline(html, prefix)
    for tag, attributes in tags_of(html):
        for name in ("src", "href"):
            assert not re.match(r"\s*(https?:)?//", attributes.get(name) or ""), (tag, attributes)


def test_same_input_same_page() -> None:
    assert page() == page(make_town())
    assert page(assets_prefix="/a") == page(make_town(), assets_prefix="/a")


def test_the_order_of_rows_does_not_matter() -> None:
    assert (
        page(cells=TOWN.cells.sample(frac=1, random_state=3), officers=TOWN.officers.sample(frac=1, random_state=4))
        == page()
    )


def hostile_town() -> Town:
    return replace(
        TOWN,
        cells=TOWN.cells.assign(name=HOSTILE, name_en=HOSTILE),
        stations=TOWN.stations.assign(name=HOSTILE),
        officers=TOWN.officers.assign(name=HOSTILE, title=HOSTILE, telephone=HOSTILE, function=HOSTILE, role=HOSTILE),
        markets=TOWN.markets.assign(name=HOSTILE),
        lines=TOWN.lines.assign(name=HOSTILE),
        entities=TOWN.entities.assign(industry=HOSTILE),
        settings=replace(
            TOWN.settings, title_zh=HOSTILE, title_en=HOSTILE, complaint_telephone=HOSTILE, map_approval_number=HOSTILE,
            sources_zh=HOSTILE, plan_version=HOSTILE, key_industries=(HOSTILE,),
        ),
    )  # fmt: skip


@pytest.mark.parametrize("prefix", [None, "/static/vendor"])
def test_hostile_names_stay_text(prefix: str | None) -> None:
    honest, hostile = page(assets_prefix=prefix), page(hostile_town(), assets_prefix=prefix)
    count = {name: [t for t, _ in tags_of(honest)].count(name) for name in ("script", "img", "style", "iframe")}
    assert count == {name: [t for t, _ in tags_of(hostile)].count(name) for name in count}
    assert not [a for _, attributes in tags_of(hostile) for a in attributes if a.startswith("on")]
    assert "{{7*7}}" in hostile, "names are no templates"
    assert data_of(hostile)["cells"][0]["name"] == HOSTILE
    for _, attributes in tags_of(hostile):
        href = attributes.get("href") or ""
        assert not href.startswith("tel:") or re.fullmatch(r"tel:[0-9+*#,;]*", href)


def test_hostile_codes_and_kinds_stay_text() -> None:
    cells = TOWN.cells.assign(code=[f"{HOSTILE}{i}" for i in range(len(TOWN.cells))], station_code=HOSTILE)
    lines = TOWN.lines.assign(kind=HOSTILE)
    html = page(cells=cells, lines=lines, stations=None, officers=None)
    assert [t for t, _ in tags_of(html)].count("script") == [t for t, _ in tags_of(page())].count("script")


@given(st.recursive(st.text() | st.integers() | st.none(), lambda c: st.lists(c) | st.dictionaries(st.text(), c)))
def test_data_elements_give_back_what_was_put_in(value: object) -> None:
    element = json_element("x", value)
    inner = element.removeprefix('<script type="application/json" id="x">').removesuffix("</script>")
    assert "<" not in inner
    assert json.loads(inner) == value


def test_shapes_on_the_page_are_the_cells() -> None:
    data = data_of(page())
    cells = TOWN.cells.sort_values(["station_code", "code"])
    assert [c["code"] for c in data["cells"]] == cells["code"].tolist()
    for packed, cell in zip(data["shapes"]["cells"], cells.geometry, strict=True):
        shown = unpack(packed)
        assert shapely.hausdorff_distance(shown, cell) < 6e-5  # about 6 m: Visvalingam bounds areas, not distances
        assert shown.symmetric_difference(cell).area < 0.004 * cell.area


def test_cells_still_tile_after_simplification() -> None:
    layer = cells_layer(TOWN.cells, DiagramStyle(display_tolerance_m=90.0))
    assert shapely.coverage_is_valid(layer.shapes)
    before = shapely.get_num_coordinates(TOWN.cells.geometry.to_numpy()).sum()
    assert shapely.get_num_coordinates(layer.shapes).sum() < 0.8 * before
    assert shapely.get_num_interior_rings(shapely.union_all(layer.shapes)) == 0


def test_labels_lie_inside_their_cells() -> None:
    layer = cells_layer(TOWN.cells, DiagramStyle())
    inside = shapely.contains_xy(layer.shapes, layer.places[:, 0], layer.places[:, 1])
    assert inside.all()
    centroid = shapely.centroid(layer.shapes)
    metric = layer.flat.to_metres(layer.shapes)
    assert (layer.radii_m + 5 >= shapely.distance(shapely.boundary(metric), layer.flat.to_metres(centroid))).all()


@pytest.mark.parametrize(
    ("codes", "stations", "expected"),
    [
        (["420102001001", "420102001012"], ["420102001"] * 2, ["001", "012"]),
        (["420102001001", "420102002001"], ["420102001", "420102002"], ["001", "001"]),
        (["001", "002"], ["", ""], ["001", "002"]),
        (["CHI-007"], [""], ["007"]),
        (["A", "B"], ["", ""], ["A", "B"]),
        (["X1001", "X1002"], ["", ""], ["001", "002"]),
        (["12001", "13002"], ["", ""], ["2001", "3002"]),
    ],
)
def test_numbers_on_labels(codes: list[str], stations: list[str], expected: list[str]) -> None:
    assert cell_numbers(codes, stations) == expected


def test_officers_come_in_order_and_to_their_cell() -> None:
    data = data_of(page())
    for cell in data["cells"][:-1]:
        assert [p["role"] for p in cell["officers"]] == ["lead", "deputy"]
        listed = TOWN.officers[TOWN.officers["code"] == cell["code"]]["telephone"]
        assert {p["telephone"] for p in cell["officers"]} == set(listed)
    assert data["cells"][-1]["officers"] == []
    assert [s["name"] for s in data["stations"]] == TOWN.stations["name"].tolist()
    assert [len(s["cells"]) for s in data["stations"]] == [12, 12]
    assert [p["role"] for p in data["stations"][0]["officers"]] == ["first", "direct"]


def test_officers_of_the_bureau_stand_above_the_stations() -> None:
    head = pd.DataFrame(
        [{"code": "420102", "name": "叶佳怡", "title": "局长", "role": "first", "telephone": "12345678"}]
    )
    html = page(officers=pd.concat([TOWN.officers, head]))
    assert [p["name"] for p in data_of(html)["bureau"]] == ["叶佳怡"]
    words = text_of(html)
    assert words.index("叶佳怡") < words.index(TOWN.officers.iloc[0]["name"])
    assert data_of(page())["bureau"] == []


def test_one_station_needs_no_codes_on_its_cells() -> None:
    cells = TOWN.cells[TOWN.cells["station_code"] == "420102001"].drop(columns="station_code")
    data = data_of(page(cells=cells, stations=TOWN.stations.iloc[:1]))
    assert [s["name"] for s in data["stations"]] == ["东湖市场监管所"]
    assert len(data["stations"][0]["cells"]) == 12


def test_a_station_without_cells_is_drawn_and_named() -> None:
    cells = TOWN.cells[TOWN.cells["station_code"] == "420102001"]
    data = data_of(page(cells=cells, outline=TOWN.stations))
    assert [(s["code"], len(s["cells"])) for s in data["stations"]] == [("420102001", 12), ("420102002", 0)]
    whole = unpack(data["shapes"]["outline"][0]).area
    assert whole == pytest.approx(shapely.area(TOWN.stations.geometry.to_numpy()).sum(), rel=0.01)


def test_streets_name_the_cells_on_both_their_sides() -> None:
    data = data_of(page())
    street = next(s for s in data["streets"] if s["name"] == "东湖路")
    on_it = TOWN.lines[TOWN.lines["name"] == "东湖路"].geometry.iloc[0]
    cells = TOWN.cells.sort_values(["station_code", "code"]).geometry.to_numpy()
    assert set(street["cells"]) == {i for i, c in enumerate(cells) if c.buffer(1e-7).intersection(on_it).length > 1e-3}
    assert len(street["cells"]) == 8


def test_lines_are_drawn_from_the_strongest_kind_on_within_the_budget() -> None:
    few = replace(TOWN.settings, style=DiagramStyle(line_vertices=90))
    data, whole = data_of(page(settings=few)), data_of(page())
    assert whole["line_kinds"] == ["river", "railway", "expressway", "main", "secondary", "local"]
    assert data["line_kinds"] == whole["line_kinds"][: len(data["line_kinds"])]
    assert len(data["line_kinds"]) < len(whole["line_kinds"])
    assert {s["name"] for s in data["streets"]} == {s["name"] for s in whole["streets"]}, "all stay searchable"
    drawn = sum(
        len(part) // 2 for k, v in data["shapes"].items() if k.startswith("line_") for line in v for part in line
    )
    assert 0 < drawn <= 90


def test_markets_name_their_cells_and_owners_stay_out() -> None:
    entities = TOWN.entities.assign(owner="张三", id_number="110101199003078515", phone="13800000000")
    markets = TOWN.markets.assign(owner="李四", phone="13900000000")
    html = page(entities=entities, markets=markets)
    assert all(len(m["cells"]) >= 1 for m in data_of(html)["markets"])
    assert not [secret for secret in ("张三", "110101199003078515", "13800000000", "李四") if secret in html]


def test_counts_of_key_industries() -> None:
    data = data_of(page())
    assert data["industries"] == ["食品", "药品", "农资", "特种设备", "网吧"]
    total = TOWN.entities.groupby("industry")["count"].sum()
    assert [sum(c["counts"][i] for c in data["cells"]) for i in range(5)] == total[data["industries"]].tolist()
    free = data_of(page(settings=replace(TOWN.settings, key_industries=())))
    assert free["industries"] == total.sort_values(ascending=False).index.tolist()


def test_gaps_are_shown_only_where_given() -> None:
    assert "gaps" not in data_of(page())
    nowhere = gpd.GeoDataFrame(
        {"rule": ["staff.lead"], "message": ["no lead"], "message_zh": [None]}, geometry=[None], crs=4490
    )
    data = data_of(page(gaps=pd.concat([TOWN.gaps, nowhere])))
    assert [g["message_zh"] for g in data["gaps"]] == ["1 户不在任何网格"]


def test_communities_are_searchable() -> None:
    data = data_of(page(base_units=TOWN.base_units))
    assert [a["name"] for a in data["areas"]] == ["友谊社区", "学府社区"]
    assert all(a["cells"] for a in data["areas"])


def test_without_officers_the_table_shows_work() -> None:
    html = page(officers=None)
    words = text_of(html)
    assert "工作量（小时/年）" in words
    assert f"{TOWN.cells['entities'].sum():,}" in words
    assert "监管员 / 电话" not in words


def test_bare_cells_make_a_page() -> None:
    html = supervision_diagram(TOWN.cells[["code", "name", "geometry"]], settings=DiagramSettings())
    words = text_of(html)
    assert "辖区监管责任制示意图" in words
    assert "审图号 待审核" in words.replace("Map approval no. ", "").replace("pending", "")


def test_a_cell_in_parts_and_one_with_a_hole_are_drawn() -> None:
    ring = shapely.box(0, 0, 3, 3).difference(shapely.box(1, 1, 2, 2))
    island = shapely.MultiPolygon([shapely.box(1, 1, 2, 2), shapely.box(5, 5, 6, 6)])
    cells = gpd.GeoDataFrame({"code": ["1", "2"], "name": ["环", "岛"]}, geometry=[ring, island], crs=4490)
    data = data_of(supervision_diagram(cells, settings=DiagramSettings()))
    assert [[len(part) for part in cell] for cell in data["shapes"]["cells"]] == [[2], [1, 1]]
    assert data["fills"]["cells"][0] != data["fills"]["cells"][1]


def test_a_draft_with_broken_cells_is_drawn_all_the_same() -> None:
    bowtie = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    overlap = shapely.box(1, 0.5, 4, 3)
    cells = gpd.GeoDataFrame(
        {"code": ["1", "2", "3"], "name": ["a", "b", "c"]}, geometry=[bowtie, overlap, None], crs=4490
    )
    data = data_of(supervision_diagram(cells, settings=DiagramSettings()))
    assert [c["code"] for c in data["cells"]] == ["1", "2"]
    assert len(data["shapes"]["cells"][0]) == 2, "both halves of the bow tie"


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (TOWN.cells.drop(columns="name"), "column name is missing; it has code"),
        (TOWN.cells.iloc[:0], "there is no cell"),
        (TOWN.cells.assign(code="1"), "code 1 comes more than once"),
        (TOWN.cells.to_crs(4547), "expected EPSG:4490"),
        (TOWN.cells.set_geometry([shapely.Polygon()] * 24), "no cell has an area"),
    ],
)
def test_cells_that_cannot_be_drawn_are_explained(cells: gpd.GeoDataFrame, message: str) -> None:
    with pytest.raises(SchemaError, match=re.escape(message)):
        supervision_diagram(cells, settings=TOWN.settings)


def test_other_frames_that_lack_a_column_are_explained() -> None:
    with pytest.raises(SchemaError, match="count is missing"):
        page(entities=TOWN.entities.drop(columns="count"))
    with pytest.raises(SchemaError, match="name is missing"):
        page(markets=TOWN.markets.drop(columns="name"))
    with pytest.raises(SchemaError, match="message is missing"):
        page(gaps=TOWN.gaps.drop(columns="message"))


def test_telephone_numbers_can_be_dialled() -> None:
    assert dial("+86 (027) 8888-1234") == "+8602788881234"


def test_a_large_city_stays_light() -> None:
    town = make_town(14, 10)
    assert len(town.cells) == 140
    assert len(page(town).encode()) < 600_000
