"""How borders are drawn, as a command or a manifest says it: cost by kind of line, kinds that are barriers, base units."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from geo_api.errors import BadRequest
from gridding.types import BASE_UNITS_RULES, DEFAULT_COST_FACTOR, BuildParams, LineKind

KINDS = tuple(kind.name.lower() for kind in LineKind if kind is not LineKind.OUTLINE)
"""Names of the kinds of line."""


def with_line_rules(
    params: BuildParams,
    *,
    border_cost: Mapping[str, float] | None = None,
    barriers: Iterable[str] = (),
    bridges_count: bool = False,
    base_units_rule: str | None = None,
) -> BuildParams:
    """The parameters with rules for lines.

    Args:
        params: all others.
        border_cost: kind -> cost of a metre of border along it; kinds left out have their default.
        barriers: kinds of line that cells cross only where they must.
        bridges_count: cells may cross a barrier where a street does.
        base_units_rule: "keep", "prefer" or "ignore"; None = as it is.

    Raises:
        BadRequest: all mistakes at once.
    """
    costs, kinds = dict(border_cost or {}), list(barriers)
    mistakes = [_unknown("border cost", kind) for kind in costs if kind not in KINDS]
    mistakes += [
        f"the border cost of {kind} is {value!r}: a number of at least 0 was expected"
        for kind, value in costs.items()
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0
    ]
    mistakes += [_unknown("barriers", kind) for kind in kinds if kind not in KINDS]
    if base_units_rule is not None and base_units_rule not in BASE_UNITS_RULES:
        mistakes.append(
            f"the rule for base units is {base_units_rule!r}: one of {', '.join(BASE_UNITS_RULES)} was expected"
        )
    if mistakes:
        raise BadRequest("; ".join(mistakes))
    return replace(
        params,
        cost_factor={**DEFAULT_COST_FACTOR, **{LineKind[k.upper()]: float(v) for k, v in costs.items()}},
        barrier_kinds=tuple(sorted({LineKind[k.upper()] for k in kinds})),
        bridges_count=bridges_count,
        base_units_rule=base_units_rule or params.base_units_rule,
    )


def parsed_costs(texts: Iterable[str]) -> dict[str, float]:
    """``river=0.05`` of a command line, as often as given -> kind and cost.

    Raises:
        BadRequest: every text that is not KIND=NUMBER, or whose kind was given before.
    """
    found: dict[str, float] = {}
    mistakes = []
    for text in texts:
        kind, _, number = (part.strip().lower() for part in text.replace("\uff1d", "=").partition("="))
        try:
            cost = float(number)
        except ValueError:
            unknown = "" if kind in KINDS else f"; {_unknown('--cost', kind)}"
            mistakes.append(f"--cost {text}: KIND=NUMBER was expected, such as river=0.05{unknown}")
            continue
        if found.setdefault(kind, cost) != cost:
            mistakes.append(f"--cost {kind} is given twice, as {found[kind]:g} and as {cost:g}: leave one out")
    if mistakes:
        mistakes += [_unknown("--cost", kind) for kind in found if kind not in KINDS]
    if mistakes:
        raise BadRequest("; ".join(mistakes))
    return found


def parsed_kinds(text: str) -> tuple[str, ...]:
    """``river,railway`` of a command line -> kinds; ``none`` -> no kind."""
    kinds = tuple(kind.strip().lower() for kind in text.replace("\uff0c", ",").split(",") if kind.strip())
    return () if kinds == ("none",) else kinds


def as_settings(params: BuildParams) -> dict[str, Any]:
    """The rules for lines as they are stored with a plan."""
    return {
        "cost_factor": {kind.name.lower(): cost for kind, cost in params.cost_factor.items()},
        "barriers": [kind.name.lower() for kind in params.barrier_kinds],
        "bridges_count": params.bridges_count,
        "base_units_rule": params.base_units_rule,
    }


def _unknown(where: str, kind: str) -> str:
    return f"{where}: {kind!r} is no kind of line; known are {', '.join(KINDS)}"
