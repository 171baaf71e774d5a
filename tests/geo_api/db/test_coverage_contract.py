"""The coverage engine over PostGIS gives what the pure rule gives; what was recorded at a moment stays answerable."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from geo_api.db.store import Store
from geo_api.services.coverage.compute import compute
from geo_api.services.coverage.roll_up import roll_up
from geo_api.services.load import load
from geo_api.supervision.coverage import Version, year_before
from geo_api.supervision.periods import Period
from tests.geo_api.life import published
from tests.geo_api.services.coverage.test_engine import conserved, expected
from tests.geo_api.town import BUREAU, EAST, LOADED, TODAY, WEST, Town

pytestmark = pytest.mark.db

RULES = {"visits_per_year": {"A": 0, "B": 4, "C": 12, "D": 24}, "industry_min_visits": {"food": 6}}


@pytest.mark.parametrize("on", [TODAY, date(2024, 2, 29)])
def test_the_engine_over_postgis_gives_what_the_rule_gives(store: Store, town: Town, on: date) -> None:
    rng = np.random.default_rng(on.toordinal())
    n, change = 60, on - timedelta(days=150)
    shops = town.entities.iloc[:n].copy()
    opened = [on - timedelta(days=int(d)) for d in rng.integers(-20, 600, n)]
    shops["opened"] = [None if rng.random() < 0.3 else day for day in opened]
    shops["closed"] = [
        None if rng.random() < 0.7 else day + timedelta(days=int(rng.integers(0, 500))) for day in opened
    ]
    visits = town.inspections.iloc[:700].copy()
    visits["entity"] = [f"s{i:04d}" for i in rng.integers(0, n, 700)]
    visits["date"] = [on - timedelta(days=int(d)) for d in rng.integers(-5, 420, 700)]
    first = town.but(entities=shops, inspections=visits, rules=RULES)
    load(first, store.register, today=on - timedelta(days=900))
    changed = shops.copy()
    changed["credit_class"] = rng.choice(list("ABCD"), n)
    load(town.but(entities=changed, inspections=visits, rules=RULES, digest="2"), store.register, today=change)

    tables = compute(store.coverage, BUREAU, year_before(on), on)
    conserved(tables)
    judged = 0
    for i, (before, after) in enumerate(zip(shops.itertuples(), changed.itertuples(), strict=True)):
        same = before.credit_class == after.credit_class
        spans = [Period(None, None)] if same else [Period(None, change), Period(change, None)]
        versions = [
            (bool(row.licensed), Version(span, row.credit_class, row.industry, row.opened, row.closed))
            for row, span in zip((before, after), spans, strict=False)
        ]
        made_on = sorted(v.date for v in visits.itertuples() if v.entity == before.source_id)
        wanted = expected(versions, made_on, [(None, None, RULES)], year_before(on), on)
        got: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
        for row in np.flatnonzero(tables.entity_ids[tables.entity] == i + 1).tolist():
            key = tables.classes[tables.credit_class[row]], tables.industries[tables.industry[row]]
            got[key][0] += tables.due_micro[row] / 1e6
            got[key][1] += tables.made_micro[row] / 1e6
        for key, (due, made) in wanted["totals"].items():
            judged += 1
            assert got[key] == pytest.approx([due, made], abs=1e-9), (i, key)
    assert judged > n / 2


def test_cells_stations_and_the_bureau_agree(loaded: Store) -> None:
    for station in (WEST, EAST):
        published(loaded, station, date(2026, 3, 1))
    bureau = compute(loaded.coverage, BUREAU, date(2026, 9, 1), date(2026, 10, 1))
    conserved(bureau)
    by_station = {r.key: r for r in roll_up(bureau, "station")}
    assert set(by_station) == {"", WEST, EAST}, "what lies nowhere belongs to the bureau"
    for station in (WEST, EAST):
        alone = compute(loaded.coverage, station, date(2026, 9, 1), date(2026, 10, 1))
        (whole,) = roll_up(alone, "total")
        figures = by_station[station]
        assert (whole.due, whole.made, whole.entities, whole.overdue, whole.visits) == (
            figures.due, figures.made, figures.entities, figures.overdue, figures.visits,
        )  # fmt: skip
        for row in roll_up(alone, "cell"):
            (cell,) = roll_up(compute(loaded.coverage, row.key, date(2026, 9, 1), date(2026, 10, 1)), "total")
            assert (cell.due, cell.made, cell.entities) == (row.due, row.made, row.entities)
    located = loaded.published.locate(float(bureau.lon[0]), float(bureau.lat[0]), date(2026, 9, 30))
    assert bureau.cells[bureau.entity_cell[0]] == located


def test_a_past_report_gives_the_same_figures_whatever_is_recorded_later(loaded: Store, town: Town) -> None:
    published(loaded, WEST, date(2026, 3, 1))
    days = date(2026, 9, 1), date(2026, 10, 1)
    then = compute(loaded.coverage, BUREAU, *days)
    with loaded.database.connection() as connection:
        (moment,) = connection.execute("select now()").fetchone() or (datetime.now(UTC),)
    late = town.inspections.iloc[:300].copy()
    late["visit_id"] = [f"late{i}" for i in range(300)]
    late["entity"] = town.entities["source_id"].to_numpy()[:300]
    late["date"] = date(2026, 9, 15)
    import pandas as pd

    shops = town.entities.copy()
    shops["credit_class"] = "D"
    visits = pd.concat([town.inspections, late])
    load(
        town.but(inspections=visits, entities=shops, rules={"visits_per_year": {"A": 24}}),
        loaded.register,
        today=LOADED,
    )
    published(loaded, EAST, date(2026, 3, 1))
    now = compute(loaded.coverage, BUREAU, *days)
    again = compute(loaded.coverage, BUREAU, *days, recorded_at=moment)
    assert (now.due, now.made) != (then.due, then.made)
    for by in ("total", "class", "cell", "station", "officer", "visitor"):
        assert roll_up(again, by) == roll_up(then, by), by


def test_only_the_kinds_of_visit_that_count_are_counted(loaded: Store, town: Town) -> None:
    days = date(2026, 9, 1), date(2026, 10, 1)
    every = compute(loaded.coverage, BUREAU, *days)
    load(town.but(rules={**town.rules, "coverage": {"kinds": ["daily"]}}), loaded.register, today=LOADED)
    daily = compute(loaded.coverage, BUREAU, *days)
    made_in = town.inspections[[days[0] <= d < days[1] for d in town.inspections["date"]]]
    assert roll_up(every, "total")[0].visits == len(made_in)
    assert roll_up(daily, "total")[0].visits == (made_in["kind"] == "daily").sum()
    assert daily.made < every.made
    assert daily.due == every.due
