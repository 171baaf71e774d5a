"""Seconds of each stage of a long job; the clock lives here, not in the pure packages."""

from __future__ import annotations

import time
from collections.abc import Callable


class Stopwatch:
    """Call it with the name of each stage as it begins; ``seconds()`` gives what each took."""

    def __init__(self, tell: Callable[[str], None] | None = None) -> None:
        self._tell = tell
        self._begun = self._since = time.perf_counter()
        self._stage: str | None = None
        self._seconds: dict[str, float] = {}

    def __call__(self, stage: str) -> None:
        """End the stage that runs and begin the next."""
        self._end()
        self._stage = stage
        if self._tell:
            self._tell(stage)

    def seconds(self) -> dict[str, float]:
        """Seconds by stage, and ``total`` since the stopwatch was made."""
        self._end()
        return {
            **{k: round(v, 3) for k, v in self._seconds.items()},
            "total": round(time.perf_counter() - self._begun, 3),
        }

    def _end(self) -> None:
        now = time.perf_counter()
        if self._stage is not None:
            self._seconds[self._stage] = self._seconds.get(self._stage, 0.0) + now - self._since
        self._since = now
