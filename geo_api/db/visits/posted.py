"""Visits posted one by one or by the hundred: looked up, stored, corrected, withdrawn."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, LiteralString

from geo_api.db.engine import Connection, Database
from geo_api.db.jurisdictions import today_of
from geo_api.db.queries import query
from geo_api.db.unit_of_work import UnitOfWork
from geo_api.errors import BadRequest, Conflict, NotFound
from geo_api.services.answers import Caller
from geo_api.services.visits.model import Held, ImportAnswer, LeftRow, Meant, Register, VisitRow
from geo_api.supervision.visits import Visit

if TYPE_CHECKING:
    import pandas as pd

HELD: LiteralString = """
    select 'stored', i.visit_id, i.id, i.digest, i.made_on, i.actor, i.received_at, i.entity_id from inspection i
    where i.source = %(source)s and i.visit_id = any(%(ids)s) and i.recorded_to is null
    union all
    select case when u.reason = 'withdrawn' then 'withdrawn' else 'unmatched' end, u.visit_id, u.id, u.digest, u.made_on,
           u.actor, u.received_at, null from visit_unmatched u
    where u.source = %(source)s and u.visit_id = any(%(ids)s) and u.recorded_to is null and u.repeat_no = 0
    union all
    (select distinct on (o.visit_id) 'withdrawn', o.visit_id, o.id, o.digest, o.made_on, o.actor, o.received_at, o.entity_id
     from inspection o
     where o.source = %(source)s and o.visit_id = any(%(ids)s) and o.recorded_to is not null
     order by o.visit_id, o.recorded_to desc)
"""
CONTENT = (
    "visit_id, made_on, kind, officer_id, result, digest, officers, purpose, findings, notice_no, rectify_by, revisit_of, "
    "minutes, actor"
)
LEFT: LiteralString = """
    select source, file, row_no, visit_id, entity, made_on, kind, result, reason, detail from visit_unmatched
    where register = %(dataset)s and recorded_to is null and (%(reason)s::text is null or reason = %(reason)s)
    order by source, file, row_no, id limit %(limit)s
