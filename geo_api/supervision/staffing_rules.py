"""``[rules.staffing]``: how many officers a cell has, which functions it needs, what a proposal weighs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from geo_api.supervision.section import SectionReader

SECTION = "staffing"
SCHEMES = ("pair", "single")
"""pair: lead and deputy; single: one officer is enough."""

REFUSABLE = ("over_tenure", "two_new", "wrong_function", "foreign_station")
"""Findings about an assignment that may refuse it; the others only warn."""

WEIGHTS: Mapping[str, int] = MappingProxyType(
    {
        "no_lead": 2000,
        "short": 1000,
        "tenure": 300,
        "pairing": 100,
        "idle": 80,
        "spread": 60,
        "lead_new": 20,
        "change": 10,
        "over_capacity": 3,
        "balance": 1,
    }
)
"""What each breach costs in a proposal, see :class:`geo_api.supervision.staffing.Part`."""


@dataclass(frozen=True, slots=True)
class StaffingRules:
    """How a place staffs its cells.

    Attributes:
        scheme: one of :data:`SCHEMES`.
        officers_per_cell_min: fewest officers of a cell; 2 with pairs, 1 in the one-officer scheme.
        cells_per_officer_max: most cells of one officer; 0 = no limit.
        functions: departments that every cell should have an officer for, beside those for everything.
        refuse: findings that refuse an assignment unless it is waived (:data:`REFUSABLE`).
        weights: what a breach costs in a proposal (:data:`WEIGHTS`).
        work_limit: deterministic seconds that the solver may search for one station.
        solver_pairs: most pairs of an officer and a cell that the solver is asked about; beyond it exchanges are as good.
        group_cells: cells of a patrol group, usually; the smallest group has ``group_cells_min``.
    """

    scheme: str = "pair"
    officers_per_cell_min: int = 2
    cells_per_officer_max: int = 0
    functions: tuple[str, ...] = ()
    refuse: tuple[str, ...] = ("over_tenure",)
    weights: Mapping[str, int] = field(default_factory=lambda: WEIGHTS)
    work_limit: float = 1.0
    solver_pairs: int = 100
    group_cells: float = 2.0
    group_cells_min: int = 2


def staffing_rules(settings: Mapping[str, Any]) -> StaffingRules:
    """The section as rules; what is left out has its default.

    >>> staffing_rules({"scheme": "single"}).officers_per_cell_min
    1

    Raises:
        BadRequest: every problem at once.
    """
    read = SectionReader(SECTION, settings)
    scheme = read.choice("scheme", "pair", SCHEMES)
    rules = StaffingRules(
        scheme=scheme,
        officers_per_cell_min=read.number(
            "officers_per_cell_min", 1 if scheme == "single" else 2, low=1, high=20, whole=True
        ),
        cells_per_officer_max=read.number("cells_per_officer_max", 0, high=1000, whole=True),
        functions=read.texts("functions"),
        refuse=read.texts("refuse", ("over_tenure",), of=REFUSABLE),
        weights={**WEIGHTS, **read.numbers("weights", high=1_000_000, of=WEIGHTS, whole=True)},
        work_limit=read.number("work_limit", 1.0, low=0.1, high=600),
        solver_pairs=read.number("solver_pairs", 100, high=100_000, whole=True),
        group_cells=read.number("group_cells", 2.0, low=1, high=20),
        group_cells_min=read.number("group_cells_min", 2, low=1, high=20, whole=True),
    )
    if rules.scheme == "pair" and rules.officers_per_cell_min < 2:
        read.wrong("officers_per_cell_min", 'at least 2 with scheme = "pair"', "双人制下不小于 2 的整数")
    if rules.group_cells < rules.group_cells_min:
        read.wrong("group_cells", f"at least group_cells_min ({rules.group_cells_min})", "不小于 group_cells_min 的数")
    read.done()
    return rules
