"""A load beside rules that somebody set: what was set for later stays, classes that the rules do not know stay out."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from geo_api.db.engine import Connection
from geo_api.db.profiles import read_profile_row
from geo_api.supervision.frequency import rules_from

if TYPE_CHECKING:
    import pandas as pd


def keep_later_rules(connection: Connection, source: str, today: date) -> None:
    """Versions set for a later day learn what the dataset says now, and keep their rules.

    Without this the next load after that day would take them for the dataset's own, changed.
    """
    connection.execute(
        "create temp table later_profile on commit drop as "
        "select p.*, s.digest as new_digest, s.title_zh as new_zh, s.title_en as new_en, s.timezone as new_zone, "
        "s.loaded_rules as said, s.diagram as new_diagram "
        "from profile p join stage_profile s using (bureau_code) where p.source = %s and p.recorded_to is null "
        "and lower(p.valid) > %s and p.digest <> s.digest",
        (source, today),
    )
    connection.execute("update profile set recorded_to = now() where id in (select id from later_profile)")
    connection.execute(
        "insert into profile (bureau_code, title_zh, title_en, timezone, loaded_rules, diagram, source, digest, rules, "
        "actor, reason, valid) select bureau_code, new_zh, new_en, new_zone, said, new_diagram, source, new_digest, rules, "
        "actor, reason, valid from later_profile"
    )


def of_known_classes(
    connection: Connection, entities: pd.DataFrame, bureau_code: str, today: date
) -> tuple[pd.DataFrame, tuple[tuple[str, str, str], ...]]:
    """Entities whose class the rules in force know; the others as (table, key, reason)."""
    row = read_profile_row(connection, bureau_code, today)
    order = rules_from(row.settings if row else {}).classes.order
    known = entities["credit_class"].isin(order) | ~entities["licensed"].astype(bool)
    if known.all():
        return entities, ()
    odd = entities.loc[~known, ["source_id", "credit_class"]]
    reason = f"is none of the classes in force ({', '.join(order)}; gridward profile show)"
    refused = tuple(("entity", str(key), f"class {letter!r} {reason}") for key, letter in odd.itertuples(index=False))
    return entities[known].reset_index(drop=True), refused
