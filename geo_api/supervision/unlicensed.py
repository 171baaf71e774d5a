"""The file of an unlicensed entity, from its discovery to a licence or its removal: which step may follow which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from geo_api.errors import BadRequest, Conflict

DISCOVERED, NOTICE, GUIDED, REFERRED = "discovered", "notice", "guided", "referred"
LICENSED, REMOVED, CLOSED = "licensed", "removed", "closed"

_OPEN = (NOTICE, GUIDED, REFERRED, LICENSED, REMOVED, CLOSED)
FOLLOWS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        DISCOVERED: _OPEN,
        NOTICE: _OPEN,
        GUIDED: _OPEN,
        REFERRED: _OPEN,
        LICENSED: (CLOSED,),
        REMOVED: (CLOSED,),
        CLOSED: (),
    }
)
"""Which step may follow which. ``closed`` ends the file; without a licence or a removal before it needs a note."""

STEPS = tuple(_OPEN)
"""Steps that people take after the discovery."""
SETTLED = frozenset({LICENSED, REMOVED, CLOSED})
"""After these nobody has to do anything about it."""


@dataclass(frozen=True, slots=True)
class FileStep:
    """A step of the file. ``became_entity_id``: of licensed, the licensed entity (itself, or the one that it joined)."""

    step: str
    day: date
    officer_id: str
    note: str
    actor: str
    became_entity_id: int | None = None


def check_step(entity_id: int, last: FileStep, step: str, day: date, note: str, today: date) -> None:
    """Raise unless the step may follow: Conflict where the file does not allow it, BadRequest where something is missing."""
    if step not in STEPS:
        raise BadRequest(f"the file of an unlicensed entity has no step {step!r}: there are {', '.join(STEPS)}")
    if step not in FOLLOWS[last.step]:
        possible = ", ".join(FOLLOWS[last.step]) or "nothing"
        raise Conflict(
            f"the file of entity {entity_id} says {last.step} since {last.day}: what can follow is {possible}"
        )
    problems = []
    if day > today:
        problems.append(f"{day} is in the future; today is {today}")
    if day < last.day:
        problems.append(f"{day} is before the last step ({last.step} on {last.day})")
    if step == REFERRED and not note.strip():
        problems.append("to which department, and why? (note)")
    if step == CLOSED and last.step not in SETTLED and not note.strip():
        problems.append("why is the file closed without a licence or a removal? (note)")
    if problems:
        raise BadRequest(f"entity {entity_id}: " + "; ".join(problems))
