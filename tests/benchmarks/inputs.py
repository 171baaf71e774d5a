"""Territories to draw cells in: Chicago, the sample county, generated towns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

from geo_api.services.arrays import boundary_lines, point_coordinates
from geo_api.services.grid_files import hours_per_year
from gridding.types import BoundaryLines, FloatArray, LineKind, Projection
from layers import read_dataset, read_entities, read_lines, read_outline
from layers.crs import local_metres

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
SAMPLE = ROOT / "data" / "sample" / "manifest.toml"
STEP = 0.001
"""Degrees between the streets of a generated town, about 100 m."""


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


def sample_county() -> Territory:
    """The sample county as one territory."""
    dataset = read_dataset(SAMPLE)
    outline = dataset.jurisdictions.query("level == 1").geometry.iloc[0]
    entities = dataset.entities
    hours, _ = hours_per_year(entities, None)
    lines, points = boundary_lines(dataset.boundary_lines), point_coordinates(entities)
    return Territory("sample county", outline, lines, points, hours, local_metres(outline.bounds))


def town(blocks: int, seed: int) -> Territory:
    """A crooked street grid of about so many blocks, with missing streets, a river, crowded and empty quarters."""
    rng = np.random.default_rng([blocks, seed])
    side = max(4, round(np.sqrt(blocks * 1.11)))
    x, y = np.meshgrid(114.5 + np.arange(side + 1) * STEP, 30.6 + np.arange(side + 1) * STEP, indexing="ij")
    x, y = x + rng.normal(0, STEP / 9, x.shape), y + rng.normal(0, STEP / 9, y.shape)
    kinds = np.full(side + 1, LineKind.LOCAL)
    kinds[::4], kinds[::12] = LineKind.SECONDARY, LineKind.MAIN
    nodes = np.stack([x, y], axis=-1)
    pieces, kind = [], []
    for grid in (nodes, nodes.transpose(1, 0, 2)):  # streets across, then streets down
        bend = (grid[:, :-1] + grid[:, 1:]) / 2 + rng.normal(0, STEP / 15, grid[:, 1:].shape)
        piece = np.stack([grid[:, :-1], bend, grid[:, 1:]], axis=2).reshape(-1, 3, 2)
        of = np.repeat(kinds, side)
        there = (of != LineKind.LOCAL) | (rng.random(len(piece)) > 0.07)
        pieces.append(piece[there])
        kind.append(of[there])
    streets = np.concatenate(pieces)
    reach = np.linspace(-1, side + 1, 4 * side)
    river = np.column_stack([114.5 + reach * STEP, 30.6 + STEP * side * (0.5 + 0.12 * np.sin(reach * 7 / side))])
    coords = np.concatenate([streets.reshape(-1, 2), river])
    offsets = np.append(np.arange(0, 3 * len(streets) + 1, 3), len(coords)).astype(np.int64)
    lines = BoundaryLines(coords, offsets, np.append(np.concatenate(kind), LineKind.RIVER).astype(np.int8))
    edge = np.array([0.3, side - 0.3]) * STEP
    outline = shapely.box(114.5 + edge[0], 30.6 + edge[0], 114.5 + edge[1], 30.6 + edge[1])
    points = _crowds(rng, 3 * blocks, outline.bounds)
    hours = rng.choice([2, 4, 12, 24], len(points), p=[0.6, 0.25, 0.1, 0.05]) * 0.5
    return Territory(f"town of {blocks:,} blocks", outline, lines, points, hours, local_metres(outline.bounds))


def _crowds(rng: np.random.Generator, count: int, bounds: tuple[float, float, float, float]) -> FloatArray:
    """(n, 2) points: half of them anywhere, half around a few centres; none outside."""
    west, south, east, north = bounds
    low, high = np.array([west, south]), np.array([east, north])
    anywhere = rng.uniform(low, high, (count - count // 2, 2))
    centres = rng.uniform(low, high, (8, 2))
    crowded = centres[rng.integers(0, 8, count // 2)] + rng.normal(0, (east - west) / 12, (count // 2, 2))
    points = np.concatenate([anywhere, crowded])
    inside = np.where((points > low) & (points < high), points, rng.uniform(low, high, points.shape))
    return np.asarray(np.round(inside, 8), dtype=np.float64)
