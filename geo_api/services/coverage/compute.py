"""The engine: one pass over the register and the visits of a time, for any jurisdiction and any period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

import numpy as np

from geo_api.errors import BadRequest
from geo_api.services.coverage.calendars import Epoch, Span, calendar, epochs_of, rules_on, span_of, visits_a_year
from geo_api.services.coverage.inputs import EPOCH, NEVER, Array, CoverageInputs, CoverageReader, RulesFrom, Window
from geo_api.services.coverage.life import existing_days
from geo_api.services.coverage.parts import DAY_BITS, Parts, keyed, make_parts
from geo_api.services.coverage.places import Grounds
from geo_api.services.coverage.shares import by_team, credits_of_visits, leads_by_cell, led, officers_in_charge
from geo_api.services.coverage.tables import CoverageTables
from geo_api.supervision.coverage import MICRO

INTEGER_BITS = 63
DENSE = 16
"""Ids that take less than so many times their number are looked up in a table."""


def compute(
    reader: CoverageReader,
    jurisdiction: str,
    period_from: date,
    period_to: date,
    *,
    recorded_at: datetime | None = None,
    visitors: bool = True,
) -> CoverageTables:
    """Visits due and made in [period_from, period_to) of a bureau, station or cell.

    Args:
        reader: where the register and the visits are.
        jurisdiction: code of a bureau, a station or a cell.
        period_from, period_to: days; calendar periods whose end lies in (period_from, period_to] are judged.
        recorded_at: from what was recorded at this moment; None = now.
        visitors: whether who made the visits is wanted too; reading it takes most of the time of a long period.

    Raises:
        NotFound: no such jurisdiction. BadRequest: no days in the period.
    """
    if period_to <= period_from:
        raise BadRequest(f"the period from {period_from} to {period_to} has no days: to is the first day after it")
    span = span_of(period_from, period_to)

    inputs = reader.inputs(jurisdiction, period_to, recorded_at, partial(window_of, span, visitors=visitors))
    return tables_of(inputs, period_from, period_to, recorded_at)


def window_of(span: Span, profiles: tuple[RulesFrom, ...], *, visitors: bool = True) -> Window:
    """The visits that count for a report: back to where its earliest calendar period began."""
    epochs = epochs_of(profiles)
    now = rules_on(epochs, span.last - 1).coverage
    calendars = [calendar(n, span) for n in visits_a_year(epochs)]
    starts = [int(c.start[0]) for c in calendars if len(c.start)]
    judged = [int(c.start[c.end > span.first].min()) for c in calendars if (c.end > span.first).any()]
    first = min([span.back - now.first_visit_days, span.first, *starts])
    return Window(first, span.last, min([span.first, *judged]), now.kinds, visitors)


def tables_of(
    inputs: CoverageInputs, period_from: date, period_to: date, recorded_at: datetime | None = None
) -> CoverageTables:
    """The figures of what was read: pure."""
    span = span_of(period_from, period_to)
    epochs = epochs_of(inputs.profiles)
    versions = inputs.versions
    ids, entity = np.unique(versions.entity_id, return_inverse=True)
    start, end = existing_days(versions)
    made = _sorted_visits(inputs, ids)
    parts, classes = make_parts(versions, entity, start, end, epochs, span, made.keys, inputs.drawn)
    grounds = Grounds(inputs.stations, inputs.plans)

    asked_for = window_of(span, inputs.profiles)
    last = _last_versions(versions.lon, entity, start, end, asked_for, len(ids))
    judged = parts.end > span.first
    lon, lat = versions.lon, versions.lat
    asked = np.concatenate([parts.version[judged], last.version[last.known]])
    days = np.concatenate([parts.last_day[judged], last.day[last.known]])
    place = _once(grounds, lon, lat, asked, days)
    part_cell = np.zeros(len(parts.entity), np.int64)
    part_cell[judged] = place[: int(judged.sum())]
    now_cell = np.zeros(len(ids), np.int64)
    now_cell[last.known] = place[int(judged.sum()) :]

    ours = _inside(inputs, grounds)
    in_place = ours[part_cell] & judged
    here = last.known & ours[now_cell]
    here |= np.bincount(parts.entity[in_place], minlength=len(ids)).astype(bool)
    rows = _rows(parts, part_cell, in_place)
    arrears = _arrears(parts, made, span, len(ids))
    first = _first_visits(inputs, epochs, entity, start, end, made, span, len(ids))

    cells, cell_station, stations = _codes(grounds)
    led_cell, led_officer, led_due, led_made = officers_in_charge(
        cells,
        inputs.leads,
        part_cell[in_place],
        parts.start[in_place],
        parts.end[in_place],
        parts.due_micro[in_place],
        parts.made_micro[in_place],
    )
    visited, went, credited = _made_by(inputs, parts, made, in_place, here, span)
    leaders = [next(iter(sorted(led(of, span.last - 1, span.last))), "") for of in leads_by_cell(cells, inputs.leads)]
    officers = tuple(sorted({"", *led_officer, *visited, *leaders}))
    number = {officer: i for i, officer in enumerate(officers)}

    kept = np.flatnonzero(here)
    renumbered = np.cumsum(here) - 1
    letter = np.zeros(len(ids), np.int64)
    trade = np.zeros(len(ids), np.int64)
    licensed = np.zeros(len(ids), bool)
    known = np.flatnonzero(last.known)
    letter[known] = _classes_now(inputs, epochs, classes, span)[
        versions.credit_class[last.version[known]], versions.licensed[last.version[known]].astype(np.int64)
    ]
    trade[known] = versions.industry[last.version[known]]
    licensed[known] = versions.licensed[last.version[known]]
    where = np.full((len(ids), 2), np.nan)
    where[known] = np.column_stack([lon[last.version[known]], lat[last.version[known]]])
    return CoverageTables(
        jurisdiction=inputs.place.code,
        period_from=period_from,
        period_to=period_to,
        judged_from=EPOCH + timedelta(days=asked_for.teams_from),
        recorded_at=recorded_at,
        classes=classes,
        industries=versions.industries,
        cells=cells,
        stations=stations,
        cell_station=cell_station,
        officers=officers,
        entity=renumbered[rows.entity],
        credit_class=rows.credit_class,
        industry=rows.industry,
        cell=rows.cell,
        due_micro=rows.due_micro,
        made_micro=rows.made_micro,
        periods=rows.periods,
        missed=rows.missed,
        entity_ids=ids[kept],
        exists=(last.exists & ours[now_cell])[kept],
        lon=where[kept, 0],
        lat=where[kept, 1],
        entity_class=letter[kept],
        entity_industry=trade[kept],
        entity_cell=now_cell[kept],
        licensed=licensed[kept],
        overdue_since=_days(np.where(arrears.caught_up, NEVER, arrears.missed_until))[kept],
        missed_until=_days(arrears.missed_until)[kept],
        last_visit=_days(arrears.last_visit)[kept],
        visits=arrears.visits[kept],
        first_due=_days(first.due)[kept],
        first_missed=first.missed[kept],
        first_open=first.still_open[kept],
        cell_officer=np.array([number[o] for o in leaders], np.int64),
        led_cell=led_cell,
        led_officer=np.array([number[o] for o in led_officer], np.int64),
        led_due_micro=led_due,
        led_made_micro=led_made,
        team_officer=np.array([number[o] for o in visited], np.int64),
        team_visits_micro=went,
        team_credit_micro=credited,
    )


@dataclass(frozen=True, slots=True)
class _Made:
    """Visits of known businesses, sorted by business and day."""

    keys: Array
    entity: Array
    day: Array
    team: Array


def _sorted_visits(inputs: CoverageInputs, ids: Array) -> _Made:
    """By business, day and who made them: one integer each where that fits, which sorts fastest."""
    visits = inputs.visits
    at = _rank(ids, visits.entity_id)
    known = at >= 0
    keys, team = keyed(at[known], visits.day[known]), visits.team[known].astype(np.int64) + 1
    bits = len(visits.teams).bit_length()
    if not bits:  # nobody asked who was there
        keys = keys if (keys[1:] >= keys[:-1]).all() else np.sort(keys)
        team = team - 1
    elif len(ids).bit_length() + DAY_BITS + bits < INTEGER_BITS:
        packed = np.sort((keys << bits) | team)
        keys, team = packed >> bits, (packed & ((1 << bits) - 1)) - 1
    else:
        order = np.lexsort((team, keys))
        keys, team = keys[order], team[order] - 1
    return _Made(keys, keys >> DAY_BITS, keys & ((1 << DAY_BITS) - 1), team)


def _rank(ids: Array, wanted: Array) -> Array:
    """Place of each wanted id among sorted ones; -1 = not there. A table where ids lie close together."""
    if not len(ids) or not len(wanted):
        return np.full(len(wanted), -1, np.int64)
    low, high = int(ids[0]), int(ids[-1])
    if high - low < DENSE * len(ids):
        table = np.full(high - low + 1, -1, np.int64)
        table[ids - low] = np.arange(len(ids))
        inside = (wanted >= low) & (wanted <= high)
        return np.where(inside, table[np.clip(wanted, low, high) - low], -1)
    at = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
    return np.where(ids[at] == wanted, at, -1)


@dataclass(frozen=True, slots=True)
class _Last:
    """(n,) the version that held last before the end of the report, its last day, whether any did, and still does."""

    version: Array
    day: Array
    known: Array
    exists: Array


def _last_versions(lon: Array, entity: Array, start: Array, end: Array, asked: Window, n: int) -> _Last:
    rows = np.flatnonzero((end > start) & (start < asked.last) & (end > asked.teams_from))
    version = np.full(n, -1, np.int64)
    version[entity[rows]] = rows  # the last one is written last
    known = version >= 0
    day = np.where(known, np.minimum(end[version], asked.last) - 1, 0) if len(lon) else np.zeros(n, np.int64)
    return _Last(version, day, known, known & (day == asked.last - 1))


def _once(grounds: Grounds, lon: Array, lat: Array, version: Array, day: Array) -> Array:
    """Cells of versions on days, each pair looked up once."""
    pairs, back = np.unique((version.astype(np.int64) << DAY_BITS) + day, return_inverse=True)
    at = pairs >> DAY_BITS
    return np.asarray(grounds.cell_of(lon[at], lat[at], pairs & ((1 << DAY_BITS) - 1))[back])


def _inside(inputs: CoverageInputs, grounds: Grounds) -> Array:
    """(cells,) whether a cell, or no cell of a station, belongs to the jurisdiction; nowhere belongs to the top one."""
    place = inputs.place
    if place.kind == "cell":
        return np.array([code == place.code for _, code in grounds.cells])
    return np.array([place.kind == "all" or station in place.stations for station, _ in grounds.cells])


@dataclass(frozen=True, slots=True)
class _Rows:
    entity: Array
    credit_class: Array
    industry: Array
    cell: Array
    due_micro: Array
    made_micro: Array
    periods: Array
    missed: Array


def _rows(parts: Parts, cell: Array, kept: Array) -> _Rows:
    """Calendar periods added up by business, class, industry and cell."""
    columns = [c[kept] for c in (parts.entity, parts.credit_class, parts.industry, cell)]
    in_order = np.zeros(max(0, len(columns[0]) - 1), bool)  # they come by business, class and industry
    for column in columns[::-1]:
        in_order = (column[1:] > column[:-1]) | ((column[1:] == column[:-1]) & in_order)
    same = np.logical_and.reduce([c[1:] == c[:-1] for c in columns])
    order = np.arange(len(columns[0])) if (in_order | same).all() else np.lexsort(columns[::-1])
    columns = [c[order] for c in columns]
    changed = [c[1:] != c[:-1] for c in columns]
    first = np.flatnonzero(np.append(True, np.logical_or.reduce(changed))) if len(order) else np.zeros(0, np.int64)

    def total(values: Array) -> Array:
        values = values[kept][order].astype(np.int64)
        return np.add.reduceat(values, first) if len(first) else np.zeros(0, np.int64)

    entity, letter, industry, where = (c[first] for c in columns)
    return _Rows(
        entity, letter, industry, where, total(parts.due_micro), total(parts.made_micro),
        total(np.ones(len(cell))), total(parts.missed),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Arrears:
    """(n,) end of the last period missed, last visit (day numbers, NEVER = none), visits in the report."""

    missed_until: Array
    last_visit: Array
    visits: Array
    caught_up: Array


def _arrears(parts: Parts, made: _Made, span: Span, n: int) -> _Arrears:
    missed = np.full(n, -1, np.int64)
    np.maximum.at(missed, parts.entity[parts.missed], parts.end[parts.missed])
    last = np.full(n, -1, np.int64)
    last[made.entity] = made.day  # sorted by day: the last one is written last
    visits = np.bincount(made.entity[made.day >= span.first], minlength=n).astype(np.int64)
    return _Arrears(
        np.where(missed < 0, NEVER, missed), np.where(last < 0, NEVER, last), visits, (last >= missed) & (last >= 0)
    )


@dataclass(frozen=True, slots=True)
class _First:
    due: Array
    missed: Array
    still_open: Array


def _first_visits(
    inputs: CoverageInputs,
    epochs: tuple[Epoch, ...],
    entity: Array,
    start: Array,
    end: Array,
    made: _Made,
    span: Span,
    n: int,
) -> _First:
    """Businesses whose first visit fell due in the year up to the end of the report, by the rules of its last day."""
    days = rules_on(epochs, span.last - 1).coverage.first_visit_days
    rows = np.flatnonzero(end > start)
    opened = np.full(n, NEVER, np.int64)
    np.minimum.at(opened, entity[rows], inputs.versions.opened[rows].astype(np.int64))
    closed = np.full(n, -1, np.int64)
    np.maximum.at(closed, entity[rows], end[rows])
    by = opened + days
    asked = (by > span.back) & (by <= span.last) & (closed >= by) & (days > 0)
    keys = np.arange(n)
    at = np.searchsorted(made.keys, keyed(keys, np.clip(opened, 0, span.last)))
    in_time = np.searchsorted(made.keys, keyed(keys, np.clip(by, 0, span.last))) > at
    ever = np.searchsorted(made.keys, keyed(keys, np.full(n, span.last))) > at
    return _First(np.where(asked, by, NEVER), asked & ~in_time, asked & ~ever)


def _made_by(
    inputs: CoverageInputs, parts: Parts, made: _Made, judged: Array, here: Array, span: Span
) -> tuple[list[str], Array, Array]:
    """Visits of the report and what counts of them, by who made them; nothing where that was not asked."""
    if not inputs.visits.teams:
        return [], np.zeros(0, np.int64), np.zeros(0, np.int64)
    credit = credits_of_visits(
        parts.due_micro, parts.entry_row, parts.entry_low, parts.entry_high, judged, len(made.keys)
    )
    named = (made.team >= 0) & here[made.entity]
    counted = np.flatnonzero(named | (credit > 0))
    went = np.where((made.day[counted] >= span.first) & here[made.entity[counted]], MICRO, 0)
    return by_team(inputs.visits.teams, made.team[counted], went, credit[counted])


def _classes_now(inputs: CoverageInputs, epochs: tuple[Epoch, ...], classes: tuple[str, ...], span: Span) -> Array:
    """(classes of the register, 2) the class that counts on the last day: index of unlicensed, of licensed."""
    rules = rules_on(epochs, span.last - 1).profile.rules
    of = [
        [classes.index(rules.class_of(c, licensed=known)) for known in (False, True)] for c in inputs.versions.classes
    ]
    return np.array(of, np.int64).reshape(-1, 2)


def _codes(grounds: Grounds) -> tuple[tuple[str, ...], Array, tuple[str, ...]]:
    stations = tuple(sorted({station for station, _ in grounds.cells}))
    index = {code: i for i, code in enumerate(stations)}
    return (
        tuple(code for _, code in grounds.cells),
        np.array([index[station] for station, _ in grounds.cells], np.int64),
        stations,
    )


def _days(numbers: Array) -> Array:
    """Day numbers as datetime64[D]; NEVER = NaT."""
    days = np.datetime64(EPOCH, "D") + numbers.astype("timedelta64[D]")
    return np.where(numbers >= NEVER, np.datetime64("NaT", "D"), days)
