"""What the coverage engine reads, as arrays, and the Protocol of where it reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from numpy.typing import NDArray

Array = NDArray[Any]

EPOCH = date(1900, 1, 1)
"""Days are numbered from here: int32."""
NEVER, ALWAYS = 2**30, -(2**30)
"""An open end, an open beginning."""


def day_number(day: date | None, otherwise: int = NEVER) -> int:
    """Days since EPOCH; ``otherwise`` for None."""
    return otherwise if day is None else (day - EPOCH).days


@dataclass(frozen=True, slots=True)
class Place:
    """Whom the figures are of: a jurisdiction, and where its entities may lie.

    ``kind``: "all" (a jurisdiction with none above it, which also has what lies nowhere), "part" (one with stations below
    it), "station" or "cell". ``stations``: codes of the stations in it; of a cell, its station.
    """

    code: str
    name: str
    kind: str
    stations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Versions:
    """What the register said of each business and when, sorted by entity, then by day. Days as numbers since EPOCH."""

    entity_id: Array
    valid_from: Array
    valid_to: Array
    opened: Array
    closed: Array
    credit_class: Array
    industry: Array
    licensed: Array
    lon: Array
    lat: Array
    classes: tuple[str, ...]
    industries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Visits:
    """Visits that count, in any order; ``team``: index into ``teams``, the officers who were there; -1 = not asked."""

    entity_id: Array
    day: Array
    team: Array
    teams: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class RulesFrom:
    """The rules of a bureau for days [start, end): the settings of its profile."""

    start: int
    end: int
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StationRow:
    """A station for days [start, end)."""

    code: str
    name: str
    start: int
    end: int
    outline: Any


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A published plan of a station for days [start, end): its cells, sorted by code."""

    plan_id: int
    station: str
    start: int
    end: int
    cell_codes: tuple[str, ...]
    cell_names: tuple[str, ...]
    cells: Any


@dataclass(frozen=True, slots=True)
class LeadRow:
    """A lead of a cell for days [start, end)."""

    cell: str
    officer_id: str
    function: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """Businesses drawn for a sampling quota, and for which year."""

    entity_id: Array
    year: Array


@dataclass(frozen=True, slots=True)
class CoverageInputs:
    """Everything that one run of the engine needs."""

    place: Place
    versions: Versions
    visits: Visits
    profiles: tuple[RulesFrom, ...]
    stations: tuple[StationRow, ...]
    plans: tuple[PlanRow, ...]
    leads: tuple[LeadRow, ...]
    drawn: Drawn | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """Which visits count: those of some kinds on days [first, last).

    ``teams_from``: the first day of the calendar periods that are judged in the report: from then on stations, plans and
    leads are asked for, and who made the visits where ``visitors`` are wanted.
    """

    first: int
    last: int
    teams_from: int
    kinds: tuple[str, ...]
    visitors: bool = True


class CoverageReader(Protocol):
    """Where the figures are computed from."""

    def inputs(
        self,
        jurisdiction: str,
        last: date,
        recorded_at: datetime | None,
        window: Callable[[tuple[RulesFrom, ...]], Window],
    ) -> CoverageInputs:
        """What counts for a report up to the day ``last``, as it was recorded at a moment (None = now); NotFound.

        ``window``: the visits that the rules of those days look at.
        """
        ...

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The code of a jurisdiction or cell and of every level above it, lowest first; NotFound."""
        ...

    def businesses(self, ids: list[int]) -> dict[int, str]:
        """Names of businesses, as last known."""
        ...

    def names(self, codes: list[str], on: date) -> dict[str, str]:
        """Names of officers, cells and stations on a day; those not known are left out."""
        ...
