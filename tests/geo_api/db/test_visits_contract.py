"""The aggregate query of visits due and made gives what the pure rule gives, on random histories."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from geo_api.db.store import Store
from geo_api.services.gaps_visits import visit_periods
from geo_api.services.load import load
from geo_api.supervision.coverage import covered, due_periods
from geo_api.supervision.frequency import Rules
from geo_api.supervision.periods import Period
from tests.geo_api.town import TODAY, Town

pytestmark = pytest.mark.db


@pytest.mark.parametrize("on", [TODAY, date(2026, 7, 1), date(2024, 2, 29)])
def test_query_equals_the_pure_rule(store: Store, town: Town, on: date) -> None:
    rng = np.random.default_rng(on.toordinal())
    n, rules = 60, Rules(visits_per_year={"A": 0, "B": 4, "C": 12, "D": 24}, industry_min_visits={"food": 6})
    shops = town.entities.iloc[:n].copy()
    opened = [on - timedelta(days=int(d)) for d in rng.integers(-20, 600, n)]
    shops["opened"] = [None if rng.random() < 0.3 else day for day in opened]
    shops["closed"] = [
        None if rng.random() < 0.7 else day + timedelta(days=int(rng.integers(0, 500))) for day in opened
    ]
    visits = town.inspections.iloc[:700].copy()
    visits["entity"] = [f"s{i:04d}" for i in rng.integers(0, n, 700)]
    visits["date"] = [on - timedelta(days=int(d)) for d in rng.integers(-5, 420, 700)]
    load(town.but(entities=shops, inspections=visits, digest="1"), store.register, today=on - timedelta(days=900))
    changed = shops.copy()
    changed["credit_class"] = rng.choice(list("ABCD"), n)
    change_day = on - timedelta(days=150)
    load(town.but(entities=changed, inspections=visits, digest="2"), store.register, today=change_day)

    expected = {}
    for i, (before, after) in enumerate(zip(shops.itertuples(), changed.itertuples(), strict=True)):
        exists = Period(before.opened, before.closed)
        letters = [rules.class_of(x.credit_class, licensed=x.licensed) for x in (before, after)]
        spans = [Period(None, change_day), Period(change_day, None)]
        if letters[0] == letters[1]:
            spans, letters = [Period(None, None)], letters[:1]
        made_on = sorted(v.date for v in visits.itertuples() if v.entity == before.source_id)
        for letter, span in zip(letters, spans, strict=True):
            periods = due_periods(rules.visits(letter, before.industry), on)
            result = covered(periods, exists.within(span), made_on)
            if result.due:
                expected[i + 1, letter] = result
    rows = {(r.entity_id, r.credit_class): r for r in store.coverage.visits(range(1, n + 1), visit_periods(rules, on))}
    assert rows.keys() == expected.keys()
    assert len(rows) > n / 2
    for key, row in rows.items():
        assert (row.due, row.made) == pytest.approx((expected[key].due, expected[key].made)), key
        if letters_split(key, rows):
            continue
        assert row.overdue_since == expected[key].overdue_since, key


def letters_split(key: tuple[int, str], rows: dict) -> bool:
    """Whether an entity changed its class: a period cut in two is then judged by its parts on both sides."""
    return sum(entity == key[0] for entity, _ in rows) > 1
