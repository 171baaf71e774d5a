"""A small seeded town as files, for tests of commands: a crooked street grid, a river, entities beside the streets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

LON, LAT = 114.5, 30.6
STEP = 0.001  # degrees between streets, about 100 m


@dataclass(frozen=True, slots=True)
class Town:
    """Paths of a town's files."""

    folder: Path
    outline: Path
    lines: Path
    entities: Path

    def grid_args(self, plan: Path, *, cells: int = 6, **options: str) -> list[str]:
        """Arguments of ``gridward grid`` for this town; options replace the defaults (``None`` leaves one out)."""
        chosen: dict[str, str | None] = {
            "outline": str(self.outline),
            "lines": str(self.lines),
            "entities": str(self.entities),
            "datum": "wgs84",
            "cells": str(cells),
            "lon": "lon",
            "lat": "lat",
            **options,
        }
        args = ["grid", "-o", str(plan)]
        for name, value in chosen.items():
            if value is not None:
                args += [f"--{name.replace('_', '-')}", value]
        return args


def make_town(folder: Path, *, seed: int = 1, streets: int = 14, entities: int = 800) -> Town:
    """Write a town into ``folder``: outline.geojson, lines.gpkg (layer lines), entities.csv."""
    rng = np.random.default_rng(seed)
    side = np.arange(streets + 1) * STEP
    x, y = np.meshgrid(LON + side, LAT + side, indexing="ij")
    x, y = x + rng.normal(0, STEP / 12, x.shape), y + rng.normal(0, STEP / 12, y.shape)
    kinds = ["main" if i % 5 == 0 else "local" for i in range(streets + 1)]
    lines = [*shapely.linestrings(np.stack([x, y], -1)), *shapely.linestrings(np.stack([x.T, y.T], -1))]
    river = shapely.linestrings(
        [
            [LON - STEP, LAT + 4.4 * STEP],
            [LON + 7 * STEP, LAT + 6.2 * STEP],
            [LON + (streets + 1) * STEP, LAT + 5 * STEP],
        ]
    )
    frame = gpd.GeoDataFrame(
        {"kind": [*kinds, *kinds, "river"], "name": [f"Street {i}" for i in range(len(lines) + 1)]},
        geometry=[*lines, river],
        crs=4490,
    )
    edge = [LON + 0.3 * STEP, LAT + 0.3 * STEP, LON + (streets - 0.3) * STEP, LAT + (streets - 0.3) * STEP]
    outline = gpd.GeoDataFrame({"name": ["town"]}, geometry=[shapely.box(*edge)], crs=4490)
    street = rng.integers(0, len(lines), entities)
    along = shapely.line_interpolate_point(np.array(lines)[street], rng.uniform(0.03, 0.97, entities), normalized=True)
    beside = rng.choice([-1, 1], (entities, 2)) * rng.uniform(3e-5, 1e-4, (entities, 2))
    where = np.clip(shapely.get_coordinates(along) + beside, edge[:2], edge[2:])
    register = pd.DataFrame(
        {
            "id": [f"{i:05d}" for i in range(entities)],
            "name": [f"Shop {i}" for i in range(entities)],
            "class": rng.choice(list("ABCD"), entities, p=[0.6, 0.25, 0.1, 0.05]),
            "lon": where[:, 0],
            "lat": where[:, 1],
        }
    )
    folder.mkdir(parents=True, exist_ok=True)
    town = Town(folder, folder / "outline.geojson", folder / "lines.gpkg", folder / "entities.csv")
    outline.to_crs(4326).to_file(town.outline, driver="GeoJSON")
    frame.to_file(town.lines, layer="lines")
    register.to_csv(town.entities, index=False)
    return town
