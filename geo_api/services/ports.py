"""What the services need of the outside world, as Protocols. ``geo_api.db`` fulfils them; tests use fakes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol

from geo_api.services.answers import (
    Caller,
    CoverageAnswer,
    GapsAnswer,
    LookupAnswer,
    PlanSummary,
    PosterList,
    PublishedTerritory,
)


class PublishedReader(Protocol):
    """Reads what is published. Every method is one round trip and may raise StoreUnavailable."""

    def revision(self) -> str:
        """A token that changes whenever a plan, an assignment or a telephone number changes."""
        ...

    def territory(self, on: date, recorded_at: datetime | None = None) -> PublishedTerritory:
        """Everything published and in force on that day (as it was recorded at ``recorded_at``, default now)."""
        ...

    def locate(self, lon: float, lat: float, on: date) -> str | None:
        """Code of the cell of a point on that day by the SQL twin of the border rule; None outside."""
        ...


class PlanReader(Protocol):
    """Reads plans in any state (needs a key)."""

    def plans(self, station_code: str | None = None, state: str | None = None) -> tuple[PlanSummary, ...]:
        """Plans, newest first."""
        ...

    def plan(self, plan_id: int) -> PlanSummary:
        """One plan; NotFound."""
        ...

    def plan_cells_geojson(self, plan_id: int) -> bytes:
        """The cells of a plan as a GeoJSON FeatureCollection."""
        ...

    def redrawn(self, plan_id: int) -> tuple[bool, tuple[str, ...]]:
        """Whether a plan was redrawn from the plan in force, and the cells that were locked; NotFound."""
        ...


class KeyReader(Protocol):
    """Checks API keys."""

    def caller(self, key: str) -> Caller:
        """The caller that a key stands for; NotAuthenticated if unknown or revoked."""
        ...


class Supervision(Protocol):
    """The use cases that change something or need the register; one method per service module."""

    def submit(self, plan_id: int, *, caller: Caller, reason: str = "") -> PlanSummary: ...
    def return_plan(self, plan_id: int, *, caller: Caller, reason: str) -> PlanSummary: ...
    def approve(
        self, plan_id: int, *, caller: Caller, reason: str = "", waive_balance: bool = False
    ) -> PlanSummary: ...
    def publish(self, plan_id: int, *, caller: Caller, valid_from: date, reason: str = "") -> PlanSummary: ...
    def coverage(
        self,
        jurisdiction: str,
        *,
        caller: Caller,
        today: date,
        on: date | None = None,
        of: str | None = None,
        period_from: date | None = None,
        period_to: date | None = None,
        by: str = "total",
        recorded_at: datetime | None = None,
    ) -> CoverageAnswer: ...
    def gaps(
        self, jurisdiction: str, on: date, *, caller: Caller, recorded_at: datetime | None = None
    ) -> GapsAnswer: ...
    def posters(self, jurisdiction: str, on: date, *, caller: Caller, recorded_at: datetime | None) -> PosterList: ...
    def record_poster(
        self,
        jurisdiction: str,
        place: str,
        *,
        caller: Caller,
        posted_on: date,
        drawn_for: date | None = None,
        removed: bool = False,
        reason: str = "",
    ) -> PosterList: ...


class Lookup(Protocol):
    """Point and address questions, answered from memory for today."""

    def point(self, lon: float, lat: float, *, datum: str, on: date | None = None) -> LookupAnswer: ...
    def address(self, address: str, *, on: date | None = None) -> LookupAnswer: ...
