"""Scores, bands, failures in a row and what follows; the table of weights as data (rule 14)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_api.errors import BadRequest
from geo_api.supervision.assessment import Score, Tally, added, failures_in_a_row, mark, score, what_follows
from geo_api.supervision.assessment_rules import KEYS, SUBJECTS, AssessmentRules, assessment_rules
from geo_api.supervision.report_periods import month, named, quarter, year

RULES = AssessmentRules()
tallies = st.dictionaries(
    st.sampled_from(KEYS), st.integers(0, 50).flatmap(lambda of: st.builds(Tally, st.integers(0, of), st.just(of)))
)


def failing(value: float = 60.0) -> Score:
    return Score(value, RULES.band(value), ())


@given(tallies, st.sampled_from(SUBJECTS))
def test_a_score_lies_between_nothing_and_a_hundred(found: dict[str, Tally], subject: str) -> None:
    answer = score(subject, found, RULES)
    basis = [p for p in answer.points if p.points is not None]
    if not basis:
        assert (answer.score, answer.band) == (None, "none")
        return
    assert answer.score is not None
    assert 0 <= answer.score <= 100
    assert {p.key for p in basis} == {k for k, t in found.items() if t.of}
    assert all(0 <= p.points <= p.weight for p in basis if p.points is not None)


@given(tallies, st.sampled_from(("coverage", "first_visits", "claims", "tasks", "rectifications")))
def test_doing_more_never_costs_points(found: dict[str, Tally], key: str) -> None:
    before = found.get(key, Tally(0, 1))
    better = found | {key: Tally(min(before.count + 1, before.of), before.of)}
    low, high = score("cell", found | {key: before}, RULES).score, score("cell", better, RULES).score
    if low is not None and high is not None:
        assert high >= low


def test_what_is_late_costs_points_and_nothing_due_costs_nothing() -> None:
    assert score("cell", {"coverage": Tally(10, 10), "overdue": Tally(0, 9)}, RULES).score == 100.0
    assert score("cell", {"coverage": Tally(10, 10), "overdue": Tally(2, 10)}, RULES).score == pytest.approx(66.7)
    assert score("cell", {"coverage": Tally(10, 10), "tasks": Tally(0, 0)}, RULES).score == 100.0
    assert score("cell", {"tasks": Tally(0, 0)}, RULES).score is None


@pytest.mark.parametrize(
    ("value", "band"), [(100, "excellent"), (90, "excellent"), (89.9, "passing"), (70, "passing"), (69.9, "failing")]
)
def test_bands(value: float, band: str) -> None:
    assert RULES.band(value) == band


def test_officers_by_month_stations_by_quarter_bureaus_by_year() -> None:
    usual = AssessmentRules()
    assert {who: usual.periods[who] for who in ("officer", "station", "bureau")} == {
        "officer": "month", "station": "quarter", "bureau": "year"
    }  # fmt: skip
    assert (usual.excellent, usual.passing) == (90, 70)


def test_what_is_printed_is_what_is_judged() -> None:
    rules = AssessmentRules(indicators=tuple(i for i in RULES.indicators if i.key == "coverage"))
    found = score("cell", {"coverage": Tally(849_960, 1_000_000)}, rules)  # 69.992 points of 100
    assert (found.score, found.band) == (70.0, "passing")


def test_failures_count_when_consecutive() -> None:
    assert failures_in_a_row(failing(), ["failing", "failing", "passing"]) == 3
    assert failures_in_a_row(failing(), ["none", "failing"]) == 1
    assert failures_in_a_row(failing(80), ["failing", "failing"]) == 0


def test_first_second_and_third_failure_have_consequences_of_their_own() -> None:
    texts = [what_follows("officer", n, RULES) for n in (1, 2, 3)]
    assert len({c.zh for c in texts if c}) == 3
    assert what_follows("officer", 7, RULES) == texts[2], "the last one also follows from every later failure"
    assert what_follows("officer", 0, RULES) is None
    assert what_follows("cell", 1, RULES) is None, "a failing cell orders a correction instead"


@pytest.mark.parametrize(
    ("bad", "good", "marked"), [(1, 1, True), (1, 2, False), (2, 3, False), (3, 3, True), (0, 4, False)]
)
def test_half_of_the_cells_failing_marks_the_station(bad: int, good: int, marked: bool) -> None:
    cells = {f"b{n}": failing() for n in range(bad)} | {f"g{n}": failing(95) for n in range(good)}
    cells["unscored"] = Score(None, "none", ())
    found = mark(cells, RULES)
    assert (found.marked, found.scored, len(found.failing)) == (marked, bad + good, bad)


@given(st.lists(tallies, max_size=3))
def test_parts_add_up_to_the_whole(parts: list[dict[str, Tally]]) -> None:
    whole = added(parts)
    for key in KEYS:
        assert sum(p[key].of for p in parts if key in p) == (whole[key].of if key in whole else 0)


def test_settings_replace_the_table() -> None:
    rules = assessment_rules(
        {
            "excellent": 95,
            "periods": {"officer": "quarter"},
            "indicators": [{"key": "coverage", "weight": 3}, {"key": "tasks", "weight": 1, "of": ["officer"]}],
            "consequences": [{"of": "station", "failure": 2, "zh": "约谈"}],
        }
    )
    assert rules.band(94) == "passing"
    assert rules.periods["officer"] == "quarter"
    assert [i.key for i in rules.indicators_of("cell")] == ["coverage"]
    assert [i.weight for i in rules.indicators_of("officer")] == [3, 1]
    assert rules.consequence("officer", 3) is None
    second = rules.consequence("station", 2)
    assert second is not None
    assert (second.zh, second.en) == ("约谈", "约谈")


def test_every_problem_of_the_settings_is_told_at_once() -> None:
    with pytest.raises(BadRequest) as told:
        assessment_rules(
            {
                "passing": 95,
                "periods": {"cell": "decade"},
                "indicators": [
                    {"key": "beauty"},
                    {"key": "coverage", "full": 0.5, "zero": 0.5},
                    {"key": "coverage"},
                    {"weight": 1},
                ],
                "consequences": [{"of": "officer", "failure": 0}],
                "excelent": 90,
            }
        )
    text = str(told.value)
    for part in (
        "passing",
        "periods",
        "beauty",
        "another number",
        "twice",
        "indicators[4].key",
        "failure",
        "excellent?",
    ):
        assert part in text, part


def test_periods_are_whole_and_follow_each_other() -> None:
    assert (quarter("2026q4").start, quarter("2026-Q4").end) == (date(2026, 10, 1), date(2027, 1, 1))
    assert year("2024").last_day == date(2024, 12, 31)
    assert named("2026q1").label == "2026-Q1"
    for label in ("2026-02", "2026-Q3", "2026"):
        period = named(label)
        assert period.label == label
        assert period.before().end == period.start
        assert named(period.before(3).label) == period.before(3)
    for text in ("2026-13", "26-01", "2026-1", "", "２０２６-01", "1800-01"):
        with pytest.raises(BadRequest):
            month(text)
        with pytest.raises(BadRequest, match=r"2026-10, .*2026-Q4.* 2026"):
            named(text)
