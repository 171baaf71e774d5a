"""One transaction about duplicates and the unlicensed: decisions and steps are added, entities get new versions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date

import psycopg
from psycopg.types.json import Jsonb

from geo_api.db.engine import Connection, Database
from geo_api.db.entity_names import entity_of, kept_of
from geo_api.db.register_life import LifeTables as ChangeTables
from geo_api.db.register_life import RegisterTransaction
from geo_api.db.register_reads import LifeReads, files
from geo_api.db.unit_of_work import UnitOfWork
from geo_api.errors import Conflict
from geo_api.services.answers import Caller
from geo_api.services.register.same import Closing, SameAnswer
from geo_api.services.register.store import RegisterScope
from geo_api.services.register.unlicensed import FileRow
from geo_api.supervision.unlicensed import FileStep

CLOSING = """
    with last as (
        select s.*, s.entity_id + s.other_id - s.kept_id as closed_id from same_entity s
        where s.entity_id = %(one)s and s.other_id = %(other)s order by s.id desc limit 1
    )
    select closed_id, day, exists (
               select from unlicensed_step u where u.entity_id = closed_id and u.became_entity_id = kept_id)
    from last
    where verdict = 'same'
      and exists (select from entity e
                  where e.entity_id = closed_id and e.closed = last.day and e.recorded_from = last.at)
      and exists (select from entity e
                  where e.entity_id = closed_id and e.closed = last.day and e.recorded_to is null and upper(e.valid) is null)
"""
"""What a decision closed was recorded in its transaction, at its time."""
STEP = (
    "insert into unlicensed_step (entity_id, step_no, step, officer_id, note, became_entity_id, client_id, actor, role, day) "
    "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
EVENT = "insert into event (actor, role, verb, subject, reason, payload) values (%s, %s, %s, %s, %s, %s)"


class LifeTables(ChangeTables, LifeReads):
    """Implements the Protocols of :mod:`geo_api.services.register`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)

    @contextmanager
    def same_change(self, scope: RegisterScope) -> Iterator[FileTransaction]:
        """A transaction that decides about duplicates."""
        with self._database.writing() as connection:
            yield FileTransaction(connection, scope)

    unlicensed_change = same_change


class FileTransaction(RegisterTransaction):
    """Implements :class:`geo_api.services.register.unlicensed.UnlicensedWork`."""

    def __init__(self, connection: Connection, scope: RegisterScope) -> None:
        super().__init__(connection, scope)
        self._unit = UnitOfWork(connection)

    def entity(self, named: str, on: date) -> int:
        """Permanent id by id, entity code or number; a duplicate stays itself. NotFound."""
        return entity_of(self._connection, named, on, follow=False)

    def kept_of(self, entity_id: int) -> int:
        """The entity that stands for a duplicate: itself where it is none."""
        return kept_of(self._connection, entity_id)

    def verdict(self, entity_id: int, other_id: int) -> tuple[str, int | None] | None:
        """The last decision about a pair: verdict and who was kept; None = nobody decided."""
        row = self._connection.execute(
            "select verdict, kept_id from same_entity where entity_id = %s and other_id = %s order by id desc limit 1",
            (entity_id, other_id),
        ).fetchone()
        return (row[0], row[1]) if row else None

    def closing(self, entity_id: int, other_id: int) -> Closing | None:
        """Whom the last decision about a pair closed, where that closing still holds; None = nobody."""
        row = self._connection.execute(CLOSING, {"one": entity_id, "other": other_id}).fetchone()
        return Closing(*row) if row else None

    def lives(self, entity_id: int, on: date) -> bool:
        """Whether an entity exists on a day."""
        row = self._connection.execute(
            "select 1 from entity where entity_id = %s and recorded_to is null and valid @> %s "
            "and (closed is null or closed > %s)",
            (entity_id, on, on),
        ).fetchone()
        return row is not None

    def decide(self, answer: SameAnswer, *, caller: Caller, reason: str) -> None:
        """Record the decision."""
        self.decide_all([answer], caller=caller, reason=reason)

    def decide_all(self, answers: Sequence[SameAnswer], *, caller: Caller, reason: str) -> None:
        """Record many decisions."""
        cursor = self._connection.cursor()
        cursor.executemany(
            "insert into same_entity (entity_id, other_id, verdict, kept_id, reason, actor, role, day) "
            "values (%s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (one.entity_id, one.other_id, one.verdict, one.kept, reason, caller.name, caller.role, one.on)
                for one in answers
            ],
        )
        cursor.executemany(
            EVENT,
            [
                (caller.name, caller.role, f"register.{one.verdict}", f"entity:{this}", reason.strip(), Jsonb(
                    {"other": one.entity_id + one.other_id - this, "kept": one.kept, "day": one.on.isoformat()}))
                for one in answers for this in (one.entity_id, one.other_id)
            ],
        )  # fmt: skip

    def by_client(self, client_id: str) -> int | None:
        """The entity whose file has a step with this id of a handheld; None = none."""
        row = self._connection.execute(
            "select entity_id from unlicensed_step where client_id = %s and client_id <> ''", (client_id,)
        ).fetchone()
        return int(row[0]) if row else None

    def file(self, entity_id: int, on: date) -> FileRow:
        """An entity with its file as it stands."""
        return files(self._connection, "", on, entity_id=entity_id)[0]

    def is_unlicensed(self, entity_id: int, on: date) -> bool:
        """Whether it exists without a licence on a day."""
        row = self._connection.execute(
            "select 1 from entity where entity_id = %s and recorded_to is null and valid @> %s and not licensed "
            "and (closed is null or closed > %s)",
            (entity_id, on, on),
        ).fetchone()
        return row is not None

    def step(self, entity_id: int, number: int, step: FileStep, *, client_id: str, caller: Caller) -> None:
        """Store a step; Conflict where somebody was faster."""
        try:
            self._connection.execute(
                STEP,
                (
                    entity_id, number, step.step, step.officer_id, step.note, step.became_entity_id, client_id,
                    caller.name, caller.role, step.day,
                ),
            )  # fmt: skip
        except psycopg.errors.UniqueViolation:
            raise Conflict(f"somebody was faster with the file of entity {entity_id}: look at it again") from None
        self._unit.event(
            caller=caller,
            verb=f"unlicensed.{step.step}",
            subject=f"entity:{entity_id}",
            reason=step.note,
            payload=_told(step),
        )

    def steps(self, steps: Sequence[tuple[int, int, FileStep]], *, caller: Caller) -> None:
        """Store many steps; Conflict where somebody was faster."""
        cursor = self._connection.cursor()
        try:
            cursor.executemany(
                STEP,
                [
                    (one, n, s.step, s.officer_id, s.note, s.became_entity_id, "", caller.name, caller.role, s.day)
                    for one, n, s in steps
                ],
            )
        except psycopg.errors.UniqueViolation:
            raise Conflict("somebody was faster with one of these files: send the table again") from None
        cursor.executemany(
            EVENT,
            [
                (caller.name, caller.role, f"unlicensed.{s.step}", f"entity:{one}", s.note, Jsonb(_told(s)))
                for one, _, s in steps
            ],
        )


def _told(step: FileStep) -> dict[str, object]:
    """What the event says of a step."""
    return {"day": step.day.isoformat(), "officer_id": step.officer_id, "became": step.became_entity_id}
