"""Claims: read as they stood on a day, stepped in one transaction, begun by changes of the register."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import psycopg

from geo_api.db.engine import Connection, Database
from geo_api.db.entity_names import entity_of
from geo_api.db.jurisdictions import ancestors_of, today_of
from geo_api.db.queries import query
from geo_api.db.unit_of_work import UnitOfWork
from geo_api.errors import Conflict
from geo_api.services.answers import Caller
from geo_api.services.claims.store import Asked, ClaimRow, DatedRules, FallCounts
from geo_api.services.claims.views import as_it_lies
from geo_api.supervision.claims import FELL, LAPSED, Claim, ClaimStep, on_arrival
from geo_api.supervision.claims_rules import claims_rules
from geo_api.supervision.periods import Period

STEPS = """
    select claim_no, cell_code, fell_on, step, day, actor, role, to_cell, officer_id, document, reason from claim_step
    where entity_id = %s and claim_no = (select max(claim_no) from claim_step where entity_id = %s) order by step_no
"""
ON_DUTY = """
    select exists (
        select from assignment a
        where a.recorded_to is null and a.valid @> %(day)s and a.jurisdiction_code = any(%(codes)s)
          and (a.officer_id = %(officer)s or a.officer_id in (
              select b.officer_id from absence b
              where b.recorded_to is null and b.substitute_id = %(officer)s and b.valid @> %(day)s))
    )
"""
CELLS_OF = """
    with those as materialized (
        select row_number() over (order by entity_id) as n, entity_id, st_x(geom) as x, st_y(geom) as y from entity
        where entity_id = any(%(ids)s) and recorded_to is null and valid @> %(day)s and geom is not null
    ),
    place as materialized (select array_agg(x order by n) as x, array_agg(y order by n) as y from those)
    select those.entity_id, l.cell_code
    from place, locate_many(place.x, place.y, %(day)s) l join those using (n) where l.cell_code is not null
"""
PEOPLE = """
    with duty as (
        select a.jurisdiction_code, a.officer_id, min(array_position(array['first', 'direct', 'lead'], a.role)) as head
        from assignment a
        where a.jurisdiction_code = any(%(codes)s) and a.valid @> %(day)s
          and a.recorded_from <= coalesce(%(known)s::timestamptz, 'infinity')
          and (a.recorded_to is null or a.recorded_to > coalesce(%(known)s::timestamptz, 'infinity'))
        group by 1, 2
    ),
    named as (
        select d.*, (
            select o.name from officer o
            where o.officer_id = d.officer_id and o.valid @> %(day)s
              and o.recorded_from <= coalesce(%(known)s::timestamptz, 'infinity')
              and (o.recorded_to is null or o.recorded_to > coalesce(%(known)s::timestamptz, 'infinity')) limit 1
        ) as name from duty d
    )
    select jurisdiction_code,
           array_agg(coalesce(name || ' (' || officer_id || ')', officer_id) order by head nulls last, officer_id)
    from named group by 1
"""
APPEND = """
    insert into claim_step (entity_id, claim_no, step_no, step, cell_code, fell_on, to_cell, officer_id, document, reason,
                            actor, role, day)
    values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
APPEND_MANY = """
    insert into claim_step (entity_id, claim_no, step_no, step, cell_code, fell_on, reason, actor, role, day)
    select t.entity_id, t.claim_no, t.step_no, %(step)s, t.cell_code, t.fell_on, t.reason, %(actor)s, %(role)s, %(day)s
    from unnest(%(entities)s::bigint[], %(claims)s::int[], %(steps)s::int[], %(cells)s::text[], %(fell)s::date[],
                %(reasons)s::text[]) as t (entity_id, claim_no, step_no, cell_code, fell_on, reason)
    order by t.entity_id
"""
YOUNGER = """
    select exists (
        select from plan_validity v join cell_code k on k.station_code = v.station_code
        where k.code = any(%(codes)s) and v.recorded_to is null and v.valid @> %(day)s
          and (lower(v.valid) > %(last)s or v.recorded_from > (
              select max(s.at) from claim_step s where s.entity_id = %(entity)s and s.claim_no = %(claim)s))
    )
"""
REDRAWN = """
    insert into claim_step (entity_id, claim_no, step_no, step, cell_code, fell_on, to_cell, document, actor, role, day)
    select t.entity_id, t.claim_no, l.step_no + 1, 'redrawn', l.cell_code, l.fell_on, t.to_cell, t.document, 'plan', 'system',
           t.day
    from unnest(%(entities)s::bigint[], %(claims)s::int[], %(cells)s::text[], %(documents)s::text[], %(days)s::date[])
        as t (entity_id, claim_no, to_cell, document, day)
    cross join lateral (
        select s.step_no, s.cell_code, s.fell_on from claim_step s
        where s.entity_id = t.entity_id and s.claim_no = t.claim_no order by s.step_no desc limit 1
    ) l
"""


