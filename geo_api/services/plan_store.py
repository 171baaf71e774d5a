"""What the use cases of plans and officers need of the store, as values and Protocols."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

from geo_api.services.answers import Caller, PlanSummary, SubAreaRow
from geo_api.supervision.officers import Duty, Officer
from geo_api.supervision.plans import Transition
from geo_api.supervision.publication import Assignment, Publication, Rewrite
from gridding.findings import Finding

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from gridding.types import BaseUnits, BoundaryLines, FloatArray, GeometryArray, IntArray


@dataclass(frozen=True, slots=True)
class EntityArrays:
    """The located entities of a station, one element each.

    Attributes:
        ids: (n,) permanent ids, ascending.
        points: (n, 2) longitude and latitude.
        credit_class, industry: (n,) str.
        licensed: (n,) bool.
        given_hours: (n,) hours a year that the source names, NaN = from the rules.
        cell_code: (n,) cell of the plan in force, "" = none.
    """

    ids: IntArray
    points: FloatArray
    credit_class: np.ndarray
    industry: np.ndarray
    licensed: np.ndarray
    given_hours: FloatArray
    cell_code: np.ndarray


@dataclass(frozen=True, slots=True)
class StationInputs:
    """Everything that a plan of a station is built from, read in one snapshot.

    ``cells_in_force``: code and polygon of each cell of the plan whose codes are kept, by code.
    """

    station_code: str
    station_name: str
    on: date
    outline: Any
    lines: BoundaryLines
    base_units: BaseUnits
    exclusive: tuple[Any, ...]
    entities: EntityArrays
    rules: Mapping[str, Any]
    officers: tuple[Officer, ...]
    duties: tuple[Duty, ...]
    used_codes: tuple[str, ...]
    cells_in_force: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class DraftPlan:
    """A plan as written, once. ``frames``: table -> rows without ``plan_id``, geometry as hex EWKB."""

    station_code: str
    tolerance: float
    max_abs_deviation: float
    rng_seed: int
    parameters: dict[str, Any]
    input_digest: str
    software: str
    metrics: dict[str, Any]
    findings: tuple[Finding, ...]
    outline_hex: str
    built_for: date
    frames: dict[str, pd.DataFrame]


@dataclass(frozen=True, slots=True)
class PlanContent:
    """A stored plan as the integrity gate sees it.

    ``outline`` is the outline as snapped when the plan was built, ``station_outline`` the station's today. ``points``:
    (n, 2) located entities of the station today. ``locked``: (cells,) bool, cells that the draft left as they were: outside the ideal.
    ``fewest_officers``: of a cell, by the scheme of the place. ``sub_areas``: parts of the station's cells that hold on and on.
    """

    plan_id: int
    station_code: str
    outline: Any
    station_outline: Any
    tolerance: float
    codes: tuple[str, ...]
    polygons: GeometryArray
    workload: FloatArray
    exclusive: np.ndarray
    locked: np.ndarray
    block_workload: FloatArray
    points: FloatArray
    points_outside_cells: tuple[tuple[int, float, float], ...]
    proposed: tuple[Duty, ...]
    duties: tuple[Duty, ...]
    fewest_officers: int = 2
    sub_areas: tuple[SubAreaRow, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A plan locked for a step."""

    plan_id: int
    station_code: str
    state: str
    submitted_by: str | None
    gate_findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class PlanPair:
    """The entities of a station with their cells in two of its plans.

    Attributes:
        entities: located entities on the day asked about; ``cell_code`` is that of the plan in force.
        names: (n,) str.
        old_cells, new_cells: (n,) cell by the border rule, "" = the plan has none.
        old_codes, new_codes: all codes of either plan.
        rules: of the bureau.
    """

    entities: EntityArrays
    names: np.ndarray
    old_cells: np.ndarray
    new_cells: np.ndarray
    old_codes: tuple[str, ...]
    new_codes: tuple[str, ...]
    rules: Mapping[str, Any]


class ChangeWork(Protocol):
    """One transaction that changes something; it commits when its block ends without an error."""

    def plan(self, plan_id: int) -> PlanRow:
        """A plan, locked until the end of the transaction; NotFound."""
        ...

    def move(
        self,
        plan_id: int,
        step: Transition,
        *,
        caller: Caller,
        reason: str,
        gate: tuple[Finding, ...] | None = None,
        waived: str | None = None,
        payload: Mapping[str, Any] | None = None,
    ) -> None:
        """Take a step and record it as an event."""
        ...

    def publications(self, station_code: str) -> tuple[Publication, ...]:
        """Current publication periods of a station."""
        ...

    def rewrite_publications(self, station_code: str, rewrite: Rewrite[Publication]) -> None:
        """Close and insert publication periods."""
        ...

    def cell_codes(self, plan_id: int) -> frozenset[str]:
        """Codes of a plan's cells."""
        ...

    def proposed(self, plan_id: int) -> tuple[Duty, ...]:
        """Assignments that a plan brings."""
        ...

    def cell_assignments(self, station_code: str) -> tuple[Assignment, ...]:
        """Current assignments of every cell code that the station ever used."""
        ...

    def assignments(self, code: str) -> tuple[Assignment, ...]:
        """Current assignments of one code."""
        ...

    def rewrite_assignments(self, rewrite: Rewrite[Assignment], *, source: str, plan_id: int | None = None) -> None:
        """Close and insert assignments."""
        ...

    def knows_officer(self, officer_id: str) -> bool:
        """Whether the register has this officer."""
        ...

    def event(
        self, *, caller: Caller, verb: str, subject: str, reason: str = "", payload: Mapping[str, Any] | None = None
    ) -> None:
        """Record who did what, and why."""
        ...


class PlanStore(Protocol):
    """Where plans come from and go to."""

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The code of a jurisdiction or cell and of every level above it, lowest first; NotFound."""
        ...

    def today(self, code: str) -> date:
        """Today in the time zone of the bureau of a jurisdiction."""
        ...

    def station_inputs(self, station_code: str, on: date) -> StationInputs:
        """Everything to build a plan from; NotFound."""
        ...

    def write_draft(self, draft: DraftPlan, *, caller: Caller) -> PlanSummary:
        """Store a draft in one transaction."""
        ...

    def content(self, plan_id: int, on: date) -> PlanContent:
        """A stored plan for the integrity gate; NotFound."""
        ...

    def pair(self, old_id: int, new_id: int, station_code: str, on: date) -> PlanPair:
        """The entities of a station with their cells in two of its plans; NotFound."""
        ...

    def change(self) -> AbstractContextManager[ChangeWork]:
        """A transaction that changes something."""
        ...

    def summary(self, plan_id: int) -> PlanSummary:
        """One plan; NotFound."""
        ...
