"""What is read of the register's life: histories, duplicates, the files of the unlicensed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from geo_api.db.claims import Reads, claims_of
from geo_api.db.columns import fetch_columns
from geo_api.db.engine import Connection
from geo_api.db.entity_names import entity_of, kept_of
from geo_api.db.entity_views import codes_of
from geo_api.db.queries import query
from geo_api.errors import NotFound
from geo_api.services.claims.store import ClaimView
from geo_api.services.claims.views import claim_view
from geo_api.services.entity_lookup import EntityCode
from geo_api.services.register.duplicates import Living
from geo_api.services.register.history import Happening, Version
from geo_api.services.register.unlicensed import FileRow
from geo_api.supervision.unlicensed import FileStep

CONTENT = (
    "credit_code", "registration_no", "name", "address", "industry", "credit_class", "licensed", "licence_until",
    "workload_hours", "opened", "closed",
)  # fmt: skip
BUREAU = """
    select j.code from entity_identity i join jurisdiction j on j.source = i.source and j.parent_code = ''
    where i.entity_id = %s and j.recorded_to is null order by j.code limit 1
"""
STEPS = """
    select 'unlicensed.' || step, day, at, jsonb_build_object('officer_id', officer_id, 'note', note), actor
    from unlicensed_step where entity_id = %(entity)s and at <= coalesce(%(known)s::timestamptz, 'infinity')
    union all
    select verdict, day, at, jsonb_build_object('kept', kept_id, 'entity_id', entity_id, 'other_id', other_id,
                                                'reason', reason), actor
    from same_entity
    where (entity_id = %(entity)s or other_id = %(entity)s) and at <= coalesce(%(known)s::timestamptz, 'infinity')
    order by 2, 3
"""
LIVING = {
    "ids": "int8", "name": "text", "address": "text", "address_key": "text", "credit_code": "text", "registration_no": "text",
    "lon": "float8", "lat": "float8", "inside": "bool",
}  # fmt: skip


class LifeReads(Reads):
    """Histories, duplicates, files."""

    def bureau_of(self, entity: str, on: date) -> str:
        """Code of the bureau whose register an entity is in; NotFound."""
        with self.reading() as connection:
            entity_id = entity_of(connection, entity, on, follow=False)
            row = connection.execute(BUREAU, (entity_id,)).fetchone()
        if row is None:
            raise NotFound(f"entity {entity_id} belongs to no bureau that is in force")
        return str(row[0])

    def past(
        self, entity: str, on: date, recorded_at: datetime | None = None
    ) -> tuple[int, int, tuple[Version, ...], tuple[EntityCode, ...], tuple[Happening, ...], tuple[ClaimView, ...]]:
        """Permanent id, whom it stands for, versions, codes, steps that were recorded, claims; NotFound."""
        with self.reading() as connection:
            entity_id = entity_of(connection, entity, on, follow=False)
            given = {"entity": entity_id, "day": on, "known": recorded_at}
            versions = tuple(_version(row) for row in connection.execute(query("register_past"), given).fetchall())
            steps = tuple(
                Happening(what if what != "same" else "duplicate", day, at, {}, dict(after), by)
                for what, day, at, after, by in connection.execute(STEPS, given).fetchall()
            )
            codes = codes_of(connection, entity_id, recorded_at)
            stands_for = kept_of(connection, entity_id)
            rows = claims_of(connection, "", on, known=recorded_at, entity_id=entity_id)
        rules, parents = self.rules(rows[0].cell_code, recorded_at) if rows else (), self.parents()
        claims = tuple(claim_view(row, on, rules, parents) for row in rows)
        return entity_id, stands_for, versions, codes, steps, claims

    def living(self, code: str, on: date) -> Living:
        """The entities of the bureau above a code that exist on a day."""
        above = self.ancestors(code)
        given = {"code": code, "day": on, "above": list(above), "whole": len(above) == 1}
        with self.reading() as connection:
            return Living(**fetch_columns(connection, query("register_living"), given, LIVING))

    def different(self) -> frozenset[tuple[int, int]]:
        """Pairs (lower id, higher id) of which somebody decided that they are different."""
        with self.reading() as connection:
            rows = connection.execute(
                "select entity_id, other_id from (select distinct on (entity_id, other_id) * from same_entity "
                "order by entity_id, other_id, id desc) d where verdict = 'different'"
            ).fetchall()
        return frozenset((one, other) for one, other in rows)

    def unlicensed(self, code: str, on: date, recorded_at: datetime | None = None) -> tuple[FileRow, ...]:
        """The unlicensed of a jurisdiction with their files, as they stood on a day, by id."""
        above = self.ancestors(code)
        with self.reading() as connection:
            return files(connection, code, on, above=above, known=recorded_at)


def files(
    connection: Connection,
    code: str,
    on: date,
    *,
    above: Sequence[str] = (),
    known: datetime | None = None,
    entity_id: int | None = None,
) -> tuple[FileRow, ...]:
    """Files of the unlicensed of a jurisdiction, or of one entity."""
    rows = connection.execute(
        query("register_unlicensed"),
        {
            "code": code,
            "day": on,
            "known": known,
            "entity": entity_id,
            "above": list(above),
            "whole": len(above) == 1,
        },
    ).fetchall()
    return tuple(
        FileRow(entity, name, address, industry, lon, lat, cell, opened, tuple(map(_step, steps)))
        for entity, name, address, industry, lon, lat, cell, opened, steps in rows
    )


def _step(stored: dict[str, Any]) -> FileStep:
    return FileStep(
        stored["step"],
        date.fromisoformat(stored["day"]),
        stored["officer_id"],
        stored["note"],
        stored["actor"],
        stored["became"],
    )


def _version(row: Sequence[Any]) -> Version:
    since, until, *content = row[:13]
    lon, lat, placed_by, cell, recorded_at, source = row[13:]
    place = (lon, lat) if lon is not None else None
    return Version(since, until, dict(zip(CONTENT, content, strict=True)), place, placed_by, cell, recorded_at, source)
