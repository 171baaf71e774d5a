"""A build result as frames: the layers of PLAN.gpkg, and of the database."""

from __future__ import annotations

import geopandas as gpd
import numpy as np

from gridding.build import BuildResult
from gridding.types import LineKind

CRS = "EPSG:4490"


def plan_frames(
    result: BuildResult, entities: gpd.GeoDataFrame, name_of_cell: str = "网格{number}"
) -> dict[str, gpd.GeoDataFrame]:
    """The layers of a plan file, in EPSG:4490, by name.

    Args:
        result: what :func:`gridding.build_cells` made.
        entities: the entities in the order of the points that were built from; all columns are kept.
        name_of_cell: pattern of the cells' names; ``{number}`` is the cell's number within its station.
    """
    codes = np.array(result.codes, dtype=object)
    return {
        "outline": gpd.GeoDataFrame({"name": ["outline"]}, geometry=[result.blocks.outline], crs=CRS),
        "cells": _cells(result, codes, name_of_cell),
        "blocks": gpd.GeoDataFrame(
            {
                "block_id": np.arange(len(result.labels)),
                "cell_code": codes[result.labels],
                "workload": result.block_workload,
            },
            geometry=result.blocks.polygons,
            crs=CRS,
        ),
        "entities": _entities(result, codes, entities),
        "borders": _borders(result, codes),
    }


def _cells(result: BuildResult, codes: np.ndarray, name_of_cell: str) -> gpd.GeoDataFrame:
    number_width = max(3, len(str(len(codes))))
    return gpd.GeoDataFrame(
        {
            "code": codes,
            "name": [name_of_cell.format(number=code[-number_width:]) for code in result.codes],
            "workload_hours_per_year": result.workload,
            "deviation": result.deviation,
            "entities": result.entities,
            "area_m2": result.area_m2,
            "exclusive": result.exclusive,
        },
        geometry=result.cells,
        crs=CRS,
    )


def _entities(result: BuildResult, codes: np.ndarray, entities: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    inside = result.cell_of_point >= 0
    cell_code = np.full(len(entities), None, dtype=object)
    cell_code[inside] = codes[result.cell_of_point[inside]]
    frame = entities.rename(columns={"cell_code": "source_cell_code"}).reset_index(drop=True)
    return frame.assign(cell_code=cell_code)


def _borders(result: BuildResult, codes: np.ndarray) -> gpd.GeoDataFrame:
    left, right, kind, length_m, line = list(zip(*result.borders, strict=True)) or [()] * 5
    return gpd.GeoDataFrame(
        {
            "left_code": codes[list(left)],
            "right_code": codes[list(right)],
            "length_m": np.array(length_m, dtype=float),
            "kind": [LineKind(k).name.lower() for k in kind],
        },
        geometry=np.array(line, dtype=object),
        crs=CRS,
    )
