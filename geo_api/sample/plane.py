"""The drawing plane of the sample county: metres from its centre, and back to longitude and latitude.

The county is drawn in metres (x east, y north) and written in degrees on a grid of 1e-7 degrees, about one centimetre.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString

Floats = NDArray[np.float64]
Warp = Callable[[Floats], Floats]

LON0, LAT0 = 114.5, 30.6
"""Longitude and latitude (WGS 84, degrees) of the plane's origin."""
GRID = 1e-7
"""Coordinates are written on this grid, in degrees."""

_A, _E2 = 6378137.0, 0.00669437999014
_SIN2 = np.sin(np.radians(LAT0)) ** 2
M_PER_LAT = float(np.radians(1) * _A * (1 - _E2) / (1 - _E2 * _SIN2) ** 1.5)
M_PER_LON = float(np.radians(1) * _A * np.cos(np.radians(LAT0)) / np.sqrt(1 - _E2 * _SIN2))


def to_degrees(xy: Floats) -> Floats:
    """Metres (n, 2) to longitude and latitude (n, 2), rounded to the grid."""
    degrees = np.column_stack([LON0 + xy[:, 0] / M_PER_LON, LAT0 + xy[:, 1] / M_PER_LAT])
    return np.asarray(np.round(degrees, 7), dtype=np.float64)


def to_metres(lonlat: Floats) -> Floats:
    """Longitude and latitude (n, 2) to metres (n, 2) of the plane."""
    return np.column_stack([(lonlat[:, 0] - LON0) * M_PER_LON, (lonlat[:, 1] - LAT0) * M_PER_LAT])


def spline(points: Floats, step: float = 40.0) -> Floats:
    """A smooth curve through the points (n, 2), with a vertex about every ``step`` metres."""
    from scipy.interpolate import CubicSpline

    chord = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    return np.asarray(CubicSpline(chord, points)(np.linspace(0, chord[-1], max(int(chord[-1] / step), 2))))


def wander(a: Floats, b: Floats, rng: np.random.Generator, amplitude: float, step: float = 40.0) -> Floats:
    """A curve from a to b that strays up to about ``amplitude`` metres to the sides, and none at its ends."""
    run = b - a
    length = float(np.hypot(*run))
    t = np.linspace(0, 1, max(int(length / step), 6))
    waves = np.arange(1, 7)
    stray = (np.sin(np.pi * np.outer(t, waves)) * rng.normal(0, 1, 6) / waves**1.3).sum(axis=1)
    normal = np.array([-run[1], run[0]]) / length
    return np.asarray(a + np.outer(t, run) + np.outer(stray * amplitude / 1.8, normal))


def make_warp(rng: np.random.Generator, amplitude: float, wavelength: float, waves: int = 6) -> Warp:
    """A smooth bending of the plane by up to about ``amplitude`` metres, in waves about ``wavelength`` metres long.

    It keeps topology (no folding) while amplitude stays well under wavelength / 7.
    """
    angle = rng.uniform(0, 2 * np.pi, (2, waves))
    k = 2 * np.pi / (wavelength * rng.uniform(0.8, 1.6, (2, waves)))
    phase = rng.uniform(0, 2 * np.pi, (2, waves))
    size = amplitude * rng.uniform(0.5, 1.0, (2, waves)) / np.sqrt(waves)

    def warp(xy: Floats) -> Floats:
        x, y = xy[:, 0, None], xy[:, 1, None]
        shift = [(size[d] * np.sin(k[d] * (x * np.cos(angle[d]) + y * np.sin(angle[d])) + phase[d])) for d in (0, 1)]
        return np.asarray(xy + np.column_stack([s.sum(axis=1) for s in shift]))

    return warp


def bend(coords: Floats, warp: Warp, step: float = 30.0) -> Floats:
    """The line with a vertex at least every ``step`` metres, warped."""
    dense = shapely.get_coordinates(shapely.segmentize(LineString(coords), step))
    return warp(dense)


def rotate(xy: Floats, degrees: float) -> Floats:
    """Points turned anticlockwise about the origin."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.asarray(xy @ np.array([[c, s], [-s, c]]))


def lines_of(geometry: shapely.Geometry) -> list[LineString]:
    """The LineStrings that a geometry is made of; points and polygons are left out."""
    parts = shapely.get_parts(shapely.get_parts(np.array([geometry])))
    merged = [p for p in parts if p.geom_type == "LineString" and not p.is_empty]
    if len(merged) < 2:
        return merged
    joined = shapely.line_merge(shapely.MultiLineString(merged))
    return [p for p in shapely.get_parts(joined) if p.geom_type == "LineString"]


def longest(geometry: shapely.Geometry) -> LineString | None:
    """The longest LineString in the geometry, None when there is none."""
    return max(lines_of(geometry), key=lambda line: line.length, default=None)


def on_path(path: LineString | NDArray[np.object_], s: Floats) -> tuple[Floats, Floats]:
    """Points (n, 2) at measures ``s`` along a path, or each along its own, and unit vectors (n, 2) to the left there."""
    here = shapely.get_coordinates(shapely.line_interpolate_point(path, s))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(path, s + 1.0))
    back = shapely.get_coordinates(shapely.line_interpolate_point(path, np.maximum(s - 1.0, 0.0)))
    run = ahead - back
    run /= np.hypot(run[:, 0], run[:, 1])[:, None]
    return here, np.column_stack([-run[:, 1], run[:, 0]])
