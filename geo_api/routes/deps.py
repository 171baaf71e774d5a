"""What routes share: the context that the composition root made, the caller behind a key, days, bodies, answers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Protocol

from fastapi import Depends, Query, Request, Security
from fastapi.routing import APIRoute
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from starlette.responses import Response

from geo_api.errors import BadRequest, NotAuthenticated, TooLarge
from geo_api.routes.batch_pool import BatchRunner
from geo_api.routes.gate import Gate
from geo_api.routes.rendered import RenderedCache, rendered, reply
from geo_api.services.addresses.keeper import GazetteerKeeper
from geo_api.services.addresses.store import GazetteerReader
from geo_api.services.answers import Caller
from geo_api.services.ask import LookupService
from geo_api.services.bulk import Downloads
from geo_api.services.claims.store import ClaimStore
from geo_api.services.coverage.intervals import IntervalReader
from geo_api.services.coverage_store import CoverageStore
from geo_api.services.diagram_pages import DiagramPages
from geo_api.services.entity_lookup import EntityLookup
from geo_api.services.history import HistoryReader
from geo_api.services.keeper import SnapshotKeeper
from geo_api.services.ledger.store import LedgerReader
from geo_api.services.plan_store import PlanStore
from geo_api.services.ports import KeyReader, PlanReader, PublishedReader, Supervision
from geo_api.services.profiles.store import ProfileStore
from geo_api.services.profiles.watch import RulesWatch
from geo_api.services.register.life import RegisterLife
from geo_api.services.relations import Grounds
from geo_api.services.reports.store import ReportStore
from geo_api.services.rounds.model import RoundStore
from geo_api.services.sampling.model import SamplingStore
from geo_api.services.staffing.store import StaffingStore
from geo_api.services.tasks.model import TaskStore
from geo_api.services.visits.class_model import ClassStore
from geo_api.services.visits.due_model import DueReader
from geo_api.services.visits.model import VisitStore
from geo_api.settings import Settings
from geo_api.supervision.periods import EARLIEST_YEAR, LATEST_YEAR

BODY_TIMEOUT_S = 60.0


class StorePort(Protocol):
    """What the routes need of the store."""

    @property
    def published(self) -> PublishedReader: ...  # noqa: D102
    @property
    def history(self) -> HistoryReader: ...  # noqa: D102
    @property
    def gazetteer(self) -> GazetteerReader: ...  # noqa: D102
    @property
    def plans(self) -> PlanReader: ...  # noqa: D102
    @property
    def keys(self) -> KeyReader: ...  # noqa: D102
    @property
    def supervision(self) -> Supervision: ...  # noqa: D102
    @property
    def planning(self) -> PlanStore: ...  # noqa: D102
    @property
    def staffing(self) -> StaffingStore: ...  # noqa: D102
    @property
    def claims(self) -> ClaimStore: ...  # noqa: D102
    @property
    def life(self) -> RegisterLife: ...  # noqa: D102
    @property
    def intervals(self) -> IntervalReader: ...  # noqa: D102
    @property
    def coverage(self) -> CoverageStore: ...  # noqa: D102
    @property
    def ledgers(self) -> LedgerReader: ...  # noqa: D102
    @property
    def reports(self) -> ReportStore: ...  # noqa: D102
    @property
    def rounds(self) -> RoundStore: ...  # noqa: D102
    @property
    def tasks(self) -> TaskStore: ...  # noqa: D102
    @property
    def visits(self) -> VisitStore: ...  # noqa: D102
    @property
    def due(self) -> DueReader: ...  # noqa: D102
    @property
    def classing(self) -> ClassStore: ...  # noqa: D102
    @property
    def profiles(self) -> ProfileStore: ...  # noqa: D102
    @property
    def workload(self) -> SamplingStore: ...  # noqa: D102
    def as_recorded(self, moment: datetime | None) -> StorePort: ...  # noqa: D102


class HotAnswers(Protocol):
    """Today's answers, prepared."""

    def point(self, lon: float, lat: float, age_s: float | None) -> bytes:
        """The answer for a point in the storage datum, as JSON."""
        ...


