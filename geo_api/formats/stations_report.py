"""REPORT.json of many stations: what each station reached, and all of them together."""

from __future__ import annotations

from typing import Any

import orjson

from geo_api.formats.build_report import finite
from geo_api.services.grid_stations import StationPlan, StationsOutcome
from gridding.types import BuildParams


def stations_report(outcome: StationsOutcome, params: BuildParams) -> bytes:
    """The report as indented JSON: totals, then a row for each station in the order of their codes."""
    built = [s.result for s in outcome.stations if s.result is not None]
    tiling = outcome.tiling
    report: dict[str, Any] = {
        "stations": len(outcome.stations),
        "stations_failed": len(outcome.stations) - len(built),
        "cells": sum(len(r.codes) for r in built),
        "blocks": sum(r.blocks.topology.blocks for r in built),
        "entities": int(sum(r.entities.sum() for r in built)),
        "workload_hours_per_year": float(sum(r.workload.sum() for r in built)),
        "tolerance": params.tolerance,
        "max_abs_deviation": max(r.metrics["max_abs_deviation"] for r in built),
        "stations_within_tolerance": sum(r.metrics["max_abs_deviation"] <= params.tolerance + 1e-12 for r in built),
        "contiguous_cells": int(sum(r.metrics["contiguous_cells"] for r in built)),
        "border_length_m": float(sum(r.metrics["border_length_m"] for r in built)),
        "tiling": {
            "edges_matched": tiling.edges_matched,
            "union_equals_outline": tiling.union_equals_outline,
            "gap_area_m2": tiling.gap_area_m2,
            "overlap_area_m2": tiling.overlap_area_m2,
        },
        "seconds": outcome.seconds,
        "seed": params.rng_seed,
        "by_station": [_station(s) for s in outcome.stations],
        "findings": [finding.as_dict() for finding in outcome.findings],
    }
    return orjson.dumps(finite(report), option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY) + b"\n"


def _station(station: StationPlan) -> dict[str, Any]:
    row: dict[str, Any] = {"code": station.code, "name": station.name, "entities": station.entities}
    if station.result is None:
        return {**row, "cells": 0, "cells_asked": station.cells, "failure": station.failure}
    result = station.result
    return {
        **row,
        "cells": len(result.codes),
        "blocks": result.blocks.topology.blocks,
        "workload_hours_per_year": float(result.workload.sum()),
        "max_abs_deviation": result.metrics["max_abs_deviation"],
        "lower_bound": result.lower_bound,
        "contiguous_cells": int(result.metrics["contiguous_cells"]),
        "border_length_m": result.metrics["border_length_m"],
        "tiling_exact": result.tiling.exact,
        "stopped_by": result.partition.stopped_by,
    }
