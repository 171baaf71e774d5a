"""Datums: coordinates of any source to the storage datum (CGCS2000, EPSG:4490) and back; what gives a wrong one away.

GNSS gives WGS 84, which is CGCS2000 to a few centimetres and taken as the same. Chinese map vendors shift every place
by 100 to 700 m (gcj02) and some by nearly another kilometre (bd09); outside China both shifts are zero by definition. A
datum is never guessed: it is declared, and datum_fit() warns when another one fits the streets far better.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gridding.findings import Finding, Severity
from layers.china_shift import CHINA_BOX, Shift, bd_from_wgs, gcj_from_wgs, in_china_box, unshift, unshift_one
from layers.errors import DatumError

FloatArray = NDArray[np.float64]
Bounds = tuple[float, float, float, float]

NAMED_DATUMS = ("cgcs2000", "wgs84", "gcj02", "bd09")
_SHIFTS: dict[str, Shift] = {"gcj02": gcj_from_wgs, "bd09": bd_from_wgs}

FIT_SAMPLE = 2_000
"""datum_fit() looks at no more points than this."""
FIT_MIN_POINTS = 30
"""Fewer points than this say nothing about a datum."""
FIT_STREET_RATIO = 0.7
"""Another datum fits far better when three quarters of the points then lie within this share of the distance from a
street that holds under the declared one. Places lie beside streets, so under the true datum the upper quartile is 10 to
40 m; shifted by 500 m it is that of random places, about twice as much even in a dense city. (The median tells less: in
a dense grid of streets half of all random places are near one.)"""
FIT_STREET_GAIN_M = 5.0
"""... and that distance is shorter by at least so much, and the median no longer ..."""
FIT_OUTSIDE_GAIN = 0.05
"""... or when so much less of the points (a fraction) lies outside the outline and streets do not speak against it."""

_M_PER_DEG = 111_320.0


def datum_name(datum: str) -> str:
    """The name of a datum as this project writes it: cgcs2000, wgs84, gcj02, bd09 or EPSG:n.

    Case, blanks, hyphens and underscores do not matter; EPSG:4490 is cgcs2000 and EPSG:4326 is wgs84. Raises
    DatumError, which lists what is accepted.
    """
    text = re.sub(r"[\s_\-]", "", str(datum)).lower()
    text = {"epsg:4490": "cgcs2000", "epsg:4326": "wgs84"}.get(text, text)
    if text in NAMED_DATUMS:
        return text
    if re.fullmatch(r"epsg:\d{1,6}", text):
        _transformer(text.upper(), inverse=False)
        return text.upper()
    raise DatumError(
        f"unknown datum {datum!r}: expected one of {', '.join(NAMED_DATUMS)} or EPSG:n. GNSS receivers give wgs84, "
        "official data cgcs2000, Amap and Tencent gcj02, Baidu bd09."
    )


def to_storage(lon: ArrayLike, lat: ArrayLike, datum: str) -> tuple[FloatArray, FloatArray]:
    """Coordinates in ``datum`` -> longitudes and latitudes in EPSG:4490 (degrees), elementwise, as new arrays.

    ``lon``, ``lat`` are degrees, or x (east) and y (north) in the units of a projected EPSG:n. NaN stays NaN; a place
    that an EPSG CRS cannot express becomes NaN. Raises DatumError for an unknown datum.
    """
    return _convert(lon, lat, datum_name(datum), inverse=False)


def from_storage(lon: ArrayLike, lat: ArrayLike, datum: str) -> tuple[FloatArray, FloatArray]:
    """Longitudes and latitudes in EPSG:4490 -> coordinates in ``datum``, elementwise: the inverse of to_storage()."""
    return _convert(lon, lat, datum_name(datum), inverse=True)


def to_storage_one(lon: float, lat: float, datum: str) -> tuple[float, float]:
    """One point by to_storage(), without the cost of arrays for the named datums."""
    name = datum if datum in NAMED_DATUMS else datum_name(datum)
    if name in ("cgcs2000", "wgs84"):
        return lon, lat
    if name in _SHIFTS:
        return unshift_one(_SHIFTS[name], lon, lat) if in_china_box(lon, lat) else (lon, lat)
    x, y = to_storage([lon], [lat], name)
    return float(x[0]), float(y[0])


def _convert(lon: ArrayLike, lat: ArrayLike, name: str, *, inverse: bool) -> tuple[FloatArray, FloatArray]:
    x, y = np.array(lon, np.float64, ndmin=1), np.array(lat, np.float64, ndmin=1)
    if x.shape != y.shape:
        raise DatumError(f"{x.size} longitudes but {y.size} latitudes: expected as many of one as of the other")
    if name in ("cgcs2000", "wgs84") or not x.size:
        return x, y
    if name in _SHIFTS:
        west, south, east, north = CHINA_BOX
        inside = (x >= west) & (x <= east) & (y >= south) & (y <= north)
        px, py = x[inside], y[inside]
        x[inside], y[inside] = _SHIFTS[name](px, py, np) if inverse else unshift(_SHIFTS[name], px, py)
        return x, y
    px, py = _transformer(name, inverse=inverse).transform(x, y)
    bad = ~(np.isfinite(px) & np.isfinite(py))
    px[bad] = np.nan
    py[bad] = np.nan
    return px, py


@lru_cache(maxsize=64)
def _transformer(name: str, *, inverse: bool) -> Any:
    """A pyproj Transformer between EPSG:n and storage, which keeps a context of its own in every thread."""
    from pyproj import CRS, Transformer
    from pyproj.exceptions import CRSError

    try:
        crs = CRS.from_user_input(name)
    except CRSError as error:
        raise DatumError(
            f"unknown datum {name!r}: there is no such EPSG code. Expected one of {', '.join(NAMED_DATUMS)} or the "
            "number of a geographic or projected CRS, such as EPSG:4548."
        ) from error
    if not (crs.is_geographic or crs.is_projected):
        raise DatumError(f"datum {name!r} ({crs.name}) is no geographic or projected CRS, it has no east and north")
    source, target = (4490, crs) if inverse else (crs, 4490)
    return Transformer.from_crs(source, target, always_xy=True)


def check_lonlat(lon: ArrayLike, lat: ArrayLike, bounds: Bounds | None = None) -> tuple[Finding, ...]:
    """What makes arrays of longitudes and latitudes (degrees) impossible: at most one finding per rule.

    Rules: ``datum.projected_metres`` (most values far beyond 360: metres, not degrees), ``datum.swapped_axes``
    (latitudes where longitudes belong: impossible as they stand, or outside ``bounds`` (west, south, east, north) and
    inside when swapped), ``datum.out_of_range`` (beyond 180 or 90), ``datum.zero`` (both exactly 0: a missing value).
    NaN is not looked at. ``value`` is the number of points concerned; ``details["rows"]`` are the first ten, counted
    from 0.
    """
    x, y = np.atleast_1d(np.asarray(lon, np.float64)), np.atleast_1d(np.asarray(lat, np.float64))
    known = ~(np.isnan(x) | np.isnan(y))
    total = int(known.sum())
    if not total:
        return ()
    metres = known & ((np.abs(x) > 1_000) | (np.abs(y) > 1_000))
    if metres.sum() * 2 > total:
        return (
            _range_finding(
                "datum.projected_metres",
                Severity.ERROR,
                metres,
                "are far too large for degrees: they look like metres of a projected CRS. Declare it as EPSG:n",
                "数值远大于经纬度，应为投影坐标（米）。请以 EPSG:n 声明",
            ),
        )
    findings = []
    wrong = known & ((np.abs(x) > 180) | (np.abs(y) > 90))
    swapped = wrong & (np.abs(y) <= 180) & (np.abs(x) <= 90)
    if bounds is not None:
        west, south, east, north = bounds
        fits = (x >= west) & (x <= east) & (y >= south) & (y <= north)
        swapped |= known & ~fits & (y >= west) & (y <= east) & (x >= south) & (x <= north)
    if swapped.any():
        findings.append(
            _range_finding(
                "datum.swapped_axes",
                Severity.ERROR if swapped.sum() * 2 > total else Severity.WARNING,
                swapped,
                "have longitude and latitude swapped. Exchange the columns",
                "经度与纬度颠倒，请交换两列",
            )
        )
    wrong &= ~swapped
    if wrong.any():
        findings.append(
            _range_finding(
                "datum.out_of_range",
                Severity.ERROR,
                wrong,
                "lie beyond -180..180 and -90..90 degrees. Correct or empty them",
                "超出经纬度范围，请更正或留空",
            )
        )
    zero = known & (x == 0) & (y == 0)
    if zero.any():
        findings.append(
            _range_finding(
                "datum.zero",
                Severity.WARNING,
                zero,
                "are exactly 0, 0: a missing value, not a place. Empty them",
                "坐标为 0, 0，应为缺失值，请留空",
            )
        )
    return tuple(findings)


def _range_finding(rule: str, severity: Severity, rows: NDArray[np.bool_], text: str, text_zh: str) -> Finding:
    count = int(rows.sum())
    return Finding(
        rule=rule,
        severity=severity,
        message=f"{count} of {rows.size} points {text}.",
        message_zh=f"{rows.size} 个点中有 {count} 个{text_zh}。",
        value=float(count),
        limit=0.0,
        unit="points",
        details={"rows": np.flatnonzero(rows)[:10].tolist()},
    )


def datum_fit(
    points_lon: ArrayLike, points_lat: ArrayLike, lines: ArrayLike, outline: Any, declared: str, *, seed: int = 0
) -> Finding | None:
    """A warning when the points fit the streets, or the outline, far better under another datum than the declared one.

    ``points_lon``, ``points_lat`` are (n,) coordinates as the file has them, in the declared datum; ``lines`` are
    streets and ``outline`` (or None) the territory, both in storage (EPSG:4490). Under each of wgs84 (= cgcs2000),
    gcj02 and bd09 it takes the median and upper quartile of the distance to the nearest street (m) and the share
    outside the outline, for at most FIT_SAMPLE points drawn by ``seed``. Thresholds: FIT_STREET_RATIO,
    FIT_STREET_GAIN_M, FIT_OUTSIDE_GAIN. The evidence is in ``details``. None when the declared datum fits, for
    projected datums, and where there is too little to judge by.
    """
    name = datum_name(declared)
    x, y = np.atleast_1d(np.asarray(points_lon, np.float64)), np.atleast_1d(np.asarray(points_lat, np.float64))
    keep = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if name not in NAMED_DATUMS or keep.size < FIT_MIN_POINTS:
        return None
    if keep.size > FIT_SAMPLE:
        keep = np.sort(np.random.default_rng(seed).choice(keep, FIT_SAMPLE, replace=False))
    x, y = x[keep], y[keep]
    streets = np.asarray(lines, dtype=object).ravel()
    streets = streets[~(shapely.is_missing(streets) | shapely.is_empty(streets))]
    if not streets.size and outline is None:
        return None
    evidence = _evidence(x, y, streets, outline)
    own = "wgs84" if name == "cgcs2000" else name
    here = evidence[own]
    better = [d for d in evidence if d != own and _far_better(evidence[d], here)]
    if not better:
        return None
    best = min(better, key=lambda d: (evidence[d]["street_upper_m"], evidence[d]["outside_share"]))
    there = evidence[best]
    figures = "; ".join(
        f"as {d}: half within {e['street_median_m']:.0f} m of a street, three quarters within "
        f"{e['street_upper_m']:.0f} m, {e['outside_share']:.1%} outside"
        for d, e in evidence.items()
    )
    return Finding(
        rule="datum.fit",
        severity=Severity.WARNING,
        message=f"The points are declared as {name} but fit the map far better as {best} ({figures}). Check the datum.",
        message_zh=f"坐标声明为 {name}，但按 {best} 与道路及辖区吻合得多，请核对坐标系。",
        value=here["street_upper_m"],
        limit=there["street_upper_m"],
        unit="m",
        details={"declared": name, "better": best, "points": len(x), "datums": evidence},
    )


def _evidence(x: FloatArray, y: FloatArray, streets: NDArray[np.object_], outline: Any) -> dict[str, dict[str, float]]:
    """Median and upper quartile of the distance to the nearest street (m), share outside the outline; by datum."""
    scale = math.cos(math.radians(float(np.clip(np.median(y), -89, 89)))) * _M_PER_DEG

    def metres(xy: FloatArray) -> FloatArray:
        scaled: FloatArray = xy * np.array([scale, _M_PER_DEG])
        return scaled

    tree = shapely.STRtree(shapely.transform(streets, metres)) if streets.size else None
    evidence = {}
    if outline is not None:
        shapely.prepare(outline)
    for datum in ("wgs84", "gcj02", "bd09"):
        lon, lat = to_storage(x, y, datum)
        median = upper = outside = 0.0
        if tree is not None:
            points = shapely.points(metres(np.column_stack([lon, lat])))
            _, distance = tree.query_nearest(points, return_distance=True, all_matches=False)
            median, upper = (float(v) for v in np.quantile(distance, [0.5, 0.75]))
        if outline is not None:
            outside = float(1.0 - shapely.intersects_xy(outline, lon, lat).mean())
        evidence[datum] = {
            "street_median_m": round(median, 2),
            "street_upper_m": round(upper, 2),
            "outside_share": round(outside, 4),
        }
    return evidence


def _far_better(other: dict[str, float], own: dict[str, float]) -> bool:
    gain = own["street_upper_m"] - other["street_upper_m"]
    nearer = gain >= 0 and other["street_median_m"] <= own["street_median_m"]
    streets = gain >= FIT_STREET_GAIN_M and other["street_upper_m"] <= FIT_STREET_RATIO * own["street_upper_m"]
    inside = own["outside_share"] - other["outside_share"]
    return nearer and ((streets and inside >= -FIT_OUTSIDE_GAIN) or inside >= FIT_OUTSIDE_GAIN)
