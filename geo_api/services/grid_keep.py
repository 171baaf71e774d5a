"""Redraw from a plan file: the cells in force, and which entities go from whom to whom."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo_api.errors import BadRequest
from geo_api.services.realignment import write_rows
from gridding.errors import GriddingError
from gridding.findings import Finding, Severity
from gridding.keep import PresentPlan, old_codes
from gridding.types import FloatArray
from layers.plan_file import read_plan

if TYPE_CHECKING:
    from gridding.build import BuildResult

ID_COLUMNS = ("entity_id", "id", "credit_code", "uscc", "统一社会信用代码", "license_id", "account_number")
NAME_COLUMNS = ("name", "entity_name", "名称", "企业名称", "legal_name", "doing_business_as_name")
"""Columns that name an entity in the realignment list, whatever their case; the first that is there."""
SHOWN = 5
"""So many codes are named in a message."""
OVERLAP = 1e-9
"""Overlaps of less than this share of the area are rounding."""


def cells_of_plan(plan: Path) -> gpd.GeoDataFrame:
    """Codes and polygons of a plan file's cells, in the order of the codes.

    Raises:
        SourceError: no such file, or not a plan file. BadRequest: a plan without usable cells.
    """
    (cells,) = read_plan(plan, "cells")
    mistakes = _mistakes(cells)
    if mistakes:
        raise BadRequest(
            f"{plan}: its layer cells must hold one polygon for each code: is it a plan that 'gridward grid' wrote, and was "
            f"edited since? {'; '.join(mistakes)}"
        )
    cells = cells.assign(code=cells["code"].astype(str))
    return cells.sort_values("code", ignore_index=True)


def _mistakes(cells: gpd.GeoDataFrame) -> list[str]:
    """What is wrong with the cells of a plan file, in words; nothing where they can be used."""
    if "code" not in cells:
        return [f"it has no column 'code', only {', '.join(map(repr, map(str, cells.columns)))}"]
    if not len(cells):
        return ["it has no cells"]
    found = []
    codes = cells["code"]
    blank = codes.isna() | (codes.astype(str).str.strip() == "")
    if blank.any():
        found.append(f"{int(blank.sum())} cells have no code (row {int(np.flatnonzero(blank)[0]) + 1})")
    twice = codes[codes.duplicated() & ~blank].astype(str).unique()
    if len(twice):
        found.append(f"the code {', '.join(sorted(twice)[:SHOWN])} is there more than once")
    shapes = np.asarray(cells.geometry, dtype=object)
    bad = shapely.is_missing(shapes) | shapely.is_empty(shapes) | ~shapely.is_valid(shapes)
    if bad.any():
        named = ", ".join(codes[bad].astype(str).tolist()[:SHOWN])
        why = shapely.is_valid_reason(shapes[bad][0]) or "no polygon"
        found.append(f"the polygon of cell {named} cannot be used ({why})")
    return found


def overlaps(cells: gpd.GeoDataFrame, plan: Path) -> tuple[Finding, ...]:
    """A warning where cells of the plan in force overlap: the border rule then decides, lowest code first.

    Args:
        cells: of :func:`cells_of_plan`.
        plan: its file, for the message.
    """
    shapes = np.asarray(cells.geometry, dtype=object)
    whole = float(shapely.area(shapely.union_all(shapes)))
    share = float(shapely.area(shapes).sum()) / whole - 1 if whole > 0 else 0.0
    if share <= OVERLAP:
        return ()
    a, b = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = np.column_stack([a, b])[a < b]
    common = shapely.area(shapely.intersection(shapes[pairs[:, 0]], shapes[pairs[:, 1]]))
    first, second = (str(cells["code"].iloc[i]) for i in pairs[int(np.argmax(common))])
    return (
        Finding(
            rule="redraw.overlap",
            severity=Severity.WARNING,
            message=(
                f"{plan.name}: cells of the plan in force overlap on {share:.2%} of its area, most {first} and {second}: what "
                f"lies in both counts in the lower code. Was the file edited by hand? Take the plan that was published"
            ),
            message_zh=(
                f"{plan.name}：现行方案的网格有重叠（占面积 {share:.2%}，以 {first} 与 {second} 为最），重叠处按较小编码计入。"
                f"如文件经手工修改，请改用已公布的方案"
            ),
            where=first,
            value=round(share, 6),
            limit=0.0,
            unit="fraction of area",
        ),
    )


def present_plan(plan: Path, locks: tuple[str, ...], outline: Any, points: FloatArray) -> PresentPlan:
    """The plan in force, from its file.

    Args:
        plan: PLAN.gpkg.
        locks: codes of cells that must stay as they are.
        outline: the territory, degrees.
        points: (n, 2) longitude and latitude of today's entities, NaN = unlocated.

    Raises:
        SourceError: not a plan file. BadRequest: another territory's plan, or codes that it does not have.
    """
    cells = cells_of_plan(plan)
    polygons, codes = np.asarray(cells.geometry, dtype=object), tuple(cells["code"])
    if not shapely.intersects(polygons, outline).any():
        within = "{:.4f}, {:.4f}, {:.4f}, {:.4f}".format
        raise BadRequest(
            f"{plan}: is the plan of another territory: its cells are within {within(*cells.total_bounds)}, the outline "
            f"within {within(*outline.bounds)} (west, south, east, north), and they do not meet"
        )
    present = PresentPlan(old_codes(points, polygons, codes), codes, polygons, codes, locks)
    try:
        present.locked_cells()
    except GriddingError as problem:
        raise BadRequest(f"{plan}: {problem}") from problem
    return present


def station_prefix(codes: tuple[str, ...]) -> str:
    """The station code that all cell codes begin with: what is left without the cell's three digits, or nothing."""
    stems = {code[:-3] for code in codes}
    return stems.pop() if len(stems) == 1 else ""


