"""A place that an address may mean: where it may lie, how it was found, and what speaks for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gridding.types import FloatArray

METHODS = ("exact", "number", "lane", "interpolated", "crossing", "relative", "place", "street")
"""How a place was found, the surest first."""


@dataclass(frozen=True, slots=True)
class Found:
    """A place that an address may mean.

    Attributes:
        method: one of :data:`METHODS`.
        address: what was matched, as shown.
        lon, lat: (n,) where it may lie, EPSG:4490; the first is the likeliest place, all weigh the same.
        likelihood: how well names and divisions agree, 0 to 1; candidates are compared by it.
        error_m: radius about the first place in which nine of ten of the others lie, metres.
        fuzzy: the street or place was not named so: one character differs, or it is a former name.
        notes: (code, what, instead) of what was assumed.
        by: of a place told by another one ("opposite of ..."), how that one was found: it is no surer than that.
    """

    method: str
    address: str
    lon: FloatArray
    lat: FloatArray
    likelihood: float
    error_m: float
    fuzzy: bool = False
    notes: tuple[tuple[str, str, str], ...] = ()
    by: str = ""


def radius(xy: FloatArray) -> float:
    """Radius about the first point in which nine of ten of (n, 2) points lie, metres."""
    if len(xy) < 2:
        return 0.0
    far = np.sort(np.hypot(xy[:, 0] - xy[0, 0], xy[:, 1] - xy[0, 1]))
    return float(far[int(np.ceil(0.9 * (len(far) - 1)))])
