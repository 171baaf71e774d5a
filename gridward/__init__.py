"""The client of a Gridward service: who answers for this place, today or on another day.

>>> from gridward import Client
>>> with Client("http://127.0.0.1:8000") as service:          # doctest: +SKIP
...     service.point(114.4906, 30.6104, datum="wgs84").cell.code
'420999001003'

Needs httpx and the standard library; batches go as Arrow where pyarrow is installed.
"""

from gridward.answers import (
    AddressCandidate,
    BatchReply,
    BorderInfo,
    Cell,
    CellLink,
    CellRef,
    CellReply,
    CellsReply,
    CellVersion,
    Change,
    Changes,
    CoverageAnswer,
    Download,
    EntityAnswer,
    Finding,
    Health,
    LevelsAnswer,
    Lineage,
    LookupAnswer,
    NearAnswer,
    OfficerOnDuty,
    PlanRef,
    Ready,
    RelationAnswer,
    StationDetail,
    StationsReply,
)
from gridward.async_client import AsyncClient
from gridward.client import Client
from gridward.errors import (
    BadAnswer,
    BadRequest,
    Conflict,
    GridwardError,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    ServiceError,
    TooManyRequests,
    Unavailable,
    Unreachable,
)
from gridward.feed import AsyncChangeFeed, ChangeFeed
from gridward.retry import Retries

__all__ = [
    "AddressCandidate",
    "AsyncChangeFeed",
    "AsyncClient",
    "BadAnswer",
    "BadRequest",
    "BatchReply",
    "BorderInfo",
    "Cell",
    "CellLink",
    "CellRef",
    "CellReply",
    "CellVersion",
    "CellsReply",
    "Change",
    "ChangeFeed",
    "Changes",
    "Client",
    "Conflict",
    "CoverageAnswer",
    "Download",
    "EntityAnswer",
    "Finding",
    "GridwardError",
    "Health",
    "LevelsAnswer",
    "Lineage",
    "LookupAnswer",
    "NearAnswer",
    "NotAllowed",
    "NotAuthenticated",
    "NotFound",
    "OfficerOnDuty",
    "PlanRef",
    "Ready",
    "RelationAnswer",
    "Retries",
    "ServiceError",
    "StationDetail",
    "StationsReply",
    "TooManyRequests",
    "Unavailable",
    "Unreachable",
]
