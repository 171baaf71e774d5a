"""The layer of coverage gaps: for the bureau's own copy of a diagram, never on the posted one unless asked for."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from layers.errors import SchemaError
from layers.leaflet import VectorLayer
from layers.shapes import CELL_DECIMALS, pack_polygons, polygonal
from layers.style import Pen

_PEN = Pen("#b00020", 2.2, dash="6 4")


def gap_layers() -> list[VectorLayer]:
    """Hatched red areas; the page's script adds a marker for each gap."""
    return [
        VectorLayer("gaps", pane="gaps", shape="polygon", pen=_PEN, fills=("#d1001f",), fill_opacity=0.35, group="gaps")
    ]


def gap_rows(gaps: gpd.GeoDataFrame) -> tuple[list[dict[str, Any]], list[Any]]:
    """Gaps as the page knows them.

    Args:
        gaps: findings with rule, message, message_zh (optional) and geometry (EPSG:4490; none = nowhere in particular,
            left out).

    Returns:
        Rows (rule, message, message_zh, place), and the packed polygons of those that have an area.
    """
    missing = [c for c in ("rule", "message") if c not in gaps]
    if missing:
        raise SchemaError(f"gaps: column {', '.join(missing)} is missing; it has {', '.join(map(str, gaps.columns))}")
    known = gaps[~(gaps.geometry.isna() | gaps.geometry.is_empty).to_numpy()]
    geometry = known.geometry.to_numpy()
    if not len(geometry):
        return [], []
    spots = shapely.point_on_surface(geometry)
    chinese = known["message_zh"] if "message_zh" in known else known["message"]
    rows = [
        {"rule": str(rule), "message": str(text), "message_zh": str(zh or text), "place": [round(x, 6), round(y, 6)]}
        for rule, text, zh, x, y in zip(
            known["rule"], known["message"], chinese, shapely.get_x(spots), shapely.get_y(spots), strict=True
        )
    ]
    areas = shapely.get_dimensions(geometry) == 2
    return rows, pack_polygons(polygonal(geometry[np.asarray(areas)]), CELL_DECIMALS)
