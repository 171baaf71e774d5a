"""Sampling quotas as data (``[rules.sampling]``): of a hot industry so many are visited at least once a year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from geo_api.supervision.section import SectionReader

SECTION = "sampling"


@dataclass(frozen=True, slots=True)
class SamplingRules:
    """``shares``: industry -> the part of its entities, above 0 and at most 1, that gets at least one visit a year."""

    shares: Mapping[str, float] = field(default_factory=dict)

    def quota(self, industry: str, entities: int) -> int:
        """Entities of an industry to be visited in the year: its share, rounded up; 0 where there is no quota.

        >>> SamplingRules({"food": 0.5}).quota("food", 7)
        4
        """
        share = Fraction(str(self.shares.get(industry, 0)))  # 0.07 of 100 is 7, not 8
        return -(-share.numerator * entities // share.denominator)


def sampling_rules(settings: Mapping[str, Any]) -> SamplingRules:
    """``[rules.sampling]``; BadRequest with every problem."""
    table = SectionReader(SECTION, settings)
    names = tuple(settings) if isinstance(settings, Mapping) else ()
    shares = {name: table.number(name, 1.0, low=0, high=1) for name in names}
    for name, share in shares.items():
        if share == 0:
            table.wrong(name, "a share above 0 and at most 1, such as 0.5", "大于 0、不超过 1 的比例")
    table.done()
    return SamplingRules(shares)
