"""The history of an entity: what happened when, in which cell, under which codes, as it was known then."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from geo_api.errors import NotAllowed, NotFound
from geo_api.services.answers import Caller
from geo_api.services.register.history import Version, entity_past, happenings
from tests.geo_api.life import OPERATOR
from tests.geo_api.services.register.conftest import Office, opened
from tests.geo_api.town import BUREAU, WEST


def test_a_life_is_told_in_order(office: Office) -> None:
    day, one = office.today, timedelta(days=1)
    here, there = office.ground.west[0], office.ground.east[0]
    office.bring(
        opened("H1", date=day - 9 * one, **office.at(here)),
        {"change": "changed", "source_id": "H1", "date": day - 7 * one, "name": "改名店", "credit_class": "C"},
        {"change": "moved", "source_id": "H1", "date": day - 5 * one, **office.at(there)},
        {"change": "closed", "source_id": "H1", "date": day - 3 * one},
        {"change": "reopened", "source_id": "H1", "date": day - one},
    )
    past = entity_past(office.store.life, str(office.id("H1")), caller=OPERATOR)
    told = [(h.what, h.day) for h in past.happenings]
    assert told == [
        ("opened", day - 9 * one),
        ("changed", day - 7 * one),
        ("moved", day - 5 * one),
        ("closed", day - 3 * one),
        ("reopened", day - one),
    ]
    changed, moved = past.happenings[1], past.happenings[2]
    assert changed.before == {"name": "新店H1", "credit_class": "B"}
    assert changed.after == {"name": "改名店", "credit_class": "C"}
    assert (moved.before["cell_code"], moved.after["cell_code"]) == (here, there)
    assert [c.cell_code for c in past.claims] == [there]


def test_codes_of_all_times_lead_to_it(office: Office) -> None:
    with office.store.database.connection() as connection:
        row = connection.execute("select entity_id, cell_code, serial from cell_entity order by 1 limit 1").fetchone()
    assert row is not None
    past = entity_past(office.store.life, f"{row[1]}{row[2]:05d}", caller=OPERATOR)
    assert past.entity_id == row[0]
    assert [c.code for c in past.codes] == [f"{row[1]}{row[2]:05d}"]


def test_what_was_known_then(office: Office) -> None:
    office.bring(opened("R1"))
    then = datetime.now(UTC)
    office.bring({"change": "changed", "source_id": "R1", "name": "后来的名"})
    entity = str(office.id("R1"))
    assert entity_past(office.store.life, entity, caller=OPERATOR).name == "后来的名"
    assert entity_past(office.store.life, entity, caller=OPERATOR, recorded_at=then).name == "新店R1"


def test_who_may_see_it(office: Office) -> None:
    office.bring(opened("V1"))
    entity = str(office.id("V1"))
    assert entity_past(office.store.life, entity, caller=Caller("o", "officer", WEST)).entity_id == office.id("V1")
    with pytest.raises(NotAllowed):
        entity_past(office.store.life, entity, caller=Caller("o", "officer", "999999"))
    with pytest.raises(NotFound):
        entity_past(office.store.life, "0000", caller=Caller("o", "officer", BUREAU))


def test_versions_that_differ_in_nothing_told_tell_nothing() -> None:
    def version(since: date | None, until: date | None, **content: object) -> Version:
        known = {"name": "店", "licensed": True, "closed": None} | content
        return Version(since, until, known, (1.0, 2.0), "", "c", datetime(2026, 1, 1, tzinfo=UTC), "s")

    march, may = date(2026, 3, 1), date(2026, 5, 1)
    assert [h.what for h in happenings([version(None, march), version(march, None)])] == ["opened"]
    gone = happenings([version(None, march), version(may, None)])
    assert [(h.what, h.day) for h in gone] == [("opened", None), ("closed", march)]