class Reads:
    """What a store and a transaction read alike; a transaction on its own connection."""

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read on."""
        raise NotImplementedError
        yield

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The code of a jurisdiction or cell and of every level above it, lowest first; NotFound."""
        with self.reading() as connection:
            return ancestors_of(connection, code)

    def parents(self) -> dict[str, str]:
        """Code of each jurisdiction -> code of the level above it, "" at the top."""
        with self.reading() as connection:
            rows = connection.execute("select code, parent_code from jurisdiction where recorded_to is null").fetchall()
        return dict(rows)

    def today(self, code: str) -> date:
        """Today in the time zone of the bureau of a jurisdiction."""
        with self.reading() as connection:
            return today_of(connection, code)

    def rules(self, code: str, recorded_at: datetime | None = None) -> tuple[DatedRules, ...]:
        """The time limits of the bureau above a code, by period."""
        with self.reading() as connection:
            codes = [row[0] for row in connection.execute(query("ancestors"), {"code": code}).fetchall()]
            rows = connection.execute(
                "select lower(valid), upper(valid), coalesce(rules->'claims', '{}') from profile "
                "where bureau_code = any(%(codes)s) and recorded_from <= coalesce(%(known)s::timestamptz, 'infinity') "
                "and (recorded_to is null or recorded_to > coalesce(%(known)s::timestamptz, 'infinity')) order by valid",
                {"codes": codes, "known": recorded_at},
            ).fetchall()
        return tuple(DatedRules(Period(start, end), claims_rules(given)) for start, end, given in rows)


class ClaimTables(Reads):
    """Implements :class:`geo_api.services.claims.store.ClaimStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection of the pool."""
        with self._database.connection() as connection:
            yield connection

    def claims(
        self,
        code: str,
        on: date,
        *,
        only_open: bool = False,
        recorded_at: datetime | None = None,
        entity_id: int | None = None,
    ) -> tuple[ClaimRow, ...]:
        """The claims that concern a jurisdiction, as they stood on a day, by entity and number."""
        with self._database.connection() as connection:
            return claims_of(connection, code, on, only_open=only_open, known=recorded_at, entity_id=entity_id)

    def cells_of(self, ids: Sequence[int], on: date) -> dict[int, str]:
        """Cell of each located entity on a day; those in no cell are left out."""
        with self.reading() as connection:
            rows = connection.execute(CELLS_OF, {"ids": list(ids), "day": on}).fetchall()
        return dict(rows)

    def people(self, codes: Sequence[str], on: date, recorded_at: datetime | None = None) -> dict[str, tuple[str, ...]]:
        """Code -> "name (id)" of those who answer for it on a day, heads first; codes of nobody are left out."""
        with self.reading() as connection:
            rows = connection.execute(PEOPLE, {"codes": list(codes), "day": on, "known": recorded_at}).fetchall()
        return {code: tuple(people) for code, people in rows}

    @contextmanager
    def look(self) -> Iterator[Work]:
        """What a transaction reads, without changing anything."""
        with self._database.connection() as connection:
            yield Work(connection)

    @contextmanager
    def change(self) -> Iterator[Work]:
        """A transaction that changes something."""
        with self._database.writing() as connection:
            yield Work(connection)

    @contextmanager
    def change_many(self, asked: Sequence[Asked]) -> Iterator[Work]:
        """A transaction that takes many steps: reads for all of them at once, writes at the end."""
        from geo_api.db.claims_many import ManyWork  # most changes are single steps

        with self._database.writing() as connection:
            work = ManyWork(connection, asked)
            yield work
            work.flush()


