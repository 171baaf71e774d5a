"""Credit classes: the records that they follow from, proposals of persons, decisions and the versions that they bring."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, cast

import numpy as np
from psycopg.types.json import Jsonb

from geo_api.db.columns import fetch_columns
from geo_api.db.engine import Connection, Database
from geo_api.db.published import FOR_EVER
from geo_api.db.queries import query
from geo_api.db.unit_of_work import UnitOfWork
from geo_api.db.visits.due import PARENTS, SORT_MEMORY, entities_in
from geo_api.db.visits.known import as_known
from geo_api.db.visits.posted import ancestors_of, meant_entities, read_register, two_of_them
from geo_api.errors import Conflict
from geo_api.services.answers import Caller
from geo_api.services.visits.class_model import BadVisit, ClassProposal, DecisionRow, Known, Records
from geo_api.services.visits.model import Register
from gridding.types import IntArray

COLUMNS = """
    select string_agg(quote_ident(column_name), ', ') from information_schema.columns
    where table_schema = 'gridward' and table_name = 'entity' and is_identity = 'NO'
      and column_name not in ('recorded_from', 'recorded_to', 'credit_class', 'valid')
"""


RECORD_COLUMNS = {
    "entity_id": "int8", "name": "text", "credit_code": "text", "credit_class": "text", "industry": "text", "licensed": "bool",
    "cell_code": "text", "visits": "int8", "bad": "int8", "fails": "int8",
}  # fmt: skip
WORD_COLUMNS = {"entity_id": "int8", "visits": "int8"}


class ClassTables:
    """Implements :class:`geo_api.services.visits.class_model.ClassStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The code of a jurisdiction or cell and of every level above it, lowest first; NotFound."""
        with self._database.connection() as connection:
            return ancestors_of(connection, code)

    def register_of(self, code: str) -> Register:
        """The register of a jurisdiction; NotFound."""
        with self._database.connection() as connection:
            return read_register(connection, code)

    def records(
        self,
        register: Register,
        first: date,
        on: date,
        recorded_at: datetime | None,
        *,
        words: Collection[tuple[str, ...]] = (),
        ids: Sequence[int] | None = None,
        cells: Callable[[Mapping[str, str]], Collection[str] | None] | None = None,
    ) -> Records:
        """What was recorded of each entity after ``first`` up to and with ``on``, in one snapshot.

        ``cells`` says of which cells, once it is known which code lies in which; None = all entities.
        """
        named: dict[str, Any] = {
            "dataset": register.dataset, "first": first, "day": on, "known": recorded_at or FOR_EVER,
            "ids": None if ids is None else list(ids),
        }  # fmt: skip
        with self._database.connection() as connection:
            connection.execute("set transaction isolation level repeatable read, read only")
            connection.execute(SORT_MEMORY)
            parents: dict[str, str] = dict(connection.execute(PARENTS, named).fetchall())
            wanted = cells(parents) if cells is not None and ids is None else None
            if wanted is not None:
                named["ids"] = entities_in(connection, register.dataset, wanted, on, recorded_at)
            found = fetch_columns(connection, as_known("class_entities", recorded_at), named, RECORD_COLUMNS)
            said = {
                each: fetch_columns(
                    connection, as_known("class_words", recorded_at), {**named, "words": list(each)}, WORD_COLUMNS
                )
                for each in words
            }
            keys = connection.execute(
                "select p.diagram -> 'key_industries' from profile p where p.source = %(dataset)s and p.recorded_to is null "
                "order by p.valid @> %(day)s desc, upper_inf(p.valid) desc limit 1",
                named,
            ).fetchone()
        return Records(
            entity_id=found["entity_id"],
            name=found["name"],
            credit_code=found["credit_code"],
            credit_class=found["credit_class"],
            industry=found["industry"],
            licensed=found["licensed"],
            cell=found["cell_code"],
            visits=found["visits"],
            bad=found["bad"],
            fails=found["fails"],
            worded={each: _spread(found["entity_id"], counts) for each, counts in said.items()},
            key_industries=tuple(keys[0] or ()) if keys else (),
            parents=parents,
        )

    def bad_visits(
        self, ids: Sequence[int], first: date, on: date, recorded_at: datetime | None
    ) -> Mapping[int, tuple[BadVisit, ...]]:
        """Of entities: their failed visits and those with something to correct, oldest first."""
        named = {"ids": list(ids), "first": first, "day": on, "known": recorded_at or FOR_EVER}
        against: dict[int, list[BadVisit]] = {}
        with self._database.connection() as connection:
            for entity, *visit in connection.execute(as_known("class_bad", recorded_at), named).fetchall():
                against.setdefault(entity, []).append(BadVisit(*visit))
        return {entity: tuple(found) for entity, found in against.items()}

    def manual(self, register: Register) -> tuple[ClassProposal, ...]:
        """Proposals of persons that nobody decided on."""
        with self._database.connection() as connection:
            rows = connection.execute(query("class_manual"), {"dataset": register.dataset}).fetchall()
        return tuple(
            ClassProposal(entity, name, cell, industry, was, proposed, "manual", why, why, (), number, actor, code)
            for entity, name, cell, industry, was, proposed, why, number, actor, code in rows
        )

    @contextmanager
    def change(self) -> Iterator[ClassChange]:
        """A transaction."""
        with self._database.writing() as connection:
            yield ClassChange(connection)


def _spread(ids: IntArray, counts: Mapping[str, IntArray]) -> IntArray:
    """(n,) numbers of visits of those entities that have any, 0 elsewhere."""
    out = np.zeros(len(ids), dtype=np.int64)
    at = np.searchsorted(ids, counts["entity_id"])
    known = at < len(ids)
    known[known] = ids[at[known]] == counts["entity_id"][known]
    out[at[known]] = counts["visits"][known]
    return out


class ClassChange:
    """Implements :class:`geo_api.services.visits.class_model.ClassWork` on the connection of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def known(self, register: Register, named: Collection[str], on: date) -> Mapping[str, Known]:
        """Entities by any of their numbers; those that are not in it are not in the register on that day."""
        meant = meant_entities(self._connection, register, {(text, on) for text in named})
        if double := sorted(text for (text, _), m in meant.items() if m.other is not None):
            raise Conflict("; ".join(two_of_them(text) for text in double[:5]))
        ids = sorted({m.entity_id for m in meant.values()})
        rows = self._connection.execute(query("class_known"), {"ids": ids, "day": on}).fetchall()
        by_id = {row[0]: row for row in rows}
        return {
            text: Known(*(*by_id[m.entity_id][:5], m.inside, *by_id[m.entity_id][5:]))
            for (text, _), m in meant.items()
            if m.entity_id in by_id
        }

    def propose(self, entity_id: int, *, on: date, was: str, proposed: str, reason: str, caller: Caller) -> int:
        """Record what a person proposes; its id."""
        row = self._connection.execute(
            "insert into class_proposal (entity_id, day, was, proposed, reason, actor, role) "
            "values (%s, %s, %s, %s, %s, %s, %s) returning proposal_id",
            (entity_id, on, was, proposed, reason, caller.name, caller.role),
        ).fetchone()
        return int(row[0]) if row else 0

    def decide(self, rows: Sequence[DecisionRow], *, on: date, caller: Caller) -> tuple[int, ...]:
        """Record decisions, and the new versions of their entities from the day on; their ids."""
        cursor = self._connection.cursor()
        cursor.executemany(
            'insert into class_decision (entity_id, "on", was, proposed, confirmed, source_class, rule, visits, proposal_id, '
            "reason, actor, role) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) returning decision_id",
            [
                (
                    r.known.entity_id, on, r.known.credit_class, r.proposed, r.confirmed, r.known.source_class, r.rule,
                    Jsonb([[visit, day.isoformat(), result] for visit, day, result in r.visits]), r.known.proposal_id,
                    r.reason, caller.name, caller.role,
                )
                for r in rows
            ],
            returning=True,
        )  # fmt: skip
        ids = []
        for _ in rows:
            ids.append(int(cast("Any", cursor.fetchone())[0]))
            cursor.nextset()
        changed = [r for r in rows if r.confirmed != r.known.credit_class]
        if changed:
            self._versions(changed, on)
        UnitOfWork(self._connection).event(
            caller=caller,
            verb="confirm_classes",
            subject="classes",
            payload={"decisions": len(rows), "changed": len(changed)},
        )
        return tuple(ids)

    def _versions(self, rows: Sequence[DecisionRow], on: date) -> None:
        """New versions of the entities from the day on."""
        entities = [r.known.entity_id for r in rows]
        closed = self._connection.execute(
            "update entity set recorded_to = now() where entity_id = any(%s) and recorded_to is null "
            "and (upper_inf(valid) or upper(valid) > %s) returning id",
            (entities, on),
        ).fetchall()
        columns = cast("Any", self._connection.execute(COLUMNS).fetchone())[0]
        self._connection.execute(
            query("class_versions").replace("/*columns*/", columns),  # type: ignore[arg-type]
            {"ids": entities, "letters": [r.confirmed for r in rows], "rows": [row[0] for row in closed], "day": on},
        )
