"""The supervision diagram (辖区监管责任制示意图) as one web page: cells, officers, markets, streets, legend, search.

A pure function from frames to HTML. Names and messages go into the page's data element and its table, escaped there,
never through a template of the map library.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from layers.cells import CellsLayer, border_layers, cells_layer, fill_layers, outline_shapes
from layers.entities import area_layers, industry_counts, market_layers, places_in_cells
from layers.gaps import gap_layers, gap_rows
from layers.leaflet import DiagramMap, VectorLayer
from layers.page import render_page
from layers.streets import streets_layer
from layers.style import DiagramStyle
from layers.texts import LANGUAGES, Language

_PANES = (("fill", 401), ("streets", 410), ("borders", 420), ("outlines", 430), ("markets", 440), ("gaps", 450))
_CLICKABLE = ("fill",)
_ROLES = ("first", "direct", "lead", "deputy")


@dataclass(frozen=True, slots=True)
class DiagramSettings:
    """What a diagram says beside its map.

    Attributes:
        title_zh, title_en: empty = the general title.
        complaint_telephone: where to complain.
        map_approval_number: 审图号; empty = "pending" is printed.
        sources_zh, sources_en: data sources as text; where one is empty the other is printed.
        as_of: the day that the diagram shows; None = no day is printed.
        plan_version: as printed; empty = none is printed.
        key_industries: industries that are counted; empty = the most frequent ones.
        style: colours and pens.
    """

    title_zh: str = ""
    title_en: str = ""
    complaint_telephone: str = "12315"
    map_approval_number: str = ""
    sources_zh: str = ""
    sources_en: str = ""
    as_of: date | None = None
    plan_version: str = ""
    key_industries: tuple[str, ...] = ()
    style: DiagramStyle = field(default_factory=DiagramStyle)


def supervision_diagram(
    cells: gpd.GeoDataFrame,
    *,
    settings: DiagramSettings,
    outline: gpd.GeoDataFrame | None = None,
    stations: gpd.GeoDataFrame | None = None,
    officers: pd.DataFrame | None = None,
    markets: gpd.GeoDataFrame | None = None,
    base_units: gpd.GeoDataFrame | None = None,
    entities: pd.DataFrame | None = None,
    gaps: gpd.GeoDataFrame | None = None,
    lines: gpd.GeoDataFrame | None = None,
    lang: Language = "zh",
    assets_prefix: str | None = None,
) -> str:
    """The diagram as a complete HTML page. All geometry is in EPSG:4490.

    Args:
        cells: code, name, geometry; optional name_en, station_code, entities, workload_hours_per_year, deviation,
            area_m2.
        settings: title, telephone, approval number, sources, day, version, looks.
        outline: the territory, drawn where the cells do not fill it.
        stations: code, name, geometry; optional name_en.
        officers: code (of a cell, a station or, else, the bureau), name, title, role (lead, deputy, first, direct), telephone, function.
        markets: name, geometry (points or polygons).
        base_units: name, geometry: communities, searchable by name.
        entities: cell_code, industry, count.
        gaps: rule, message, message_zh, geometry; only for a bureau's own copy.
        lines: kind, name, geometry: streets, rivers, railways.
        lang: language of the page, or the one shown first where it holds both.
        assets_prefix: path under which the service serves the vendored files; the page then is in one language and
            links to the other with ``?lang=``. None = one file that holds everything, in both languages.

    Returns:
        HTML that loads nothing from outside; the same input gives the same text.

    Raises:
        SchemaError: a frame lacks a column or holds nothing to draw.
        AssetError: a vendored file is missing.
    """
    layer = cells_layer(cells, settings.style)
    people = _people(officers)
    shapes = layer.packed() | outline_shapes(layer, stations, outline)
    data: dict[str, Any] = {
        "cells": _cell_rows(layer, people),
        "stations": _station_rows(layer, stations, people),
        "bureau": _others(layer, stations, people),
        "fills": {"cells": layer.colours.tolist()},
        "shapes": shapes,
        "phone": settings.complaint_telephone,
        "tolerance_m": settings.style.display_tolerance_m,
    }
    industries, counts = industry_counts(entities, layer.frame["code"].tolist(), settings.key_industries)
    data["industries"] = industries
    for row, count in zip(data["cells"], counts, strict=True):
        row["counts"] = count

    layers = fill_layers(settings.style)
    if base_units is not None and len(base_units):
        areas = places_in_cells(base_units, layer.shapes, layer.flat, decimals=5)
        data["areas"] = areas.rows
        shapes["areas"] = areas.shapes
        layers += area_layers()
    if lines is not None and len(lines):
        streets = streets_layer(lines, layer.shapes, settings.style, layer.flat)
        data |= {"streets": streets.streets, "street_labels": streets.labels, "line_kinds": list(streets.shapes)}
        shapes |= {f"line_{kind}": packed for kind, packed in streets.shapes.items()}
        layers += streets.layers(settings.style)
    layers += border_layers(settings.style, stations=len(data["stations"]) > 1)
    if markets is not None and len(markets):
        grounds = places_in_cells(markets, layer.shapes, layer.flat)
        data["markets"] = grounds.rows
        shapes["markets"] = grounds.shapes
        layers += market_layers()
    if gaps is not None and len(gaps):
        data["gaps"], shapes["gaps"] = gap_rows(gaps)
        layers += gap_layers()
    return render_page(
        diagram_map(layer, layers),
        data,
        settings,
        lang=lang,
        languages=LANGUAGES if assets_prefix is None else (lang,),
        assets_prefix=assets_prefix,
    )


def diagram_map(layer: CellsLayer, layers: list[VectorLayer]) -> DiagramMap:
    """The folium map of a diagram: panes, then layers, bottom to top."""
    west, south, east, north = (float(v) for v in shapely.total_bounds(layer.shapes))
    page_map = DiagramMap((west, south, east, north))
    for name, z_index in _PANES:
        page_map.add_pane(name, z_index, clickable=name in _CLICKABLE)
    for vectors in layers:
        page_map.add_child(vectors)
    return page_map


def _cell_rows(layer: CellsLayer, people: dict[str, list[dict[str, str]]]) -> list[dict[str, Any]]:
    rows = layer.rows()
    for row in rows:
        row["officers"] = people.get(row["code"], [])
    return rows


def _station_rows(
    layer: CellsLayer, stations: gpd.GeoDataFrame | None, people: dict[str, list[dict[str, str]]]
) -> list[dict[str, Any]]:
    """The stations of the cells, and those that have no cell yet; one nameless row where no station is known."""
    given = {} if stations is None else {str(r["code"]): r for r in stations.to_dict("records")}
    used = list(dict.fromkeys(layer.frame["station_code"]))
    named = [c for c in used if c]
    if not named and len(given) == 1:  # one station, and cells that need not say whose they are
        used = list(given)
    codes = used + sorted(set(given) - set(used))
    rows = []
    for code in codes:
        record = given.get(code, {})
        members = layer.frame["station_code"].eq(code if code in named or not code else "")
        rows.append(
            {
                "code": code,
                "name": _plain(record.get("name")),
                "name_en": _plain(record.get("name_en")),
                "officers": people.get(code, []),
                "cells": [int(i) for i in members.to_numpy().nonzero()[0]],
            }
        )
    return rows


def _others(
    layer: CellsLayer, stations: gpd.GeoDataFrame | None, people: dict[str, list[dict[str, str]]]
) -> list[dict[str, str]]:
    """Officers of codes that are neither a cell's nor a station's: those of the bureau."""
    known = {*layer.frame["code"], *layer.frame["station_code"]}
    if stations is not None:
        known |= set(stations["code"].astype(str))
    return [person for code in sorted(set(people) - known) for person in people[code]]


def _people(officers: pd.DataFrame | None) -> dict[str, list[dict[str, str]]]:
    """Jurisdiction code -> its officers: those responsible first, then lead, deputy, the rest; then by name."""
    if officers is None or officers.empty:
        return {}
    columns = ("name", "title", "role", "telephone", "function")
    rows: dict[str, list[dict[str, str]]] = {}
    for record in officers.to_dict("records"):
        person = {c: _plain(record.get(c)) for c in columns}
        rows.setdefault(str(record["code"]), []).append(person)
    rank = {role: i for i, role in enumerate(_ROLES)}
    for people in rows.values():
        people.sort(key=lambda p: (rank.get(p["role"], len(_ROLES)), p["function"], p["name"]))
    return rows


def _plain(value: Any) -> str:
    return "" if value is None or (not isinstance(value, str) and pd.isna(value)) else str(value).strip()
