"""Daily changes of the register: new versions of entities from a day on, set by set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from typing import Any

import pandas as pd
import shapely
from psycopg import Rollback, sql
from psycopg.types.json import Jsonb

from geo_api.db.claims import Reads, fall_into_cells
from geo_api.db.copy import copy_frame
from geo_api.db.engine import Connection, Database
from geo_api.db.queries import query
from geo_api.db.register_targets import ENTITY
from geo_api.db.unit_of_work import UnitOfWork
from geo_api.errors import NotFound
from geo_api.services.answers import Caller
from geo_api.services.claims.store import FallCounts
from geo_api.services.register.store import Addition, Change, Held, ImportAnswer, Keys, Known, RegisterScope

CONTENT = ENTITY.columns
KNOWN = (
    "credit_code", "registration_no", "name", "address", "industry", "credit_class", "licensed", "opened", "closed",
    "licence_until", "lon", "lat",
)  # fmt: skip
SCOPE = """
    select j.code, j.source, coalesce(p.rules, '{}') from jurisdiction j
    left join profile p on p.bureau_code = j.code and p.recorded_to is null and p.valid @> %(day)s
    where j.code = any(%(codes)s) and j.recorded_to is null and j.parent_code = ''
    order by j.valid @> %(day)s desc limit 1
"""
OUTSIDE = """
    select e.entity_id from entity e
    join jurisdiction j on j.code = %(code)s and j.recorded_to is null and j.valid @> %(day)s
    where e.entity_id = any(%(ids)s) and e.recorded_to is null and e.valid @> %(day)s and e.geom is not null
      and not st_intersects(j.geom, e.geom)
    order by 1
