"""Workload, staffing and samples as JSON and lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

import orjson

from geo_api.formats.sheets import csv_table, fields_of, xlsx_table
from geo_api.services.sampling.model import SampledEntity, SamplingAnswer
from geo_api.services.workload.answers import (
    EntityWorkload,
    StaffingAnswer,
    StaffingRow,
    VisitStep,
    WorkloadAnswer,
    WorkloadRow,
)

SAMPLED = tuple(f.name for f in fields(SampledEntity))
STAFFING = tuple(f.name for f in fields(StaffingRow))
ROW = tuple(f.name for f in fields(WorkloadRow))
VISIT = tuple(f.name for f in fields(VisitStep))


def plain(answer: Any) -> bytes:
    """All fields; findings without their empty ones."""
    given = {f.name: getattr(answer, f.name) for f in fields(answer)}
    if "findings" in given:
        given["findings"] = [f.as_dict() for f in given["findings"]]
    return orjson.dumps(given)


def _entity_rows(answer: EntityWorkload) -> list[list[Any]]:
    return fields_of(answer.visits, VISIT)


def _workload_rows(answer: WorkloadAnswer) -> list[list[Any]]:
    total = [*([""] * 4), answer.entities, answer.visits_per_year, answer.hours_per_year]
    return [*fields_of(answer.rows, ROW), total]


def _staffing_rows(answer: StaffingAnswer) -> list[list[Any]]:
    return fields_of((*answer.stations, answer.together), STAFFING)


def _sampled_rows(answer: SamplingAnswer) -> list[list[Any]]:
    return fields_of(answer.members, SAMPLED)


def _lists(title: str, head: tuple[str, ...], rows: Callable[[Any], list[list[Any]]]) -> Mapping[str, Any]:
    return {
        "json": plain,
        "csv": lambda answer: csv_table(head, rows(answer)),
        "xlsx": lambda answer: xlsx_table(title, head, rows(answer)),
    }


WORKLOAD: Mapping[tuple[type, str], Callable[[Any], bytes]] = {
    (kind, form): render
    for kind, title, head, rows in (
        (EntityWorkload, "workload", VISIT, _entity_rows),
        (WorkloadAnswer, "workload", ROW, _workload_rows),
        (StaffingAnswer, "staffing", STAFFING, _staffing_rows),
        (SamplingAnswer, "sampling", SAMPLED, _sampled_rows),
    )
    for form, render in _lists(title, head, rows).items()
}
