"""The collections of the OGC API: what is published, by day and with its history; tipg makes the queries from them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from typing import Any
from zoneinfo import ZoneInfo

from cql2 import Expr
from pydantic import PrivateAttr
from tipg.collections import Column, ItemList, PgCollection

from geo_api.errors import BadRequest

SCHEMA = "gridward_published"
STORAGE_SRID = 4490
PAGE, LARGEST_PAGE = 1_000, 10_000
"""Features of a page: by default, and at most."""

_GEOMETRY = 'CAST("geom" AS geometry)'
_AS_CRS84 = 'ST_SetSRID("geom", 4326)'
"""CGCS2000 is WGS 84 to a few centimetres; the numbers are those of every other answer of the service."""

_TEXT, _DAY, _INT, _REAL = "text", "date", "integer", "float8"
_CELL = {"code": _TEXT, "name": _TEXT, "station_code": _TEXT, "station_name": _TEXT, "plan_version": _INT}
_STATION = {"code": _TEXT, "name": _TEXT, "name_en": _TEXT, "bureau_code": _TEXT, "bureau_name": _TEXT}
_VALID = {"valid_from": _DAY, "valid_to": _DAY}
_ANSWERS = {"officers": _TEXT, "answers_for": _TEXT}


@dataclass(frozen=True, slots=True)
class Kind:
    """A collection: its id, the function of a day or the view that it is read from, the key, and its attributes."""

    id: str
    title: str
    description: str
    relation: str
    key: str
    attributes: dict[str, str]
    by_day: bool


KINDS = {
    kind.id: kind
    for kind in (
        Kind(
            "cells",
            "网格 · cells",
            "The cells in force on a day (default: today), and who answers for them: their own officers, else those of "
            "the station, else of the bureau.",
            "cells_on",
            "code",
            {**_CELL, **_VALID, "area_m2": _REAL, **_ANSWERS},
            by_day=True,
        ),
        Kind(
            "stations",
            "监管所 · stations",
            "The stations in force on a day (default: today), and who answers for them.",
            "stations_on",
            "code",
            {**_STATION, **_VALID, **_ANSWERS},
            by_day=True,
        ),
        Kind(
            "cell_versions",
            "网格沿革 · cells of all days",
            "Every cell that is or was published, with the days [valid_from, valid_to) on which it is in force.",
            "cell_versions",
            "id",
            {"id": _TEXT, **_CELL, **_VALID, "area_m2": _REAL},
            by_day=False,
        ),
        Kind(
            "station_versions",
            "监管所沿革 · stations of all days",
            "Every station, with the days [valid_from, valid_to) of its outline.",
            "station_versions",
            "id",
            {"id": _TEXT, **_STATION, **_VALID},
            by_day=False,
        ),
    )
}
"""All that there is: fixed by the schema, so nothing is looked up in the database."""

Interval = tuple[date | None, date | None]


class Published(PgCollection):
    """A collection as tipg takes it, for one request.

    ``day`` is the day asked about, None for collections of all days; ``interval`` what ``datetime`` selects.
    """

    _relation: str = PrivateAttr("")
    _day: date | None = PrivateAttr(None)
    _interval: Interval | None = PrivateAttr(None)
    _box: list[float] | None = PrivateAttr(None)
    _count: dict[str, Any] | None = PrivateAttr(None)

    @property
    def _qualified_name(self) -> str:
        return f"{self.dbschema}.{self._relation}"  # the table's name is what tipg names the layer of a tile after

    @property
    def queryables(self) -> dict[str, Any]:
        """Attributes that filters may name; no reference to a schema elsewhere."""
        shown = {c.name: {"title": c.name, **_json_type(c.type)} for c in self.properties if not c.is_geometry}
        return {"geom": {"format": "geometry-multipolygon", "x-ogc-role": "primary-geometry"}, **shown}

    def cql_where(self, **asked: Any) -> Expr | None:  # type: ignore[override]
        """The conditions: those of tipg, but ``datetime`` asks which features are in force, as the standard has it."""
        asked["datetime"] = None
        self._box = asked.get("bbox")
        conditions = [*self._in_force()]
        if (rest := super().cql_where(**asked)) is not None:
            conditions.append(rest)
        return reduce(lambda a, b: a + b, conditions) if conditions else None

    async def features(self, conn: Any, **asked: Any) -> ItemList:  # type: ignore[override]
        """A page, and how many rows there are: counted only where the page does not show it."""
        self._count = None
        found = await super().features(conn, **asked)
        limit, offset = asked.get("limit") or PAGE, asked.get("offset") or 0
        returned = len(found["items"])
        matched = offset + returned
        if self._count is not None and (returned >= limit or (offset and not returned)):
            matched = await super()._features_count_query(conn, **self._count)
        following = offset + returned if matched - returned > offset else None
        return ItemList(items=found["items"], matched=matched, next=following, prev=found["prev"])

    async def _features_count_query(self, conn: Any, **asked: Any) -> int:
        self._count = asked  # tipg counts before it reads the page
        return 0

    def _in_force(self) -> list[Expr]:
        if self._interval is None:
            return []
        begin, end = self._interval
        found = []
        if end is not None:
            found.append(_any({"op": "isNull", "args": [_property("valid_from")]}, _compare("<=", "valid_from", end)))
        if begin is not None:
            found.append(_any({"op": "isNull", "args": [_property("valid_to")]}, _compare(">", "valid_to", begin)))
        return found

    def _from(self, function_parameters: dict[str, str] | None, params: list[Any]) -> str:
        if self._day is None:
            return f"FROM {self._qualified_name}"
        params.append(self._day)
        box = ""
        if self._box is not None:
            west, south, east, north = (float(v) for v in self._box)
            box = f", ST_MakeEnvelope({west!r}, {south!r}, {east!r}, {north!r}, {STORAGE_SRID})"
        return f"FROM {self._qualified_name}(CAST(${len(params)} AS date){box})"

    def _geom_expr(self, geometry_column: Column | None, bbox_only: bool | None, simplify: float | None) -> str | None:
        if geometry_column is not None:
            geometry_column = geometry_column.model_copy(update={"srid": 4326})
        expression = super()._geom_expr(geometry_column, bbox_only, simplify)
        return expression.replace(_GEOMETRY, _AS_CRS84) if expression else None


def make_collection(
    kind: Kind, *, day: date | None, interval: Interval | None, bounds: list[float] | None
) -> Published:
    """The collection for one request. ``bounds``: west, south, east, north of what is published, degrees."""
    columns = [{"name": name, "type": type_} for name, type_ in kind.attributes.items()]
    geometry = {
        "name": "geom",
        "type": "geometry",
        "geometry_type": "MultiPolygon",
        "srid": STORAGE_SRID,
        "bounds": bounds or [-180.0, -90.0, 180.0, 90.0],
    }
    made = Published.model_validate(
        {
            "type": "View",
            "id": kind.id,
            "table": kind.id,
            "schema": SCHEMA,
            "title": kind.title,
            "description": kind.description,
            "table_columns": [*columns, geometry],
            "properties": [*columns, geometry],
            "id_column": {"name": kind.key, "type": _TEXT},
            "geometry_column": geometry,
        }
    )
    made._relation = kind.relation
    made._day = day if kind.by_day else None
    made._interval = interval
    return made


def parse_datetime(text: str | None, zone: ZoneInfo) -> Interval | None:
    """The days that a ``datetime`` parameter names: a moment, or an interval with ``..`` or nothing for an open end.

    Moments are RFC 3339, or days; they are taken in the deployment's time zone. BadRequest for anything else.
    """
    if text is None:
        return None
    parts = text.split("/")
    if len(parts) > 2:
        raise BadRequest(f"datetime={text!r}: give one moment, or begin/end with .. for an open end")
    days = [None if len(parts) == 2 and part in ("", "..") else _day(part, zone) for part in parts]
    begin, end = days[0], days[-1]
    if begin and end and begin > end:
        raise BadRequest(f"datetime={text!r}: the interval ends before it begins")
    return begin, end


def _day(text: str, zone: ZoneInfo) -> date:
    if re.fullmatch(r"\d{4}-\d\d-\d\dT", text, re.ASCII):
        # So GDAL passes on a condition on any attribute that is a date, and does not look at the rows again: what it would
        # show is not what was asked for.
        raise BadRequest(
            f"datetime={text!r}: GDAL turned a condition on a date into 'datetime', which asks for what is in force; open "
            f"/ogc/on/{text[:10]} for a day, or copy the collection to a file first and filter there"
        )
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(re.sub(r" (?=\d\d:?\d\d$)", "+", text))
        if not (moment.tzinfo and "T" in text.upper()):
            raise ValueError
        return moment.astimezone(zone).date()
    except (ValueError, OverflowError):
        raise BadRequest(
            f"datetime={text!r}: write a moment as 2026-01-31T00:00:00+08:00, a day as 2026-01-31"
        ) from None


def _json_type(kind: str) -> dict[str, str]:
    if kind == _DAY:
        return {"type": "string", "format": "date"}
    return {"type": {_TEXT: "string", _INT: "integer", _REAL: "number"}[kind]}


def _property(name: str) -> dict[str, str]:
    return {"property": name}


def _compare(op: str, name: str, day: date) -> dict[str, Any]:
    return {"op": op, "args": [_property(name), {"date": day.isoformat()}]}


def _any(*conditions: dict[str, Any]) -> Expr:
    return Expr({"op": "or", "args": list(conditions)})
