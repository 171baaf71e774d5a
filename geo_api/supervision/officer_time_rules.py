"""Hours that an officer has for visits in a year (``[rules.officer_time]``): days x hours x share in the field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from geo_api.supervision.section import SectionReader

SECTION = "officer_time"


@dataclass(frozen=True, slots=True)
class OfficerTimeRules:
    """What an officer's year holds; only where the section is there, else ``hours_per_officer_year`` counts.

    Attributes:
        working_days: days a year at work, leave and courses taken off.
        hours_per_day: of work.
        field_share: part of them that is spent on visits, 0 to 1.
    """

    working_days: float = 230.0
    hours_per_day: float = 8.0
    field_share: float = 0.5

    @property
    def hours_per_year(self) -> float:
        """Hours of visits a year.

        >>> OfficerTimeRules(230, 8, 0.5).hours_per_year
        920.0
        """
        return self.working_days * self.hours_per_day * self.field_share


def officer_time_rules(settings: Mapping[str, Any]) -> OfficerTimeRules:
    """``[rules.officer_time]``; BadRequest with every problem."""
    table = SectionReader(SECTION, settings)
    usual = OfficerTimeRules()
    rules = OfficerTimeRules(
        working_days=table.number("working_days", usual.working_days, low=1, high=366),
        hours_per_day=table.number("hours_per_day", usual.hours_per_day, low=0.5, high=24),
        field_share=table.number("field_share", usual.field_share, low=0.01, high=1),
    )
    table.done()
    return rules
