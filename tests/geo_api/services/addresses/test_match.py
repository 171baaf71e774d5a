"""Addresses find their places: exactly, between numbers, in lanes, at crossings, by name; and abstain where they must."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_api.addresses.divisions import Division, Divisions
from geo_api.addresses.parse import parse
from geo_api.services.addresses.ask import verdicts
from geo_api.services.addresses.found import Found
from geo_api.services.addresses.gazetteer import Gazetteer
from geo_api.services.addresses.match import find
from geo_api.services.addresses.store import reading
from geo_api.services.addresses.verdict import judge
from geo_api.services.snapshot import build_snapshot
from tests.geo_api.fakes import FakeGazetteer, FakePublished, PlainFinder, county
from tests.geo_api.services.addresses.town import (
    DAY,
    HERE,
    Columns,
    at,
    east_line,
    gazetteer,
    numbered,
    place_of,
)

KNOWN = [n for n in range(1, 121) if n % 7 and n not in (50, 52)]
PEOPLE_ROAD = numbered("人民路", KNOWN, 0.0)
TOWN = gazetteer(
    [
        *PEOPLE_ROAD,
        *numbered("建设大道", [1, 2, 5, 8], 500.0),
        ("人民路66弄3号", *at(660.0, 60.0)),
        ("人民路66弄9号", *at(660.0, 90.0)),
        ("文昌路10号明珠广场", *at(300.0, 300.0)),
        ("东湖镇书院路4号", *at(5000.0, 0.0)),
        ("西山镇书院路4号", *at(9000.0, 0.0)),
        ("西山镇书院路6号", *at(9010.0, 0.0)),
    ]
)


class Everywhere(PlainFinder):
    """One cell, everywhere."""

    def cells_of(self, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        return np.zeros(len(lon), dtype=np.int32)


def best(text: str, known: Gazetteer = TOWN) -> Found:
    found = find(known, parse(text), DAY)
    assert found, text
    return found[0]


def metres(found: Found, x: float, y: float) -> float:
    return float(np.hypot(*(HERE.to_xy(found.lon[:1], found.lat[:1])[0] - (x, y))))


@pytest.mark.parametrize("text", ["人民路12号", "人民路 １２號", "人民路十二号", "人民路12号3楼301室", "人民路12"])
def test_a_known_number_is_found_in_any_spelling(text: str) -> None:
    found = best(text)
    assert found.method == "exact"
    assert metres(found, *place_of(12, 0.0)) < 0.5


@pytest.mark.parametrize("number", [7, 14, 21, 50, 84, 105])
def test_a_number_that_is_not_known_lies_on_its_side_between_its_neighbours(number: int) -> None:
    found = best(f"人民路{number}号")
    assert found.method == "interpolated"
    assert metres(found, *place_of(number, 0.0)) < 1.0
    assert 0 < found.error_m < 20


def test_sides_are_learned_not_assumed() -> None:
    mixed = gazetteer([(f"一边路{n}号", *at(10.0 * n, 8.0)) for n in range(1, 60) if n not in (20, 21)])
    assert metres(best("一边路20号", mixed), 200.0, 8.0) < 1.0
    one_sided = gazetteer([(f"奇数路{n}号", *at(10.0 * n, 8.0)) for n in range(1, 60, 2)])
    assert best("奇数路20号", one_sided).method == "street", (
        "no even number is known: nothing is drawn between odd ones"
    )


def test_along_a_bent_line_the_number_stands_beside_the_line() -> None:
    import shapely

    from geo_api.services.addresses.gazetteer import Line

    corner = shapely.LineString([at(0, 0), at(200, 0), at(200, 400)])

    def beside(n: int) -> tuple[float, float]:
        along = 10.0 * n
        return (along, 8.0) if along < 192 else (192.0, along - 200.0)

    places = [(f"弯路{n}号", *at(*beside(n))) for n in (1, 3, 5, 9, 11, 13, 17, 25, 29, 33, 41, 45, 51, 55)]
    bent = gazetteer(places, {"弯路": [Line(corner)]})
    straight = gazetteer(places)
    true = beside(21)
    assert metres(best("弯路21号", bent), *true) < 10.0 < metres(best("弯路21号", straight), *true)


def test_beyond_the_last_number_and_across_gaps_the_error_grows_with_what_is_unknown() -> None:
    near, far = best("人民路124号"), best("人民路190号")
    assert near.method == far.method == "street"
    assert near.error_m < far.error_m
    assert best("人民路99999号").error_m > 300


def test_lanes_have_their_own_numbers_and_their_mouth() -> None:
    assert best("人民路66弄9号").method == "exact"
    inside = best("人民路66弄5号")
    assert inside.method == "lane"
    assert metres(inside, 660.0, 75.0) < 40
    mouth = best("人民路88弄5号")
    assert mouth.method == "lane"
    assert metres(mouth, *place_of(88, 0.0)) < 1.0
    assert mouth.error_m >= 30


def test_a_sub_number_is_found_by_its_base_number() -> None:
    found = best("人民路12-3号")
    assert (found.method, found.address) == ("number", "人民路12-3号")
    assert metres(found, *place_of(12, 0.0)) < 0.5


def test_a_point_that_its_neighbours_contradict_is_not_believed() -> None:
    places = [p if p[0] != "人民路60号" else (p[0], *at(600.0, 3000.0)) for p in PEOPLE_ROAD]
    found = find(gazetteer(places), parse("人民路60号"), DAY)
    assert found[0].method == "interpolated"
    assert metres(found[0], *place_of(60, 0.0)) < 2.0
    assert judge([found], Columns(1e5, border_y=1000.0), 0.9)[0].status == "ambiguous"


def test_crossings_lie_where_the_lines_meet() -> None:
    import shapely

    from geo_api.services.addresses.gazetteer import Line

    north = Line(shapely.LineString([at(700, -400), at(700, 900)]))
    known = replace(TOWN, lines={"人民路": [east_line(0.0)], "和平路": [north]}, models={})
    for text in ("人民路与和平路交叉口", "和平路、人民路口"):
        found = best(text, known)
        assert (found.method, metres(found, 700.0, 0.0) < 0.5) == ("crossing", True)
        assert judge([[found]], Columns(700.0), 0.95)[0].status == "ambiguous", "the border runs through the crossing"
        assert judge([[found]], Columns(1000.0), 0.95)[0].status == "found"


def test_places_are_found_by_name_and_by_names_much_alike() -> None:
    assert best("明珠广场").method == "place"
    assert metres(best("明珠广场二楼"), 300.0, 300.0) < 1.0


def test_one_wrong_character_is_told_and_east_is_not_west() -> None:
    known = gazetteer([*numbered("凤凰大道", [2, 4, 6], 0.0), *numbered("解放东路", [2, 4, 6], 500.0)])
    found = best("凤黄大道4号", known)
    assert found.fuzzy
    assert ("similar_street", "凤黄大道", "凤凰大道") in found.notes
    assert find(known, parse("解放西路4号"), DAY) == []


def test_the_town_decides_between_streets_of_one_name() -> None:
    assert metres(best("东湖镇书院路4号"), 5000.0, 0.0) < 1.0
    assert metres(best("西山镇书院路4号"), 9000.0, 0.0) < 1.0
    unsaid = judge([find(TOWN, parse("书院路4号"), DAY)], Columns(1000.0), 0.95)[0]
    assert unsaid.status == "ambiguous"
    assert {c.cell for c in unsaid.chances} >= {5, 9}
    contradicted = judge([find(TOWN, parse("北山镇书院路6号"), DAY)], Columns(1e6), 0.95)[0]
    assert contradicted.status == "not_found", "another town is named than the one that is known"


def test_another_city_is_not_ours() -> None:
    assert judge([find(TOWN, parse("南京市人民路12号"), DAY)], Columns(1e6), 0.95)[0].status == "not_found"
    home = replace(TOWN, home=frozenset({"南京"}), models={})
    assert judge([find(home, parse("南京市人民路12号"), DAY)], Columns(1e6), 0.95)[0].status == "found"


@pytest.mark.parametrize(
    ("bureau", "home"),
    [
        ("云江市市场监督管理局", {"云江"}),
        ("湖北省武汉市江汉区市场监督管理局", {"湖北省", "武汉", "江汉"}),
        ("City of Chicago", set()),
        ("", set()),
    ],
)
def test_the_name_of_a_bureau_says_which_city_is_ours_where_no_list_knows_its_code(bureau: str, home: set[str]) -> None:
    class Store(FakeGazetteer):
        def divisions(self) -> tuple[list[dict[str, str]], str, str]:
            return [], "990200", bureau

    how = reading(Store(FakePublished()), "cn")
    assert how.home == home
    named = replace(TOWN, home=how.home, models={})
    ours = judge([find(named, parse("云江市人民路12号"), DAY)], Columns(1e6), 0.95)[0].status
    assert ours == ("found" if "云江" in home else "not_found")


def test_near_and_opposite_have_an_error_of_their_own() -> None:
    exact, near, opposite = best("人民路12号"), best("人民路12号附近"), best("人民路12号对面")
    assert near.method == opposite.method == "relative"
    assert exact.error_m < opposite.error_m <= near.error_m
    north = best("人民路12号往北50米")
    assert metres(north, place_of(12, 0.0)[0], place_of(12, 0.0)[1] + 50.0) < 1.0


def test_an_address_of_another_day_is_not_known_today() -> None:
    rows = gazetteer(numbered("人民路", [2, 4], 0.0))
    rows.until[:] = DAY
    assert find(rows, parse("人民路2号"), DAY) == []
    assert find(rows, parse("人民路2号"), DAY - 1)[0].method == "exact"


def test_former_names_are_found_and_told() -> None:
    known = replace(TOWN, aliases={"中正路": ("人民路", "人民路", None)})
    found = best("中正路12号", known)
    assert found.notes == (("renamed_street", "中正路", "人民路"),)
    assert found.method == "exact"


def test_streets_and_numbers_of_other_countries() -> None:
    known = gazetteer([(f"{n} S RACINE AVE", *at(2.0 * n, 8.0)) for n in range(5001, 5100, 4)], region="us")
    exact = find(known, parse("5001 South Racine Avenue", region="us"), DAY)[0]
    between = find(known, parse("5007 S RACINE AVE", region="us"), DAY)[0]
    assert (exact.method, between.method) == ("exact", "interpolated")
    assert metres(between, 2.0 * 5007, 8.0) < 3.0


@given(
    st.text(max_size=40)
    | st.sampled_from(["人民路", "12号", "12弄", "附近", "与", "交叉口", "明珠广场", "中心路", "A座", "-3"])
)
def test_any_text_is_answered_without_an_error(text: str) -> None:
    for words in (text, "人民路" + text, text + "12号"):
        for found in find(TOWN, parse(words), DAY):
            assert len(found.lon) == len(found.lat) > 0
            assert np.isfinite(found.lon).all()
            assert 0 < found.likelihood <= 1


@given(number=st.integers(1, 130), width=st.sampled_from([35.0, 100.0, 333.0]))
def test_a_cell_is_named_only_where_the_true_place_lies_in_it(number: int, width: float) -> None:
    """On a street whose numbers keep to their places the named cell is the right one, whatever the cells."""
    finder = Columns(width, border_y=0.0)
    verdict = judge([find(TOWN, parse(f"人民路{number}号"), DAY)], finder, 0.95)[0]
    if verdict.status == "found":
        lon, lat = at(*place_of(number, 0.0))
        assert verdict.chances[0].cell == finder.cells_of(np.array([lon]), np.array([lat]))[0]
    assert sum(c.share for c in verdict.chances) <= 1 + 1e-9


def test_numbers_and_sides_survive_any_order_of_the_rows() -> None:
    turned = gazetteer(list(reversed(PEOPLE_ROAD)))
    for number in (12, 14, 50, 84):
        one, other = best(f"人民路{number}号"), best(f"人民路{number}号", turned)
        assert one.method == other.method
        assert np.allclose(one.lon[0], other.lon[0], atol=1e-9)


def test_renamed_districts_are_resolved_by_the_day_and_told() -> None:
    rows = [Division("310103", "卢湾区", "county", valid_to=date(2011, 6, 8), became=("310101",)),
            Division("310101", "黄浦区", "county")]  # fmt: skip
    divisions = Divisions(rows)
    known = gazetteer([(f"黄浦区瑞金路{n}号", *at(10.0 * n, 0.0)) for n in (2, 4)], divisions=divisions)
    for day, told in ((date(2026, 1, 1), True), (date(2010, 1, 1), False)):
        snapshot = build_snapshot(county(day), Everywhere)
        ((parsed, verdict),) = verdicts(known, snapshot, ["卢湾区瑞金路4号"], threshold=0.9, divisions=divisions)
        assert verdict.status == "found", day
        assert parsed.has("renamed_division") == told
        assert parsed.county is not None
        assert parsed.county.name == ("黄浦区" if told else "卢湾区")


class Halves(PlainFinder):
    """Two cells: west and east of 600 metres."""

    def cells_of(self, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        return (HERE.to_xy(lon, lat)[:, 0] > 600.0).astype(np.int32)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("人民路12号，人民路20号", "found"),
        ("人民路12号到建设大道8号之间", "found"),
        ("人民路12号和长寿路8号", "found"),  # nothing is known of the other
        ("人民路12号，人民路110号", "ambiguous"),
        ("人民路12号，东湖镇书院路4号", "ambiguous"),
        ("人民路12号到书院路4号之间", "ambiguous"),
    ],
)
def test_several_addresses_in_several_cells_name_nobody_and_all_cells(text: str, status: str) -> None:
    snapshot = build_snapshot(county(date(2026, 1, 1)), Halves)
    ((_, verdict),) = verdicts(TOWN, snapshot, [text], threshold=0.9)
    assert verdict.status == status
    if status == "ambiguous":
        assert {c.cell for c in verdict.chances[:2]} == {0, 1}


def test_what_lies_beside_a_place_is_no_surer_than_the_place() -> None:
    places, finder = (
        [find(TOWN, parse(f"明珠广场{words}"), DAY) for words in ("", "对面", "附近")],
        Halves((), (), ()),
    )
    sure = [verdict.chances[0].confidence for verdict in judge(places, finder, 0.5)]
    assert max(sure[1:]) <= sure[0] < 0.95


def test_a_slip_of_the_pen_counts_far_more_than_any_other_wrong_character() -> None:
    rivals = gazetteer([*numbered("石板巷", [23, 25, 27], 0.0), *numbered("石井巷", [23, 25, 27], 900.0)])
    first, *others = find(rivals, parse("石扳巷25号"), DAY)
    assert (first.address, first.likelihood) == ("石板巷25号", 0.95)
    assert [f.address for f in others] == ["石井巷25号"]
    assert others[0].likelihood < 0.06


@pytest.mark.parametrize(
    ("text", "foreign"),
    [
        ("临泽县城关镇油坊巷34号", "临泽县"),
        ("甘肃省张掖市临泽县油坊巷34号", "临泽县"),
        ("武汉市江汉区油坊巷34号", "江汉区"),
        ("甘肃省城关镇油坊巷34号", "甘肃省"),
        ("云溪县城关镇油坊巷34号", ""),
        ("甘肃省云溪县油坊巷34号", ""),
        ("油坊巷34号", ""),
    ],
)
def test_a_county_city_or_province_that_is_not_ours_is_told_and_not_believed(text: str, foreign: str) -> None:
    # half of the register leaves the county out: that does not put those addresses into any county
    ours = gazetteer([*numbered("云溪县城关镇油坊巷", [30, 32], 0.0), *numbered("油坊巷", [34, 36], 0.0)])
    found = find(ours, parse(text), DAY)[0]
    assert [what for code, what, _ in found.notes if code == "elsewhere"] == ([foreign] if foreign else [])
    assert (found.likelihood > 0.9) is not bool(foreign)


def test_every_village_with_a_street_of_that_name_counts() -> None:
    villages = gazetteer([(f"{name}村中心路{n}号", *at(10.0 * n, 1000.0 * i))
                          for i, name in enumerate("东河西坡张岗李湾杨桥刘店陈畈赵墩周咀吴冲"[j : j + 2] for j in range(0, 20, 2))
                          for n in (1, 9)])  # fmt: skip
    assert len(find(villages, parse("中心路5号"), DAY)) == 10


def test_a_street_along_a_border_lies_in_both_cells() -> None:
    known = gazetteer([("文昌路1号", *at(10.0, 5.0))], lines={"文昌路": [east_line(0.0)]})
    (verdict,) = judge([find(known, parse("文昌路"), DAY)], Columns(1e6, border_y=0.0), 0.9)
    assert verdict.status == "ambiguous"
    assert {c.cell for c in verdict.chances} == {0, 1}
