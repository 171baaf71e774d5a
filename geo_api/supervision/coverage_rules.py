"""What counts as covered, and what counts as a gap, as data (``[rules.coverage]``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from geo_api.supervision.section import SectionReader

SECTION = "coverage"
KINDS = ("daily", "special", "priority")


@dataclass(frozen=True, slots=True)
class CoverageRules:
    """How a place counts visits and names gaps.

    Attributes:
        kinds: kinds of visit that count as made.
        first_visit_days: a new entity is visited within so many days of its opening; 0 = no limit.
        cluster_m: entities of a cluster lie within so many metres of their next one.
        cluster_least: so many unlicensed or overdue entities together are a cluster.
        far_travel_share: a cell is far where travel takes more than this share of its hours.
        poster_days: days after a new plan within which its posters are replaced.
    """

    kinds: tuple[str, ...] = KINDS
    first_visit_days: int = 30
    cluster_m: float = 150.0
    cluster_least: int = 5
    far_travel_share: float = 0.4
    poster_days: int = 30


def coverage_rules(settings: Mapping[str, Any]) -> CoverageRules:
    """``[rules.coverage]``; BadRequest with every problem."""
    table, usual = SectionReader(SECTION, settings), CoverageRules()
    kinds = table.texts("kinds", usual.kinds, of=KINDS)
    if not kinds:
        table.wrong("kinds", "at least one kind of visit", "至少一种巡查")
    rules = CoverageRules(
        kinds=kinds,
        first_visit_days=table.number("first_visit_days", usual.first_visit_days, high=3660, whole=True),
        cluster_m=table.number("cluster_m", usual.cluster_m, low=1, high=100_000),
        cluster_least=table.number("cluster_least", usual.cluster_least, low=2, whole=True),
        far_travel_share=table.number("far_travel_share", usual.far_travel_share, high=1),
        poster_days=table.number("poster_days", usual.poster_days, high=3660, whole=True),
    )
    table.done()
    return rules
