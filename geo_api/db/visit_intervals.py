"""The days of visits, as numbers: what the intervals between visits are reckoned from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, LiteralString

from geo_api.db.columns import fetch_columns
from geo_api.db.jurisdictions import JurisdictionTables
from geo_api.db.queries import query
from geo_api.services.coverage.intervals import VisitDays

KNOWN: LiteralString = "recorded_to is null"
KNOWN_THEN: LiteralString = "recorded_from <= %(moment)s and (recorded_to is null or recorded_to > %(moment)s)"
COLUMNS = {"entity": "int8", "day": "int4", "station": "int4"}


class IntervalViews(JurisdictionTables):
    """Implements :class:`geo_api.services.coverage.intervals.IntervalReader`."""

    def visit_days(
        self,
        jurisdiction: str,
        period_from: date | None,
        period_to: date | None,
        kinds: Sequence[str],
        purpose: str,
        *,
        as_given: bool,
        recorded_at: datetime | None,
    ) -> VisitDays:
        """Visits to the businesses of a bureau, station or cell; a business lies where its last known place is."""
        key: dict[str, Any] = {
            "code": jurisdiction, "first": period_from, "last": period_to, "kinds": list(kinds), "purpose": purpose,
            "moment": recorded_at,
        }  # fmt: skip
        known = KNOWN if recorded_at is None else KNOWN_THEN
        text = query("visit_days_given" if as_given else "visit_days").replace("/*known*/", known)
        with self._database.connection() as connection:
            connection.execute("set transaction isolation level repeatable read, read only")
            places = connection.execute(query("visit_days_places").replace("/*known*/", known), key).fetchall()
            found = fetch_columns(connection, text, key, COLUMNS)  # type: ignore[arg-type]
        codes, names = ([row[i] for row in places] for i in (0, 1))
        return VisitDays(
            found["entity"], found["day"].astype("int64"), found["station"].astype("int64"), tuple(codes), tuple(names)
        )
