"""Stations drawn side by side: the same drafts as one by one."""

from __future__ import annotations

from datetime import date

import pytest

from geo_api.db.store import Store
from geo_api.errors import NotAllowed
from geo_api.services.answers import Caller
from geo_api.services.draw_stations import draw_stations
from geo_api.services.first_plans import People, first_plans
from tests.geo_api.life import ADMIN, APPROVER, OPERATOR
from tests.geo_api.town import BUREAU, EAST, WEST

pytestmark = pytest.mark.db
DAY = date(2026, 11, 1)


def test_side_by_side_is_the_same_as_one_by_one(loaded: Store) -> None:
    one = list(draw_stations(loaded.planning, [WEST, EAST], caller=OPERATOR, on=DAY))
    both = list(draw_stations(loaded.planning, [WEST, EAST], caller=OPERATOR, on=DAY, workers=2))
    assert [p.station_code for p in one] == [WEST, EAST]
    assert {p.station_code for p in both} == {WEST, EAST}
    drawn = {p.station_code: loaded.plans.plan_cells_geojson(p.plan_id) for p in one}
    assert {p.station_code: loaded.plans.plan_cells_geojson(p.plan_id) for p in both} == drawn


def test_nobody_draws_the_stations_of_others(loaded: Store) -> None:
    with pytest.raises(NotAllowed):
        list(draw_stations(loaded.planning, [WEST, EAST], caller=Caller("planner Li", "planner", WEST), on=DAY))
    assert loaded.plans.plans() == ()


def test_first_plans_side_by_side_are_taken_up_where_they_stopped(loaded: Store) -> None:
    people = People(Caller("planner", "planner", BUREAU), APPROVER, ADMIN)
    (begun,) = draw_stations(loaded.planning, [EAST], caller=people.planner, on=DAY)
    told: list[str] = []
    made = first_plans(loaded, [WEST, EAST], people, valid_from=DAY, reason="first plans", workers=2, tell=told.append)
    assert [(p.station_code, p.state) for p in made] == [(WEST, "published"), (EAST, "published")]
    assert made[1].plan_id == begun.plan_id, "the draft that was there is carried on"
    again = first_plans(loaded, [WEST, EAST], people, valid_from=DAY, reason="first plans", workers=2)
    assert [p.plan_id for p in again] == [p.plan_id for p in made]
    assert any("published from" in line for line in told)
