"""Figures by class, industry, cell, officer or station: every roll-up has the same totals, to the last millionth."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from geo_api.errors import BadRequest
from geo_api.services.coverage.inputs import Array
from geo_api.services.coverage.tables import CoverageRow, CoverageTables
from geo_api.supervision.coverage import MICRO

KEYS = ("total", "class", "industry", "cell", "officer", "visitor", "station")
"""What figures can be had by. "officer": who led the cell; "visitor": who made the visits (nothing is due from them)."""


def roll_up(
    tables: CoverageTables, by: str = "total", names: Mapping[str, str] | None = None
) -> tuple[CoverageRow, ...]:
    """Figures by a key, sorted by it.

    The businesses of the last day, those overdue and the first visits count where the business is on that day; visits due
    and made where their calendar period was (the class of the day, the cell on its last day). For an officer in charge:
    their share of both, and the businesses of the cells that they lead on the last day, those of a cell with two leads
    counted for the first by id.

    Args:
        tables: see :func:`geo_api.services.coverage.compute.compute`.
        by: one of KEYS.
        names: code -> name.

    Raises:
        BadRequest: another key.
    """
    names = names or {}
    keys: tuple[str, ...]
    if by == "total":
        keys, row, entity = (tables.jurisdiction,), np.zeros(len(tables.entity), np.int64), _zeros(tables)
    elif by == "class":
        keys, row, entity = tables.classes, tables.credit_class, tables.entity_class
    elif by == "industry":
        keys, row, entity = tables.industries, tables.industry, tables.entity_industry
    elif by == "station":
        keys, row, entity = tables.stations, tables.cell_station[tables.cell], tables.entity_station
    elif by == "cell":
        keys, of = _distinct(tables.cells)
        row, entity = of[tables.cell], of[tables.entity_cell]
    elif by == "officer":
        return _by_officer(tables, names)
    elif by == "visitor":
        return _by_visitor(tables, names)
    else:
        raise BadRequest(f"figures cannot be had by {by!r}: by is one of {', '.join(KEYS)}")
    n = len(keys)
    counts = _Counts(tables, entity, n)
    due, made = _sum(row, tables.due_micro, n), _sum(row, tables.made_micro, n)
    missed = _sum(row, tables.missed, n)
    visits = _sum(entity, tables.visits, n)
    return tuple(
        _row(keys[i], names, counts, i, due[i], made[i], visits[i] * MICRO, int(missed[i]))
        for i in range(n)
        if due[i] or counts.entities[i] or visits[i]
    )


def _by_officer(tables: CoverageTables, names: Mapping[str, str]) -> tuple[CoverageRow, ...]:
    n = len(tables.officers)
    due, made = _sum(tables.led_officer, tables.led_due_micro, n), _sum(tables.led_officer, tables.led_made_micro, n)
    entity = tables.cell_officer[tables.entity_cell]
    counts = _Counts(tables, entity, n)
    missed = _sum(tables.cell_officer[tables.cell], tables.missed, n)
    visits = _sum(entity, tables.visits, n)
    return tuple(
        _row(tables.officers[i], names, counts, i, due[i], made[i], visits[i] * MICRO, int(missed[i]))
        for i in range(n)
        if due[i] or counts.entities[i] or visits[i]
    )


def _by_visitor(tables: CoverageTables, names: Mapping[str, str]) -> tuple[CoverageRow, ...]:
    rows = zip(
        tables.team_officer.tolist(), tables.team_visits_micro.tolist(), tables.team_credit_micro.tolist(), strict=True
    )
    return tuple(
        CoverageRow(
            key=(key := tables.officers[at]), name=names.get(key, ""), entities=0, due=0.0, made=credit / MICRO, share=None,
            visits=went / MICRO, missed=0, overdue=0, overdue_days_longest=0, overdue_days_mean=0.0, first_due=0,
            first_missed=0,
        )
        for at, went, credit in rows
    )  # fmt: skip


class _Counts:
    """Businesses of the last day by a key."""

    def __init__(self, tables: CoverageTables, key: Array, n: int) -> None:
        last, late = tables.exists, tables.overdue
        days = tables.overdue_days
        in_period = tables.first_due >= np.datetime64(tables.period_from, "D") + 1  # NaT compares false
        self.entities = np.bincount(key[last], minlength=n)
        self.overdue = np.bincount(key[late], minlength=n)
        self.days = np.bincount(key, days, n)
        self.longest = np.zeros(n, np.int64)
        np.maximum.at(self.longest, key, days)
        self.first_due = np.bincount(key[in_period], minlength=n)
        self.first_missed = np.bincount(key[in_period & tables.first_missed], minlength=n)


def _row(
    key: str, names: Mapping[str, str], counts: _Counts, i: int, due: int, made: int, visits: int, missed: int
) -> CoverageRow:
    overdue = int(counts.overdue[i])
    return CoverageRow(
        key=key,
        name=names.get(key, ""),
        entities=int(counts.entities[i]),
        due=int(due) / MICRO,
        made=int(made) / MICRO,
        share=int(made) / int(due) if due else None,
        visits=int(visits) / MICRO,
        missed=missed,
        overdue=overdue,
        overdue_days_longest=int(counts.longest[i]),
        overdue_days_mean=float(counts.days[i]) / overdue if overdue else 0.0,
        first_due=int(counts.first_due[i]),
        first_missed=int(counts.first_missed[i]),
    )


def _sum(key: Array, values: Array, n: int) -> Array:
    """Whole numbers added up by a key, exactly."""
    total = np.zeros(n, np.int64)
    np.add.at(total, key, values)
    return total


def _zeros(tables: CoverageTables) -> Array:
    return np.zeros(len(tables.entity_ids), np.int64)


def _distinct(codes: tuple[str, ...]) -> tuple[tuple[str, ...], Array]:
    """Distinct codes, sorted, and the index of each."""
    keys = tuple(sorted(set(codes)))
    index = {code: i for i, code in enumerate(keys)}
    return keys, np.array([index[code] for code in codes], np.int64)
