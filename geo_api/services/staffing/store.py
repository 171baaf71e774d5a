"""What the use cases of officers need of the store, as values and Protocols."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from geo_api.services.plan_store import ChangeWork
from geo_api.supervision.absences import Absence
from geo_api.supervision.patrol_groups import Group, GroupRow
from geo_api.supervision.periods import Period
from geo_api.supervision.publication import Assignment, Rewrite


@dataclass(frozen=True, slots=True)
class OfficerRow:
    """An officer of the register on a day; ``function`` "" = everything, ``joined`` None = not known."""

    officer_id: str
    name: str
    title: str
    station_code: str
    joined: date | None
    function: str


@dataclass(frozen=True, slots=True)
class CellWork:
    """A cell of a plan with its work and its number of entities."""

    code: str
    name: str
    hours_per_year: float
    entities: int


@dataclass(frozen=True, slots=True)
class StationStaff:
    """A station on a day: its cells, who is in them and who could be.

    Attributes:
        code, name, on: the station and the day.
        plan_id: whose cells these are; None where no plan is in force.
        cells: by code.
        borders: pairs of cells that share a border, with its length, metres.
        officers: of the station, and those of others who hold a post here; by id.
        posts: assignments of its cells and of itself that hold on the day.
        history: (officer id, cell code, days) of every assignment in its cells that is still recorded.
        absences: of its officers.
        groups: patrol groups in force.
        rules: ``[rules]`` of its bureau on that day.
    """

    code: str
    name: str
    on: date
    plan_id: int | None
    cells: tuple[CellWork, ...]
    borders: tuple[tuple[str, str, float], ...]
    officers: tuple[OfficerRow, ...]
    posts: tuple[Assignment, ...]
    history: tuple[tuple[str, str, Period], ...]
    absences: tuple[Absence, ...]
    groups: tuple[Group, ...]
    rules: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SubArea:
    """A part of a cell; ``wkb`` in EPSG:4490."""

    code: str
    name: str
    cell_code: str
    wkb: bytes


class StaffingWork(ChangeWork, Protocol):
    """One transaction that changes who is where."""

    def absences(self, officer_ids: tuple[str, ...]) -> tuple[Absence, ...]:
        """Recorded absences of these officers, and those in which they stand in."""
        ...

    def rewrite_absences(self, rewrite: Rewrite[Absence]) -> None:
        """Close and insert absences."""
        ...

    def group_rows(self, station_code: str) -> tuple[GroupRow, ...]:
        """Recorded patrol groups of a station with their cells."""
        ...

    def rewrite_groups(self, station_code: str, groups: tuple[Group, ...], valid_from: date) -> int:
        """Make these the patrol groups of a station from a day on; returns how many differ from before."""
        ...

    def taken_by(self, code: str) -> str | None:
        """The cell that a code names a sub-area of; "" where it is a cell's or a station's; None where it is free."""
        ...

    def put_sub_area(self, area: SubArea, valid_from: date) -> float:
        """Record a sub-area from a day on; returns the share of it that lies inside its cell on that day (0 to 1)."""
        ...

    def end_sub_area(self, code: str, valid_from: date) -> bool:
        """End a sub-area; False where there is none."""
        ...


class StaffingStore(Protocol):
    """Where officers, their posts and absences, groups and sub-areas come from and go to."""

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The code of a jurisdiction or cell and of every level above it, lowest first; NotFound."""
        ...

    def station_of_officer(self, officer_id: str) -> str:
        """Code of the station (or bureau) that an officer belongs to; NotFound."""
        ...

    def officer(self, officer_id: str, on: date) -> OfficerRow | None:
        """An officer as the register has them on a day; None where it does not."""
        ...

    def today(self, code: str) -> date:
        """Today in the time zone of the bureau of a jurisdiction."""
        ...

    def staff(self, code: str, on: date, plan_id: int | None = None) -> tuple[StationStaff, ...]:
        """The stations of a jurisdiction on a day, with the cells of the plan in force or of ``plan_id``; NotFound."""
        ...

    def rules(self, code: str, on: date) -> Mapping[str, Any]:
        """``[rules]`` of the bureau above a code, on a day."""
        ...

    def change(self) -> AbstractContextManager[StaffingWork]:
        """A transaction that changes something."""
        ...
