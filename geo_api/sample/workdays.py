"""Days on which officers work: Monday to Friday, without the public holidays of China."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.datetime64]

_BREAKS = (
    ("2025-01-01", "2025-01-01"),
    ("2025-01-28", "2025-02-04"),
    ("2025-04-04", "2025-04-06"),
    ("2025-05-01", "2025-05-05"),
    ("2025-05-31", "2025-06-02"),
    ("2025-10-01", "2025-10-08"),
    ("2026-01-01", "2026-01-03"),
    ("2026-02-15", "2026-02-23"),
    ("2026-04-04", "2026-04-06"),
    ("2026-05-01", "2026-05-05"),
    ("2026-06-19", "2026-06-21"),
    ("2026-09-25", "2026-09-27"),
    ("2026-10-01", "2026-10-07"),
)
"""First and last day of each break in the sample's years; the weekends worked instead are left free."""
HOLIDAYS: Days = np.concatenate(
    [np.arange(np.datetime64(a, "D"), np.datetime64(b, "D") + 1, dtype="datetime64[D]") for a, b in _BREAKS]
)


def spread(begin: Days, end: Days, place: NDArray[np.float64]) -> Days:
    """A working day in each of [begin, end), by its place from 0 (the first) to 1 (the last); NaT where there is none.

    >>> spread(*np.array([["2026-01-01"], ["2026-01-16"]], dtype="datetime64[D]"), np.array([0.0])).astype(str).tolist()
    ['2026-01-05']
    """
    count = np.busday_count(begin, end, holidays=HOLIDAYS)
    nth = np.clip((place * count).astype(np.int64), 0, np.maximum(count - 1, 0))
    day = np.busday_offset(begin, nth, roll="forward", holidays=HOLIDAYS)
    return np.where(count > 0, day, np.datetime64("NaT"))


def back_to_work(day: Days) -> Days:
    """The day itself, or the last working day before it."""
    found: Days = np.busday_offset(day, 0, roll="backward", holidays=HOLIDAYS)
    return found
