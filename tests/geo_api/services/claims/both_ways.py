"""The same steps of claims one by one and all at once, each in a transaction that is undone: what comes of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg

from geo_api.db.claims import Work
from geo_api.db.claims_many import ManyWork
from geo_api.db.engine import Connection
from geo_api.db.store import Store
from geo_api.errors import SupervisionError
from geo_api.services.answers import Caller
from geo_api.services.claims.step import take_step
from geo_api.services.claims.step_many import step_claims
from geo_api.services.claims.store import Asked

WRITTEN = """
    select entity_id, claim_no, step_no, step, cell_code, fell_on, to_cell, officer_id, document, reason, actor, role, day
    from claim_step where at = now() order by entity_id, claim_no, step_no
"""
TOLD = "select subject, actor, role, verb, reason, payload from event where at = now() order by subject, id"


@dataclass
class Outcome:
    """What was written, what was refused (number of the row -> why), and how many questions it took."""

    steps: list[tuple[Any, ...]] = field(default_factory=list)
    events: list[tuple[Any, ...]] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)

    def read(self, connection: Connection) -> None:
        self.steps = connection.execute(WRITTEN).fetchall()
        self.events = connection.execute(TOLD).fetchall()


def one_by_one(store: Store, rows: Sequence[Mapping[str, Any]], caller: Caller) -> Outcome:
    outcome = Outcome()
    with store.database.writing() as connection, connection.transaction() as inner:
        for number, row in enumerate(rows, start=1):
            try:
                take_step(Work(connection), caller=caller, **row)
            except SupervisionError as problem:
                outcome.refused[number] = f"{type(problem).__name__}: {problem}"
        outcome.read(connection)
        raise psycopg.Rollback(inner)
    return outcome


def all_at_once(store: Store, rows: Sequence[Mapping[str, Any]], caller: Caller) -> Outcome:
    outcome = Outcome()
    answer = step_claims(_Undone(store, outcome), rows, caller=caller, skip_bad=True)  # type: ignore[arg-type]
    outcome.refused = {b.row: b.reason for b in answer.rejected}
    assert answer.given == len(rows) == sum(answer.taken.values()) + answer.same + len(answer.rejected)
    return outcome


class _Undone:
    """Takes many steps and keeps none."""

    def __init__(self, store: Store, outcome: Outcome) -> None:
        self._store, self._outcome = store, outcome

    @contextmanager
    def change_many(self, asked: Sequence[Asked]) -> Iterator[Work]:
        with self._store.database.writing() as connection, connection.transaction() as inner:
            work = ManyWork(connection, asked)
            yield work
            work.flush()
            self._outcome.read(connection)
            raise psycopg.Rollback(inner)


def compare(store: Store, rows: Sequence[Mapping[str, Any]], caller: Caller) -> Outcome:
    """Both ways come to the same."""
    one, many = one_by_one(store, rows, caller), all_at_once(store, rows, caller)
    assert many.steps == one.steps
    assert many.events == one.events
    one_refused = {number: told.partition(": ")[2] for number, told in one.refused.items()}
    again = {n for n in one_refused if n not in many.refused}
    assert many.refused == {n: told for n, told in one_refused.items() if n not in again}
    for n in again:  # the very step was taken before, with others after it
        assert any(_says(step, rows[n - 1]) for step in _of(store, many, rows[n - 1])), rows[n - 1]
    return many


def _of(store: Store, many: Outcome, row: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Steps of an entity, stored and written."""
    with store.database.connection() as connection:
        stored = connection.execute(WRITTEN.replace("at = now()", "entity_id = %s"), (int(row["entity"]),)).fetchall()
    return [*stored, *(s for s in many.steps if s[0] == int(row["entity"]))]


def _says(step: tuple[Any, ...], row: Mapping[str, Any]) -> bool:
    made = {"claim": "claimed", "wrong": "wrong", "accept": "transferred", "dispute": "disputed", "decide": "decided"}
    if step[3] != made[row["verb"]] or (row["on"] is not None and step[12] != row["on"]):
        return False
    return bool(
        step[7] == row["officer"]
        if row["verb"] in ("claim", "accept")
        else step[6] == row["to"] and step[8] == row["document"]
    )
