"""Published units with people in them (fl25, fl70, fl250, Iowa's counties) as block graphs."""

from __future__ import annotations

import csv
from functools import lru_cache

import numpy as np
import shapely

from gridding.types import FloatArray, GeometryArray, Int32Array
from tests.benchmarks.graphs import Graph
from tests.benchmarks.inputs import DATA

FILE = DATA / "districting_redist.gpkg"


@lru_cache
def units(layer: str) -> Graph:
    """Units of a layer; borders cost their length. fl25 has the neighbours that its enumeration was made with."""
    import geopandas as gpd

    frame = gpd.read_file(FILE, layer=layer)
    metres = frame.to_crs(frame.estimate_utm_crs())
    polygons = np.asarray(metres.geometry.array, dtype=object)
    if layer == "fl25":
        with (DATA / "districting_fl25_adjacency.csv").open(encoding="utf-8") as file:
            rows = [sorted((int(row["i"]), int(row["j"]))) for row in csv.DictReader(file)]
        pairs = np.unique(np.array(rows, np.int32), axis=0)
        length = np.maximum(_shared_m(polygons, pairs), 1.0)
    else:
        pairs, length = _neighbours(polygons)
    centre = shapely.centroid(polygons)
    centres = np.column_stack([shapely.get_x(centre), shapely.get_y(centre)])
    return Graph(layer, pairs, length, length, frame["pop"].to_numpy(np.float64), centres, polygons)


def enacted(layer: str = "iowa", column: str = "cd_2010") -> Int32Array:
    """The plan in force, labels from 0."""
    import geopandas as gpd

    plan = gpd.read_file(FILE, layer=layer, ignore_geometry=True)[column]
    return np.asarray(plan.to_numpy(np.int32) - 1)


def _neighbours(polygons: GeometryArray) -> tuple[Int32Array, FloatArray]:
    a, b = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    pairs = np.column_stack([a, b])[a < b].astype(np.int32)
    length = _shared_m(polygons, pairs)
    real = length > 1.0  # a corner, or the noise of one
    return pairs[real], length[real]


def _shared_m(polygons: GeometryArray, pairs: Int32Array) -> FloatArray:
    """Length of shared borders, of polygons that do not quite fit together: what lies within a metre of the other's."""
    a, b = polygons[pairs[:, 0]], polygons[pairs[:, 1]]
    return np.asarray(shapely.length(shapely.intersection(shapely.boundary(a), shapely.buffer(b, 1.0))))
