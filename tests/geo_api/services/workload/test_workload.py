"""Workload and staffing on a small town: every figure explained, every total the exact sum of its parts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import date

import numpy as np
import pytest

from geo_api.db import open_store
from geo_api.db.store import Store
from geo_api.errors import BadRequest, Conflict, NotAllowed, NotFound
from geo_api.services.answers import Caller
from geo_api.services.build_plan import build_plan
from geo_api.services.load import load
from geo_api.services.sampling.draw_samples import draw_samples
from geo_api.services.sampling.figures import sampling_figures
from geo_api.services.workload.explain_entity import explain_entity
from geo_api.services.workload.explain_place import explain_place
from geo_api.services.workload.shown import shown
from geo_api.services.workload.staffing import staffing
from geo_api.services.workload.travel import leg_metres, travel_minutes
from geo_api.supervision.travel_rules import TravelRules
from tests.geo_api.life import ADMIN, OPERATOR, PLANNER, published
from tests.geo_api.town import BUREAU, EAST, LOADED, TODAY, WEST, make_town

RULES = {
    "balance_tolerance": 0.2,
    "officers_per_cell": 2,
    "minutes_per_visit": {"default": 30, "food": 40},
    "industry_min_visits": {"food": 3},
    "kinds": {"minutes": {"special": {"default": 60}}, "visits_per_year": {"special": {"food": 1}}},
    "travel": {"method": "distance", "speed_kmh": 12, "neighbours": 6},
    "sampling": {"retail": 0.5},
    "classes": {"exempt": ["A"]},
    "officer_time": {"working_days": 200, "hours_per_day": 8, "field_share": 0.5},
}
ON = date(2026, 11, 20)


@pytest.fixture(scope="module")
def worked(new_database: Callable[[], str]) -> Iterator[Store]:
    """A town of 200 entities with a published plan in the west."""
    town = make_town(entities=200)
    town.entities.loc[0, "workload"] = 7.5
    with open_store(new_database()) as store:
        load(town.but(rules=RULES), store.register, today=LOADED)
        published(store, WEST, date(2026, 3, 1), cells=3)
        yield store


def entities_of(store: Store, where: str) -> list[tuple]:
    with store.database.connection() as connection:
        return connection.execute(
            "select e.entity_id, e.credit_class, e.industry, e.licensed from entity e "
            f"where e.recorded_to is null and e.geom is not null and e.opened <= '2026-01-01' "
            f"and e.workload_hours is null and {where} order by 1"
        ).fetchall()


def test_the_steps_of_an_entity_multiply_and_add_up(worked: Store) -> None:
    entity, *_ = entities_of(worked, "credit_class = 'C' and industry = 'food' and licensed")[0]
    answer = explain_entity(worked.workload, str(entity), caller=OPERATOR, on=ON)
    daily, special = answer.visits
    assert (daily.visits_per_year, daily.visits_setting, daily.minutes, daily.minutes_setting) == (
        12, "visits_per_year.C", 40, "minutes_per_visit.food",
    )  # fmt: skip
    assert (special.visits_per_year, special.minutes, special.minutes_setting) == (
        1,
        60,
        "kinds.minutes.special.default",
    )
    assert special.visits_setting == "kinds.visits_per_year.special.food"
    way = answer.travel
    assert way.minutes == pytest.approx(way.leg_m * 1.3 / 200, abs=0.01), "12 km/h are 200 m a minute"
    assert answer.hours_per_year == pytest.approx((12 * (40 + way.minutes) + 60 + way.minutes) / 60, abs=1e-5)
    assert sum(v.hours_per_year for v in answer.visits) == pytest.approx(answer.hours_per_year, abs=1e-5)
    assert (
        f"{answer.hours_per_year:.2f}".rstrip("0").rstrip(".") + " hours = 12 daily visits (class C)" in answer.message
    )
    assert "C 类" in answer.message_zh
    assert "食" not in answer.message


@pytest.mark.parametrize(
    ("where", "visits", "setting", "says"),
    [
        ("credit_class = 'A' and industry = 'food' and licensed", 3, "industry_min_visits.food", "at least"),
        ("credit_class = 'A' and industry = 'retail' and licensed", 0.5, "sampling.retail", "sample of 50%"),
        ("credit_class = 'B' and industry = 'retail' and licensed", 4, "visits_per_year.B", "class B"),
        ("not licensed", 24, "visits_per_year.D", "unlicensed counts as class D"),
    ],
)
def test_what_decides_the_visits_is_named(worked: Store, where: str, visits: float, setting: str, says: str) -> None:
    entity = entities_of(worked, where)[0][0]
    answer = explain_entity(worked.workload, str(entity), caller=OPERATOR, on=ON)
    assert (answer.visits[0].visits_per_year, answer.visits[0].visits_setting) == (visits, setting)
    assert says in answer.message


def test_hours_that_the_source_names_count_instead(worked: Store) -> None:
    with worked.database.connection() as connection:
        (entity,) = connection.execute("select entity_id from entity_identity where source_id = 's0000'").fetchone()
    answer = explain_entity(worked.workload, str(entity), caller=OPERATOR, on=ON)
    assert (answer.given_hours, answer.hours_per_year) == (7.5, 7.5)
    assert "named by the source" in answer.message


def test_every_split_of_a_place_has_the_same_exact_total(worked: Store) -> None:
    totals = set()
    for by in (("class", "industry"), ("class",), ("industry",), ("cell",), ("station",), ("station", "cell", "class")):
        answer = explain_place(worked.workload, BUREAU, caller=OPERATOR, on=ON, by=by)
        millionths = [round(r.hours_per_year * 1e6) for r in answer.rows]
        assert sum(millionths) == round(answer.hours_per_year * 1e6)
        assert sum(r.entities for r in answer.rows) == answer.entities
        totals.add((answer.entities, round(answer.hours_per_year * 1e6), round(answer.visits_per_year * 1e6)))
    assert len(totals) == 1


def test_cells_add_up_to_their_station_and_entities_to_their_cell(worked: Store) -> None:
    station = explain_place(worked.workload, WEST, caller=OPERATOR, on=ON, by=("cell",))
    cells = {r.cell: r for r in station.rows}
    one = sorted(cells)[0]
    cell = explain_place(worked.workload, one, caller=OPERATOR, on=ON)
    assert (cell.entities, cell.hours_per_year) == (cells[one].entities, cells[one].hours_per_year)
    with worked.database.connection() as connection:
        rows = connection.execute(
            "select e.entity_id from entity e, locate_many(array[st_x(e.geom)], array[st_y(e.geom)], %(on)s) l "
            "where e.recorded_to is null and (e.opened is null or e.opened <= %(on)s) and l.cell_code = %(cell)s",
            {"on": ON, "cell": one},
        ).fetchall()
    single = [explain_entity(worked.workload, str(e), caller=OPERATOR, on=ON).hours_per_year for (e,) in rows]
    assert len(single) == cell.entities
    assert math.fsum(single) == pytest.approx(cell.hours_per_year, abs=1e-5)


def test_the_plan_is_drawn_from_the_same_hours(worked: Store) -> None:
    plan = build_plan(worked.planning, WEST, caller=OPERATOR, cells=3, tolerance=0.3, on=ON)
    with worked.database.connection() as connection:
        (hours,) = connection.execute(
            "select sum(workload_hours_per_year) from cell where plan_id = %s", (plan.plan_id,)
        ).fetchone()
    assert hours == pytest.approx(explain_place(worked.workload, WEST, caller=OPERATOR, on=ON).hours_per_year, abs=1e-4)


def test_staffing_counts_officers_needed_there_and_the_cells_they_carry(worked: Store) -> None:
    answer = staffing(worked.workload, BUREAU, caller=OPERATOR, on=ON)
    by_code = {r.code: r for r in answer.stations}
    west = by_code[WEST]
    assert west.hours_per_officer == 800.0, "200 days x 8 hours x half in the field"
    assert west.officers_needed == math.ceil(west.hours_needed / 800)
    assert (west.officers_there, west.cells_by_staff, west.cells_in_force) == (8, 4, 3)
    assert west.spare == 8 - west.officers_needed
    assert by_code[EAST].cells_in_force == 0
    assert answer.together.hours_needed == pytest.approx(
        explain_place(worked.workload, BUREAU, caller=OPERATOR, on=ON).hours_per_year, abs=1e-9
    )
    assert answer.together.officers_there == 16
    assert "officers" in west.message
    assert "个网格" in west.message_zh
    with pytest.raises(NotFound):
        staffing(worked.workload, f"{WEST}001", caller=OPERATOR, on=ON)


def test_only_who_answers_for_the_place_may_see(worked: Store) -> None:
    east = Caller("officer", "officer", EAST)
    entity = entities_of(worked, "st_x(geom) < 114.311")[0][0]
    for ask in (
        lambda: explain_entity(worked.workload, str(entity), caller=east, on=ON),
        lambda: explain_place(worked.workload, WEST, caller=east, on=ON),
        lambda: staffing(worked.workload, BUREAU, caller=east, on=ON),
        lambda: sampling_figures(worked.workload, WEST, caller=east, on=ON),
    ):
        with pytest.raises(NotAllowed):
            ask()
    with pytest.raises(BadRequest, match="each once"):
        explain_place(worked.workload, WEST, caller=ADMIN, on=ON, by=("class", "class"))


def test_a_draw_is_repeatable_kept_and_replaced_only_by_an_admin_with_a_reason(worked: Store) -> None:
    first = draw_samples(worked.workload, BUREAU, caller=OPERATOR, seed=7, year=2026, on=ON)
    (group,) = first.groups
    assert group.drawn == group.quota >= group.entities / 2
    stations = {m.station for m in first.members}
    assert {WEST, EAST} <= stations
    again = draw_samples(worked.workload, BUREAU, caller=OPERATOR, seed=7, year=2026, on=ON)
    assert [m.entity_id for m in again.members] == [m.entity_id for m in first.members]
    assert again.draws == first.draws, "the same again stores nothing"
    planner = Caller("planner", "planner", BUREAU)
    with pytest.raises(NotAllowed, match="only an admin"):
        draw_samples(worked.workload, BUREAU, caller=planner, seed=8, year=2026, on=ON)
    with pytest.raises(Conflict, match="reason"):
        draw_samples(worked.workload, BUREAU, caller=OPERATOR, seed=8, year=2026, on=ON)
    other = draw_samples(worked.workload, BUREAU, caller=OPERATOR, seed=8, year=2026, on=ON, reason="drawn in public")
    assert {m.entity_id for m in other.members} != {m.entity_id for m in first.members}
    with pytest.raises(NotAllowed):
        draw_samples(worked.workload, EAST, caller=PLANNER, seed=1, year=2026, on=ON)


def test_a_quota_counts_visits_of_the_group_up_to_each_stations_share(worked: Store) -> None:
    with worked.database.connection() as connection:
        rows = connection.execute(
            "select j.code, count(distinct e.entity_id), count(distinct i.entity_id) from entity e "
            "join jurisdiction j on j.draws_cells and st_covers(j.geom, e.geom) "
            "left join inspection i on i.entity_id = e.entity_id and i.made_on between '2026-01-01' and %s "
            "where e.industry = 'retail' and e.recorded_to is null and e.opened <= %s group by 1",
            (ON, ON),
        ).fetchall()
    (group,) = sampling_figures(worked.workload, BUREAU, caller=OPERATOR, on=ON).groups
    inside = sum(min(math.ceil(n / 2), seen) for _, n, seen in rows)
    assert inside <= group.counted <= inside + 2, "at most the two entities that lie in no station besides"
    assert group.visited >= group.counted


def test_the_way_grows_with_the_distance_between_entities() -> None:
    rng = np.random.default_rng(3)
    dense = np.column_stack([114 + rng.uniform(0, 0.01, 300), 30 + rng.uniform(0, 0.01, 300)])
    sparse = 2 * (dense - dense[0]) + dense[0]
    near, far = leg_metres(dense, 12), leg_metres(sparse, 12)
    assert np.allclose(far, 2 * near, rtol=1e-3)
    middle = np.abs(dense - [114.005, 30.005]).max(axis=1) < 0.003
    uniform = 0.7124 * math.sqrt(0.01 * 0.01 * 96_400 * 110_900 / 300)
    assert near[middle].mean() == pytest.approx(uniform, rel=0.15)
    rules = TravelRules(method="distance", speed_kmh=60, detour=1, longest_minutes=0.05)
    assert travel_minutes(dense, rules).max() == 0.05
    lone = np.array([[114.0, 30.0], [np.nan, np.nan], [115.0, 30.0]])
    assert travel_minutes(lone, TravelRules(method="distance"), ["a", "a", "b"]).tolist() == [10, 10, 10]
    assert travel_minutes(lone, TravelRules()).tolist() == [0, 0, 0]


def test_neighbours_of_another_station_do_not_shorten_the_way() -> None:
    points = np.column_stack([np.linspace(114, 114.01, 40), np.full(40, 30.0)])
    group = np.arange(40) % 2
    assert (leg_metres(points, 4, group) > leg_metres(points, 4)).all()


def test_shown_figures_add_up() -> None:
    assert shown([1.006, 1.006, 1.006], 3.018) == ["1.01", "1.01", "1.00"]
    assert shown([], 0.0) == []
    assert TODAY > ON
