"""Columns and values: what is accepted, what is rejected and why, nothing lost on the way."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.credit_code import ALPHABET, credit_code_faults
from layers.places import OUT_OF_RANGE, SWAPPED, UNREADABLE, places
from layers.raw import RawLayer
from layers.schema import TABLES, accepted, check_layer, missing_columns
from layers.values import to_bools, to_codes, to_dates, to_numbers, to_text


def raw_of(rows, columns=None):
    frame = pd.DataFrame(rows, columns=columns, dtype=object)
    nothing = pd.DataFrame({"row": [], "reason": [], "value": []})
    return RawLayer("f.csv", frame, np.arange(2, len(frame) + 2), None, None, {}, nothing, ())


# --- values


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-01-05", date(2024, 1, 5)),
        ("2024/1/5", date(2024, 1, 5)),
        ("2024.1.5", date(2024, 1, 5)),
        ("2024年1月5日", date(2024, 1, 5)),
        ("20240105", date(2024, 1, 5)),
        ("20240105103000", date(2024, 1, 5)),
        ("2024-01-05T10:00:00", date(2024, 1, 5)),
        ("2024-01-05 10:00", date(2024, 1, 5)),
        ("２０２４-０１-０５", date(2024, 1, 5)),
        ("45296", date(2024, 1, 5)),  # a spreadsheet's day number
        ("45296.75", date(2024, 1, 5)),
        ("2024-02-29", date(2024, 2, 29)),
        ("", None),
        ("9999-12-31", None),
        ("长期", None),
    ],
)
def test_days(text, day):
    days, bad = to_dates(pd.Series([text], dtype=object))
    assert days.tolist() == [day]
    assert bad.tolist() == [False]


@pytest.mark.parametrize("text", ["2023-02-29", "2024-13-01", "5.1.2024", "soon", "1", "99999", "2024-01", "202401"])
def test_what_is_no_day(text):
    days, bad = to_dates(pd.Series([text], dtype=object))
    assert (days.tolist(), bad.tolist()) == ([None], [True])


@given(st.dates(date(1950, 1, 1), date(2100, 1, 1)))
def test_every_spelling_of_a_day_is_the_same_day(day):
    serial = (day - date(1899, 12, 30)).days
    texts = [day.isoformat(), f"{day:%Y%m%d}", f"{day.year}/{day.month}/{day.day}", str(serial)]
    assert set(to_dates(pd.Series(texts, dtype=object))[0]) == {day}


def test_text_of_numbers_has_no_point_zero():
    assert to_text(pd.Series([1.0, np.nan, 2.5, 110101198001011234.0])).tolist()[:3] == ["1", "", "2.5"]
    assert to_text(pd.Series([7, 8])).tolist() == ["7", "8"]
    assert to_text(pd.Series([" 007 ", None, "\u3000x"])).tolist() == ["007", "", "x"]


def test_codes_are_half_width_upper_case_without_blanks():
    assert to_codes(pd.Series(["９１ab 01", None, 110101.0], dtype=object)).tolist() == ["91AB01", "", "110101.0"]


def test_numbers():
    numbers, bad = to_numbers(pd.Series(["1,234.5", "１２", "", "x", "inf", "-1"]))
    assert numbers[[0, 1, 5]].tolist() == [1234.5, 12, -1]
    assert bad.tolist() == [False, False, False, True, True, False]


def test_yes_and_no():
    values, bad = to_bools(pd.Series(["是", "无照", "1", "0", "", "maybe", "TRUE"]), empty=True)
    assert values.tolist() == [True, False, True, False, True, False, True]
    assert bad.tolist() == [False] * 5 + [True, False]


# --- credit codes


@pytest.mark.parametrize("code", ["91350100M000100Y43", "91110000802100433B", "91310000631696382C", ""])
def test_valid_credit_codes(code):
    assert credit_code_faults(pd.Series([code], dtype=object)).tolist() == [""]


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("91350100M000100Y44", "check"),
        ("91350100M000100Y4", "length"),
        ("9135O100M000100Y43", "character"),
        ("9135010饭M00100Y43 ", "character"),
        ("abc", "length"),
    ],
)
def test_wrong_credit_codes(code, fault):
    assert credit_code_faults(pd.Series([code], dtype=object)).tolist() == [fault if len(code) == 18 else "length"]


@given(st.integers(0, 16), st.integers(1, 30))
def test_one_wrong_character_is_always_noticed(place, shift):
    good = "91350100M000100Y43"
    other = ALPHABET[(ALPHABET.index(good[place]) + shift) % 31]
    code = good[:place] + other + good[place + 1 :]
    assert credit_code_faults(pd.Series([good, code], dtype=object)).tolist()[0] == ""
    assert credit_code_faults(pd.Series([good, code], dtype=object)).tolist()[1] != ""


def test_the_organisation_code_inside_has_a_check_of_its_own():
    # The 18th character is right for this code, the 17th is not.
    body = "91350100M000100Y5"
    weights = [pow(3, i, 31) for i in range(17)]
    total = sum(ALPHABET.index(c) * w for c, w in zip(body, weights, strict=True))
    code = body + ALPHABET[(31 - total % 31) % 31]
    assert credit_code_faults(pd.Series([code], dtype=object)).tolist() == ["organisation"]


# --- places


def test_places_and_why_there_are_none():
    lon = pd.Series(["116.4", "x", "39.9", "", "0", "500", "116.4"], dtype=object)
    lat = pd.Series(["39.9", "39.9", "116.4", "", "0", "39", ""], dtype=object)
    found = places(lon, lat, "wgs84")
    assert found.reason.tolist() == ["", UNREADABLE, SWAPPED, "", "", OUT_OF_RANGE, UNREADABLE]
    assert [p is not None for p in found.points] == [True, *[False] * 6]
    assert found.zero.tolist() == [False] * 4 + [True] + [False] * 2
    assert found.value[1] == "x, 39.9"


def test_bounds_tell_a_pair_turned_round_where_both_could_be_latitudes():
    lon, lat = pd.Series(["43.8", "87.6", "10"]), pd.Series(["87.6", "43.8", "10"])  # Urumqi
    assert places(lon, lat, "wgs84").reason.tolist() == ["", "", ""]
    assert places(lon, lat, "wgs84", (87.0, 43.0, 88.0, 44.0)).reason.tolist() == [SWAPPED, "", ""]


def test_places_in_metres_of_a_projected_datum():
    found = places(pd.Series(["447000.0"]), pd.Series(["4417000.0"]), "EPSG:4548")
    assert found.points[0].x == pytest.approx(116.38, abs=0.01)


# --- tables


def test_all_missing_columns_are_named_at_once():
    found = missing_columns(
        "entities", raw_of([["x"]], ["编号"]), {"source_id": "id", "address": "addr"}, {}, "entities[0]"
    )
    texts = [f.message for f in found]
    assert [t.split(";")[0] for t in texts] == [
        "f.csv has no column 'id' (entities[0].columns.source_id)",
        'f.csv has no column for name: name it in entities[0].columns = {name = "..."}, or set entities[0].defaults.name',
        "f.csv has no column 'addr' (entities[0].columns.address)",
        'f.csv has no column for credit_class: name it in entities[0].columns = {credit_class = "..."}, or set '
        "entities[0].defaults.credit_class",
    ]
    assert all(t.endswith("its columns are: 编号") for t in texts)


def test_columns_of_the_canonical_name_need_no_entry():
    raw = raw_of([["1", "a", "B"]], ["Source_ID", "name", "credit_class"])
    assert missing_columns("entities", raw, {}, {}, "entities[0]") == []


def test_values_are_mapped_then_understood():
    raw = raw_of([["1", "一级"], ["2", "b级"], ["3", "Ｃ"], ["4", "x"], ["5", ""]], ["source_id", "class"])
    checked = check_layer(
        "entities",
        raw,
        columns={"credit_class": "class"},
        maps={"credit_class": {"一级": "A"}},
        defaults={"credit_class": "D"},
    )
    assert checked.frame["credit_class"].tolist() == ["A", "B", "C", "", "D"]
    assert checked.reason.tolist() == ["", "", "", "credit_class not understood, expected A, B, C, D", ""]
    assert checked.value.tolist()[3] == "x"


def test_a_star_stands_for_all_other_values():
    raw = raw_of([["1", "面馆"], ["2", "澡堂"], ["3", ""]], ["source_id", "industry"])
    checked = check_layer("entities", raw, maps={"industry": {"面馆": "餐饮", "*": "其他"}})
    assert checked.frame["industry"].tolist() == ["餐饮", "其他", ""]


def test_a_doubtful_value_is_dropped_and_counted_the_row_kept():
    raw = raw_of([["1", "soon", "-5"], ["2", "2024-01-05", "3"]], ["source_id", "opened", "workload"])
    checked = check_layer("entities", raw)
    assert checked.reason.tolist() == ["", ""]
    assert checked.frame["opened"].tolist() == [None, date(2024, 1, 5)]
    assert np.isnan(checked.frame["workload"].iloc[0])
    assert [f.message.split(" (")[0] for f in checked.findings] == [
        "f.csv: 1 values of opened were not understood and left empty, expected a day such as 2024-01-05",
        "f.csv: 1 values of workload were not understood and left empty, expected a number",
    ]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "1", "2", "x"]), st.sampled_from(["", "2024-01-05", "never"]), st.text(max_size=3)
        ),
        max_size=12,
    )
)
def test_every_row_is_accepted_or_rejected_once(rows):
    raw = raw_of([list(r) for r in rows], ["entity", "date", "kind"])
    frame, rejected = accepted([check_layer("inspections", raw)])
    assert len(frame) + len(rejected) == len(rows)
    assert (rejected["reason"] != "").all()
    assert set(rejected["row"]) <= set(range(2, len(rows) + 2))


@pytest.mark.parametrize("table", sorted(TABLES))
def test_an_empty_table_has_all_its_columns(table):
    names = [c.name for c in TABLES[table].columns if c.kind != "coordinate"]
    checked = check_layer(table, raw_of([], names))
    assert list(checked.frame.columns) == names
