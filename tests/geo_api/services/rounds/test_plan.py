"""Visit plans on PostGIS: what is due, once each, most urgent first; tasks too; kept and compared."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from geo_api.db.store import Store
from geo_api.errors import BadRequest, NotAllowed, NotFound
from geo_api.services.answers import Caller, PublishedTerritory
from geo_api.services.rounds.keep import compare, keep_plan, kept_visits
from geo_api.services.rounds.make import make_plan
from geo_api.services.rounds.model import StoredPlan, VisitPlan
from geo_api.services.rounds.period import period_of
from geo_api.services.rounds.plan import Asked
from geo_api.services.tasks.open import Wanted, open_task
from tests.geo_api.services.tasks.conftest import DAY
from tests.geo_api.services.tasks.test_tasks import HOTLINE, at, opened
from tests.geo_api.town import BUREAU, EAST, WEST

WEEK = (DAY, DAY + timedelta(days=7))
CHECKER = Caller("approver Zhao", "approver", BUREAU)


def made(store: Store, territory: PublishedTerritory, caller: Caller = CHECKER, **asked: object) -> VisitPlan:
    question = Asked(**{"period_from": WEEK[0], "period_to": WEEK[1], **asked})  # type: ignore[arg-type]
    return make_plan(store.rounds, store.due, store.profiles, territory, question, caller=caller)


@pytest.fixture(scope="module")
def cell(territory: PublishedTerritory) -> str:
    return next(c.code for c in territory.cells if c.station_code == EAST)


@pytest.fixture(scope="module")
def week(town_store: Store, territory: PublishedTerritory, cell: str) -> VisitPlan:
    return made(town_store, territory, cell=cell)


def test_everything_due_is_in_a_round_or_told(week: VisitPlan, cell: str) -> None:
    stops = [s for d in week.days for s in d.stops]
    assert stops
    assert len({s.entity_id for s in stops}) == len(stops)
    assert len(stops) + len(week.not_planned) == week.due
    assert {s.cell_code for s in stops} == {cell}
    assert all(WEEK[0] <= d.day < WEEK[1] and d.day.isoweekday() <= 5 for d in week.days)
    assert all(len(d.stops) <= 8 and d.visit_minutes <= 360 for d in week.days)
    assert [s.position for s in week.days[0].stops] == list(range(1, len(week.days[0].stops) + 1))
    full = [n for n in week.not_planned if n.reason == "full"]
    assert bool(full) == any(f.rule == "rounds.full" for f in week.findings)
    if full:
        assert max(s.due_on for s in stops) <= min(n.due_on for n in full)


def test_the_same_question_gives_the_same_plan(
    town_store: Store, territory: PublishedTerritory, week: VisitPlan, cell: str
) -> None:
    assert made(town_store, territory, cell=cell) == week


def test_fewer_visits_a_day_leave_more_for_later(
    town_store: Store, territory: PublishedTerritory, week: VisitPlan, cell: str
) -> None:
    less = made(town_store, territory, cell=cell, per_day=2)
    assert all(len(d.stops) <= 2 for d in less.days)
    assert less.due == week.due
    assert len(less.not_planned) == max(0, less.due - 10)
    kept = {s.entity_id for d in less.days for s in d.stops}
    urgent = sorted((s.due_on, s.entity_id) for d in week.days for s in d.stops)[: len(kept)]
    assert max(s.due_on for d in less.days for s in d.stops) == urgent[-1][0]


def test_a_month_does_not_plan_a_visit_twice_in_its_period(
    town_store: Store, territory: PublishedTerritory, cell: str
) -> None:
    month = made(town_store, territory, cell=cell, period_from=date(2026, 3, 2), period_to=date(2026, 4, 1))
    stops = [(s.entity_id, d.day, s.credit_class) for d in month.days for s in d.stops]
    assert {d.day.isocalendar().week for d in month.days} >= {10, 11}
    by_entity: dict[int | None, list[date]] = {}
    for entity, day, _ in stops:
        by_entity.setdefault(entity, []).append(day)
    for entity, days in by_entity.items():
        halves = [d.day > 15 for d in sorted(days)]
        assert len(halves) == len(set(halves)), entity


def test_an_officers_plan_is_that_of_the_cells(town_store: Store, territory: PublishedTerritory, cell: str) -> None:
    officer = territory.officers[cell][0].officer_id
    mine = made(town_store, territory, officer=officer)
    assert cell in mine.cells
    assert mine.officer_name == territory.officers[cell][0].name
    assert {s.cell_code for d in mine.days for s in d.stops} <= set(mine.cells)


def test_tasks_are_stops_and_those_without_a_place_are_told(town_store: Store, territory: PublishedTerritory) -> None:
    case = opened(town_store, territory, due=DAY + timedelta(days=1)).task
    entity = town_store.tasks.targets(case.cell_code, DAY, industry="", credit_class="", ids=None)[0]
    unplaced = replace(at(town_store).answer, lon=None, lat=None)
    lost = open_task(
        town_store.tasks,
        replace_book(town_store, unplaced),
        territory,
        Wanted("case", "somewhere", "x"),
        caller=HOTLINE,
    ).task
    at_entity = opened(town_store, territory, address="", entity=entity.entity_id, due=DAY).task
    plan = made(town_store, territory, cell=case.cell_code)
    stops = {s.task_id: s for d in plan.days for s in d.stops if s.task_id}
    assert stops[case.task_id].why[0][0] == "task"
    assert stops[at_entity.task_id].entity_id == entity.entity_id
    assert [n.task_id for n in plan.not_planned if n.reason == "unplaced"] == [lost.task_id]
    assert any(f.rule == "rounds.unplaced" for f in plan.findings)


def replace_book(store: Store, answer: object) -> object:
    book = at(store)
    book.answer = answer  # type: ignore[assignment]
    return book


def test_who_may_and_what_may_be_asked(town_store: Store, territory: PublishedTerritory, cell: str) -> None:
    with pytest.raises(NotAllowed, match="outside"):
        made(town_store, territory, Caller("x", "officer", WEST), cell=cell)
    with pytest.raises(BadRequest, match="one of the two"):
        made(town_store, territory)
    with pytest.raises(BadRequest, match="no cell 'nowhere'"):
        made(town_store, territory, cell="nowhere")
    with pytest.raises(NotFound, match="no officer 'nobody'"):
        made(town_store, territory, officer="nobody")
    with pytest.raises(BadRequest, match="1 to 62 days"):
        made(town_store, territory, cell=cell, period_to=date(2026, 6, 1))


def test_a_plan_is_kept_once_and_compared(town_store: Store, week: VisitPlan) -> None:
    first, again = (keep_plan(town_store.rounds, week, caller=CHECKER) for _ in range(2))
    assert first.round_id == again.round_id is not None
    number = first.round_id or 0
    before = kept_visits(town_store.rounds, number, DAY - timedelta(days=1), caller=CHECKER)
    assert before.counts["open"] == len(before.visits) == sum(len(d.stops) for d in week.days)
    after = kept_visits(town_store.rounds, number, WEEK[1], caller=CHECKER)
    made_in_week = town_store.rounds.visits_since([v.entity_id or 0 for v in after.visits], *WEEK)
    assert after.counts["open"] == 0
    assert after.counts["kept"] + after.counts["other_day"] == sum(1 for days in made_in_week.values() if days)
    with pytest.raises(NotAllowed):
        keep_plan(town_store.rounds, week, caller=Caller("x", "system", BUREAU))
    with pytest.raises(NotFound, match="no visit plan 999"):
        kept_visits(town_store.rounds, 999, DAY, caller=CHECKER)


def test_a_visit_counts_for_one_planned_visit() -> None:
    monday, tuesday, friday = (DAY + timedelta(days=n) for n in (0, 1, 4))
    visits = (
        (monday, 1, 7, None, "a", "c", "overdue"),
        (tuesday, 1, 7, None, "a", "c", "overdue"),
        (tuesday, 2, 8, None, "b", "c", "overdue"),
        (friday, 1, 9, None, "d", "c", "overdue"),
        (friday, 2, None, 5, "t", "c", "task"),
    )
    plan = StoredPlan(1, EAST, "", ("c",), *WEEK, visits)
    found = compare(plan, {7: [tuesday], 8: [friday]}, {5: monday}, DAY + timedelta(days=3))
    assert [v.outcome for v in found] == ["missed", "kept", "other_day", "open", "other_day"]


def test_weeks_and_months() -> None:
    assert period_of("2026-W45", DAY) == (date(2026, 11, 2), date(2026, 11, 9))
    assert period_of("2026-12", DAY) == (date(2026, 12, 1), date(2027, 1, 1))
    assert period_of(None, date(2026, 3, 8)) == WEEK
    for text in ("2026-W54", "2026-45", "2026-13", "26-1", "2026W45", "2026-Q4"):
        with pytest.raises(BadRequest, match="a week such as 2026-W45 or a month"):
            period_of(text, DAY)
