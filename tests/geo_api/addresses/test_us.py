from __future__ import annotations

import pytest
from hypothesis import given

from geo_api.addresses import parse
from geo_api.addresses.us import normalise_us
from tests.geo_api.addresses.test_normalise import TEXTS


@pytest.mark.parametrize(
    ("text", "number", "street"),
    [
        ("5100 S RACINE AVE ", "5100", "S RACINE AVE"),
        ("1255 South State Street #3", "1255", "S STATE ST"),
        ("333 W 35TH ST", "333", "W 35TH ST"),
        ("333 West 35 Street", "333", "W 35TH ST"),
        ("131 N CLINTON ST  BSMT", "131", "N CLINTON ST"),
        ("2301-2305 W DEVON AVE", "2301~2305", "W DEVON AVE"),
        ("4949-51 N BROADWAY", "4949~4951", "N BROADWAY"),
        ("750   -752 N CLARK ST", "750~752", "N CLARK ST"),
        ("1019 1/2 W ARGYLE ST", "1019-1/2", "W ARGYLE ST"),
        ("2800-B W IRVING PARK RD", "2800B", "W IRVING PARK RD"),
        ("3800 S DR MARTIN LUTHER KING JR DR", "3800", "S DR MARTIN LUTHER KING JR DR"),
        ("10841 S AVENUE H", "10841", "S AVENUE H"),
        ("2300 N LINCOLN PARK WEST", "2300", "N LINCOLN PARK W"),
        ("5134 S LOTUS", "5134", "S LOTUS"),
        ("52 W ILLINOIS", "52", "W ILLINOIS"),
        ("7058 S Washtenaw (2700W) ", "7058", "S WASHTENAW"),
        ("500 W Madison St, Suite 300, Chicago, IL 60661", "500", "W MADISON ST"),
    ],
)
def test_number_and_street(text: str, number: str, street: str) -> None:
    found = parse(text, region="us")
    assert found.number is not None
    assert (found.number.text, found.street) == (number, street)


def test_units_floors_and_what_stands_behind() -> None:
    suite = parse("500 W Madison St, Suite 300, Chicago, IL 60661", region="us")
    assert (suite.room, suite.zip_code, suite.city and suite.city.name) == ("300", "60661", "CHICAGO")
    assert parse("131 N CLINTON ST BSMT", region="us").floor == -1
    assert parse("10 S DEARBORN ST 3RD FLOOR", region="us").floor == 3
    assert parse("2021 N Point St BLDG C", region="us").building == "C"
    assert parse("7058 S Washtenaw (2700W)", region="us").hints == ("2700W",)


def test_crossings_have_one_key_in_both_orders() -> None:
    one = parse("STATE ST & MADISON ST", region="us")
    other = parse("Madison Street and State Street", region="us")
    assert one.crossing == ("STATE ST", "MADISON ST")
    assert one.key() == other.key() != ""


@given(TEXTS)
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise_us(normalise_us(text)) == normalise_us(text)
