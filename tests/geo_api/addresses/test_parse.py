from __future__ import annotations

import time

import pytest
from hypothesis import given

from geo_api.addresses import NOTES, parse, sentence
from geo_api.addresses.types import Note
from tests.geo_api.addresses.test_normalise import TEXTS

CASES: list[tuple[str, dict[str, object]]] = [
    ("人民路12号", {"street": "人民路", "number": "12"}),
    ("人民路甲12号", {"street": "人民路", "number": "甲12"}),
    ("人民路12甲号", {"street": "人民路", "number": "12甲"}),
    ("沪太路3156号甲", {"street": "沪太路", "number": "3156甲"}),
    ("人民路12-3号", {"number": "12-3"}),
    ("人民路12号-3", {"number": "12-3"}),
    ("人民路12号之一", {"number": "12-1"}),
    ("人民路12号附3", {"number": "12-3"}),
    ("人民路附12号", {"number": "附12"}),
    ("人民路12-18号", {"number": "12~18"}),
    ("人民路12~18号", {"number": "12~18"}),
    ("人民路12、14号", {"number": "12,14"}),
    ("人民路12/14号", {"number": "12,14"}),
    ("田林路118-2号二楼", {"number": "118-2", "floor": 2}),
    ("中山中路155上海五丰商厦6层", {"street": "中山中路", "number": "155", "place": "上海五丰商厦", "floor": 6}),
    ("人民路1路口12号", {"number": "12"}),
    ("人民二路5号", {"street": "人民二路", "number": "5"}),
    ("人民2路5号", {"street": "人民2路", "number": "5"}),
    ("河街路12号", {"street": "河街路", "number": "12"}),
    ("城关镇旗杆巷97弄6号", {"town": "城关镇", "street": "旗杆巷", "lanes": ["97弄"], "number": "6"}),
    ("白银路288弄20栋19号1层107室", {"lanes": ["288弄"], "building": "20", "number": "19", "floor": 1, "room": "107"}),
    ("淮海中路123弄3支弄4号", {"lanes": ["123弄", "3支弄"], "number": "4"}),
    ("新沪路58弄11-802", {"lanes": ["58弄"], "number": "11", "room": "802"}),
    ("建设路12号院5栋2单元301", {"number": "12", "courtyard": "12", "building": "5", "unit": "2", "room": "301"}),
    ("会武街56号4-3-2", {"number": "56", "building": "4", "unit": "3", "room": "2"}),
    ("金高路1882号A座301-302室", {"number": "1882", "building": "A", "room": "301-302"}),
    ("陆家浜路1100号负一楼", {"number": "1100", "floor": -1}),
    ("陆家浜路1100号B1层12室", {"number": "1100", "floor": -1, "room": "12"}),
    ("解放大道817号云溪农产品批发市场E区055号", {"number": "817", "place": "云溪农产品批发市场E区", "room": "055"}),
    ("秀禾路380号商铺", {"street": "秀禾路", "number": "380"}),
    ("黄桷村7组22号", {"village": "黄桷村", "group": "7", "number": "22"}),
    ("石桥村中心路5号", {"village": "石桥村", "street": "中心路", "number": "5"}),
    ("人 民 路 12 - 3 号", {"street": "人民路", "number": "12-3"}),
    ("人民路第12号", {"street": "人民路", "number": "12"}),
    ("人民路12号-14号", {"number": "12~14"}),
    ("人民路12号至18号", {"number": "12~18"}),
    ("人民路12号、14号", {"number": "12,14"}),
    ("人民路壹拾贰号", {"number": "12"}),
    ("距人民路12号约50米", {"street": "人民路", "number": "12", "relative": ("near", "address", None, 50.0)}),
    ("人民路北侧", {"street": "人民路", "relative": ("side", "street", 0.0, None)}),
    ("石桥村第二村民小组", {"village": "石桥村", "group": "2"}),
    ("龙鼎山小区二期3栋501", {"place": "龙鼎山小区二期", "building": "3", "room": "501"}),
    ("人民街道办事处人民路12号", {"town": "人民街道", "street": "人民路"}),
    ("一环路南一段24号", {"street": "一环路南一段", "number": "24"}),
    ("解放路二段24号", {"street": "解放路二段", "number": "24"}),
    ("南京东路步行街", {"street": "南京东路", "place": "步行街"}),
    ("312国道15公里处", {"street": "312国道", "relative": ("near", "street", None, 15000.0)}),
    ("镇东村一组路5号", {"village": "镇东村", "street": "一组路", "number": "5"}),
    ("晓峰新村53号301", {"place": "晓峰新村", "number": "53", "room": "301"}),
    ("学思西路与学政路交叉口南150米", {"crossing": ("学思西路", "学政路"), "relative": ("offset", "crossing", 180.0, 150.0)}),
    ("百齐路与百秀路路口", {"crossing": ("百齐路", "百秀路")}),
    ("中山路体育路口", {"crossing": ("中山路", "体育路")}),
    ("中山路、体育路交汇处", {"crossing": ("中山路", "体育路")}),
    ("宫门前街东侧, 距离颐和园路和宫门前街交叉口南角400m",
     {"street": "宫门前街", "crossing": ("颐和园路", "宫门前街"), "relative": ("offset", "crossing", 180.0, 400.0)}),
    ("苏州街东侧, 距离万泉河路和苏州街交叉口北角50m以内",
     {"crossing": ("万泉河路", "苏州街"), "relative": ("offset", "crossing", 0.0, 50.0)}),
    ("向友路东50米", {"street": "向友路", "relative": ("offset", "street", 90.0, 50.0)}),
    ("人民路12号往北50米", {"number": "12", "relative": ("offset", "address", 0.0, 50.0)}),
    ("浦城路525号附近", {"number": "525", "relative": ("near", "address", None, None)}),
    ("明珠广场斜对面", {"place": "明珠广场", "relative": ("opposite", "place", None, None)}),
    ("明珠广场西南侧", {"place": "明珠广场", "relative": ("side", "place", 225.0, None)}),
    ("上海交通大学(东川路800号)", {"street": "东川路", "number": "800"}),
    ("浙江中路70号A座(近广东路)", {"number": "70", "building": "A", "hints": ("近广东路",)}),
    ("长兴岛凤卫路凤滨路129号", {"street": "凤滨路", "number": "129"}),
    ("镇泽路379号、镇泽路381号二层", {"street": "镇泽路", "number": "379", "floor": 2}),
    ("中山北路3663号华东师范大学中山北路校区", {"street": "中山北路", "number": "3663", "place": "华东师范大学中山北路校区"}),
    ("封浜乡思路18号", {"street": "封浜乡思路", "number": "18"}),
    ("真如镇街道潮州路586号", {"town": "真如镇街道", "street": "潮州路", "number": "586"}),
    ("云溪县、青石镇、桥南巷、75号", {"county": "云溪县", "town": "青石镇", "street": "桥南巷", "number": "75"}),
    ("上海市上海市浦东新区张江镇科苑路88号", {"province": "上海市", "county": "浦东新区", "town": "张江镇", "number": "88"}),
    ("四川北路1755号", {"province": None, "street": "四川北路", "number": "1755"}),
    ("湖南街道宝庆路13号", {"province": None, "town": "湖南街道", "street": "宝庆路"}),
]  # fmt: skip


