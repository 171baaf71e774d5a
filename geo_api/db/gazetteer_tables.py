"""The gazetteer's tables: read as frames for the memory of the service, filled by imports and by the parser."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd
import shapely
from psycopg import sql
from psycopg.types.json import Jsonb

from geo_api.db.copy import copy_frame
from geo_api.db.engine import Connection, Database
from geo_api.db.queries import query
from geo_api.db.staging import Target, apply, stage
from geo_api.services.addresses.store import GazetteerFrames, GazetteerImport
from geo_api.services.load_report import TableCounts

TARGETS = {
    "points": Target("gazetteer_point", ("point_id",), ("point_id", "address", "geom"), gone="end"),
    "places": Target(
        "gazetteer_place", ("place_id",), ("place_id", "name", "kind", "geom"), text=("kind",), gone="end"
    ),
    "streets": Target("gazetteer_street", ("digest",), ("name", "geom"), gone="end"),
    "former": Target("gazetteer_former", ("digest",), ("kind", "former", "name", "since"), gone="end"),
    "divisions": Target(
        "division",
        ("digest",),
        ("code", "name", "level", "parent", "valid_from", "valid_to", "became", "aliases", "year_only"),
        text=("parent", "became", "aliases"),
        gone="end",
    ),
}
"""What can be imported -> where it goes; rows that are gone from the file end on the day of the import."""
TODAY = "(select coalesce(max((now() at time zone timezone)::date), current_date) from profile where recorded_to is null)"  # fmt: skip
"""The bureaus' day, not that of the database's session."""
LINES = f"""
    select name, st_asbinary(geom) from boundary_line
    where recorded_to is null and name <> '' and valid @> {TODAY} and kind not in ('river', 'railway', 'water')
    union all
    select name, st_asbinary(geom) from gazetteer_street where recorded_to is null and valid @> {TODAY}
"""  # noqa: S608 (a constant of this module)
PLACES = """
    select name, st_x(geom), st_y(geom), lower(valid), upper(valid) from gazetteer_place where recorded_to is null
"""
MARKETS = "select name, st_asbinary(geom), lower(valid), upper(valid) from market where recorded_to is null"
FORMER = f"select kind, former, name, since from gazetteer_former where recorded_to is null and valid @> {TODAY}"  # noqa: S608
DIVISIONS = f"""
    select code, name, level, parent,
           coalesce(case when year_only then extract(year from valid_from)::text else valid_from::text end, ''),
           coalesce(case when year_only then extract(year from valid_to)::text else valid_to::text end, ''),
           became, aliases
    from division where recorded_to is null and valid @> {TODAY} order by code, valid_from nulls first, id
