"""Sections of the profile: every problem at once, each with its path; classes run either way; draws can be checked."""

from __future__ import annotations

import hashlib
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_api.errors import BadRequest
from geo_api.formats.toml import to_toml
from geo_api.supervision.frequency import Rules, rules_from
from geo_api.supervision.profile import profile_from, profile_problems, sections
from geo_api.supervision.sampling import draw, ticket
from geo_api.supervision.sampling_rules import SamplingRules
from geo_api.supervision.section import SectionReader

WRONG = {
    "speed": 3,
    "clases": {},
    "officers_per_cell": 0,
    "visits_per_year": {"E": 1},
    "hours_per_officer_year": 700,
    "officer_time": {"field_share": 2},
    "classes": {"exempt": ["Z"], "names": {"A": 1}},
    "kinds": {"minutes": {"specal": {"default": 1}}, "visits_per_year": {"special": {"food": -1}}},
    "sampling": {"food": 0},
    "travel": {"method": "fly", "neighbours": 1.5},
    "levels": {"depth": 4, "names": ["a", "b"]},
    "codes": {"cell": 2, "first": 100},
    "claims": [],
}


def test_every_problem_of_every_section_is_told_with_its_path() -> None:
    where = {f.where for f in profile_problems(WRONG)}
    assert {
        "rules.speed", "rules.clases", "rules.officers_per_cell",
        "rules.hours_per_officer_year", "rules.officer_time.field_share", "rules.classes.exempt", "rules.classes.names.A",
        "rules.kinds.minutes.specal", "rules.kinds.visits_per_year.special.food", "rules.sampling.food",
        "rules.travel.method", "rules.travel.neighbours", "rules.levels.names", "rules.codes.first", "rules.claims",
    } <= where  # fmt: skip
    assert all(f.message_zh for f in profile_problems(WRONG))
    near = next(f for f in profile_problems({"clases": {}}))
    assert "did you mean classes?" in near.message


def test_nothing_set_is_fine_and_every_section_has_its_defaults() -> None:
    profile = profile_from({})
    assert set(profile.sections) == set(sections())
    assert profile.rules == rules_from({})
    assert profile.section("travel").method == "included"
    with pytest.raises(KeyError):
        profile.section("no such subject")


def test_classes_run_either_way_and_may_be_numbers() -> None:
    turned = rules_from({"classes": {"order": ["D", "C", "B", "A"]}})
    assert [turned.visits(c) for c in "DCBA"] == [2, 4, 12, 24], "the worst class is visited most, whatever its letter"
    assert turned.visits("D", licensed=False) == 24
    numbers = rules_from({"classes": {"order": ["1", "2", "3"]}, "visits_per_year": {"1": 1, "2": 4, "3": 12}})
    assert numbers.visits("2") == 4
    assert numbers.visits("A") == 12, "a class that the rules no longer know counts as the worst"
    with pytest.raises(BadRequest, match=r"visits_per_year\.3 is missing"):
        rules_from({"classes": {"order": ["1", "2", "3"]}, "visits_per_year": {"1": 1, "2": 4}})


def test_exempt_classes_keep_what_their_industry_asks_for() -> None:
    rules = rules_from({"classes": {"exempt": ["A"]}, "industry_min_visits": {"food": 1}, "sampling": {"hotel": 0.5}})
    assert [rules.visits("A", i) for i in ("", "food", "hotel")] == [0, 1, 0]
    assert rules.expected_visits("A", "hotel") == 0.5
    assert rules.expected_visits("B", "hotel") == 4, "who is visited anyway is not visited more for the sample"
    assert rules.visits("A", licensed=False) == 24


