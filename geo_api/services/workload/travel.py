"""Minutes of the way to a visit, from the places of the entities around.

Beardwood, Halton and Hammersley (1959): the shortest round through n places of an area A is about 0.7124 sqrt(n A) long,
so one leg is 0.7124 sqrt(A / n). Density differs from the centre to the villages, therefore A / n is taken for each
entity from the disc that holds its nearest neighbours. Rounds go through neighbours on one day, so the density of the
entities, not of those due today, decides.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from geo_api.supervision.travel_rules import TravelRules
from gridding.types import FloatArray

ROUND_CONSTANT = 0.7124
"""Of Beardwood, Halton and Hammersley, as measured by Johnson and McGeoch (1996)."""


def travel_minutes(points: ArrayLike, travel: TravelRules, group: ArrayLike | None = None) -> FloatArray:
    """Minutes of the way to one visit of each entity.

    Args:
        points: (n, 2) longitude and latitude, degrees; NaN = unlocated.
        travel: the rules; only the method "distance" looks at the places.
        group: (n,) station of each entity: neighbours are those of the same station, for its officers alone go round
            there. Default: all of one station.

    Returns:
        (n,) minutes; 0 where the minutes of a visit hold the way.
    """
    xy = np.asarray(points, np.float64).reshape(-1, 2)
    if travel.method == "included":
        return np.zeros(len(xy))
    if travel.method == "minutes" or not len(xy):
        return np.full(len(xy), float(travel.minutes))
    legs = leg_metres(xy, travel.neighbours, group) * travel.detour
    minutes = legs / (travel.speed_kmh * 1000 / 60)
    return np.where(np.isnan(minutes), travel.minutes, np.minimum(minutes, travel.longest_minutes))


def leg_metres(points: ArrayLike, neighbours: int, group: ArrayLike | None = None) -> FloatArray:
    """Straight metres from one visit to the next: 0.7124 sqrt(pi r^2 / k), r = distance to the k-th nearest entity.

    Args:
        points: (n, 2) degrees; NaN = unlocated.
        neighbours: k; fewer where a group has fewer others.
        group: (n,) as for :func:`travel_minutes`.

    Returns:
        (n,) metres; NaN for an unlocated entity and for one that is alone in its group.
    """
    xy = np.asarray(points, np.float64).reshape(-1, 2)
    legs = np.full(len(xy), np.nan)
    there = np.flatnonzero(np.isfinite(xy).all(axis=1))
    of = (
        np.zeros(len(there), np.int64) if group is None else np.unique(np.asarray(group)[there], return_inverse=True)[1]
    )
    order = np.argsort(of, kind="stable")
    for mine in np.split(order, np.flatnonzero(np.diff(of[order])) + 1):
        legs[there[mine]] = _legs(_metres(xy[there[mine]]), neighbours)
    return legs


def _legs(xy: FloatArray, neighbours: int) -> FloatArray:
    from scipy.spatial import cKDTree

    count = min(neighbours, len(xy) - 1)
    if count < 1:
        return np.full(len(xy), np.nan)
    farthest = cKDTree(xy).query(xy, k=[count + 1])[0][:, 0]  # the entity itself is the first
    return np.asarray(ROUND_CONSTANT * np.sqrt(np.pi * farthest**2 / count), dtype=np.float64)


def _metres(points: FloatArray) -> FloatArray:
    """Degrees as metres around the middle of the points; distances of some kilometres are right to a thousandth."""
    if not len(points):
        return points
    lat = np.radians(points[:, 1].mean())
    scale = np.array([111_412.84 * np.cos(lat) - 93.5 * np.cos(3 * lat), 111_132.92 - 559.82 * np.cos(2 * lat)])
    metres: FloatArray = (points - points.mean(axis=0)) * scale
    return metres