"""  # noqa: S608
DIVISION_COLUMNS = ("code", "name", "level", "parent", "valid_from", "valid_to", "became", "aliases")
TEXTS = ("address", "head", "name", "lanes", "text", "building", "place", "county", "town", "village")


class GazetteerTables:
    """Implements :class:`geo_api.services.addresses.store.GazetteerStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def revision(self) -> str:
        """A token that changes whenever a place, an address or a name may have changed."""
        with self._database.connection() as connection:
            row = connection.execute("select gazetteer_revision()").fetchone()
        return str(row[0]) if row else ""

    def divisions(self) -> tuple[list[dict[str, str]], str, str]:
        """The rows of the divisions, and code and name of the deployment's own county or city ("" where none is known)."""
        with self._database.connection() as connection:
            rows = connection.execute(DIVISIONS).fetchall()
            home = connection.execute(
                "select left(code, 6), name from jurisdiction where recorded_to is null order by level, code limit 1"
            ).fetchone()
        return [dict(zip(DIVISION_COLUMNS, row, strict=True)) for row in rows], *(map(str, home) if home else ("", ""))

    def read(self, version: str) -> GazetteerFrames:
        """Everything that the gazetteer is made of, in one snapshot of the database."""
        with self._database.connection() as connection:
            connection.execute("set transaction isolation level repeatable read, read only")
            revision = connection.execute("select gazetteer_revision()").fetchone()
            return GazetteerFrames(
                revision=str(revision[0]) if revision else "",
                rows=_rows(connection, version),
                lines=_with_shapes(connection, LINES, ["name", "geometry"]),
                places=_frame(connection, PLACES, ["name", "lon", "lat", "valid_from", "valid_to"]),
                markets=_with_shapes(connection, MARKETS, ["name", "geometry", "valid_from", "valid_to"]),
                former=_frame(connection, FORMER, ["kind", "former", "name", "since"]),
            )

    def unparsed(self, version: str) -> list[str]:
        """Address texts that this version of the parser has not read yet."""
        with self._database.connection() as connection:
            return [row[0] for row in connection.execute(query("gazetteer_unparsed"), {"version": version}).fetchall()]

    def store_parses(self, version: str, frame: pd.DataFrame, *, actor: str) -> int:
        """Keep what addresses say (a frame of :func:`geo_api.services.addresses.site.sites_frame`); returns how many."""
        with self._database.writing() as connection:
            stored = keep_parses(connection, version, frame)
            _tell(connection, actor, "parsed", {"version": version, "addresses": stored})
        return stored

    def import_rows(self, given: GazetteerImport, *, actor: str, today: date) -> TableCounts:
        """Store the rows of one file: what differs becomes new versions, what is gone ends; all or nothing."""
        with self._database.writing() as connection:
            counts = store_rows(connection, given, today)
            _tell(connection, actor, f"{given.kind}:{given.source}", {"new": counts.new, "ended": counts.ended})
        return counts


def store_rows(connection: Connection, given: GazetteerImport, today: date) -> TableCounts:
    """Write what differs from what the source gave before; what it gives for the first time holds since ever."""
    target = TARGETS[given.kind]
    first = not _known(connection, given.kind, given.source)
    stage(connection, target, given.frame)
    return apply(connection, target, given.source, today, first=first)


def store_sections(
    connection: Connection, dataset: str, frames: Mapping[str, pd.DataFrame], today: date
) -> dict[str, TableCounts]:
    """What a dataset gives for the gazetteer, by table; kinds that it no longer gives end."""
    counts = {}
    for kind, target in TARGETS.items():
        frame = frames.get(target.name)
        if frame is None and not _known(connection, kind, dataset):
            continue
        frame = pd.DataFrame(columns=list(target.columns)) if frame is None else frame
        counts[target.name] = store_rows(connection, GazetteerImport(kind, dataset, frame), today)
    return counts


def _known(connection: Connection, kind: str, source: str) -> bool:
    """Whether a source ever gave rows of a kind."""
    statement = sql.SQL("select 1 from {} where source = %s limit 1").format(sql.Identifier(TARGETS[kind].name))
    return connection.execute(statement, (source,)).fetchone() is not None


def keep_parses(connection: Connection, version: str, frame: pd.DataFrame) -> int:
    """Insert what addresses say; those that are kept already stay."""
    columns = [c for c in frame.columns if c != "address"]
    connection.execute(
        "create temp table stage_parse on commit drop as select ''::text as address, p.* from gazetteer_parse p with no data"
    )
    copy_frame(connection, "stage_parse", frame)
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    done = connection.execute(
        sql.SQL(
            "insert into gazetteer_parse (digest, version, {names}) select distinct on (address) md5(address)::uuid, "
            "{version}, {names} from stage_parse order by address on conflict do nothing"
        ).format(names=names, version=sql.Literal(version))
    )
    connection.execute("drop table stage_parse")
    return done.rowcount


def _tell(connection: Connection, actor: str, what: str, payload: dict[str, Any]) -> None:
    connection.execute(
        "insert into event (actor, role, verb, subject, payload) values (%s, 'system', 'gazetteer', %s, %s)",
        (actor, f"gazetteer:{what}", Jsonb(payload)),
    )


def _rows(connection: Connection, version: str) -> pd.DataFrame:
    body = sql.SQL(query("gazetteer_rows")).format(version=sql.Literal(version))
    buffer = io.BytesIO()
    with connection.cursor().copy(sql.SQL("copy ({}) to stdout (format csv, header)").format(body)) as copy:
        for chunk in copy:
            buffer.write(chunk)
    buffer.seek(0)
    kinds: dict[str, Any] = dict.fromkeys(TEXTS, "object")
    frame = pd.read_csv(buffer, dtype=kinds, keep_default_na=False, na_values={})
    return frame.astype({"number": "int32", "since": "int32", "until": "int32", "lon": "float64", "lat": "float64"})


def _frame(connection: Connection, statement: str, columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(connection.execute(statement).fetchall(), columns=columns)  # type: ignore[arg-type]


def _with_shapes(connection: Connection, statement: str, columns: list[str]) -> pd.DataFrame:
    frame = pd.DataFrame(connection.cursor(binary=True).execute(statement).fetchall(), columns=columns)  # type: ignore[arg-type]
    frame["geometry"] = shapely.from_wkb(frame["geometry"].to_numpy(dtype=object)) if len(frame) else frame["geometry"]
    return frame
