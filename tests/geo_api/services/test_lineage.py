"""What became of a cell: the words, and where a code stands on a day."""

from __future__ import annotations

from datetime import date

import pytest

from geo_api.services.answers import CellRef, PlanRef
from geo_api.services.lineage import Became, GroundAsk, StoredLink, StoredVersion, became, lineage, standing

CELL = CellRef("A001", "一格", "A", "所")
DAYS = [date(2026, month, 1) for month in range(1, 7)]


class Told:
    """A history of one code with versions for the given periods; whatever is asked is held by one other cell."""

    def __init__(self, *periods: tuple[date, date | None]) -> None:
        self.plans = [PlanRef(n, n, begins, ends) for n, (begins, ends) in enumerate(periods, start=1)]
        self.asked: list[GroundAsk] = []

    def versions(self, code: str, recorded_at: object = None) -> tuple[StoredVersion, ...]:
        return tuple(StoredVersion(CELL, p, 1, 1.0, 1.0) for p in self.plans)

    def ground(self, code: str, asks: tuple[GroundAsk, ...], recorded_at: object = None) -> tuple[StoredLink, ...]:
        self.asked += asks
        other = CellRef("A002", "二格", "A", "所")
        return tuple(StoredLink(n, other, self.plans[0], 0.5, 0.5, 0, False, False) for n in range(len(asks)))


@pytest.mark.parametrize(
    ("same_code", "same_place", "earlier_stays", "later_was", "word"),
    [
        (True, False, True, True, Became.KEPT),
        (False, True, False, False, Became.RENAMED),
        (False, False, False, False, Became.REPLACED),
        (False, False, True, False, Became.SPLIT),
        (False, False, False, True, Became.MERGED),
        (False, True, True, True, Became.TRANSFERRED),
    ],
)
def test_words(same_code: bool, same_place: bool, earlier_stays: bool, later_was: bool, word: Became) -> None:
    given = {"same_code": same_code, "same_place": same_place}
    assert became(**given, earlier_stays=earlier_stays, later_was=later_was) is word


@pytest.mark.parametrize(
    ("on", "status", "since", "asked_of_plan"),
    [
        (date(2025, 12, 31), "not_yet", DAYS[0], 1),
        (DAYS[0], "in_force", DAYS[0], None),
        (DAYS[1], "superseded", DAYS[1], 1),  # between two versions
        (DAYS[2], "in_force", DAYS[2], None),
        (DAYS[3], "superseded", DAYS[3], 2),
        (DAYS[5], "superseded", DAYS[3], 2),
    ],
)
def test_standing_of_a_code_that_came_back(on: date, status: str, since: date, asked_of_plan: int | None) -> None:
    history = Told((DAYS[0], DAYS[1]), (DAYS[2], DAYS[3]))
    where = standing(history, code="A001", on=on)
    assert (where.status, where.since) == (status, since)
    assert [(a.plan_id, a.day) for a in history.asked] == ([(asked_of_plan, on)] if asked_of_plan else [])
    assert bool(where.successors) == (asked_of_plan is not None)


def test_both_ends_of_every_version_are_asked_in_one_go() -> None:
    history = Told((DAYS[0], DAYS[1]), (DAYS[1], None))
    story = lineage(history, code="A001", on=DAYS[4])
    days = [(a.plan_id, a.own_day, a.day) for a in history.asked]
    assert days == [
        (1, DAYS[0], date(2025, 12, 31)),
        (1, date(2026, 1, 31), DAYS[1]),
        (2, DAYS[1], date(2026, 1, 31)),
    ]
    assert (story.status, story.successors) == ("in_force", ())
    assert [bool(v.successors) for v in story.versions] == [True, False]
    assert story.versions[0].successors[0].share_of_entities is None, "no entity, no share"
