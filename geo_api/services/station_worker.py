"""Loaded by the process that workers are split from: whatever is loaded here, no worker has to load again.

The first station that a process builds loads compiled code for a second or two. Here a made-up block of streets takes that time
once, while the command itself still reads its files.
"""

from __future__ import annotations

import numpy as np
import shapely

from geo_api.services.station_jobs import StationJob, StationResult, build_station
from gridding.types import BoundaryLines, BuildParams, LineKind

STREETS, STEP = 9, 0.001
"""Streets each way, and degrees between them: small, but more than the exact solver takes."""


def warm_up() -> StationResult:
    """Build a station of a few streets."""
    west, south = 114.5, 30.6
    side = np.arange(STREETS + 1) * STEP
    x, y = np.meshgrid(west + side, south + side, indexing="ij")
    streets = np.concatenate([np.stack([x, y], -1), np.stack([x.T, y.T], -1)])
    lines = BoundaryLines(
        coords=streets.reshape(-1, 2),
        offsets=np.arange(len(streets) + 1) * (STREETS + 1),
        kind=np.full(len(streets), LineKind.LOCAL, np.int8),
    )
    bounds = (west + STEP / 2, south + STEP / 2, west + (STREETS - 0.5) * STEP, south + (STREETS - 0.5) * STEP)
    points = np.random.default_rng(0).uniform(bounds[:2], bounds[2:], (300, 2))
    params = BuildParams(cells=5, tolerance=0.2, cost_factor={})
    return build_station(StationJob(0, shapely.box(*bounds), lines, points, np.ones(300), params, "", bounds))


if __name__ != "__main__":
    warm_up()
