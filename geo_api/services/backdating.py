"""Changing what held on past days is for admins, with a reason; what was recorded before stays readable."""

from __future__ import annotations

from datetime import date
from typing import Protocol

from geo_api.errors import BadRequest, NotAllowed
from geo_api.services.answers import Caller
from geo_api.supervision.periods import EARLIEST_YEAR, LATEST_YEAR


class Calendar(Protocol):
    """Knows what day it is somewhere."""

    def today(self, code: str) -> date:
        """Today in the time zone of the bureau of a jurisdiction."""
        ...


def refuse_backdating(store: Calendar, code: str, day: date, *, caller: Caller, reason: str, what: str) -> None:
    """Raise when ``day`` is past and the caller is no admin (NotAllowed) or gives no reason (BadRequest).

    A day that nobody can ask about (BadRequest) is a slip of the pen, and publications cannot be taken back.
    """
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise BadRequest(f"{what} from {day}: a day of the years {EARLIEST_YEAR} to {LATEST_YEAR} was expected")
    today = store.today(code)
    if day >= today:
        return
    if caller.role != "admin":
        raise NotAllowed(f"{what} from {day}, before today ({today}): only an admin may, with a reason")
    if not reason.strip():
        raise BadRequest(f"{what} from {day}, before today ({today}): give a reason")
