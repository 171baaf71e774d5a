"""What visit plans are made from, and the plans that were kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date

from psycopg.types.range import DateRange

from geo_api.db.engine import Connection
from geo_api.db.jurisdictions import JurisdictionTables
from geo_api.db.queries import query
from geo_api.db.station_reader import read_profile
from geo_api.db.tasks import located
from geo_api.db.unit_of_work import UnitOfWork
from geo_api.errors import NotFound
from geo_api.services.answers import Caller
from geo_api.services.rounds.model import OpenTask, Place, StoredPlan, VisitPlan
from geo_api.supervision.absences import Absence
from geo_api.supervision.periods import Period
from geo_api.supervision.profile import Profile, profile_from


class RoundTables(JurisdictionTables):
    """Implements :class:`geo_api.services.rounds.model.RoundStore`."""

    def profile(self, code: str, on: date) -> Profile:
        """The rules of the bureau above a code, on a day."""
        with self._database.connection() as connection:
            zone, settings = read_profile(connection, code, on)
        return profile_from(settings, timezone=zone)

    def places(self, cells: Sequence[str], on: date) -> tuple[Place, ...]:
        """The entities of some cells on a day, by id, with the last visit made before it."""
        with self._database.connection() as connection:
            rows = connection.execute(query("round_places"), {"cells": list(cells), "day": on}).fetchall()
            codes = located(connection, [r[6] for r in rows], [r[7] for r in rows], on)
        wanted = set(cells)
        return tuple(
            Place(r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], code, r[8], r[9])
            for r, code in zip(rows, codes, strict=True)
            if code in wanted
        )

    def visits_since(self, ids: Sequence[int], since: date, before: date) -> dict[int, list[date]]:
        """Days of the visits made to entities in [since, before), ascending."""
        with self._database.connection() as connection:
            rows = connection.execute(
                "select entity_id, made_on from inspection where recorded_to is null and entity_id = any(%s) "
                "and made_on >= %s and made_on < %s order by 1, 2",
                (list(ids), since, before),
            ).fetchall()
        found: dict[int, list[date]] = defaultdict(list)
        for entity_id, day in rows:
            found[entity_id].append(day)
        return dict(found)

    def tasks(self, cells: Sequence[str], on: date) -> tuple[OpenTask, ...]:
        """Tasks in officers' hands in some cells on a day."""
        with self._database.connection() as connection:
            rows = connection.execute(
                "select t.task_id, t.title, t.kind, s.due_on, t.entity_id, t.address, t.lon, t.lat, s.cell_code, "
                "s.officer_id "
                "from task t join lateral (select * from task_step s where s.task_id = t.task_id and s.day <= %s "
                "order by s.n desc limit 1) s on true "
                "where s.cell_code = any(%s) and s.state in ('assigned', 'accepted') order by t.task_id",
                (on, list(cells)),
            ).fetchall()
        return tuple(OpenTask(*row) for row in rows)

    def officer(self, officer_id: str, on: date) -> tuple[str, str]:
        """Name and station code of an officer on a day; NotFound."""
        with self._database.connection() as connection:
            row = connection.execute(
                "select name, station_code from officer where officer_id = %s and recorded_to is null and valid @> %s",
                (officer_id, on),
            ).fetchone()
        if row is None:
            raise NotFound(f"there is no officer {officer_id!r} on {on}")
        return str(row[0]), str(row[1])

    def absences(self, officers: Sequence[str], first: date, end: date) -> tuple[Absence, ...]:
        """Absences in [first, end) of officers, and those in which they stand in."""
        with self._database.connection() as connection:
            rows = connection.execute(
                "select id, officer_id, substitute_id, kind, lower(valid), upper(valid) from absence "
                "where recorded_to is null and (officer_id = any(%(ids)s) or substitute_id = any(%(ids)s)) "
                "and valid && daterange(%(first)s, %(end)s) order by id",
                {"ids": list(officers), "first": first, "end": end},
            ).fetchall()
        return tuple(Absence(row[0], row[1], row[2], row[3], Period(row[4], row[5])) for row in rows)

    def start(self, code: str, on: date) -> tuple[str, float, float]:
        """Name of a station and a point inside it (its office is not recorded); NotFound."""
        with self._database.connection() as connection:
            row = connection.execute(
                "select name, st_x(p), st_y(p) from jurisdiction j, st_pointonsurface(j.geom) p "
                "where j.code = %s and j.recorded_to is null and j.valid @> %s",
                (code, on),
            ).fetchone()
        if row is None:
            raise NotFound(f"there is no station {code!r} on {on}")
        return str(row[0]), float(row[1]), float(row[2])

    def stored(self, round_id: int) -> StoredPlan:
        """A stored plan; NotFound."""
        with self._database.connection() as connection:
            head = connection.execute(
                "select round_id, jurisdiction_code, officer_id, cell_codes, lower(period), upper(period) "
                "from round_plan where round_id = %s",
                (round_id,),
            ).fetchone()
            if head is None:
                raise NotFound(f"there is no visit plan {round_id}; `gridward rounds keep` stores one")
            visits = connection.execute(
                "select v.day, v.position, v.entity_id, v.task_id, coalesce(e.name, t.title, ''), v.cell_code, v.why "
                "from planned_visit v left join task t on t.task_id = v.task_id "
                "left join lateral (select name from entity e where e.entity_id = v.entity_id and e.recorded_to is null "
                "order by e.valid @> v.day desc, upper(e.valid) desc nulls first limit 1) e on true "
                "where v.round_id = %s order by 1, 2",
                (round_id,),
            ).fetchall()
        return StoredPlan(head[0], head[1], head[2], tuple(head[3]), head[4], head[5], tuple(visits))

    def tasks_done(self, ids: Sequence[int]) -> dict[int, date]:
        """The day on which the officers were through with each of these tasks."""
        with self._database.connection() as connection:
            rows = connection.execute(
                "select task_id, min(day) from task_step where task_id = any(%s) "
                "and step in ('done', 'handed_over', 'referred', 'closed') group by 1",
                (list(ids),),
            ).fetchall()
        return dict(rows)

    @contextmanager
    def change(self) -> Iterator[RoundChanges]:
        """A transaction that stores something."""
        with self._database.writing() as connection:
            yield RoundChanges(connection)


