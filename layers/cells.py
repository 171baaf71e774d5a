"""The layer of cells: simplified together, coloured apart, numbered, with a place for each label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.errors import SchemaError
from layers.leaflet import VectorLayer, pen_layers
from layers.shapes import (
    Flat,
    Geometries,
    label_places,
    outer_boundary,
    pack_polygons,
    polygonal,
    simplify_together,
)
from layers.style import DiagramStyle, colour_neighbours, neighbours

STORAGE_CRS = 4490


@dataclass(frozen=True, slots=True)
class CellsLayer:
    """Cells made ready for the screen, in order of station and code.

    Attributes:
        frame: the cells' columns, with ``number`` (as on labels), ``name``, ``name_en`` and ``station_code`` filled in.
        shapes: (n,) display polygons, degrees.
        colours: (n,) index into the palette.
        places: (n, 2) longitude and latitude of each label.
        radii_m: (n,) distance from the label's place to the border, metres.
        flat: the plane that display lengths are measured in.
    """

    frame: pd.DataFrame
    shapes: Geometries
    colours: NDArray[np.int64]
    places: NDArray[np.float64]
    radii_m: NDArray[np.float64]
    flat: Flat

    def rows(self) -> list[dict[str, Any]]:
        """What the page's script knows of each cell; empty values are left out."""
        optional = [c for c in ("entities", "workload_hours_per_year", "deviation", "area_m2") if c in self.frame]
        rows = self.frame[["code", "number", "name", "name_en", "station_code"]].to_dict("records")
        numbers = self.frame[optional].astype(float).round(6).to_dict("records") if optional else [{}] * len(rows)
        return [
            row
            | {k: v for k, v in extra.items() if np.isfinite(v)}
            | {"colour": int(colour), "place": [round(x, 6), round(y, 6)], "radius_m": round(radius, 1)}
            for row, extra, colour, (x, y), radius in zip(
                rows, numbers, self.colours, self.places.tolist(), self.radii_m.tolist(), strict=True
            )
        ]

    def packed(self) -> dict[str, Any]:
        """Shapes by layer key, for the page's data."""
        return {"cells": pack_polygons(self.shapes)}


def cells_layer(cells: gpd.GeoDataFrame, style: DiagramStyle) -> CellsLayer:
    """Make cells ready for the screen.

    Args:
        cells: code, name and geometry (EPSG:4490); optional name_en, station_code, entities, workload_hours_per_year,
            deviation, area_m2.
        style: palette and tolerance.

    Raises:
        SchemaError: a column is missing, no cell has an area, a code comes twice, or the datum is another.
    """
    _check(cells)
    known = cells.assign(
        code=cells["code"].astype(str),
        station_code=_text(cells, "station_code"),
        name_en=_text(cells, "name_en"),
    )
    geometry = polygonal(known.geometry.to_numpy())
    known = known[[not g.is_empty for g in geometry]].sort_values(["station_code", "code"], kind="stable")
    geometry = polygonal(known.geometry.to_numpy())
    numbers = cell_numbers(known["code"].tolist(), known["station_code"].tolist())
    names = _text(known, "name")
    frame = pd.DataFrame(known.drop(columns=known.geometry.name)).reset_index(drop=True)
    frame["number"] = numbers
    frame["name"] = [
        name if name and name != code else "" for name, code in zip(names, known["code"].tolist(), strict=True)
    ]
    flat = Flat.of(geometry)
    shapes = simplify_together(geometry, style.display_tolerance_m, flat)
    places, radii = label_places(shapes, flat)
    colours = colour_neighbours(len(shapes), neighbours(shapes), len(style.palette))
    return CellsLayer(frame, shapes, colours, places, radii, flat)


def fill_layers(style: DiagramStyle) -> list[VectorLayer]:
    """The cells' areas, which answer to clicks."""
    return [
        VectorLayer(
            "cells", pane="fill", shape="polygon", fills=style.palette, fill_opacity=style.fill_opacity, clickable=True
        )
    ]


