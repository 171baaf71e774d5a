from __future__ import annotations

import csv
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_api.addresses import Division, Divisions, ParsedAddress, parse, sentence
from geo_api.addresses.division_names import short_name
from geo_api.addresses.divisions import COLUMNS, LEVELS
from tests.geo_api.addresses.test_normalise import TEXTS

CHINA = Path(__file__).resolve().parents[3] / "data/divisions/china.csv"


@cache
def china() -> Divisions:
    with CHINA.open(encoding="utf-8", newline="") as file:
        divisions, problems = Divisions.from_rows(csv.DictReader(file))
    assert not problems
    return divisions


def codes(found: ParsedAddress) -> list[str | None]:
    return [part and part.code for part in (found.province, found.city, found.county)]


@pytest.mark.parametrize(
    ("text", "wanted", "note"),
    [
        ("湖北武汉江岸区沿江大道1号", ["420000", "420100", "420102"], "short_division"),
        ("内蒙古呼和浩特新城区", ["150000", "150100", "150102"], "short_division"),
        ("上海市上海市黄浦区", ["310000", None, "310101"], "repeated_division"),
        ("上海浦东张江镇科苑路88号", ["310000", None, "310115"], "short_division"),
        ("青岛市北区九江路20号", ["370000", "370200", "370203"], "short_division"),
        ("抚顺顺城区将军桥", ["210000", "210400", "210411"], "short_division"),
        ("仙桃市仙桃大道8号", ["420000", None, "429004"], None),
        ("广东省东莞市鸿福路1号", ["440000", "441900", None], None),
        ("河北区", ["120000", None, "120105"], None),
        ("中国上海 宝山区顾村镇", ["310000", None, "310113"], "short_division"),
        ("朝阳区望京街道", [None, None, ""], "ambiguous_division"),
        ("北京朝阳望京街道", ["110000", None, "110105"], "short_division"),
        ("朝阳望京SOHO", [None, None, None], None),
        ("北京市浦东新区", ["110000", None, None], "contradiction"),
        ("四川北路1755号", [None, None, None], None),
        ("西藏中路268号", [None, None, None], None),
        ("上海浦东大道2600号", ["310000", None, None], "short_division"),
        ("云溪县城关镇人民路1号", [None, None, ""], None),
    ],
)
def test_divisions_named_in_full_short_twice_or_not_at_all(
    text: str, wanted: list[str | None], note: str | None
) -> None:
    found = parse(text, divisions=china())
    assert codes(found) == wanted
    assert note is None or found.has(note)


RENAMED = [
    ("卢湾区", "卢湾区", "黄浦区", date(2011, 6, 8)),
    ("闸北区", "闸北区", "静安区", date(2015, 11, 4)),
    ("襄樊市", "襄樊市", "襄阳市", date(2010, 12, 9)),
    ("成都市新津县", "新津县", "新津区", date(2020, 6, 5)),
    ("横县", "横县", "横州市", date(2021, 2, 3)),
]


@pytest.mark.parametrize(("text", "old", "new", "since"), RENAMED)
def test_a_former_name_is_what_it_was_on_its_days_and_said_to_be_another_since(
    text: str, old: str, new: str, since: date
) -> None:
    def deepest(on: date | None) -> tuple[str, ParsedAddress]:
        found = parse(text + "中山路1号", divisions=china(), on=on)
        part = found.county or found.city
        assert part is not None
        assert part.written == old
        return part.name, found

    before = deepest(date.fromordinal(since.toordinal() - 1))
    assert before[0] == old
    assert not before[1].notes
    for on in (since, None):
        name, found = deepest(on)
        assert name == new
        note = next(n for n in found.notes if n.code == "renamed_division")
        assert (note.what, note.instead, note.since) == (old, new, since.isoformat())
        assert found.street == "中山路"


def test_a_name_of_later_days_is_read_as_what_it_was() -> None:
    found = parse("成都市新津区金华镇", divisions=china(), on=date(2010, 1, 1))
    assert found.county is not None
    assert (found.county.name, found.county.code, found.county.written) == ("新津县", "510132", "新津区")
    assert found.has("not_yet")


def test_a_county_of_a_former_prefecture_is_found_in_its_present_one() -> None:
    found = parse("柳州地区忻城县", divisions=china())
    assert codes(found) == ["450000", "451300", "451321"]
    assert found.city is not None
    assert found.city.name == "来宾市"


def test_a_split_district_has_no_code_until_something_below_decides() -> None:
    found = parse("杭州市江干区凯旋路1号", divisions=china())
    assert found.county is not None
    assert (found.county.name, found.county.code) == ("江干区", "")
    note = next(n for n in found.notes if n.code == "split_division")
    assert set(note.instead.split("、")) == {"上城区", "钱塘区"}