@dataclass(frozen=True, slots=True)
class Formats:
    """The formats, as the composition root hands them to the routes."""

    render: Callable[[object, str], tuple[bytes, str]]


@dataclass(frozen=True, slots=True)
class Context:
    """Everything that routes work with; made once by ``geo_api.main.create_app``.

    ``work`` runs what needs the database, ``days`` what reads another day, ``batches`` large batches, ``uploads`` counts
    their bodies and answers under way: each bounded. ``files`` writes downloads. ``batch_runner`` answers batches.
    """

    settings: Settings
    store: StorePort
    keeper: SnapshotKeeper[Any]
    lookup: LookupService
    book: GazetteerKeeper
    entities: EntityLookup
    grounds: Grounds
    downloads: Downloads
    formats: Formats
    diagrams: DiagramPages
    bodies: RenderedCache
    work: Gate
    days: Gate
    batches: Gate
    files: Gate
    uploads: Gate
    batch_runner: BatchRunner
    rules: RulesWatch

    def is_todays(self, day: date | None) -> bool:
        """Whether a question about that day (None = today) is answered from the snapshot held in memory."""
        held = self.keeper.current
        return day is None or (held is not None and day == held.snapshot.on)


def get_context(request: Request) -> Context:
    """The context of the application that serves this request."""
    context: Context = request.app.state.context
    return context


async def _context_here(request: Request) -> Context:
    """The same for the framework, which takes what is not async to a thread and back."""
    return get_context(request)


ContextDep = Annotated[Context, Depends(_context_here)]

# ---------------------------------------------------------------------------------------------------- callers
_bearer = HTTPBearer(auto_error=False, description="API key: `Authorization: Bearer <key>`")
_header = APIKeyHeader(name="X-API-Key", auto_error=False, description="API key: `X-API-Key: <key>`")


OPTIONAL_KEY: dict[str, Any] = {"security": [{}, {"HTTPBearer": []}, {"APIKeyHeader": []}]}
"""For OpenAPI, of routes that show more to a caller with a key."""


async def optional_caller(request: Request, context: ContextDep) -> Caller | None:
    """The caller behind the key, None without one; NotAuthenticated for a key that is unknown or revoked."""
    key = key_of(request)
    return await context.work.do(context.store.keys.caller, key) if key else None


async def required_caller(
    caller: Annotated[Caller | None, Depends(optional_caller)],
    _bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
    _header: Annotated[str | None, Security(_header)],
) -> Caller:
    """The caller behind the key; NotAuthenticated without one."""
    if caller is None:
        raise NotAuthenticated(
            "this needs an API key: send it as 'Authorization: Bearer <key>' or 'X-API-Key: <key>'; "
            "an administrator makes one with 'gridward keys create'"
        )
    return caller


def key_of(request: Request) -> str | None:
    """The API key of a request; None without one. NotAuthenticated for two that differ, and for other schemes."""
    authorization, header = request.headers.get("authorization"), request.headers.get("x-api-key")
    if authorization is None:
        return header
    kind, _, token = authorization.partition(" ")
    token = token.strip()
    if kind.lower() != "bearer" or not token or header not in (None, token):
        raise NotAuthenticated("send the API key once: 'Authorization: Bearer <key>' or 'X-API-Key: <key>'")
    return token


OptionalCaller = Annotated[Caller | None, Depends(optional_caller)]
RequiredCaller = Annotated[Caller, Depends(required_caller)]


async def asked_jurisdiction(
    caller: RequiredCaller,
    jurisdiction: Annotated[
        str | None,
        Query(
            description="Code of a bureau, station or cell; default: that of the key",
            pattern=r"^[A-Za-z0-9._\-]{1,40}$",
        ),
    ] = None,
) -> str:
    """The jurisdiction that is asked about: that of the key where none is said."""
    return jurisdiction or caller.jurisdiction


