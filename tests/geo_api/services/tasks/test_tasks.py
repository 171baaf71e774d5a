"""Tasks on PostGIS: opened once, given to the officers of the cell, followed, escalated, counted."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, timedelta

import psycopg
import pytest

from geo_api.db.store import Store
from geo_api.errors import BadRequest, Conflict, NotAllowed, NotFound
from geo_api.services.answers import AddressCandidate, Caller, CellRef, LookupAnswer, PublishedTerritory
from geo_api.services.tasks.campaign import Campaign, open_campaign
from geo_api.services.tasks.escalate import escalate_tasks
from geo_api.services.tasks.figures import task_figures, task_findings, task_records
from geo_api.services.tasks.listing import list_tasks, show_task
from geo_api.services.tasks.model import TaskAnswer, TaskFilter
from geo_api.services.tasks.open import Wanted, open_task
from geo_api.services.tasks.steps import Doing, take_step
from geo_api.supervision.tasks import TRANSITIONS, TaskState
from tests.geo_api.life import published
from tests.geo_api.services.tasks.conftest import DAY
from tests.geo_api.town import BUREAU, EAST, LAT, LON, SIDE, WEST

HOTLINE = Caller("hotline 12315", "system", BUREAU)
OFFICER = Caller("officer Li", "officer", WEST)
DISPATCHER = Caller("planner Wang", "planner", BUREAU)
CHECKER = Caller("approver Zhao", "approver", BUREAU)
ROOT = Caller("operator", "admin", "")


class Book:
    """An address service that knows what it is told."""

    def __init__(self, answer: LookupAnswer) -> None:
        self.answer = answer

    def address(self, address: str, *, on: date | None = None) -> LookupAnswer:
        return replace(self.answer, on=on or DAY)


def at(store: Store, lon: float = LON + SIDE / 2, lat: float = LAT + SIDE / 2) -> Book:
    """A book that finds every address at a point."""
    code = store.published.locate(lon, lat, DAY)
    assert code
    cell = CellRef(code, code, code[:9], "")
    return Book(LookupAnswer("found", DAY, lon, lat, cell=cell, matched_address="人民路1号", method="number"))


def opened(store: Store, territory: PublishedTerritory, book: Book | None = None, **wanted: object) -> TaskAnswer:
    given = {"kind": "case", "title": "smell of gas", "address": "人民路1号", **wanted}
    return open_task(store.tasks, book or at(store), territory, Wanted(**given), caller=HOTLINE)  # type: ignore[arg-type]


def on(store: Store, day: date) -> PublishedTerritory:
    return store.published.territory(day)


def test_a_case_goes_to_the_officers_of_its_cell(town_store: Store, territory: PublishedTerritory) -> None:
    task = opened(town_store, territory).task
    assert task.state == "assigned"
    assert {o.officer_id for o in task.officers} == {o.officer_id for o in territory.officers[task.cell_code]}
    assert task.fallback is None
    assert task.station_code == WEST
    assert task.due_on == DAY + timedelta(days=15)


def test_a_case_that_no_cell_is_known_for_is_the_bureaus(town_store: Store, territory: PublishedTerritory) -> None:
    assert BUREAU in territory.officers
    task = opened(town_store, territory, Book(LookupAnswer("not_found", DAY, None, None)), jurisdiction=BUREAU).task
    assert (task.cell_code, task.fallback) == ("", "bureau")


@pytest.mark.parametrize("status", ["ambiguous", "not_found", "outside", "unpublished"])
def test_an_address_that_is_not_found_is_given_to_nobody(
    town_store: Store, territory: PublishedTerritory, status: str
) -> None:
    cells = [AddressCandidate(CellRef(c.code, "", WEST, ""), "", "number", 0.5, 1.0) for c in territory.cells[:2]]
    book = Book(LookupAnswer(status, DAY, None, None, candidates=tuple(cells)))
    answer = opened(town_store, territory, book)
    assert (answer.task.state, answer.task.cell_code) == ("opened", "")
    waiting = list_tasks(
        town_store.tasks, territory, TaskFilter(DAY, jurisdiction=BUREAU, states=("opened",)), caller=DISPATCHER
    )
    assert answer.task.task_id in {t.task_id for t in waiting.tasks}
    cell = territory.cells[0].code
    given = take_step(
        town_store.tasks, territory, answer.task.task_id, "assign", Doing(cell=cell), caller=DISPATCHER
    ).task
    assert (given.state, given.cell_code) == ("assigned", cell)


def test_the_same_case_is_opened_once(town_store: Store, territory: PublishedTerritory) -> None:
    first = opened(town_store, territory, source="12315", source_id="A-1")
    again = opened(town_store, territory, source="12315", source_id="A-1")
    assert (again.task.task_id, again.repeated, first.repeated) == (first.task.task_id, True, False)
    with pytest.raises(Conflict, match="another title"):
        opened(town_store, territory, source="12315", source_id="A-1", title="noise")


def test_many_at_once_open_one(town_store: Store, territory: PublishedTerritory) -> None:
    answers: list[TaskAnswer] = []
    book = at(town_store)

    def one() -> None:
        answers.append(opened(town_store, territory, book, source="12315", source_id="B-1"))

    threads = [threading.Thread(target=one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({a.task.task_id for a in answers}) == 1
    assert sorted(a.repeated for a in answers) == [False] + [True] * 5


def test_two_who_accept_at_once_do_not_both_have_it(town_store: Store, territory: PublishedTerritory) -> None:
    task_id = opened(town_store, territory).task.task_id
    outcomes: list[str] = []

    def accept(name: str) -> None:
        try:
            take_step(town_store.tasks, territory, task_id, "accept", Doing(), caller=Caller(name, "officer", WEST))
            outcomes.append("accepted")
        except Conflict:
            outcomes.append("too late")

    threads = [threading.Thread(target=accept, args=(f"officer {i}",)) for i in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["accepted"] + ["too late"] * 4
    assert [s.step for s in town_store.tasks.history(task_id)[1]] == ["opened", "assigned", "accepted"]


def test_everything_wrong_with_a_case_is_told_at_once(town_store: Store, territory: PublishedTerritory) -> None:
    with pytest.raises(BadRequest, match=r"no kind of task 'gossip'.*needs a title.*due on"):
        opened(town_store, territory, kind="gossip", title=" ", due=DAY - timedelta(days=1))
    with pytest.raises(BadRequest, match="one of the two"):
        opened(town_store, territory, entity=1)
    with pytest.raises(NotFound, match="no entity 99999"):
        opened(town_store, territory, address="", entity=99999)


def test_a_caller_of_one_station_opens_nothing_in_another(town_store: Store, territory: PublishedTerritory) -> None:
    wanted = Wanted("case", "smell", address="人民路1号")
    with pytest.raises(NotAllowed, match="outside"):
        open_task(town_store.tasks, at(town_store), territory, wanted, caller=Caller("x", "officer", EAST))


def test_from_inspection_to_enforcement(town_store: Store, territory: PublishedTerritory) -> None:
    task = opened(town_store, territory).task
    officer = task.officers[0].officer_id
    run = town_store.tasks
    take_step(run, territory, task.task_id, "accept", Doing(officer=officer), caller=OFFICER)
    stranger = next(o.officer_id for o in territory.officers[EAST])
    handed = take_step(run, territory, task.task_id, "hand_over", Doing(note="no licence"), caller=OFFICER).task
    assert handed.due_on == DAY + timedelta(days=90)
    with pytest.raises(NotAllowed, match="somebody else closes it"):
        take_step(run, territory, task.task_id, "close", Doing(note="fined"), caller=OFFICER)
    with pytest.raises(NotAllowed, match="somebody else closes it"):
        take_step(
            run, territory, task.task_id, "close", Doing(note="fined", officer=officer),
            caller=Caller("enforcer", "officer", BUREAU),
        )  # fmt: skip
    closed = take_step(
        run, territory, task.task_id, "close", Doing(note="fined", officer=stranger),
        caller=Caller("enforcer", "officer", BUREAU),
    )  # fmt: skip
    assert closed.task.state == "closed"
    assert closed.task.officers == ()


def test_an_officer_of_another_cell_cannot_take_a_task(town_store: Store, territory: PublishedTerritory) -> None:
    task = opened(town_store, territory).task
    mine = {o.officer_id for o in task.officers}
    other = next(o.officer_id for people in territory.officers.values() for o in people if o.officer_id not in mine)
    with pytest.raises(NotAllowed, match="does not answer for this task"):
        take_step(town_store.tasks, territory, task.task_id, "accept", Doing(officer=other), caller=OFFICER)


def test_a_report_that_nobody_checks_closes_the_task(town_store: Store, territory: PublishedTerritory) -> None:
    entity = town_store.tasks.targets(WEST, DAY, industry="", credit_class="", ids=None)[0]
    task = opened(town_store, territory, kind="visit", address="", entity=entity.entity_id).task
    assert task.cell_code == entity.cell_code
    done = take_step(town_store.tasks, territory, task.task_id, "done", Doing(note="in order"), caller=OFFICER)
    assert [s.step for s in done.steps] == ["opened", "assigned", "done", "closed"]


def test_a_referral_and_its_reply(town_store: Store, territory: PublishedTerritory) -> None:
    task = opened(town_store, territory).task
    referred = take_step(
        town_store.tasks,
        territory,
        task.task_id,
        "refer",
        Doing(note="smoke", department="fire brigade"),
        caller=OFFICER,
    ).task
    assert (referred.to_department, referred.due_on) == ("fire brigade", DAY + timedelta(days=15))
    later = on(town_store, DAY + timedelta(days=20))
    late = escalate_tasks(town_store.tasks, later, BUREAU, caller=DISPATCHER)
    assert any(f.where == str(task.task_id) for f in late.findings)
    listed = list_tasks(
        town_store.tasks, later, TaskFilter(later.on, jurisdiction=BUREAU, late=True, limit=None), caller=CHECKER
    ).tasks
    assert sum(late.late_by_station.values()) == len(listed) == sum(f.rule == "tasks.late" for f in late.findings)
    assert late.late_by_station[WEST] == sum(t.station_code == WEST for t in listed)
    officer = task.officers[0].officer_id
    assert late.late_by_officer[officer] == sum(
        officer == t.officer_id or (not t.officer_id and officer in {o.officer_id for o in t.officers}) for t in listed
    )
    replied = take_step(
        town_store.tasks, later, task.task_id, "reply", Doing(note="extinguishers bought"), caller=HOTLINE
    ).task
    assert replied.state == "replied"
    take_step(town_store.tasks, later, task.task_id, "close", Doing(), caller=CHECKER)


def test_late_tasks_are_told_level_by_level_once(town_store: Store, territory: PublishedTerritory) -> None:
    task_id = opened(town_store, territory, due=DAY + timedelta(days=5)).task.task_id

    def run(days: int) -> str:
        escalate_tasks(town_store.tasks, on(town_store, DAY + timedelta(days=days)), BUREAU, caller=DISPATCHER)
        return town_store.tasks.history(task_id)[1][-1].escalated_to

    assert [run(5), run(6), run(6), run(12), run(13), run(13), run(60)] == [
        "",
        WEST,
        WEST,
        WEST,
        BUREAU,
        BUREAU,
        BUREAU,
    ]
    assert [s.step for s in town_store.tasks.history(task_id)[1]].count("escalated") == 2
    found = task_findings(town_store.tasks, WEST, DAY + timedelta(days=8))
    assert {f.where: f.value for f in found}[str(task_id)] == 3


def test_a_campaign_gives_each_entity_one_task(town_store: Store, territory: PublishedTerritory) -> None:
    campaign = Campaign("spring food check", "check the cold chain", BUREAU, industry="food")
    first = open_campaign(town_store.tasks, territory, campaign, caller=CHECKER)
    again = open_campaign(town_store.tasks, territory, campaign, caller=CHECKER)
    food = town_store.tasks.targets(BUREAU, DAY, industry="food", credit_class="", ids=None)
    assert first.opened == len(food) == sum(first.by_cell.values()) == again.already
    assert again.opened == 0
    assert first.waiting == sum(1 for t in food if not t.cell_code)
    listed = list_tasks(
        town_store.tasks, territory, TaskFilter(DAY, campaign=campaign.name, limit=None), caller=CHECKER
    ).tasks
    assert {t.entity_id for t in listed} == {t.entity_id for t in food}
    with pytest.raises(BadRequest, match="1 of the 1 entities"):
        open_campaign(town_store.tasks, territory, replace(campaign, entities=(10**6,)), caller=CHECKER)
    with pytest.raises(BadRequest, match="about nobody"):
        open_campaign(town_store.tasks, territory, replace(campaign, industry="space travel"), caller=CHECKER)


def test_a_campaign_says_why_tasks_wait_and_who_has_them(
    town_store: Store, territory: PublishedTerritory, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = town_store.tasks
    one, other = tables.targets(BUREAU, DAY, industry="food", credit_class="", ids=None)[:2]
    targets = (replace(one, lon=None, lat=None, cell_code=""), replace(other, cell_code=""))
    monkeypatch.setattr(type(tables), "targets", lambda *_, **__: targets)
    answer = open_campaign(tables, territory, Campaign("lost", "look", BUREAU), caller=CHECKER)
    (told,) = answer.findings
    assert (answer.by_cell, answer.waiting) == ({"": 2}, 2)
    assert told.details == {"no_coordinates": 1, "no_cell": 1, "no_officers": 0}
    boss = territory.officers[BUREAU][0]
    assert f"until then they are with {BUREAU}: {boss.name} ({boss.officer_id})" in told.message


def test_tasks_of_an_officer_are_those_of_the_cells(town_store: Store, territory: PublishedTerritory) -> None:
    task = opened(town_store, territory).task
    officer = task.officers[0].officer_id
    mine = list_tasks(town_store.tasks, territory, TaskFilter(DAY, limit=None), caller=CHECKER, officer=officer).tasks
    cells = {c for c, people in territory.officers.items() if any(o.officer_id == officer for o in people)}
    assert task.task_id in {t.task_id for t in mine}
    assert {t.cell_code for t in mine} <= cells
    with pytest.raises(NotAllowed):
        list_tasks(town_store.tasks, territory, TaskFilter(DAY, jurisdiction=WEST), caller=Caller("x", "officer", EAST))
    assert show_task(town_store.tasks, territory, task.task_id, caller=OFFICER).steps[0].step == "opened"


def test_pages_of_a_list_hold_every_task_once(town_store: Store, territory: PublishedTerritory) -> None:
    for _ in range(3):
        opened(town_store, territory)
    whole = [t.task_id for t in list_tasks(
        town_store.tasks, territory, TaskFilter(DAY, limit=None), caller=CHECKER
    ).tasks]  # fmt: skip
    paged, after = [], 0
    while True:
        page = list_tasks(town_store.tasks, territory, TaskFilter(DAY, after=after, limit=2), caller=CHECKER)
        paged += [t.task_id for t in page.tasks]
        if page.next is None:
            break
        after = page.next
    assert paged == whole


def test_figures_conserve_totals(town_store: Store, territory: PublishedTerritory) -> None:
    inside = opened(town_store, territory, due=DAY + timedelta(days=3)).task.task_id
    soon = on(town_store, DAY + timedelta(days=2))
    take_step(town_store.tasks, soon, inside, "done", Doing(note="ok"), caller=OFFICER)
    month = (date(2026, 3, 1), date(2026, 4, 1))
    end = on(town_store, date(2026, 3, 31))
    records = task_records(town_store.tasks, end, BUREAU, *month)
    mine = {r.task_id: r for r in records}[inside]
    assert (mine.opened, mine.due, mine.in_time, mine.late) == (True, True, True, False)
    total = task_figures(records, lambda _: "all")["all"]
    for key in (lambda r: r.officer_id, lambda r: r.cell_code, lambda r: r.station_code):
        sums = task_figures(records, key)
        for field in ("opened", "due", "in_time", "late"):
            assert sum(getattr(f, field) for f in sums.values()) == getattr(total, field)
    assert total.due == total.in_time + total.late
    before = task_records(town_store.tasks, end, BUREAU, date(2026, 1, 1), date(2026, 2, 1))
    assert before == ()


def recorded(owner: psycopg.Connection, task_id: int, n: int, name: str, state: str, *, keep: bool = True) -> bool:
    """Whether the database takes a step; it stays if ``keep``."""
    try:
        with owner.transaction(force_rollback=not keep):
            owner.execute(
                "insert into task_step (task_id, n, step, state, due_on, day, actor, role) "
                "values (%s, %s, %s, %s, '2027-01-01', '2026-03-02', %s, 'admin')",
                (task_id, n, name, state, f"person {n}"),
            )
    except psycopg.DatabaseError as refused:
        if refused.sqlstate != "GW001":
            raise
        return False
    return True


def test_the_database_holds_the_same_table(town_store: Store, territory: PublishedTerritory) -> None:
    """Every pair of step and states that the table does not have is refused by the database itself."""
    task_id = opened(town_store, territory).task.task_id
    allowed = {(t.step, b.value, (t.after or b).value) for t in TRANSITIONS for b in t.before}
    names = sorted({t.step for t in TRANSITIONS} | {"opened"})
    states = [s.value for s in TaskState]
    way = {  # a way to each state, by steps that are allowed
        "assigned": [], "accepted": ["accepted"], "done": ["done"], "returned": ["returned"],
        "referred": ["referred"], "replied": ["referred", "replied"], "handed_over": ["accepted", "handed_over"],
        "closed": ["done", "closed"],
    }  # fmt: skip
    found = {("assigned", "opened", "assigned"), ("escalated", "opened", "opened"), ("referred", "opened", "referred")}
    with town_store.database.dedicated() as owner:
        owner.execute("set search_path = gridward, public")
        for before, steps in way.items():
            with owner.transaction(force_rollback=True):
                for n, name in enumerate(steps, start=3):
                    assert recorded(owner, task_id, n, name, name)
                at_once = [(name, after) for name in names for after in states]
                found |= {
                    (name, before, after)
                    for name, after in at_once
                    if recorded(owner, task_id, 3 + len(steps), name, after, keep=False)
                }
    assert found == allowed


def test_steps_are_never_changed(town_store: Store, territory: PublishedTerritory) -> None:
    task_id = opened(town_store, territory).task.task_id
    with town_store.database.dedicated() as owner:
        for statement in (
            "update gridward.task_step set note = 'x' where task_id = %s",
            "delete from gridward.task where task_id = %s",
            "delete from gridward.task_step where task_id = %s",
        ):
            with pytest.raises(psycopg.DatabaseError, match="what was recorded stays"):
                owner.execute(statement, (task_id,))


def test_open_tasks_follow_a_redraw(town_store: Store, territory: PublishedTerritory) -> None:
    """Last of all: it draws the eastern station anew from June on."""
    entities = [
        t for t in town_store.tasks.targets(EAST, DAY, industry="", credit_class="", ids=None) if t.lon is not None
    ]
    title, far = "before the redraw", date(2027, 1, 1)
    ids = [
        opened(town_store, territory, kind="visit", title=title, address="", entity=t.entity_id, due=far).task.task_id
        for t in entities
    ]
    other = next(c.code for c in territory.cells if c.station_code == EAST and c.code != entities[0].cell_code)
    take_step(town_store.tasks, territory, ids[0], "assign", Doing(cell=other), caller=DISPATCHER)
    accepted = take_step(town_store.tasks, territory, ids[1], "accept", Doing(), caller=Caller("a", "officer", EAST))
    published(town_store, EAST, date(2026, 6, 1), cells=2, rng_seed=9)
    june = on(town_store, date(2026, 6, 1))
    before = {i: town_store.tasks.history(i)[1][-1].cell_code for i in ids}
    answer = escalate_tasks(town_store.tasks, june, EAST, caller=DISPATCHER)
    now = town_store.tasks.cells_of(
        [t.lon or 0.0 for t in entities], [t.lat or 0.0 for t in entities], date(2026, 6, 1)
    )
    held = {i: town_store.tasks.history(i)[1][-1] for i in ids}
    in_force = {c.code for c in june.cells}
    for i, cell in list(zip(ids, now, strict=True))[1:]:
        assert held[i].cell_code == cell, "the cell that its place lies in now"
        assert (held[i].step == "moved") == (before[i] != cell)
    assert held[ids[0]].cell_code == (other if other in in_force else now[0]), "what a dispatcher chose stays"
    moved = [i for i in ids if held[i].step == "moved"]
    assert moved
    assert answer.moved >= len(moved)
    if before[ids[1]] != now[1]:
        assert (held[ids[1]].state, accepted.task.state) == ("assigned", "accepted")
    assert escalate_tasks(town_store.tasks, june, EAST, caller=DISPATCHER).moved == 0
    past = list_tasks(town_store.tasks, on(town_store, DAY), TaskFilter(DAY, limit=None), caller=CHECKER).tasks
    was = {t.task_id: t.cell_code for t in past}
    assert {i: was[i] for i in ids} == before, "the past stays as it was"
