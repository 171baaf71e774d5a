"""What ``gridward grid`` reads: lines, entities and their hours; the outline comes after them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo_api.errors import BadRequest
from geo_api.services.arrays import point_coordinates
from geo_api.services.hours import hours_by_rules
from geo_api.supervision.frequency import Rules
from geo_api.supervision.officers import cells_from_staff
from gridding.findings import Finding, Severity
from gridding.types import BaseUnits, FloatArray
from layers.base_units import read_barriers, read_base_units
from layers.plan_columns import with_free_names
from layers.sources import CLASS_COLUMNS, credit_classes, read_entities, read_lines

if TYPE_CHECKING:
    import geopandas as gpd

    from geo_api.services.grid_files import GridFiles

ASSUMED_CLASS = "B"
"""Class of an entity whose register names none: the middle of the good ones."""


@dataclass(frozen=True, slots=True)
class GridInputs:
    """Lines and entities in EPSG:4490.

    Attributes:
        lines: frame with kind and geometry, barriers among them.
        entities: all rows of the file, with column names that a plan file can hold.
        points: (n, 2) longitudes and latitudes of the entities, NaN = unlocated.
        hours: (n,) hours a year.
        findings: what reading found.
        base_units: communities, None where no file was named.
    """

    lines: gpd.GeoDataFrame
    entities: gpd.GeoDataFrame
    points: FloatArray
    hours: FloatArray
    findings: tuple[Finding, ...]
    base_units: BaseUnits | None = None


def read_inputs(files: GridFiles) -> GridInputs:
    """Read lines, barriers, base units and entities.

    Raises:
        LayersError: a file that cannot be read or used. BadRequest: no entity has a usable place.
    """
    lines, line_findings = read_lines(files.lines, datum=files.datum)
    if files.barriers:
        barriers, notes = read_barriers(files.barriers, datum=files.datum)
        lines, line_findings = pd.concat([lines, barriers], ignore_index=True), (*line_findings, *notes)
    units, unit_findings = base_units_of(files.base_units, files.datum)
    entities, entity_findings = read_entities(
        files.entities, datum=files.datum, lon=files.lon, lat=files.lat, workload=files.workload
    )
    if entities.geometry.isna().all():
        raise BadRequest(
            "no entity has a usable place, so there is nothing to balance: "
            + " ".join(f.message for f in entity_findings if f.rule == "entities.no_place")
        )
    hours, hours_findings = hours_per_year(entities, files.workload)
    entities, names_findings = with_free_names(entities)
    findings = (*line_findings, *unit_findings, *entity_findings, *hours_findings, *names_findings)
    return GridInputs(lines, entities, point_coordinates(entities), hours, findings, units)


def unplaced_once(read: Iterable[Finding], built: Iterable[Finding]) -> tuple[Finding, ...]:
    """What building found, but entities without a place only where reading has not told of them, and why, already."""
    told = any(finding.rule == "entities.no_place" for finding in read)
    return tuple(finding for finding in built if not (told and finding.rule == "entity.unlocated"))


def base_units_of(spec: str | None, datum: str) -> tuple[BaseUnits | None, tuple[Finding, ...]]:
    """Base units of a layer as gridding takes them, and findings; None where no file is named."""
    if spec is None:
        return None, ()
    frame, findings = read_base_units(spec, datum=datum)
    return BaseUnits(frame.geometry.to_numpy(), tuple(frame["code"]), tuple(frame["name"])), findings


def cells_wanted(cells: int | None, staff: int | None, officers_per_cell: float) -> int:
    """Number of cells: as asked, or as many as the staff can hold.

    Args:
        cells: ``--cells``.
        staff: ``--staff``, officers of all cells together.
        officers_per_cell: officers that a cell needs; cells = floor(staff / officers_per_cell), at least 1.

    Raises:
        BadRequest: neither is given, or both.
    """
    if (cells is None) == (staff is None):
        both = "not both" if cells is not None else "one of them is needed"
        raise BadRequest(f"--cells N or --staff N says how many cells are drawn: {both}")
    return cells if cells is not None else cells_from_staff(staff or 0, officers_per_cell)


def hours_per_year(entities: gpd.GeoDataFrame, column: str | None) -> tuple[FloatArray, list[Finding]]:
    """Workload of each entity in hours a year, and what had to be assumed.

    Args:
        entities: frame of entities, any columns.
        column: a column that holds hours a year; None = from ``credit_class`` / ``class`` and ``industry``.
    """
    if column is not None:
        hours = entities[column].to_numpy(dtype=np.float64)
        bad = ~np.isfinite(hours) | (hours < 0)
        if bad.any():
            first = ", ".join(str(r + 1) for r in np.flatnonzero(bad)[:5])
            raise BadRequest(
                f"workload column {column!r} holds {int(bad.sum())} values that are not numbers of hours >= 0 "
                f"(entity no. {first}{', ...' if bad.sum() > 5 else ''}, the header not counted): correct them, or leave "
                f"--workload out"
            )
        return hours, []
    classes, industries, notes = credit_classes(entities, default=ASSUMED_CLASS)
    named = any(str(c).lower() in CLASS_COLUMNS for c in entities.columns)
    hours = hours_by_rules(classes, industries, np.ones(len(entities), bool), Rules())
    return hours, [*notes, *(() if named else (_no_class(len(entities)),))]


def _no_class(entities: int) -> Finding:
    return Finding(
        rule="entities.no_class",
        severity=Severity.INFO,
        message=(
            f"the entities have no column class: all {entities} count as class {ASSUMED_CLASS}; add one, or name hours a "
            f"year with --workload"
        ),
        message_zh=f"数据中没有信用分类列，{entities} 户均按 {ASSUMED_CLASS} 类计算工作量",
        value=float(entities),
        unit="entities",
    )
