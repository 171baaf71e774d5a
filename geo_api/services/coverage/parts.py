"""Stretches of a business's life x calendar periods: what was due in each, and how many visits it got."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from geo_api.services.coverage.calendars import (
    ONE_A_YEAR,
    Calendar,
    Epoch,
    Span,
    calendar,
    counted_classes,
    visits_asked,
)
from geo_api.services.coverage.inputs import EPOCH, Array, Drawn, Versions
from geo_api.supervision.coverage import MICRO, ROUNDING

DAY_BITS = 18
"""A day's number takes so many bits beside the business in one integer (699 years)."""
YEAR_BITS = 12


@dataclass(frozen=True, slots=True)
class Parts:
    """Calendar periods of businesses, one row each: sorted by business, class, industry, calendar, period.

    Attributes:
        entity, credit_class, industry: (p,) indices.
        end: (p,) first day after the calendar period. ``start``: its first day.
        last_day: (p,) last day of it on which the business existed with this class; ``version``: what held then.
        due_micro, made_micro: (p,) millionths of a visit. ``missed``: (p,) bool.
        entry_row, entry_low, entry_high: (q,) spans of days of each row (one, or more where a version changed in it), as
            the visits [low, high) made in them.
    """

    entity: Array
    credit_class: Array
    industry: Array
    start: Array
    end: Array
    last_day: Array
    version: Array
    due_micro: Array
    made_micro: Array
    missed: Array
    entry_row: Array
    entry_low: Array
    entry_high: Array


def keyed(entity: Array, day: Array) -> Array:
    """A business and a day as one integer that sorts by business, then by day."""
    return (entity.astype(np.int64) << DAY_BITS) + day


def make_parts(
    versions: Versions,
    entity: Array,
    start: Array,
    end: Array,
    epochs: Sequence[Epoch],
    span: Span,
    visit_keys: Array,
    drawn: Drawn | None = None,
) -> tuple[Parts, tuple[str, ...]]:
    """Every calendar period that ended in the span, of every business that existed in it with a class that asks for it.

    Args:
        versions: of the register.
        entity: (v,) index of the business of each version; start, end: (v,) days on which it existed so.
        epochs: the rules of the time.
        span: what is looked at.
        visit_keys: sorted :func:`keyed` of the visits that count.
        drawn: businesses drawn for a sampling quota: one visit is due of them in that year, where their class asks for none.

    Returns:
        The parts, and the classes that their indices mean.
    """
    names, counted = counted_classes(epochs, versions.classes)
    flag = versions.licensed.astype(np.int64)
    asked = [
        visits_asked(e, versions.classes, versions.industries)[versions.credit_class, versions.industry, flag]
        for e in epochs
    ]
    numbers = {float(n) for a in asked for n in np.unique(a) if n > 0}
    sampled = _drawn(versions, drawn)
    if sampled is not None:
        numbers.add(ONE_A_YEAR)
    calendars = {n: calendar(n, span) for n in sorted(numbers)}
    pieces = []
    first_period = 0
    for per_year, cal in calendars.items():
        for epoch, visits, classes in zip(epochs, asked, counted, strict=True):
            letter = classes[versions.credit_class, flag]
            found = [_within(np.flatnonzero(visits == per_year), start, end, epoch, cal)]
            if sampled is not None and per_year == ONE_A_YEAR:
                spans = _within(np.flatnonzero((visits == 0) & sampled[0]), start, end, epoch, cal)
                year = np.array([(EPOCH + timedelta(days=int(day))).year for day in cal.start], np.int64)[spans[1]]
                chosen = np.isin((versions.entity_id[spans[0]].astype(np.int64) << YEAR_BITS) + year, sampled[1])
                found.append(tuple(column[chosen] for column in spans))
            for version, nth, day_from, day_to in found:
                columns = (entity, letter, versions.industry)
                pieces.append(
                    np.column_stack([*(c[version] for c in columns), nth + first_period, version, day_from, day_to])
                )
        first_period += len(cal.end)
    spread = np.concatenate(pieces) if pieces else np.zeros((0, 7), np.int64)
    return _judged(spread, list(calendars.values()), len(names), len(versions.industries), visit_keys), names


def _drawn(versions: Versions, drawn: Drawn | None) -> tuple[Array, Array] | None:
    """(v,) whether a version is of a business that was drawn in some year; and business and year as one integer."""
    if drawn is None or not len(drawn.entity_id):
        return None
    keys = (drawn.entity_id.astype(np.int64) << YEAR_BITS) + drawn.year
    return np.isin(versions.entity_id, drawn.entity_id), keys


def _within(rows: Array, start: Array, end: Array, epoch: Epoch, cal: Calendar) -> tuple[Array, ...]:
    """Versions x calendar periods that they reach into: (version, number of the period, first day, day after the last)."""
    a, b = np.maximum(start[rows], epoch.start), np.minimum(end[rows], epoch.end)
    low = np.searchsorted(cal.end, a, side="right")
    high = np.maximum(np.searchsorted(cal.start, b, side="left"), low)
    high[b <= a] = low[b <= a]
    row = np.repeat(np.arange(len(rows)), high - low)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(high - low) - (high - low), high - low) + low[row]
    return rows[row], nth, np.maximum(a[row], cal.start[nth]), np.minimum(b[row], cal.end[nth])


def _judged(found: Array, calendars: Sequence[Calendar], classes: int, industries: int, visit_keys: Array) -> Parts:
    """Spans of the same business, class, industry and calendar period put together, and held against the visits."""
    entity, letter, industry, period, version, day_from, day_to = found.T
    number = max(1, sum(len(c.end) for c in calendars))
    key = ((entity * max(1, classes) + letter) * max(1, industries) + industry) * number + period
    order = np.argsort(key)
    if (key[order[1:]] == key[order[:-1]]).any():  # a version changed within a calendar period
        order = np.lexsort((day_from, key))
    key, day_from, day_to = key[order], day_from[order], day_to[order]
    new = np.append(True, key[1:] != key[:-1]) if len(key) else np.zeros(0, bool)
    first = np.flatnonzero(new)
    row = np.cumsum(new) - 1
    last = np.append(first[1:], len(key)) - 1 if len(key) else first
    at = order[first]
    low = np.searchsorted(visit_keys, keyed(entity[order], day_from))
    high = np.searchsorted(visit_keys, keyed(entity[order], day_to))
    starts = np.concatenate([c.start for c in calendars]) if calendars else np.zeros(0, np.int64)
    ends = np.concatenate([c.end for c in calendars]) if calendars else np.zeros(0, np.int64)
    whole = np.concatenate([np.full(len(c.end), c.visits) for c in calendars]) if calendars else np.zeros(0)
    of = period[at]
    days = np.bincount(row, day_to - day_from, len(first))
    visits = np.bincount(row, high - low, len(first)).astype(np.int64) * MICRO
    due = np.rint(whole[of] * days / (ends[of] - starts[of]) * MICRO).astype(np.int64)
    return Parts(
        entity=entity[at],
        credit_class=letter[at],
        industry=industry[at],
        start=starts[of],
        end=ends[of],
        last_day=day_to[last] - 1 if len(key) else last,
        version=version[order][last] if len(key) else last,
        due_micro=due,
        made_micro=np.minimum(visits, due),
        missed=due - visits >= ROUNDING * MICRO,
        entry_row=row,
        entry_low=low,
        entry_high=high,
    )
