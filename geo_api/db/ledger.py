"""What ledgers are read from: the register of a day, posts with every name and title, markets, the unlicensed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, LiteralString

from geo_api.db.engine import Connection, Database
from geo_api.db.queries import query
from geo_api.errors import NotFound
from geo_api.services.ledger.answer import LedgerPost
from geo_api.services.ledger.store import EntityLine, Frame, LedgerRows, UnlicensedStep

PROFILE: LiteralString = """
    select rules, diagram, digest, timezone from profile p
    where p.bureau_code = any(%(above)s) and {known}
    order by p.valid @> %(day)s desc, lower(p.valid) <= %(day)s desc, abs(lower(p.valid) - %(day)s::date) limit 1
"""
POSTS: LiteralString = """
    select a.jurisdiction_code, a.officer_id, coalesce(o.name, ''), coalesce(o.title, ''), coalesce(o.telephone, ''),
           a.role, a.function, lower(days), upper(days)
    from assignment a
    left join officer o on o.officer_id = a.officer_id and {known_officer} and o.valid && a.valid
    cross join lateral (select case when o.valid is null then a.valid else a.valid * o.valid end as days) part
    where {known} and a.jurisdiction_code = any(%(codes)s) and (lower(a.valid) is null or lower(a.valid) <= %(day)s)
      and (lower(days) is null or lower(days) <= %(day)s)
    order by 1, lower(days) nulls first, array_position(array['lead', 'first', 'direct', 'deputy'], a.role), 7, 2
"""
MARKETS: LiteralString = """
    select m.code, m.name, m.exclusive, st_x(p), st_y(p)
    from market m cross join lateral st_pointonsurface(m.geom) p
    where {known} and m.valid @> %(day)s and m.source in (select source from jurisdiction where code = any(%(above)s))
    order by m.code collate "C", m.name
"""
UNLICENSED: LiteralString = """
    select s.entity_id, e.name, e.address, e.industry, st_x(e.geom), st_y(e.geom), s.step, s.day, s.officer_id, s.note
    from unlicensed_step s
    join lateral (
        select name, address, industry, geom from entity e
        where e.entity_id = s.entity_id and {known_entity} and lower(e.valid) <= %(day)s
          and e.source in (select source from jurisdiction where code = any(%(above)s))
        order by upper_inf(e.valid) desc, lower(e.valid) desc limit 1
    ) e on true
    where s.day <= %(day)s and {known}
    order by s.entity_id, s.step_no
"""


class LedgerViews:
    """Implements :class:`geo_api.services.ledger.store.LedgerReader`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The code of a jurisdiction or cell and of every level above it, lowest first; NotFound."""
        with self._database.connection() as connection:
            rows = connection.execute(query("ancestors"), {"code": code}).fetchall()
        if not rows:
            raise NotFound(f"there is no jurisdiction or cell {code!r}")
        return tuple(row[0] for row in rows)

    def rows(
        self,
        code: str,
        on: date,
        recorded_at: datetime | None,
        *,
        frame: Frame | None,
        codes: Sequence[str],
        plans: Sequence[int],
        visits: bool,
    ) -> LedgerRows:
        """What a ledger needs, in one snapshot of the database; NotFound."""
        above = self.ancestors(code)
        key: dict[str, Any] = {"day": on, "moment": recorded_at, "above": list(above)}
        key |= {"codes": list(codes), "plans": list(plans)}
        if frame is not None:
            key |= dict(zip(("west", "south", "east", "north"), frame, strict=True))
        moment = recorded_at is not None
        with self._database.connection() as connection:
            connection.execute("set transaction isolation level repeatable read, read only")
            profile = connection.execute(PROFILE.format(known=known("p", moment)), key).fetchone()
            posts = connection.execute(POSTS.format(known=known("a", moment), known_officer=known("o", moment)), key)
            unlicensed = UNLICENSED.format(
                known="s.at <= %(moment)s" if moment else "true", known_entity=known("e", moment)
            )
            return LedgerRows(
                settings=profile[0] if profile else {},
                diagram=profile[1] if profile else {},
                profile_digest=profile[2] if profile else "",
                entities=_entities(connection, key, moment=moment, framed=frame is not None, visits=visits),
                posts=tuple(LedgerPost(*row) for row in posts.fetchall()),
                markets=tuple(connection.execute(MARKETS.format(known=known("m", moment)), key).fetchall()),
                unlicensed=tuple(UnlicensedStep(*row) for row in connection.execute(unlicensed, key).fetchall()),
                timezone=profile[3] if profile else "UTC",
            )


def known(alias: LiteralString, moment: bool) -> LiteralString:
    """The condition on a bitemporal row: current, or current at ``%(moment)s``."""
    if not moment:
        return alias + ".recorded_to is null"
    column = alias + ".recorded_"
    return f"{column}from <= %(moment)s and ({column}to is null or {column}to > %(moment)s)"


def _entities(
    connection: Connection, key: dict[str, Any], *, moment: bool, framed: bool, visits: bool
) -> tuple[EntityLine, ...]:
    sql = query("ledger_entities").replace("/*known*/", known("e", moment))
    sql = sql.replace("/*known_visit*/", known("i", moment) if visits else "false")
    inside = " and e.geom && st_makeenvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4490)"
    sql = sql.replace("/*frame*/", inside if framed else "")
    return tuple(EntityLine(*row) for row in connection.execute(sql, key).fetchall())  # type: ignore[arg-type]
