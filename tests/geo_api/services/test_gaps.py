"""Coverage gaps of a town with known faults."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
import shapely

from geo_api.db.store import Store
from geo_api.errors import NotAllowed, NotFound
from geo_api.services.answers import Caller, GapsAnswer
from geo_api.services.assign import release
from geo_api.services.gaps import find_gaps
from geo_api.services.load import load
from geo_api.services.reports.standing import standing_gaps
from gridding.findings import Finding
from tests.geo_api.life import ADMIN, published
from tests.geo_api.town import BUREAU, EAST, LAT, LOADED, LON, SIDE, TODAY, WEST, Town

pytestmark = pytest.mark.db


def gaps(store: Store, code: str = BUREAU, on: date = TODAY) -> GapsAnswer:
    return find_gaps(store.coverage, code, on, caller=ADMIN)


def by_rule(answer: GapsAnswer, rule: str) -> list[Finding]:
    return [f for f in answer.findings if f.rule == rule]


def test_a_town_without_plans_names_stations_and_lost_entities(loaded: Store) -> None:
    answer = gaps(loaded)
    assert [f.where for f in by_rule(answer, "territory.no_plan")] == [WEST, EAST]
    assert sum(f.value or 0 for f in by_rule(answer, "entity.no_plan")) == 398
    assert answer.totals["entity.unlocated"] == answer.totals["entity.impossible_place"] == 1
    assert "entity.no_cell" not in answer.totals


def test_a_published_town_has_only_the_gaps_that_were_planted(loaded: Store, town: Town) -> None:
    for station in (WEST, EAST):
        published(loaded, station, date(2026, 3, 1))
    loaded_totals = gaps(loaded).totals
    assert set(loaded_totals) <= {
        "entity.unlocated",
        "entity.impossible_place",
        "entity.unlicensed",
        "coverage.overdue",
        "coverage.first_visit",
        "cluster.overdue",
    }
    release(loaded.planning, "10", f"{WEST}001", caller=ADMIN, valid_from=date(2026, 5, 1), reason="left")
    answer = gaps(loaded, WEST)
    (no_lead,), (too_few,) = by_rule(answer, "staffing.no_lead"), by_rule(answer, "staffing.too_few")
    assert no_lead.where == too_few.where == f"{WEST}001"
    assert no_lead.at is not None
    assert loaded.published.locate(*no_lead.at, TODAY) == f"{WEST}001"
    assert "staffing.no_lead" not in gaps(loaded, WEST, date(2026, 4, 1)).totals, "there was a lead then"
    assert by_rule(answer, "entity.unlocated") == [], "an entity without a place belongs to no station"
    unlicensed = by_rule(gaps(loaded), "entity.unlicensed")[0]
    assert unlicensed.value == (~town.entities.licensed).sum() == sum(unlicensed.details["by_cell"].values())
    assert "class D" in unlicensed.message

    other = {**town.rules, "staffing": {"scheme": "single", "officers_per_cell_min": 1}, "classes": {"unlicensed": "C"}}
    load(town.but(rules=other), loaded.register, today=LOADED)
    alone = gaps(loaded, WEST)
    assert by_rule(alone, "staffing.too_few") == [], "one officer a cell is enough where the place says so"
    assert by_rule(alone, "staffing.no_lead")
    unlicensed = by_rule(gaps(loaded), "entity.unlicensed")[0]
    assert "class C" in unlicensed.message
    assert "按 C 类计" in unlicensed.message_zh
    standing = {g.kind: g.count for g in standing_gaps(loaded.coverage, WEST, TODAY)}
    assert standing["staffing.too_few"] == 0


def test_tenure_and_capacity(loaded: Store, town: Town) -> None:
    load(town.but(rules={**town.rules, "hours_per_officer_year": 10}), loaded.register, today=LOADED)
    published(loaded, WEST, date(2022, 3, 1))
    answer = gaps(loaded, WEST)
    tenures = by_rule(answer, "staffing.over_tenure")
    assert len(tenures) == 6
    assert all(f.value == pytest.approx(4.7, abs=0.1) for f in tenures)
    assert len(by_rule(answer, "capacity.over")) == 3


def test_territory_in_no_cell_and_in_no_station(loaded: Store, town: Town) -> None:
    published(loaded, WEST, date(2026, 3, 1))
    places = town.jurisdictions.copy()
    places.loc[1, "geometry"] = shapely.box(LON - 0.001, LAT, LON + SIDE, LAT + SIDE)
    places.loc[0, "geometry"] = shapely.box(LON - 0.001, LAT - 0.001, LON + 2 * SIDE, LAT + SIDE)
    load(town.but(jurisdictions=places), loaded.register, today=date(2026, 6, 1))
    (strip,) = by_rule(gaps(loaded), "territory.no_cell")
    assert strip.where == WEST
    assert strip.value == pytest.approx(0.001 * 95_900 * SIDE * 110_850, rel=0.01)
    place = strip.at
    assert place is not None
    assert LON - 0.001 < place[0] < LON
    assert len(by_rule(gaps(loaded), "territory.no_station")) == 1
    assert "territory.no_cell" not in gaps(loaded, on=date(2026, 5, 1)).totals


def test_overlapping_cells_of_two_stations_are_found(loaded: Store, town: Town) -> None:
    published(loaded, WEST, date(2026, 3, 1))
    places = town.jurisdictions.copy()  # a strip changes hands, and only the station that gained it draws a new plan
    places.loc[1, "geometry"] = shapely.box(LON, LAT, LON + SIDE - 0.002, LAT + SIDE)
    places.loc[2, "geometry"] = shapely.box(LON + SIDE - 0.002, LAT, LON + 2 * SIDE, LAT + SIDE)
    load(town.but(jurisdictions=places), loaded.register, today=LOADED)
    published(loaded, EAST, date(2026, 3, 1))
    overlaps = by_rule(gaps(loaded), "territory.two_cells")
    assert sum(f.value or 0 for f in overlaps) == pytest.approx(0.002 * 95_900 * SIDE * 110_850, rel=0.01)


def test_overdue_entities_are_listed_with_due_and_made(store: Store, town: Town) -> None:
    shops = town.entities.iloc[:3].copy()
    shops[["credit_class", "licensed", "opened"]] = [["B", True, date(2020, 1, 1)]] * 3
    days = [date(2026, 1, 5), date(2026, 4, 5), date(2026, 7, 5), date(2025, 12, 5), date(2026, 1, 6), date(2026, 1, 7)]
    visits = pd.DataFrame(
        {
            "visit_id": [str(i) for i in range(6)],
            "entity": ["s0000"] * 4 + ["s0001"] * 2,
            "date": days,
            "kind": "daily",
            "officer_id": None,
            "result": "pass",
        }
    )
    load(town.but(entities=shops, inspections=visits), store.register, today=LOADED)
    answer = gaps(store)
    assert (answer.due["B"], answer.made["B"]) == (12.0, 5.0), "two visits in January do not make a year"
    overdue = {f.where: f for f in by_rule(answer, "coverage.overdue")}
    assert set(overdue) == {"2", "3"}
    assert overdue["3"].details["made"] == 0
    assert overdue["2"].value == (TODAY - date(2026, 10, 1)).days
    assert answer.period_from <= date(2025, 10, 1)


def test_only_those_of_the_jurisdiction_may_see_it(loaded: Store) -> None:
    find_gaps(loaded.coverage, WEST, TODAY, caller=Caller("x", "officer", WEST))
    for caller, code in ((Caller("x", "officer", WEST), EAST), (Caller("x", "officer", WEST), BUREAU)):
        with pytest.raises(NotAllowed, match="outside"):
            find_gaps(loaded.coverage, code, TODAY, caller=caller)
    with pytest.raises(NotAllowed, match="role public"):
        find_gaps(loaded.coverage, WEST, TODAY, caller=Caller("anybody", "public"))
    with pytest.raises(NotFound):
        gaps(loaded, "999")
    published(loaded, WEST, loaded.planning.today(WEST))
    with pytest.raises(NotFound, match="for a cell, ask its station"):
        gaps(loaded, f"{WEST}001")


def test_a_long_list_is_cut_and_said_to_be_cut_or_given_whole(loaded: Store) -> None:
    for station in (WEST, EAST):
        published(loaded, station, date(2026, 3, 1))
    whole = find_gaps(loaded.coverage, BUREAU, TODAY, caller=ADMIN, listed_per_rule=None)
    assert len(whole.findings) == sum(whole.totals.values())
    cut = find_gaps(loaded.coverage, BUREAU, TODAY, caller=ADMIN, listed_per_rule=3)
    assert cut.totals == whole.totals
    assert len(by_rule(cut, "coverage.overdue")) == 3
    left = next(f for f in by_rule(cut, "coverage.not_listed") if f.where == "coverage.overdue")
    assert left.value == whole.totals["coverage.overdue"] - 3
