"""Visits from a handheld: stored once, corrected with a reason, kept when their entity is unknown, refused with all faults."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from geo_api.db import open_store
from geo_api.db.store import Store
from geo_api.errors import BadRequest, Conflict, NotAllowed, NotFound
from geo_api.services.answers import Caller
from geo_api.services.load import load
from geo_api.services.visits.listing import list_visits
from geo_api.services.visits.model import PostAnswer
from geo_api.services.visits.post import post_visits
from geo_api.services.visits.withdraw import withdraw_visit
from tests.geo_api.life import ADMIN, APPROVER
from tests.geo_api.town import BUREAU, EAST, LOADED, WEST, make_town

pytestmark = pytest.mark.db

OFFICER = Caller("handheld of 11", "officer", WEST)
OTHER = Caller("handheld of 12", "officer", WEST)


@pytest.fixture
def today(lived: Store) -> date:
    return lived.profiles.today(BUREAU)


@pytest.fixture
def shop(lived: Store) -> str:
    """The source's number of a shop in the western station."""
    with lived.database.connection() as connection:
        row = connection.execute(
            "select i.source_id from entity e join entity_identity i using (entity_id) join jurisdiction j on j.code = %s "
            "where st_covers(j.geom, e.geom) order by e.entity_id limit 1",
            (WEST,),
        ).fetchone()
    assert row
    return str(row[0])


def visit(shop: str, day: date, **more: Any) -> dict[str, Any]:
    return {
        "visit_id": str(uuid.uuid4()),
        "entity": shop,
        "made_on": day.isoformat(),
        "result": "pass",
        "officers": ["11", "12"],
        **more,
    }


def post(store: Store, *visits: Any, caller: Caller = OFFICER, jurisdiction: str = WEST) -> PostAnswer:
    return post_visits(store.visits, store.profiles, visits, jurisdiction=jurisdiction, caller=caller)


def verdicts(answer: PostAnswer) -> list[str]:
    return [v.verdict for v in answer.visits]


def held(store: Store, visit_id: str) -> list[tuple]:
    with store.database.connection() as connection:
        return connection.execute(
            "select result, officer_id, officers, received_at is not null, recorded_to is null from inspection "
            "where visit_id = %s order by id",
            (visit_id,),
        ).fetchall()


def test_a_visit_is_stored_once_however_often_it_is_sent(lived: Store, shop: str, today: date) -> None:
    one = visit(shop, today)
    assert verdicts(post(lived, one)) == ["stored"]
    assert verdicts(post(lived, one, one)) == ["known", "known"]
    assert held(lived, one["visit_id"]) == [("pass", "11", ["11", "12"], True, True)]


def test_the_same_id_with_other_content_is_a_conflict_until_it_is_called_a_correction(
    lived: Store, shop: str, today: date
) -> None:
    one = visit(shop, today)
    post(lived, one)
    other = one | {"result": "minor", "findings": "过道堆物"}
    conflict = post(lived, other).visits[0]
    assert conflict.verdict == "conflict"
    assert "revision" in conflict.message
    assert "更正" in conflict.message_zh
    assert verdicts(post(lived, other | {"revision": True})) == ["refused"], "a correction needs a reason"
    corrected = post(lived, other | {"revision": True, "reason": "写错结果"})
    assert verdicts(corrected) == ["corrected"]
    assert [(row[0], row[4]) for row in held(lived, one["visit_id"])] == [("pass", False), ("minor", True)]
    assert verdicts(post(lived, other)) == ["known"]
    with lived.database.connection() as connection:
        told = connection.execute(
            "select actor, reason from event where verb = 'correct_visit' and subject like %s",
            (f"%/{one['visit_id']}",),
        ).fetchall()
    assert told == [(OFFICER.name, "写错结果")]


def test_what_was_recorded_before_a_correction_is_still_answered(lived: Store, shop: str, today: date) -> None:
    one = visit(shop, today)
    before = post(lived, one).received_at
    post(lived, one | {"result": "fail", "revision": True, "reason": "复核"})

    def result(recorded_at: Any) -> str:
        listed = list_visits(lived.visits, WEST, caller=OFFICER, entity=shop, recorded_at=recorded_at)
        return next(v.result for v in listed.visits if v.visit_id == one["visit_id"])

    assert (result(before), result(None)) == ("pass", "fail")


def test_all_faults_are_told_and_the_others_are_stored(lived: Store, shop: str, today: date) -> None:
    good = visit(shop, today)
    bad = visit(shop, today + timedelta(days=1), kind="weekly", officers=["nobody"], rectify_by="2020-01-01")
    unread = visit(shop, today, made_on="yesterday", minutes=-3, colour="red")
    answer = post(lived, bad, good, unread, "text")
    assert verdicts(answer) == ["refused", "stored", "refused", "refused"]
    assert {f.where for f in answer.visits[0].findings} == {"kind", "made_on", "officers", "rectify_by"}
    assert {f.where for f in answer.visits[2].findings} == {"made_on", "minutes", "colour"}
    assert all(f.message_zh for v in answer.visits for f in v.findings)
    assert answer.counts == {"refused": 3, "stored": 1}
    assert held(lived, bad["visit_id"]) == []


