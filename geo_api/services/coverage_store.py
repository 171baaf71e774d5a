"""What finding the gaps needs of the store, as values and a Protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol

from geo_api.services.answers import Poster, SubAreaRow
from geo_api.services.coverage.inputs import CoverageReader
from geo_api.supervision.officers import Duty

if TYPE_CHECKING:
    import numpy as np

    from gridding.types import FloatArray, GeometryArray, IntArray


@dataclass(frozen=True, slots=True)
class Scope:
    """A jurisdiction on a day: its outline, its stations (sorted by code) and their published cells (sorted by code).

    Attributes:
        code, name: of the jurisdiction.
        is_station: whether it draws cells itself. is_top: whether there is no level above it.
        outline: its polygon, EPSG:4490.
        rules: settings of its bureau.
        station_codes, station_names, station_outlines: (s,).
        planned: codes of the stations that have a plan in force.
        cell_codes, cell_stations: (c,) str; cell_shapes: (c,).
        duties: who answers for the cells that day.
        sub_areas: parts of cells on that day, of cells no longer in force too.
    """

    code: str
    name: str
    is_station: bool
    is_top: bool
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
    sub_areas: tuple[SubAreaRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Register:
    """The entities of a bureau that exist on a day, one element each; their stations and cells where they lie in the jurisdiction.

    ``lon``, ``lat``: NaN = unlocated. ``station_code``, ``cell_code``: by the border rule, "" = none. ``given_hours``: NaN = by the rules.
    ``since``: datetime64[D], since when the register has said so, or it was opened, whatever was later.
    """

    ids: IntArray
    name: np.ndarray
    lon: FloatArray
    lat: FloatArray
    credit_class: np.ndarray
    industry: np.ndarray
    licensed: np.ndarray
    given_hours: FloatArray
    station_code: np.ndarray
    cell_code: np.ndarray
    since: np.ndarray


@dataclass(frozen=True, slots=True)
class CellDates:
    """Since when a cell has been as it is on a day.

    Attributes:
        first_published: when a plan with it was first in force. plan_from: since when the plan of the day is.
        last_lead, last_officer: when the last lead, the last of its officers, went before the day; None = none did.
    """

    first_published: date | None
    plan_from: date | None
    last_lead: date | None
    last_officer: date | None


@dataclass(frozen=True, slots=True)
class StationDates:
    """Since when a station has its outline and its plan of the day, and when the plan before ended."""

    outline_from: date | None
    plan_from: date | None
    last_plan: date | None


@dataclass(frozen=True, slots=True)
class GapDates:
    """The dates of cells and stations, by code."""

    cells: Mapping[str, CellDates]
    stations: Mapping[str, StationDates]


class CoverageStore(CoverageReader, Protocol):
    """Where the gaps are found in."""

    @property
    def recorded_at(self) -> datetime | None:
        """As recorded when it answers; None = now."""
        ...

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The code of a jurisdiction and of every level above it, lowest first; NotFound."""
        ...

    def scope(self, code: str, on: date) -> Scope:
        """A jurisdiction on a day; NotFound."""
        ...

    def register(self, code: str, on: date) -> Register:
        """The entities of the bureau above a code that exist on a day."""
        ...

    def gap_dates(self, cells: Sequence[str], stations: Sequence[str], on: date) -> GapDates:
        """Since when cells and stations have been as they are on a day."""
        ...

    def posters(self, codes: Sequence[str], on: date) -> tuple[Poster, ...]:
        """The posters of jurisdictions that hang on a day, by code and place."""
        ...
