"""Formats of the answers of supervision: profiles, workload, staff, register, visits, tasks, coverage, reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from geo_api.formats import (
    coverage_tables,
    interval_tables,
    life_tables,
    plain_json,
    profiles,
    staffing_tables,
    visit_tables,
)
from geo_api.formats import reports as report_formats
from geo_api.formats import rounds as round_formats
from geo_api.formats import tasks as task_formats
from geo_api.formats import workload as workload_formats
from geo_api.formats.rounds_page import plan_page
from geo_api.services.profiles.answers import ProfileAnswer, ProfileList
from geo_api.services.rounds.model import KeptAnswer, PlanPage, VisitPlan
from geo_api.services.tasks.batch import BatchTasks
from geo_api.services.tasks.campaign import CampaignAnswer
from geo_api.services.tasks.escalate import DailyAnswer
from geo_api.services.tasks.model import TaskAnswer, TaskList

SUPERVISION: Mapping[tuple[type, str], Callable[[Any], bytes]] = MappingProxyType(
    {
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
