"""Build a plan: read once, compute with no connection held, write one draft."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo_api.errors import BadRequest
from geo_api.services.answers import Caller, PlanSummary
from geo_api.services.hours import hours_of_entities
from geo_api.services.line_rules import as_settings, with_line_rules
from geo_api.services.plan_store import DraftPlan, EntityArrays, PlanStore, StationInputs
from geo_api.services.register_frames import hex_ewkb
from geo_api.supervision.codes_rules import CodeRules
from geo_api.supervision.frequency import Rules, rules_from
from geo_api.supervision.officers import cells_from_staff, propose
from geo_api.supervision.roles import require
from geo_api.supervision.staffing_rules import staffing_rules
from geo_api.version import VERSION
from gridding.build import BuildResult, build_cells
from gridding.codes import CodeLayout
from gridding.errors import GriddingError
from gridding.keep import PresentPlan
from gridding.types import BuildParams, FloatArray
from layers.crs import local_metres

if TYPE_CHECKING:
    from gridding.types import Int32Array

SOFTWARE = f"gridward {VERSION}"
PLAN_BUILDERS = frozenset({"planner"})


def build_plan(
    store: PlanStore,
    station_code: str,
    *,
    caller: Caller,
    cells: int | None = None,
    rng_seed: int = 0,
    tolerance: float | None = None,
    time_limit_s: float | None = None,
    on: date | None = None,
    keep: bool = False,
    lock: tuple[str, ...] = (),
    on_progress: Callable[[str], None] | None = None,
) -> PlanSummary:
    """Draw the cells of a station and store them as a draft, with proposed officers.

    Args:
        store: where the register is and the draft goes.
        station_code: the station.
        caller: a planner of the station, or an admin.
        cells: number of cells; default: the rule ``cells`` of the station, else as many as its staff can hold.
        rng_seed: seed of all randomness; the same register and seed give the same plan.
        tolerance: largest |deviation| accepted; default: the rule ``balance_tolerance``.
        time_limit_s: stop improving after so many seconds.
        on: the day whose register, plan in force and officers count; default today.
        keep: change as little as possible of the plan in force; otherwise only codes are kept.
        lock: codes of its cells that stay as they are.
        on_progress: told each stage as it begins.

    Raises:
        NotFound: no such station. NotAllowed: not the caller's to do.
        BadRequest: nothing to build from; the message says what is missing.
        GriddingError: input that cannot be used, or more cells than blocks.
    """
    require(
        caller.role,
        caller.jurisdiction,
        allowed=PLAN_BUILDERS,
        ancestors=store.ancestors(station_code),
        to=f"build a plan of station {station_code}",
    )
    inputs = store.station_inputs(station_code, on or store.today(station_code))
    draft = drawn(
        inputs,
        cells=cells,
        rng_seed=rng_seed,
        tolerance=tolerance,
        time_limit_s=time_limit_s,
        keep=keep,
        lock=lock,
        on_progress=on_progress,
    )
    return store.write_draft(draft, caller=caller)


def drawn(
    inputs: StationInputs,
    *,
    cells: int | None = None,
    rng_seed: int = 0,
    tolerance: float | None = None,
    time_limit_s: float | None = None,
    keep: bool = False,
    lock: tuple[str, ...] = (),
    on_progress: Callable[[str], None] | None = None,
) -> DraftPlan:
    """The draft of a station from what was read of it, with nothing of the store: the part that can go to another process.

    Args and errors as of :func:`build_plan`.
    """
    rules = rules_from(inputs.rules)
    _refuse_nothing(inputs)
    hours = hours_of_entities(inputs.entities, rules)
    wanted = (
        cells or rules.cells.get(inputs.station_code) or cells_from_staff(len(inputs.officers), rules.officers_per_cell)
    )
    params = with_line_rules(
        BuildParams(
            cells=wanted,
            tolerance=rules.balance_tolerance if tolerance is None else tolerance,
            rng_seed=rng_seed,
            time_limit_s=time_limit_s,
        ),
        border_cost=rules.border_cost,
        barriers=rules.barriers,
        bridges_count=rules.bridges_count,
        base_units_rule=rules.base_units_rule,
    )
    present = _present(inputs, keep, lock)
    result = build_cells(
        inputs.outline,
        inputs.lines,
        inputs.entities.points,
        hours,
        params,
        local_metres(inputs.outline.bounds),
        station_code=inputs.station_code,
        exclusive=inputs.exclusive,
        present=present,
        base_units=inputs.base_units,
        on_progress=on_progress,
        layout=CodeLayout(rules.codes.cell, rules.codes.serial, rules.codes.first),
    )
    redraw = {"keep": keep, "lock": list(lock)}
    return _draft(inputs, params, result, _digest(inputs, hours, keep), redraw | _layout(rules))


def _layout(rules: Rules) -> dict[str, Any]:
    """The layout of the codes, kept with the plan where it is not the usual one: codes are dated by their plan."""
    return {"codes": asdict(rules.codes)} if rules.codes != CodeRules() else {}


def _present(inputs: StationInputs, keep: bool, lock: tuple[str, ...]) -> PresentPlan | None:
    """The plan in force: its codes, and with ``keep`` its cells."""
    if lock and not keep:
        raise BadRequest("--lock needs --keep: only a redraw of the plan in force can leave cells as they are")
    if not keep:
        return PresentPlan(inputs.entities.cell_code, inputs.used_codes) if inputs.used_codes else None
    if not inputs.cells_in_force:
        raise BadRequest(
            f"station {inputs.station_code} ({inputs.station_name}) has no plan in force on {inputs.on} that could be kept: "
            f"build its first plan without --keep"
        )
    codes, polygons = zip(*inputs.cells_in_force, strict=True)
    cells = np.empty(len(polygons), dtype=object)
    cells[:] = polygons
    present = PresentPlan(inputs.entities.cell_code, inputs.used_codes, cells, codes, lock)
    try:
        present.locked_cells()
    except GriddingError as problem:
        raise BadRequest(str(problem)) from problem
    return present


def _refuse_nothing(inputs: StationInputs) -> None:
    where = f"station {inputs.station_code} ({inputs.station_name})"
    if not len(inputs.entities.ids):
        raise BadRequest(f"{where} has no located entity on {inputs.on}: load its register first, or check the datum")
    if len(inputs.lines.offsets) <= 1:
        raise BadRequest(f"{where} has no boundary lines: load its streets first")


def _digest(inputs: StationInputs, hours: FloatArray, keep: bool) -> str:
    """sha256 over everything that the plan was computed from."""
    digest = hashlib.sha256()
    parts = (
        shapely.to_wkb(inputs.outline),
        inputs.lines.coords.tobytes(),
        inputs.lines.offsets.tobytes(),
        inputs.lines.kind.tobytes(),
        *shapely.to_wkb(inputs.base_units.polygons),
        *(shapely.to_wkb(p) for p in inputs.exclusive),
        inputs.entities.ids.tobytes(),
        inputs.entities.points.tobytes(),
        hours.tobytes(),
        "\n".join(inputs.entities.cell_code).encode(),
        *(shapely.to_wkb(cell) for _, cell in (inputs.cells_in_force if keep else ())),
    )
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _draft(
    inputs: StationInputs, params: BuildParams, result: BuildResult, input_digest: str, redraw: dict[str, Any]
) -> DraftPlan:
    ordinary = ~np.asarray(result.exclusive, dtype=bool) & ~result.locked
    deviation = np.abs(result.deviation[ordinary])
    return DraftPlan(
        station_code=inputs.station_code,
        tolerance=params.tolerance,
        max_abs_deviation=float(deviation.max(initial=0.0)),
        rng_seed=params.rng_seed,
        parameters={
            "cells": params.cells,
            "tolerance": params.tolerance,
            "time_limit_s": params.time_limit_s,
            "sliver_m2": params.sliver_m2,
            "dangle_snap_m": params.dangle_snap_m,
            **as_settings(params),
            **redraw,
        },
        input_digest=input_digest,
        software=SOFTWARE,
        metrics={**result.metrics, "stopped_by": result.partition.stopped_by},
        findings=result.findings,
        outline_hex=str(hex_ewkb([result.blocks.outline], multi=True)[0]),
        built_for=inputs.on,
        frames={
            "cell": _cells(inputs, result),
            "block": _blocks(result),
            "cell_border": _borders(result),
            "cell_entity": _entities(inputs.entities, result),
            "proposed_assignment": _proposed(inputs, result),
        },
    )


def _cells(inputs: StationInputs, result: BuildResult) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "code": result.codes,
            "station_code": inputs.station_code,
            "name": [f"{inputs.station_name} {code.removeprefix(inputs.station_code)}" for code in result.codes],
            "exclusive": np.asarray(result.exclusive, dtype=bool),
            "workload_hours_per_year": result.workload,
            "deviation": result.deviation,
            "entities": result.entities,
            "area_m2": result.area_m2,
            "geom": hex_ewkb(result.cells, multi=True),
        }
    )


def _blocks(result: BuildResult) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "block_id": np.arange(len(result.labels)),
            "cell_code": np.array(result.codes, dtype=object)[result.labels],
            "workload_hours_per_year": result.block_workload,
            "area_m2": result.blocks.topology.block_area_m2,
            "geom": hex_ewkb(result.blocks.polygons),
        }
    )


def _borders(result: BuildResult) -> pd.DataFrame:
    rows = [(left, right, kind.name.lower(), metres) for left, right, kind, metres, _line in result.borders]
    frame = pd.DataFrame(rows, columns=["left_code", "right_code", "kind", "length_m"])
    codes = np.array(result.codes, dtype=object)
    for side in ("left_code", "right_code"):
        frame[side] = codes[frame[side].to_numpy(dtype=np.int64)] if len(frame) else frame[side]
    return frame.groupby(["left_code", "right_code", "kind"], as_index=False).length_m.sum()


def _entities(entities: EntityArrays, result: BuildResult) -> pd.DataFrame:
    """Cell and serial of each entity: serials count within the cell, in the order of the permanent ids."""
    inside: Int32Array = result.cell_of_point[result.cell_of_point >= 0]
    frame = pd.DataFrame(
        {
            "entity_id": entities.ids[result.cell_of_point >= 0],
            "cell_code": np.array(result.codes, dtype=object)[inside],
        }
    )
    return frame.assign(serial=frame.groupby("cell_code").cumcount() + 1)


def _proposed(inputs: StationInputs, result: BuildResult) -> pd.DataFrame:
    fewest = staffing_rules(inputs.rules.get("staffing", {})).officers_per_cell_min
    duties = propose(result.codes, inputs.officers, inputs.duties, fewest=max(2, fewest))
    rows = [(d.cell_code, d.officer_id, d.role, d.function) for d in duties]
    return pd.DataFrame(rows, columns=["cell_code", "officer_id", "role", "function"])
