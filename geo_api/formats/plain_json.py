"""Stations, cells and plans as plain JSON objects."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import orjson

from geo_api.formats.geojson import cell_properties
from geo_api.services.answers import PlanSummary
from geo_api.services.plan_lists import PlanList, PublicPlan
from geo_api.services.published import CellList, OneCell, StationList


def stations_json(answer: StationList) -> bytes:
    """``{"on", "revision", "stations": [...]}`` without outlines."""
    return orjson.dumps({"on": answer.on, "revision": answer.revision, "stations": answer.stations})


def cells_json(answer: CellList) -> bytes:
    """``{"on", "revision", "cells": [...]}`` without polygons."""
    cells = [cell_properties(c) for c in answer.cells]
    return orjson.dumps({"on": answer.on, "revision": answer.revision, "cells": cells})


def one_cell_json(answer: OneCell) -> bytes:
    """As :func:`cells_json`, with the status of the code and its successors."""
    return orjson.dumps(
        {
            "on": answer.on,
            "revision": answer.revision,
            "status": answer.status,
            "since": answer.since,
            "cells": [cell_properties(c) for c in answer.cells],
            "successors": answer.successors,
        }
    )


def whole_json(answer: object) -> bytes:
    """A typed answer with all its fields."""
    return orjson.dumps(answer)


def plan_json(answer: PlanSummary | PublicPlan) -> bytes:
    """One plan."""
    return orjson.dumps(_plain(answer))


def plans_json(answer: PlanList) -> bytes:
    """``{"plans": [...]}``, newest first."""
    return orjson.dumps({"plans": [_plain(p) for p in answer.plans]})


def _plain(answer: Any) -> dict[str, Any]:
    """A dataclass as a dict; empty fields of findings are left out."""
    plain = {f.name: getattr(answer, f.name) for f in fields(answer)}
    if "findings" in plain:
        plain["findings"] = [f.as_dict() for f in plain["findings"]]
    return plain
