"""What is due by calendar period, from visits made and planned."""

from __future__ import annotations

from datetime import date

import pytest

from geo_api.services.rounds.model import DueVisit, Place
from geo_api.services.rounds.period_due import PeriodDue
from geo_api.supervision.profile import profile_from

ON, UNTIL = date(2026, 3, 2), date(2026, 3, 9)


class Visits:
    def __init__(self, *days: date) -> None:
        self.days = list(days)

    def visits_since(self, ids: object, since: date, before: date) -> dict[int, list[date]]:
        return {1: [d for d in self.days if since <= d < before]}


def due(letter: str, *days: date, planned: tuple[date, ...] = (), opened: date | None = None) -> DueVisit | None:
    place = Place(1, "a", "", "", letter, licensed=True, lon=1.0, lat=1.0, cell_code="c", opened=opened)
    found = PeriodDue(Visits(*days)).due([place], ON, UNTIL, profile_from({}), {1: planned})  # type: ignore[arg-type]
    return found[0] if found else None


def test_a_period_that_was_missed_is_overdue() -> None:
    row = due("B")
    assert row is not None
    assert (row.why, row.due_on, row.overdue_days) == ("overdue", date(2025, 12, 31), 61)


def test_a_visit_since_takes_it_off() -> None:
    assert due("B", date(2026, 1, 10)) is None
    assert due("B", planned=(date(2026, 3, 3),)) is None


def test_a_period_that_ends_soon_is_due_before_it_ends() -> None:
    row = due("D", date(2026, 2, 20))
    assert row is not None
    assert (row.why, row.due_on, row.overdue_days) == ("period", date(2026, 3, 15), 0)
    assert due("C", date(2026, 2, 20)) is None, "March ends more than 15 days after the week"


def test_what_opened_since_is_not_overdue() -> None:
    assert due("B", opened=date(2026, 2, 1)) is None


@pytest.mark.parametrize("letter", "ABCD")
def test_enough_visits_leave_nothing_due(letter: str) -> None:
    assert due(letter, *(date(2025, m, d) for m in range(1, 13) for d in (3, 20)), date(2026, 1, 3), date(2026, 1, 20),
               date(2026, 2, 3), date(2026, 2, 20), date(2026, 3, 1)) is None  # fmt: skip
