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
    coverage_tables,
    geojson,
    interval_tables,
    life_tables,
    lookup_json,
    plain_json,
    profiles,
    staffing_tables,
    tables,
    visit_tables,
)
from geo_api.formats import reports as report_formats
from geo_api.formats import rounds as round_formats
from geo_api.formats import tasks as task_formats
from geo_api.formats import workload as workload_formats
from geo_api.formats.rounds_page import plan_page
from geo_api.services.answers import LookupAnswer, PlanSummary
from geo_api.services.batch_lookup import BatchAnswer
from geo_api.services.changes import Changes
from geo_api.services.entity_lookup import EntityAnswer
from geo_api.services.lineage import Lineage
from geo_api.services.plan_lists import PlanList, PublicPlan
from geo_api.services.profiles.answers import ProfileAnswer, ProfileList
from geo_api.services.published import CellList, OneCell, StationList
from geo_api.services.relations import LevelsAnswer, NearAnswer, RelationAnswer
from geo_api.services.rounds.model import KeptAnswer, PlanPage, VisitPlan
from geo_api.services.tasks.batch import BatchTasks
from geo_api.services.tasks.campaign import CampaignAnswer
from geo_api.services.tasks.escalate import DailyAnswer
from geo_api.services.tasks.model import TaskAnswer, TaskList

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
        **workload_formats.WORKLOAD,
        (ProfileAnswer, "json"): profiles.profile_json,
        (ProfileAnswer, "toml"): profiles.profile_toml,
        (ProfileList, "json"): profiles.profile_list_json,
        (ProfileList, "csv"): profiles.profile_list_csv,
        (ProfileList, "xlsx"): profiles.profile_list_xlsx,
        (VisitPlan, "json"): round_formats.plan_json,
        (VisitPlan, "csv"): round_formats.plan_csv,
        (VisitPlan, "xlsx"): round_formats.plan_xlsx,
        (VisitPlan, "gpx"): round_formats.plan_gpx,
        (PlanPage, "html"): lambda page: plan_page(page.plan, page.language),
        (KeptAnswer, "json"): plain_json.whole_json,
        (KeptAnswer, "csv"): round_formats.kept_csv,
        (TaskAnswer, "json"): plain_json.whole_json,
        (BatchTasks, "json"): plain_json.whole_json,
        (BatchTasks, "csv"): task_formats.batch_csv,
        (BatchTasks, "xlsx"): task_formats.batch_xlsx,
        (TaskList, "json"): task_formats.tasks_json,
        (TaskList, "csv"): task_formats.tasks_csv,
        (TaskList, "xlsx"): task_formats.tasks_xlsx,
        (CampaignAnswer, "json"): task_formats.findings_json,
        (DailyAnswer, "json"): task_formats.findings_json,
        **report_formats.REPORTS,
        **coverage_tables.COVERAGE,
        **life_tables.LIFE,
        **staffing_tables.STAFFING,
        **visit_tables.VISITS,
        **interval_tables.INTERVALS,
    }
)


def render(answer: object, form: str) -> tuple[bytes, str]:
    """The answer in a format, and its media type; BadRequest lists the formats that there are."""
    renderer = _RENDERERS.get((type(answer), form))
    if renderer is None:
        raise BadRequest(f"no format {form!r} for this; there is {', '.join(formats_of(type(answer)))}")
    return renderer(answer), MEDIA_TYPES[form]


def formats_of(kind: type) -> tuple[str, ...]:
    """The formats that an answer of this type can be had in."""
    return tuple(form for answer, form in _RENDERERS if answer is kind)
