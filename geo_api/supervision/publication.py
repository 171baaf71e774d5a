"""What a publication and a handing-over do to history: which rows are closed, which take their place. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Generic, TypeVar

from geo_api.supervision.officers import Duty
from geo_api.supervision.periods import Period, first_gap

Row = TypeVar("Row")

SINGLE_ROLES = ("lead", "first", "direct")
"""Roles that one person at a time holds for a code and function."""


@dataclass(frozen=True, slots=True)
class Publication:
    """A recorded row: a plan is in force for a period."""

    row_id: int
    plan_id: int
    period: Period


@dataclass(frozen=True, slots=True)
class Assignment:
    """A recorded row: an officer answers for a code in a role for a period.

    ``row_id`` 0 = not recorded yet; ``plan_id``: the plan that brought it, None where somebody assigned it.
    """

    row_id: int
    officer_id: str
    code: str
    role: str
    function: str
    period: Period
    plan_id: int | None = None

    def competes(self, other: Assignment) -> bool:
        """Whether both cannot hold on the same day: one person in two posts, or two people in a post for one."""
        if (self.code, self.function) != (other.code, other.function):
            return False
        if self.officer_id == other.officer_id:
            return self.role == other.role or {self.role, other.role} == {"lead", "deputy"}
        return self.role == other.role and self.role in SINGLE_ROLES


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A plan that was published for a later day and gives way before it: from when it was to hold, and its codes."""

    plan_id: int
    valid_from: date
    codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rewrite(Generic[Row]):
    """Rows to close, each with the periods that remain of it, and rows that are new."""

    cut: tuple[tuple[Row, tuple[Period, ...]], ...]
    new: tuple[Row, ...] = ()


def supersede(rows: Iterable[Publication], plan_id: int, valid_from: date) -> Rewrite[Publication]:
    """Publish a plan from a day on: whatever was in force from that day is cut short; what held before stays."""
    period = Period(valid_from, None)
    cut = tuple((row, row.period.minus(period)) for row in rows if row.period.overlaps(period))
    return Rewrite(cut, (Publication(0, plan_id, period),))


def hand_over(
    rows: Iterable[Assignment],
    codes: Collection[str],
    proposed: Iterable[Duty],
    valid_from: date,
    withdrawn: Iterable[Withdrawn] = (),
) -> Rewrite[Assignment]:
    """Activate the assignments proposed with a plan.

    A code that stays keeps its officers and their tenure; what is proposed for it fills only what is free. The
    assignments of codes that are no longer drawn end. A plan that never comes into force takes back what it brought,
    and what it would have ended goes on.

    Args:
        rows: current assignments of the station's cell codes.
        codes: cell codes of the new plan.
        proposed: duties that the plan brings.
        valid_from: first day of the plan.
        withdrawn: plans that were to come into force on a later day, and now never do.
    """
    rows, period = list(rows), Period(valid_from, None)
    kept = _without(rows, withdrawn)
    ended = [r if r is None or r.code in codes else _before(r, period) for r in kept]
    pairs = zip(rows, ended, strict=True)
    cut = tuple((was, () if now is None else (now.period,)) for was, now in pairs if now is not was)
    held = [r for r in ended if r is not None]
    new: list[Assignment] = []
    for duty in proposed:
        wanted = Assignment(0, duty.officer_id, duty.cell_code, duty.role, duty.function, period)
        free = first_gap(period, (r.period for r in (*held, *new) if r.competes(wanted)))
        if free is not None:
            new.append(Assignment(0, duty.officer_id, duty.cell_code, duty.role, duty.function, free))
    return Rewrite(cut, tuple(new))


def _before(row: Assignment | None, period: Period) -> Assignment | None:
    """A row up to an open-ended period; None where nothing of it is left."""
    if row is None or not row.period.overlaps(period):
        return row
    left = row.period.minus(period)
    return replace(row, period=left[0]) if left else None


def _without(rows: list[Assignment], withdrawn: Iterable[Withdrawn]) -> list[Assignment | None]:
    """The rows as if those plans had not been published, in the same order; None = it was brought by one of them."""
    kept: list[Assignment | None] = list(rows)
    for plan in withdrawn:
        kept = [
            r if r is None or r.plan_id != plan.plan_id else _before(r, Period(plan.valid_from, None)) for r in kept
        ]
        for i, row in enumerate(kept):
            if row is None or row.period.end != plan.valid_from or row.code in plan.codes:
                continue
            goes_on = replace(row, period=Period(row.period.start, None))
            others = (r for j, r in enumerate(kept) if j != i and r is not None and r.competes(goes_on))
            kept[i] = row if any(r.period.overlaps(goes_on.period) for r in others) else goes_on
    return kept


def assign(rows: Iterable[Assignment], wanted: Assignment) -> Rewrite[Assignment]:
    """Put an officer into a post for a period: whoever held it then is cut short."""
    cut = tuple(
        (r, r.period.minus(wanted.period)) for r in rows if r.competes(wanted) and r.period.overlaps(wanted.period)
    )
    return Rewrite(cut, (wanted,))


def release(rows: Iterable[Assignment], officer_id: str, code: str, valid_from: date) -> Rewrite[Assignment]:
    """Take an officer out of a code from a day on."""
    period = Period(valid_from, None)
    mine = (r for r in rows if r.officer_id == officer_id and r.code == code)
    return Rewrite(tuple((r, r.period.minus(period)) for r in mine if r.period.overlaps(period)))
