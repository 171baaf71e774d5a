"""What finding the gaps needs of the store, as values and a Protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

from geo_api.supervision.officers import Duty

if TYPE_CHECKING:
    import numpy as np

    from gridding.types import FloatArray, GeometryArray, IntArray


@dataclass(frozen=True, slots=True)
class Scope:
    """A jurisdiction on a day: its outline, its stations (sorted by code) and their published cells (sorted by code).

    Attributes:
        code, name: of the jurisdiction.
        is_station: whether it draws cells itself.
        outline: its polygon, EPSG:4490.
        rules: settings of its bureau.
        station_codes, station_names, station_outlines: (s,).
        planned: codes of the stations that have a plan in force.
        cell_codes, cell_stations: (c,) str; cell_shapes: (c,).
        duties: who answers for the cells that day.
    """

    code: str
    name: str
    is_station: bool
    outline: Any
    rules: Mapping[str, Any]
    station_codes: tuple[str, ...]
    station_names: tuple[str, ...]
    station_outlines: GeometryArray
    planned: frozenset[str]
    cell_codes: tuple[str, ...]
    cell_stations: tuple[str, ...]
    cell_shapes: GeometryArray
    duties: tuple[Duty, ...]


@dataclass(frozen=True, slots=True)
class Register:
    """The entities of a bureau that exist on a day, one element each.

    ``lon``, ``lat``: NaN = unlocated. ``cell_code``: by the border rule, "" = none. ``given_hours``: NaN = by the rules.
    """

    ids: IntArray
    name: np.ndarray
    lon: FloatArray
    lat: FloatArray
    credit_class: np.ndarray
    industry: np.ndarray
    licensed: np.ndarray
    given_hours: FloatArray
    cell_code: np.ndarray


@dataclass(frozen=True, slots=True)
class VisitPeriods:
    """Calendar periods and which entities they ask: columns of two small tables.

    ``periods``: (visits a year, start, end, visits in the period). ``asks``: (class, industry, visits a year), industry
    "" = every other one. ``unlicensed``: the class that an unlicensed entity, or one of a class that is not asked, counts as.
    """

    periods: tuple[tuple[float, date, date, float], ...]
    asks: tuple[tuple[str, str, float], ...]
    unlicensed: str = "D"


@dataclass(frozen=True, slots=True)
class DueRow:
    """Visits due and made of one entity in one class, and the end of the last period missed."""

    entity_id: int
    credit_class: str
    due: float
    made: float
    overdue_since: date | None


class CoverageStore(Protocol):
    """Where the gaps are found in."""

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The code of a jurisdiction and of every level above it, lowest first; NotFound."""
        ...

    def scope(self, code: str, on: date) -> Scope:
        """A jurisdiction on a day; NotFound."""
        ...

    def register(self, code: str, on: date) -> Register:
        """The entities of the bureau above a code that exist on a day."""
        ...

    def visits(self, ids: Sequence[int], periods: VisitPeriods) -> tuple[DueRow, ...]:
        """Due and made of each entity, as one aggregate query."""
        ...
