"""Stations and communities of the city with borders that are identical, vertex by vertex.

All lines are noded once, in degrees on the writing grid; communities and stations are unions of the faces. Borders run along the
river and half way between the middles of communities.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import Voronoi
from shapely.geometry import LineString

from geo_api.sample import names
from geo_api.sample.base import Territory
from geo_api.sample.city.ground import CENTRE, Ground, side_of
from geo_api.sample.city.scale import DIVISION, CityScale
from geo_api.sample.plane import GRID, Floats, Warp, bend, make_warp, to_degrees, to_metres

Ints = NDArray[np.int64]


def divide_city(ground: Ground, scale: CityScale, rng: np.random.Generator) -> Territory:
    """Cut the city into stations and communities.

    Returns:
        The territory; ``units`` has code (12 digits), name, kind (社区 or 村), station (0, 1, ...), geometry. A station may have
        several parts where the river cuts a corner off.
    """
    seeds, urban = _seeds(ground, scale, rng)
    bank = side_of(ground, seeds)
    seats_bank = side_of(ground, ground.seats)
    far = np.hypot(*(seeds[:, None] - ground.seats[None]).transpose(2, 0, 1))
    far[bank[:, None] != seats_bank[None]] += 1e6
    home = far.argmin(axis=1)
    warp = make_warp(rng, 0.012 * scale.core_m, 0.16 * scale.core_m)
    lines = [shapely.transform(line, to_degrees) for line in [*_ridges(seeds, scale, warp), ground.land.river]]
    noded = shapely.union_all([*lines, shapely.transform(ground.land.outline.exterior, to_degrees)], grid_size=GRID)
    faces = shapely.get_parts(shapely.polygonize([noded]))
    inner = to_metres(shapely.get_coordinates(shapely.point_on_surface(faces)))
    kept = shapely.contains_xy(ground.land.outline, inner[:, 0], inner[:, 1])
    faces, inner = faces[kept], inner[kept]
    order = np.lexsort((np.round(inner[:, 1], 1), np.round(inner[:, 0], 1)))
    faces, inner = faces[order], inner[order]
    label = _label(faces, inner, seeds, bank, side_of(ground, inner), warp)
    used = np.unique(label)
    table = pd.DataFrame({"station": home[used], "urban": urban[used]})
    table["geometry"] = [shapely.coverage_union_all(faces[label == k]) for k in used]
    middle = shapely.get_coordinates(shapely.centroid(table["geometry"].to_numpy()))
    table = table.iloc[np.lexsort((-middle[:, 1], np.round(middle[:, 0], 2), table["station"]))].reset_index(drop=True)
    return Territory(
        shapely.coverage_union_all(faces),
        tuple(shapely.coverage_union_all(faces[home[label] == i]) for i in range(scale.stations)),
        _named(table, rng),
    )


def _named(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Names and codes: 社区 inside the ring road, 村 outside."""
    n, urban = len(table), table["urban"].to_numpy()
    called = np.empty(n, dtype=object)
    called[urban] = names.communities(int(urban.sum()), rng)
    called[~urban] = names.villages(int((~urban).sum()), rng)
    kind = np.where(urban, "社区", "村")
    serial = table.groupby("station").cumcount() + 1 + np.where(urban, 0, 200)
    code = [f"{DIVISION}{s + 1:03d}{k:03d}" for s, k in zip(table["station"], serial, strict=True)]
    return pd.DataFrame({"code": code, "name": called, "kind": kind}).assign(
        station=table["station"], geometry=table["geometry"]
    )


def _seeds(ground: Ground, scale: CityScale, rng: np.random.Generator) -> tuple[Floats, NDArray[np.bool_]]:
    """Middles of communities: a bent grid in the city proper, the towns, the villages; and which are in the city proper."""
    step = min(max(0.135 * scale.core_m, 420.0), 0.5 * scale.core_m)
    at = np.arange(-scale.core_m, scale.core_m + step, step)
    grid = np.array([(x, y) for x in at for y in at]) + rng.normal(0, 0.16 * step, (len(at) ** 2, 2)) + CENTRE
    grid = grid[shapely.contains_xy(ground.core.buffer(-0.3 * step), grid[:, 0], grid[:, 1])]
    towns = ground.seats[scale.urban :]
    seeds = np.vstack([grid, towns, ground.villages])
    return seeds, np.arange(len(seeds)) < len(grid)


def _ridges(seeds: Floats, scale: CityScale, warp: Warp) -> list[LineString]:
    """Borders half way between the seeds, bent."""
    far = 40 * scale.core_m
    ghosts = CENTRE + np.array([[far, 0], [-far, 0], [0, far], [0, -far]])
    diagram = Voronoi(np.vstack([seeds, ghosts]))
    box = shapely.box(*(CENTRE - 5 * scale.core_m), *(CENTRE + 5 * scale.core_m))
    ridges = [LineString(diagram.vertices[list(r)]) for r in diagram.ridge_vertices if min(r) >= 0]
    clipped = shapely.intersection(np.array(ridges, dtype=object), box)
    return [
        LineString(bend(shapely.get_coordinates(c), warp, 120.0))
        for c in clipped
        if c.geom_type == "LineString" and c.length > 1
    ]


def _label(
    faces: NDArray[np.object_],
    inner: Floats,
    seeds: Floats,
    bank: NDArray[np.bool_],
    side: NDArray[np.bool_],
    warp: Warp,
) -> Ints:
    """Which community each face belongs to: the nearest on its own bank; crumbs join the neighbour with the longest border."""
    straight = 2 * inner - warp(inner)
    distance = np.hypot(*(straight[:, None] - seeds[None]).transpose(2, 0, 1))
    distance[side[:, None] != bank[None]] += 1e6
    label = np.asarray(distance.argmin(axis=1))
    area = shapely.area(faces)
    biggest = np.zeros(len(seeds))
    np.maximum.at(biggest, label, area)
    crumbs = np.flatnonzero(area < 0.5 * biggest[label])
    left, right = shapely.STRtree(faces).query(faces[crumbs], predicate="touches")
    shared = shapely.length(shapely.intersection(faces[crumbs][left], faces[right]))
    shared[(side[crumbs[left]] != side[right]) | np.isin(right, crumbs)] = 0
    for i, face in enumerate(crumbs):
        mine = left == i
        sums = np.bincount(label[right[mine]], shared[mine], len(seeds))
        if sums.max() > 0:
            label[face] = sums.argmax()
    return label