"""


class VisitTables:
    """Implements :class:`geo_api.services.visits.model.VisitStore`."""

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

    @contextmanager
    def change(self) -> Iterator[VisitChange]:
        """A transaction."""
        with self._database.writing() as connection:
            yield VisitChange(connection)

    def visits(
        self,
        register: Register,
        *,
        entity: str | None,
        officer: str | None,
        since: date | None,
        before: date | None,
        recorded_at: datetime | None,
        limit: int,
    ) -> tuple[VisitRow, ...]:
        """Visits in the jurisdiction, newest first; NotFound for an entity that is not in its register."""
        named = {
            "code": register.code, "top": register.top, "dataset": register.dataset, "officer": officer, "since": since,
            "before": before, "known": recorded_at, "limit": limit,
        }  # fmt: skip
        with self._database.connection() as connection:
            named["entity"] = None if entity is None else _entity(connection, register, entity, before)
            rows = connection.execute(query("visits_list"), named).fetchall()
        return tuple(_row(row) for row in rows)

    def left(
        self, register: Register, *, reason: str | None, limit: int
    ) -> tuple[tuple[LeftRow, ...], dict[str, int], int]:
        """Rows that are no visits, their counts by reason, and the number of visits stored."""
        named = {"dataset": register.dataset, "reason": reason, "limit": limit}
        with self._database.connection() as connection:
            rows = connection.execute(LEFT, named).fetchall()
            counts = connection.execute(
                "select reason, count(*) from visit_unmatched where register = %(dataset)s and recorded_to is null "
                "group by 1 order by 1",
                named,
            ).fetchall()
            stored = connection.execute(
                "select count(*) from inspection where source in (%(dataset)s, 'handheld:' || %(dataset)s) "
                "and recorded_to is null",
                named,
            ).fetchone()
        return tuple(LeftRow(*row) for row in rows), dict(counts), stored[0] if stored else 0

    def officers(self, code: str) -> frozenset[str]:
        """Ids of all officers of the register that a jurisdiction belongs to."""
        with self._database.connection() as connection:
            rows = connection.execute(
                "select distinct officer_id from officer where recorded_to is null and source = %s",
                (read_register(connection, code).dataset,),
            ).fetchall()
        return frozenset(row[0] for row in rows)

    def take(
        self, register: Register, frame: pd.DataFrame, *, caller: Caller, file: str, refuse_same_day: bool = False
    ) -> ImportAnswer:
        """Store the rows of a file; BadRequest, and nothing stored, for new visits on days that have one already."""
        from geo_api.db.visits.bulk import take_visits

        with self._database.writing() as connection:
            taken = take_visits(connection, frame, register.dataset, whole=False)
            if refuse_same_day and taken.same_day:
                raise BadRequest(
                    f"{file}: nothing was stored. The file has no ids of visits, and {taken.same_day} of {taken.visits.new} new "
                    "visits are on a day on which their entity has a visit already: read before with other columns, they would "
                    "count twice. Read it with the same columns entity, date and kind as before; if they are other visits: "
                    "--same-day"
                )
            v, left = taken.visits, dict(taken.reasons)
            figures = {"new": v.new, "changed": v.changed, "same": v.same, "left": left}
            UnitOfWork(connection).event(
                caller=caller,
                verb="import_visits",
                subject=f"dataset:{register.dataset}",
                payload={"file": file, **figures},
            )
            if taken.visits.touched or taken.left.touched:
                connection.execute("select refresh_statistics()")
        return ImportAnswer(file, len(frame), v.new, v.changed, v.same, left, taken.same_day)

    def rematch(self, register: Register, *, caller: Caller) -> int:
        """Store the kept visits whose entity is in the register by now; how many."""
        with self._database.writing() as connection:
            row = connection.execute("select match_visits(%s)", (register.dataset,)).fetchone()
            matched = int(row[0]) if row else 0
            UnitOfWork(connection).event(
                caller=caller,
                verb="rematch_visits",
                subject=f"dataset:{register.dataset}",
                payload={"matched": matched},
            )
        return matched


class VisitChange:
    """Implements :class:`geo_api.services.visits.model.VisitWork` on the connection of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def now(self) -> datetime:
        """The time of recording."""
        row = self._connection.execute("select now()").fetchone()
        if row is None:
            raise NotFound("the database gives no time")
        moment: datetime = row[0]
        return moment

    def meant(self, register: Register, named: Collection[tuple[str, date]]) -> Mapping[tuple[str, date], Meant]:
        """The entities that texts mean on a day; those that are not in it are not in the register."""
        return meant_entities(self._connection, register, named)

    def held(self, source: str, visit_ids: Collection[str]) -> Mapping[str, Held]:
        """What is stored under these ids; what was withdrawn counts where nothing else is."""
        rows = self._connection.execute(HELD, {"source": source, "ids": list(visit_ids)}).fetchall()
        found: dict[str, Held] = {}
        for state, visit_id, *rest in rows:
            if visit_id not in found:
                found[visit_id] = Held(state, *rest)
        return found

    def officers(self, ids: Collection[str]) -> frozenset[str]:
        """Those of the ids that the register of officers has."""
        rows = self._connection.execute(
            "select distinct officer_id from officer where officer_id = any(%s) and recorded_to is null", (list(ids),)
        ).fetchall()
        return frozenset(row[0] for row in rows)

    def inside(self, register: Register, entity_id: int, day: date) -> bool:
        """Whether an entity lay in the jurisdiction on a day; an unlocated one counts as inside."""
        row = self._connection.execute(
            "select %(top)s or e.geom is null or lies_in(%(code)s, e.geom, %(day)s) from entity e "
            "where e.entity_id = %(id)s and e.recorded_to is null "
            "order by e.valid @> %(day)s desc, upper(e.valid) desc nulls first limit 1",
            {"top": register.top, "code": register.code, "day": day, "id": entity_id},
        ).fetchone()
        return row is None or bool(row[0])

    def withdraw(self, held: Held) -> None:
        """Close what is withdrawn, so that it does not come back."""
        self.close([held])
        if held.state == "unmatched":
            self._connection.execute(
                f"insert into visit_unmatched (source, register, file, row_no, repeat_no, reason, entity, received_at, "  # type: ignore[arg-type]  # noqa: S608
                f"{CONTENT}) select source, register, file, row_no, repeat_no, 'withdrawn', entity, received_at, {CONTENT} "
                "from visit_unmatched where id = %s",
                (held.row_id,),
            )

    def close(self, held: Collection[Held]) -> None:
        """Close what is replaced."""
        for table, state in (("inspection", "stored"), ("visit_unmatched", "unmatched")):
            ids = [h.row_id for h in held if h.state == state]
            if ids:
                self._connection.execute(
                    f"update {table} set recorded_to = now() where id = any(%s)",  # type: ignore[arg-type]  # noqa: S608
                    (ids,),
                )

    def store(
        self, register: Register, visits: Sequence[tuple[Visit, int | None, datetime | None]], *, caller: Caller
    ) -> None:
        """Store visits with their entities and the time at which they first came (None = now); without an entity they wait."""
        cursor = self._connection.cursor()
        values = ", ".join(["%s"] * 14)
        cursor.executemany(
            f"insert into inspection (source, entity_id, received_at, {CONTENT}) "  # type: ignore[arg-type]  # noqa: S608
            f"values (%s, %s, coalesce(%s, now()), {values})",
            [(register.source, e, at, *_content(v, caller)) for v, e, at in visits if e is not None],
        )
        cursor.executemany(
            "insert into visit_unmatched (source, register, row_no, repeat_no, reason, entity, received_at, "  # type: ignore[arg-type]  # noqa: S608
            f"{CONTENT}) values (%s, %s, 0, 0, 'unmatched', %s, coalesce(%s, now()), {values})",
            [
                (register.source, register.dataset, v.entity, at, *_content(v, caller))
                for v, e, at in visits
                if e is None
            ],
        )

    def event(self, *, caller: Caller, verb: str, subject: str, reason: str, payload: Mapping[str, object]) -> None:
        """Record who did what, and why."""
        UnitOfWork(self._connection).event(caller=caller, verb=verb, subject=subject, reason=reason, payload=payload)