def part(address: object, name: str) -> object:
    value = getattr(address, name)
    if name == "number":
        return value and value.text
    if name == "lanes":
        return [lane.text for lane in value]
    if name == "relative":
        return value and (value.kind, value.anchor, value.bearing_deg, value.distance_m)
    return value.name if name in ("province", "city", "county", "town", "village") and value else value


@pytest.mark.parametrize(("text", "wanted"), CASES, ids=[text for text, _ in CASES])
def test_parts(text: str, wanted: dict[str, object]) -> None:
    found = parse(text)
    assert {name: part(found, name) for name in wanted} == wanted


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("云溪县城关镇人民路12号", "人民路１２號"),
        ("人民路十二号之三", "人民路12-3号"),
        ("人民2路5号", "人民二路5号"),
        ("雲溪縣城關鎮後塘巷80號", "后塘巷80号"),
        ("科苑路88弄3号2楼", "科苑路88弄3号"),
        ("中山路与体育路交叉口", "体育路中山路口"),
    ],
)
def test_spellings_of_one_site_have_one_key(one: str, other: str) -> None:
    assert parse(one).key() == parse(other).key() != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [("人民东路12号", "人民西路12号"), ("人民路12号", "人民路12-1号"), ("人民路12号", "人民路甲12号"), ("新沪路5弄3号", "新沪路6弄3号"),
     ("石桥村中心路5号", "柳桥村中心路5号")],
)  # fmt: skip
def test_other_sites_have_other_keys(one: str, other: str) -> None:
    assert parse(one).key() != parse(other).key()


