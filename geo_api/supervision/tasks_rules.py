"""Deadlines of tasks as data (``[rules.tasks]``): days by kind, replies, who is told when one is late."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

from geo_api.supervision.section import SectionReader

SECTION = "tasks"
DAYS: Mapping[str, int] = MappingProxyType({"case": 15, "campaign": 30, "visit": 10, "rectification": 15})
"""Kinds of task that a place has where it says nothing else, and calendar days for each."""


@dataclass(frozen=True, slots=True)
class TaskRules:
    """What a bureau has decided about tasks.

    Attributes:
        days: kind -> calendar days until it is due; also the kinds that there are.
        reply_days: days that another department has for its reply to a referral (抄告).
        hand_over_days: days that the enforcement group has for a case handed over.
        escalate_after_days: days late after which the first level above is told.
        escalate_again_days: days after which the next level above is told, and so on to the top.
        enforcement_function: function of the officers who take over what needs enforcement.
        checked: kinds that somebody else has to close; the others close with the officer's report.
    """

    days: Mapping[str, int] = field(default_factory=lambda: DAYS)
    reply_days: int = 15
    hand_over_days: int = 90
    escalate_after_days: int = 1
    escalate_again_days: int = 7
    enforcement_function: str = "enforcement"
    checked: tuple[str, ...] = ("case", "rectification")

    def due_on(self, kind: str, opened_on: date) -> date:
        """Last day in time of a task of a kind that is known."""
        return opened_on + timedelta(days=self.days[kind])

    def levels_told(self, days_late: int) -> int:
        """How many levels above have to know of a task so many days late.

        >>> [TaskRules().levels_told(days) for days in (0, 1, 7, 8)]
        [0, 1, 1, 2]
        """
        over = days_late - self.escalate_after_days
        return 0 if over < 0 else 1 + over // self.escalate_again_days


def tasks_rules(settings: Mapping[str, Any]) -> TaskRules:
    """``[rules.tasks]``; BadRequest with every problem."""
    table, usual = SectionReader(SECTION, settings), TaskRules()
    days = {**DAYS, **table.numbers("days", {}, low=0, high=3650, whole=True)}
    rules = TaskRules(
        days=days,
        reply_days=table.number("reply_days", usual.reply_days, high=3650, whole=True),
        hand_over_days=table.number("hand_over_days", usual.hand_over_days, high=3650, whole=True),
        escalate_after_days=table.number("escalate_after_days", usual.escalate_after_days, low=1, whole=True),
        escalate_again_days=table.number("escalate_again_days", usual.escalate_again_days, low=1, whole=True),
        enforcement_function=table.text("enforcement_function", usual.enforcement_function),
        checked=table.texts("checked", tuple(k for k in usual.checked if k in days), of=days),
    )
    table.done()
    return rules
