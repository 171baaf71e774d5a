"""REPORT.json: what a build reached, for people and for programs."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import orjson

from gridding.build import BuildResult
from gridding.compare import PlanChange
from gridding.findings import Finding
from gridding.types import BuildParams


def build_report(
    result: BuildResult, params: BuildParams, seconds: dict[str, float], findings: tuple[Finding, ...]
) -> bytes:
    """The report of a build as indented JSON; keys are documented in docs/planners."""
    tiling = result.tiling
    report: dict[str, Any] = {
        "cells": len(result.codes),
        "blocks": result.blocks.topology.blocks,
        "entities": int(result.entities.sum()),
        "workload_hours_per_year": float(result.workload.sum()),
        "tolerance": params.tolerance,
        "max_abs_deviation": result.metrics["max_abs_deviation"],
        "mean_abs_deviation": result.metrics["mean_abs_deviation"],
        "contiguous_cells": int(result.metrics["contiguous_cells"]),
        "border_length_m": result.metrics["border_length_m"],
        "polsby_popper_mean": result.metrics["polsby_popper_mean"],
        "metrics": result.metrics,
        "lower_bound": result.lower_bound,
        "gap_to_lower_bound": max(0.0, result.metrics["max_abs_deviation"] - result.lower_bound),
        "balance_proved": result.partition.balance_proved,
        "border_cost": result.partition.border_cost,
        "border_cost_bound": result.partition.cost_bound,
        "border_cost_proved": result.partition.cost_proved,
        "stopped_by": result.partition.stopped_by,
        "tiling": {
            "edges_matched": tiling.edges_matched,
            "union_equals_outline": tiling.union_equals_outline,
            "gap_area_m2": tiling.gap_area_m2,
            "overlap_area_m2": tiling.overlap_area_m2,
        },
        "seconds": seconds,
        "seed": params.rng_seed,
        "findings": [finding.as_dict() for finding in findings],
    }
    if result.change is not None:
        report["redraw"] = _redraw(result, result.change)
    return orjson.dumps(finite(report), option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY) + b"\n"


def _redraw(result: BuildResult, change: PlanChange) -> dict[str, Any]:
    """What a redraw changed: moved workload and its lower bound, cells, lineage."""
    return {
        "moved_workload_hours_per_year": result.partition.moved_workload,
        "moved_workload_lower_bound": result.partition.moved_bound,
        "moved_workload_share": change.moved_workload_share,
        "moved_entities": len(change.moved),
        "locked": [code for code, locked in zip(result.codes, result.locked, strict=True) if locked],
        "created": list(change.created),
        "retired": list(change.retired),
        "successors": {code: list(new) for code, new in change.successors.items()},
        "lineage": [asdict(link) for link in change.links],
    }


def finite(value: Any) -> Any:
    """JSON has no NaN and no infinity: they become null."""
    if isinstance(value, dict):
        return {k: finite(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
