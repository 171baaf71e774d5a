"""Questions as values: method, path, parameters, body, and how the answer is read. No network here.

Both clients ask these; what a question looks like is written once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from gridward import answers as a
from gridward.decode import decode

T = TypeVar("T")

Day = date | str | None
Moment = datetime | str | None


@dataclass(frozen=True, slots=True)
class Answered:
    """The parts of an HTTP answer that count."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Ask(Generic[T]):
    """A question.

    Attributes:
        method, path, params, headers, content: the request.
        read: the answer, ValueError where it cannot be read.
        again: it only reads, so it may be asked again.
        kept: its answer has an ETag and may be kept.
    """

    method: str
    path: str
    read: Callable[[Answered], T]
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    again: bool = True
    kept: bool = False


def as_json(answered: Answered) -> Any:
    """The JSON of an answer."""
    return json.loads(answered.body)


def typed(kind: type[T]) -> Callable[[Answered], T]:
    """Reads an answer of that type."""
    return lambda answered: decode(kind, as_json(answered))


def said(**named: Any) -> dict[str, str]:
    """Parameters as the query writes them; None is left out."""
    return {name: _word(value) for name, value in named.items() if value is not None}


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, str | int) else repr(float(value))


def _code(code: str) -> str:
    return quote(code, safe="")


# ---------------------------------------------------------------------------------------------------- lookup
def lookup(**named: Any) -> Ask[a.LookupAnswer]:
    """One place, address, entity or cell code."""
    return Ask("GET", "/v1/lookup", typed(a.LookupAnswer), said(**named))


def entity(code: str | int, on: Day, recorded_at: Moment) -> Ask[a.EntityAnswer]:
    """An entity by a code of any age, or its permanent id."""
    path = f"/v1/entities/{_code(str(code))}"
    return Ask("GET", path, typed(a.EntityAnswer), said(on=on, recorded_at=recorded_at), kept=True)


# ---------------------------------------------------------------------------------------------------- published
def stations(on: Day, recorded_at: Moment) -> Ask[a.StationsReply]:
    """The stations of a day."""
    return Ask(
        "GET", "/v1/stations", typed(a.StationsReply), said(on=on, recorded_at=recorded_at, format="json"), kept=True
    )


def cells(under: str | None, on: Day, recorded_at: Moment) -> Ask[a.CellsReply]:
    """The cells of a day."""
    params = said(under=under, on=on, recorded_at=recorded_at, format="json")
    return Ask("GET", "/v1/cells", typed(a.CellsReply), params, kept=True)


def cell(code: str, on: Day, recorded_at: Moment) -> Ask[a.CellReply]:
    """One cell code."""
    params = said(on=on, recorded_at=recorded_at, format="json")
    return Ask("GET", f"/v1/cells/{_code(code)}", typed(a.CellReply), params, kept=True)


def geojson(what: str, under: str | None, on: Day, recorded_at: Moment) -> Ask[dict[str, Any]]:
    """Cells or stations with their outlines."""
    if what not in ("cells", "stations"):
        raise ValueError(f"what={what!r}: 'cells' or 'stations'")
    params = said(under=under, on=on, recorded_at=recorded_at, format="geojson")
    return Ask("GET", f"/v1/{what}", as_json, params)


def lineage(code: str, on: Day, recorded_at: Moment) -> Ask[a.Lineage]:
    """All versions of a cell."""
    params = said(on=on, recorded_at=recorded_at)
    return Ask("GET", f"/v1/cells/{_code(code)}/lineage", typed(a.Lineage), params, kept=True)


def changes(since: Moment, limit: int) -> Ask[a.Changes]:
    """A page of changes."""
    return Ask("GET", "/v1/changes", typed(a.Changes), said(since=since, limit=limit))


# ---------------------------------------------------------------------------------------------------- relations
def relations(
    relation: str, of: str | None, shape: Any, datum: str | None, on: Day, recorded_at: Moment
) -> Ask[a.RelationAnswer]:
    """Cells in a relation to a cell, a station, or a shape (WKT, a GeoJSON mapping, or what has ``__geo_interface__``)."""
    params = said(relation=relation, of=of, datum=datum, on=on, recorded_at=recorded_at)
    read = typed(a.RelationAnswer)
    if shape is None or isinstance(shape, str):
        return Ask("GET", "/v1/relations", read, params | said(wkt=shape), kept=True)
    body = json.dumps(getattr(shape, "__geo_interface__", shape)).encode()
    return Ask("POST", "/v1/relations/shape", read, params, {"content-type": "application/geo+json"}, body)


def near(**named: Any) -> Ask[a.NearAnswer]:
    """Cells near a point."""
    return Ask("GET", "/v1/near", typed(a.NearAnswer), said(**named))


def levels(**named: Any) -> Ask[a.LevelsAnswer]:
    """All levels of a point."""
    return Ask("GET", "/v1/levels", typed(a.LevelsAnswer), said(**named))


# ---------------------------------------------------------------------------------------------------- supervision
def coverage(jurisdiction: str, **named: Any) -> Ask[a.CoverageAnswer]:
    """Visits due and made of a jurisdiction."""
    return Ask("GET", "/v1/coverage", typed(a.CoverageAnswer), said(jurisdiction=jurisdiction, **named, format="json"))


def gaps(jurisdiction: str, on: Day, recorded_at: Moment) -> Ask[a.GapsAnswer]:
    """The coverage gaps of a jurisdiction."""
    params = said(jurisdiction=jurisdiction, on=on, recorded_at=recorded_at, format="json")
    return Ask("GET", "/v1/gaps", typed(a.GapsAnswer), params)


def health() -> Ask[a.Health]:
    """Whether the process is alive."""
    return Ask("GET", "/health", typed(a.Health), again=False)


def ready() -> Ask[a.Ready]:
    """Whether it answers, and from what."""
    return Ask("GET", "/ready", typed(a.Ready), again=False)
