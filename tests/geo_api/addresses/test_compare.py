from __future__ import annotations

import pytest
from hypothesis import given

from geo_api.addresses import parse, similarity, street_relation
from geo_api.addresses.compare import WEIGHTS
from geo_api.addresses.confusables import confusable
from tests.geo_api.addresses.test_normalise import TEXTS


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("场中路4048号盒马生鲜内", "场中路４０４８號1层"),
        ("延长中路399号(近共和新路)", "延长中路三百九十九号"),
        ("科苑路88弄3号", "浦东新区科苑路88弄3号2楼"),
        ("绿地新都会翠竹路1588号", "翠竹路1588号"),
        ("盘古路309-315号", "盘古路311号"),
        ("学思西路与学政路交叉口", "学政路学思西路口"),
        ("锦绣园路12号好再来饭店", "锦绣圆路12号好再来饭店"),
    ],
)
def test_one_site(one: str, other: str) -> None:
    assert similarity(parse(one), parse(other)).same_site


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("人民东路12号", "人民西路12号"),
        ("瑞金一路12号", "瑞金二路12号"),
        ("人民路12号", "人民路14号"),
        ("人民路12号", "人民路12弄3号"),
        ("科苑路88弄3号", "科苑路98弄3号"),
        ("盘古路309-315号", "盘古路312号"),
        ("建设路12号", "解放路12号"),
        ("康平路12号", "康兴路12号"),
        ("建设路12号", "建设路"),
        ("石桥村中心路5号", "柳桥村中心路5号"),
        ("黄浦区人民路12号", "宝山区人民路12号"),
    ],
)
def test_two_sites(one: str, other: str) -> None:
    found = similarity(parse(one), parse(other))
    assert not found.same_site
    assert any(WEIGHTS[reason] < 0 for reason in found.reasons)


def test_characters_that_tell_streets_apart_are_no_slips() -> None:
    assert street_relation("人民东路", "人民西路") == "differs"
    assert street_relation("新建路", "老建路") == "differs"
    assert street_relation("文三路", "文二路") == "differs"
    assert street_relation("锦园路", "锦圆路") == "confusable"
    assert street_relation("锦园路", "锦云路") == "one_character"
    assert street_relation("园路", "圆路") == "differs"
    assert street_relation("建设路", "建设街") == "differs"


def test_confusable_characters_are_so_both_ways() -> None:
    assert confusable("园", "圆")
    assert confusable("圆", "园")
    assert not confusable("园", "园")


@given(TEXTS, TEXTS)
def test_a_score_is_symmetric_and_a_share(a: str, b: str) -> None:
    one, other = parse(a), parse(b)
    found = similarity(one, other)
    assert 0 <= found.score <= 1
    assert found.score == similarity(other, one).score
