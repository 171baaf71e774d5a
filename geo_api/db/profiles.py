"""Profiles of bureaus: read by day and moment, set from a day on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, LiteralString

from psycopg.types.json import Jsonb
from psycopg.types.range import DateRange

from geo_api.clock import today_in
from geo_api.db.engine import Connection
from geo_api.db.jurisdictions import JurisdictionTables, ancestors_of
from geo_api.errors import BadRequest, NotFound
from geo_api.services.answers import Caller
from geo_api.services.profiles.store import ProfileRow
from geo_api.supervision.periods import Period

VERSIONS: LiteralString = """
    select p.bureau_code, p.timezone, p.rules, lower(p.valid), upper(p.valid), p.recorded_from, p.actor, p.reason, p.source
    from profile p where
"""
HELD: LiteralString = """
    select p.id, lower(p.valid), upper(p.valid) from profile p
    where p.recorded_to is null and p.bureau_code = %s order by p.valid
"""
REMAINS: LiteralString = """
    insert into profile (bureau_code, title_zh, title_en, timezone, loaded_rules, diagram, source, digest, rules, actor,
                         reason, valid)
    select bureau_code, title_zh, title_en, timezone, loaded_rules, diagram, source, digest, rules, actor, reason, %s
    from profile where id = %s
"""
SET: LiteralString = """
    insert into profile (bureau_code, title_zh, title_en, timezone, loaded_rules, diagram, source, digest, rules, actor,
                         reason, valid)
    select bureau_code, title_zh, title_en, timezone, coalesce(loaded_rules, rules), diagram, source, digest, %(rules)s,
           %(actor)s, %(reason)s, %(valid)s
    from profile where id = %(like)s
    returning id
"""
"""What the dataset last said stays with the row (loaded_rules, digest), so that the same dataset does not undo it."""
KNOWN: LiteralString = "p.recorded_from <= %(known)s and (p.recorded_to is null or p.recorded_to > %(known)s)"
CURRENT: LiteralString = "p.recorded_to is null"
NEAREST: LiteralString = """
    order by p.valid @> %(day)s desc, array_position(%(codes)s, p.bureau_code), upper_inf(p.valid) desc,
             upper(p.valid) desc nulls first limit 1
"""


class ProfileTables(JurisdictionTables):
    """Implements :class:`geo_api.services.profiles.store.ProfileStore`."""

    def today(self, code: str) -> date:
        """Today in the time zone of the bureau of a jurisdiction."""
        with self._database.connection() as connection:
            row = connection.execute(
                "select p.timezone from profile p where p.bureau_code = any(%s) order by p.recorded_to is null desc limit 1",
                (list(ancestors_of(connection, code)),),
            ).fetchone()
        return today_in(row[0] if row else "UTC")

    def row(self, code: str, on: date, recorded_at: datetime | None = None) -> ProfileRow:
        """The version for a day of the bureau above a code; NotFound."""
        with self._database.connection() as connection:
            found = read_profile_row(connection, code, on, recorded_at)
        if found is None:
            raise NotFound(f"no rules are recorded for {code} on {on}: load its dataset first (`gridward load`)")
        return found

    def rows(self, code: str) -> tuple[ProfileRow, ...]:
        """The versions of the bureau above a code, oldest first; NotFound."""
        with self._database.connection() as connection:
            codes = list(ancestors_of(connection, code))
            rows = connection.execute(
                VERSIONS + CURRENT + " and p.bureau_code = any(%s) order by p.valid", (codes,)
            ).fetchall()
        return tuple(_row(row) for row in rows)

    def in_force(self) -> tuple[ProfileRow, ...]:
        """Every version that still counts today or later, of every bureau."""
        with self._database.connection() as connection:
            rows = connection.execute(
                VERSIONS
                + CURRENT
                + " and not p.valid << daterange((now() at time zone p.timezone)::date, null) order by 1, p.valid"
            ).fetchall()
        return tuple(_row(row) for row in rows)

    def replace(
        self, bureau_code: str, settings: Mapping[str, Any], valid_from: date, *, caller: Caller, reason: str
    ) -> ProfileRow:
        """Store a version from a day up to the next one that is stored."""
        with self._database.writing() as connection:
            held = connection.execute(HELD, (bureau_code,)).fetchall()
            periods = {row[0]: Period(row[1], row[2]) for row in held}
            later = min((p.start for p in periods.values() if p.start and p.start > valid_from), default=None)
            new = Period(valid_from, later)
            cut = [(n, p) for n, p in periods.items() if p.overlaps(new)]
            if not cut:
                raise BadRequest(f"no rules of {bureau_code} are recorded for {valid_from}: choose a later day")
            connection.execute("update profile set recorded_to = now() where id = any(%s)", ([n for n, _ in cut],))
            left = [(_range(part), n) for n, p in cut for part in p.minus(new)]
            connection.cursor().executemany(REMAINS, left)
            stored = connection.execute(
                SET,
                {
                    "rules": Jsonb(dict(settings)),
                    "actor": caller.name,
                    "reason": reason,
                    "valid": _range(new),
                    "like": cut[0][0],
                },
            ).fetchone()
            row = connection.execute(VERSIONS + "p.id = %s", stored).fetchone()
            answer = _row(row)
            connection.execute(
                "insert into event (actor, role, verb, subject, reason, payload) values (%s, %s, 'set rules', %s, %s, %s)",
                (
                    caller.name,
                    caller.role,
                    f"profile:{bureau_code}",
                    reason,
                    Jsonb({"valid_from": valid_from.isoformat(), "digest": answer.digest}),
                ),
            )
        return answer

    def classes_in_use(self, bureau_code: str, on: date) -> Mapping[str, int]:
        """Credit class -> entities that have it on a day."""
        with self._database.connection() as connection:
            rows = connection.execute(
                "select e.credit_class, count(*) from entity e where e.recorded_to is null and e.valid @> %(day)s "
                "and e.licensed and (e.closed is null or e.closed > %(day)s) and e.source in "
                "(select source from jurisdiction where code = %(code)s and recorded_to is null) group by 1 order by 1",
                {"day": on, "code": bureau_code},
            ).fetchall()
        return dict(rows)


def read_profile_row(
    connection: Connection, code: str, on: date, recorded_at: datetime | None = None
) -> ProfileRow | None:
    """The version of the bureau above a code that holds on a day, else the nearest; None where there is none."""
    known = CURRENT if recorded_at is None else KNOWN
    row = connection.execute(
        VERSIONS + known + " and p.bureau_code = any(%(codes)s) " + NEAREST,
        {"codes": list(ancestors_of(connection, code)), "day": on, "known": recorded_at},
    ).fetchone()
    return None if row is None else _row(row)


def _row(row: Any) -> ProfileRow:
    bureau, timezone, rules, start, end, recorded, actor, reason, source = row
    return ProfileRow(bureau, timezone, rules, Period(start, end), recorded, actor, reason, source)


def _range(period: Period) -> DateRange:
    return DateRange(period.start, period.end)
