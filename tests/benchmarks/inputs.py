"""Real territories and the sample to draw cells in: Chicago, all Wuhan, the sample county. Generated ones: :mod:`.city`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

from geo_api.services.arrays import boundary_lines, point_coordinates
from geo_api.services.grid_inputs import hours_per_year
from gridding.types import BoundaryLines, FloatArray, Projection
from layers import read_dataset, read_entities, read_lines, read_outline
from layers.crs import local_metres

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
SAMPLE = ROOT / "data" / "sample" / "manifest.toml"


@dataclass(frozen=True)
class Territory:
    """What :func:`gridding.build_cells` takes."""

    name: str
    outline: shapely.Geometry
    lines: BoundaryLines
    points: FloatArray
    workload: FloatArray
    to_metres: Projection


def chicago() -> Territory | None:
    """The covered part of Chicago as ``gridward grid`` reads it; None where ../shared/data is absent."""
    if not (DATA / "chicago.gpkg").is_file():
        return None
    outline, _ = read_outline(f"{DATA}/chicago.gpkg:covered_boundary", datum="wgs84")
    lines, _ = read_lines([f"{DATA}/chicago.gpkg:streets"], datum="wgs84")
    entities, _ = read_entities(f"{DATA}/chicago_businesses.csv", datum="wgs84", lon="longitude", lat="latitude")
    hours, _ = hours_per_year(entities, None)
    metres = local_metres(outline.bounds)
    return Territory("Chicago", outline, boundary_lines(lines), point_coordinates(entities), hours, metres)


def wuhan(entities: int = 60_000, seed: int = 1) -> Territory | None:
    """All Wuhan: the outline is made from the street network, entities are seeded along the streets."""
    if not (DATA / "wuhan_streets_simplified.gpkg").is_file():
        return None
    from gridding.network import outline_of_network

    frame, _ = read_lines([f"{DATA}/wuhan_streets_simplified.gpkg"], datum="wgs84")
    lines = boundary_lines(frame)
    west, south = lines.coords.min(axis=0).tolist()
    east, north = lines.coords.max(axis=0).tolist()
    metres = local_metres((west, south, east, north))
    points, hours = _along(lines, entities, np.random.default_rng(seed))
    outline = outline_of_network(lines, metres, points=points).outline
    return Territory("Wuhan", outline, lines, points, hours, metres)


def _along(lines: BoundaryLines, count: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Places beside lines, in crowds around a few centres, and their hours a year."""
    coords = lines.coords
    owner = np.repeat(np.arange(len(lines.kind)), np.diff(lines.offsets))
    joined = owner[1:] == owner[:-1]
    start, way = coords[:-1][joined], np.diff(coords, axis=0)[joined]
    middle, length = start + way / 2, np.hypot(*way.T)
    heart = np.median(middle, axis=0)
    centres = np.concatenate([[heart], heart + rng.normal(0, 0.12, (12, 2))])
    near = np.exp(-(np.hypot(*(middle[:, None] - centres).transpose(2, 0, 1)) / 0.05)).sum(axis=1)
    crowd = length * (0.02 + near) * np.exp(rng.normal(0, 1.1, len(length)))
    piece = rng.choice(len(crowd), count, p=crowd / crowd.sum())
    beside = rng.choice([-1, 1], (count, 2)) * rng.uniform(3e-5, 1e-4, (count, 2))
    where = start[piece] + rng.random((count, 1)) * way[piece] + beside
    return np.round(where, 8), rng.choice([2, 4, 12, 24], count, p=[0.7, 0.18, 0.08, 0.04]).astype(np.float64)


def sample_county() -> Territory:
    """The sample county as one territory."""
    dataset = read_dataset(SAMPLE)
    outline = dataset.jurisdictions.query("level == 1").geometry.iloc[0]
    entities = dataset.entities
    hours, _ = hours_per_year(entities, None)
    lines, points = boundary_lines(dataset.boundary_lines), point_coordinates(entities)
    return Territory("sample county", outline, lines, points, hours, local_metres(outline.bounds))
