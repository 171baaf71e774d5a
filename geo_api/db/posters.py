"""Posters: recorded, listed; a new one takes the place of the one that hung there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from psycopg.types.range import DateRange

from geo_api.db.engine import Connection
from geo_api.db.jurisdictions import JurisdictionTables
from geo_api.db.queries import query
from geo_api.db.unit_of_work import UnitOfWork
from geo_api.errors import NotFound
from geo_api.services.answers import Caller, Poster

COLUMNS = "jurisdiction_code, place, drawn_for, plan_id, posted_by, lower(valid), upper(valid)"


def posters_on(
    connection: Connection, codes: Sequence[str], on: date, recorded_at: datetime | None = None
) -> tuple[Poster, ...]:
    """The posters of jurisdictions that hang on a day, by code and place."""
    rows = connection.execute(
        f"select {COLUMNS} from poster where jurisdiction_code = any(%(codes)s) and valid @> %(day)s "  # noqa: S608
        "and recorded_from <= coalesce(%(moment)s, now()) and (recorded_to is null or recorded_to > %(moment)s) "
        'order by jurisdiction_code collate "C", place',
        {"codes": list(codes), "day": on, "moment": recorded_at},
    ).fetchall()
    return tuple(Poster(*row) for row in rows)


class PosterTables(JurisdictionTables):
    """Implements :class:`geo_api.services.posters.PosterStore`."""

    def below(self, code: str) -> tuple[str, ...]:
        """The code, the jurisdictions below it, and every cell code of its stations."""
        with self._database.connection() as connection:
            rows = connection.execute(query("codes_below"), {"code": code}).fetchall()
        return tuple(row[0] for row in rows)

    def posters(self, codes: Sequence[str], on: date, recorded_at: datetime | None = None) -> tuple[Poster, ...]:
        """The posters of jurisdictions that hang on a day."""
        with self._database.connection() as connection:
            return posters_on(connection, codes, on, recorded_at)

    def plan_on(self, code: str, on: date) -> int | None:
        """The plan in force for a station or cell on a day; None for what has many or none."""
        with self._database.connection() as connection:
            row = connection.execute(
                "select plan_id from plan_validity where recorded_to is null and valid @> %(day)s and station_code = "
                "coalesce((select station_code from cell_code where code = %(code)s), %(code)s)",
                {"code": code, "day": on},
            ).fetchone()
        return row[0] if row else None

    def record(self, poster: Poster, *, caller: Caller, reason: str) -> None:
        """Let a poster hang from its first day on: what hung there until then ends, in one transaction."""
        with self._database.writing() as connection:
            self._end(connection, poster.jurisdiction_code, poster.place, poster.posted_on)
            connection.execute(
                "insert into poster (jurisdiction_code, place, drawn_for, plan_id, posted_by, valid) "
                "values (%s, %s, %s, %s, %s, %s)",
                (
                    poster.jurisdiction_code,
                    poster.place,
                    poster.drawn_for,
                    poster.plan_id,
                    poster.posted_by,
                    DateRange(poster.posted_on, None),
                ),
            )
            self._tell(connection, "post", poster.jurisdiction_code, poster.place, caller, reason)

    def remove(self, code: str, place: str, on: date, *, caller: Caller, reason: str) -> None:
        """End what hangs at a place; NotFound where nothing does."""
        with self._database.writing() as connection:
            if not self._end(connection, code, place, on):
                raise NotFound(
                    f"no poster of {code} hangs at {place!r} on {on}; gridward posters list names those that do"
                )
            self._tell(connection, "take_down", code, place, caller, reason)

    def _end(self, connection: Connection, code: str, place: str, on: date) -> int:
        """Close what hangs at a place on a day or later, and keep its days before."""
        rows = connection.execute(
            "update poster set recorded_to = now() where jurisdiction_code = %s and place = %s and recorded_to is null "
            "and (upper_inf(valid) or upper(valid) > %s) returning drawn_for, plan_id, posted_by, lower(valid)",
            (code, place, on),
        ).fetchall()
        for drawn_for, plan_id, posted_by, since in rows:
            if since < on:
                connection.execute(
                    "insert into poster (jurisdiction_code, place, drawn_for, plan_id, posted_by, valid) "
                    "values (%s, %s, %s, %s, %s, %s)",
                    (code, place, drawn_for, plan_id, posted_by, DateRange(since, on)),
                )
        return len(rows)

    def _tell(self, connection: Connection, verb: str, code: str, place: str, caller: Caller, reason: str) -> None:
        UnitOfWork(connection).event(
            caller=caller, verb=verb, subject=f"poster:{code}", reason=reason, payload={"place": place}
        )
