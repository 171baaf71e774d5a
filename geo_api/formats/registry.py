"""(type of answer, format) -> bytes: the one table that routes and commands choose formats from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from geo_api.errors import BadRequest
from geo_api.formats import (
    batch,
    batch_arrow,
    batch_csv,
    geojson,
    lookup_json,
    plain_json,
    tables,
)
from geo_api.services.answers import LookupAnswer, PlanSummary
from geo_api.services.batch_lookup import BatchAnswer
from geo_api.services.changes import Changes
from geo_api.services.entity_lookup import EntityAnswer
from geo_api.services.lineage import Lineage
from geo_api.services.plan_lists import PlanList, PublicPlan
from geo_api.services.published import CellList, OneCell, StationList
from geo_api.services.relations import LevelsAnswer, NearAnswer, RelationAnswer

MEDIA_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "json": "application/json",
        "geojson": "application/geo+json",
        "csv": "text/csv; charset=utf-8",
        "gpx": "application/gpx+xml",
        "arrow": "application/vnd.apache.arrow.stream",
        "html": "text/html; charset=utf-8",
        "pdf": "application/pdf",
        "toml": "application/toml",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
)

_RENDERERS: Mapping[tuple[type, str], Callable[[Any], bytes]] = MappingProxyType(
    {
        (LookupAnswer, "json"): lookup_json.lookup_json,
        (BatchAnswer, "json"): batch.batch_json,
        (BatchAnswer, "csv"): batch_csv.batch_csv,
        (BatchAnswer, "arrow"): batch_arrow.batch_arrow,
        (StationList, "json"): plain_json.stations_json,
        (StationList, "geojson"): geojson.stations_geojson,
        (StationList, "csv"): tables.stations_csv,
        (CellList, "json"): plain_json.cells_json,
        (CellList, "geojson"): geojson.cells_geojson,
        (CellList, "csv"): tables.cells_csv,
        (OneCell, "json"): plain_json.one_cell_json,
        (OneCell, "geojson"): geojson.one_cell_geojson,
        (OneCell, "csv"): tables.one_cell_csv,
        (Lineage, "json"): plain_json.whole_json,
        (Lineage, "csv"): tables.lineage_csv,
        (Changes, "json"): plain_json.whole_json,
        (Changes, "csv"): tables.changes_csv,
        (RelationAnswer, "json"): plain_json.whole_json,
        (RelationAnswer, "csv"): tables.relation_csv,
        (NearAnswer, "json"): plain_json.whole_json,
        (NearAnswer, "csv"): tables.near_csv,
        (LevelsAnswer, "json"): plain_json.whole_json,
        (LevelsAnswer, "csv"): tables.levels_csv,
        (EntityAnswer, "json"): plain_json.whole_json,
        (PlanSummary, "json"): plain_json.plan_json,
        (PublicPlan, "json"): plain_json.plan_json,
        (PlanList, "json"): plain_json.plans_json,
    }
)


def render(answer: object, form: str) -> tuple[bytes, str]:
    """The answer in a format, and its media type; BadRequest lists the formats that there are."""
    renderer = _RENDERERS.get((type(answer), form)) or _of_supervision().get((type(answer), form))
    if renderer is None:
        raise BadRequest(f"no format {form!r} for this; there is {', '.join(formats_of(type(answer)))}")
    return renderer(answer), MEDIA_TYPES[form]


def formats_of(kind: type) -> tuple[str, ...]:
    """The formats that an answer of this type can be had in."""
    found = tuple(form for answer, form in _RENDERERS if answer is kind)
    return found or tuple(form for answer, form in _of_supervision() if answer is kind)


def _of_supervision() -> Mapping[tuple[type, str], Callable[[Any], bytes]]:
    """Loaded when first asked for: a lookup does without."""
    from geo_api.formats.supervision import SUPERVISION

    return SUPERVISION