def test_kinds_have_minutes_and_visits_of_their_own() -> None:
    rules = rules_from(
        {
            "minutes_per_visit": {"default": 30, "food": 40},
            "kinds": {
                "minutes": {"special": {"default": 60, "food": 90}},
                "visits_per_year": {"special": {"food": 2}, "priority": {"default": 1}},
            },
        }
    )
    assert rules.minutes_and_setting("food", "special") == (90, "kinds.minutes.special.food")
    assert rules.minutes_and_setting("hotel", "special") == (60, "kinds.minutes.special.default")
    assert rules.minutes_and_setting("food", "priority") == (40, "minutes_per_visit.food")
    hours = (12 * 40 + 2 * 90 + 1 * 40) / 60
    assert rules.hours_per_year("C", "food") == pytest.approx(hours)
    assert rules.hours_per_year("C", "food", travel_minutes=6) == pytest.approx(hours + 15 * 6 / 60)


def test_hours_of_an_officer_from_days_hours_and_share() -> None:
    rules = rules_from({"officer_time": {"working_days": 230, "hours_per_day": 7.5, "field_share": 0.4}})
    assert rules.hours_per_officer_year == pytest.approx(690)
    assert Rules().hours_per_officer_year == 800


ids = st.lists(st.integers(1, 10**9), unique=True, max_size=40)


@given(st.dictionaries(st.sampled_from(["s1", "s2", "s3"]), ids), st.integers(0, 99), st.sampled_from([0.07, 0.5, 1.0]))
def test_a_draw_takes_the_share_of_each_station_and_does_not_mind_the_order(
    stations: dict[str, list[int]], seed: int, share: float
) -> None:
    stations = {
        name: [3 * i + int(name[1]) for i in members] for name, members in stations.items()
    }  # each in one alone
    rules = SamplingRules({"food": share})
    chosen = draw(stations, rules, industry="food", year=2026, seed=seed)
    assert len(chosen) == sum(rules.quota("food", len(members)) for members in stations.values())
    turned = {name: members[::-1] for name, members in reversed(stations.items())}
    assert draw(turned, rules, industry="food", year=2026, seed=seed) == chosen
    for name in sorted(stations):
        mine = [i for i in stations[name] if i in chosen]
        out = [i for i in stations[name] if i not in chosen]
        last = max((ticket(seed, 2026, "food", i) for i in mine), default="")
        assert all(ticket(seed, 2026, "food", i) >= last for i in out), "only the lowest numbers are drawn"


def test_anybody_can_compute_a_ticket() -> None:
    assert ticket(7, 2026, "餐饮", 12) == hashlib.sha256("7:2026:餐饮:12".encode()).hexdigest()
    assert [SamplingRules({"x": s}).quota("x", n) for s, n in ((0.5, 3), (0.07, 100), (1.0, 4), (0.1, 0))] == [
        2,
        7,
        4,
        0,
    ]


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
plain = texts | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
names = texts.filter(bool)
tables = st.recursive(
    st.dictionaries(names, plain | st.lists(plain, max_size=3), max_size=3),
    lambda inner: st.dictionaries(names, plain | inner | st.lists(inner, min_size=1, max_size=2), max_size=3),
    max_leaves=6,
)


@given(tables)
def test_settings_written_as_toml_read_back_the_same(settings: dict) -> None:
    assert tomllib.loads(to_toml(settings)) == settings


def test_a_reader_of_settings_tells_what_is_wrong_and_goes_on() -> None:
    table = SectionReader("x", {"n": "3", "t": 1, "f": "yes", "l": ["a", "a"], "m": {"q": -1}, "o": 1})
    assert (table.number("n", 5), table.text("t"), table.flag("f", True), table.texts("l"), table.numbers("m")) == (
        5, "", True, (), {},
    )  # fmt: skip
    with pytest.raises(BadRequest) as caught:
        table.done()
    assert [f.where for f in caught.value.findings] == ["rules.x." + k for k in ("n", "t", "f", "l", "m.q", "o")]
    nan = SectionReader("x", {"n": float("nan")})
    assert nan.number("n", 1) == 1
    assert nan.problems
