from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_api.addresses import normalise
from geo_api.addresses.normalise import LONGEST
from geo_api.addresses.numerals import number_value
from geo_api.addresses.street_key import chinese_number, readings, street_key

SIGNS = (
    "路街道巷弄号號樓楼單元室层附近与交叉口()（）一二三十百千廿〇两0123456789-－~～、,，/ABFLlOo"
    "甲乙省市区县镇乡村东西南北米 　#№臺ﬁ①Ⅳ½\u200b"
)
PIECES = st.sampled_from(list(SIGNS))
TEXTS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=40).map("".join))


@pytest.mark.parametrize(
    ("given_text", "wanted"),
    [
        ("人民路 １２號", "人民路12号"),
        ("人民路１２－３号", "人民路12-3号"),
        ("人民路12—3号", "人民路12-3号"),
        ("人民路十二号", "人民路12号"),
        ("人民路一百零五号", "人民路105号"),
        ("人民路一〇五号二〇三室", "人民路105号203室"),
        ("人民路廿三號", "人民路23号"),
        ("人民路两百号", "人民路200号"),
        ("人民路十二号之一", "人民路12号之1"),
        ("人民路十二、十四号", "人民路12、14号"),
        ("十二弄三号二单元五楼", "12弄3号2单元5楼"),
        ("灵山路1732一10号", "灵山路1732-10号"),
        ("人民路#12", "人民路12"),
        ("人民路12#", "人民路12号"),
        ("人民路No.12", "人民路12"),
        ("人民路1O5号", "人民路105号"),
        ("重慶南路【近廣東路】", "重庆南路(近广东路)"),
        ("三里屯路五一路四川路人民二路", "三里屯路五一路四川路人民二路"),
        ("二道街8号", "二道街8号"),
        ("一二八纪念路878号", "一二八纪念路878号"),
        ("乾县乾隆路", "乾县乾隆路"),
        ("青年路75O一1号", "青年路750-1号"),
        ("青年路12O附3号", "青年路120附3号"),
        ("八一广场三层", "八一广场3层"),
        ("育 英 街 ７ ６ 号", "育英街76号"),
        ("凤凰大道5 0 6号", "凤凰大道506号"),
        ("中山路5 3号楼", "中山路5 3号楼"),
        ("中山路506 3号", "中山路506 3号"),
    ],
)
def test_one_spelling(given_text: str, wanted: str) -> None:
    assert normalise(given_text) == wanted


@given(TEXTS)
def test_normalising_twice_changes_nothing_and_the_length_is_limited(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert len(once) <= LONGEST


@given(st.integers(0, 9999))
def test_a_spoken_number_is_read_back(number: int) -> None:
    assert number_value(chinese_number(number)) == str(number)
    assert normalise(f"人民路{chinese_number(number)}号") == f"人民路{number}号"


def test_a_street_has_one_key_in_both_spellings() -> None:
    assert street_key("人民2路") == street_key("人民二路") != street_key("人民三路")
    assert street_key("文昌12路") == street_key("文昌十二路")
    assert street_key("South Racine Avenue", "us") == street_key("S RACINE AVE", "us") == "S RACINE AVE"
    assert street_key("West 35 Street", "us") == "W 35TH ST"


def test_what_was_read_as_a_street_may_begin_with_a_place() -> None:
    found = readings("绿地新都会翠竹路")
    assert found[0] == "绿地新都会翠竹路"
    assert found[-1] == "翠竹路"
    assert readings("") == ()
    assert readings("W DEVON AVE", "us") == ("W DEVON AVE", "W DEVON")
