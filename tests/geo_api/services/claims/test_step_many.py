"""Many steps of claims at once come to what single steps come to, and ask the database no oftener for more of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo_api.db.store import Store
from geo_api.errors import Conflict, RuleViolation
from geo_api.services.answers import Caller
from geo_api.services.claims.step_many import step_claims
from tests.geo_api.life import OPERATOR
from tests.geo_api.services.claims.both_ways import compare, one_by_one
from tests.geo_api.services.claims.conftest import Arrivals, Ground
from tests.geo_api.town import BUREAU, WEST

CLERK = Caller("clerk of west", "officer", WEST)
HEAD = Caller("head of bureau", "approver", BUREAU)
OWN = Caller("own key", "officer", WEST, officer_id="11")
VERBS = ("claim", "claim", "wrong", "accept", "dispute", "decide", "steal")


@pytest.fixture(scope="module")
def today(towns: Store) -> date:
    return towns.claims.today(BUREAU)


@pytest.fixture(scope="module")
def waiting(arrivals: Arrivals, ground: Ground, towns: Store, today: date) -> list[str]:
    """New entities of both stations; two of them are sent, one is disputed already."""
    cells = [ground.west[0], ground.west[1], ground.west[0], ground.east[0], ground.west[0]]
    ids = list(map(str, arrivals.at(*map(ground.at, cells), on=today - timedelta(days=4))))
    day = today - timedelta(days=3)
    sent = [
        {"entity": one, "verb": "wrong", "to": to, "document": f"F-{one}", "reason": "路北", "on": day.isoformat()}
        for one, to in ((ids[2], ground.west[1]), (ids[4], ground.east[0]))
    ]
    step_claims(towns.claims, sent, caller=Caller("someone", "approver", BUREAU))
    step_claims(towns.claims, [{"entity": ids[4], "verb": "dispute", "reason": "不是"}], caller=OPERATOR)
    return ids


def rows_of(
    entities: list[str], cells: list[str], officers: list[str], days: list[date | None]
) -> st.SearchStrategy[Any]:
    row = st.fixed_dictionaries(
        {
            "entity": st.sampled_from(entities), "verb": st.sampled_from(VERBS), "officer": st.sampled_from(officers),
            "to": st.sampled_from(["", *cells, "X9"]), "document": st.sampled_from(["", "F-1"]),
            "reason": st.sampled_from(["", "现场核实"]), "on": st.sampled_from(days),
        }
    )  # fmt: skip
    return st.lists(row, min_size=1, max_size=8)


@given(data=st.data(), caller=st.sampled_from([CLERK, HEAD, OWN, OPERATOR]))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_all_at_once_is_one_by_one(
    towns: Store, waiting: list[str], ground: Ground, today: date, data: st.DataObject, caller: Caller
) -> None:
    cells = [ground.west[0], ground.west[1], ground.east[0]]
    officers = ["", "10", "11", *(ground.officer(c) for c in cells)]
    days = [None, today, today - timedelta(days=3), today - timedelta(days=30), today + timedelta(days=1)]
    rows = data.draw(rows_of([*waiting, "1", "99999999"], cells, officers, days))
    compare(towns, rows, caller)


def test_rows_build_on_earlier_rows_of_the_file(towns: Store, waiting: list[str], ground: Ground, today: date) -> None:
    first, other = waiting[:2]
    here, there = ground.west[:2]
    blank = {"officer": "", "to": "", "document": "", "reason": "", "on": None}
    rows = [
        {**blank, "entity": first, "verb": "claim", "officer": ground.officer(here)},
        {**blank, "entity": other, "verb": "claim", "officer": ground.officer(there)},
        {**blank, "entity": first, "verb": "wrong", "to": there, "document": "F-2", "reason": "路北"},
        {**blank, "entity": first, "verb": "claim", "officer": ground.officer(here)},
    ]
    single = one_by_one(towns, rows, CLERK)
    assert [s[3] for s in single.steps] == ["claimed", "wrong", "claimed"]
    assert list(single.refused) == [4]
    assert compare(towns, rows, CLERK).refused == {}, "that step was taken before"


def test_a_file_with_several_steps_of_an_entity_sent_again_changes_nothing(
    towns: Store, arrivals: Arrivals, ground: Ground, today: date
) -> None:
    (entity,) = map(str, arrivals.at(ground.at(ground.west[0]), on=today))
    rows = [
        {"entity": entity, "verb": "claim", "officer": ground.officer(ground.west[0])},
        {"entity": entity, "verb": "wrong", "to": ground.west[1], "document": "F-3", "reason": "路北"},
    ]
    first = step_claims(towns.claims, rows, caller=CLERK)
    again = step_claims(towns.claims, rows, caller=CLERK)
    assert (first.taken, first.same, again.taken, again.same) == ({"claimed": 1, "wrong": 1}, 0, {}, 2)
    with pytest.raises(RuleViolation, match="cannot be claimed now"):
        step_claims(towns.claims, rows[:1], caller=Caller("another clerk", "officer", WEST))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How often the database was asked since the last time."""
    count = [0]
    for name in ("execute", "executemany"):
        real = getattr(psycopg.Cursor, name)

        def counted(self: Any, *args: Any, real: Any = real, **named: Any) -> Any:
            count[0] += 1
            return real(self, *args, **named)

        monkeypatch.setattr(psycopg.Cursor, name, counted)

    def since() -> int:
        count[0], before = 0, count[0]
        return before

    return since


