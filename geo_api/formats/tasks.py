"""Tasks as JSON and as tables."""

from __future__ import annotations

from typing import Any

import orjson

from geo_api.formats.sheets import csv_table, fields_of, xlsx_table
from geo_api.services.tasks.batch import BatchTasks
from geo_api.services.tasks.campaign import CampaignAnswer
from geo_api.services.tasks.escalate import DailyAnswer
from geo_api.services.tasks.model import TaskList, TaskView

HEAD = (
    "task_id", "kind", "title", "state", "due_on", "days_late", "address", "cell_code", "station_code", "officers",
    "officer_id", "function", "campaign", "source", "source_id", "entity_id", "lon", "lat", "opened_on", "to_department",
    "escalated_to", "note",
)  # fmt: skip
VERDICT_HEAD = ("row", "source_id", "verdict", "task_id", "cell_code", "due_on", "officers", "message")


def tasks_json(answer: TaskList) -> bytes:
    """``{"on", "tasks": [...], "next"}``."""
    return orjson.dumps(answer)


def tasks_csv(answer: TaskList) -> bytes:
    """One line a task."""
    return csv_table(HEAD, map(_row, answer.tasks))


def tasks_xlsx(answer: TaskList) -> bytes:
    """One row a task."""
    return xlsx_table(f"tasks {answer.on}", HEAD, map(_row, answer.tasks))


def batch_csv(answer: BatchTasks) -> bytes:
    """One line a row that was sent."""
    return csv_table(VERDICT_HEAD, fields_of(answer.rows, VERDICT_HEAD))


def batch_xlsx(answer: BatchTasks) -> bytes:
    """One row a row that was sent."""
    return xlsx_table(f"{answer.source} {answer.on}", VERDICT_HEAD, fields_of(answer.rows, VERDICT_HEAD))


def findings_json(answer: CampaignAnswer | DailyAnswer) -> bytes:
    """An answer with its findings as plain objects."""
    plain = {name: getattr(answer, name) for name in answer.__dataclass_fields__}
    return orjson.dumps(plain | {"findings": [f.as_dict() for f in answer.findings]})


def _row(task: TaskView) -> list[Any]:
    people = "; ".join(f"{o.name} ({o.officer_id})" for o in task.officers)
    return [people if name == "officers" else getattr(task, name) for name in HEAD]
