"""Draws of samples: kept, listed, and the visits of those drawn."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import LiteralString

from psycopg.types.json import Jsonb

from geo_api.db.workload import WorkloadViews
from geo_api.services.answers import Caller
from geo_api.services.sampling.model import NewDraw, StoredDraw

LATEST: LiteralString = """
    select distinct on (industry) draw_id, jurisdiction_code, year, industry, share, seed, register_on, population, chosen,
           digest, actor, reason, at
    from sampling_draw where jurisdiction_code = %s and year = %s
    order by industry, draw_id desc
"""
MEMBERS: LiteralString = """
    select m.draw_id, m.number, m.entity_id, coalesce(e.name, ''), coalesce(e.address, '')
    from sampling_member m
    left join lateral (
        select e.name, e.address from entity e where e.entity_id = m.entity_id and e.recorded_to is null
        order by e.valid @> %(day)s desc, upper_inf(e.valid) desc limit 1
    ) e on true
    where m.draw_id = any(%(draws)s) order by m.draw_id, m.number
"""
VISITS: LiteralString = """
    select entity_id, min(made_on) from inspection
    where recorded_to is null and entity_id = any(%(ids)s) and made_on >= %(first)s and made_on < %(last)s
    group by entity_id
"""
DRAW: LiteralString = """
    insert into sampling_draw (jurisdiction_code, year, industry, share, seed, register_on, population, chosen, digest,
                               actor, role, reason)
    values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) returning draw_id
"""


class SamplingTables(WorkloadViews):
    """Implements :class:`geo_api.services.sampling.model.SamplingStore`."""

    def draws(self, jurisdiction: str, year: int) -> tuple[StoredDraw, ...]:
        """The latest draw of each industry."""
        with self._database.connection() as connection:
            rows = connection.execute(LATEST, (jurisdiction, year)).fetchall()
        return tuple(StoredDraw(*row) for row in rows)

    def keep_draws(self, draws: Sequence[NewDraw], *, caller: Caller, reason: str) -> None:
        """Store draws with their members, in one transaction."""
        with self._database.writing() as connection:
            for new in draws:  # a handful: one an industry
                row = connection.execute(
                    DRAW,
                    (new.jurisdiction, new.year, new.industry, new.share, new.seed, new.register_on, new.population,
                     len(new.members), new.digest, caller.name, caller.role, reason),
                ).fetchone()  # fmt: skip
                connection.execute(
                    "insert into sampling_member (draw_id, entity_id, number) "
                    "select %s, m.id, m.n from unnest(%s::bigint[]) with ordinality as m (id, n)",
                    (row[0] if row else 0, list(new.members)),
                )
            connection.execute(
                "insert into event (actor, role, verb, subject, reason, payload) values (%s, %s, 'draw sample', %s, %s, %s)",
                (
                    caller.name,
                    caller.role,
                    f"sampling:{draws[0].jurisdiction}",
                    reason,
                    Jsonb({"year": draws[0].year, "seed": draws[0].seed, "industries": [d.industry for d in draws]}),
                ),
            )

    def drawn(self, draw_ids: Collection[int], on: date) -> tuple[tuple[int, int, int, str, str], ...]:
        """(draw, number, entity, name, address) of the members of some draws, in their order."""
        with self._database.connection() as connection:
            rows = connection.execute(MEMBERS, {"draws": list(draw_ids), "day": on}).fetchall()
        return tuple((draw, number, entity, name, address) for draw, number, entity, name, address in rows)

    def first_visits(self, ids: Sequence[int], first: date, last: date) -> Mapping[int, date]:
        """Entity -> its first visit of the days [first, last); those without one are left out."""
        with self._database.connection() as connection:
            rows = connection.execute(VISITS, {"ids": list(ids), "first": first, "last": last}).fetchall()
        return dict(rows)
