"""From a dataset to frames whose columns are those of the store: keys, text, geometries in EPSG:4490, nothing nested."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo_api.services.visits.frames import visit_frame
from geo_api.supervision.entities import normalise_address

if TYPE_CHECKING:
    from layers import Dataset

SRID = 4490


def shapes_2d(geometry: Any, *, multi: bool = False) -> np.ndarray:
    """(n,) geometries without heights, None where there is none or an empty one; ``multi`` makes multipolygons."""
    shapes = np.array(geometry, dtype=object)
    shapes[shapely.is_empty(shapes)] = None
    high = shapely.has_z(shapes)
    shapes[high] = shapely.force_2d(shapes[high])
    if multi:
        single = shapely.get_type_id(shapes) == 3
        shapes[single] = shapely.multipolygons(shapes[single], indices=np.arange(single.sum()))
    return shapes


def hex_ewkb(geometry: Any, *, multi: bool = False) -> np.ndarray:
    """(n,) geometries -> (n,) hex EWKB in EPSG:4490, None where there is none; ``multi`` makes multipolygons."""
    shapes = shapes_2d(geometry, multi=multi)
    present = ~shapely.is_missing(shapes)
    out = np.full(len(shapes), None, dtype=object)
    out[present] = shapely.to_wkb(shapely.set_srid(shapes[present], SRID), hex=True, include_srid=True)
    return out


def register_frames(dataset: Dataset) -> dict[str, pd.DataFrame]:
    """Table name -> frame, in the order in which they are stored."""
    places = dataset.jurisdictions
    return {
        "jurisdiction": pd.DataFrame(
            {
                "code": places.code,
                "name": places.name,
                "name_en": places.name_en,
                "level": places.level,
                "parent_code": places.parent_code,
                "draws_cells": places.level == places.level.max(),
                "geom": shapes_2d(places.geometry, multi=True),
            }
        ),
        "profile": _profile(dataset),
        "boundary_line": _with_geometry(dataset.boundary_lines, ["kind", "name"]),
        "base_unit": _with_geometry(dataset.base_units, ["code", "name", "kind"], multi=True),
        "market": _with_geometry(dataset.markets, ["code", "name", "exclusive"], multi=True),
        "sub_area": pd.DataFrame(
            {"code": dataset.sub_areas.code, "name": dataset.sub_areas.name, "cell_code": dataset.sub_areas.cell}
            | {"geom": shapes_2d(dataset.sub_areas.geometry, multi=True)}
        ),
        "officer": dataset.officers[["officer_id", "name", "title", "telephone", "station_code", "joined", "function"]],
        "entity": _entities(dataset.entities),
        "assignment": dataset.assignments[
            ["officer_id", "jurisdiction_code", "role", "function", "valid_from", "valid_to"]
        ],
        "inspection": visit_frame(dataset.inspections, dataset.visits_left),
    }


def _with_geometry(frame: Any, columns: list[str], *, multi: bool = False) -> pd.DataFrame:
    return pd.DataFrame({c: frame[c] for c in columns} | {"geom": shapes_2d(frame.geometry, multi=multi)})


def _entities(frame: Any) -> pd.DataFrame:
    columns = ["source_id", "credit_code", "registration_no", "name", "address"]
    more = ["industry", "credit_class", "licensed", "opened", "closed", "licence_until"]
    addresses = frame.address.fillna("").astype(str)
    keys = {text: normalise_address(text) for text in addresses.unique()}
    return pd.DataFrame(
        {c: frame[c] for c in columns}
        | {"address_key": addresses.map(keys)}
        | {c: frame[c] for c in more}
        | {"workload_hours": frame.workload, "geom": shapes_2d(frame.geometry)}
    )


def _profile(dataset: Dataset) -> pd.DataFrame:
    titles: Mapping[str, str] = dataset.titles
    return pd.DataFrame(
        {
            "bureau_code": [dataset.bureau["code"]],
            "title_zh": [titles.get("zh", "")],
            "title_en": [titles.get("en", "")],
            "timezone": [dataset.timezone],
            "loaded_rules": [json.dumps(dict(dataset.rules), sort_keys=True, ensure_ascii=False, default=str)],
            "diagram": [json.dumps(dict(dataset.diagram), sort_keys=True, ensure_ascii=False, default=str)],
        }
    )
