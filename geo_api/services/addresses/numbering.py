"""How a street is numbered, learned from the numbers that are known on it: sides, spacing, misplaced points.

A number that is not known lies between known ones. Whether odd and even numbers stand on different sides is not
assumed: each known number is predicted from its neighbours, once from those of its own parity, once from all, and the
better way counts. The errors of these predictions are the errors to expect of a new one, along and across the street.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridding.types import FloatArray

FAR_GAP_M = 600.0
"""Nothing is interpolated between known numbers further apart than this, metres."""
FAR_GAP_NUMBERS = 500
DETOUR_M = 250.0
"""A number whose place makes its neighbours' way longer than this (and thrice the way) is misplaced."""
OFF_LINE_M = 250.0
ON_LINE_M = 70.0
FEW = 6
"""With fewer predictions than this, default errors stand beside the learned ones."""
DEFAULT_ALONG = (-0.3, 0.0, 0.3)
DEFAULT_ACROSS_M = (-12.0, 0.0, 12.0)
MOST_SAMPLES = 32


@dataclass(frozen=True, slots=True)
class Interpolated:
    """Where a number must be: (n, 2) metres of possible places, the first the likeliest, and the numbers between."""

    xy: FloatArray
    low: int
    high: int


@dataclass(frozen=True)
class StreetModel:
    """The known numbers of one street.

    Attributes:
        numbers: (n,) distinct known numbers, ascending; xy: (n, 2) metres, the median of the points of each number.
        placed: (n, 2) position along the line and beside it (left positive), metres; ``xy`` where there is no line.
        line: the line of the street, metres; None.
        sides: odd and even numbers are interpolated apart.
        residuals: (m, 2) errors of predictions: fraction of the gap along, metres across.
        misplaced: (n,) known numbers whose point contradicts the others.
    """

    numbers: NDArray[np.int64]
    xy: FloatArray
    placed: FloatArray
    line: Any
    sides: bool
    residuals: FloatArray
    misplaced: NDArray[np.bool_]

    def interpolate(self, number: int) -> Interpolated | None:
        """Where a number that is not known must be; None beyond the ends, and across large gaps."""
        use = ~self.misplaced
        if self.sides:
            use &= self.numbers % 2 == number % 2
        known = self.numbers[use]
        i = int(np.searchsorted(known, number))
        if i == 0 or i == len(known) or known[i] == number:
            return None
        low, high = int(known[i - 1]), int(known[i])
        a, b = self.placed[use][i - 1], self.placed[use][i]
        gap = float(np.hypot(*(b - a)))
        if gap > FAR_GAP_M or high - low > FAR_GAP_NUMBERS:
            return None
        at = a + (number - low) / (high - low) * (b - a)
        along, across = _frame(a, b)
        errors = self._errors()
        spread = at + errors[:, :1] * gap * along + errors[:, 1:] * across
        return Interpolated(self._to_xy(np.vstack([at, spread])), low, high)

    def metres_a_number(self, default: float) -> float:
        """How far the street goes on with each number, metres: the upper quarter; ``default`` where few numbers tell it."""
        good = ~self.misplaced
        steps = np.hypot(*(self.xy[good][1:] - self.xy[good][:-1]).T) / np.maximum(np.diff(self.numbers[good]), 1)
        return float(np.quantile(steps, 0.75)) if len(steps) >= FEW else default

    def _errors(self) -> FloatArray:
        """(n, 2) errors to expect: fraction of the gap along, metres across."""
        learned = self.residuals
        if len(learned) > MOST_SAMPLES:
            learned = learned[np.linspace(0, len(learned) - 1, MOST_SAMPLES).astype(int)]
        if len(self.residuals) >= FEW:
            return learned
        default = [(s, w) for s in DEFAULT_ALONG for w in DEFAULT_ACROSS_M]
        return np.vstack([learned, np.array(default)])

    def _to_xy(self, placed: FloatArray) -> FloatArray:
        if self.line is None:
            return placed
        return _from_line(self.line, placed)


def learn(number: NDArray[np.int64], xy: FloatArray, line: Any = None) -> StreetModel:
    """Learn the numbering of a street from its known numbers.

    Args:
        number: (n,) house numbers, repeats allowed.
        xy: (n, 2) their points, metres.
        line: the street's line in the same metres (LineString); None or anything else is not used.
    """
    numbers, points = _distinct(number, xy)
    misplaced = _misplaced(numbers, points)
    usable = line is not None and line.geom_type == "LineString" and line.length > 0 and not line.is_closed
    placed, kept = points, None
    if usable and len(points):
        distance = shapely.distance(shapely.points(points), line)
        misplaced |= distance > OFF_LINE_M
        if np.median(distance) <= ON_LINE_M:
            kept = line
            placed = _on_line(line, points)
    good = ~misplaced
    apart = _residuals(numbers[good], placed[good], sides=True)
    together = _residuals(numbers[good], placed[good], sides=False)
    sides = len(apart) >= 3 and _size(apart) <= _size(together)
    chosen = apart if sides else together
    return StreetModel(numbers, points, placed, kept, bool(sides), chosen[:, :2], misplaced)


