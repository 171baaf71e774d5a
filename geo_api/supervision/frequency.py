"""How often a business is visited, and what that costs in hours: rules as data, from ``[rules]``.

Visits of a class come from ``visits_per_year`` (rule 4: at least A 2, B 4, C 12, D 24 a year), key industries have a
minimum, hot industries a sampling quota, and special visits come on top. One visit costs its minutes and the way to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from geo_api.supervision.classes_rules import ClassRules, classes_rules
from geo_api.supervision.codes_rules import CodeRules, codes_rules
from geo_api.supervision.kinds_rules import KINDS, KindRules, kinds_rules
from geo_api.supervision.officer_time_rules import OfficerTimeRules, officer_time_rules
from geo_api.supervision.sampling_rules import SamplingRules, sampling_rules
from geo_api.supervision.section import RULE, refuse
from geo_api.supervision.travel_rules import TravelRules, travel_rules
from gridding.findings import Finding, Severity

DEFAULT_MINUTES = 30.0
USUAL_BARRIERS = ("river", "railway")
"""Kinds of line that no cell spans unless it must, where a place says nothing else."""
NATIONAL_VISITS: Mapping[str, float] = MappingProxyType({"A": 2, "B": 4, "C": 12, "D": 24})
"""At least one visit per half-year, quarter, month, half-month; of any four classes, best to worst."""
CLASSES = tuple(NATIONAL_VISITS)
"""The usual classes, best to worst; those of a place are in :class:`Rules.classes`."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a bureau has decided.

    Attributes:
        visits_per_year: credit class -> visits a year; 0 = exempt from daily visits.
        industry_min_visits: industry -> at least so many visits a year, whatever the class.
        minutes_per_visit: industry -> minutes of work for one visit; "default" for the others. The way is included
            unless ``travel`` says otherwise.
        hours_per_officer_year: hours of visits that one officer can make in a year.
        officers_per_cell: officers that a cell needs.
        tenure_years: longest stay of an officer in one cell.
        near_border_m: an answer nearer to a border than this says so.
        balance_tolerance: largest |deviation| of a cell's workload, a fraction.
        over_capacity: a cell is far over capacity above this share of its officers' hours.
        experienced_years: years of service from which an officer counts as experienced.
        cells: station code -> number of cells, where it does not follow from the staff.
        border_cost: kind of line -> cost of a metre of border along it, where it is not the usual one.
        barriers: kinds of line that cells cross only where they must.
        bridges_count: cells may cross a barrier where a street does.
        base_units_rule: "keep" (no community is split), "prefer" (none without need) or "ignore".
        classes, kinds, sampling, travel, officer_time, codes: the sections of these names; ``officer_time`` is None where the
            hours of an officer are given as one number.
    """

    visits_per_year: Mapping[str, float] = field(default_factory=lambda: NATIONAL_VISITS)
    industry_min_visits: Mapping[str, float] = field(default_factory=dict)
    minutes_per_visit: Mapping[str, float] = field(default_factory=lambda: {"default": DEFAULT_MINUTES})
    hours_per_officer_year: float = 800.0
    officers_per_cell: float = 2.0
    tenure_years: float = 3.0
    near_border_m: float = 10.0
    balance_tolerance: float = 0.03
    over_capacity: float = 1.2
    experienced_years: float = 3.0
    cells: Mapping[str, int] = field(default_factory=dict)
    border_cost: Mapping[str, float] = field(default_factory=dict)
    barriers: tuple[str, ...] = USUAL_BARRIERS
    bridges_count: bool = False
    base_units_rule: str = "prefer"
    classes: ClassRules = field(default_factory=ClassRules)
    kinds: KindRules = field(default_factory=KindRules)
    sampling: SamplingRules = field(default_factory=SamplingRules)
    travel: TravelRules = field(default_factory=TravelRules)
    officer_time: OfficerTimeRules | None = None
    codes: CodeRules = field(default_factory=CodeRules)

    def class_of(self, credit_class: str, *, licensed: bool) -> str:
        """The class that counts: the one for unlicensed entities, also for a class that the place no longer has."""
        known = credit_class in self.classes.order
        return credit_class if licensed and known else self.classes.unlicensed

    def class_visits(self, credit_class: str) -> float:
        """Daily visits a year that a class asks for, 0 where it is exempt."""
        return 0.0 if credit_class in self.classes.exempt else self.visits_per_year[credit_class]

    def visits(self, credit_class: str, industry: str = "", *, licensed: bool = True) -> float:
        """Daily visits a year that are due from an entity: those of its class, at least those of its industry."""
        by_class = self.class_visits(self.class_of(credit_class, licensed=licensed))
        return max(by_class, self.industry_min_visits.get(industry, 0))

    def expected_visits(self, credit_class: str, industry: str = "", *, licensed: bool = True) -> float:
        """Daily visits a year to plan for: a sampled industry counts with its share, whoever is drawn."""
        due = self.visits(credit_class, industry, licensed=licensed)
        return max(due, self.sampling.shares.get(industry, 0.0))

    def minutes(self, industry: str, kind: str = "daily") -> float:
        """Minutes of one visit."""
        return self.minutes_and_setting(industry, kind)[0]

    def minutes_and_setting(self, industry: str, kind: str = "daily") -> tuple[float, str]:
        """Minutes of one visit, and the setting that says so."""
        own = self.kinds.minutes_of(kind, industry)
        if own is not None:
            return own
        name = industry if industry in self.minutes_per_visit else "default"
        return self.minutes_per_visit[name], f"minutes_per_visit.{name}"

    def visits_by_kind(self, credit_class: str, industry: str = "", *, licensed: bool = True) -> dict[str, float]:
        """Visits a year to plan for, by kind."""
        daily = self.expected_visits(credit_class, industry, licensed=licensed)
        return {kind: daily if kind == "daily" else self.kinds.visits(kind, industry) for kind in KINDS}

    def hours_per_year(
        self, credit_class: str, industry: str = "", *, licensed: bool = True, travel_minutes: float = 0.0
    ) -> float:
        """Workload of an entity: over the kinds of visit, visits a year x (minutes a visit + minutes of the way) / 60.

        >>> Rules().hours_per_year("C")
        6.0
        """
        visits = self.visits_by_kind(credit_class, industry, licensed=licensed)
        return sum(n * (self.minutes(industry, kind) + travel_minutes) for kind, n in visits.items() if n) / 60


_MAPPINGS = ("visits_per_year", "industry_min_visits", "minutes_per_visit", "cells", "border_cost")
_BASE_UNITS_RULES = ("keep", "prefer", "ignore")
_LARGEST = 100_000
"""Of any figure without a limit of its own: what it is multiplied with stays within 64 bits, millionths counted."""

_MOST = {
    "balance_tolerance": 1,
    "hours_per_officer_year": 8_784,
    "visits_per_year": 8_784,
    "industry_min_visits": 8_784,
}
"""8,784 = hours of a leap year."""

_POSITIVE = ("hours_per_officer_year", "officers_per_cell", "tenure_years", "balance_tolerance", "over_capacity")
_SECTIONS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = MappingProxyType(
    {
        "classes": classes_rules,
        "kinds": kinds_rules,
        "sampling": sampling_rules,
        "travel": travel_rules,
        "officer_time": officer_time_rules,
        "codes": codes_rules,
    }
)
SETTINGS = tuple(name for name in Rules.__dataclass_fields__ if name not in _SECTIONS)
"""Settings of ``[rules]`` that stand outside of its tables."""


def rules_from(settings: Mapping[str, Any]) -> Rules:
    """Rules of ``[rules]``; what is missing has its default, unknown names are refused.

    Tables of other subjects are left to :func:`geo_api.supervision.profile.profile_from`.

    Raises:
        BadRequest: every problem at once.
    """
    odd = [name for name, value in settings.items() if name not in SETTINGS and not isinstance(value, Mapping)]
    unknown = [_told(n, f"[rules] has no setting {n!r}", f"[rules] 没有设置 {n}") for n in sorted(odd)]
    refuse((*unknown, *flat_problems(settings)))
    known = {name: value for name, value in settings.items() if name in SETTINGS}
    sections = {name: check(settings[name]) for name, check in _SECTIONS.items() if name in settings}
    classes = sections.get("classes", ClassRules())
    known["visits_per_year"] = {**usual_visits(classes), **known.get("visits_per_year", {})}
    if "minutes_per_visit" in known:
        known["minutes_per_visit"] = {"default": DEFAULT_MINUTES, **known["minutes_per_visit"]}
    if "barriers" in known:
        known["barriers"] = tuple(known["barriers"])
    if "officer_time" in sections:
        known["hours_per_officer_year"] = sections["officer_time"].hours_per_year
    return Rules(**known, **sections)


def usual_visits(classes: ClassRules) -> Mapping[str, float]:
    """Visits a year where the place says nothing: of four classes by rank; none for another number of classes."""
    if len(classes.order) != len(NATIONAL_VISITS):
        return {}
    return dict(zip(classes.order, NATIONAL_VISITS.values(), strict=True))


def flat_problems(settings: Mapping[str, Any]) -> list[Finding]:
    """What is wrong with the settings outside of the tables."""
    wrong: list[Finding] = []
    for name, value in settings.items():
        if name in _MAPPINGS:
            wrong += _mapping_problems(name, value)
        elif name in _OTHERS:
            wanted, right = _OTHERS[name]
            if not right(value):
                wrong.append(_expected(name, value, wanted))
        elif name not in SETTINGS:
            continue
        elif not _usable(name, value):
            wrong.append(_expected(name, value, _range(name)))
        elif name in _POSITIVE and value == 0:
            wrong.append(_told(name, f"[rules] {name} must be above 0", f"{name} 必须大于 0"))
    if "officer_time" in settings and "hours_per_officer_year" in settings:
        text = "[rules] hours_per_officer_year and [rules.officer_time] both say what an officer's year holds: drop one"
        wrong.append(_told("hours_per_officer_year", text, "与 [rules.officer_time] 重复，只能保留一项"))
    return [*wrong, *_class_problems(settings)]


_OTHERS: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "barriers": (
        "a list of kinds of line",
        lambda v: isinstance(v, list | tuple) and all(isinstance(k, str) for k in v),
    ),
    "bridges_count": ("true or false", lambda v: isinstance(v, bool)),
    "base_units_rule": (f"one of {', '.join(_BASE_UNITS_RULES)}", lambda v: v in _BASE_UNITS_RULES),
}


def _expected(name: str, value: Any, wanted: str) -> Finding:
    return _told(name, f"[rules] {name} = {value!r}: {wanted} was expected", f"设置 {name} 的值 {value!r} 有误")


def _told(name: str, message: str, message_zh: str) -> Finding:
    return Finding(RULE, Severity.ERROR, message, message_zh, where=f"rules.{name}")


def _usable(name: str, number: Any) -> bool:
    """Whether it is a number that the setting may have; NaN compares false."""
    right = isinstance(number, (int, float)) and not isinstance(number, bool)
    return right and 0 <= number <= _MOST.get(name, _LARGEST)


def _range(name: str) -> str:
    return f"a number of 0 to {_MOST.get(name, _LARGEST)}"


def _mapping_problems(name: str, value: Any) -> list[Finding]:
    if not isinstance(value, Mapping):
        return [_expected(name, value, "a table")]
    problems = [
        _expected(f"{name}.{key}", number, _range(name)) for key, number in value.items() if not _usable(name, number)
    ]
    if name == "cells":
        problems += [
            _told(f"cells.{k}", f"[rules] cells.{k} must be a whole number above 0", f"cells.{k} 必须是大于 0 的整数")
            for k, n in value.items()
            if _usable(name, n) and (n != int(n) or n < 1)
        ]
    return problems


def _class_problems(settings: Mapping[str, Any]) -> Iterable[Finding]:
    """Classes that visits_per_year names and the place does not have, and those that it leaves open."""
    try:
        classes = classes_rules(settings.get("classes", {}))
    except ValueError:
        return  # told where the section itself is checked
    visits = settings.get("visits_per_year", {})
    if not isinstance(visits, Mapping):
        return
    order = ", ".join(classes.order)
    for letter in visits:
        if letter not in classes.order:
            text = f"[rules] visits_per_year.{letter}: there are only the classes {order}"
            yield _told(f"visits_per_year.{letter}", text, f"没有 {letter} 类，只有 {order}")
    given = {*usual_visits(classes), *visits, *classes.exempt}
    for letter in classes.order:
        if letter not in given:
            text = f"[rules] visits_per_year.{letter} is missing: how often is class {letter} visited?"
            yield _told(f"visits_per_year.{letter}", text, f"未规定 {letter} 类每年巡查次数")
