"""The history of an entity: opened, changed, moved, licensed, closed, derived from its versions; its codes by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from typing import Any, Protocol

from geo_api.services.answers import Caller
from geo_api.services.claims.store import ClaimView
from geo_api.services.entity_lookup import EntityCode
from geo_api.services.register.store import LifeStore
from geo_api.services.register.whose import codes_concerned
from geo_api.supervision.roles import require

READERS = frozenset({"planner", "approver", "officer", "system"})
TOLD = (
    "credit_code", "registration_no", "name", "address", "industry", "credit_class", "licensed", "licence_until",
    "workload_hours",
)  # fmt: skip
"""Columns whose change is told."""


@dataclass(frozen=True, slots=True)
class Version:
    """What was known of an entity for a period of days.

    ``since`` None = ever. ``content``: its columns; ``place``: (lon, lat) or None; ``cell_code``: by the plan in force on
    the first day of the version (today's for one that held ever), None = in no cell. ``recorded_at``, ``source``: when and
    from where it came.
    """

    since: date | None
    until: date | None
    content: dict[str, Any]
    place: tuple[float, float] | None
    placed_by: str
    cell_code: str | None
    recorded_at: datetime
    source: str


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened to an entity.

    Attributes:
        what: "opened", "changed", "moved", "licensed", "closed", "reopened", "duplicate" or a step of its unlicensed file.
        day: since when it holds; None = not known.
        recorded_at: when the register learned of it.
        before, after: the columns that changed; of a move the cells and places.
        by: who recorded it, where that is known.
    """

    what: str
    day: date | None
    recorded_at: datetime | None
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    by: str = ""


@dataclass(frozen=True, slots=True)
class CodePeriod:
    """An entity code and the days for which it holds: from ``valid_from`` up to and without ``valid_to``."""

    code: str
    cell_code: str
    plan_id: int
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class EntityPast:
    """An entity with all that happened to it.

    Attributes:
        asked, entity_id: as asked; permanent id.
        stands_for: the entity that it is a duplicate of; None = it is none.
        name: its last name.
        happenings: oldest first.
        codes: its entity codes, oldest first.
        claims: who claimed it, oldest first.
    """

    asked: str
    entity_id: int
    stands_for: int | None
    name: str
    happenings: tuple[Happening, ...]
    codes: tuple[CodePeriod, ...]
    claims: tuple[ClaimView, ...]


class PastStore(LifeStore, Protocol):
    """Where the past is read from."""

    def bureau_of(self, entity: str, on: date) -> str:
        """Code of the bureau whose register an entity is in; NotFound."""
        ...

    def past(
        self, entity: str, on: date, recorded_at: datetime | None = None
    ) -> tuple[int, int, tuple[Version, ...], tuple[EntityCode, ...], tuple[Happening, ...], tuple[ClaimView, ...]]:
        """Permanent id, whom it stands for, versions, codes, steps that were recorded, claims; NotFound."""
        ...


def entity_past(
    store: PastStore, entity: str, *, caller: Caller, on: date | None = None, recorded_at: datetime | None = None
) -> EntityPast:
    """All that happened to an entity.

    Args:
        store: where the past is read from.
        entity: entity code of any age, permanent id, credit code.
        caller: who asks.
        on: the day on which a code counts; None = today.
        recorded_at: the moment whose knowledge counts.

    Raises:
        NotFound: no such entity. NotAllowed: not the caller's to see.
    """
    bureau = store.bureau_of(entity, on or date.max)
    require(
        caller.role,
        caller.jurisdiction,
        allowed=READERS,
        ancestors=codes_concerned(store, bureau, caller),
        to=f"see the history of {entity}",
    )
    entity_id, stands_for, versions, codes, steps, claims = store.past(entity, on or store.today(bureau), recorded_at)
    happened = [*happenings(versions), *steps]
    happened.sort(key=lambda h: (h.day or date.min, h.recorded_at.timestamp() if h.recorded_at else 0.0))
    return EntityPast(
        asked=entity,
        entity_id=entity_id,
        stands_for=stands_for if stands_for != entity_id else None,
        name=str(versions[-1].content["name"]) if versions else "",
        happenings=tuple(happened),
        codes=tuple(CodePeriod(c.code, c.cell_code, c.plan.plan_id, c.plan.valid_from, c.plan.valid_to) for c in codes),
        claims=claims,
    )


def happenings(versions: Sequence[Version]) -> list[Happening]:
    """What happened, told by versions in the order of their days.

    >>> happenings([])
    []
    """
    if not versions:
        return []
    first = versions[0]
    content = {name: first.content.get(name) for name in TOLD if first.content.get(name) not in (None, "")}
    opened = first.content.get("opened") or first.since
    out = [Happening("opened", opened, first.recorded_at, {}, content | _where(first))]
    closed = first.content.get("closed")
    if closed is not None:
        out.append(Happening("closed", closed, first.recorded_at))
    for before, after in pairwise(versions):
        out += _between(before, after)
    return out


def _between(before: Version, after: Version) -> list[Happening]:
    day, told = after.since, []
    old, new = before.content, after.content
    differs = [name for name in TOLD if old.get(name) != new.get(name)]
    gap = before.until is not None and after.since is not None and before.until < after.since
    if gap:
        told.append(Happening("closed", before.until, before.recorded_at))
    if old.get("licensed") is False and new.get("licensed"):
        told.append(_happening("licensed", day, after, old, new, differs))
    elif differs:
        told.append(_happening("changed", day, after, old, new, differs))
    if before.place != after.place:
        told.append(Happening("moved", day, after.recorded_at, _where(before), _where(after), after.placed_by))
    was, now = old.get("closed"), new.get("closed")
    if was is None and now is not None:
        told.append(Happening("closed", now, after.recorded_at))
    elif was is not None and now is None:
        told.append(Happening("reopened", day, after.recorded_at))
    return told


def _happening(
    what: str, day: date | None, version: Version, old: dict[str, Any], new: dict[str, Any], names: Sequence[str]
) -> Happening:
    return Happening(what, day, version.recorded_at, {n: old.get(n) for n in names}, {n: new.get(n) for n in names})


def _where(version: Version) -> dict[str, Any]:
    lon, lat = version.place or (None, None)
    return {"cell_code": version.cell_code, "lon": lon, "lat": lat}
