"""Checks, proposals put in force, and patrol groups with their history, on PostGIS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from itertools import combinations

import pytest

from geo_api.db import open_store
from geo_api.db.store import Store
from geo_api.errors import BadRequest, NotAllowed, NotFound, RuleViolation
from geo_api.services.answers import Caller
from geo_api.services.load import load
from geo_api.services.staffing.apply_proposal import apply_proposal
from geo_api.services.staffing.check import check_staffing
from geo_api.services.staffing.facts import neighbours_of
from geo_api.services.staffing.groups import list_groups, propose_groups, set_groups
from geo_api.services.staffing.leave import leave
from geo_api.services.staffing.propose import StationProposal, proposal_of, propose_officers
from geo_api.supervision.patrol_groups import connected
from tests.geo_api.life import APPROVER, OPERATOR, PLANNER, published
from tests.geo_api.services.staffing.conftest import PLAN_FROM, RULES
from tests.geo_api.town import BUREAU, EAST, LOADED, WEST, make_town


@pytest.fixture(scope="module")
def drawn(new_database: Callable[[], str]) -> Iterator[Store]:
    """The same town in a database of its own: these tests follow each other in time."""
    with open_store(new_database()) as store:
        load(make_town(entities=200).but(rules=RULES), store.register, today=LOADED)
        published(store, WEST, PLAN_FROM, cells=8, tolerance=0.9)
        yield store


def test_a_station_is_checked_and_a_bureau_too(drawn: Store) -> None:
    station = check_staffing(drawn.staffing, WEST, date(2026, 3, 1), caller=PLANNER)
    assert (station.stations, station.cells, station.officers) == (1, 8, 8)
    assert station.totals == {"staffing.no_direct": 1, "staffing.no_function": 8}
    later = check_staffing(drawn.staffing, WEST, date(2029, 3, 1), caller=PLANNER)
    assert later.totals["staffing.over_tenure"] == 16
    bureau = check_staffing(drawn.staffing, BUREAU, date(2026, 3, 1), caller=OPERATOR)
    assert bureau.stations == 2
    with pytest.raises(NotAllowed):
        check_staffing(drawn.staffing, EAST, date(2026, 3, 1), caller=PLANNER)
    with pytest.raises(NotFound):
        check_staffing(drawn.staffing, "nowhere", date(2026, 3, 1), caller=OPERATOR)


def test_a_proposal_writes_nothing_and_then_comes_into_force_as_it_was_shown(drawn: Store) -> None:
    day = date(2029, 4, 1)  # everybody has been in their cells for more than three years
    before = drawn.published.territory(day).officers
    shown = propose_officers(drawn.staffing, WEST, caller=PLANNER, valid_from=day)
    assert drawn.published.territory(day).officers == before
    (station,) = [s for s in shown.stations if not s.function]
    parts = {p.name: p for p in station.parts}
    assert parts["tenure"].now_amount == 16
    assert parts["tenure"].amount == parts["pairing"].amount == parts["no_lead"].amount == parts["short"].amount == 0
    assert station.cost < station.simple_cost <= station.now_cost
    assert station.bound <= station.cost == pytest.approx(sum(p.cost for p in station.parts))
    assert {"staffing.nobody"} == {f.rule for f in shown.findings if f.details.get("function") == "food"}
    with pytest.raises(NotAllowed):
        apply_proposal(drawn.staffing, WEST, caller=PLANNER, reason="rotation", valid_from=day)
    with pytest.raises(BadRequest, match="give a reason"):
        apply_proposal(drawn.staffing, WEST, caller=APPROVER, reason=" ", valid_from=day)
    done = apply_proposal(drawn.staffing, WEST, caller=APPROVER, reason="rotation", valid_from=day)
    assert done.applied
    assert done.stations == shown.stations
    now = {
        (code, o.role, o.officer_id)
        for code, people in drawn.published.territory(day).officers.items()
        for o in people
        if o.role in ("lead", "deputy")
    }
    assert now == {(p.cell_code, p.role, p.officer_id) for p in station.posts if p.state != "ends"}
    assert drawn.published.territory(date(2029, 3, 31)).officers.keys() == before.keys()  # the past keeps its answer
    again = propose_officers(drawn.staffing, WEST, caller=PLANNER, valid_from=day)
    assert {p.name: p.now_amount for p in again.stations[0].parts} == {
        name: p.amount if name != "change" else 0 for name, p in parts.items()
    }
    assert "staffing.over_tenure" not in check_staffing(drawn.staffing, WEST, day, caller=PLANNER).totals


def test_a_station_with_more_pairs_than_the_solver_is_asked_about_is_answered_by_exchanges(drawn: Store) -> None:
    day = date(2026, 5, 1)
    (staff,) = drawn.staffing.staff(WEST, day)

    def of(pairs: int) -> StationProposal:
        rules = {**staff.rules, "staffing": {**staff.rules["staffing"], "solver_pairs": pairs}}
        return proposal_of(WEST, day, [replace(staff, rules=rules)]).stations[0]

    quick, searched = of(63), of(64)  # eight officers, eight cells
    assert (quick.bound, quick.proven) == (0, False)
    assert 0 < searched.bound <= searched.cost <= quick.cost <= quick.simple_cost


def test_whoever_is_away_for_good_is_not_proposed(drawn: Store) -> None:
    day = date(2029, 6, 1)
    leave(drawn.staffing, "14", caller=OPERATOR, valid_from=day)
    shown = propose_officers(drawn.staffing, WEST, caller=PLANNER, valid_from=day)
    assert "14" not in {p.officer_id for s in shown.stations for p in s.posts if p.state != "ends"}


def test_without_a_plan_there_is_nothing_to_propose(drawn: Store) -> None:
    with pytest.raises(BadRequest, match="no plan"):
        propose_officers(drawn.staffing, EAST, caller=OPERATOR, valid_from=date(2026, 3, 1))
    with pytest.raises(NotFound, match="no plan 77"):
        propose_officers(drawn.staffing, WEST, caller=OPERATOR, valid_from=date(2026, 3, 1), plan=77)


def test_groups_are_proposed_set_and_remembered(drawn: Store) -> None:
    first, second = date(2097, 1, 1), date(2097, 2, 1)
    shown = propose_groups(drawn.staffing, WEST, caller=PLANNER, valid_from=first)
    assert [len(g.cells) for g in shown.groups] == [2, 2, 2, 2]
    assert not shown.findings
    assert sorted(c for g in shown.groups for c in g.cells) == sorted(
        c.code for c in drawn.published.territory(first).cells
    )
    assert not list_groups(drawn.staffing, WEST, first, caller=PLANNER).groups
    set_groups(drawn.staffing, WEST, caller=PLANNER, valid_from=first)
    assert list_groups(drawn.staffing, WEST, first, caller=PLANNER).groups == shown.groups
    assert {g.code for g in drawn.published.territory(first).groups.values()} == {g.code for g in shown.groups}
    again = propose_groups(drawn.staffing, WEST, caller=PLANNER, valid_from=second)
    assert again.groups == shown.groups  # what is as good stays
    near = neighbours_of(drawn.staffing.staff(WEST, second)[0])
    one, other = next(p for p in combinations(shown.groups, 2) if connected({*p[0].cells, *p[1].cells}, near))
    wanted = {g.code: g.cells for g in shown.groups if g not in (one, other)} | {one.code: one.cells + other.cells}
    changed = set_groups(drawn.staffing, WEST, caller=PLANNER, valid_from=second, groups=wanted)
    assert [len(g.cells) for g in changed.groups if g.code == one.code] == [4]
    assert list_groups(drawn.staffing, WEST, date(2097, 1, 31), caller=PLANNER).groups == shown.groups
    assert {g.code for g in list_groups(drawn.staffing, WEST, second, caller=PLANNER).groups} == set(wanted)
    with drawn.database.connection() as connection:
        rows = connection.execute("select code, lower(valid) from patrol_group where recorded_to is null order by 1, 2")
        began = rows.fetchall()
    unchanged = set(wanted) - {one.code}
    assert {d for code, d in began if code in unchanged} == {first}  # what stays keeps its row
    assert [d for code, d in began if code == one.code] == [first, second]


def test_groups_that_cannot_be_are_refused_whole(drawn: Store) -> None:
    codes = [c.code for c in drawn.published.territory(date(2097, 3, 1)).cells]
    named = {"caller": PLANNER, "valid_from": date(2097, 3, 1)}
    before = list_groups(drawn.staffing, WEST, date(2097, 3, 1), caller=PLANNER)
    with pytest.raises(RuleViolation, match="no cell in force"):
        set_groups(drawn.staffing, WEST, groups={"g": [*codes[:1], "other"]}, **named)
    with pytest.raises(RuleViolation) as wrong:
        set_groups(drawn.staffing, WEST, groups={"g": codes[:4], "h": codes[3:]}, **named)
    assert "groups.cell_twice" in {f.rule for f in wrong.value.findings}
    with pytest.raises(BadRequest, match="at least one cell"):
        set_groups(drawn.staffing, WEST, groups={"g": []}, **named)
    with pytest.raises(NotAllowed):
        set_groups(drawn.staffing, WEST, caller=Caller("o", "officer", WEST), valid_from=date(2097, 3, 1))
    assert list_groups(drawn.staffing, WEST, date(2097, 3, 1), caller=PLANNER) == before
