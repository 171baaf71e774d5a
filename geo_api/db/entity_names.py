"""An entity as people name it: by permanent id, by an entity code of any age, by credit code or registration number."""

from __future__ import annotations

import unicodedata
from datetime import date

from geo_api.db.engine import Connection
from geo_api.db.entity_code_parts import code_parts
from geo_api.errors import Conflict, NotFound

BY_CODE = """
    select m.entity_id from cell_entity m join plan_validity v using (plan_id) join plan p using (plan_id)
    where v.recorded_to is null
      and (m.cell_code, m.serial, coalesce((p.parameters #>> '{codes,serial}')::int, 5))
          in (select * from unnest(%(cells)s::text[], %(serials)s::int[], %(widths)s::int[]))
    order by (v.valid @> %(day)s) desc, upper(v.valid) desc nulls first limit 1
"""
BY_NUMBER = """
    select e.entity_id from entity e
    where e.recorded_to is null and e.valid @> %(day)s and (e.credit_code = %(named)s or e.registration_no = %(named)s)
    order by e.closed is null or e.closed > %(day)s desc, 1
"""
KEPT = """
    with recursive kept (id, step) as (
        select %(id)s::bigint, 0
        union all
        select s.kept_id, kept.step + 1 from kept join lateral (
            select distinct on (d.entity_id, d.other_id) d.kept_id from same_entity d
            where (d.entity_id = kept.id or d.other_id = kept.id)
            order by d.entity_id, d.other_id, d.id desc
        ) s on s.kept_id <> kept.id
        where kept.step < 20
    )
    select id from kept order by step desc limit 1
"""


def entity_of(connection: Connection, named: str, on: date, *, follow: bool = True) -> int:
    """Permanent id of the entity that is meant.

    Args:
        connection: to ask.
        named: permanent id, entity code, unified social credit code or registration number.
        on: the day on which a code counts.
        follow: a duplicate stands for the entity that was kept.

    Raises:
        NotFound: nobody is named so. Conflict: several are.
    """
    text = unicodedata.normalize("NFKC", named).strip().upper()
    found = _by_code(connection, text, on) or _by_id(connection, text) or _by_number(connection, text, on)
    if found is None:
        raise NotFound(
            f"there is no entity {named!r}: give its permanent id, entity code, credit code or registration no"
        )
    return kept_of(connection, found) if follow else found


def kept_of(connection: Connection, entity_id: int) -> int:
    """The entity that stands for a duplicate: itself where it is none."""
    row = connection.execute(KEPT, {"id": entity_id}).fetchone()
    return int(row[0]) if row else entity_id


def _by_code(connection: Connection, text: str, on: date) -> int | None:
    cells, serials, widths = code_parts(text)
    if not cells:
        return None
    parts = {"cells": cells, "serials": serials, "widths": widths, "day": on}
    row = connection.execute(BY_CODE, parts).fetchone()
    return int(row[0]) if row else None


def _by_id(connection: Connection, text: str) -> int | None:
    if not (text.isascii() and text.isdigit()) or text[0] == "0" or int(text) >= 2**63:  # 000…6 is a number, not an id
        return None
    row = connection.execute("select entity_id from entity_identity where entity_id = %s", (int(text),)).fetchone()
    return int(row[0]) if row else None


def _by_number(connection: Connection, text: str, on: date) -> int | None:
    rows = connection.execute(BY_NUMBER, {"named": text, "day": on}).fetchall() if text else []
    ids = list(dict.fromkeys(row[0] for row in rows))
    if len(ids) > 1:
        raise Conflict(
            f"{len(ids)} entities have the number {text} (entities {', '.join(map(str, ids[:5]))}): name one by its id; "
            "`gridward register duplicates` shows them"
        )
    return int(ids[0]) if ids else None