@pytest.mark.parametrize(
    "text",
    [
        "人民路12号 张三 13800138000",
        "人民路12号，电话：021-62345678",
        "人民路12号13800138000",
        "人民路12号 62345678",
        "人民路12号62345678",
        "人民路12号 身份证138102199003077654",
        "人民路12号 联系人:李四 138 0013 8000",
    ],
)
def test_telephones_and_persons_are_cut_and_never_repeated(text: str) -> None:
    found = parse(text)
    assert found.key() == "人民路|12"
    assert found.has("phone_cut")
    kept = repr((found.text, found.place, found.remainder, found.hints, found.room, found.notes))
    assert not any(secret in kept for secret in ("138", "6234", "张三", "李四"))


def test_an_address_without_a_name_keeps_its_last_words() -> None:
    assert not parse("人民路12号好再来饭店").has("person_cut")
    assert parse("邮编200001 人民路12号").zip_code == "200001"


def test_what_was_assumed_is_said() -> None:
    assert parse("人民路12-18号").has("assumed_range")
    assert not parse("人民路12-3号").has("assumed_range")
    assert parse("人民路12").has("assumed_number")
    assert parse("凤卫路凤滨路129号").has("several_streets")
    assert parse("镇泽路379号、镇泽路381号").has("second_number")
    assert parse("").has("no_site")
    assert parse("路" * 400).has("too_long")
    assert parse("人民路１２號").has("traditional")


def test_every_note_has_both_languages() -> None:
    for code, (english, chinese) in NOTES.items():
        note = Note(code, "一", "二", "2015-11-04")
        assert sentence(note) != sentence(note, "zh")
        assert english.isascii()
        assert not chinese.isascii()


@given(TEXTS)
def test_any_text_is_parsed(text: str) -> None:
    for region in ("cn", "us"):
        found = parse(text, region=region)
        assert found.raw == text
        assert isinstance(found.key(), str)
        assert all(sentence(note) for note in found.notes)


@pytest.mark.parametrize(
    "unit",
    ["路", "1-", "A", "号", "(", "甲", "一", "东路", "与", "交叉口", "1弄", " ", "北100", "上海", "区", "1、", "村"],
)
def test_hostile_text_takes_no_longer_than_it_is_read(unit: str) -> None:
    text = unit * 100_000
    start = time.perf_counter()
    parse(text)
    parse(text, region="us")
    assert time.perf_counter() - start < 2.0  # minutes and more where a pattern backtracks


def test_digits_that_stand_apart_are_one_number_and_that_is_said() -> None:
    parsed = parse("凤凰大道 5 0 6 号")
    assert parsed.number is not None
    assert parsed.number.text == "506"
    assert [(n.code, n.what) for n in parsed.notes] == [("assumed_number", "506")]


@pytest.mark.parametrize(
    ("text", "number", "building"),
    [
        ("凤凰大道506号楼上", "506", ""),
        ("凤凰大道506号楼下小卖部", "506", ""),
        ("凤凰大道506号", "506", ""),
        ("凤凰大道8号3号楼", "8", "3"),
    ],
)
def test_above_and_below_a_number_is_no_building(text: str, number: str | None, building: str) -> None:
    parsed = parse(text)
    assert (parsed.number.text if parsed.number else None, parsed.building) == (number, building)
