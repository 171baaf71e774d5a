"""Hear of changes: LISTEN on ``gridward_published`` in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

import psycopg

from geo_api.db.engine import Database
from geo_api.errors import StoreUnavailable

CHANNEL = "gridward_published"
RETRY_S = 1.0
POLL_S = 1.0


class Listener:
    """Calls ``on_change()`` after every change of a published plan, an assignment or an officer.

    Also called once after each loss of the connection and each (re)connection, because notices sent meanwhile are lost:
    the callback must be cheap when nothing changed (compare ``published.revision()``). Runs in a daemon thread; an
    exception of the callback is kept in ``last_error`` and does not stop the listening.
    """

    def __init__(self, database: Database, on_change: Callable[[], None]) -> None:
        self._database = database
        self._on_change = on_change
        self._stop = threading.Event()
        self.connected = threading.Event()
        self.last_error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="gridward-listener", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening; returns within about a second."""
        self._stop.set()
        self._thread.join(timeout=POLL_S * 3)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._listen()
            except (StoreUnavailable, psycopg.Error) as problem:
                self.last_error = problem
                if self.connected.is_set():  # the callback learns that the server is away
                    self.connected.clear()
                    self._database.doubt()
                    self._tell()
                self._stop.wait(RETRY_S)

    def _listen(self) -> None:
        with self._database.dedicated() as connection:
            connection.execute(f"listen {CHANNEL}")
            self.connected.set()
            self._tell()
            while not self._stop.is_set():
                heard = list(connection.notifies(timeout=POLL_S, stop_after=1))
                if heard:
                    self._tell()
        self.connected.clear()

    def _tell(self) -> None:
        try:
            self._on_change()
        except Exception as problem:
            self.last_error = problem