def ancestors_of(connection: Connection, code: str) -> tuple[str, ...]:
    """The code of a jurisdiction or cell and of every level above it, lowest first; NotFound."""
    rows = connection.execute(query("ancestors"), {"code": code}).fetchall()
    if not rows:
        raise NotFound(f"there is no jurisdiction or cell {code!r}")
    return tuple(row[0] for row in rows)


def read_register(connection: Connection, code: str) -> Register:
    """The register that a jurisdiction or cell belongs to; NotFound."""
    line = ancestors_of(connection, code)
    rows = connection.execute(
        "select source from jurisdiction where code = any(%s) and recorded_to is null order by array_position(%s, code)",
        (list(line), list(line)),
    ).fetchall()
    if not rows:
        raise NotFound(f"there is no register for {code!r}")
    return Register(rows[0][0], code, top=len(line) == 1)


def meant_entities(
    connection: Connection, register: Register, named: Collection[tuple[str, date]]
) -> dict[tuple[str, date], Meant]:
    """The entities that texts mean on a day; those that are not in it are not in the register."""
    if not named:
        return {}
    texts, days = zip(*sorted(named), strict=True)
    rows = connection.execute(
        query("visits_meant"),
        {
            "named": list(texts), "days": list(days), "dataset": register.dataset, "code": register.code,
            "top": register.top,
        },
    ).fetchall()  # fmt: skip
    return {(text, day): Meant(*meant) for text, day, *meant in rows}


def _entity(connection: Connection, register: Register, named: str, day: date | None) -> int:
    on = day or today_of(connection, register.code)
    found = meant_entities(connection, register, {(named, on)}).get((named, on))
    if found is None:
        raise NotFound(
            f"there is no entity {named!r} in the register of {register.code}: give its permanent id, entity code, credit "
            "code, registration number or the register's own number"
        )
    if found.other is not None:
        raise Conflict(two_of_them(named))
    return found.entity_id


def two_of_them(named: str) -> str:
    """A number that one business has in its register, and another as permanent id."""
    return f"{named} is the register's own number of one business and the permanent id of another: write id:{named} or no:{named}"


def _row(row: Sequence[Any]) -> VisitRow:
    return VisitRow(*(*row[:7], tuple(row[7]), *row[8:]))


def _content(visit: Visit, caller: Caller) -> tuple[object, ...]:
    first = visit.officers[0] if visit.officers else None
    return (
        visit.visit_id, visit.made_on, visit.kind, first, visit.result, visit.digest, list(visit.officers), visit.purpose,
        visit.findings, visit.notice_no, visit.rectify_by, visit.revisit_of, visit.minutes, caller.name,
    )  # fmt: skip