def test_more_steps_ask_no_oftener(
    towns: Store, arrivals: Arrivals, ground: Ground, today: date, asked: Callable[[], int]
) -> None:
    def table(n: int) -> list[dict[str, str]]:
        cells = [(ground.west + ground.east)[k % 4] for k in range(n)]
        ids = arrivals.at(*map(ground.at, cells), on=today - timedelta(days=5))
        days = [today - timedelta(days=k % 5) for k in range(n)]
        first = [
            {"entity": str(one), "verb": "claim", "officer": ground.officer(cell), "on": day.isoformat()}
            for one, cell, day in zip(ids, cells, days, strict=True)
        ]
        then = [
            {"entity": row["entity"], "verb": "wrong", "to": ground.west[k % 2 + 1], "document": "F", "reason": "路北"}
            for k, row in enumerate(first)
        ]
        return [*first, *then, {"entity": "no such", "verb": "claim"}, {**first[0], "officer": "nobody"}]

    asks = []
    for n in (5, 50):
        rows = table(n)
        asked()
        answer = step_claims(towns.claims, rows, caller=HEAD, skip_bad=True)
        assert (answer.taken["claimed"], len(answer.rejected) >= 2) == (n, True)
        asks.append(asked())
    assert asks[0] == asks[1] < 25


def test_who_was_slower_stores_nothing(
    towns: Store, arrivals: Arrivals, ground: Ground, today: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = list(map(str, arrivals.at(*[ground.at(ground.west[0])] * 2, on=today)))
    rows = [{"entity": one, "verb": "claim", "officer": ground.officer(ground.west[0])} for one in ids]
    from geo_api.db.claims_many import ManyWork

    real = ManyWork.flush

    def slow(self: ManyWork) -> None:
        last = self._steps[-1]
        self._connection.execute(
            "insert into claim_step (entity_id, claim_no, step_no, step, cell_code, fell_on, officer_id, actor, role, day) "
            "values (%s, %s, %s, 'claimed', %s, %s, '10', 'faster', 'officer', %s)",
            (last.entity_id, last.claim_no, len(last.steps), last.cell_code, last.fell_on, today),
        )
        real(self)

    with monkeypatch.context() as patched:
        patched.setattr(ManyWork, "flush", slow)
        with pytest.raises(Conflict, match="somebody was faster"):
            step_claims(towns.claims, rows, caller=CLERK)
    answer = step_claims(towns.claims, rows, caller=CLERK)
    assert (answer.taken, answer.same) == ({"claimed": 2}, 0)
