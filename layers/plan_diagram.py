"""The diagram of a plan file: cells, workload and key industries; no officers, who are in the database alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd

from layers.diagram import DiagramSettings, supervision_diagram
from layers.plan_file import read_plan
from layers.sources import INDUSTRY_COLUMNS
from layers.strokes import block_edges
from layers.texts import Language

_BARRIERS = ("river", "railway")


def plan_diagram(
    plan: Path,
    *,
    settings: DiagramSettings | None = None,
    lines: gpd.GeoDataFrame | None = None,
    lang: Language = "zh",
    assets_prefix: str | None = None,
) -> str:
    """The page of a plan file.

    Args:
        plan: written by ``gridward grid``.
        settings: what is printed around the map.
        lines: kind, name, geometry (EPSG:4490): named streets; without them the edges of the blocks are drawn.
        lang, assets_prefix: see :func:`layers.diagram.supervision_diagram`.

    Raises:
        SourceError: no such file, or not a plan; names the layers that it has.
    """
    outline, cells, blocks, entities, borders = read_plan(plan, "outline", "cells", "blocks", "entities", "borders")
    if lines is None or lines.empty:
        lines = _lines_of_plan(blocks, borders)
    return supervision_diagram(
        cells,
        outline=outline,
        entities=count_industries(entities),
        lines=lines,
        settings=settings or DiagramSettings(),
        lang=lang,
        assets_prefix=assets_prefix,
    )


def count_industries(entities: pd.DataFrame) -> pd.DataFrame | None:
    """Entities by cell and industry (cell_code, industry, count); None where there is no column of industries."""
    column = next((c for c in INDUSTRY_COLUMNS if c in entities), None)
    if column is None:
        return None
    known = entities[["cell_code", column]].rename(columns={column: "industry"}).dropna()
    return known.groupby(["cell_code", "industry"], as_index=False).size().rename(columns={"size": "count"})


def with_title(settings: DiagramSettings, title: str) -> DiagramSettings:
    """The settings with one title for both languages; unchanged where it is empty."""
    return replace(settings, title_zh=title, title_en=title) if title else settings


def _lines_of_plan(blocks: gpd.GeoDataFrame, borders: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    barriers = borders[borders["kind"].isin(_BARRIERS)][["kind", "geometry"]].assign(name="")
    frames = [block_edges(blocks)] + ([barriers] if len(barriers) else [])
    return gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=blocks.crs)
