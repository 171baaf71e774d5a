"""Frames of layers -> arrays of gridding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridding.types import BoundaryLines, FloatArray, LineKind

if TYPE_CHECKING:
    import geopandas as gpd


def boundary_lines(frame: gpd.GeoDataFrame) -> BoundaryLines:
    """Boundary lines of a frame with columns ``kind`` (names of LineKind; others count as local) and ``geometry``.

    Multi-part lines are taken apart; empty ones are left out.
    """
    parts, source = shapely.get_parts(frame.geometry.to_numpy(), return_index=True)
    kind_of_row = frame["kind"].str.upper().map({k.name: int(k) for k in LineKind}).fillna(int(LineKind.LOCAL))
    coords, line = shapely.get_coordinates(parts, return_index=True)
    lengths = np.bincount(line, minlength=len(parts))
    kept = lengths > 0
    return BoundaryLines(
        coords=coords,
        offsets=np.concatenate([[0], np.cumsum(lengths[kept])]).astype(np.int64),
        kind=kind_of_row.to_numpy()[source][kept].astype(np.int8),
    )


def point_coordinates(frame: gpd.GeoDataFrame) -> FloatArray:
    """(n, 2) longitude and latitude of a frame of points; NaN where a row has no place."""
    return np.column_stack([shapely.get_x(frame.geometry.to_numpy()), shapely.get_y(frame.geometry.to_numpy())])