def _distinct(number: NDArray[np.int64], xy: FloatArray) -> tuple[NDArray[np.int64], FloatArray]:
    """Distinct numbers, ascending, and the median of the points of each."""
    order = np.lexsort((xy[:, 0], number))
    number, xy = number[order], xy[order]
    distinct, first, count = np.unique(number, return_index=True, return_counts=True)
    middle = xy[first + count // 2].copy()
    for i in np.flatnonzero(count > 2):
        middle[i] = np.median(xy[first[i] : first[i] + count[i]], axis=0)
    return distinct, middle


def _misplaced(numbers: NDArray[np.int64], xy: FloatArray) -> NDArray[np.bool_]:
    """Points that make the way between their neighbours far longer than it is; of the ends, those far from all."""
    bad = np.zeros(len(numbers), dtype=bool)
    if len(numbers) < 3:
        return bad
    step = np.hypot(*(xy[1:] - xy[:-1]).T)
    over = np.hypot(*(xy[2:] - xy[:-2]).T)
    bad[1:-1] = step[:-1] + step[1:] > 3 * over + 2 * DETOUR_M
    if len(numbers) > 3:
        bad[0] |= step[0] > 4 * step[1] + 4 * DETOUR_M and not bad[1]
        bad[-1] |= step[-1] > 4 * step[-2] + 4 * DETOUR_M and not bad[-2]
    return bad


def _frame(a: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Unit vectors along a to b, and to the left of it; east and north for one point."""
    way = b - a
    length = float(np.hypot(*way))
    along = way / length if length > 0 else np.array([1.0, 0.0])
    return along, np.array([-along[1], along[0]])


def _residuals(numbers: NDArray[np.int64], placed: FloatArray, *, sides: bool) -> FloatArray:
    """(m, 3) errors of predicting each known number by its neighbours: along / gap, across m, size m."""
    out = []
    for parity in (0, 1) if sides else (None,):
        own = np.arange(len(numbers)) if parity is None else np.flatnonzero(numbers % 2 == parity)
        if len(own) < 3:
            continue
        n, p = numbers[own].astype(float), placed[own]
        share = (n[1:-1] - n[:-2]) / (n[2:] - n[:-2])
        way = p[2:] - p[:-2]
        gap = np.hypot(*way.T)
        error = p[1:-1] - (p[:-2] + share[:, None] * way)
        along = way / np.maximum(gap, 1e-9)[:, None]
        forward = (error * along).sum(axis=1)
        sideways = error[:, 1] * along[:, 0] - error[:, 0] * along[:, 1]
        near = gap <= FAR_GAP_M
        out.append(np.column_stack([forward / np.maximum(gap, 20.0), sideways, np.hypot(*error.T)])[near])
    return np.vstack(out) if out else np.zeros((0, 3))


def _size(residuals: FloatArray) -> float:
    return float(np.median(residuals[:, 2])) if len(residuals) else np.inf


def _on_line(line: Any, xy: FloatArray) -> FloatArray:
    """(n, 2) metres -> position along the line and distance beside it, left positive."""
    points = shapely.points(xy)
    along = shapely.line_locate_point(line, points)
    foot = shapely.get_coordinates(shapely.line_interpolate_point(line, along))
    normal = _normals(line, along)
    return np.column_stack([along, ((xy - foot) * normal).sum(axis=1)])


def _from_line(line: Any, placed: FloatArray) -> FloatArray:
    along = np.clip(placed[:, 0], 0, line.length)
    foot = shapely.get_coordinates(shapely.line_interpolate_point(line, along))
    return np.asarray(foot + placed[:, 1:] * _normals(line, along))


def _normals(line: Any, along: FloatArray) -> FloatArray:
    """(n, 2) unit vectors to the left of the line at positions along it."""
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(line, np.clip(along + 1.0, 0, line.length)))
    behind = shapely.get_coordinates(shapely.line_interpolate_point(line, np.clip(along - 1.0, 0, line.length)))
    way = ahead - behind
    way = way / np.maximum(np.hypot(*way.T), 1e-9)[:, None]
    return np.column_stack([-way[:, 1], way[:, 0]])