class RoundChanges:
    """Implements :class:`geo_api.services.rounds.model.RoundWork` on the connection of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, plan: VisitPlan, *, caller: Caller, reason: str) -> int:
        """Store a plan; the same one twice is stored once."""
        known = self._connection.execute(
            "select round_id from round_plan where officer_id = %s and cell_codes = %s and digest = %s",
            (plan.officer_id, list(plan.cells), plan.digest),
        ).fetchone()
        if known is not None:
            return int(known[0])
        period = DateRange(plan.period_from, plan.period_to)
        row = self._connection.execute(
            "insert into round_plan (jurisdiction_code, officer_id, cell_codes, period, made_on, digest, actor, role, "
            "reason) values (%s, %s, %s, %s, %s, %s, %s, %s, %s) returning round_id",
            (plan.jurisdiction, plan.officer_id, list(plan.cells), period, plan.on, plan.digest, caller.name, caller.role,
             reason),
        ).fetchone()  # fmt: skip
        round_id = int(row[0]) if row else 0
        self._connection.cursor().executemany(
            "insert into planned_visit (round_id, day, position, entity_id, task_id, cell_code, why) "
            "values (%s, %s, %s, %s, %s, %s, %s)",
            [
                (round_id, day.day, s.position, s.entity_id, s.task_id, s.cell_code, " ".join(w[0] for w in s.why))
                for day in plan.days
                for s in day.stops
            ],
        )
        UnitOfWork(self._connection).event(
            caller=caller,
            verb="rounds_keep",
            subject=f"round:{round_id}",
            reason=reason,
            payload={
                "officer_id": plan.officer_id,
                "cells": list(plan.cells),
                "visits": sum(len(d.stops) for d in plan.days),
            },
        )
        return round_id
