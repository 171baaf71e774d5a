"""The rules of a time as arrays: which class and industry asks for which calendar periods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from geo_api.services.coverage.inputs import EPOCH, Array, RulesFrom, day_number
from geo_api.supervision.coverage import judged_periods, year_before
from geo_api.supervision.coverage_rules import CoverageRules
from geo_api.supervision.profile import Profile, profile_from

ONE_A_YEAR = 1.0
"""Visits a year of a business drawn for a sampling quota, whose class asks for none."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The calendar periods of a number of visits a year that are judged: days [start, end), visits of a whole one."""

    visits_per_year: float
    start: Array
    end: Array
    visits: float


@dataclass(frozen=True, slots=True)
class Epoch:
    """Rules for days [start, end)."""

    start: int
    end: int
    profile: Profile

    @property
    def coverage(self) -> CoverageRules:
        """What counts as covered."""
        section: CoverageRules = self.profile.section("coverage")
        return section


@dataclass(frozen=True, slots=True)
class Span:
    """What is looked at.

    Attributes:
        first, last: days [first, last) of the report.
        back: overdue is who missed a period that ended in (back, last]: a year, or the report where that is longer.
    """

    first: int
    last: int
    back: int


def span_of(period_from: date, period_to: date) -> Span:
    """The days of a report, and the year before its end."""
    first, last = day_number(period_from), day_number(period_to)
    return Span(first, last, min(first, day_number(year_before(period_to))))


def epochs_of(profiles: Sequence[RulesFrom]) -> tuple[Epoch, ...]:
    """The rules of a time; the usual ones where nothing was said."""
    if not profiles:
        return (Epoch(-(2**30), 2**30, profile_from({})),)
    return tuple(Epoch(p.start, p.end, profile_from(p.settings)) for p in profiles)


def rules_on(epochs: Sequence[Epoch], day: int) -> Epoch:
    """The rules of a day; the last ones known where none are said for it."""
    return next((e for e in epochs if e.start <= day < e.end), epochs[-1])


def visits_a_year(epochs: Sequence[Epoch]) -> list[float]:
    """Every number of visits a year that the rules of a time may ask for."""
    rules = [e.profile.rules for e in epochs]
    asked = {float(n) for r in rules for n in (*r.visits_per_year.values(), *r.industry_min_visits.values()) if n}
    return sorted(asked | ({ONE_A_YEAR} if any(r.sampling.shares for r in rules) else set()))


def calendar(visits_per_year: float, span: Span) -> Calendar:
    """The periods of a number of visits a year that end in (back, last]."""
    periods = judged_periods(visits_per_year, _day(span.back), _day(span.last))
    return Calendar(
        visits_per_year,
        np.array([day_number(p.start) for p in periods], np.int64),
        np.array([day_number(p.end) for p in periods], np.int64),
        periods[0].visits if periods else 0.0,
    )


def counted_classes(epochs: Sequence[Epoch], classes: Sequence[str]) -> tuple[tuple[str, ...], list[Array]]:
    """The classes that count in a time, and for each epoch (classes, 2) which one: index of unlicensed, of licensed."""
    of = [[[e.profile.rules.class_of(c, licensed=known) for known in (False, True)] for c in classes] for e in epochs]
    names = tuple(sorted({name for epoch in of for pair in epoch for name in pair}))
    return names, [
        np.array([[names.index(name) for name in pair] for pair in epoch], np.int64).reshape(-1, 2) for epoch in of
    ]


def visits_asked(epoch: Epoch, classes: Sequence[str], industries: Sequence[str]) -> Array:
    """(classes, industries, 2) daily visits a year that are due: from an unlicensed business, from a licensed one."""
    rules = epoch.profile.rules
    asked = [[[rules.visits(c, i, licensed=known) for known in (False, True)] for i in industries] for c in classes]
    return np.array(asked, np.float64).reshape(len(classes), len(industries), 2)


def _day(number: int) -> date:
    return EPOCH + timedelta(days=number)
