"""From a draft to a published plan and its successor, on PostGIS."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
import shapely
import shapely.affinity

from geo_api.db.store import Store
from geo_api.errors import BadRequest, Conflict, NotAllowed, NotFound, RuleViolation
from geo_api.services.answers import Caller, OfficerOnDuty
from geo_api.services.assign import assign, release
from geo_api.services.build_plan import build_plan
from geo_api.services.gate import BALANCE, check_plan
from geo_api.services.load import load
from geo_api.services.plan_transitions import approve_plan, publish_plan, return_plan, submit_plan
from tests.geo_api.life import ADMIN, APPROVER, OPERATOR, PLANNER, published
from tests.geo_api.town import EAST, WEST, Town

pytestmark = pytest.mark.db


def who(officers: tuple[OfficerOnDuty, ...]) -> list[tuple[str, str]]:
    return [(o.officer_id, o.role) for o in officers]


def test_a_draft_holds_what_it_was_built_from(loaded: Store) -> None:
    plan = build_plan(loaded.planning, WEST, caller=PLANNER, tolerance=0.2)
    assert (plan.state, plan.version, plan.cells, plan.created_by) == ("draft", 1, 4, "planner Li"), (
        "8 officers, 2 a cell"
    )
    with loaded.database.connection() as connection:
        row = connection.execute(
            "select rng_seed, length(input_digest), parameters->'cells', (select count(*) from cell), "
            "(select count(distinct cell_code) from block), (select count(*) from cell_entity), "
            "(select sum(entities) from cell) from plan"
        ).fetchone()
        assert row is not None
        assert row[:5] == (0, 64, 4, 4, 4)
        assert row[5] == row[6] > 150
        duties = connection.execute(
            "select count(*), count(distinct officer_id), count(*) filter (where role = 'lead') from proposed_assignment"
        ).fetchone()
    assert duties == (8, 8, 4), "everybody gets a cell before anybody gets two"
    geojson = shapely.from_geojson(loaded.plans.plan_cells_geojson(plan.plan_id))
    assert len(geojson.geoms) == 4


def test_the_same_register_and_seed_give_the_same_plan(loaded: Store) -> None:
    plans = [build_plan(loaded.planning, WEST, caller=PLANNER, cells=3, rng_seed=7) for _ in range(2)]
    cells = [loaded.plans.plan_cells_geojson(p.plan_id) for p in plans]
    assert cells[0] == cells[1]
    with loaded.database.connection() as connection:
        assert connection.execute("select count(distinct input_digest), max(version) from plan").fetchone() == (1, 2)


def test_submit_return_submit_approve_publish_with_events(loaded: Store) -> None:
    plan = build_plan(loaded.planning, WEST, caller=PLANNER, cells=3, tolerance=0.2)
    store, day = loaded.planning, loaded.planning.today(WEST)
    assert submit_plan(store, plan.plan_id, caller=PLANNER).state == "submitted"
    with pytest.raises(BadRequest, match="with a reason"):
        return_plan(store, plan.plan_id, caller=APPROVER, reason=" ")
    assert return_plan(store, plan.plan_id, caller=APPROVER, reason="cell 2 is odd").state == "returned"
    assert submit_plan(store, plan.plan_id, caller=PLANNER).state == "submitted"
    assert approve_plan(store, plan.plan_id, caller=APPROVER).state == "approved"
    done = publish_plan(store, plan.plan_id, caller=APPROVER, valid_from=day)
    assert (done.state, done.valid_from, done.valid_to) == ("published", day, None)
    with loaded.database.connection() as connection:
        events = connection.execute(
            "select verb, actor, reason from event where subject = 'plan:' || %s order by id", (plan.plan_id,)
        ).fetchall()
    assert events == [
        ("draft", "planner Li", ""),
        ("submit", "planner Li", ""),
        ("return", "approver Wang", "cell 2 is odd"),
        ("submit", "planner Li", ""),
        ("approve", "approver Wang", ""),
        ("publish", "approver Wang", ""),
    ]
    territory = loaded.published.territory(day)
    assert [c.code for c in territory.cells] == [f"{WEST}00{i}" for i in (1, 2, 3)]
    for cell in territory.cells:
        assert [role for _, role in who(territory.officers[cell.code])] == ["lead", "deputy"]
        assert territory.parents[cell.code] == WEST
    assert loaded.published.territory(day - timedelta(days=1)).cells == ()


def test_steps_out_of_order_and_by_the_wrong_people_are_refused(loaded: Store) -> None:
    store = loaded.planning
    plan = build_plan(store, WEST, caller=PLANNER, cells=3, tolerance=0.2)
    with pytest.raises(Conflict, match="is draft: only a plan that is submitted can be approved"):
        approve_plan(store, plan.plan_id, caller=APPROVER)
    with pytest.raises(NotAllowed, match="role planner may not approve"):
        approve_plan(store, plan.plan_id, caller=PLANNER)
    with pytest.raises(NotAllowed, match="outside"):
        submit_plan(store, plan.plan_id, caller=Caller("x", "planner", EAST))
    with pytest.raises(NotAllowed, match="outside"):
        build_plan(store, EAST, caller=PLANNER)
    with pytest.raises(NotFound):
        submit_plan(store, 999, caller=PLANNER)
    submit_plan(store, plan.plan_id, caller=ADMIN)
    with pytest.raises(NotAllowed, match="nobody approves what they submitted"):
        approve_plan(store, plan.plan_id, caller=ADMIN)
    approve_plan(store, plan.plan_id, caller=OPERATOR)
    yesterday = store.today(WEST) - timedelta(days=1)
    with pytest.raises(NotAllowed, match="only an admin may"):
        publish_plan(store, plan.plan_id, caller=APPROVER, valid_from=yesterday, reason="late")
    with pytest.raises(BadRequest, match="give a reason"):
        publish_plan(store, plan.plan_id, caller=ADMIN, valid_from=yesterday)


def test_the_gate_refuses_what_is_not_staffed_or_balanced(loaded: Store) -> None:
    with loaded.database.writing() as connection:
        connection.execute("update officer set recorded_to = now() where station_code = %s", (WEST,))
    plan = build_plan(loaded.planning, WEST, caller=PLANNER, cells=3, tolerance=1e-9)
    with pytest.raises(RuleViolation, match="and was not submitted") as caught:
        submit_plan(loaded.planning, plan.plan_id, caller=PLANNER, reason="nobody left")
    rules = {f.rule for f in caught.value.findings}
    assert rules == {"staffing.no_lead", "staffing.too_few", BALANCE}
    assert loaded.plans.plan(plan.plan_id).state == "draft"


def test_a_missed_balance_is_waived_by_the_approver_with_a_reason(loaded: Store) -> None:
    store = loaded.planning
    plan = build_plan(store, WEST, caller=PLANNER, cells=3, tolerance=1e-9)
    with pytest.raises(RuleViolation, match="submit with a reason"):
        submit_plan(store, plan.plan_id, caller=PLANNER)
    submit_plan(store, plan.plan_id, caller=PLANNER, reason="two communities stay whole")
    with pytest.raises(RuleViolation, match="misses the balance"):
        approve_plan(store, plan.plan_id, caller=APPROVER)
    with pytest.raises(BadRequest, match="only be waived with a reason"):
        approve_plan(store, plan.plan_id, caller=APPROVER, waive_balance=True)
    approve_plan(store, plan.plan_id, caller=APPROVER, waive_balance=True, reason="agreed")
    with loaded.database.connection() as connection:
        assert connection.execute("select balance_waived from plan").fetchone() == ("agreed",)


@pytest.mark.parametrize("side", [0.97, 1.03])
def test_broken_tiling_is_never_waived(loaded: Store, monkeypatch: pytest.MonkeyPatch, side: float) -> None:
    store = loaded.planning
    plan = build_plan(store, WEST, caller=PLANNER, cells=3, tolerance=0.2)
    whole = store.content(plan.plan_id, store.today(WEST))
    first = shapely.affinity.scale(whole.polygons[0], side, side)
    broken = replace(whole, polygons=np.array([first, *whole.polygons[1:]], dtype=object))
    assert "gate.tiling" not in {f.rule for f in check_plan(store, plan.plan_id)}
    monkeypatch.setattr(type(store), "content", lambda _store, _plan_id, _on: broken)
    with pytest.raises(RuleViolation) as caught:
        submit_plan(store, plan.plan_id, caller=PLANNER, reason="nobody lives in the gap")
    assert "gate.tiling" in {f.rule for f in caught.value.findings}
    with pytest.raises(Conflict, match="is draft"):
        approve_plan(store, plan.plan_id, caller=APPROVER, waive_balance=True, reason="never mind")


def test_the_gate_sees_an_outline_that_moved(loaded: Store, town: Town) -> None:
    plan = build_plan(loaded.planning, WEST, caller=PLANNER, cells=3, tolerance=0.2)
    assert not check_plan(loaded.planning, plan.plan_id)
    places = town.jurisdictions.copy()
    places.loc[1, "geometry"] = shapely.box(*places.geometry[1].buffer(-1e-5).bounds)
    load(town.but(jurisdictions=places), loaded.register, today=loaded.planning.today(WEST))
    assert {f.rule for f in check_plan(loaded.planning, plan.plan_id)} == {"gate.outline_moved"}


def test_a_successor_keeps_codes_officers_and_every_past_answer(loaded: Store) -> None:
    store = loaded.planning
    today = store.today(WEST)
    first = published(loaded, WEST, date(2026, 3, 1))
    assign(store, "13", f"{WEST}001", "lead", caller=ADMIN, valid_from=date(2026, 5, 1), reason="ill")
    days = [date(2026, 2, 28), date(2026, 3, 1), date(2026, 4, 30), date(2026, 5, 1), today]
    before = {day: loaded.published.territory(day) for day in days}
    lon, lat = (np.random.default_rng(2).uniform(a, a + 0.012, 200).tolist() for a in (114.30, 30.50))
    located = loaded.published.locate_many(lon, lat, today)

    with loaded.database.connection() as connection:
        moment = connection.execute("select clock_timestamp()").fetchone()[0]
    second = published(loaded, WEST, today + timedelta(days=3), cells=4, rng_seed=5)
    for day in days:
        then = loaded.published.territory(day, moment)
        assert (then.cells, then.officers) == (before[day].cells, before[day].officers), f"the answer of {day} changed"
        now = loaded.published.territory(day)
        ends = {c.plan.valid_to for c in now.cells if c.plan.plan_id == first.plan_id}
        assert ends <= {second.valid_from}, "that the plan has an end is all that is known more"
        open_end = [replace(c, plan=replace(c.plan, valid_to=None)) for c in now.cells]
        assert (tuple(open_end), now.officers) == (before[day].cells, before[day].officers), f"{day} changed"
    assert loaded.published.locate_many(lon, lat, today) == located
    assert (loaded.plans.plan(first.plan_id).state, loaded.plans.plan(first.plan_id).valid_to) == (
        "superseded",
        second.valid_from,
    )
    after = loaded.published.territory(today + timedelta(days=3))
    codes = [c.code for c in after.cells]
    assert len(codes) == 4
    assert f"{WEST}004" in codes, "a new cell gets a number that was never used"
    assert who(after.officers[f"{WEST}001"]) == who(before[today].officers[f"{WEST}001"])
    for code in codes:
        assert len(after.officers[code]) == 2


def test_recorded_at_gives_the_answer_before_a_correction(loaded: Store) -> None:
    published(loaded, WEST, date(2026, 3, 1))
    day, code = date(2026, 4, 1), f"{WEST}001"
    old = loaded.published.territory(day)
    assign(loaded.planning, "17", code, "lead", caller=ADMIN, valid_from=date(2026, 3, 15), reason="was recorded late")
    new = loaded.published.territory(day)
    assert new.officers[code][0].officer_id == "17" != old.officers[code][0].officer_id
    assert new.revision != old.revision
    assert loaded.published.territory(day, recorded_at=old.read_at).officers == old.officers


def test_a_vanished_code_ends_its_assignments(loaded: Store) -> None:
    today = loaded.planning.today(WEST)
    published(loaded, WEST, date(2026, 3, 1), cells=4)
    published(loaded, WEST, today, cells=2)
    territory = loaded.published.territory(today)
    assert set(territory.officers) & {f"{WEST}00{i}" for i in range(1, 9)} == {c.code for c in territory.cells}


def test_assign_replaces_a_lead_and_release_ends_posts(loaded: Store) -> None:
    today = loaded.planning.today(WEST)
    head = loaded.published.territory(today).officers[WEST]
    assert who(head) == [("10", "first")]
    assign(loaded.planning, "13", WEST, "first", caller=APPROVER, valid_from=today)
    assert who(loaded.published.territory(today).officers[WEST]) == [("13", "first")]
    assert who(loaded.published.territory(today - timedelta(days=1)).officers[WEST]) == [("10", "first")]
    assert release(loaded.planning, "13", WEST, caller=APPROVER, valid_from=today + timedelta(days=9)) == 1
    assert WEST not in loaded.published.territory(today + timedelta(days=9)).officers
    with pytest.raises(NotFound, match="no officer 'ghost'"):
        assign(loaded.planning, "ghost", WEST, "deputy", caller=APPROVER, valid_from=today)
    with pytest.raises(BadRequest, match="no role 'boss'"):
        assign(loaded.planning, "13", WEST, "boss", caller=APPROVER, valid_from=today)
    with pytest.raises(NotFound, match="no jurisdiction"):
        assign(loaded.planning, "13", "nowhere", "deputy", caller=APPROVER, valid_from=today)


def test_a_plan_built_before_the_first_one_begins_takes_its_codes(loaded: Store) -> None:
    today = loaded.planning.today(WEST)
    planned = published(loaded, WEST, today + timedelta(days=30))
    codes = {c.code for c in loaded.published.territory(today + timedelta(days=30)).cells}
    again = published(loaded, WEST, today)
    assert {c.code for c in loaded.published.territory(today).cells} == codes, "the same cells, so the same codes"
    assert loaded.plans.plan(planned.plan_id).state == "superseded"
    assert again.valid_to is None


def test_a_plan_that_never_comes_into_force_leaves_the_officers_alone(loaded: Store) -> None:
    today = loaded.planning.today(WEST)
    published(loaded, WEST, date(2026, 3, 1), cells=4)
    now = loaded.published.territory(today)
    published(loaded, WEST, today + timedelta(days=30), cells=2)
    published(loaded, WEST, today + timedelta(days=20), cells=4)
    later = loaded.published.territory(today + timedelta(days=40))
    assert {c.code for c in later.cells} == {c.code for c in now.cells}
    for cell in later.cells:
        assert who(later.officers[cell.code]) == who(now.officers[cell.code]), "nobody was to hand over"


def test_days_that_nobody_can_ask_about_are_refused(loaded: Store) -> None:
    plan = build_plan(loaded.planning, WEST, caller=OPERATOR, cells=3, tolerance=0.2)
    for day in (date(9999, 12, 31), date(1, 1, 1)):
        with pytest.raises(BadRequest, match="1900 to 2199"):
            publish_plan(loaded.planning, plan.plan_id, caller=ADMIN, valid_from=day, reason="slip")
        with pytest.raises(BadRequest, match="1900 to 2199"):
            assign(loaded.planning, "13", WEST, "deputy", caller=ADMIN, valid_from=day, reason="slip")


def test_the_cells_of_a_plan_are_plain_geojson(loaded: Store) -> None:
    plan = build_plan(loaded.planning, WEST, caller=OPERATOR, cells=3, tolerance=0.2)
    cells = json.loads(loaded.plans.plan_cells_geojson(plan.plan_id))
    assert {tuple(sorted(f["geometry"])) for f in cells["features"]} == {("coordinates", "type")}, "RFC 7946 has no crs"