class Work(Reads):
    """Implements :class:`geo_api.services.claims.store.ClaimWork`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._unit = UnitOfWork(connection)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """The transaction's own connection."""
        yield self._connection

    def entity(self, named: str, on: date) -> int:
        """Permanent id of an entity named by id, entity code or credit code; NotFound."""
        return entity_of(self._connection, named, on)

    def claim(self, entity_id: int) -> Claim | None:
        """The last claim of an entity with its steps; None where there is none."""
        rows = self._connection.execute(STEPS, (entity_id, entity_id)).fetchall()
        if not rows:
            return None
        number, cell_code, fell_on = rows[0][:3]
        return Claim(entity_id, number, cell_code, fell_on, tuple(ClaimStep(*row[3:]) for row in rows))

    def on_duty(self, officer_id: str, codes: Sequence[str], on: date) -> bool:
        """Whether an officer, or who stands in for one, answers for one of the codes on a day."""
        row = self._connection.execute(ON_DUTY, {"officer": officer_id, "codes": list(codes), "day": on}).fetchone()
        return bool(row and row[0])

    def officers(self, code: str, on: date) -> tuple[str, ...]:
        """Ids of the officers of a code on a day."""
        rows = self._connection.execute(
            "select distinct officer_id from assignment "
            "where recorded_to is null and valid @> %s and jurisdiction_code = %s order by 1",
            (on, code),
        ).fetchall()
        return tuple(row[0] for row in rows)

    def in_force(self, cell_code: str, on: date) -> bool:
        """Whether a cell is in a published plan of that day."""
        row = self._connection.execute(
            "select 1 from plan_validity v join cell c using (plan_id) "
            "where v.recorded_to is null and v.valid @> %s and c.code = %s limit 1",
            (on, cell_code),
        ).fetchone()
        return row is not None

    def may_be_redrawn(self, claim: Claim, on: date) -> bool:
        """Whether a plan in force on a day is younger than the last step of a claim."""
        named = {
            "codes": [claim.cell_code, claim.last.to_cell], "day": on, "last": claim.last.day, "entity": claim.entity_id,
            "claim": claim.claim_no,
        }  # fmt: skip
        row = self._connection.execute(YOUNGER, named).fetchone()
        return bool(row and row[0])

    def append(self, claim: Claim) -> None:
        """Store the last step of a claim; Conflict where somebody was faster."""
        last = claim.last
        try:
            self._connection.execute(
                APPEND,
                (claim.entity_id, claim.claim_no, len(claim.steps), last.step, claim.cell_code, claim.fell_on,
                 last.to_cell, last.officer_id, last.document, last.reason, last.actor, last.role, last.day),
            )  # fmt: skip
        except psycopg.errors.UniqueViolation:
            raise Conflict(f"somebody was faster with entity {claim.entity_id}: look at it again") from None

    def view(self, entity_id: int, claim_no: int, on: date) -> ClaimRow:
        """The claim as it stands on a day."""
        rows = claims_of(self._connection, "", on, entity_id=entity_id)
        return next(row for row in rows if row.claim_no == claim_no)

    def event(
        self, *, caller: Caller, verb: str, subject: str, reason: str = "", payload: Mapping[str, Any] | None = None
    ) -> None:
        """Record who did what, and why."""
        self._unit.event(caller=caller, verb=verb, subject=subject, reason=reason, payload=payload)


def claims_of(
    connection: Connection,
    code: str,
    on: date,
    *,
    only_open: bool = False,
    known: datetime | None = None,
    entity_id: int | None = None,
    ids: Sequence[int] | None = None,
) -> tuple[ClaimRow, ...]:
    """Claims of a jurisdiction ("" = of all), or of one entity, or of those with these ids."""
    if entity_id is not None:
        ids = [entity_id]
    given = {"code": code, "day": on, "known": known, "only_open": only_open}
    rows = connection.execute(query("claims"), {**given, "ids": None if ids is None else list(ids)}).fetchall()
    return tuple(ClaimRow(*row) for row in rows)


def fall_into_cells(
    connection: Connection, day: date, *, actor: str, role: str, ids: Sequence[int] | None = None
) -> FallCounts:
    """Entities that this transaction added or moved wait to be claimed; open claims of those that are gone lapse.

    Args:
        connection: of the transaction; what counts is what it has written so far.
        day: the day on which they fall.
        actor, role: who changed the register.
        ids: entities to look at; None = all that changed.
    """
    rows = connection.execute(
        query("claims_fall"), {"day": day, "ids": list(ids) if ids is not None else None}
    ).fetchall()
    lapse, begin = [], []
    for entity, cell, lives, lived, arrives, claim_no, step_no, step, old_cell, to_cell, fell_on in rows:
        last = ClaimStep(step, day, "", "", to_cell=to_cell) if step else None
        gone, falls = on_arrival(last, old_cell or "", cell, lives=lives, arrives=arrives, came_back=not lived)
        if gone:
            why = "closed" if not lives else f"moved to {cell}" if cell else "moved out of every cell"
            lapse.append((entity, claim_no, step_no + 1, old_cell, fell_on, why))
        if falls:
            begin.append((entity, claim_no + 1, 1, cell, day, ""))
    for step, steps in ((LAPSED, lapse), (FELL, begin)):
        if steps:
            names = ("entities", "claims", "steps", "cells", "fell", "reasons")
            columns = {name: list(values) for name, values in zip(names, zip(*steps, strict=True), strict=True)}
            connection.execute(APPEND_MANY, {**columns, "step": step, "actor": actor, "role": role, "day": day})
    return FallCounts(len(begin), len(lapse))


def redraw_claims(connection: Connection, station_code: str) -> int:
    """Open claims whose place a plan in force today put into another cell wait there: a step of each tells of it; how many.

    Where a plan begins later, the claims are answered so from its first day on, and their next step stores it.
    """
    today = today_of(connection, station_code)
    open_now = claims_of(connection, station_code, today, only_open=True)
    moved = [as_it_lies(row) for row in open_now if row.now_cell]
    if moved:
        connection.execute(
            REDRAWN,
            {
                "entities": [r.entity_id for r in moved], "claims": [r.claim_no for r in moved],
                "cells": [r.to_cell for r in moved], "documents": [r.document for r in moved],
                "days": [r.day for r in moved],
            },
        )  # fmt: skip
    return len(moved)
