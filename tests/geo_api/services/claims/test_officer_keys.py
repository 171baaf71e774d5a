"""The key of an officer acts as that officer alone: at claims, visits, tasks, visit plans and unlicensed entities."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from geo_api.db.store import Store
from geo_api.errors import NotAllowed
from geo_api.services.answers import Caller
from geo_api.services.claims.step import step_claim
from geo_api.services.register.unlicensed import add_unlicensed, step_unlicensed
from geo_api.services.rounds.make import make_plan
from geo_api.services.rounds.plan import Asked
from geo_api.services.tasks.model import TaskAnswer
from geo_api.services.tasks.open import Wanted, open_task
from geo_api.services.tasks.steps import Doing, take_step
from geo_api.services.visits.post import post_visits
from geo_api.supervision.acting import acting_officer
from tests.geo_api.services.claims.conftest import Arrivals, Ground
from tests.geo_api.town import BUREAU, WEST


def of(officer: str, role: str = "officer", jurisdiction: str = WEST) -> Caller:
    """Who acts with the key of an officer."""
    return Caller(officer, role, jurisdiction, officer_id=officer)


@pytest.fixture
def today(towns: Store) -> date:
    return towns.claims.today(BUREAU)


@pytest.fixture
def pair(ground: Ground) -> tuple[str, str, str]:
    """A western cell, an officer of it, and one of another cell; neither is the head of the station ("10")."""
    mine, other = {}, {}
    for cell in ground.west:
        mine[cell] = next((o for o in ground.officers[cell] if o != "10"), None)
        others = (o for c in ground.west for o in ground.officers[c] if o not in ("10", *ground.officers[cell]))
        other[cell] = next(others, None)
    cell = next(c for c in ground.west if mine[c] and other[c])
    return cell, mine[cell], other[cell]


def test_who_acts() -> None:
    assert [acting_officer("P7", "", "x"), acting_officer("P7", "P7", "x"), acting_officer("", "P8", "x")] == [
        "P7", "P7", "P8",
    ]  # fmt: skip
    with pytest.raises(NotAllowed, match=r"key is of officer P7, and the request names P8 to x: leave the officer out"):
        acting_officer("P7", "P8", "x")


def test_a_claim_is_the_officers_own(
    towns: Store, arrivals: Arrivals, ground: Ground, today: date, pair: tuple[str, str, str]
) -> None:
    cell, mine, other = pair
    first, second = map(str, arrivals.at(ground.at(cell), ground.at(cell), on=today))
    colleague = next(o for o in ground.officers[cell] if o != mine)
    with pytest.raises(NotAllowed, match=f"names {colleague} to claim"):
        step_claim(towns.claims, first, "claim", caller=of(mine), officer=colleague)
    assert step_claim(towns.claims, first, "claim", caller=of(mine)).claim.officer_id == mine
    there = next(c for c in ground.west if mine not in ground.officers[c])
    sending = {"to": there, "document": "O-1", "reason": "路北"}
    with pytest.raises(NotAllowed, match=f"officer {other} does not answer for cell {cell}"):
        step_claim(towns.claims, second, "wrong", caller=of(other), **sending)
    assert step_claim(towns.claims, second, "wrong", caller=of(mine), **sending).steps[-1].actor == mine
    with pytest.raises(NotAllowed, match=f"officer {mine} does not answer for cell {there}"):
        step_claim(towns.claims, second, "dispute", caller=of(mine), reason="不是")


def test_a_visit_names_the_officer_whose_key_it_is(
    towns: Store, arrivals: Arrivals, ground: Ground, today: date, pair: tuple[str, str, str]
) -> None:
    _, mine, other = pair
    visit = {"entity": "s0000", "made_on": today.isoformat()}
    given = [
        {**visit, "visit_id": "own-0"},
        {**visit, "visit_id": "own-1", "officers": [other, mine]},
        {**visit, "visit_id": "own-2", "officers": [other]},
    ]
    for _ in range(2):
        answer = post_visits(
            towns.visits, towns.profiles, given, jurisdiction=BUREAU, caller=of(mine, jurisdiction=BUREAU)
        )
        assert answer.visits[2].verdict == "refused"
        assert f"this key is of officer {mine}" in answer.visits[2].message
        assert mine in answer.visits[2].message_zh
    assert [v.verdict for v in answer.visits[:2]] == ["known", "known"]
    with towns.database.connection() as connection:
        rows = connection.execute(
            "select visit_id, officers, actor from inspection where visit_id like 'own-%' order by 1"
        ).fetchall()
    assert rows == [("own-0", [mine], mine), ("own-1", [other, mine], mine)]


def test_a_task_is_accepted_and_done_by_the_officer_whose_key_it_is(
    towns: Store, ground: Ground, today: date, arrivals: Arrivals, pair: tuple[str, str, str]
) -> None:
    cell, mine, other = pair
    territory = towns.published.territory(today)
    (entity,) = arrivals.at(ground.at(cell), on=today)

    def take(verb: str, who: str, officer: str = "", role: str = "officer") -> TaskAnswer:
        doing = Doing(note="看过", officer=officer)
        return take_step(towns.tasks, territory, task, verb, doing, caller=of(who, role))

    wanted = Wanted("case", "noise", "", entity)
    task = open_task(towns.tasks, None, territory, wanted, caller=Caller("desk", "planner", WEST)).task.task_id  # type: ignore[arg-type]
    with pytest.raises(NotAllowed, match=f"names {other} to accept task"):
        take("accept", mine, other)
    for verb in ("accept", "return", "refer"):
        with pytest.raises(NotAllowed, match=f"officer {other} does not answer for this task"):
            take_step(towns.tasks, territory, task, verb, Doing("不在", department="消防"), caller=of(other))
    assert take("accept", mine).steps[-1].officer_id == mine
    assert take("done", mine).steps[-1].officer_id == mine
    with pytest.raises(NotAllowed, match="somebody else closes it"):
        take("close", mine, role="approver")
    assert take("close", other, role="approver").task.state == "closed"


def test_a_visit_plan_and_a_file_are_the_officers_own(towns: Store, today: date, pair: tuple[str, str, str]) -> None:
    _, mine, other = pair
    week = (today, today.fromordinal(today.toordinal() + 7))
    territory = towns.published.territory(today)

    def plan(officer: str, role: str = "officer") -> str:
        made = make_plan(
            towns.rounds, towns.due, towns.profiles, territory, Asked(*week, officer), caller=of(mine, role)
        )  # fmt: skip
        return made.officer_id

    assert plan("") == plan(mine) == mine
    with pytest.raises(NotAllowed, match=f"names {other} to plan visits"):
        plan(other)
    assert plan(other, "planner") == other
    found = {"caller": of(mine), "name": "无照小摊", "client_id": "own-file"}
    with pytest.raises(NotAllowed, match=f"names {other} to report"):
        add_unlicensed(towns.life, WEST, officer=other, **found)  # type: ignore[arg-type]
    file = add_unlicensed(towns.life, WEST, **found)  # type: ignore[arg-type]
    assert (file.officer_id, file.steps[0].actor) == (mine, mine)
    with pytest.raises(NotAllowed, match=f"names {other} to take the step 'notice'"):
        step_unlicensed(towns.life, str(file.entity_id), "notice", caller=of(mine), officer=other, note="x")
    assert step_unlicensed(towns.life, str(file.entity_id), "notice", caller=of(mine), note="x").officer_id == mine


def test_a_substitute_acts_with_their_own_key(
    towns: Store,
    arrivals: Arrivals,
    ground: Ground,
    today: date,
    pair: tuple[str, str, str],
    absent: Callable[..., None],
) -> None:
    cell, mine, other = pair
    (entity,) = map(str, arrivals.at(ground.at(cell), on=today))
    with pytest.raises(Exception, match=f"officer {other} does not answer for cell {cell}"):
        step_claim(towns.claims, entity, "claim", caller=of(other))
    absent(mine, other, today)
    assert step_claim(towns.claims, entity, "claim", caller=of(other)).claim.officer_id == other


@pytest.fixture
def absent(towns: Store) -> Callable[[str, str, date], None]:
    """Somebody is on leave for a day, and another stands in."""

    def leave(officer: str, substitute: str, day: date) -> None:
        with towns.database.writing() as connection:
            connection.execute(
                "insert into absence (officer_id, substitute_id, valid) values (%s, %s, %s)",
                (officer, substitute, f"[{day},{day.fromordinal(day.toordinal() + 1)})"),
            )

    return leave
