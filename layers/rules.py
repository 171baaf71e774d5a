"""The sections ``[rules]`` and ``[diagram]`` of a manifest: which keys there are, and which values they may have."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import Any

from gridding.findings import Finding, Severity
from layers.lines import KINDS

Findings = list[Finding]


def check_rules(rules: Mapping[str, Any]) -> Findings:
    """Mistakes in ``[rules]``: unknown keys, values of another kind or out of range.

    A table of its own (``[rules.claims]``) belongs to the service, which knows every subject and checks what it holds.
    """
    return _check("rules", {k: v for k, v in rules.items() if k in _RULES or not isinstance(v, Mapping)}, _RULES)


def check_diagram(diagram: Mapping[str, Any]) -> Findings:
    """Mistakes in ``[diagram]``."""
    return _check("diagram", diagram, _DIAGRAM)


def _number(low: float, high: float | None = None, *, whole: bool = False) -> Callable[[Any], str]:
    wanted = f"{'a whole number' if whole else 'a number'} of at least {low:g}" + (
        f" and at most {high:g}" if high else ""
    )

    def check(value: Any) -> str:
        right = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
        return "" if right and low <= value and (high is None or value <= high) else wanted

    return check


def _table(check: Callable[[Any], str], keys: tuple[str, ...] | None = None) -> Callable[[Any], str]:
    def inner(value: Any) -> str:
        if not isinstance(value, dict):
            return "a table {name = number}"
        odd = [k for k in value if keys is not None and k not in keys]
        if odd:
            return f"a table with the keys {', '.join(keys or ())} only"
        return next((f"for {k} {wanted}" for k, v in value.items() if (wanted := check(v))), "")

    return inner


def _text(value: Any) -> str:
    return "" if isinstance(value, str) else "a text in quotation marks"


def _texts(value: Any) -> str:
    return "" if isinstance(value, list) and all(isinstance(v, str) for v in value) else 'a list of texts ["a", "b"]'


def _one_of(names: tuple[str, ...]) -> Callable[[Any], str]:
    return lambda value: "" if value in names else f"one of {', '.join(names)}"


def _kinds(value: Any) -> str:
    right = isinstance(value, list) and all(kind in KINDS for kind in value)
    return "" if right else f"a list of kinds of line, out of {', '.join(KINDS)}"


def _yes_or_no(value: Any) -> str:
    return "" if isinstance(value, bool) else "true or false"


_RULES: Mapping[str, Callable[[Any], str]] = {
    "visits_per_year": _table(_number(0)),
    "minutes_per_visit": _table(_number(0)),
    "industry_min_visits": _table(_number(0)),
    "hours_per_officer_year": _number(1),
    "officers_per_cell": _number(1),
    "tenure_years": _number(0),
    "near_border_m": _number(0),
    "balance_tolerance": _number(0, 1),
    "over_capacity": _number(0),
    "experienced_years": _number(0),
    "cells": _table(_number(1, whole=True)),
    "border_cost": _table(_number(0), KINDS),
    "barriers": _kinds,
    "bridges_count": _yes_or_no,
    "base_units_rule": _one_of(("keep", "prefer", "ignore")),
}
_DIAGRAM: Mapping[str, Callable[[Any], str]] = {
    "complaint_telephone": _text,
    "map_approval_number": _text,
    "sources_zh": _text,
    "sources_en": _text,
    "key_industries": _texts,
}


def _check(name: str, found: Mapping[str, Any], known: Mapping[str, Callable[[Any], str]]) -> Findings:
    mistakes: Findings = []
    for key, value in found.items():
        where = f"{name}.{key}"
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
            mistakes.append(Finding("manifest.mistake", Severity.ERROR, f"{where} is not known; {hint}", where=where))
        elif wanted := known[key](value):
            mistakes.append(
                Finding("manifest.mistake", Severity.ERROR, f"{where} is {value!r}, expected {wanted}", where=where)
            )
    return mistakes
