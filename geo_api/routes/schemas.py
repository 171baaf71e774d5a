"""Shapes for OpenAPI: request bodies, and what answers look like. Answers are rendered by geo_api.formats."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from geo_api.services.answers import OfficerOnDuty, PlanSummary
from geo_api.services.lineage import CellLink
from geo_api.services.plan_lists import PublicPlan
from geo_api.services.published import StationDetail
from gridding.findings import Finding


class Problem(BaseModel):
    """Every error, of any route."""

    code: str = Field(description="What kind of error, e.g. bad_request, not_found, rule_violation, store_unavailable")
    detail: str = Field(description="What is wrong, where, what was expected, what to do")
    findings: list[Finding] = Field(description="All that is wrong, one by one")
    request_id: str = Field(description="Also in the header X-Request-ID; quote it when you report a fault")


PROBLEM_TEXT = {
    401: "No API key, or one that is unknown or revoked",
    403: "The key's role or jurisdiction does not allow it",
    404: "There is no such thing (on that day)",
    409: "The plan is not in a state that allows it",
    413: "The body is too large",
    422: "A parameter cannot be used, or a rule forbids it: `findings` lists everything",
    503: "The database is away or the service too busy: try again after `Retry-After` seconds",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error responses of a route, for OpenAPI."""
    return {s: {"model": Problem, "description": PROBLEM_TEXT[s]} for s in statuses}


class Strict(BaseModel):
    """A request body that refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Reason(Strict):
    """Why, recorded with the event."""

    reason: str = Field(default="", max_length=2000, description="Recorded with who and when", examples=["第一稿"])


class RequiredReason(Strict):
    """Why; required."""

    reason: str = Field(min_length=1, max_length=2000, description="What must change", examples=["002 号网格跨河"])


class Approval(Reason):
    """An approval, which may waive a missed balance (never a broken tiling) with a reason."""

    waive_balance: bool = Field(default=False, strict=True, description="Accept a missed balance; needs a reason")


class Publication(Reason):
    """From which day the plan is in force."""

    valid_from: date = Field(description="First day in force", examples=["2026-02-01"])


class BatchColumns(BaseModel):
    """Points (lon, lat, datum) or addresses as columns of equal length."""

    datum: str | None = Field(default=None, description="cgcs2000, wgs84, gcj02, bd09 or EPSG:n", examples=["wgs84"])
    on: date | None = Field(default=None, description="The day asked about; default: today")
    recorded_at: datetime | None = Field(default=None, description="Answer from what was recorded then; default: now")
    id: list[Any] | None = Field(default=None, description="Your names of the rows, handed back")
    lon: list[float | str | None] = Field(default=[], description="Longitudes (or x); a bad value: row invalid")
    lat: list[float | str | None] = Field(default=[], description="Latitudes (or y, north)")
    address: list[str | None] | None = Field(default=None, description="Instead of lon and lat: addresses")
    border: bool = Field(default=True, description="False: cells alone, several times faster")


class BatchReply(BaseModel):
    """Columns of the same length and order as asked."""

    on: date
    snapshot_age_s: float | None = Field(description="Null while the answer is known to be current, else its age, s")
    id: list[Any] | None = None
    cell_code: list[str | None]
    status: list[Literal["found", "outside", "invalid", "unpublished", "ambiguous", "not_found"]]
    border_distance_m: list[float | None] = Field(default=[], description="Metres; left out with border = false")
    beyond: list[str | None] = Field(
        default=[], description="Code of the cell beyond the nearest border, null = none; left out with border = false"
    )
    matched_address: list[str | None] = Field(default=[], description="Of addresses: what the address was matched to")
    method: list[str | None] = Field(default=[], description="Of addresses: how")
    confidence: list[float | None] = Field(default=[], description="Of addresses: how sure, 0 to 1")
    candidates: list[list[str]] = Field(default=[], description="Of addresses: codes of the cells that are possible")


class StationsReply(BaseModel):
    """The stations in force on a day."""

    on: date
    revision: str
    stations: list[StationDetail]


class Cell(BaseModel):
    """A published cell; ``fallback`` says whose officers answer where it has none of its own."""

    code: str
    name: str
    station_code: str
    station_name: str
    plan_id: int
    plan_version: int
    valid_from: date
    valid_to: date | None = Field(description="The first day that the plan is no longer in force; null = open")
    entities: int
    workload_hours_per_year: float = Field(description="Inspection hours a year")
    deviation: float = Field(description="Signed fraction from the plan's ideal workload")
    area_m2: float
    officers: list[OfficerOnDuty]
    fallback: Literal["station", "sub-bureau", "bureau"] | None


class CellsReply(BaseModel):
    """The cells in force on a day, without polygons."""

    on: date
    revision: str
    cells: list[Cell]


class CellReply(BaseModel):
    """One cell code on a day, without its polygon."""

    on: date
    revision: str
    status: Literal["in_force", "superseded", "not_yet"]
    since: date = Field(description="First day of the status; for not_yet the day on which the code begins")
    cells: list[Cell] = Field(description="The cell while it is in force, else empty")
    successors: list[CellLink] = Field(
        description="While it is not: the cells that hold its ground on that day, most ground first"
    )


class PlansReply(BaseModel):
    """Plans, newest first; without a key only those that are or were published, in short."""

    plans: list[PlanSummary | PublicPlan]


class Feature(BaseModel):
    """A GeoJSON feature."""

    type: Literal["Feature"]
    id: str | int | None = None
    properties: dict[str, Any]
    geometry: dict[str, Any] | None


class FeatureCollection(BaseModel):
    """GeoJSON in CGCS2000 (WGS 84 to a few centimetres), with the day and the revision it holds for."""

    model_config = ConfigDict(extra="allow")

    type: Literal["FeatureCollection"]
    features: list[Feature]


class Health(BaseModel):
    """The process is alive."""

    status: Literal["ok"]
    version: str


class Ready(BaseModel):
    """Lookups are answered, and from what."""

    ready: Literal[True]
    on: date = Field(description="The day that is held in memory")
    revision: str
    read_at: datetime = Field(description="When it was read from the database")
    cells: int
    stations: int
    database: Literal["reachable", "away"]
    snapshot_age_s: float | None = Field(description="Null while the database confirms the snapshot, else its age, s")
    note: str = Field(description="What to know or do; empty when all is well")
