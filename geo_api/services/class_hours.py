"""Hours a year of many entities, from class and industry by the rules of the bureau."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geo_api.supervision.frequency import CLASSES, Rules
from gridding.findings import Finding, Severity
from gridding.types import FloatArray

ASSUMED_CLASS = "B"
"""Class of an entity whose register names none: the middle of the good ones; a finding says how many."""


def class_hours(
    credit_class: pd.Series | None, industry: pd.Series | None, count: int, rules: Rules
) -> tuple[FloatArray, list[Finding]]:
    """Hours a year of each entity: one computation per distinct pair of class and industry, not per entity.

    Args:
        credit_class: (count,) class letters in any case; None = the register has no such column.
        industry: (count,) industries; None = unknown.
        count: number of entities.
        rules: visits a year and minutes a visit.

    Returns:
        (count,) hours a year, and a finding where a class had to be assumed.
    """
    classes = pd.Series([""] * count) if credit_class is None else credit_class.fillna("").astype(str)
    classes = classes.str.strip().str.upper().reset_index(drop=True)
    industries = pd.Series([""] * count) if industry is None else industry.fillna("").astype(str)
    unknown = ~classes.isin(CLASSES)
    pairs = pd.DataFrame({"c": classes.mask(unknown, ASSUMED_CLASS), "i": industries.reset_index(drop=True)})
    code, distinct = pd.MultiIndex.from_frame(pairs).factorize()
    hours = np.array([rules.hours_per_year(c, i) for c, i in distinct], dtype=np.float64)
    return hours[code], _assumed(classes[unknown], count)


def _assumed(unknown: pd.Series, count: int) -> list[Finding]:
    if unknown.empty:
        return []
    given = ", ".join(sorted(map(repr, unknown[unknown != ""].unique()))[:5])
    severity = Severity.INFO if len(unknown) == count and not given else Severity.WARNING
    return [
        Finding(
            rule="entity.class_assumed",
            severity=severity,
            message=(
                f"{len(unknown)} of {count} entities have no class A to D{f' but {given}' if given else ''}: "
                f"counted as class {ASSUMED_CLASS}; add a column class, or name hours a year with --workload"
            ),
            message_zh=f"{count} 户中有 {len(unknown)} 户没有 A 至 D 的信用分类,按 {ASSUMED_CLASS} 类计算工作量",
            value=float(len(unknown)),
            limit=0.0,
            unit="entities",
        )
    ]