def test_late_visits_are_taken_up_to_the_limit_and_later_by_an_approver_with_a_reason(
    lived: Store, shop: str, today: date
) -> None:
    assert verdicts(post(lived, visit(shop, today - timedelta(days=30)))) == ["stored"]
    late = visit(shop, today - timedelta(days=31))
    assert verdicts(post(lived, late)) == ["refused"]
    assert verdicts(post(lived, late, caller=APPROVER)) == ["refused"]
    assert verdicts(post(lived, late | {"reason": "终端损坏"}, caller=APPROVER)) == ["stored"]


def test_a_visit_to_another_station_is_refused(lived: Store, shop: str, today: date) -> None:
    easterner = Caller("handheld of 21", "officer", EAST)
    answer = post(lived, visit(shop, today), caller=easterner, jurisdiction=EAST)
    assert verdicts(answer) == ["refused"]
    assert [f.where for f in answer.visits[0].findings] == ["entity"]
    with pytest.raises(NotAllowed):
        post(lived, visit(shop, today), caller=easterner, jurisdiction=WEST)


@pytest.mark.parametrize("by", ["id", "registration_no", "entity_code"])
def test_an_entity_is_named_by_any_of_its_numbers(lived: Store, shop: str, today: date, by: str) -> None:
    with lived.database.connection() as connection:
        row = connection.execute(
            "select e.entity_id, e.registration_no, m.cell_code || lpad(m.serial::text, 5, '0') from entity e "
            "join entity_identity i using (entity_id) join cell_entity m using (entity_id) where i.source_id = %s",
            (shop,),
        ).fetchone()
    assert row
    name = {"id": row[0], "registration_no": row[1], "entity_code": row[2]}[by]
    answer = post(lived, visit(name, today))
    assert [(v.verdict, v.entity_id) for v in answer.visits] == [("stored", row[0])]


def test_too_many_or_no_visits_are_refused(lived: Store, shop: str, today: date) -> None:
    with pytest.raises(BadRequest, match="1 to 1000"):
        post(lived)
    with pytest.raises(NotFound):
        post(lived, visit(shop, today), caller=ADMIN, jurisdiction="nowhere")


@pytest.fixture
def withdrawn(lived: Store, shop: str, today: date) -> dict[str, Any]:
    one = visit(shop, today)
    post(lived, one)
    with pytest.raises(BadRequest, match="reason"):
        withdraw_visit(lived.visits, one["visit_id"], jurisdiction=WEST, reason=" ", caller=OFFICER)
    with pytest.raises(NotAllowed, match="posted itself"):
        withdraw_visit(lived.visits, one["visit_id"], jurisdiction=WEST, reason="x", caller=OTHER)
    withdraw_visit(lived.visits, one["visit_id"], jurisdiction=WEST, reason="走错门", caller=OFFICER)
    return one


def test_a_withdrawn_visit_stays_away_and_stays_recorded(lived: Store, withdrawn: dict[str, Any]) -> None:
    assert [row[4] for row in held(lived, withdrawn["visit_id"])] == [False]
    assert verdicts(post(lived, withdrawn)) == ["conflict"]
    with pytest.raises(Conflict, match="before"):
        withdraw_visit(lived.visits, withdrawn["visit_id"], jurisdiction=WEST, reason="again", caller=OFFICER)


def test_a_number_of_two_businesses_means_neither_until_it_is_said_which(new_database: Callable[[], str]) -> None:
    """A register's own ids may be small numbers, as permanent ids are: a visit must not go to somebody else."""
    town = make_town(entities=30)
    shops = town.entities.assign(source_id=[str(n + 2) for n in range(30)])
    with open_store(new_database()) as store:
        load(town.but(entities=shops, inspections=town.inspections.iloc[:0]), store.register, today=LOADED)
        day = store.profiles.today(BUREAU)
        with store.database.connection() as connection:
            rows = connection.execute("select source_id, entity_id::text from entity_identity").fetchall()
        permanent = dict(rows)
        both = next(n for n, one in rows if n != one and n in permanent.values())
        (only,) = {n for n in permanent if n not in permanent.values()} or {""}
        sent = [visit(name, day) for name in (both, f"id:{both}", f"no:{both}", "id:7x", "no:none")]
        answer = post(store, *sent, caller=ADMIN, jurisdiction=BUREAU)
        assert verdicts(answer) == ["refused", "stored", "stored", "unmatched", "unmatched"]
        assert f"id:{both}" in str(answer.visits[0])
        assert [str(v.entity_id) for v in answer.visits[1:3]] == [both, permanent[both]]
        if only:
            assert verdicts(post(store, visit(only, day), caller=ADMIN, jurisdiction=BUREAU)) == ["stored"]
        with pytest.raises(Conflict, match=f"write id:{both}"):
            list_visits(store.visits, BUREAU, caller=ADMIN, entity=both)
        with store.classing.change() as work, pytest.raises(Conflict, match=f"write id:{both}"):
            work.known(store.classing.register_of(BUREAU), [both], day)
