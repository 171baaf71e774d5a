"""A random generator of 64 bits of state, passed as an argument.

numba's own ``np.random`` is one generator per process: two partitions in two threads would disturb each other, and the same
seed would not give the same labels. Here the state is an array of one number that the caller owns.

Compiled code that uses these functions keeps a copy of them: after a change here, delete the ``__pycache__`` folders.
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

RngState = NDArray[np.uint64]

_MASK = (1 << 64) - 1


def rng_state(*seeds: int) -> RngState:
    """State of a generator for a tuple of seeds (splitmix64, so that near seeds give far states)."""
    x = 0x9E3779B97F4A7C15
    for seed in seeds:
        x = (x + (seed & _MASK) + 0x9E3779B97F4A7C15) & _MASK
        x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
        x ^= x >> 31
    return np.array([x or 1], np.uint64)


@nb.njit(inline="always")
def draw(state: RngState) -> Any:  # pragma: no cover - compiled
    """The next 64 random bits (xorshift64*)."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return x * np.uint64(2685821657736338717)


@nb.njit(inline="always")
def below(state: RngState, n: int) -> Any:  # pragma: no cover - compiled
    """A random integer in [0, n), n < 2**32."""
    return np.int64(((draw(state) >> np.uint64(32)) * np.uint64(n)) >> np.uint64(32))