AskedJurisdiction = Annotated[str, Depends(asked_jurisdiction)]

# ---------------------------------------------------------------------------------------------------- parameters
DAY_PATTERN = r"^\d{4}-\d{2}-\d{2}$"
YEARS_PATTERN = r"^(19|20|21)\d{2}-\d{2}-\d{2}$"
DAY_TEXT = "The day asked about, such as 2026-01-31; default: today in the deployment's time zone."
OnParameter = Annotated[
    str | None, Query(description=DAY_TEXT, json_schema_extra={"format": "date", "pattern": YEARS_PATTERN})
]


MOMENT_TEXT = "Answer from what was recorded at this moment (ISO 8601; without an offset: local time); default: now."
RecordedAtParameter = Annotated[
    str | None,
    Query(description=MOMENT_TEXT, json_schema_extra={"format": "date-time"}, examples=["2026-01-31T12:00:00Z"]),
]


def parse_day(text: str | None, name: str = "on") -> date | None:
    """A day as YYYY-MM-DD; BadRequest, with the name of the parameter, for anything else."""
    if text is None:
        return None
    try:
        day = date.fromisoformat(text) if re.fullmatch(DAY_PATTERN, text, re.ASCII) else None
    except ValueError:
        day = None
    if day is None or not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise BadRequest(f"{name}={text!r} is no day: write it as 2026-01-31, from {EARLIEST_YEAR} to {LATEST_YEAR}")
    return day


def parse_moment(text: str | None, settings: Settings) -> datetime | None:
    """A moment in ISO 8601; without an offset it is in the deployment's time zone."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(re.sub(r" (?=\d\d:?\d\d$)", "+", text))  # a "+" that was not escaped
    except ValueError:
        moment = None
    if moment is None or not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        raise BadRequest(f"recorded_at={text!r} is no moment: write it as 2026-01-31T12:00:00Z or with its offset")
    return moment if moment.tzinfo else moment.replace(tzinfo=settings.zone)


async def only_known_parameters(request: Request) -> None:
    """Refuse a query parameter that the route does not have: ``date=`` for ``on=`` would be answered for today."""
    route = request.scope.get("route")
    known = _query_names(getattr(route, "dependant", None))
    unknown = sorted({name for name in request.query_params if name not in known})
    if unknown:
        listed = ", ".join(sorted(known)) or "none"
        raise BadRequest(f"unknown parameter {', '.join(unknown)}; this path knows: {listed}")


def _query_names(dependant: Any) -> set[str]:
    if dependant is None:
        return set()
    names = {p.alias for p in dependant.query_params}
    for below in dependant.dependencies:
        names |= _query_names(below)
    return names


# ---------------------------------------------------------------------------------------------------- bodies, answers
async def read_body(request: Request, limit_bytes: int) -> bytes:
    """The body; TooLarge above the limit, whatever its header said; BadRequest when it comes too slowly."""
    declared = request.headers.get("content-length", "")
    too_large = TooLarge(f"the body is larger than {limit_bytes} bytes: send it in several calls")
    if declared.isdigit() and int(declared) > limit_bytes:
        raise too_large
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            async for part in request.stream():
                size += len(part)
                if size > limit_bytes:
                    raise too_large
                parts.append(part)
    except TimeoutError:
        raise BadRequest(f"the body did not arrive within {BODY_TIMEOUT_S:.0f} s") from None
    return b"".join(parts)


def tagged(request: Request, body: bytes, media_type: str) -> Response:
    """The body with its ETag, or 304 where the caller has it already."""
    return reply(request, rendered(body, media_type))


class DirectRoute(APIRoute):
    """A route whose endpoint takes the request alone and parses it itself; documented through ``openapi_extra``.

    FastAPI's own handling of parameters costs more than a whole lookup.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The endpoint itself."""
        return self.endpoint
