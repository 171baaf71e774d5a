"""Rounded figures whose sum is the rounded total."""

from __future__ import annotations

import math
from collections.abc import Sequence


def shown(values: Sequence[float], total: float) -> list[str]:
    """Values in hundredths that add up to the total in hundredths: the largest remainders are rounded up.

    >>> shown([0.333, 0.333, 0.334], 1.0)
    ['0.33', '0.33', '0.34']
    """
    hundredths = [math.floor(round(v * 100, 6)) for v in values]
    missing = round(total * 100) - sum(hundredths)
    rest = sorted(range(len(values)), key=lambda i: (hundredths[i] - values[i] * 100, i))
    for i in rest[: max(missing, 0)]:
        hundredths[i] += 1
    return [f"{h / 100:.2f}" for h in hundredths]
