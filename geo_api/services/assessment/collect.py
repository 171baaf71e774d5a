"""The records of a period that scores rest on: coverage, claims, tasks, notices. One public function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

import numpy as np

from geo_api.services.answers import PublishedTerritory
from geo_api.services.assessment.basis import Basis, basis
from geo_api.services.coverage.several import Days, Reading
from geo_api.services.coverage.tables import CoverageTables
from geo_api.services.coverage_store import CoverageStore
from geo_api.services.finder import territory_finder
from geo_api.services.ports import PublishedReader
from geo_api.services.reports.store import ClaimCase, NoticeCase, ReportStore, Settings
from geo_api.services.snapshot import Snapshot, build_snapshot
from geo_api.services.tasks.figures import TaskRecord, task_records
from geo_api.services.tasks.model import TaskStore
from geo_api.supervision.claims_rules import ClaimRules
from geo_api.supervision.coverage import MICRO
from geo_api.supervision.profile import Profile, profile_from


class AssessmentStore(Protocol):
    """Where the records are."""

    @property
    def reports(self) -> ReportStore: ...  # noqa: D102
    @property
    def coverage(self) -> CoverageStore: ...  # noqa: D102
    @property
    def tasks(self) -> TaskStore: ...  # noqa: D102
    @property
    def published(self) -> PublishedReader: ...  # noqa: D102
    def as_recorded(self, moment: datetime | None) -> AssessmentStore: ...  # noqa: D102


@dataclass(frozen=True)
class Read:
    """What was read at once for a period and for others before it: visits, and notices whose deadline lies in any."""

    visits: Reading
    periods: tuple[Days, ...]
    notices: tuple[NoticeCase, ...]


@dataclass(frozen=True)
class Collected:
    """A period of a jurisdiction.

    Attributes:
        tables: visits due and made.
        bases: indicator -> records by cell, station and officer.
        by_officer: coverage as shares of the officers in charge: who led a cell for half of a quarter has half of it.
        snapshot: cells in force on the last day.
        settings, profile: rules of the last day.
        read: what was read, for other periods too.
    """

    tables: CoverageTables
    bases: dict[str, Basis]
    by_officer: Basis
    snapshot: Snapshot
    settings: Settings
    profile: Profile
    read: Read

    def basis_of(self, key: str, subject: str) -> Basis:
        """The records behind an indicator of a subject."""
        return self.by_officer if key == "coverage" and subject == "officer" else self.bases[key]


def collect(
    store: AssessmentStore,
    jurisdiction: str,
    period_from: date,
    period_to: date,
    *,
    recorded_at: datetime | None = None,
    before: tuple[Days, ...] = (),
    read: Read | None = None,
) -> Collected:
    """All records of [period_from, period_to) that scores of a jurisdiction and its parts rest on.

    A record belongs to the cell that the business lies in (claims: fell into) and to the officer who leads that cell on
    the last day of the period (tasks: who took it); coverage is shared among the leads by days.

    Args:
        store: where the records are.
        jurisdiction: code of a bureau, station or cell.
        period_from, period_to: the days.
        recorded_at: from what was recorded then; None = now.
        before: earlier periods that will be asked for too, earliest first: they are read at the same time.
        read: what was read before; a period that is not in it is read alone.

    Raises:
        NotFound: no such jurisdiction.
    """
    last = period_to - timedelta(days=1)
    settings = store.reports.settings(jurisdiction, last, recorded_at)
    profile = profile_from(settings.rules)
    days = period_from, period_to
    tables = read.visits.tables(days) if read is not None else None
    if read is None or tables is None:
        read = _read(store, jurisdiction, (*before, days), recorded_at)
        tables = read.visits.last()
    territory = store.published.territory(last, recorded_at)
    snapshot = build_snapshot(territory, territory_finder, recorded_at=recorded_at)
    ground = _Ground(tables, territory)
    claims = store.reports.claims(jurisdiction, period_to, recorded_at)
    tasks = task_records(store.tasks, territory, jurisdiction, period_from, period_to, recorded_at=recorded_at)
    notices = [n for n in read.notices if period_from <= n.rectify_by < period_to]
    return Collected(
        tables=tables,
        bases={
            "coverage": _coverage(tables, ground),
            "overdue": _overdue(tables, ground),
            "first_visits": _first_visits(tables, ground),
            "claims": _claims(claims, profile.section("claims"), ground, period_from, period_to),
            "tasks": _tasks(tasks, ground),
            "rectifications": _notices(
                notices, ground, snapshot, whole=jurisdiction not in {*tables.cells, *tables.stations}
            ),
        },
        by_officer=_led(tables, ground),
        snapshot=snapshot,
        settings=settings,
        profile=profile,
        read=read,
    )


def _read(store: AssessmentStore, jurisdiction: str, periods: tuple[Days, ...], recorded_at: datetime | None) -> Read:
    visits = Reading(store.coverage, jurisdiction, periods, recorded_at)
    return Read(
        visits, periods, store.reports.notices(jurisdiction, min(p[0] for p in periods), periods[-1][1], recorded_at)
    )


class _Ground:
    """Codes of cells, stations and officers by position, as the coverage tables have them."""

    def __init__(self, tables: CoverageTables, territory: PublishedTerritory) -> None:
        self.cells = np.array(tables.cells, dtype=object)
        self.stations = np.array([tables.stations[i] for i in tables.cell_station], dtype=object)
        self.officers = np.array([tables.officers[i] for i in tables.cell_officer], dtype=object)
        known = {str(c) for c in self.cells if c}
        self.own = {tables.jurisdiction} if tables.jurisdiction in known else known
        self._station = {c: s for c, s in zip(self.cells, self.stations, strict=True) if c}
        self._station |= {c.code: c.station_code for c in territory.cells}
        self._officer = {c: o for c, o in zip(self.cells, self.officers, strict=True) if c}
        for cell in territory.cells:
            if not self._officer.get(cell.code):
                leads = sorted(o.officer_id for o in territory.officers.get(cell.code, ()) if o.role == "lead")
                self._officer[cell.code] = leads[0] if leads else ""

    def at(self, cell: np.ndarray) -> dict[str, np.ndarray]:
        """Codes of rows that name their cell by position."""
        return {"cell": self.cells[cell], "station": self.stations[cell], "officer": self.officers[cell]}

    def of(self, cells: Sequence[str], officers: Sequence[str] | None = None) -> dict[str, list[str]]:
        """Codes of rows that name their cell by its code."""
        return {
            "cell": list(cells),
            "station": [self._station.get(c, "") for c in cells],
            "officer": [self._officer.get(c, "") for c in cells] if officers is None else list(officers),
        }


def _coverage(tables: CoverageTables, ground: _Ground) -> Basis:
    return basis(
        "coverage",
        "entity",
        count=tables.made_micro,
        of=tables.due_micro,
        ids=tables.entity_ids[tables.entity],
        entities=tables.entity_ids[tables.entity],
        by=ground.at(tables.cell),
        unit=MICRO,
        notes=[tables.classes[i] for i in tables.credit_class],
    )


def _led(tables: CoverageTables, ground: _Ground) -> Basis:
    by = ground.at(tables.led_cell)
    by["officer"] = np.array([tables.officers[i] for i in tables.led_officer], dtype=object)
    return basis(
        "coverage",
        "cell",
        count=tables.led_made_micro,
        of=tables.led_due_micro,
        ids=by["cell"],
        by=by,
        unit=MICRO,
    )


def _overdue(tables: CoverageTables, ground: _Ground) -> Basis:
    here = np.flatnonzero(tables.exists)
    return basis(
        "overdue",
        "entity",
        count=tables.overdue[here],
        of=np.ones(len(here)),
        ids=tables.entity_ids[here],
        entities=tables.entity_ids[here],
        by=ground.at(tables.entity_cell[here]),
        notes=np.where(tables.overdue[here], tables.overdue_since[here].astype(str), ""),
    )


def _first_visits(tables: CoverageTables, ground: _Ground) -> Basis:
    fell = ~np.isnat(tables.first_due) & (tables.first_due > np.datetime64(tables.period_from, "D"))
    fell &= tables.first_due <= np.datetime64(tables.period_to, "D")
    here = np.flatnonzero(fell)
    return basis(
        "first_visits",
        "entity",
        count=~tables.first_missed[here],
        of=np.ones(len(here)),
        ids=tables.entity_ids[here],
        entities=tables.entity_ids[here],
        by=ground.at(tables.entity_cell[here]),
        notes=[str(d) for d in tables.first_due[here]],
    )


def _claims(cases: Sequence[ClaimCase], rules: ClaimRules, ground: _Ground, first: date, end: date) -> Basis:
    """Claims whose limit lies in the period; one that lapsed before its limit asked nothing of anybody."""
    kept, count, notes = [], [], []
    for case in cases:
        limit = rules.limit(case.fell_on, rules.days)
        lapsed = case.lapsed_on is not None and case.lapsed_on <= limit and case.acted_on is None
        if not first <= limit < end or lapsed or case.cell_code not in ground.own:
            continue
        kept.append(case)
        count.append(case.acted_on is not None and case.acted_on <= limit)
        notes.append(limit.isoformat())
    return basis(
        "claims",
        "claim",
        count=count,
        of=[1] * len(kept),
        ids=[f"{c.entity_id}/{c.claim_no}" for c in kept],
        entities=[c.entity_id for c in kept],
        by=ground.of([c.cell_code for c in kept]),
        notes=notes,
    )


def _tasks(records: Sequence[TaskRecord], ground: _Ground) -> Basis:
    due = [r for r in records if r.due]
    by = ground.of([r.cell_code for r in due], [r.officer_id for r in due])
    return basis(
        "tasks",
        "task",
        count=[r.in_time for r in due],
        of=[1] * len(due),
        ids=[str(r.task_id) for r in due],
        by=by,
        notes=[r.due_on.isoformat() for r in due],
    )


def _notices(cases: Sequence[NoticeCase], ground: _Ground, snapshot: Snapshot, *, whole: bool) -> Basis:
    """Notices whose deadline lies in the period: in time when the business was seen again by then.

    ``whole``: the top, which also has what lies in none of its cells.
    """
    cells = _cells_of(cases, snapshot)
    kept = [i for i, c in enumerate(cells) if c in ground.own or (whole and not c)]
    return basis(
        "rectifications",
        "notice",
        count=[_seen_in_time(cases[i]) for i in kept],
        of=[1] * len(kept),
        ids=[cases[i].visit_id for i in kept],
        entities=[cases[i].entity_id for i in kept],
        by=ground.of([cells[i] for i in kept]),
        notes=[cases[i].rectify_by.isoformat() for i in kept],
    )


def _seen_in_time(case: NoticeCase) -> bool:
    return case.seen_on is not None and case.seen_on <= case.rectify_by


def _cells_of(cases: Sequence[NoticeCase], snapshot: Snapshot) -> list[str]:
    found = [""] * len(cases)
    known = [i for i, c in enumerate(cases) if c.lon is not None and c.lat is not None]
    if snapshot.finder is None or not known:
        return found
    lon = np.array([cases[i].lon for i in known], dtype=np.float64)
    lat = np.array([cases[i].lat for i in known], dtype=np.float64)
    for i, cell in zip(known, snapshot.finder.cells_of(lon, lat).tolist(), strict=True):
        found[i] = snapshot.cells[cell].code if cell >= 0 else ""
    return found
