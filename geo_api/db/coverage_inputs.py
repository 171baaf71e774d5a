"""What the coverage engine reads: the register's versions, the visits, the plans and the leads of a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, LiteralString

import numpy as np
import shapely

from geo_api.db.columns import fetch_columns, fetch_groups
from geo_api.db.engine import Connection, Database
from geo_api.db.queries import query
from geo_api.errors import NotFound
from geo_api.services.coverage.inputs import (
    ALWAYS,
    EPOCH,
    NEVER,
    CoverageInputs,
    Drawn,
    LeadRow,
    Place,
    PlanRow,
    RulesFrom,
    StationRow,
    Versions,
    Visits,
    Window,
    day_number,
)
from geo_api.services.coverage.parts import DAY_BITS
from geo_api.services.coverage.places import Grounds

KNOWN: LiteralString = "recorded_to is null"
KNOWN_THEN: LiteralString = "recorded_from <= %(moment)s and (recorded_to is null or recorded_to > %(moment)s)"
NEAR: LiteralString = (
    " and entity_id in (select entity_id from entity where geom && "
    "st_makeenvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4490) and /*known*/)"
)
VERSION_COLUMNS = {
    "entity_id": "int8", "valid_from": "int4", "valid_to": "int4", "opened": "int4", "closed": "int4",
    "licensed": "bool", "lon": "float8", "lat": "float8", "credit_class": "text", "industry": "text",
}  # fmt: skip


class CoverageInputViews:
    """Implements :class:`geo_api.services.coverage.inputs.CoverageReader`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def inputs(
        self,
        jurisdiction: str,
        last: date,
        recorded_at: datetime | None,
        window: Callable[[tuple[RulesFrom, ...]], Window],
    ) -> CoverageInputs:
        """What counts for a report up to a day; NotFound for a code that is none."""
        key: dict[str, Any] = {
            "code": jurisdiction,
            "last": last,
            "moment": recorded_at,
            "epoch": EPOCH,
        }
        known = KNOWN if recorded_at is None else KNOWN_THEN
        with self._database.connection() as connection:
            connection.execute("set transaction isolation level repeatable read, read only")
            connection.execute(
                "set local random_page_cost = 1.1"
            )  # the index of visits holds all that is asked of most
            connection.execute("set local work_mem = '64MB'")
            key["above"] = [row[0] for row in connection.execute(query("ancestors"), {"code": jurisdiction}).fetchall()]
            if not key["above"]:
                raise NotFound(f"there is no jurisdiction or cell {jurisdiction!r}")
            profiles = _profiles(connection, key, known)
            asked = window(profiles)
            key |= {"kinds": list(asked.kinds), "first": EPOCH + timedelta(days=asked.teams_from)}
            place, stations = _place(connection, key, known)
            key["stations"] = list(place.stations)
            plans = _plans(connection, key, known)
            near, box = _near(place, stations, known)
            key |= box
            return CoverageInputs(
                place=place,
                versions=_versions(connection, key, known, near, asked),
                visits=_visits(connection, key, known, near, asked),
                profiles=profiles,
                stations=stations,
                plans=plans,
                leads=_leads(connection, key, known, plans),
                drawn=Drawn(
                    **fetch_columns(connection, query("coverage_drawn"), key, {"entity_id": "int8", "year": "int4"})
                ),
            )

    def names(self, codes: list[str], on: date) -> dict[str, str]:
        """Names of officers, stations and cells on a day."""
        with self._database.connection() as connection:
            rows = connection.execute(query("coverage_names"), {"codes": codes, "day": on}).fetchall()
        return {code: name for code, name in rows if name}

    def grounds(self, code: str, on: date) -> Grounds:
        """Stations and cells of a jurisdiction on a day, for many points."""
        key = {"code": code, "first": on, "last": on + timedelta(days=1)}
        with self._database.connection() as connection:
            key["above"] = [row[0] for row in connection.execute(query("ancestors"), {"code": code}).fetchall()]
            place, stations = _place(connection, key, KNOWN)
            key["stations"] = list(place.stations)
            return Grounds(stations, _plans(connection, key, KNOWN))

    def businesses(self, ids: list[int]) -> dict[int, str]:
        """Names of businesses, as last known."""
        with self._database.connection() as connection:
            rows = connection.execute(
                "select distinct on (entity_id) entity_id, name from entity "
                "where entity_id = any(%s) and recorded_to is null order by entity_id, valid desc",
                (ids,),
            ).fetchall()
        return dict(rows)


def _place(connection: Connection, key: dict[str, Any], known: LiteralString) -> tuple[Place, tuple[StationRow, ...]]:
    """Which stations, with their outlines over the time; of a part of a bureau those beside it too."""
    rows = connection.execute(_filled("coverage_place", known), key).fetchall()
    kind, name = "part", ""
    if not rows:  # a cell: its station
        kind, name = "cell", key["code"]
        rows = connection.execute(_filled("coverage_station", known), key).fetchall()
    own = [row for row in rows if row[0] == key["code"]]
    if own:
        name = own[-1][1]
        kind = "station" if own[-1][5] else "all" if len(key["above"]) == 1 else "part"
    if not rows:
        raise NotFound(f"{key['code']!r} does not exist between {key['first']} and {key['last']}")
    own_codes = sorted({row[0] for row in rows if row[5]})
    if kind != "all":
        rows += connection.execute(_filled("coverage_beside", known), key | {"stations": own_codes}).fetchall()
    stations = tuple(
        StationRow(row[0], row[1], day_number(row[2], ALWAYS), day_number(row[3]), shapely.from_wkb(row[4]))
        for row in sorted(rows, key=lambda row: row[0])
        if row[5]
    )
    return Place(key["code"], name, kind, tuple(own_codes)), stations


