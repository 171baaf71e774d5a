"""Keeps the snapshot of today true, and a few snapshots of other days at hand."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Generic, Protocol, TypeVar

from geo_api.errors import StoreUnavailable
from geo_api.services.answers import PublishedTerritory
from geo_api.services.finder import FinderFactory
from geo_api.services.ports import PublishedReader
from geo_api.services.snapshot import Snapshot, build_snapshot
from gridding.errors import GriddingError

log = logging.getLogger(__name__)

Prepared = TypeVar("Prepared")
DayKey = tuple[date, datetime | None, str]
STALE_POLLS = 3.0
STALE_AT_LEAST_S = 15.0


class KeptTerritory(Protocol):
    """The last territory on disk, see :class:`geo_api.services.kept_snapshot.KeptSnapshot`."""

    def save(self, territory: PublishedTerritory) -> None: ...  # noqa: D102
    def confirm(self) -> None: ...  # noqa: D102
    def load(self) -> tuple[PublishedTerritory, float] | None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Serving(Generic[Prepared]):
    """Today's snapshot and what was prepared from it; replaced as one."""

    snapshot: Snapshot
    prepared: Prepared


class SnapshotKeeper(Generic[Prepared]):
    """Holds today's snapshot, renews it when the store changes or the day does, and lends those of other days.

    ``on_renewal`` is called after each renewal, in the keeper's thread.

    A thread waits for :meth:`notify` (the store's listener calls it), for the next poll and for local midnight. While
    the database is away the last snapshot goes on serving, and :meth:`age_s` says since when it is unconfirmed.

    Args:
        reader: reads what is published.
        make_finder: makes the point index of a snapshot.
        prepare: makes from each of today's snapshots what the hot path needs.
        now: the time in the deployment's zone (aware).
        poll_s: longest time between two comparisons with the database, seconds.
        days_cached: snapshots of other days that are kept.
        kept: where the last territory is kept for a start without the database; None = nowhere.
    """

    def __init__(
        self,
        reader: PublishedReader,
        make_finder: FinderFactory,
        prepare: Callable[[Snapshot], Prepared],
        *,
        now: Callable[[], datetime],
        poll_s: float = 5.0,
        days_cached: int = 8,
        kept: KeptTerritory | None = None,
    ) -> None:
        self.current: Serving[Prepared] | None = None
        self.trouble = ""
        self.on_renewal: Callable[[], None] = lambda: None
        self._reader, self._make_finder, self._prepare, self._now = reader, make_finder, prepare, now
        self._poll_s, self._days_cached, self._kept = poll_s, days_cached, kept
        self._confirmed_at: float | None = None
        self._away = self._behind = False
        self._days: OrderedDict[DayKey, Snapshot] = OrderedDict()
        self._refreshing, self._building, self._days_lock = threading.Lock(), threading.Lock(), threading.Lock()
        self._wake, self._stop = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    # ------------------------------------------------------------------ today
    def today(self) -> date:
        """The deployment's today."""
        return self._now().date()

    def age_s(self) -> float | None:
        """None while the database confirms the snapshot, else the seconds since it last did.

        Also said while a newer one is being made: the database has then spoken against this one.
        """
        if self._confirmed_at is None:
            return None
        since = time.monotonic() - self._confirmed_at
        if self._away or self._behind or since > max(STALE_POLLS * self._poll_s, STALE_AT_LEAST_S):
            return round(since, 1)
        return None

    def refresh(self) -> bool:
        """Compare with the store and renew the snapshot if it or the day changed; True when it was renewed.

        Never raises: trouble is kept in ``trouble`` (a sentence), and the last snapshot stays.
        """
        with self._refreshing:
            asked_at = time.monotonic()  # what is confirmed is the state of then, however long the reading takes
            try:
                renewed = self._renew()
            except StoreUnavailable as problem:
                self._in_trouble(str(problem))
                return self._from_disk()
            except Exception as problem:  # a published territory that cannot be read must not stop the service
                log.exception("the snapshot could not be renewed")
                what = str(problem) if isinstance(problem, GriddingError) else type(problem).__name__
                self._in_trouble(f"the published territory could not be read: {what}")
                return self._from_disk()
            if self._away:
                log.info("the database is back")
            self._away, self._behind, self.trouble, self._confirmed_at = False, False, "", asked_at
            if self._kept is not None and self.current is not None:
                if renewed:
                    self._kept.save(self.current.snapshot.territory)
                self._kept.confirm()
            return renewed

    def _renew(self) -> bool:
        revision, today = self._reader.revision(), self.today()
        held = self.current.snapshot if self.current else None
        if held is not None and held.revision == revision and held.on == today:
            return False
        self._behind = held is not None
        begun = time.perf_counter()
        snapshot = build_snapshot(self._reader.territory(today), self._make_finder, before=held)
        self.current = Serving(snapshot, self._prepare(snapshot))
        self.on_renewal()
        took = time.perf_counter() - begun
        log.info("snapshot of %s: %d cells, revision %s, %.2f s", today, len(snapshot.cells), snapshot.revision, took)
        return True

    def _from_disk(self) -> bool:
        """Where nothing could be read since the start: take what was kept; True where there was something."""
        if self._kept is None or self.current is not None:
            return False
        try:
            if (kept := self._kept.load()) is None:
                return False
            territory, age_s = kept
            snapshot = build_snapshot(territory, self._make_finder)
            self.current = Serving(snapshot, self._prepare(snapshot))
        except Exception:
            log.exception("what was kept could not be used")
            return False
        self._confirmed_at = time.monotonic() - age_s
        self.on_renewal()
        log.warning("the database is away: serving the snapshot of %s, kept %.0f s ago", snapshot.on, age_s)
        return True

    def _in_trouble(self, sentence: str) -> None:
        if not self._away:
            log.warning("serving from memory: %s", sentence)
        self._away, self.trouble = True, sentence

    # ------------------------------------------------------------------ other days
    def day(self, on: date, recorded_at: datetime | None = None) -> Snapshot:
        """The snapshot of a day, past or to come; StoreUnavailable where only the database could answer."""
        held = self.current
        if held is not None and recorded_at is None and on == held.snapshot.on:
            return held.snapshot
        key = (on, recorded_at, held.snapshot.revision if held else self._reader.revision())
        if (known := self._known(key)) is not None:
            return known
        with self._building:  # one at a time: each is a query and an index
            if (known := self._known(key)) is not None:
                return known
            snapshot = build_snapshot(
                self._reader.territory(on, recorded_at),
                self._make_finder,
                recorded_at=recorded_at,
                before=held.snapshot if held else None,
            )
            with self._days_lock:
                self._days[key] = snapshot
                while len(self._days) > self._days_cached:
                    self._days.popitem(last=False)
            return snapshot

    def snapshot(self, on: date | None = None, recorded_at: datetime | None = None) -> Snapshot:
        """The snapshot of a day (None = today's, as held in memory); StoreUnavailable where none can be had."""
        held = self.current
        if held is None:
            raise StoreUnavailable("nothing could be read from the database since the start; try again")
        return held.snapshot if on is None and recorded_at is None else self.day(on or self.today(), recorded_at)

    def territory(
        self, on: date | None = None, recorded_at: datetime | None = None
    ) -> tuple[DayKey, PublishedTerritory]:
        """What is published on a day, without a point index, under a name that changes whenever it does."""
        held = self.current
        if held is None:
            raise StoreUnavailable("nothing could be read from the database since the start; try again")
        day = on or (held.snapshot.on if recorded_at is None else self.today())
        key = (day, recorded_at, held.snapshot.revision)
        if recorded_at is None and day == held.snapshot.on:
            return key, held.snapshot.territory
        known = self._known(key)
        return key, known.territory if known is not None else self._reader.territory(day, recorded_at)

    def _known(self, key: DayKey) -> Snapshot | None:
        with self._days_lock:
            if key in self._days:
                self._days.move_to_end(key)
            return self._days.get(key)

    # ------------------------------------------------------------------ the thread
    def notify(self) -> None:
        """Something may have changed: compare soon. Cheap; callable from any thread."""
        self._wake.set()

    def start(self) -> None:
        """Start the thread that keeps today's snapshot true (the first read is :meth:`refresh`)."""
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name="gridward-snapshot", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop the thread."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=10)

    def wait_s(self) -> float:
        """Seconds until the next comparison: the poll, or local midnight if that is sooner."""
        now = self._now()
        midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), tzinfo=now.tzinfo)
        return max(0.0, min(self._poll_s, midnight.timestamp() - now.timestamp()))

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.wait(self.wait_s())
            self._wake.clear()
            if not self._stop.is_set():
                self.refresh()
