"""Stations and cells as CSV tables (UTF-8 with a byte order mark, so that spreadsheets read Chinese)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

from geo_api.formats.geojson import cell_properties
from geo_api.services.answers import CellRef, OfficerOnDuty
from geo_api.services.changes import Change, Changes
from geo_api.services.lineage import CellLink, Lineage
from geo_api.services.published import CellList, OneCell, StationList
from geo_api.services.relations import LevelsAnswer, NearAnswer, RelationAnswer
from geo_api.spreadsheet import safe_field


def stations_csv(answer: StationList) -> bytes:
    """One line a station."""
    head = ("code", "name", "bureau_code", "bureau_name", "cells", "officers")
    rows = ((s.code, s.name, s.bureau_code, s.bureau_name, s.cells, _people(s.officers)) for s in answer.stations)
    return csv_table(head, rows)


def cells_csv(answer: CellList) -> bytes:
    """One line a cell; its officers in one field."""
    rows = [cell_properties(c) | {"officers": _people(c.officers)} for c in answer.cells]
    head = list(rows[0]) if rows else ["code"]
    return csv_table(head, ([row[name] for name in head] for row in rows))


LINK_HEAD = (
    "code", "name", "station_code", "station_name", "plan_id", "plan_version", "valid_from", "valid_to", "change",
    "share_of_area", "share_of_other_area", "entities", "share_of_entities",
)  # fmt: skip


def one_cell_csv(answer: OneCell) -> bytes:
    """The cell in one line; for a code that is not in force one line a successor."""
    if answer.cells:
        return cells_csv(CellList(answer.on, answer.revision, answer.cells, answer.polygons))
    head = ("status", "since", *LINK_HEAD)
    return csv_table(head, ((answer.status, answer.since, *_link(k)) for k in answer.successors))


def lineage_csv(answer: Lineage) -> bytes:
    """One line a cell before or after each version."""
    head = ("plan_id", "plan_version", "valid_from", "valid_to", "side", *(f"other_{name}" for name in LINK_HEAD))
    rows = (
        (v.plan.plan_id, v.plan.version, v.plan.valid_from, v.plan.valid_to, side, *_link(link))
        for v in answer.versions
        for side, links in (("before", v.predecessors), ("after", v.successors))
        for link in links
    )
    return csv_table(head, rows)


def changes_csv(answer: Changes) -> bytes:
    """One line a change; the token to go on with is in the JSON answer alone."""
    head = [f.name for f in fields(Change)]
    return csv_table(
        head, ([" ".join(c.codes) if n == "codes" else getattr(c, n) for n in head] for c in answer.changes)
    )


def relation_csv(answer: RelationAnswer) -> bytes:
    """One line a cell."""
    head = ("code", "name", "station_code", "station_name", "meets_in", "border_m", "share_of_cell", "share_of_shape")
    return csv_table(
        head, ((*_cell(c.cell), c.meets_in, c.border_m, c.share_of_cell, c.share_of_shape) for c in answer.cells)
    )


def near_csv(answer: NearAnswer) -> bytes:
    """One line a cell, nearest first."""
    head = ("code", "name", "station_code", "station_name", "distance_m", "officers", "fallback")
    return csv_table(head, ((*_cell(c.cell), c.distance_m, _people(c.officers), c.fallback) for c in answer.cells))


def levels_csv(answer: LevelsAnswer) -> bytes:
    """One line a level, lowest first."""
    head = ("level", "number", "title", "title_zh", "code", "name", "officers")
    rows = ((r.level, r.number, r.title, r.title_zh, r.code, r.name, _people(r.officers)) for r in answer.levels)
    return csv_table(head, rows)


def _cell(cell: CellRef) -> tuple[str, str, str, str]:
    return cell.code, cell.name, cell.station_code, cell.station_name


def _link(link: CellLink) -> tuple[Any, ...]:
    cell, plan = link.cell, link.plan
    return (
        cell.code, cell.name, cell.station_code, cell.station_name, plan.plan_id, plan.version, plan.valid_from,
        plan.valid_to, str(link.change), link.share_of_area, link.share_of_other_area, link.entities,
        link.share_of_entities,
    )  # fmt: skip


def _people(officers: Iterable[OfficerOnDuty]) -> str:
    return "; ".join(" ".join(filter(None, (o.role, o.function, o.title, o.name, o.telephone))) for o in officers)


def csv_table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Rows under their heads, in UTF-8 with a mark; texts that a spreadsheet would run are made safe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([safe_field(v) for v in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")
