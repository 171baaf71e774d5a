"""Who answers for a calendar period of a cell, and who made the visits: whole millionths, none lost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from geo_api.services.coverage.inputs import Array, LeadRow
from geo_api.services.coverage.parts import DAY_BITS
from geo_api.supervision.coverage import MICRO

NOBODY = ""


def led(leads: Sequence[LeadRow], start: int, end: int) -> dict[str, float]:
    """Officer -> days of [start, end) on which they led a cell; "" for days without a lead.

    A lead for everything stands before those for one function; leads of several functions share a day.
    """
    cuts = sorted({start, end} | {d for lead in leads for d in (lead.start, lead.end) if start < d < end})
    days: dict[str, float] = defaultdict(float)
    for a, b in pairwise(cuts):
        there = [lead for lead in leads if lead.start <= a and b <= lead.end]
        chosen = [lead.officer_id for lead in there if not lead.function] or [lead.officer_id for lead in there]
        for officer in chosen or [NOBODY]:
            days[officer] += (b - a) / max(1, len(chosen))
    return dict(days)


def leads_by_cell(cells: Sequence[str], leads: Sequence[LeadRow]) -> list[list[LeadRow]]:
    """The leads of each cell."""
    of: dict[str, list[LeadRow]] = defaultdict(list)
    for lead in leads:
        of[lead.cell].append(lead)
    return [of.get(code, []) for code in cells]


def divided(total: int, weights: Sequence[float]) -> list[int]:
    """A whole number divided by weights, the rest to the largest remainders: the parts add up to it.

    >>> divided(100, [1, 1, 1])
    [34, 33, 33]
    """
    sum_of = sum(weights)
    exact = [total * w / sum_of for w in weights]
    parts = [int(x) for x in exact]
    for i in sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))[: total - sum(parts)]:
        parts[i] += 1
    return parts


def officers_in_charge(
    cells: Sequence[str],
    leads: Sequence[LeadRow],
    cell: Array,
    start: Array,
    end: Array,
    due: Array,
    made: Array,
) -> tuple[Array, list[str], Array, Array]:
    """Shares of the leads in calendar periods.

    Args:
        cells: cell codes. leads: of the time.
        cell, start, end, due, made: (p,) of each calendar period of a business; due and made in millionths.

    Returns:
        (cell, officer id, due, made) of each share, added up by cell and officer.
    """
    packed, of = np.unique((((cell.astype(np.int64) << DAY_BITS) + start) << DAY_BITS) + end, return_inverse=True)
    last = (1 << DAY_BITS) - 1
    groups = np.column_stack([packed >> (2 * DAY_BITS), (packed >> DAY_BITS) & last, packed & last])
    sums = [np.zeros(len(groups), np.int64) for _ in range(2)]
    for total, values in zip(sums, (due, made), strict=True):
        np.add.at(total, of, values)
    of_cell = leads_by_cell(cells, leads)
    shares: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
    for (at, first, until), asked, done in zip(groups.tolist(), sums[0].tolist(), sums[1].tolist(), strict=True):
        there = of_cell[at]
        if not there or (len(there) == 1 and there[0].start <= first and until <= there[0].end):  # one has it all
            share = shares[at, there[0].officer_id if there else NOBODY]
            share[0] += asked
            share[1] += done
            continue
        people = led(there, first, until)
        ids = sorted(people)
        weights = [people[i] for i in ids]
        for officer, a, b in zip(ids, divided(asked, weights), divided(done, weights), strict=True):
            share = shares[at, officer]
            share[0] += a
            share[1] += b
    rows = sorted(shares.items())
    return (
        np.array([at for (at, _), _ in rows], np.int64),
        [officer for (_, officer), _ in rows],
        np.array([v[0] for _, v in rows], np.int64),
        np.array([v[1] for _, v in rows], np.int64),
    )


def credits_of_visits(due: Array, entry_row: Array, low: Array, high: Array, judged: Array, number: int) -> Array:
    """(number,) what counts of each visit: the first ones of a calendar period do, up to what it asks for.

    Args:
        due: (p,) millionths due in each calendar period.
        entry_row, low, high: (q,) spans of visits [low, high) of each period, in the order of days.
        judged: (p,) whether the period is judged in the report.
        number: of visits.
    """
    credit = np.zeros(number, np.int64)
    kept = judged[entry_row] & (high > low)
    row, low, high = entry_row[kept], low[kept], high[kept]
    count = high - low
    visit = np.repeat(low, count) + np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    of = np.repeat(row, count)
    nth = np.arange(len(of)) - np.searchsorted(of, of, side="left")
    left = np.clip(due[of] - nth * MICRO, 0, MICRO)
    np.add.at(credit, visit, left)
    return credit


def by_team(
    teams: Sequence[tuple[str, ...]], team: Array, visits: Array, credit: Array
) -> tuple[list[str], Array, Array]:
    """(officer id, visits, credit) in millionths: officers who went together share their visits.

    Args:
        teams: who went together. team: (k,) of each visit. visits, credit: (k,) millionths.
    """
    total = np.zeros((len(teams), 2), np.int64)
    np.add.at(total[:, 0], team, visits)
    np.add.at(total[:, 1], team, credit)
    shares: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for people, (went, counted) in zip(teams, total.tolist(), strict=True):
        for officer, a, b in zip(
            people, divided(went, [1] * len(people)), divided(counted, [1] * len(people)), strict=True
        ):
            shares[officer][0] += a
            shares[officer][1] += b
    rows = sorted(shares.items())
    return (
        [officer for officer, _ in rows],
        np.array([v[0] for _, v in rows], np.int64),
        np.array([v[1] for _, v in rows], np.int64),
    )
