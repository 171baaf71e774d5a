"""An entity as people name it: by permanent id, by an entity code of any age, by credit code or registration number."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
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


MANY_BY_CODE = """
    select distinct on (a.n) a.n, m.entity_id
    from unnest(%(asked)s::int[], %(days)s::date[], %(cells)s::text[], %(serials)s::int[], %(widths)s::int[])
        as a (n, day, cell, serial, width)
    join cell_entity m on m.cell_code = a.cell and m.serial = a.serial
    join plan_validity v using (plan_id) join plan p using (plan_id)
    where v.recorded_to is null and coalesce((p.parameters #>> '{codes,serial}')::int, 5) = a.width
    order by a.n, (v.valid @> a.day) desc, upper(v.valid) desc nulls first
"""
MANY_BY_NUMBER = """
    with asked as (
        select a.* from unnest(%(asked)s::int[], %(days)s::date[], %(named)s::text[]) as a (n, day, named)
        where a.named <> ''
    ),
    found as (
        select a.n, a.day, e.entity_id, e.closed from asked a
        join entity e on e.credit_code = a.named and e.recorded_to is null and e.valid @> a.day
        union
        select a.n, a.day, e.entity_id, e.closed from asked a
        join entity e on e.registration_no = a.named and e.recorded_to is null and e.valid @> a.day
    )
    select n, entity_id from found order by n, (closed is null or closed > day) desc, entity_id
"""
MANY_KEPT = """
    with recursive kept (root, id, step) as (
        select i.id, i.id, 0 from unnest(%(ids)s::bigint[]) as i (id)
        union all
        select kept.root, s.kept_id, kept.step + 1 from kept join lateral (
            select distinct on (d.entity_id, d.other_id) d.kept_id from same_entity d
            where (d.entity_id = kept.id or d.other_id = kept.id)
            order by d.entity_id, d.other_id, d.id desc
        ) s on s.kept_id <> kept.id
        where kept.step < 20
    )
    select distinct on (root) root, id from kept order by root, step desc
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
    text = _as_written(named)
    found = _by_code(connection, text, on) or _by_id(connection, text)
    if found is None:
        found = the_one(named, _by_number(connection, text, on))
    return kept_of(connection, found) if follow else found


def entities_of(connection: Connection, asked: Sequence[tuple[str, date]]) -> dict[tuple[str, date], tuple[int, ...]]:
    """Permanent ids of those whom names may mean on days, in four questions; :func:`the_one` says which it is.

    A duplicate stands for the entity that was kept.
    """
    pairs = list(dict.fromkeys(asked))
    texts = [_as_written(named) for named, _ in pairs]
    days = [on for _, on in pairs]
    parts = [(n, days[n], *part) for n, text in enumerate(texts) for part in zip(*code_parts(text), strict=True)]
    columns = zip(*parts, strict=True) if parts else ([] for _ in range(5))
    given = dict(zip(("asked", "days", "cells", "serials", "widths"), map(list, columns), strict=True))
    found = {n: (int(one),) for n, one in connection.execute(MANY_BY_CODE, given).fetchall()}
    ids = {n: int(text) for n, text in enumerate(texts) if n not in found and _may_be_id(text)}
    rows = connection.execute(
        "select entity_id from entity_identity where entity_id = any(%s)", (list(ids.values()),)
    ).fetchall()
    known = {row[0] for row in rows}
    found |= {n: (one,) for n, one in ids.items() if one in known}
    rest = [n for n in range(len(pairs)) if n not in found]
    numbers = {"asked": rest, "days": [days[n] for n in rest], "named": [texts[n] for n in rest]}
    for n, one in connection.execute(MANY_BY_NUMBER, numbers).fetchall():
        found[n] = tuple(dict.fromkeys((*found.get(n, ()), int(one))))
    meant = sorted({one for those in found.values() if len(those) == 1 for one in those})
    kept: dict[int, int] = dict(connection.execute(MANY_KEPT, {"ids": meant}).fetchall())
    return {pair: tuple(kept.get(one, one) for one in found[n]) if n in found else () for n, pair in enumerate(pairs)}


def the_one(named: str, ids: Sequence[int]) -> int:
    """The entity that a name means; NotFound where nobody is named so, Conflict where several are."""
    if len(ids) > 1:
        raise Conflict(
            f"{len(ids)} entities have the number {_as_written(named)} (entities {', '.join(map(str, ids[:5]))}): name "
            "one by its id; `gridward register duplicates` shows them"
        )
    if not ids:
        raise NotFound(
            f"there is no entity {named!r}: give its permanent id, entity code, credit code or registration no"
        )
    return int(ids[0])


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
    if not _may_be_id(text):
        return None
    row = connection.execute("select entity_id from entity_identity where entity_id = %s", (int(text),)).fetchone()
    return int(row[0]) if row else None


def _by_number(connection: Connection, text: str, on: date) -> list[int]:
    rows = connection.execute(BY_NUMBER, {"named": text, "day": on}).fetchall() if text else []
    return list(dict.fromkeys(row[0] for row in rows))


def _as_written(named: str) -> str:
    return unicodedata.normalize("NFKC", named).strip().upper()


def _may_be_id(text: str) -> bool:
    """Whether it may be a permanent id: 000…6 is a number, not an id."""
    return text.isascii() and text.isdigit() and text[0] != "0" and int(text) < 2**63
