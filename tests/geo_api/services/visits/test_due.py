"""Due lists: each counts from its day, closes when it is followed up, and names who is in charge."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
import shapely

from geo_api.db import open_store
from geo_api.db.store import Store
from geo_api.errors import BadRequest, NotAllowed, NotFound
from geo_api.services.assign import assign
from geo_api.services.load import load
from geo_api.services.visits.due import due_rows, find_due
from geo_api.services.visits.due_model import DueRow
from geo_api.services.visits.post import post_visits
from tests.geo_api.life import ADMIN, OPERATOR, PLANNER, published
from tests.geo_api.town import BUREAU, EAST, LAT, LOADED, LON, SIDE, STEP, WEST, make_town

pytestmark = pytest.mark.db

ON = date(2026, 8, 10)
DAY = timedelta(days=1)
SHOPS = (
    # name, class, licensed, opened, licence_until, visits (day, result, rectify_by, revisit_of)
    ("licence", "A", True, date(2020, 1, 1), ON + 20 * DAY, ((ON - DAY, "pass"),)),
    ("licence_gone", "A", True, date(2020, 1, 1), ON - 3 * DAY, ((ON - DAY, "pass"),)),
    ("licence_far", "A", True, date(2020, 1, 1), ON + 61 * DAY, ((ON - DAY, "pass"),)),
    ("notice", "A", True, date(2020, 1, 1), None, ((ON - 20 * DAY, "minor", ON - 5 * DAY),)),
    ("notice_none", "A", True, date(2020, 1, 1), None, ((ON - 20 * DAY, "minor", ON - 5 * DAY), (ON - 4 * DAY, "none"))),
    ("notice_done", "A", True, date(2020, 1, 1), None, ((ON - 20 * DAY, "minor", ON - 5 * DAY), (ON - 4 * DAY, "pass"))),
    (
        "notice_named", "A", True, date(2020, 1, 1), None,
        ((ON - 20 * DAY, "minor", ON - 5 * DAY), (ON - 4 * DAY, "minor", None, "notice_named-0")),
    ),
    ("failed", "A", True, date(2020, 1, 1), None, ((ON - 40 * DAY, "fail"),)),
    ("failed_seen", "A", True, date(2020, 1, 1), None, ((ON - 40 * DAY, "fail"), (ON - 30 * DAY, "none"))),
    ("new", "A", True, ON - 32 * DAY, None, ()),
    ("new_seen", "A", True, ON - 32 * DAY, None, ((ON - 31 * DAY, "none"),)),
    ("yearly", "A", True, date(2020, 8, 15), None, ((date(2025, 8, 14), "pass"),)),
    ("quarter", "B", True, date(2020, 1, 1), None, ((date(2026, 6, 30), "pass"),)),
    ("quarter_missed", "B", True, date(2020, 1, 1), None, ((date(2026, 3, 31), "pass"),)),
    ("quarter_seen", "B", True, date(2020, 1, 1), None, ((date(2026, 7, 1), "pass"),)),
    ("stall", "A", False, ON - 60 * DAY, None, ((ON - 16 * DAY, "none"),)),
)  # fmt: skip


@pytest.fixture(scope="module")
def store(new_database: Callable[[], str]) -> Iterator[Store]:
    base = make_town(entities=40)
    shops = base.entities.iloc[: len(SHOPS)].copy()
    names, letters, licensed, opened, licences, visits = zip(*SHOPS, strict=True)
    shops = shops.assign(
        source_id=names, name=names, credit_class=letters, licensed=licensed, opened=opened, licence_until=licences
    )
    places = [
        shapely.Point(LON + (0.0005 if k < 10 else SIDE + 0.0005) + k % 10 * STEP, LAT + SIDE / 3)
        for k in range(len(shops))
    ]
    shops["geometry"] = places
    rows = [
        (f"{name}-{k}", name, visit[0], "daily", "11", visit[1], *(*visit[2:], None, None)[:2])
        for name, made in zip(names, visits, strict=True)
        for k, visit in enumerate(made)
    ]
    columns = ["visit_id", "entity", "date", "kind", "officer_id", "result", "rectify_by", "revisit_of"]
    town = base.but(entities=shops, inspections=pd.DataFrame(rows, columns=columns))
    with open_store(new_database()) as opened_store:
        load(town, opened_store.register, actor="test", today=LOADED)
        for station in (WEST, EAST):
            published(opened_store, station, LOADED, cells=2, tolerance=1.0)
        yield opened_store


def due(store: Store, name: str, **more: Any) -> dict[str, DueRow]:
    answer = find_due(store.due, store.profiles, BUREAU, caller=ADMIN, on=ON, list_name=name, **more)
    assert answer.counts == {name: len(answer.rows)}
    return {row.name: row for row in answer.rows}


def test_the_licence_warns_two_months_ahead_and_then_counts_the_days(store: Store) -> None:
    rows = due(store, "licence")
    assert {n: (r.due_on, r.late_days) for n, r in rows.items()} == {
        "licence": (ON + 20 * DAY, 0),
        "licence_gone": (ON - 3 * DAY, 3),
    }
    assert "licence_far" in due(store, "licence", until=ON + DAY)


def test_a_notice_is_open_until_a_visit_names_it_or_a_later_one_passes(store: Store) -> None:
    rows = due(store, "rectification")
    assert set(rows) == {"notice", "notice_none"}
    assert rows["notice"].late_days == 5
    assert rows["notice"].subject == "notice-0"
    assert "整改" in rows["notice"].why_zh


def test_a_failed_visit_is_followed_up_within_thirty_days(store: Store) -> None:
    assert {n: r.due_on for n, r in due(store, "penalty").items()} == {"failed": ON - 10 * DAY}


def test_a_new_business_waits_for_its_first_visit(store: Store) -> None:
    assert {n: r.due_on for n, r in due(store, "first_visit").items()} == {"new": ON - 2 * DAY}


def test_the_annual_check_is_due_on_the_anniversary_of_the_opening(store: Store) -> None:
    rows = due(store, "annual")
    assert rows["yearly"].due_on == date(2026, 8, 15), "the year from 15 August 2025 has no visit"
    assert "new" not in rows


def test_the_period_of_the_class_waits_for_its_visit(store: Store) -> None:
    rows = due(store, "period", until=date(2026, 9, 30))
    assert rows["quarter"].due_on == date(2026, 9, 30)
    assert rows["quarter_missed"].due_on == date(2026, 6, 30)
    assert rows["quarter_missed"].late_days == 41
    assert "quarter_seen" not in rows
    assert "quarter" not in due(store, "period"), "more than its lead days ahead"


def test_the_unlicensed_are_followed_up(store: Store) -> None:
    assert {n: r.due_on for n, r in due(store, "unlicensed").items()} == {"stall": ON - DAY}
    with store.database.writing() as connection:  # a step in its ledger follows it up too
        connection.execute(
            "insert into unlicensed_step (entity_id, step_no, step, actor, role, day) "
            "select entity_id, 1, 'discovered', 'test', 'officer', %s from entity where name = 'stall'",
            (ON - 3 * DAY,),
        )
    assert due(store, "unlicensed") == {}
    assert set(due(store, "unlicensed", until=ON + 5 * DAY)) == {"stall"}


def test_the_lead_of_the_cell_is_in_charge_then_the_station(store: Store) -> None:
    row = due(store, "penalty")["failed"]
    assert row.cell_code.startswith(WEST)
    lead = "13" if row.officers != ("13",) else "14"
    assign(store.planning, lead, row.cell_code, "lead", caller=OPERATOR, valid_from=ON, reason="test")
    row = due(store, "penalty")["failed"]
    assert (row.officers, row.answers_for) == ((lead,), row.cell_code)
    assert set(due(store, "penalty", officer=lead)) == {"failed"}
    assert due(store, "penalty", officer="nobody") == {}


def test_other_use_cases_get_all_rows(store: Store) -> None:
    rows = due_rows(store.due, store.profiles, BUREAU, ON, ON)
    answer = find_due(store.due, store.profiles, BUREAU, caller=ADMIN, on=ON)
    assert rows == answer.rows
    assert [r.due_on for r in rows] == sorted(r.due_on for r in rows)
    west = due_rows(store.due, store.profiles, WEST, ON, ON)
    east = due_rows(store.due, store.profiles, EAST, ON, ON)
    assert len(west) + len(east) == len(rows)


def test_the_past_is_answered_as_it_was_recorded(store: Store) -> None:
    today = store.profiles.today(BUREAU)
    before = find_due(store.due, store.profiles, BUREAU, caller=ADMIN, list_name="penalty", on=today)
    visit = {"visit_id": "now", "entity": "failed", "made_on": today.isoformat(), "result": "pass", "officers": ["11"]}
    posted = post_visits(store.visits, store.profiles, [visit], jurisdiction=BUREAU, caller=ADMIN)
    assert posted.counts == {"stored": 1}
    after = find_due(store.due, store.profiles, BUREAU, caller=ADMIN, list_name="penalty", on=today)
    assert {r.name for r in before.rows} - {r.name for r in after.rows} == {"failed"}
    then = find_due(
        store.due, store.profiles, BUREAU, caller=ADMIN, list_name="penalty", on=today,
        recorded_at=posted.received_at - timedelta(microseconds=1),
    )  # fmt: skip
    assert then.rows == before.rows


def test_what_cannot_be_asked_is_told(store: Store) -> None:
    with pytest.raises(NotFound, match="there is no list nothing"):
        find_due(store.due, store.profiles, BUREAU, caller=ADMIN, list_name="nothing")
    with pytest.raises(BadRequest, match="before"):
        find_due(store.due, store.profiles, BUREAU, caller=ADMIN, on=ON, until=ON - DAY)
    with pytest.raises(NotAllowed):
        find_due(store.due, store.profiles, BUREAU, caller=PLANNER, on=ON)
