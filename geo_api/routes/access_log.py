"""The access log: method, path of a known route, status, bytes, milliseconds, request id. Nothing that names anybody.

Lines of the hot path are held for a quarter of a second and written together: one line a request at once would cost
more than the answer. Their order and their times stay true.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

access = logging.getLogger("geo_api.access")

HELD_S = 0.25
HELD_LINES = 5_000


class AccessLog:
    """Writes one line a request; for the event loop's thread alone."""

    def __init__(self, *, wanted: bool) -> None:
        self.wanted = wanted
        self._held: list[tuple[float, str]] = []

    def write(self, method: str, path: str, status: int, sent: int, took_s: float, request_id: str) -> None:
        """Write a line now, after those that are held."""
        if self.wanted and access.isEnabledFor(logging.INFO):
            self.flush()
            access.info("%s %s %d %dB %.1fms %s", method, path, status, sent, took_s * 1e3, request_id)

    def hold(self, method: str, path: str, status: int, sent: int, took_s: float, request_id: str) -> None:
        """Write a line soon."""
        if not self._held:
            if not (self.wanted and access.isEnabledFor(logging.INFO)):
                return
            asyncio.get_running_loop().call_later(HELD_S, self.flush)
        self._held.append((time.time(), f"{method} {path} {status} {sent}B {took_s * 1e3:.1f}ms {request_id}"))
        if len(self._held) >= HELD_LINES:
            self.flush()

    def flush(self) -> None:
        """Write the lines that are held, as one record; :class:`Lines` gives each its own time."""
        if not self._held:
            return
        events, self._held = self._held, []
        text = "\n".join(message for _, message in events)
        record = access.makeRecord(
            access.name, logging.INFO, __file__, 0, text, (), None, "flush", extra={"events": events}
        )
        access.handle(record)


class Lines(logging.Formatter):
    """One line an event, also for records that carry several ``events`` of (time, message)."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._second, self._stamp = -1, ""

    def format(self, record: logging.LogRecord) -> str:
        """See :class:`logging.Formatter`."""
        events: list[tuple[float, str]] | None = getattr(record, "events", None)
        if events is None:
            return super().format(record)
        who = f"{record.levelname} {record.name}: "
        return "\n".join(f"{self._time(created)} {who}{message}" for created, message in events)

    def _time(self, created: float) -> str:
        second = int(created)
        if second != self._second:
            self._second, self._stamp = second, time.strftime(self.default_time_format, time.localtime(second))
        return f"{self._stamp},{int((created - second) * 1e3):03d}"


def handlers() -> dict[str, Any]:
    """Handler and formatter for :func:`logging.config.dictConfig`: standard error, one line an event."""
    return {
        "formatters": {"line": {"()": "geo_api.routes.access_log.Lines"}},
        "handlers": {"err": {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stderr"}},
    }
