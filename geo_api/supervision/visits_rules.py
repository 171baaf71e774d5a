"""What a visit must look like, as data (``[rules.visits]``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from geo_api.supervision.section import SectionReader

SECTION = "visits"


@dataclass(frozen=True, slots=True)
class VisitRules:
    """What is asked of a visit that is posted.

    Attributes:
        late_days: a visit may arrive so many days after it was made; later ones need an approver and a reason.
        officers: at least so many officers were there.
        rectify_days: the longest time that a rectification notice may give, from the day of the visit.
    """

    late_days: int = 30
    officers: int = 1
    rectify_days: int = 366


def visits_rules(settings: Mapping[str, Any]) -> VisitRules:
    """``[rules.visits]``; BadRequest with every problem."""
    table, usual = SectionReader(SECTION, settings), VisitRules()
    rules = VisitRules(
        late_days=table.number("late_days", usual.late_days, low=0, high=3660, whole=True),
        officers=table.number("officers", usual.officers, low=0, high=20, whole=True),
        rectify_days=table.number("rectify_days", usual.rectify_days, low=1, high=3660, whole=True),
    )
    table.done()
    return rules
