"""Token buckets of many callers in one table of fixed size, which all workers of a service may share.

A bucket holds what a caller may ask for in one minute and refills evenly: in t minutes at most ``limit * (1 + t)`` pass.
One number a caller is kept, the moment at which its bucket is full again (the generic cell rate algorithm, ITU-T I.371):
a caller who asks nothing for a minute needs no place in the table, so nothing has to be cleaned up.
"""

from __future__ import annotations

import fcntl
import hashlib
import math
import mmap
import os
import time
from collections.abc import Callable
from dataclasses import dataclass

WINDOW_S = 60.0
SLOTS = 1 << 16
PROBES = 16
SALT_BYTES = 32
SIZE = SALT_BYTES + SLOTS * 16
TRIES = 200
EPSILON_S = 1e-6


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a question for tokens: whether they were given, how many are left, when there will be enough, and all.

    ``wait_s``: seconds until the same question is answered with yes, 0 where it was; ``full_s``: until the bucket is full.
    """

    given: bool
    left: int
    wait_s: float
    full_s: float


def memory() -> int:
    """A file descriptor of anonymous memory for :class:`Buckets`; it ends with the last process that has it open."""
    descriptor = os.memfd_create("gridward-limits")
    os.write(descriptor, os.urandom(SALT_BYTES))
    os.ftruncate(descriptor, SIZE)
    return descriptor


class Buckets:
    """The buckets of all callers.

    Names of callers are kept as salted 64-bit hashes alone. When one part of the table is full of callers, the one
    whose bucket is the fullest is forgotten.

    Args:
        descriptor: memory of :func:`memory`, the same for all processes that share it; a lock holds their updates apart.
            None: for this process alone.
        clock: seconds; one clock for all processes of a machine.
    """

    def __init__(self, descriptor: int | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._shared = descriptor
        place = mmap.mmap(-1, SIZE) if descriptor is None else mmap.mmap(descriptor, SIZE)
        if descriptor is None:
            place[:SALT_BYTES] = os.urandom(SALT_BYTES)
        self._salt, table = bytes(place[:SALT_BYTES]), memoryview(place)[SALT_BYTES:]
        self._names, self._full_at = table[: SLOTS * 8].cast("Q"), table[SLOTS * 8 :].cast("d")
        self._clock = clock

    def name(self, who: bytes) -> int:
        """The number under which a caller is kept."""
        return int.from_bytes(hashlib.blake2b(who, digest_size=8, key=self._salt).digest()) or 1

    def take(self, name: int, per_minute: float, amount: float = 1.0) -> Taken:
        """Take so many tokens, or none where there are not enough."""
        return self._change(name, per_minute, amount, owe=False)

    def owe(self, name: int, per_minute: float, amount: float) -> Taken:
        """Take so many tokens, more than there are if need be: the next ones have to wait longer."""
        return self._change(name, per_minute, amount, owe=True)

    def look(self, name: int, per_minute: float) -> Taken:
        """Whether there is a token at all; takes none."""
        now = self._clock()
        held = max(self._full_at[slot] if (slot := self._find(name)) >= 0 else now, now)
        return _taken(
            held, held, now, per_minute, 1.0, given=held + WINDOW_S / per_minute <= now + WINDOW_S + EPSILON_S
        )

    def _change(self, name: int, per_minute: float, amount: float, *, owe: bool) -> Taken:
        locked = self._lock()
        try:
            now = self._clock()
            slot = self._place(name)
            held = max(self._full_at[slot], now) if self._names[slot] == name else now
            after = held + amount * WINDOW_S / per_minute
            given = owe or after <= now + WINDOW_S + EPSILON_S
            if given:
                self._names[slot], self._full_at[slot] = name, after
        finally:
            if locked:
                fcntl.flock(self._shared or 0, fcntl.LOCK_UN)
        return _taken(after if given else held, held, now, per_minute, amount, given=given)

    def _lock(self) -> bool:
        """Hold the others off. A process that was stopped with the lock holds nobody up: then one token may get lost."""
        if self._shared is None:
            return False
        for _ in range(TRIES):
            try:
                fcntl.flock(self._shared, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            return True
        return False

    def _find(self, name: int) -> int:
        first, names = name % (SLOTS - PROBES), self._names
        if names[first] == name:  # nearly always
            return first
        return next((slot for slot in range(first, first + PROBES) if names[slot] == name), -1)

    def _place(self, name: int) -> int:
        """The caller's slot, or the one near it whose bucket is, or will be, full first."""
        slot = self._find(name)
        if slot >= 0:
            return slot
        first = name % (SLOTS - PROBES)
        return min(range(first, first + PROBES), key=self._full_at.__getitem__)


def _taken(full_at: float, held: float, now: float, per_minute: float, amount: float, *, given: bool) -> Taken:
    each_s = WINDOW_S / per_minute
    left = max(0, math.floor((now + WINDOW_S - full_at + EPSILON_S) / each_s))
    wait_s = 0.0 if given else max(0.0, held + amount * each_s - now - WINDOW_S)
    return Taken(given, left, wait_s, max(0.0, full_at - now))
