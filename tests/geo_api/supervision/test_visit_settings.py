"""Settings of visits, due lists and classes: defaults, changes by name, every mistake at once; reports as they are read."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_api.errors import BadRequest
from geo_api.supervision.classing_rules import classing_rules
from geo_api.supervision.due_rules import DEFAULT_LISTS, due_rules
from geo_api.supervision.visits import Visit, visit_from
from geo_api.supervision.visits_rules import visits_rules


def test_a_list_is_changed_by_its_name_and_others_are_added_and_dropped() -> None:
    rules = due_rules(
        {
            "without": ["annual"],
            "lists": [
                {"name": "penalty", "days": 15},
                {"name": "health", "counts_from": "licence_until", "lead_days": 90},
            ],
        }
    )
    assert [each.name for each in rules.lists] == [
        *(d.name for d in DEFAULT_LISTS if d.name != "annual"), "health",
    ]  # fmt: skip
    penalty = rules.named("penalty")
    assert penalty
    assert (penalty.days, penalty.lead_days, penalty.counts_from) == (15, 15, "fail")


@pytest.mark.parametrize(
    ("check", "settings", "where"),
    [
        (
            due_rules,
            {"lists": [{"name": "X y"}], "other": 1},
            {"rules.due.lists[0].name", "rules.due.lists[0].counts_from", "rules.due.other"},
        ),
        (
            due_rules,
            {"lists": [{"name": "licence", "lead_days": -1, "who": "me"}]},
            {"rules.due.lists[0].lead_days", "rules.due.lists[0].who"},
        ),
        (due_rules, {"without": ["nothing"]}, {"rules.due.without"}),
        (
            classing_rules,
            {"steps": [{"when": "words", "to": "D"}, {"when": "luck"}]},
            {"rules.classing.steps[0].words", "rules.classing.steps[1].when", "rules.classing.steps[1].to"},
        ),
        (classing_rules, {"years": 0}, {"rules.classing.years"}),
        (visits_rules, {"late_days": -1, "officers": 1.5, "x": 1}, {"rules.visits.late_days", "rules.visits.officers", "rules.visits.x"}),
    ],
)  # fmt: skip
def test_every_mistake_is_told_with_its_path(check, settings: dict, where: set[str]) -> None:
    with pytest.raises(BadRequest) as problem:
        check(settings)
    assert {f.where for f in problem.value.findings} == where
    assert all(f.message_zh for f in problem.value.findings)


def test_a_report_is_read_and_has_a_digest_of_all_that_it_says() -> None:
    said = {"visit_id": "a", "entity": 12, "made_on": "2026-03-01", "officers": ["1", "1", " 2 "], "revisit_of": ""}
    visit, problems = visit_from(said)
    assert (visit, problems) == (Visit("a", "12", date(2026, 3, 1), officers=("1", "2")), ())
    assert visit
    other, _ = visit_from(said | {"minutes": 5})
    assert other
    assert visit.digest != other.digest
    assert visit.digest == Visit("a", "12", date(2026, 3, 1), officers=("1", "2")).digest


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*Visit.__dataclass_fields__, "more"]), json))
def test_whatever_is_sent_is_read_or_refused_with_reasons(said: dict) -> None:
    visit, problems = visit_from(said)
    assert (visit is None) == bool(problems)
    assert all(p.message and p.message_zh and p.where for p in problems)
