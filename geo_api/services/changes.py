"""What changed in what is published, since a moment or a token: for systems that keep a copy."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Protocol

from geo_api.errors import BadRequest, Conflict
from geo_api.supervision.periods import EARLIEST_YEAR, LATEST_YEAR

MOST = 10_000
USUAL = 1_000

TOKEN = re.compile(r"([0-9]{1,18})(?:\.([0-9]{1,18}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Change:
    """One row of what is published that was recorded or is no longer held.

    Attributes:
        token: its place in the order of changes.
        recorded_at: when.
        what: "plan" (a plan's time in force), "assignment" (an officer's post), "officer" (name, title or telephone),
            "absence" (leave and substitute), "patrol_group" (which cells act together), "jurisdiction" (name, outline, level
            above), "profile" (settings of a bureau).
        verb: "recorded": it holds from now on; "withdrawn": it is no longer held. What changes is withdrawn and
            recorded anew, in one change.
        codes: the jurisdictions that it is about, cells, stations, bureaus: what a copy has to read again.
        valid_from, valid_to: the days for which it holds, from and up to without; None = open.
        plan_id, plan_version: of a plan, and of an assignment that came with one.
        officer_id, role, function: of an assignment; ``officer_id`` also of an officer and
            of an absence.
    """

    token: str
    recorded_at: datetime
    what: str
    verb: str
    codes: tuple[str, ...]
    valid_from: date | None
    valid_to: date | None
    plan_id: int | None = None
    plan_version: int | None = None
    officer_id: str | None = None
    role: str | None = None
    function: str | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """A page of changes, in the order in which they were committed.

    Attributes:
        revision: of the store when this was read: the ``revision`` of stations, cells and downloads.
        next: give this as ``since`` next time: nothing comes twice, nothing is missed.
        more: whether there are more already.
        changes: this page.
    """

    revision: str
    next: str
    more: bool
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Since:
    """Where to begin: after a moment, or after a change (and a row of it; None = after all its rows). None = at the start."""

    moment: datetime | None = None
    change: int | None = None
    row: int | None = None


class ChangeReader(Protocol):
    """Reads changes."""

    def changes(self, since: Since, limit: int) -> Changes | None:
        """The page after ``since``; None where ``since`` names a change that is yet to come. One snapshot."""
        ...


def list_changes(reader: ChangeReader, since: Since, *, limit: int = USUAL) -> Changes:
    """The changes after a token or a moment.

    Raises:
        BadRequest: a limit out of range.
        Conflict: the token is of another database, or of a later state than this one was restored to.
    """
    if not 1 <= limit <= MOST:
        raise BadRequest(f"limit={limit}: from 1 to {MOST} changes a call")
    found = reader.changes(since, limit)
    if found is None:
        raise Conflict(
            f"since={since.change}{'' if since.row is None else f'.{since.row}'} is later than all that is recorded "
            "here: the database was restored, or the token is of another one; take a full copy (/v1/download) and go on "
            "from its revision"
        )
    return found


def since_of(text: str | None, zone: tzinfo) -> Since:
    """A token or a moment (without an offset in ``zone``), None = the start; BadRequest for anything else."""
    if text is None:
        return Since()
    if (token := token_of(text)) is not None:
        return token
    try:
        moment = datetime.fromisoformat(re.sub(r" (?=\d\d:?\d\d$)", "+", text))  # a "+" that was not escaped
    except ValueError:
        moment = None
    if moment is None or not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        raise BadRequest(
            f"since={text!r} is neither a token (58.131: `next` of an answer; 58: a revision) nor a moment "
            "(2026-01-31T12:00:00Z)"
        )
    return Since(moment=moment if moment.tzinfo else moment.replace(tzinfo=zone))


def token_of(text: str) -> Since | None:
    """A token as it was handed out (``next``, ``revision`` or the token of a change); None for anything else."""
    match = TOKEN.fullmatch(text)
    if match is None:
        return None
    return Since(change=int(match[1]), row=int(match[2]) if match[2] else None)
