"""Leave and substitutes, functions and parts of cells: who is named on which day, as it was known when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
import shapely

from geo_api.db.store import Store
from geo_api.errors import BadRequest, Conflict, NotAllowed, NotFound, RuleViolation
from geo_api.formats.lookup_json import HotLookup, lookup_json
from geo_api.services.answers import Caller, LookupAnswer
from geo_api.services.assign import assign, release
from geo_api.services.changes import Since, list_changes
from geo_api.services.finder import territory_finder
from geo_api.services.lookup import look_up_point
from geo_api.services.snapshot import build_snapshot
from geo_api.services.staffing.assign_checked import assign_checked
from geo_api.services.staffing.departments import department_matrix
from geo_api.services.staffing.leave import come_back_on, leave
from geo_api.services.staffing.set_sub_area import end_sub_area, set_sub_area
from tests.geo_api.life import OPERATOR, PLANNER
from tests.geo_api.town import BUREAU, EAST, WEST

Ask = Callable[..., LookupAnswer]


def lead_of(store: Store, code: str, on: date) -> str:
    return next(o.officer_id for o in store.published.territory(on).officers[code] if o.role == "lead")


def test_a_substitute_is_named_while_the_officer_is_away_and_then_no_more(
    staffed: Store, ask: Ask, codes: list[str]
) -> None:
    code, lead = codes[0], lead_of(staffed, codes[0], date(2026, 3, 1))
    before = datetime.now(UTC)
    named = {"valid_from": date(2026, 3, 5), "valid_to": date(2026, 3, 9), "substitute": "27", "reason": "hospital"}
    leave(staffed.staffing, lead, caller=OPERATOR, **named)
    for day in (date(2026, 3, 4), date(2026, 3, 9)):
        assert all(not o.absent and o.substitutes_for is None for o in ask(code, day).officers)
    answer = ask(code, date(2026, 3, 8), with_telephones=True)
    first, second = answer.officers[:2]
    assert (first.officer_id, first.role, first.substitutes_for, first.absent) == ("27", "lead", lead, False)
    assert (first.since, first.until) == (date(2026, 3, 5), date(2026, 3, 9))
    assert first.telephone
    assert (second.officer_id, second.absent, second.substitutes_for) == (lead, True, None)
    assert answer.fallback is None
    known = staffed.published.territory(date(2026, 3, 8), before).officers[code]
    assert not any(o.absent or o.substitutes_for for o in known)  # what was known before is still answered
    come_back_on(staffed.staffing, lead, caller=OPERATOR, valid_from=date(2026, 3, 7), reason="well again")
    assert not any(o.absent for o in ask(code, date(2026, 3, 8)).officers)
    assert any(o.absent for o in ask(code, date(2026, 3, 6)).officers)


def test_where_nobody_is_there_the_level_above_answers_and_says_so(staffed: Store, ask: Ask, codes: list[str]) -> None:
    code, day = codes[1], date(2026, 4, 3)
    people = [o.officer_id for o in staffed.published.territory(day).officers[code]]
    for who in people:
        leave(staffed.staffing, who, caller=OPERATOR, valid_from=day, valid_to=date(2026, 4, 5), reason="course")
    answer = ask(code, day)
    assert (answer.fallback, answer.officers[0].answers_for, answer.officers[0].role) == ("station", WEST, "first")
    assert ask(code, date(2026, 4, 5)).fallback is None
    with staffed.database.dedicated() as owner:
        told = owner.execute("select officers from gridward_published.duties_on(%s) where code = %s", (day, code))
        assert told.fetchone() is None
    for who in people:
        come_back_on(staffed.staffing, who, caller=OPERATOR, valid_from=day, reason="called off")
    assert ask(code, day).fallback is None


def test_a_substitute_who_is_away_stands_in_for_nobody(staffed: Store, codes: list[str]) -> None:
    day, until = date(2026, 4, 20), date(2026, 4, 22)
    who = lead_of(staffed, codes[0], day)
    leave(staffed.staffing, "26", caller=OPERATOR, valid_from=day, valid_to=until, reason="ill", kind="sick")
    with pytest.raises(RuleViolation, match="26 is away"):
        leave(staffed.staffing, who, caller=OPERATOR, valid_from=day, valid_to=until, substitute="26", reason="x")
    leave(staffed.staffing, who, caller=OPERATOR, valid_from=day, valid_to=until, substitute="25", reason="x")
    with pytest.raises(RuleViolation, match="25 stands in"):
        leave(staffed.staffing, "25", caller=OPERATOR, valid_from=day, valid_to=until, reason="x")


def test_leave_is_refused_with_the_reason(staffed: Store) -> None:
    day = date(2097, 5, 1)
    with pytest.raises(NotFound, match="no officer 'ghost'"):
        leave(staffed.staffing, "ghost", caller=OPERATOR, valid_from=day)
    with pytest.raises(NotFound, match="no officer 'ghost'"):
        leave(staffed.staffing, "11", caller=OPERATOR, valid_from=day, substitute="ghost")
    with pytest.raises(BadRequest, match="before it begins"):
        leave(staffed.staffing, "11", caller=OPERATOR, valid_from=day, valid_to=day)
    with pytest.raises(BadRequest, match="themselves"):
        leave(staffed.staffing, "11", caller=OPERATOR, valid_from=day, substitute="11")
    with pytest.raises(NotAllowed):
        leave(staffed.staffing, "21", caller=PLANNER, valid_from=day)  # of the other station
    with pytest.raises(NotAllowed):
        leave(staffed.staffing, "11", caller=Caller("o", "officer", WEST), valid_from=day)
    with pytest.raises(NotFound, match="not away"):
        come_back_on(staffed.staffing, "11", caller=OPERATOR, valid_from=day)


def test_leave_is_told_to_those_who_keep_a_copy(staffed: Store, codes: list[str]) -> None:
    day = date(2026, 5, 4)
    who = lead_of(staffed, codes[2], day)
    revision = staffed.published.revision()
    leave(staffed.staffing, who, caller=OPERATOR, valid_from=day, valid_to=date(2026, 5, 6), reason="x")
    told = list_changes(staffed.history, Since(change=int(revision)), limit=10).changes
    assert [(c.what, c.verb, c.officer_id) for c in told] == [("absence", "recorded", who)]
    assert codes[2] in told[0].codes


def test_the_database_holds_one_absence_at_a_time_and_never_forgets(staffed: Store) -> None:
    insert = "insert into absence (officer_id, substitute_id, valid) values ('11', %s, '[2097-06-01,2097-06-05)')"
    with staffed.database.writing() as connection:
        connection.execute(insert, ("",))
    for second in ("", "11"):
        with pytest.raises(Conflict), staffed.database.writing() as connection:
            connection.execute(insert, (second,))
    with pytest.raises(Conflict, match="never changed"), staffed.database.writing() as connection:
        connection.execute("update absence set recorded_to = null where officer_id = '11' and recorded_to is null")


def test_nobody_is_lead_and_deputy_of_a_cell_at_a_time(staffed: Store, codes: list[str]) -> None:
    who = lead_of(staffed, codes[3], date(2026, 6, 1))
    with pytest.raises(Conflict, match="cannot be lead and deputy"), staffed.database.writing() as connection:
        connection.execute(
            "insert into assignment (officer_id, jurisdiction_code, role, function, source, digest, valid) "
            "values (%s, %s, 'deputy', '', '', '', '[2026-06-01,2026-06-02)')",
            (who, codes[3]),
        )


def test_a_plan_comes_into_force_only_with_officers(staffed: Store) -> None:
    with pytest.raises(Conflict, match="cannot come into force"):
        publish_a_bare_cell(staffed)


def publish_a_bare_cell(store: Store) -> None:
    with store.database.writing() as connection:
        connection.execute(
            "insert into plan (station_code, version, cells, tolerance, max_abs_deviation, rng_seed, parameters, input_digest, "
            "software, metrics, findings, outline, created_by) select station_code, 99, cells, tolerance, max_abs_deviation, "
            "rng_seed, parameters, input_digest, software, metrics, findings, outline, 'x' from plan limit 1"
        )
        connection.execute("insert into cell_code (code, station_code) values ('bare', %s)", (WEST,))
        connection.execute(
            "insert into cell (plan_id, code, station_code, name, workload_hours_per_year, deviation, entities, area_m2, geom) "
            "select p.plan_id, 'bare', c.station_code, '', 1, 0, 0, 1, c.geom from plan p, cell c where p.version = 99 limit 1"
        )
        for state in ("submitted", "approved", "published"):
            connection.execute("update plan set state = %s where version = 99", (state,))
        connection.execute(
            "insert into plan_validity (plan_id, station_code, valid) "
            "select plan_id, station_code, '[2020-01-01,2020-02-01)' from plan where version = 99"
        )


# ------------------------------------------------------------------------------------------------------- functions
def test_the_officers_of_the_function_asked_for(staffed: Store, ask: Ask, codes: list[str]) -> None:
    code, day, plan = codes[4], date(2026, 7, 1), staffed.planning
    assign(plan, "15", code, "lead", caller=OPERATOR, valid_from=day, function="food", reason="x")
    assign(plan, "16", WEST, "direct", caller=OPERATOR, valid_from=day, function="health", reason="x")
    everybody, food = ask(code, day), ask(code, day, function="food")
    assert {o.function for o in everybody.officers} == {"", "food"}
    assert food.officers[0].officer_id == "15"
    assert {o.function for o in food.officers} == {"", "food"}
    health = ask(code, day, function="health")
    assert (health.fallback, {o.function for o in health.officers}) == (None, {""})  # those for everything answer
    for who in {o.officer_id for o in everybody.officers if not o.function}:
        release(plan, who, code, caller=OPERATOR, valid_from=date(2026, 7, 5), reason="x")
    later = date(2026, 7, 6)
    assert ask(code, later, function="food").officers[0].officer_id == "15"
    health = ask(code, later, function="health")
    assert (health.fallback, health.officers[0].officer_id) == ("station", "16")
    matrix = department_matrix(
        staffed.staffing,
        build_snapshot(staffed.published.territory(later), territory_finder),
        WEST,
        caller=OPERATOR,
    )
    row = next(r for r in matrix.rows if r.code == code)
    assert matrix.functions == ("", "food", "health")
    assert [d.state for d in row.departments] == ["station", "own", "station"]
    assert matrix.holes == {"": 1, "food": 0, "health": 1}


def test_departments_by_station_and_who_may_see_them(staffed: Store) -> None:
    snapshot = build_snapshot(staffed.published.territory(date(2026, 3, 1)), territory_finder)
    matrix = department_matrix(staffed.staffing, snapshot, BUREAU, caller=OPERATOR, level="station")
    assert [r.code for r in matrix.rows] == [WEST]
    with pytest.raises(NotAllowed):
        department_matrix(staffed.staffing, snapshot, EAST, caller=PLANNER)
    with pytest.raises(BadRequest, match="cell or station"):
        department_matrix(staffed.staffing, snapshot, WEST, caller=PLANNER, level="town")


# ------------------------------------------------------------------------------------------------------- sub-areas
def test_a_part_of_a_cell_has_officers_of_its_own(staffed: Store, ask: Ask, codes: list[str]) -> None:
    code, day = codes[5], date(2026, 8, 1)
    cell = shapely.from_wkb(next(c.wkb for c in staffed.published.territory(day).cells if c.code == code))
    west, south, east, north = cell.bounds
    half = cell.intersection(shapely.box(west, south, (west + east) / 2, north))
    other = cell.intersection(shapely.box((west + east) / 2, south, east, north))
    parts = {p.geom_type for p in (half, other)}
    assert parts <= {"Polygon", "MultiPolygon"}
    named = {"caller": OPERATOR, "valid_from": day, "reason": "x", "cell": code}
    made = set_sub_area(staffed.staffing, f"{code}-A", name="西片", shape=half, **named)
    assert made.inside == pytest.approx(1)
    with pytest.raises(Conflict, match="overlaps"):
        set_sub_area(staffed.staffing, f"{code}-B", name="", shape=cell, **named)
    with pytest.raises(RuleViolation, match="lies in cell"):
        set_sub_area(staffed.staffing, f"{code}-B", name="", shape=shapely.box(0, 0, 1, 1), **named)
    with pytest.raises(Conflict, match="taken"):
        set_sub_area(staffed.staffing, codes[6], name="", shape=other, **named)
    assign(staffed.planning, "17", f"{code}-A", "lead", caller=OPERATOR, valid_from=day, reason="x")
    snapshot = build_snapshot(staffed.published.territory(day), territory_finder)
    inside, beside = half.representative_point(), other.representative_point()
    hot = HotLookup(snapshot, 10)
    for place, area in ((inside, f"{code}-A"), (beside, None)):
        answer = look_up_point(snapshot, place.x, place.y, near_border_m=10)
        assert answer.cell is not None
        assert answer.cell.code == code
        assert (answer.sub_area and answer.sub_area.code) == area
        assert answer.officers  # the cell's officers stay
        assert hot.point(place.x, place.y, None) == lookup_json(answer)
    found = look_up_point(snapshot, inside.x, inside.y, near_border_m=10).sub_area
    assert found is not None
    assert [o.officer_id for o in found.officers] == ["17"]
    end_sub_area(staffed.staffing, f"{code}-A", caller=OPERATOR, valid_from=date(2026, 8, 3), reason="x")
    assert staffed.published.territory(date(2026, 8, 2)).sub_areas
    assert not staffed.published.territory(date(2026, 8, 3)).sub_areas
    with pytest.raises(NotFound):
        end_sub_area(staffed.staffing, f"{code}-A", caller=OPERATOR, valid_from=date(2026, 8, 3), reason="x")


# ------------------------------------------------------------------------------------------------------- assignments
def test_an_assignment_beyond_the_tenure_is_refused_unless_waived(staffed: Store, codes: list[str]) -> None:
    code = codes[6]
    who = lead_of(staffed, code, date(2026, 9, 1))
    named = {"caller": OPERATOR, "valid_from": date(2029, 9, 1)}  # three and a half years after the plan
    with pytest.raises(RuleViolation, match="has been in cell"):
        assign_checked(staffed.planning, staffed.staffing, who, code, "deputy", **named)
    with pytest.raises(NotAllowed):  # and is told nothing of how long somebody has been there
        assign_checked(
            staffed.planning,
            staffed.staffing,
            who,
            code,
            "deputy",
            **named | {"caller": Caller("o", "officer", BUREAU)},
        )
    with pytest.raises(BadRequest, match="give a reason"):
        assign_checked(staffed.planning, staffed.staffing, who, code, "deputy", waive=True, **named)
    made = assign_checked(
        staffed.planning, staffed.staffing, who, code, "deputy", waive=True, reason="nobody else", **named
    )
    assert made.waived == ("staffing.over_tenure",)
    assert {f.rule for f in made.findings} >= {"staffing.over_tenure", "staffing.no_lead"}
    with staffed.database.connection() as connection:
        payload = connection.execute(
            "select payload from event where verb = 'assign' and subject = %s order by id desc limit 1",
            (f"jurisdiction:{code}",),
        ).fetchone()
    assert payload is not None
    assert payload[0]["waived"] == ["staffing.over_tenure"]
    free = assign_checked(
        staffed.planning,
        staffed.staffing,
        "24",
        code,
        "deputy",
        caller=OPERATOR,
        valid_from=date(2026, 9, 1),
        reason="x",
    )
    assert "staffing.foreign_station" in {f.rule for f in free.findings}
    assert not free.waived
