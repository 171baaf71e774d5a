"""How often a business is visited, and what that costs in hours: rules as data, from the manifest's ``[rules]``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from geo_api.errors import BadRequest

CLASSES = ("A", "B", "C", "D")
UNLICENSED_CLASS = "D"
"""An unlicensed entity counts as this class."""

USUAL_BARRIERS = ("river", "railway")
"""Kinds of line that no cell spans unless it must, where a place says nothing else."""
NATIONAL_VISITS: Mapping[str, float] = MappingProxyType({"A": 2, "B": 4, "C": 12, "D": 24})
"""At least one visit per half-year, quarter, month, half-month."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a bureau has decided.

    Attributes:
        visits_per_year: credit class -> visits a year; 0 = exempt from daily visits.
        industry_min_visits: industry -> at least so many visits a year, whatever the class.
        minutes_per_visit: industry -> minutes of work for one visit, travel included; "default" for the others.
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
    """

    visits_per_year: Mapping[str, float] = field(default_factory=lambda: NATIONAL_VISITS)
    industry_min_visits: Mapping[str, float] = field(default_factory=dict)
    minutes_per_visit: Mapping[str, float] = field(default_factory=lambda: {"default": 30.0})
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

    def class_of(self, credit_class: str, *, licensed: bool) -> str:
        """The class that counts: D for an unlicensed entity."""
        return credit_class if licensed else UNLICENSED_CLASS

    def visits(self, credit_class: str, industry: str = "", *, licensed: bool = True) -> float:
        """Visits a year for an entity: those of its class, at least those of its industry."""
        by_class = self.visits_per_year[self.class_of(credit_class, licensed=licensed)]
        return max(by_class, self.industry_min_visits.get(industry, 0))

    def minutes(self, industry: str) -> float:
        """Minutes of one visit."""
        return self.minutes_per_visit.get(industry, self.minutes_per_visit["default"])

    def hours_per_year(self, credit_class: str, industry: str = "", *, licensed: bool = True) -> float:
        """Workload of an entity: visits a year x minutes a visit / 60.

        >>> Rules().hours_per_year("C")
        6.0
        """
        return self.visits(credit_class, industry, licensed=licensed) * self.minutes(industry) / 60


_MAPPINGS = ("visits_per_year", "industry_min_visits", "minutes_per_visit", "cells", "border_cost")
_BASE_UNITS_RULES = ("keep", "prefer", "ignore")
_POSITIVE = ("hours_per_officer_year", "officers_per_cell", "tenure_years", "balance_tolerance", "over_capacity")


def rules_from(settings: Mapping[str, Any]) -> Rules:
    """Rules of a manifest's ``[rules]``; what is missing has its default, unknown names are refused.

    Raises:
        BadRequest: every problem at once.
    """
    known = {name: value for name, value in settings.items() if name in Rules.__dataclass_fields__}
    problems = [f"[rules] has no setting {name!r}" for name in sorted(set(settings) - set(known))]
    for name, value in known.items():
        if name in _MAPPINGS:
            problems += _mapping_problems(name, value)
        elif name in _OTHERS:
            wanted, right = _OTHERS[name]
            problems += [] if right(value) else [f"[rules] {name} = {value!r}: {wanted} was expected"]
        elif isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
            problems.append(f"[rules] {name} = {value!r}: a number of at least 0 was expected")
        elif name in _POSITIVE and value == 0:
            problems.append(f"[rules] {name} must be above 0")
    if problems:
        raise BadRequest("; ".join(problems))
    if "visits_per_year" in known:
        known["visits_per_year"] = {**NATIONAL_VISITS, **known["visits_per_year"]}
    if "minutes_per_visit" in known:
        known["minutes_per_visit"] = {"default": 30.0, **known["minutes_per_visit"]}
    if "barriers" in known:
        known["barriers"] = tuple(known["barriers"])
    return Rules(**known)


_OTHERS: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "barriers": (
        "a list of kinds of line",
        lambda v: isinstance(v, list | tuple) and all(isinstance(k, str) for k in v),
    ),
    "bridges_count": ("true or false", lambda v: isinstance(v, bool)),
    "base_units_rule": (f"one of {', '.join(_BASE_UNITS_RULES)}", lambda v: v in _BASE_UNITS_RULES),
}


def _mapping_problems(name: str, value: Any) -> list[str]:
    if not isinstance(value, Mapping):
        return [f"[rules] {name} = {value!r}: a table was expected"]
    problems = [
        f"[rules] {name}.{key} = {number!r}: a number of at least 0 was expected"
        for key, number in value.items()
        if isinstance(number, bool) or not isinstance(number, (int, float)) or number < 0
    ]
    if name == "visits_per_year":
        problems += [f"[rules] visits_per_year.{k}: there are only classes A to D" for k in value if k not in CLASSES]
    if name == "cells":
        problems += [
            f"[rules] cells.{k} must be a whole number above 0" for k, n in value.items() if n != int(n) or n < 1
        ]
    return problems
