"""Keeps the gazetteer in memory true: renewed when the store says that something changed; lasts while it is away."""

from __future__ import annotations

import logging
import threading
import time

from geo_api.errors import StoreUnavailable
from geo_api.services.addresses.gazetteer import Gazetteer
from geo_api.services.addresses.store import GazetteerReader, Reading, read_gazetteer, reading

log = logging.getLogger(__name__)


class GazetteerKeeper:
    """Holds the gazetteer; a thread renews it after :meth:`notify` and at every poll.

    The first address asked waits for the first reading. While the database is away the last gazetteer goes on serving,
    and :meth:`age_s` says since when it is unconfirmed.

    Args:
        reader: where it is read from.
        region: whose forms of address (``cn``, ``us``).
        poll_s: longest time between two comparisons with the store, seconds.
    """

    def __init__(self, reader: GazetteerReader, *, region: str = "cn", poll_s: float = 5.0) -> None:
        self._reader, self._region, self._poll_s = reader, region, poll_s
        self._held: tuple[Gazetteer, Reading] | None = None
        self._confirmed_at: float | None = None
        self._trouble, self._renewing = "", False
        self._lock, self._wake, self._stop = threading.Lock(), threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def current(self) -> tuple[Gazetteer, Reading]:
        """The gazetteer and how addresses are read; StoreUnavailable where none could be read yet."""
        if self._held is None:
            self.refresh()
        if self._held is None:
            raise StoreUnavailable(self._trouble or "the gazetteer could not be read yet; try again")
        return self._held

    def age_s(self) -> float | None:
        """None while the database confirms the gazetteer, else the seconds since it last did.

        While a newer one is read the old one answers, and is no longer confirmed.
        """
        if self._confirmed_at is None or not (self._trouble or self._renewing):
            return None
        return round(time.monotonic() - self._confirmed_at, 1)

    def refresh(self) -> bool:
        """Compare with the store and read anew what changed; True when it did. Never raises: trouble is kept."""
        with self._lock:
            try:
                return self._renew()
            except StoreUnavailable as problem:
                self._trouble = str(problem)
            except Exception as problem:  # a gazetteer that cannot be read must not stop the service
                log.exception("the gazetteer could not be renewed")
                self._trouble = f"the gazetteer could not be read: {type(problem).__name__}"
            finally:
                self._renewing = False
            return False

    def _renew(self) -> bool:
        revision = self._reader.revision()
        stale = self._held is None or self._held[0].revision != revision
        if stale:
            self._renewing = True
            begun = time.perf_counter()
            how = reading(self._reader, self._region)
            gazetteer = read_gazetteer(self._reader, how)
            self._held = gazetteer, how
            log.info("gazetteer: %d places at %d streets and names, %.2f s", gazetteer.rows, len(gazetteer.heads),
                     time.perf_counter() - begun)  # fmt: skip
        self._confirmed_at, self._trouble = time.monotonic(), ""
        return stale

    def notify(self) -> None:
        """Something may have changed: compare soon. Cheap; callable from any thread."""
        self._wake.set()

    def start(self) -> None:
        """Start the thread that keeps it true; it reads at once."""
        self._wake.set()
        self._thread = threading.Thread(target=self._run, name="gridward-gazetteer", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop the thread."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.wait(self._poll_s)
            self._wake.clear()
            if not self._stop.is_set():
                self.refresh()
