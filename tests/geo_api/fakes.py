"""A store in memory, a slow and plain point index, and a small county to ask about."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import shapely

from geo_api import errors
from geo_api.services.addresses.gazetteer import EVER, NEVER, ROW_COLUMNS
from geo_api.services.addresses.store import GazetteerFrames
from geo_api.services.answers import (
    Caller,
    CellRow,
    OfficerOnDuty,
    PlanRef,
    PlanSummary,
    PublishedTerritory,
    StationRow,
)
from gridding.findings import Finding, Severity
from tests.geo_api.fake_coverage import FakeCoverage
from tests.geo_api.fake_history import FakeHistory
from tests.geo_api.fake_life import FakeClaims, FakeLife
from tests.geo_api.fake_reports import FakeReports
from tests.geo_api.fake_rounds import FakeRounds
from tests.geo_api.fake_staffing import FakeStaffing
from tests.geo_api.fake_supervision import FakeSupervision
from tests.geo_api.fake_tasks import FakeTasks
from tests.geo_api.fake_visits import FakeVisits

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 3, 10)
NOON = datetime(2026, 3, 10, 12, tzinfo=ZONE)
METRES_PER_DEGREE = 111_320.0
KEYS = {
    "planner-key": Caller("planner of C01", "planner", "C01"),
    "approver-key": Caller("approver of C", "approver", "C"),
}


class PlainFinder:
    """The border rule by looking at every polygon: station first, then cell, lowest code wins."""

    def __init__(self, stations: Any, cells: Any, cell_station: Any) -> None:
        self.stations, self.cells, self.cell_station = list(stations), list(cells), list(cell_station)

    def one(self, lon: float, lat: float) -> tuple[int, float, int]:
        point = shapely.Point(lon, lat)
        station = next((i for i, s in enumerate(self.stations) if s.covers(point)), None)
        if station is None:
            return -1, float("nan"), -1
        inside = [i for i, s in enumerate(self.cell_station) if s == station]
        cell = next((i for i in inside if self.cells[i].covers(point)), None)
        if cell is None:
            return -1, float("nan"), -1
        border = self.cells[cell].boundary
        gaps = [(border.intersection(c.boundary).distance(point), i) for i, c in enumerate(self.cells) if i != cell]
        distance = border.distance(point)
        beyond = next((i for gap, i in gaps if gap <= distance + 1e-12), -1)
        return cell, distance * METRES_PER_DEGREE, beyond

    def many(self, lon: Any, lat: Any) -> tuple[Any, Any, Any]:
        answers = [self.one(x, y) for x, y in zip(lon, lat, strict=True)]
        cell, distance, beyond = zip(*answers, strict=True) if answers else ((), (), ())
        return np.array(cell, np.int32), np.array(distance, float), np.array(beyond, np.int32)

    def cells_of(self, lon: Any, lat: Any) -> Any:
        return self.many(lon, lat)[0]

    def nearest(self, lon: float, lat: float) -> tuple[int, float]:
        distances = [c.distance(shapely.Point(lon, lat)) for c in self.cells]
        best = int(np.argmin(distances))
        return best, distances[best] * METRES_PER_DEGREE


def officer(code: str, name: str, role: str = "lead") -> OfficerOnDuty:
    return OfficerOnDuty(f"O-{name}", name, "科员", role, "", "0712-555-0100", code)


def square(west: float, south: float, east: float, north: float) -> bytes:
    return bytes(shapely.to_wkb(shapely.box(west, south, east, north)))


def county(on: date = TODAY, revision: str = "1") -> PublishedTerritory:
    """Bureau C; station C01 with cells 001 (west) and 002 (east), station C02 with cell 001, further east.

    Each cell is a square of 0.01 degrees from (114, 30) on. C01001 has a lead and a deputy, C01002 nobody (its station
    has), C02001 nobody (nor its station: the bureau has). Before 2026 the lead of C01001 was another.
    """
    plan1, plan2 = PlanRef(1, 1, date(2025, 1, 1)), PlanRef(2, 1, date(2026, 1, 1))
    lead = officer("C01001", "王芳" if on.year >= 2026 else "李强")
    return PublishedTerritory(
        on=on,
        read_at=datetime(2026, 3, 10, 4, tzinfo=UTC),
        revision=revision,
        stations=(
            StationRow("C01", "城关监管所", "C", square(114.0, 30.0, 114.02, 30.01)),
            StationRow("C02", "东湖监管所", "C", square(114.02, 30.0, 114.03, 30.01)),
        ),
        cells=(
            CellRow("C02001", "东湖一格", "C02", plan2, square(114.02, 30.0, 114.03, 30.01), 990.0, 0.0, 80, 1.07e6),
            CellRow("C01001", "城关一格", "C01", plan1, square(114.0, 30.0, 114.01, 30.01), 1000.0, 0.01, 90, 1.07e6),
            CellRow("C01002", "城关二格", "C01", plan1, square(114.01, 30.0, 114.02, 30.01), 980.0, -0.01, 85, 1.07e6),
        ),
        officers={
            "C01001": (lead, officer("C01001", "赵敏", "deputy")),
            "C01": (officer("C01", "刘洋", "first"),),
            "C": (officer("C", "陈静", "first"),),
        },
        parents={"C01001": "C01", "C01002": "C01", "C02001": "C02", "C01": "C", "C02": "C", "C": ""},
        names={
            "C": "某县局",
            "C01": "城关监管所",
            "C02": "东湖监管所",
            "C01001": "城关一格",
            "C01002": "城关二格",
            "C02001": "东湖一格",
        },
    )


class FakePublished:
    """Reads of what is published; ``away`` makes every read fail, ``reads`` counts the territories read."""

    def __init__(self) -> None:
        self.away = False
        self.number = 1
        self.empty = False
        self.reads: list[tuple[date, datetime | None]] = []
        self.replacement: PublishedTerritory | None = None

    def _reach(self) -> None:
        if self.away:
            raise errors.StoreUnavailable("the database cannot be reached; try again")

    def revision(self) -> str:
        self._reach()
        return str(self.number)

    def territory(self, on: date, recorded_at: datetime | None = None) -> PublishedTerritory:
        self._reach()
        self.reads.append((on, recorded_at))
        if self.replacement is not None:
            return replace(self.replacement, on=on, revision=str(self.number))
        whole = county(on, str(self.number))
        return replace(whole, cells=(), stations=()) if self.empty or on.year < 2025 else whole

    def locate(self, lon: float, lat: float, on: date) -> str | None:
        raise NotImplementedError


def plan(plan_id: int, state: str = "draft", station: str = "C01") -> PlanSummary:
    finding = Finding("balance.deviation", Severity.WARNING, "cell C01001 is 4 % over", where="C01001", value=0.04)
    return PlanSummary(
        plan_id=plan_id,
        station_code=station,
        version=1,
        state=state,
        cells=2,
        tolerance=0.03,
        max_abs_deviation=0.04,
        created_at=datetime(2026, 1, 2, tzinfo=UTC),
        created_by="planner of C01",
        valid_from=date(2026, 1, 1) if state in ("published", "superseded") else None,
        valid_to=None,
        findings=(finding,),
    )


PLACES = [
    ("人民路12号", 114.005, 30.005),
    ("解放路1号", 114.004, 30.004),
    ("解放路1号", 114.006, 30.006),
    ("长江路5号", 114.005, 30.005),
    ("长江路5号", 114.015, 30.005),
    ("远方路9号", 120.0, 40.0),
]


class FakeGazetteer:
    """The addresses of :data:`PLACES`, not read by the parser yet; ``away`` as the published part is."""

    def __init__(self, published: FakePublished) -> None:
        self._published = published
        self.number = 1
        self.places = list(PLACES)

    def revision(self) -> str:
        self._published._reach()
        return str(self.number)

    def divisions(self) -> tuple[list[dict[str, str]], str, str]:
        self._published._reach()
        return [], "", ""

    def read(self, version: str) -> GazetteerFrames:
        self._published._reach()
        rows = pd.DataFrame(self.places, columns=["address", "lon", "lat"]).assign(since=EVER, until=NEVER)
        for column in ROW_COLUMNS:
            if column not in rows:
                rows[column] = -1 if column in ("number", "bearing_deg", "distance_m") else ""
        return GazetteerFrames(
            revision=str(self.number),
            rows=rows,
            lines=pd.DataFrame(columns=["name", "geometry"]),
            places=pd.DataFrame(columns=["name", "lon", "lat", "valid_from", "valid_to"]),
            markets=pd.DataFrame(columns=["name", "geometry", "valid_from", "valid_to"]),
            former=pd.DataFrame(columns=["kind", "former", "name", "since"]),
        )


class FakePlans:
    """Plans by id."""

    def __init__(self, published: FakePublished) -> None:
        self._published = published
        self.by_id = {1: plan(1, "published"), 2: plan(2, "draft"), 3: plan(3, "submitted", "C02")}

    def plans(self, station_code: str | None = None, state: str | None = None) -> tuple[PlanSummary, ...]:
        self._published._reach()
        return tuple(
            p
            for p in sorted(self.by_id.values(), key=lambda p: -p.plan_id)
            if station_code in (None, p.station_code) and state in (None, p.state)
        )

    def plan(self, plan_id: int) -> PlanSummary:
        self._published._reach()
        if plan_id not in self.by_id:
            raise errors.NotFound(f"no plan has the id {plan_id}")
        return self.by_id[plan_id]

    def plan_cells_geojson(self, plan_id: int) -> bytes:
        self.plan(plan_id)
        return b'{"type":"FeatureCollection","features":[]}'

    def redrawn(self, plan_id: int) -> tuple[bool, tuple[str, ...]]:
        self.plan(plan_id)
        return False, ()


class FakeKeys:
    """The keys of :data:`KEYS`."""

    def __init__(self, published: FakePublished) -> None:
        self._published = published

    def caller(self, key: str) -> Caller:
        self._published._reach()
        if key not in KEYS:
            raise errors.NotAuthenticated("the API key is unknown or revoked")
        return KEYS[key]


class FakeProfiles:
    """No rules are stored, for any jurisdiction."""

    def in_force(self) -> tuple[Any, ...]:
        return ()

    def ancestors(self, code: str) -> tuple[str, ...]:
        raise errors.NotFound(f"there is no jurisdiction or cell {code!r}")

    def today_of_entity(self, named: str) -> date:
        raise errors.NotFound(f"there is no entity {named!r}")

    def entity(self, named: str, on: date) -> Any:
        raise errors.NotFound(f"there is no entity {named!r}")


class FakeListener:
    """Keeps the callback; ``close`` says so."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        self.on_change = on_change
        self.closed = threading.Event()

    def close(self) -> None:
        self.closed.set()


class FakeStore:
    """The store in memory."""

    def __init__(self) -> None:
        self.published = FakePublished()
        self.history = FakeHistory(self.published)
        self.gazetteer = FakeGazetteer(self.published)
        self.plans = FakePlans(self.published)
        self.keys = FakeKeys(self.published)
        self.supervision = FakeSupervision(self.plans)
        self.profiles = self.workload = FakeProfiles()
        self.tasks = FakeTasks()
        self.claims, self.life = FakeClaims(), FakeLife()
        self.rounds = FakeRounds()
        self.due: Any = None
        self.coverage = FakeCoverage()
        self.reports = self.ledgers = FakeReports()
        self.staffing = self.planning = FakeStaffing(self.published._reach)
        self.visits = self.due = self.classing = self.intervals = FakeVisits()
        self.listeners: list[FakeListener] = []
        self.closed = False

    def as_recorded(self, moment: datetime | None) -> FakeStore:
        return self

    def listen(self, on_change: Callable[[], None]) -> FakeListener:
        self.listeners.append(FakeListener(on_change))
        return self.listeners[-1]

    def close(self) -> None:
        self.closed = True


class Clock:
    """A clock that tests set."""

    def __init__(self, moment: datetime = NOON) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment
