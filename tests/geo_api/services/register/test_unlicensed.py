"""The unlicensed: a file from discovery to licence or removal, begun once, its entity never lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from geo_api.errors import BadRequest, Conflict, NotAllowed, NotFound
from geo_api.services.answers import Caller
from geo_api.services.claims.lists import list_claims
from geo_api.services.register.history import entity_past
from geo_api.services.register.same import decide_same
from geo_api.services.register.unlicensed import UnlicensedFile, add_unlicensed, list_unlicensed, step_unlicensed
from tests.geo_api.life import OPERATOR
from tests.geo_api.services.register.conftest import Office, opened
from tests.geo_api.town import BUREAU, EAST, WEST

OFFICER = Caller("officer of west", "officer", WEST)


def add(office: Office, **named: Any) -> UnlicensedFile:
    given = {"caller": OFFICER, "name": "无照摊", "datum": "cgcs2000", **office.at(office.ground.west[0])} | named
    return add_unlicensed(office.store.life, WEST, **given)


def test_a_report_of_a_handheld_counts_once(office: Office) -> None:
    first = add(office, client_id="h-1", officer="11", note="路口")
    again = add(office, client_id="h-1", officer="11", note="路口")
    assert (again.entity_id, len(again.steps)) == (first.entity_id, 1)
    assert (first.state, first.cell_code, first.discovered_on) == ("discovered", office.ground.west[0], office.today)
    waiting = {v.entity_id: v for v in list_claims(office.store.claims, WEST, caller=OFFICER, on=office.today).claims}
    assert waiting[first.entity_id].credit_class == "D"


def test_an_id_of_another_report_is_a_conflict(office: Office) -> None:
    add(office, client_id="h-2")
    with pytest.raises(Conflict, match="another report"):
        add(office, client_id="h-2", name="另一家")


def test_the_id_of_a_step_stands_for_that_step_of_that_business_alone(office: Office) -> None:
    one, other = (str(add(office, client_id=f"h-{n}").entity_id) for n in (3, 4))
    step_unlicensed(office.store.life, one, "notice", caller=OFFICER, note="限期办照", client_id="h-3-1")
    again = step_unlicensed(office.store.life, one, "notice", caller=OFFICER, note="限期办照", client_id="h-3-1")
    assert [s.step for s in again.steps] == ["discovered", "notice"]
    for entity, step in ((other, "notice"), (one, "guided")):
        with pytest.raises(Conflict, match="'h-3-1' stands for another report"):
            step_unlicensed(office.store.life, entity, step, caller=OFFICER, note="x", client_id="h-3-1")


def test_what_lies_outside_is_reported_where_it_lies(office: Office) -> None:
    known = list_unlicensed(office.store.life, BUREAU, caller=OPERATOR, on=office.today, state="all").totals
    for place in (office.at(office.ground.east[0]), {"lon": 0.0, "lat": 0.0}):
        with pytest.raises(BadRequest, match=f"outside {WEST}"):
            add(office, **place)
    assert list_unlicensed(office.store.life, BUREAU, caller=OPERATOR, on=office.today, state="all").totals == known


def test_the_past_is_an_admins_to_enter(office: Office) -> None:
    before = office.today - timedelta(days=400)
    with pytest.raises(BadRequest, match="an admin enters it"):
        add(office, on=before)
    file = add(office, on=before, caller=OPERATOR, note="从纸质档案补录")
    assert file.discovered_on == before
    with pytest.raises(BadRequest, match="before the last step"):
        step_unlicensed(office.store.life, str(file.entity_id), "notice", caller=OFFICER, on=before - timedelta(days=1))


def test_it_becomes_licensed_and_keeps_its_id(office: Office) -> None:
    file = add(office)
    one = str(file.entity_id)
    step_unlicensed(office.store.life, one, "notice", caller=OFFICER, officer="11", note="限期办照")
    with pytest.raises(BadRequest, match="with which credit code"):
        step_unlicensed(office.store.life, one, "licensed", caller=OFFICER)
    with pytest.raises(BadRequest, match="its class"):
        step_unlicensed(office.store.life, one, "licensed", caller=OFFICER, credit_code="91110000802100433B")
    done = step_unlicensed(
        office.store.life, one, "licensed", caller=OFFICER, credit_code="91110000802100433B", credit_class="B"
    )
    assert (done.state, done.became_entity_id) == ("licensed", file.entity_id)
    past = entity_past(office.store.life, "91110000802100433B", caller=OFFICER)
    assert past.entity_id == file.entity_id
    told = [h.what for h in past.happenings]
    assert {"opened", "licensed", "unlicensed.discovered", "unlicensed.notice", "unlicensed.licensed"} <= set(told)
    change = next(h for h in past.happenings if h.what == "licensed")
    assert (change.before["credit_class"], change.after["credit_class"]) == ("D", "B")


def test_it_joins_the_licensed_one_that_is_there(office: Office) -> None:
    code = "91310000631696382C"
    office.bring(opened("J1", credit_code=code))
    file = add(office)
    done = step_unlicensed(office.store.life, str(file.entity_id), "licensed", caller=OFFICER, credit_code=code)
    assert done.became_entity_id == office.id("J1")
    past = entity_past(office.store.life, str(file.entity_id), caller=OFFICER)
    assert (past.stands_for, past.happenings[-1].what in ("closed", "duplicate", "unlicensed.licensed")) == (
        office.id("J1"), True,
    )  # fmt: skip
    hits = office.store.history.entities("id", str(file.entity_id), office.today)
    assert [h.entity_id for h in hits] == [office.id("J1")]
    with pytest.raises(Conflict, match="got its licence as entity"):
        decide_same(
            office.store.life, str(file.entity_id), str(office.id("J1")), "different", caller=OPERATOR, reason="两家"
        )


def test_removed_ones_are_closed_and_the_ledger_remembers(office: Office) -> None:
    begun = office.today - timedelta(days=4)
    file = add(office, on=begun, name="占道摊", **office.at(office.ground.west[1]))
    one = str(file.entity_id)
    step_unlicensed(office.store.life, one, "guided", caller=OFFICER, on=begun + timedelta(days=1))
    removed = step_unlicensed(office.store.life, one, "removed", caller=OFFICER, on=office.today)
    assert (removed.state, removed.open_days) == ("removed", 4)
    with pytest.raises(Conflict, match="what can follow is closed"):
        step_unlicensed(office.store.life, one, "notice", caller=OFFICER)
    assert not office.store.history.entities("id", one, office.today)

    def states(day: Any, state: str) -> dict[int, str]:
        ledger = list_unlicensed(office.store.life, WEST, caller=OFFICER, on=day, state=state)
        return {f.entity_id: f.state for f in ledger.files}

    assert file.entity_id not in states(office.today, "open")
    assert states(office.today, "settled")[file.entity_id] == "removed"
    assert states(begun + timedelta(days=2), "open")[file.entity_id] == "guided"
    assert file.entity_id not in states(begun - timedelta(days=1), "all")
    east = list_unlicensed(office.store.life, EAST, caller=OPERATOR, on=office.today, state="all")
    assert file.entity_id not in {f.entity_id for f in east.files}


def test_those_of_the_register_get_a_file_with_their_first_step(office: Office) -> None:
    ledger = list_unlicensed(office.store.life, BUREAU, caller=OPERATOR, on=office.today)
    known = next(f for f in ledger.files if not f.steps and f.cell_code)
    done = step_unlicensed(office.store.life, str(known.entity_id), "notice", caller=OPERATOR)
    assert [s.step for s in done.steps] == ["discovered", "notice"]


def test_what_cannot_be(office: Office) -> None:
    with pytest.raises(NotAllowed):
        add(office, caller=Caller("officer of east", "officer", EAST))
    with pytest.raises(BadRequest, match="the datum is never guessed"):
        add(office, datum=None)
    with pytest.raises(BadRequest, match=r"name or its address.*in the future"):
        add(office, name=" ", on=office.today + timedelta(days=1))
    with pytest.raises(NotFound):
        step_unlicensed(office.store.life, "999999999", "notice", caller=OFFICER)
    licensed = office.bring(opened("X1")) and str(office.id("X1"))
    with pytest.raises(Conflict, match="has a licence"):
        step_unlicensed(office.store.life, licensed, "notice", caller=OFFICER)
    file = add(office)
    for step, words in (("referred", "which department"), ("closed", "why is the file closed"), ("lost", "no step")):
        with pytest.raises(BadRequest, match=words):
            step_unlicensed(office.store.life, str(file.entity_id), step, caller=OFFICER)
    with pytest.raises(BadRequest, match="no state"):
        list_unlicensed(office.store.life, WEST, caller=OFFICER, on=office.today, state="gone")
