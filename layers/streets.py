"""Streets, rivers and railways of a diagram: drawn thin so that a reader knows where he is, named, and searchable.

Which cells a street runs through is told of every named line, drawn or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.leaflet import VectorLayer, pen_layers
from layers.shapes import Flat, Geometries, pack_lines, vertices
from layers.style import DiagramStyle

STRENGTH = ("river", "railway", "expressway", "main", "secondary", "local", "service", "block")
"""Kinds of line in the order in which the budget of vertices is spent."""

_SHORTEST_LABEL_M = 90.0
_LABELS_A_STREET = 4
_ALONG_M = 30.0


@dataclass(frozen=True, slots=True)
class Streets:
    """Lines made ready for the screen.

    Attributes:
        shapes: kind -> packed lines, for the kinds that are drawn, the weakest last.
        streets: named streets: name, kind, indices of the cells that they run through, longest share first, and
            positions of their lines among the shapes of their kind.
        labels: places of street names: longitude, latitude, angle (degrees, clockwise on the screen), length of the
            straight stretch (metres), index of the street.
        cut: kinds that were drawn in part or not at all, because the page would have become too heavy.
    """

    shapes: dict[str, Any]
    streets: list[dict[str, Any]]
    labels: list[list[float]]
    cut: tuple[str, ...]

    def layers(self, style: DiagramStyle) -> list[VectorLayer]:
        """One layer a kind, the strongest on top."""
        layers: list[VectorLayer] = []
        for kind in reversed(list(self.shapes)):
            more: dict[str, Any] = {
                "pane": "streets",
                "shape": "line",
                "canvas": True,
                "decimals": 5,
                "group": "streets",
            }
            layers += pen_layers(f"line_{kind}", pen=style.lines[kind], **more)
        return layers


def streets_layer(lines: gpd.GeoDataFrame, cells: Geometries, style: DiagramStyle, flat: Flat) -> Streets:
    """Make lines ready for the screen.

    Args:
        lines: kind, name (may be missing) and geometry (EPSG:4490).
        cells: display polygons of the cells, in their order.
        style: pens, tolerance and budget.
        flat: plane to measure in.
    """
    frame = _tidy(lines, cells)
    merged = _merge(frame, style, flat)
    drawn, cut = _within_budget(merged, style.line_vertices)
    shapes = {kind: pack_lines(part.geometry.to_numpy()) for kind, part in drawn.items()}
    position = {(kind, name): i for kind, part in drawn.items() for i, name in enumerate(part["name"].tolist()) if name}
    streets = street_index(frame, cells, flat)
    for street in streets:
        found = [
            [kind, position[kind, street["name"]]] for kind in street.pop("kinds") if (kind, street["name"]) in position
        ]
        if found:
            street["lines"] = found
    number = {street["name"]: i for i, street in enumerate(streets)}
    labels = _labels(drawn, number, flat)
    return Streets(shapes, streets, labels, cut)


def street_index(frame: pd.DataFrame, cells: Geometries, flat: Flat) -> list[dict[str, Any]]:
    """Named streets and the cells that they run through, or along.

    A street that is a border belongs to the cells on both of its sides; one that only crosses the end of another cell
    does not belong to it.

    Returns:
        name, kinds, cells (indices, the longest share first), sorted by name.
    """
    named = frame[frame["name"] != ""]
    if named.empty:
        return []
    metric = flat.to_metres(named.geometry.to_numpy())
    around = shapely.buffer(flat.to_metres(cells), 6.0, quad_segs=2)
    shapely.prepare(around)
    line, cell = shapely.STRtree(around).query(metric, predicate="intersects")
    inside = np.asarray(shapely.within(metric[line], around[cell]))
    share = shapely.length(metric[line])
    cut = ~inside
    share[cut] = shapely.length(shapely.intersection(metric[line[cut]], around[cell[cut]]))
    whole = pd.Series(shapely.length(metric)).groupby(named["name"].to_numpy()).sum()
    pairs = pd.DataFrame({"name": named["name"].to_numpy()[line], "cell": cell, "share": share})
    pairs = pairs.groupby(["name", "cell"], as_index=False)["share"].sum()
    enough = pairs["share"] >= np.minimum(_ALONG_M, 0.3 * whole.loc[pairs["name"]].to_numpy())
    pairs = pairs[enough].sort_values(["name", "share", "cell"], ascending=[True, False, True], kind="stable")
    kinds = {name: sorted(set(part)) for name, part in named.groupby("name")["kind"]}
    return [
        {"name": name, "kinds": kinds[name], "cells": [int(c) for c in part]}
        for name, part in pairs.groupby("name", sort=True)["cell"]
    ]


def _tidy(lines: gpd.GeoDataFrame, cells: Geometries) -> gpd.GeoDataFrame:
    """Lines near the cells, with the columns kind and name as text."""
    west, south, east, north = shapely.total_bounds(cells)
    pad = 0.04 * max(east - west, north - south)
    geometry = lines.geometry.to_numpy()
    kinds = [str(k) if isinstance(k, str) else "local" for k in lines.get("kind", ["local"] * len(lines))]
    names = [n.strip() if isinstance(n, str) else "" for n in lines.get("name", [""] * len(lines))]
    frame = gpd.GeoDataFrame({"kind": kinds, "name": names}, geometry=geometry, crs=lines.crs)
    frame = frame[~(frame.geometry.isna() | frame.geometry.is_empty).to_numpy()]
    clipped = shapely.clip_by_rect(frame.geometry.to_numpy(), west - pad, south - pad, east + pad, north + pad)
    frame = frame.set_geometry(gpd.GeoSeries(clipped, index=frame.index, crs=lines.crs))
    return frame[~frame.geometry.is_empty.to_numpy()].reset_index(drop=True)


def _merge(frame: gpd.GeoDataFrame, style: DiagramStyle, flat: Flat) -> dict[str, gpd.GeoDataFrame]:
    """Kind -> one simplified multiline a name, the strongest kind first."""
    merged = {}
    for kind in STRENGTH:
        part = frame[(frame["kind"] == kind).to_numpy()]
        if part.empty or kind not in style.lines:
            continue
        names = part["name"].to_numpy()
        unique, index = np.unique(names.astype(str), return_inverse=True)
        pieces, piece_of = shapely.get_parts(part.geometry.to_numpy(), return_index=True)
        keep = shapely.get_type_id(pieces) == 1
        pieces, owner = pieces[keep], index[piece_of[keep]]
        order = np.argsort(owner, kind="stable")
        lines = shapely.line_merge(shapely.multilinestrings(pieces[order], indices=owner[order]))
        simple = flat.to_degrees(
            shapely.simplify(flat.to_metres(lines), style.line_tolerance_m, preserve_topology=False)
        )
        merged[kind] = gpd.GeoDataFrame({"name": unique}, geometry=simple, crs=frame.crs)
    return merged


def _within_budget(
    merged: dict[str, gpd.GeoDataFrame], budget: int
) -> tuple[dict[str, gpd.GeoDataFrame], tuple[str, ...]]:
    """Whole kinds while the budget lasts; of the first that does not fit, its longest lines; nothing of the rest."""
    drawn: dict[str, gpd.GeoDataFrame] = {}
    cut: list[str] = []
    left = budget
    for kind, part in merged.items():
        kept = part if not cut else part.iloc[:0]
        if vertices(kept.geometry.to_numpy()).sum() > left:
            kept = _longest(part, left)
        if len(kept) < len(part) or vertices(kept.geometry.to_numpy()).sum() < vertices(part.geometry.to_numpy()).sum():
            cut.append(kind)
        if len(kept):
            drawn[kind] = kept
            left -= int(vertices(kept.geometry.to_numpy()).sum())
    return drawn, tuple(cut)


def _longest(part: gpd.GeoDataFrame, budget: int) -> gpd.GeoDataFrame:
    """The longest lines of a kind that together have at most ``budget`` vertices, grouped by name as before."""
    pieces, owner = shapely.get_parts(part.geometry.to_numpy(), return_index=True)
    order = np.argsort(-shapely.length(pieces), kind="stable")
    keep = np.sort(order[np.cumsum(vertices(pieces)[order]) <= budget])
    if not len(keep):
        return part.iloc[:0]
    rows = np.unique(owner[keep])
    lines = shapely.multilinestrings(pieces[keep], indices=np.searchsorted(rows, owner[keep]))
    return gpd.GeoDataFrame({"name": part["name"].to_numpy()[rows]}, geometry=lines, crs=part.crs)


def _labels(drawn: dict[str, gpd.GeoDataFrame], number: dict[str, int], flat: Flat) -> list[list[float]]:
    """The straightest long stretches of each named line, the strongest kinds and longest stretches first."""
    labels: list[list[float]] = []
    for part in drawn.values():
        named = part[part["name"].isin(list(number)).to_numpy()]
        if named.empty:
            continue
        rough = shapely.simplify(flat.to_metres(named.geometry.to_numpy()), 12.0, preserve_topology=False)
        pieces, owner = shapely.get_parts(rough, return_index=True)
        start, end, of = _segments(pieces, owner)
        length = np.hypot(*(end - start).T)
        angle = np.degrees(np.arctan2(-(end - start)[:, 1], (end - start)[:, 0]))
        angle = (angle + 90) % 180 - 90  # never upside down
        order = np.lexsort((-length, of))
        rank = np.arange(len(of)) - np.searchsorted(of[order], of[order], side="left")
        keep = order[(rank < _LABELS_A_STREET) & (length[order] >= _SHORTEST_LABEL_M)]
        keep = keep[np.argsort(-length[keep], kind="stable")]
        middle = flat.to_degrees(shapely.points((start[keep] + end[keep]) / 2))
        street = [number[name] for name in named["name"].to_numpy()[of[keep]]]
        labels += [
            [round(x, 6), round(y, 6), round(a, 1), round(m), s]
            for x, y, a, m, s in zip(
                shapely.get_x(middle), shapely.get_y(middle), angle[keep], length[keep], street, strict=True
            )
        ]
    return labels


def _segments(
    pieces: Geometries, owner: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    coords, index = shapely.get_coordinates(pieces, return_index=True)
    joined = index[1:] == index[:-1]
    return coords[:-1][joined], coords[1:][joined], owner[index[:-1][joined]]