def border_layers(style: DiagramStyle, *, stations: bool) -> list[VectorLayer]:
    """The borders of cells, of stations (where there are several) and of the whole, the strongest on top."""
    layers = pen_layers("borders", pen=style.border, pane="borders", shape="polygon", data="cells")
    if stations:
        layers += pen_layers("stations", pen=style.station, pane="outlines", shape="polygon")
    return layers + pen_layers("outline", pen=style.outline, pane="outlines", shape="polygon")


def outline_shapes(layer: CellsLayer, stations: gpd.GeoDataFrame | None, outline: Any) -> dict[str, Any]:
    """Packed outlines of the stations and of the whole.

    They are put together from the cells on the screen, so that they fit them; what has no cells is drawn as given.
    """
    codes = layer.frame["station_code"].to_numpy()
    shapes = {code: outer_boundary(layer.shapes[codes == code]) for code in np.unique(codes) if code}
    if stations is not None and len(stations):
        without = stations[~stations["code"].astype(str).isin(list(shapes))].sort_values("code")
        given = simplify_together(polygonal(without.geometry.to_numpy()), 1.0, layer.flat)
        shapes |= dict(zip(without["code"].astype(str), given, strict=True))
    whole = np.array([outer_boundary(layer.shapes)], dtype=object)
    if outline is not None and len(outline):
        given = np.array([polygonal(np.asarray(outline.geometry.union_all(), dtype=object).reshape(1))[0]])
        if abs(1 - whole[0].area / max(given[0].area, 1e-12)) > 0.005:  # the cells do not fill it: draw it as it is
            whole = simplify_together(given, 1.0, layer.flat)
    return {
        "stations": pack_polygons(np.array(list(shapes.values()), dtype=object)) if shapes else [],
        "outline": pack_polygons(whole),
    }


def cell_numbers(codes: list[str], stations: list[str]) -> list[str]:
    """The short number of each cell, as painted on the map: the code without what all codes of a station share.

    >>> cell_numbers(["420102001001", "420102001012"], ["420102001", "420102001"])
    ['001', '012']
    >>> cell_numbers(["001", "002"], ["", ""])
    ['001', '002']
    """
    shared = _common_prefix(codes)
    keep = min(3, max(map(len, codes), default=0))
    out = []
    for code, station in zip(codes, stations, strict=True):
        if station and code.startswith(station) and len(code) > len(station):
            out.append(code[len(station) :].lstrip("-") or code)
        else:
            cut = min(len(shared), max(len(code) - keep, 0))
            out.append(code[cut:] if all(c[:cut] == code[:cut] for c in codes) else code)
    return out


def _common_prefix(codes: list[str]) -> str:
    first, last = min(codes, default=""), max(codes, default="")
    differ = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return first[:differ]


def _text(frame: pd.DataFrame, column: str) -> list[str]:
    if column not in frame:
        return [""] * len(frame)
    return [str(v) if isinstance(v, str) or pd.notna(v) else "" for v in frame[column]]


def _check(cells: gpd.GeoDataFrame) -> None:
    missing = [c for c in ("code", "name") if c not in cells]
    problems = (
        [f"column {', '.join(missing)} is missing; it has {', '.join(map(str, cells.columns))}"] if missing else []
    )
    if not len(cells):
        problems.append("there is no cell; expected at least one")
    elif cells.geometry.is_empty.all() or cells.geometry.isna().all():
        problems.append("no cell has an area")
    if not missing and cells["code"].astype(str).duplicated().any():
        twice = cells["code"].astype(str)
        problems.append(f"code {', '.join(sorted(set(twice[twice.duplicated()]))[:5])} comes more than once")
    if cells.crs is not None and cells.crs.to_epsg() not in (STORAGE_CRS, 4326):
        problems.append(f"the geometry is in {cells.crs.to_string()}; expected EPSG:4490")
    if problems:
        raise SchemaError(f"cells of the diagram: {'; '.join(problems)}")
