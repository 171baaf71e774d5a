"""Findings: what every package reports instead of a boolean.

Standard library only, because everything imports it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, TypeVar


class Severity(StrEnum):
    """How much a finding matters: an error breaks a rule, a warning needs a look, info explains."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, doubtful or worth knowing.

    Attributes:
        rule: stable dotted name of the rule, e.g. ``tiling.gap``; documented in docs/planners.
        severity: see :class:`Severity`.
        message: one English sentence: what, where, what was expected, what to do next.
        message_zh: the same in Chinese.
        where: code or id of the thing concerned (cell code, entity id, "row 17"); empty = everywhere.
        value: the measured value, in ``unit``.
        limit: the limit that the value is held against, in ``unit``.
        unit: unit of value and limit, e.g. ``m2``, ``hours_per_year``, ``fraction``.
        at: longitude and latitude (EPSG:4490, degrees) of a place to look at.
        details: further plain values (JSON types only).
    """

    rule: str
    severity: Severity
    message: str
    message_zh: str = ""
    where: str = ""
    value: float | None = None
    limit: float | None = None
    unit: str = ""
    at: tuple[float, float] | None = None
    details: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The finding as JSON types; empty fields are left out."""
        return {k: v for k, v in asdict(self).items() if v not in ("", None, {})}


F = TypeVar("F", bound=Finding)


def worst(findings: list[Finding] | tuple[Finding, ...]) -> Severity | None:
    """The gravest severity among the findings, None when there are none."""
    order = (Severity.ERROR, Severity.WARNING, Severity.INFO)
    return next((s for s in order if any(f.severity is s for f in findings)), None)


def gravest_first(findings: Iterable[F]) -> tuple[F, ...]:
    """The findings, errors before warnings before info, otherwise in the order given."""
    rank = {severity: place for place, severity in enumerate((Severity.ERROR, Severity.WARNING, Severity.INFO))}
    return tuple(sorted(findings, key=lambda finding: rank[finding.severity]))