"""


class LifeTables(Reads):
    """Implements :class:`geo_api.services.register.store.LifeStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection of the pool."""
        with self._database.connection() as connection:
            yield connection

    def scope(self, code: str, on: date) -> RegisterScope:
        """The bureau above a code and its rules on a day; NotFound."""
        codes = list(self.ancestors(code))
        with self.reading() as connection:
            row = connection.execute(SCOPE, {"codes": codes, "day": on}).fetchone()
        if row is None:
            raise NotFound(f"there is no bureau above {code}: load the manifest of its bureau first")
        return RegisterScope(row[0], row[1], row[2])

    @contextmanager
    def register_change(self, scope: RegisterScope) -> Iterator[RegisterTransaction]:
        """A transaction that changes the register of a bureau."""
        with self._database.writing() as connection, connection.transaction() as inner:
            work = RegisterTransaction(connection, scope)
            yield work
            if work.discarded:
                raise Rollback(inner)


class RegisterTransaction:
    """Implements :class:`geo_api.services.register.store.RegisterWork`."""

    def __init__(self, connection: Connection, scope: RegisterScope) -> None:
        self._connection, self._scope = connection, scope
        self.discarded = False
        self._staged = False
        self._held: list[Held] = []

    def known(self, keys: Sequence[Keys]) -> tuple[Known, ...]:
        """The entities that rows may mean, in one query."""
        rows = self._connection.execute(
            query("register_known"),
            {
                "rows": [k.row for k in keys],
                "source_ids": [k.source_id for k in keys],
                "credits": [k.credit_code for k in keys],
                "numbers": [k.registration_no for k in keys],
                "days": [k.day for k in keys],
                "source": self._scope.source,
            },
        ).fetchall()
        return tuple(
            Known(row, by, entity, lives, dict(zip(KNOWN, content, strict=True)))
            for row, by, entity, lives, *content in rows
        )

    def add(self, additions: Sequence[Addition]) -> tuple[int, ...]:
        """Store new entities; their permanent ids, in the order given."""
        source_ids = [a.source_id for a in additions]
        self._connection.execute(
            "insert into entity_identity (source, source_id) select %s, s.id from unnest(%s::text[]) with ordinality "
            "as s (id, n) order by s.n",
            (self._scope.source, source_ids),
        )
        rows = self._connection.execute(
            "select source_id, entity_id from entity_identity where source = %s and source_id = any(%s)",
            (self._scope.source, source_ids),
        ).fetchall()
        ids: dict[str, int] = dict(rows)
        self._stage([_staged(ids[a.source_id], a.values, a.place, a.placed_by, places=True) for a in additions])
        self._run(
            "insert into entity (entity_id, {columns}, geom, placed_by, source, digest, valid) "
            "select s.entity_id, {filled}, s.geom, s.placed_by, %(source)s, md5(row({filled}, s.geom)::text), "
            "daterange(null, null) from change_now s order by s.entity_id",
        )
        return tuple(ids[a.source_id] for a in additions)

    def change(self, changes: Sequence[Change]) -> frozenset[int]:
        """Store new versions; the rows that changed something. Those of many days are written at once."""
        waiting = sorted(changes, key=lambda one: one.day)
        written: set[int] = set()
        while waiting:
            now: list[Change] = []
            later: list[Change] = []
            seen: set[int] = set()
            for one in waiting:  # of an entity one at a time: the next builds on it
                (later if one.entity_id in seen else now).append(one)
                seen.add(one.entity_id)
            touched = self._change_now(now)
            written.update(one.row for one in now if one.entity_id in touched)
            waiting = later
        return frozenset(written)

    def held_until(self) -> tuple[Held, ...]:
        """What the changes so far set only until a later version that says something else."""
        return tuple(self._held)

    def _change_now(self, changes: Sequence[Change]) -> set[int]:
        """New versions, each from its day on, one change an entity.

        Later versions take over what is changed as far as they did not touch it themselves.
        """
        self._stage(
            [
                _staged(c.entity_id, c.values, c.place, c.placed_by, places=c.places, reopens=c.reopens, day=c.day)
                for c in changes
            ]
        )
        self._run("drop table if exists change_next, change_chain")
        self._run(
            "create temp table change_chain on commit drop as "
            "select l.id, l.entity_id, lower(l.valid) as since, l.id = o.id as first, {kept}, "
            "       bool_and(l.geom is not distinct from o.geom) over along as keeps_geom "
            "from change_now s join entity o on o.entity_id = s.entity_id and o.recorded_to is null and o.valid @> s.day "
            "join entity l on l.entity_id = s.entity_id and l.recorded_to is null "
            "     and (l.id = o.id or lower(l.valid) > s.day) "
            "window along as (partition by l.entity_id order by lower(l.valid) nulls first)"
        )
        self._run(
            "create temp table change_next on commit drop as "
            "select n.*, md5(row({n_columns}, n.geom)::text) as digest from ("
            "  select o.id as old_id, o.entity_id, s.day, k.first, lower(o.valid) as since, upper(o.valid) as until, {merged}, "
            "         case when s.places and k.keeps_geom then s.geom else o.geom end as geom, "
            "         case when s.places and k.keeps_geom then s.placed_by else o.placed_by end as placed_by, "
            "         row({o_columns}, o.geom)::text as was "
            "  from change_now s join change_chain k using (entity_id) join entity o on o.id = k.id"
            ") n where row({n_columns}, n.geom)::text <> n.was"
        )
        self._note_held({c.entity_id: c.row for c in changes})
        self._run("update entity set recorded_to = now() where id in (select old_id from change_next)")
        self._run(
            "insert into entity (entity_id, {columns}, geom, placed_by, source, digest, valid) "
            "select o.entity_id, {o_columns}, o.geom, o.placed_by, o.source, o.digest, daterange(lower(o.valid), n.day) "
            "from entity o join change_next n on n.old_id = o.id "
            "where n.first and (n.since is null or n.since < n.day)"
        )
        self._run(
            "insert into entity (entity_id, {columns}, geom, placed_by, source, digest, valid) "
            "select n.entity_id, {n_columns}, n.geom, n.placed_by, %(source)s, n.digest, "
            "       daterange(case when n.first then n.day else n.since end, n.until) "
            "from change_next n order by n.entity_id, n.since nulls first"
        )
        return {row[0] for row in self._connection.execute("select entity_id from change_next").fetchall()}

    def _note_held(self, rows: Mapping[int, int]) -> None:
        """Remember the fields that a later version has otherwise, each with the day from which it has."""
        statement = sql.SQL(
            "select k.entity_id, f.field, min(k.since) from change_chain k join change_now s using (entity_id) "
            "join entity o on o.id = k.id cross join lateral (values {}, "
            "('place', not k.keeps_geom and s.places and s.geom is distinct from o.geom)) as f (field, other) "
            "where f.other group by s.day, 1, 2 order by s.day, 1, 2"
        ).format(sql.SQL(", ").join(_other(c) for c in CONTENT if c != "address_key"))
        found = self._connection.execute(statement).fetchall()
        self._held += [Held(rows[entity], entity, field, since) for entity, field, since in found]

    def fall(self, day: date, ids: Sequence[int], *, caller: Caller) -> FallCounts:
        """Entities that appeared or moved wait to be claimed."""
        return fall_into_cells(self._connection, day, actor=caller.name, role=caller.role, ids=ids)

    def outside(self, ids: Sequence[int], code: str, day: date) -> tuple[int, ...]:
        """Of these entities, the located ones that lie outside a jurisdiction."""
        rows = self._connection.execute(OUTSIDE, {"ids": list(ids), "code": code, "day": day}).fetchall()
        return tuple(row[0] for row in rows)

    def record(self, answer: ImportAnswer, digest: str, *, caller: Caller, reason: str) -> None:
        """Record the import."""
        counts = {name: value for name, value in asdict(answer).items() if isinstance(value, int) and name != "dry_run"}
        source = f"changes:{self._scope.source}"
        self._connection.execute(
            "insert into import_run (source, digest, actor, counts, rejected) values (%s, %s, %s, %s, %s)",
            (source, digest, caller.name, Jsonb(counts), len(answer.rejected)),
        )
        payload = {"digest": digest, "on": answer.on.isoformat(), "counts": counts}
        UnitOfWork(self._connection).event(
            caller=caller,
            verb="register.import",
            subject=f"jurisdiction:{answer.jurisdiction}",
            reason=reason,
            payload=payload,
        )

    def discard(self) -> None:
        """At the end nothing of the transaction stays."""
        self.discarded = True

    def _stage(self, rows: Sequence[dict[str, Any]]) -> None:
        """Put rows into ``change_now``; what is None there stays as it is."""
        if not self._staged:
            self._run(
                "create temp table change_now on commit drop as select entity_id, {columns}, geom, placed_by, "
                "false as places, false as reopens, null::date as day from entity with no data"
            )
            self._staged = True
        self._connection.execute("truncate change_now")
        copy_frame(self._connection, "change_now", pd.DataFrame(list(rows)).astype({"geom": object}))

    def _run(self, statement: str, **parameters: Any) -> None:
        names = {
            "columns": _listed(CONTENT),
            "o_columns": _listed(CONTENT, "o"),
            "n_columns": _listed(CONTENT, "n"),
            "filled": sql.SQL(", ").join(
                sql.SQL("coalesce(s.{}, '')").format(sql.Identifier(c)) if c in ENTITY.text else sql.Identifier("s", c)
                for c in CONTENT
            ),
            "kept": sql.SQL(", ").join(_kept(c) for c in CONTENT),
            "merged": sql.SQL(", ").join(_merged(c) for c in CONTENT),
        }
        composed = sql.SQL(statement).format(**names)  # type: ignore[arg-type]
        self._connection.execute(composed, {"source": self._scope.source, **parameters})


def _listed(columns: Sequence[str], table: str = "") -> sql.Composable:
    return sql.SQL(", ").join(sql.Identifier(table, c) if table else sql.Identifier(c) for c in columns)


def _merged(column: str) -> sql.Composable:
    """What a row says, else what is there; who opens again is no longer closed."""
    new = "case when s.reopens then null else coalesce(s.closed, o.closed) end"
    if column != "closed":
        new = "coalesce(s.{0}, o.{0})"
    return sql.SQL("case when k.{1} then " + new + " else o.{0} end as {0}").format(  # type: ignore[arg-type]
        sql.Identifier(column), _keeps(column)
    )


def _kept(column: str) -> sql.Composable:
    """Whether a version and those before it, back to the changed one, have a field as the changed one has it."""
    return sql.SQL("bool_and(l.{0} is not distinct from o.{0}) over along as {1}").format(
        sql.Identifier(column), sql.Identifier(f"keeps_{column}")
    )


def _keeps(column: str) -> sql.Composable:
    """The same of a staged row; what an address is compared by goes with the address."""
    return sql.Identifier("keeps_address" if column == "address_key" else f"keeps_{column}")


def _other(column: str) -> sql.Composable:
    return sql.SQL("({2}, not k.{1} and s.{0} is not null and s.{0} is distinct from o.{0})").format(
        sql.Identifier(column), _keeps(column), sql.Literal(column)
    )


def _staged(
    entity_id: int,
    values: Any,
    place: tuple[float, float] | None,
    placed_by: str,
    *,
    places: bool,
    reopens: bool = False,
    day: date | None = None,
) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(CONTENT)
    row |= {name: value for name, value in values.items() if name in row}
    point = shapely.Point(place) if place is not None else None
    return {
        "entity_id": entity_id, **row, "geom": point, "placed_by": placed_by, "places": places, "reopens": reopens, "day": day,
    }  # fmt: skip
