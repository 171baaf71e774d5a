"""Key markets as a layer, and counts of entities in key industries. No entity is drawn one by one.

Only names of markets and counts leave this module: nothing of an owner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.errors import SchemaError
from layers.leaflet import VectorLayer
from layers.shapes import Flat, Geometries, pack_polygons, polygonal
from layers.style import Pen

_MARKET_PEN = Pen("#7a1f2b", 1.6, dash="4 3")
_AREA_PEN = Pen("#5c6670", 1.2, dash="2 5")
SHOWN_INDUSTRIES = 8
"""Industries that are counted where the settings name no key industry."""


@dataclass(frozen=True, slots=True)
class Places:
    """Named places: markets, or communities.

    Attributes:
        rows: name, place (longitude, latitude) and indices of the cells that it lies in, the largest share first.
        shapes: packed polygons, of those that are polygons.
    """

    rows: list[dict[str, Any]]
    shapes: list[Any]


def market_layers() -> list[VectorLayer]:
    """The grounds of key markets; the page's script adds a marker for each."""
    return [
        VectorLayer(
            "markets",
            pane="markets",
            shape="polygon",
            pen=_MARKET_PEN,
            fills=("#7a1f2b",),
            fill_opacity=0.18,
            group="markets",
        )
    ]


def area_layers() -> list[VectorLayer]:
    """The dotted borders of communities."""
    return [VectorLayer("areas", pane="streets", shape="polygon", pen=_AREA_PEN, decimals=5, group="areas")]


def places_in_cells(frame: gpd.GeoDataFrame, cells: Geometries, flat: Flat, *, decimals: int = 6) -> Places:
    """Named points or polygons and the cells that they lie in.

    Args:
        frame: name and geometry (EPSG:4490).
        cells: display polygons of the cells, in their order.
        flat: plane to measure in.
        decimals: of the packed polygons.
    """
    if "name" not in frame:
        raise SchemaError(f"column name is missing; it has {', '.join(map(str, frame.columns))}")
    known = frame[~(frame.geometry.isna() | frame.geometry.is_empty).to_numpy()].reset_index(drop=True)
    geometry = known.geometry.to_numpy()
    if not len(geometry):
        return Places([], [])
    areas = shapely.get_dimensions(geometry) == 2
    spots = shapely.point_on_surface(geometry)
    thing, cell = shapely.STRtree(cells).query(geometry, predicate="intersects")
    shared = shapely.area(shapely.intersection(geometry[thing], shapely.make_valid(cells)[cell]))
    # a sliver of a neighbour, left by simplification, is no share
    enough = ~areas[thing] | (shared >= 0.03 * shapely.area(geometry)[thing])
    order = np.lexsort((cell, -shared, thing))
    inside: list[list[int]] = [[] for _ in range(len(geometry))]
    for index in order[enough[order]].tolist():
        inside[thing[index]].append(int(cell[index]))
    rows = [
        {"name": str(name), "place": [round(x, 6), round(y, 6)], "cells": found}
        for name, x, y, found in zip(known["name"], shapely.get_x(spots), shapely.get_y(spots), inside, strict=True)
    ]
    simple = flat.to_degrees(shapely.simplify(flat.to_metres(polygonal(geometry[areas])), 1.5))
    return Places(rows, pack_polygons(simple, decimals))


def industry_counts(
    counts: pd.DataFrame | None, codes: list[str], key_industries: tuple[str, ...]
) -> tuple[list[str], list[list[int]]]:
    """Entities by cell and key industry.

    Args:
        counts: cell_code, industry, count.
        codes: cells in their order.
        key_industries: those to show; empty = the most frequent ones.

    Returns:
        Industries (the settings' order, else the most frequent first), and for each cell the count of each.
    """
    if counts is None or counts.empty:
        return [], [[] for _ in codes]
    missing = [c for c in ("cell_code", "industry", "count") if c not in counts]
    if missing:
        raise SchemaError(
            f"counts of entities: column {', '.join(missing)} is missing; it has {', '.join(map(str, counts.columns))}"
        )
    known = counts.dropna(subset=["industry", "cell_code"])
    known = known[known["industry"].astype(str).str.strip() != ""]
    table = (
        known.assign(industry=known["industry"].astype(str), cell_code=known["cell_code"].astype(str))
        .pivot_table(index="cell_code", columns="industry", values="count", aggfunc="sum", fill_value=0)
        .reindex(codes, fill_value=0)
    )
    totals = table.sum()
    if key_industries:
        industries = [name for name in key_industries if totals.get(name, 0) > 0]
    else:
        industries = sorted((n for n in table.columns if totals[n] > 0), key=lambda n: (-totals[n], n))
        industries = industries[:SHOWN_INDUSTRIES]
    return industries, table.reindex(columns=industries, fill_value=0).astype(int).to_numpy().tolist()
