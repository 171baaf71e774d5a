"""When to ask again, and how long to wait before that: exponential, with full jitter, bounded in time."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

AGAIN = frozenset({429, 502, 503, 504})
"""Statuses after which a read is asked again."""


@dataclass(frozen=True, slots=True)
class Retries:
    """How often and how long a read is asked again after 429, 502, 503, 504 and broken connections. Writes never are.

    Attributes:
        times: how often at most, after the first time; 0 = never.
        within_s: no new try begins later than this after the first one, seconds; a ``Retry-After`` beyond it ends it.
        first_s, longest_s: the n-th pause is drawn from 0 to ``first_s * 2**n`` (at most ``longest_s``) seconds
            ("full jitter", so that callers who failed together do not come back together), and never shorter than
            ``Retry-After`` said.
    """

    times: int = 4
    within_s: float = 30.0
    first_s: float = 0.2
    longest_s: float = 8.0

    def pause(
        self, tried: int, waited_s: float, retry_after_s: float | None, draw: Callable[[], float] = random.random
    ) -> float | None:
        """Seconds to wait before the next try, None to give up; ``tried``: tries so far, ``waited_s``: since the first."""
        if tried > self.times:
            return None
        drawn = draw() * min(self.longest_s, self.first_s * 2.0 ** (tried - 1))
        wait = drawn if retry_after_s is None else retry_after_s + drawn
        return wait if waited_s + wait <= self.within_s else None


USUAL = Retries()
"""What clients do unless they are told otherwise."""


def retry_after(text: str | None, now: datetime | None = None) -> float | None:
    """Seconds of a ``Retry-After`` header (RFC 9110: seconds or a date); None where there is none that can be read."""
    if text is None:
        return None
    if text.strip().isdecimal():
        return float(text)
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (when - (now or datetime.now(UTC))).total_seconds())
