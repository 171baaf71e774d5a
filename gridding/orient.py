"""On which side of a line a point lies, exactly.

The sign of a determinant decides about cells, so rounding must not. A floating-point filter with a proven error bound
answers nearly always; the rest is summed exactly as an expansion, a list of doubles that do not overlap (Shewchuk 1997,
"Adaptive precision floating-point arithmetic"). Exact for all coordinates up to 1e100 in size.
"""

from __future__ import annotations

import numpy as np
from numba import njit

ERROR_BOUND = 3.3306690738754716e-16
"""(3 + 16 eps) eps with eps = 2**-53: relative error bound of the determinant in plain doubles."""
UNDERFLOW = 1e-290
"""The bound is no longer a proof for products below this."""
_SMALL, _SCALE, _TINY = 2.0**-480, 2.0**480, 1e-280


@njit(cache=True, nogil=True, error_model="numpy")
def orient(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> int:
    """1 when p lies left of a -> b, -1 when right of it, 0 when exactly on the line through a and b."""
    left = (ax - px) * (by - py)
    right = (ay - py) * (bx - px)
    det = left - right
    if abs(det) > ERROR_BOUND * (abs(left) + abs(right)) + UNDERFLOW:
        return 1 if det > 0 else -1
    return _orient_near(ax, ay, bx, by, px, py)


@njit(cache=True, nogil=True, error_model="numpy")
def _orient_near(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> int:
    """The same beside the line, where the differences are nearly always exact: then two exact products are compared.

    A product is rounded to its high part, and rounding keeps the order: where the high parts differ they decide, where
    they are equal the low parts do.
    """
    u, v, w, z = ax - px, by - py, ay - py, bx - px
    if _inexact(ax, px, u) or _inexact(by, py, v) or _inexact(ay, py, w) or _inexact(bx, px, z):
        return _orient_exact(ax, ay, bx, by, px, py)
    left, right = u * v, w * z
    small = (u != 0.0 and v != 0.0 and abs(left) < _TINY) or (w != 0.0 and z != 0.0 and abs(right) < _TINY)
    if small:
        return _orient_exact(ax, ay, bx, by, px, py)
    if left != right:
        return 1 if left > right else -1
    low_left, low_right = _rest(u, v, left), _rest(w, z, right)
    return 1 if low_left > low_right else -1 if low_left < low_right else 0


@njit(cache=True, nogil=True, error_model="numpy")
def _inexact(a: float, b: float, difference: float) -> bool:
    """Whether a - b had to be rounded."""
    back = a - difference
    return (a - (difference + back)) + (back - b) != 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _rest(u: float, v: float, product: float) -> float:
    """What rounding took from u * v, exactly (Dekker 1971)."""
    uh, vh = 134217729.0 * u, 134217729.0 * v  # split into halves of 26 bits, whose products are exact
    uh, vh = uh - (uh - u), vh - (vh - v)
    ul, vl = u - uh, v - vh
    return ul * vl - (((product - uh * vh) - ul * vh) - uh * vl)


@njit(cache=True, nogil=True, error_model="numpy")
def _orient_exact(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> int:
    """The same without a filter: the sixteen products of the exact differences, summed exactly."""
    factors = np.empty(8)  # each difference as a high and a low part, exactly; x, y, y, x
    for i in range(4):
        u, v = (ax, px) if i == 0 else (by, py) if i == 1 else (ay, py) if i == 2 else (bx, px)
        high = u - v
        back = u - high
        factors[2 * i] = high
        factors[2 * i + 1] = (u - (high + back)) + (back - v)
    for i in range(2):  # the sign stays if all differences in x, or all in y, grow by a power of two
        x_or_y = (2 * i, 2 * i + 1, 6 - 2 * i, 7 - 2 * i)
        tiny = False
        for k in x_or_y:
            tiny |= 0.0 < abs(factors[k]) < _SMALL
        if tiny:
            for k in x_or_y:
                factors[k] *= _SCALE
    total = np.zeros(17)  # a growing expansion, smallest component first
    n = 0
    for k in range(8):  # each part of x times each part of y, then minus each part of y times each part of x
        u = factors[k // 4 * 4 + k // 2 % 2]
        v = factors[k // 4 * 4 + 2 + k % 2] * (1.0 if k < 4 else -1.0)
        product = u * v
        n = _grow(total, n, _rest(u, v, product))
        n = _grow(total, n, product)
    for i in range(n - 1, -1, -1):  # the largest component that is not zero has the sign of the sum
        if total[i] != 0.0:
            return 1 if total[i] > 0.0 else -1
    return 0


@njit(cache=True, nogil=True, error_model="numpy")
def _grow(total: np.ndarray, n: int, value: float) -> int:
    """Add a double to an expansion of n components, without rounding; the new number of components."""
    for i in range(n):
        high = value + total[i]
        part = high - value
        total[i] = (value - (high - part)) + (total[i] - part)
        value = high
    total[n] = value
    return n + 1