def realignment(
    result: BuildResult, entities: gpd.GeoDataFrame, present: PresentPlan, hours: FloatArray
) -> gpd.GeoDataFrame:
    """Which entities go from whom to whom: one row each, by old code, new code and the order of the file.

    Columns: entity_id (the file's, else the row number from 1), name, old_code, new_code ("" = no cell), change (see
    :class:`gridding.compare.Change`), workload_hours_per_year, geometry.
    """
    assert result.change is not None  # noqa: S101 - there is a plan in force
    moved = result.change.moved
    kind = {(link.old, link.new): str(link.change) for link in result.change.links}
    old = np.asarray(present.code_of_point, dtype=object)[moved]
    new = np.append(np.array(result.codes, dtype=object), "")[result.cell_of_point][moved]
    frame = gpd.GeoDataFrame(
        {
            "entity_id": _column(entities, ID_COLUMNS, [str(i + 1) for i in range(len(entities))])[moved],
            "name": _column(entities, NAME_COLUMNS, [""] * len(entities))[moved],
            "old_code": old,
            "new_code": new,
            "change": [kind[o, n] for o, n in zip(old, new, strict=True)],
            "workload_hours_per_year": np.asarray(hours, np.float64)[moved],
        },
        geometry=np.asarray(entities.geometry, dtype=object)[moved],
        crs=entities.crs,
    )
    return frame.sort_values(["old_code", "new_code"], kind="stable", ignore_index=True)


def write_realignment(path: Path, frame: gpd.GeoDataFrame) -> None:
    """Write the realignment list as CSV (UTF-8 with a mark that spreadsheets know) or XLSX, by the file's name.

    Raises:
        BadRequest: another kind of file. SourceError: it cannot be written.
    """
    table = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    write_rows(path, table.assign(lon=frame.geometry.x.round(8), lat=frame.geometry.y.round(8)))


def _column(frame: gpd.GeoDataFrame, names: tuple[str, ...], default: list[str]) -> np.ndarray:
    by_name = {str(c).lower(): c for c in frame.columns}
    for name in names:
        if name in by_name:
            column = frame[by_name[name]]
            return np.array(["" if pd.isna(v) else str(v) for v in column], dtype=object)
    return np.array(default, dtype=object)