def test_the_home_of_a_deployment_decides_between_districts_of_one_name() -> None:
    at_home = china().at_home("110000")
    assert codes(parse("朝阳区望京街道", divisions=at_home)) == ["110000", None, "110105"]
    assert codes(parse("朝阳望京街道", divisions=at_home)) == ["110000", None, "110105"]


@pytest.mark.parametrize("text", ["重庆鸡公煲", "沙县小吃", "西安饭庄", "广东发展银行"])
def test_names_of_far_divisions_in_names_of_shops_are_no_divisions_at_home(text: str) -> None:
    found = parse(text, divisions=china().at_home("310000"))
    assert codes(found) == [None, None, None]
    assert found.place == text


@pytest.mark.parametrize("text", ["重庆市渝中区民权路28号", "重庆渝中区", "重庆民权路28号", "重庆市"])
def test_far_divisions_are_read_away_from_home(text: str) -> None:
    assert codes(parse(text, divisions=china().at_home("310000")))[0] == "500000"


def test_towns_and_villages_have_codes_where_the_list_has_them() -> None:
    rows = [
        Division("990000", "云北省", "province"),
        Division("990101", "云溪县", "county", "990000"),
        Division("990101100", "城关镇", "town", "990101"),
        Division("990101100201", "石桥村", "village", "990101100"),
    ]
    found = parse("云溪县城关镇石桥村中心路5号", divisions=Divisions(rows))
    assert found.town is not None
    assert found.village is not None
    assert (found.town.code, found.village.code) == ("990101100", "990101100201")
    assert (found.street, found.number and found.number.base) == ("中心路", 5)


def test_every_wrong_row_is_named_with_all_that_is_wrong() -> None:
    good = dict.fromkeys(COLUMNS, "") | {"code": "990101", "name": "云溪县", "level": "county"}
    rows = [good, good | {"code": "99A", "level": "canton"}, good | {"valid_to": "2015-13-01"}, good | {"name": ""}]
    divisions, problems = Divisions.from_rows(rows)
    assert [row.name for row in divisions.rows] == ["云溪县"]
    assert [p.row for p in problems] == [2, 2, 3, 4]
    assert "99A" in problems[0].message
    assert "canton" in problems[1].message
    assert all(p.message_zh for p in problems)


def test_short_names_leave_two_characters() -> None:
    names = {
        "内蒙古自治区": "内蒙古",
        "恩施土家族苗族自治州": "恩施",
        "沙县": "沙县",
        "浦东新区": "浦东",
        "湖北省": "湖北",
    }
    assert {name: short_name(name) for name in names} == names


def test_the_list_of_china_is_sound() -> None:
    rows = china().rows
    now = [r for r in rows if r.holds(None)]
    known = {r.code for r in rows}
    assert len([r for r in now if r.level == "province"]) == 34
    assert len([r for r in now if r.level == "city"]) > 330
    assert len([r for r in now if r.level == "county"]) > 2800
    assert len({r.code for r in now}) == len(now)
    assert {r.level for r in rows} <= set(LEVELS)
    assert all(r.parent in known for r in rows if r.level != "province")
    assert all(code in known for r in rows for code in r.became)
    assert all(r.valid_to for r in rows if r.became)
    assert all(r.valid_from is None or r.valid_to is None or r.valid_from < r.valid_to for r in rows)
    lost = [r for r in rows if r.became and not china().successors(r, None)]
    assert not lost
    assert CHINA.stat().st_size < 300_000


def test_a_county_that_was_dissolved_has_no_code_and_says_until_when() -> None:
    found = parse("生达县人民路1号", divisions=china())
    assert found.county is not None
    assert (found.county.name, found.county.code) == ("生达县", "")
    assert [sentence(n) for n in found.notes if n.code == "gone_division"] == ["生达县 existed until 1999-12-31 only"]


NAMES = st.sampled_from(
    [*sorted({r.name for r in china().rows})[::7], "中国", "湖北", "上海", "人民路", "12号", " ", "市"]
)


@given(st.one_of(TEXTS, st.lists(NAMES, max_size=6).map("".join)))
def test_any_text_is_parsed_with_divisions(text: str) -> None:
    for divisions in (china(), at_home()):
        found = parse(text, divisions=divisions)
        assert all(sentence(note) for note in found.notes)
        named = [part for part in (found.province, found.city, found.county) if part and part.code]
        assert all(divisions.at(part.code, None) is not None for part in named)


@cache
def at_home() -> Divisions:
    return china().at_home("310000")


@given(st.sampled_from(range(4000)), st.dates(date(1996, 1, 1), date(2026, 12, 31)))
def test_a_district_written_in_full_is_itself_on_every_day_of_its_life(at: int, on: date) -> None:
    row = china().rows[at]
    if not row.holds(on) or row.level != "county" or row.rough_from or row.rough_to:
        return
    above = china().chain(row, on)
    found = parse("".join(r.name for r in above), divisions=china(), on=on)
    assert found.county is not None
    assert found.county.code == row.code
    assert not found.has("renamed_division")
