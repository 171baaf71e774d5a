"""Claims and redraws: what waits, waits where its place lies now, with a step of the plan; what is held follows the ground."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo_api.db import open_store
from geo_api.db.store import Store
from geo_api.errors import Conflict, NotAllowed
from geo_api.services.answers import Caller
from geo_api.services.claims.form import transfer_form
from geo_api.services.claims.late import claim_figures, late_claims, misplaced_claims
from geo_api.services.claims.lists import list_claims
from geo_api.services.claims.step import step_claim
from geo_api.services.claims.store import ClaimView
from geo_api.services.load import load
from tests.geo_api.life import published
from tests.geo_api.services.claims.both_ways import compare
from tests.geo_api.services.claims.conftest import Arrivals, Ground
from tests.geo_api.town import BUREAU, EAST, LOADED, WEST, make_town

FELL, REDRAWN, DAY = date(2026, 3, 2), date(2026, 3, 10), date(2026, 3, 12)
READER = Caller("Li", "officer", BUREAU)
ADMIN = Caller("admin", "admin", WEST)
BACK = {"on": DAY, "reason": "补录"}


@dataclass(frozen=True)
class Redraw:
    """A station before and after its redraw from three cells to two.

    ``old``: a cell that is no more; ``new``: in which its middle lies now; the others by what became of them before.
    """

    store: Store
    before: Ground
    after: Ground
    plan_id: int
    known: datetime
    old: str
    new: str
    waiting: int
    second: int
    held: int
    sent: int
    given: int
    kept: int

    def view(self, entity: int, on: date = DAY, code: str = WEST, recorded_at: datetime | None = None) -> ClaimView:
        listed = list_claims(self.store.claims, code, caller=READER, on=on, state="all", recorded_at=recorded_at)
        (found,) = [v for v in listed.claims if v.entity_id == entity]
        return found


@pytest.fixture(scope="module")
def redraw(new_database: Callable[[], str]) -> Iterator[Redraw]:
    with open_store(new_database()) as store:
        town = make_town(entities=200)
        load(town, store.register, today=LOADED)
        for station in (WEST, EAST):
            published(store, station, date(2026, 1, 1), cells=3)
        before = Ground(store, FELL)
        arrivals = Arrivals(store, town)
        sets = {code: arrivals.at(*[before.at(code)] * 6, on=FELL) for code in before.west}
        beside = dict(zip(before.west, [*before.west[1:], before.west[0]], strict=True))
        for code, ids in sets.items():
            other = beside[code]
            named = {"caller": ADMIN, "on": FELL, "reason": "补录"}
            step_claim(store.claims, str(ids[2]), "claim", officer="10", **named)
            for k in (3, 4):  # to a neighbour
                step_claim(store.claims, str(ids[k]), "wrong", to=other, document=f"T-{ids[k]}", **named)
            accepting = {**named, "caller": Caller("another", "admin", WEST)}
            step_claim(store.claims, str(ids[4]), "accept", officer="10", **accepting)
        known = _now(store)
        plan = published(store, WEST, REDRAWN, cells=2, tolerance=0.4)
        after = Ground(store, DAY)
        old = next(c for c in before.west if c not in after.west)
        new = store.claims.cells_of(sets[old][:1], DAY)[sets[old][0]]
        to_old = next(c for c in before.west if beside[c] == old)
        kept = next(
            e for c in before.west for e in sets[c][:1] if store.claims.cells_of([e], DAY)[e] == c
        )  # fmt: skip
        yield Redraw(
            store, before, after, plan.plan_id, known, old, new,
            waiting=sets[old][0], second=sets[old][1], held=sets[old][2], sent=sets[to_old][3], given=sets[to_old][4],
            kept=kept,
        )  # fmt: skip


def _now(store: Store) -> datetime:
    with store.database.connection() as connection:
        (now,) = connection.execute("select clock_timestamp()").fetchone() or ()
    assert isinstance(now, datetime)
    return now


def test_what_waits_waits_where_it_lies_with_a_step_of_the_plan(redraw: Redraw) -> None:
    store, entity = redraw.store, redraw.waiting
    view = redraw.view(entity)
    assert (view.state, view.cell_code, view.waits_for, view.document) == (
        "waiting", redraw.old, redraw.new, f"plan:{redraw.plan_id}",
    )  # fmt: skip
    assert (view.since, view.due_on) == (REDRAWN, REDRAWN + timedelta(days=5)), "whoever has it now has the whole limit"
    with store.claims.look() as work:
        claim = work.claim(entity)
    assert claim is not None
    assert [(s.step, s.to_cell, s.day) for s in claim.steps] == [("fell", "", FELL), ("redrawn", redraw.new, REDRAWN)]
    assert entity in {v.entity_id for v in list_claims(store.claims, redraw.new, caller=READER, on=DAY).claims}
    for code, on in ((WEST, REDRAWN - timedelta(days=1)), (redraw.old, FELL)):
        assert redraw.view(entity, on, code).waits_for == redraw.old, "the past stays as it was"
    assert redraw.view(redraw.kept).document == "", "what lies in the same cell hears of no plan"


def test_it_is_claimed_where_it_lies(redraw: Redraw) -> None:
    store, named = redraw.store, str(redraw.second)
    elsewhere = next(code for code in redraw.after.west if code != redraw.new)
    for stranger in (Caller("x", "admin", elsewhere), Caller("x", "admin", EAST)):
        with pytest.raises(NotAllowed):
            step_claim(store.claims, named, "claim", caller=stranger, officer=redraw.after.officer(redraw.new), **BACK)
    outsider = "24"  # of the other station
    here = Caller("x", "admin", redraw.new)
    with pytest.raises(Conflict, match=f"does not answer for cell {redraw.new}"):
        step_claim(store.claims, named, "claim", caller=here, officer=outsider, **BACK)
    done = step_claim(store.claims, named, "claim", caller=here, officer=redraw.after.officer(redraw.new), **BACK)
    assert (done.claim.state, done.claim.held_by) == ("claimed", redraw.new)
    assert [s.step for s in done.steps] == ["fell", "redrawn", "claimed"]
    later = list_claims(store.claims, WEST, caller=READER, on=DAY + timedelta(days=1))
    assert redraw.second not in {v.entity_id for v in later.claims}


def test_what_was_held_is_held_by_the_cell_that_it_lies_in(redraw: Redraw) -> None:
    assert (redraw.view(redraw.held, FELL).held_by, redraw.view(redraw.held).held_by) == (redraw.old, redraw.new)
    given = redraw.view(redraw.given)
    lies = redraw.store.claims.cells_of([redraw.given], DAY)[redraw.given]
    assert (given.state, given.to_cell, given.held_by) == ("transferred", redraw.old, lies), (
        "the cell it was given to is gone"
    )
    assert str(redraw.given) not in {f.where for f in misplaced_claims(redraw.store.claims, WEST, DAY)}
    assert str(redraw.given) in {f.where for f in misplaced_claims(redraw.store.claims, WEST, FELL)}


def test_what_was_sent_to_a_cell_that_is_no_more_waits_where_it_lies(redraw: Redraw) -> None:
    assert (redraw.view(redraw.sent, FELL).state, redraw.view(redraw.sent, FELL).waits_for) == ("transfer", redraw.old)
    view = redraw.view(redraw.sent)
    lies = redraw.store.claims.cells_of([redraw.sent], DAY)[redraw.sent]
    assert (view.state, view.waits_for) == ("waiting", lies)
    form = transfer_form(redraw.store.claims, str(redraw.sent), caller=READER)
    assert "网格调整" in [row[1] for row in form.tables[0].rows]


def test_whoever_has_it_now_is_late_only_after_their_own_limit(redraw: Redraw) -> None:
    in_time = REDRAWN + timedelta(days=5)
    claims = redraw.store.claims
    late = {f.where: f for f in late_claims(claims, WEST, in_time + timedelta(days=1))}
    assert (late[str(redraw.waiting)].value, late[str(redraw.waiting)].details["cell"]) == (1, redraw.new)
    assert str(redraw.waiting) not in {f.where for f in late_claims(claims, WEST, in_time)}
    assert str(redraw.waiting) in {f.where for f in late_claims(claims, WEST, REDRAWN - timedelta(days=1))}, (
        "of the old cell"
    )
    figures = claim_figures(claims, redraw.old, FELL, in_time + timedelta(days=1))
    (of_old,) = [f for f in figures if f.cell_code == redraw.old]
    assert (of_old.open, of_old.overdue) == (3, 1), (
        "one was sent on before the redraw, and its time has run since it fell"
    )


def test_as_it_was_recorded_before_the_redraw(redraw: Redraw) -> None:
    assert redraw.view(redraw.waiting, recorded_at=redraw.known).waits_for == redraw.old
    assert redraw.view(redraw.held, recorded_at=redraw.known).held_by == redraw.old


def test_a_plan_to_come_moves_claims_from_its_first_day_on(redraw: Redraw) -> None:
    store = redraw.store
    today = store.claims.today(BUREAU)
    begins = today + timedelta(days=3)
    east = Ground(store, today)
    ids = Arrivals(store, make_town(entities=200)).at(*[east.at(c) for c in east.east], on=today)
    published(store, EAST, begins, cells=2, tolerance=0.4)
    after = Ground(store, begins)
    entity, old = next((e, c) for e, c in zip(ids, east.east, strict=True) if c not in after.east)
    now, then = redraw.view(entity, today, EAST), redraw.view(entity, begins, EAST)
    assert (now.waits_for, now.since) == (old, today)
    assert (then.waits_for, then.since) == (store.claims.cells_of([entity], begins)[entity], begins)


@dataclass(frozen=True)
class Untold:
    """A plan that was published for a day that has come since: no step tells of it yet. Three entities of each old cell."""

    store: Store
    before: Ground
    after: Ground
    ids: dict[str, list[str]]


@pytest.fixture(scope="module")
def untold(new_database: Callable[[], str]) -> Iterator[Untold]:
    with open_store(new_database()) as store, pytest.MonkeyPatch.context() as patched:
        town = make_town(entities=200)
        load(town, store.register, today=LOADED)
        for station in (WEST, EAST):
            published(store, station, date(2026, 1, 1), cells=3)
        before = Ground(store, FELL)
        arrivals = Arrivals(store, town)
        ids = {code: list(map(str, arrivals.at(*[before.at(code)] * 3, on=FELL))) for code in before.west}
        for those in ids.values():
            step_claim(store.claims, those[2], "claim", caller=ADMIN, officer="10", on=FELL, reason="补录")
        patched.setattr("geo_api.db.claims.redraw_claims", lambda *_: 0)
        published(store, WEST, REDRAWN, cells=2, tolerance=0.4)
        yield Untold(store, before, Ground(store, DAY), ids)


@given(data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_many_steps_at_once_meet_the_redraw_as_single_ones_do(untold: Untold, data: st.DataObject) -> None:
    cells = sorted({*untold.before.west, *untold.after.west})
    row = st.fixed_dictionaries(
        {
            "entity": st.sampled_from([one for those in untold.ids.values() for one in those[1:]]),
            "verb": st.sampled_from(["claim", "wrong", "accept"]),
            "officer": st.sampled_from(["10", *(untold.after.officer(c) for c in untold.after.west)]),
            "to": st.sampled_from(cells),
            "document": st.just("F-1"),
            "reason": st.just("补录"),
            "on": st.sampled_from([FELL, REDRAWN, DAY]),
        }
    )
    compare(untold.store, data.draw(st.lists(row, min_size=1, max_size=8)), ADMIN)


def test_steps_before_and_after_a_redraw_in_one_file(untold: Untold) -> None:
    blank = {"to": "", "document": "", "reason": "补录", "officer": "10"}
    old = next(code for code in untold.before.west if code not in untold.after.west)
    gone = [one for code in untold.before.west for one in untold.ids[code][:1] if code != old]
    sent = [
        {**blank, "entity": one, "verb": "wrong", "to": old, "document": f"F-{one}", "on": FELL, "officer": ""}
        for one in gone
    ]
    there = [{**blank, "entity": one, "verb": "claim", "on": DAY} for one in gone]
    done = compare(
        untold.store, [*sent, {**blank, "entity": untold.ids[old][0], "verb": "claim", "on": DAY}, *there], ADMIN
    )
    made = {one: [s[3] for s in done.steps if s[0] == int(one)] for one in (*gone, untold.ids[old][0])}
    assert made[untold.ids[old][0]] == ["redrawn", "claimed"]
    assert [made[one] for one in gone] == [["wrong", "redrawn", "claimed"]] * len(gone)
    assert done.refused == {}