def _profiles(connection: Connection, key: dict[str, Any], known: LiteralString) -> tuple[RulesFrom, ...]:
    """The profiles of the time; the first known one also holds before it began."""
    rows = connection.execute(_filled("coverage_profiles", known), key).fetchall()
    ends = [day_number(row[0], ALWAYS) for row in rows[1:]]
    starts = [ALWAYS, *ends]
    return tuple(RulesFrom(start, end, row[2]) for start, end, row in zip(starts, [*ends, NEVER], rows, strict=False))


def _near(
    place: Place, stations: tuple[StationRow, ...], known: LiteralString
) -> tuple[LiteralString, dict[str, float]]:
    """For a station or a cell: only businesses that were ever in its frame."""
    if place.kind == "all":
        return "", {}
    frame = shapely.total_bounds([s.outline for s in stations if s.code in place.stations]).tolist()
    box = dict(zip(("west", "south", "east", "north"), frame, strict=True))
    return NEAR.replace("/*known*/", known), box  # type: ignore[return-value]


def _versions(
    connection: Connection, key: dict[str, Any], known: LiteralString, near: LiteralString, asked: Window
) -> Versions:
    got = fetch_columns(
        connection,
        _filled("coverage_versions", known, near),
        key | {"since": asked.first, "always": ALWAYS, "never": NEVER},
        VERSION_COLUMNS,
    )
    order = np.lexsort((got["valid_from"], got["entity_id"]))
    got = {name: column[order] for name, column in got.items()}
    classes, credit_class = _indexed(got.pop("credit_class"))
    industries, industry = _indexed(got.pop("industry"))
    return Versions(**got, classes=classes, industries=industries, credit_class=credit_class, industry=industry)


def _visits(
    connection: Connection, key: dict[str, Any], known: LiteralString, near: LiteralString, asked: Window
) -> Visits:
    """The visits; before ``teams_from`` nobody asks who made them."""
    sql = _filled("coverage_made", known, near)
    plain_to = asked.teams_from if asked.visitors else asked.last
    days = key | {"bits": DAY_BITS, "start": asked.first, "end": plain_to}
    before = fetch_columns(connection, sql, days, {"visit": "int8"})["visit"]
    found = {}
    if asked.visitors:
        days |= {"start": asked.teams_from, "end": asked.last}
        found = fetch_groups(connection, _filled("coverage_teams", known, near), days)
    texts = sorted(found)
    visits = np.concatenate([before, *(found[text] for text in texts)])
    sizes = [len(before), *(len(found[text]) for text in texts)]
    return Visits(
        entity_id=visits >> DAY_BITS,
        day=(visits & ((1 << DAY_BITS) - 1)).astype(np.int32),
        team=np.repeat(np.arange(-1, len(texts), dtype=np.int32), sizes),
        teams=tuple(tuple(text.split("\x1e")) for text in texts),
    )


def _plans(connection: Connection, key: dict[str, Any], known: LiteralString) -> tuple[PlanRow, ...]:
    rows = connection.execute(_filled("coverage_plans", known), key).fetchall()
    return tuple(
        PlanRow(
            plan_id=row[0],
            station=row[1],
            start=day_number(row[2], ALWAYS),
            end=day_number(row[3]),
            cell_codes=tuple(row[4] or ()),
            cell_names=tuple(row[5] or ()),
            cells=np.asarray(shapely.from_wkb(list(row[6] or ())), dtype=object),
        )
        for row in rows
    )


def _leads(
    connection: Connection, key: dict[str, Any], known: LiteralString, plans: tuple[PlanRow, ...]
) -> tuple[LeadRow, ...]:
    codes = sorted({code for plan in plans for code in plan.cell_codes})
    rows = connection.execute(_filled("coverage_leads", known), key | {"codes": codes}).fetchall()
    return tuple(LeadRow(row[0], row[1], row[2], day_number(row[3], ALWAYS), day_number(row[4])) for row in rows)


def _filled(name: str, known: LiteralString, near: LiteralString = "") -> LiteralString:
    """A query with what counts as known put in, and which businesses: both are texts of ours."""
    sql: LiteralString = query(name).replace("/*known*/", known).replace("/*near*/", near)  # type: ignore[assignment]
    return sql


def _indexed(texts: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
    """Distinct values, sorted, and the index of each element."""
    met: dict[str, int] = {}
    codes = np.array([met.setdefault(text, len(met)) for text in texts.tolist()], np.int32)
    rank = np.empty(len(met), np.int32)
    distinct = sorted(met)
    rank[[met[text] for text in distinct]] = np.arange(len(met))
    return tuple(distinct), rank[codes]
