"""Stations and base units (社区/村) with shared borders that are identical, vertex by vertex.

All lines are noded once, in degrees on the writing grid; everything else is a union of the faces.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import Voronoi
from shapely.geometry import LineString

from geo_api.sample import names
from geo_api.sample.plane import GRID, Floats, Warp, bend, make_warp, to_degrees, to_metres
from geo_api.sample.streets import StreetPlan
from geo_api.sample.territory import Land
from geo_api.sample.town import Settlement

TOWNSHIPS = (("城关镇", 100), ("临江镇", 101), ("青石镇", 102))
"""Name and township number (100-199 = town) of the township that each station answers for."""


@dataclass(frozen=True)
class Territory:
    """Stations and base units in degrees; the units of a station tile it, the stations tile the county."""

    outline: shapely.Geometry
    stations: tuple[shapely.Geometry, ...]
    units: pd.DataFrame


def divide(land: Land, plan: StreetPlan, division: str, rng: np.random.Generator) -> Territory:
    """Cut the county into stations and base units.

    Args:
        land: the county in metres.
        plan: streets and settlements; arterials are borders of urban communities, villages have fields around.
        division: 6-digit code of the county.
        rng: randomness.

    Returns:
        The territory; ``units`` has code (12 digits), name, kind (社区 or 村), station (0, 1, 2), geometry.
    """
    core = plan.places[0]
    seeds, called, urban = _seeds(plan, rng)
    warp = make_warp(rng, 90.0, 900.0)
    outside = shapely.difference(land.outline.buffer(500), core.hull)
    fields = shapely.intersection(shapely.MultiLineString(_voronoi(seeds[~urban], warp)), outside)
    arterials = [r.path for r in core.roads if r.kind in ("main", "secondary")]
    borders = [shapely.boundary(s) for s in land.stations]
    lines = [*borders, land.river, core.hull.exterior, fields, *(shapely.intersection(a, core.hull) for a in arterials)]
    noded = shapely.union_all([_degrees(line) for line in lines], grid_size=GRID)
    faces = shapely.get_parts(shapely.polygonize([noded]))
    inner = to_metres(shapely.get_coordinates(shapely.point_on_surface(faces)))
    order = np.lexsort((np.round(inner[:, 1], 1), np.round(inner[:, 0], 1)))
    faces, inner = faces[order], inner[order]
    station = np.full(len(faces), -1)
    for i in (2, 1, 0):
        station[shapely.contains_xy(land.stations[i], inner[:, 0], inner[:, 1])] = i
    faces, inner, station = faces[station >= 0], inner[station >= 0], station[station >= 0]
    label = _label(faces, inner, station, seeds, urban, core.hull, warp)
    used = np.unique(label)
    units = [shapely.coverage_union_all(faces[label == k]) for k in used]
    where = np.array([station[label == k][0] for k in used])
    middle = shapely.get_coordinates(shapely.centroid(units))
    table = pd.DataFrame({"name": [called[k] for k in used], "station": where, "geometry": units})
    table["kind"] = np.where(table["name"].str.endswith("社区"), "社区", "村")
    table = table.iloc[np.lexsort((-middle[:, 1], np.round(middle[:, 0], 2), where))].reset_index(drop=True)
    towns = np.array([number for _, number in TOWNSHIPS])[table["station"]]
    serial = table.groupby("station").cumcount() + 1 + np.where(table["kind"] == "村", 200, 0)
    table["code"] = [f"{division}{town:03d}{n:03d}" for town, n in zip(towns, serial, strict=True)]
    stations = tuple(shapely.coverage_union_all(faces[station == i]) for i in range(3))
    outline = shapely.coverage_union_all(faces)
    return Territory(outline, stations, table[["code", "name", "kind", "station", "geometry"]])


def _seeds(plan: StreetPlan, rng: np.random.Generator) -> tuple[Floats, list[str], NDArray[np.bool_]]:
    """Centres, names and "inside the county town" of all base units."""
    core = plan.places[0]
    centres = [np.array(f.centroid.coords[0]) for f in core.blocks]
    chosen: list[Floats] = []
    for i in rng.permutation(len(centres)):
        gap = float(np.interp(np.hypot(*centres[i]), [0, 2500], [480, 900]))
        if all(np.hypot(*(centres[i] - c)) > gap for c in chosen):
            chosen.append(centres[i])
    chosen.sort(key=lambda c: float(np.hypot(*c)))
    towns = [p for p in plan.places[1:] if p.kind == "town"]
    split = [np.array(p.centre) + step * np.sqrt(p.hull.area) for p in towns for _, step in _parts(p)]
    countryside = [np.array(p.centre) for p in plan.places if p.kind == "village"]
    town_names = [f"{names.short(p.name)}{side}社区" for p in towns for side, _ in _parts(p)]
    called = [*names.communities(len(chosen), rng), *town_names, *(p.name for p in plan.places if p.kind == "village")]
    seeds = np.array([*chosen, *split, *countryside])
    return seeds, called, np.arange(len(seeds)) < len(chosen)


def _parts(town: Settlement) -> list[tuple[str, Floats]]:
    """Communities of a market town: name, and place relative to its centre in units of its size."""
    two = [("西街", np.array([-0.3, 0.0])), ("东街", np.array([0.3, 0.0]))]
    more = [("北街", np.array([0.0, 0.3])), ("南街", np.array([0.05, -0.32])), ("中街", np.array([0.0, 0.0]))]
    return [*two, *more] if town.market is not None else two


def _voronoi(seeds: Floats, warp: Warp) -> list[LineString]:
    """Borders half way between the seeds, bent."""
    far = 60000.0
    ghosts = np.array([[far, 0], [-far, 0], [0, far], [0, -far]])
    diagram = Voronoi(np.vstack([seeds, ghosts]))
    ridges = [diagram.vertices[list(r)] for r in diagram.ridge_vertices if min(r) >= 0]
    clipped = [shapely.intersection(LineString(r), shapely.box(-14000, -14000, 14000, 14000)) for r in ridges]
    bent = [bend(shapely.get_coordinates(c), warp, 120.0) for c in clipped if c.length > 1]
    return [LineString(b) for b in bent]


def _label(
    faces: NDArray[np.object_],
    inner: Floats,
    station: NDArray[np.int64],
    seeds: Floats,
    urban: NDArray[np.bool_],
    hull: shapely.Geometry,
    warp: Warp,
) -> NDArray[np.int64]:
    """Which base unit each face belongs to: the nearest of its own station and sort, connected."""
    in_town = shapely.contains_xy(hull, inner[:, 0], inner[:, 1])
    moved = np.where(in_town[:, None], inner, 2 * inner - warp(inner))
    home = np.array([_home(seed, faces, station) for seed in seeds])
    distance = np.hypot(*(moved[:, None, :] - seeds[None, :, :]).transpose(2, 0, 1))
    distance[station[:, None] != home[None, :]] = np.inf
    distance[in_town[:, None] != urban[None, :]] += 1e6
    label = distance.argmin(axis=1)
    left, right = shapely.STRtree(faces).query(faces, predicate="touches")
    shared = shapely.length(shapely.intersection(faces[left], faces[right]))
    keep = (shared > 0) & (station[left] == station[right])
    left, right, shared = left[keep], right[keep], shared[keep]
    area = shapely.area(faces)
    for _ in range(40):  # a piece cut off from the rest of its unit joins the neighbour with the longest border
        lost = _lost(label, left, right, area)
        if not lost.any():
            break
        for face in np.flatnonzero(lost):
            around = (left == face) & (label[right] != label[face])
            if around.any():
                sums = np.bincount(label[right[around]], shared[around], len(seeds))
                label[face] = sums.argmax()
    return np.asarray(label)


def _lost(
    label: NDArray[np.int64], left: NDArray[np.int64], right: NDArray[np.int64], area: Floats
) -> NDArray[np.bool_]:
    """Faces outside the largest connected piece of their unit."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    same = label[left] == label[right]
    graph = coo_array((np.ones(same.sum()), (left[same], right[same])), shape=(len(label), len(label)))
    _, piece = connected_components(graph, directed=False)
    size = np.bincount(piece, area)
    best = np.zeros(label.max() + 1)
    np.maximum.at(best, label, size[piece])
    return np.asarray(size[piece] < best[label] - 1e-15)


def _home(seed: Floats, faces: NDArray[np.object_], station: NDArray[np.int64]) -> int:
    point = shapely.Point(to_degrees(seed[None, :])[0])
    return int(station[int(np.argmin(shapely.distance(faces, point)))])


def _degrees(geometry: shapely.Geometry) -> shapely.Geometry:
    return shapely.transform(geometry, to_degrees)
