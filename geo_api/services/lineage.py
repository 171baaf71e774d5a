"""What became of a cell: all versions of a code, what was there before and after, and which cells an old code means."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from geo_api.errors import NotFound
from geo_api.services.answers import CellRef, PlanRef

SAME = 0.99
"""Two cells that have at least this share of the ground of both in common are the same place."""


class Became(StrEnum):
    """How ground went from an earlier cell to a later one.

    ``KEPT``: the same code. ``RENAMED``: the same place under another code. ``SPLIT``: the later code is new and the
    earlier one lives on or went to several. ``MERGED``: the earlier code is no more and the later one was there before.
    ``TRANSFERRED``: both codes were there before and after. ``REPLACED``: the earlier code is no more, the later one is
    new, and the place is not the same.
    """

    KEPT = "kept"
    RENAMED = "renamed"
    SPLIT = "split"
    MERGED = "merged"
    TRANSFERRED = "transferred"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class CellLink:
    """A cell of another day that has ground in common with the cell asked about.

    Attributes:
        cell, plan: that cell, and the plan that it is from.
        change: what happened between the earlier and the later of the two.
        share_of_area: fraction of the ground of the cell asked about that lies in that cell.
        share_of_other_area: fraction of that cell's ground that lies in the cell asked about.
        entities: entities that were in both, by the plans as they were stored.
        share_of_entities: fraction of the entities of the cell asked about (of those that both plans know); None where
            there are none.
    """

    cell: CellRef
    plan: PlanRef
    change: Became
    share_of_area: float
    share_of_other_area: float
    entities: int
    share_of_entities: float | None


@dataclass(frozen=True, slots=True)
class CellVersion:
    """A cell as one plan draws it, in force from ``plan.valid_from`` up to and without ``plan.valid_to``.

    ``predecessors``: cells of the day before it began; ``successors``: cells of the day on which it ended. Most ground
    first. Empty where nothing was, or is yet, in force there.
    """

    cell: CellRef
    plan: PlanRef
    entities: int
    workload_hours_per_year: float
    area_m2: float
    predecessors: tuple[CellLink, ...] = ()
    successors: tuple[CellLink, ...] = ()


@dataclass(frozen=True, slots=True)
class Lineage:
    """All versions of a cell code, oldest first, and where the code stands on a day.

    Attributes:
        code: as asked.
        on: the day.
        status: "in_force"; "superseded" (it ended: ``since`` says when, ``successors`` are the cells that hold its
            ground on that day); "not_yet" (it begins on ``since``; ``successors`` hold its ground until then).
        since: first day of the status; for "not_yet" the day on which the code begins.
        successors: most ground first; empty while the code is in force.
        versions: all of them.
    """

    code: str
    on: date
    status: str
    since: date
    successors: tuple[CellLink, ...]
    versions: tuple[CellVersion, ...]


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """A version of a cell as the store has it."""

    cell: CellRef
    plan: PlanRef
    entities: int
    workload_hours_per_year: float
    area_m2: float


@dataclass(frozen=True, slots=True)
class StoredLink:
    """Ground that a version of a cell has in common with a cell of another day, as the store finds it.

    ``ask``: position of the question in what was asked. ``this_stays``: the code asked about is in force on the other
    day; ``other_was``: the other code was in force on the last (or first) day of the version asked about.
    """

    ask: int
    cell: CellRef
    plan: PlanRef
    share_of_area: float
    share_of_other_area: float
    entities: int
    this_stays: bool
    other_was: bool


@dataclass(frozen=True, slots=True)
class GroundAsk:
    """Which cells hold the ground of one version of a cell on ``day``? ``own_day`` is the day of the version nearest to it."""

    plan_id: int
    own_day: date
    day: date


class CellHistory(Protocol):
    """Reads versions of cells."""

    def versions(self, code: str, recorded_at: datetime | None = None) -> tuple[StoredVersion, ...]:
        """All versions of a code that are or will be in force, oldest first; one round trip."""
        ...

    def ground(
        self, code: str, asks: tuple[GroundAsk, ...], recorded_at: datetime | None = None
    ) -> tuple[StoredLink, ...]:
        """The cells that hold the ground of versions of a code on other days; one round trip for all of them."""
        ...


def lineage(history: CellHistory, *, code: str, on: date, recorded_at: datetime | None = None) -> Lineage:
    """All versions of a code with what came before and after, and where the code stands on a day. NotFound: never used."""
    versions = _versions(history, code, recorded_at)
    asks: list[GroundAsk] = []
    ends: list[tuple[int | None, int | None]] = []
    for version in versions:
        first, last = version.plan.valid_from, version.plan.valid_to
        before = len(asks)
        asks.append(GroundAsk(version.plan.plan_id, first, _day_before(first)))
        if last is not None:
            asks.append(GroundAsk(version.plan.plan_id, _day_before(last), last))
        ends.append((before, before + 1 if last is not None else None))
    standing, stand_ask = _standing(versions, on)
    if stand_ask is not None:
        asks.append(stand_ask)
    found = _links(code, asks, history.ground(code, tuple(asks), recorded_at))
    return Lineage(
        code=code,
        on=on,
        status=standing[0],
        since=standing[1],
        successors=found[-1] if stand_ask is not None else (),
        versions=tuple(
            CellVersion(
                cell=v.cell,
                plan=v.plan,
                entities=v.entities,
                workload_hours_per_year=v.workload_hours_per_year,
                area_m2=v.area_m2,
                predecessors=found[before] if before is not None else (),
                successors=found[after] if after is not None else (),
            )
            for v, (before, after) in zip(versions, ends, strict=True)
        ),
    )


def standing(history: CellHistory, *, code: str, on: date, recorded_at: datetime | None = None) -> Lineage:
    """As :func:`lineage` without the versions: where the code stands on a day, and who holds its ground."""
    versions = _versions(history, code, recorded_at)
    (status, since), ask = _standing(versions, on)
    links = _links(code, [ask], history.ground(code, (ask,), recorded_at))[0] if ask is not None else ()
    return Lineage(code, on, status, since, links, ())


def _versions(history: CellHistory, code: str, recorded_at: datetime | None) -> tuple[StoredVersion, ...]:
    versions = history.versions(code, recorded_at)
    if not versions:
        raise NotFound(f"no published plan ever had a cell {code!r}; /v1/cells lists those in force")
    return versions


def _standing(versions: tuple[StoredVersion, ...], on: date) -> tuple[tuple[str, date], GroundAsk | None]:
    """Status and its first day, and what to ask about the ground on that day (None while in force)."""
    for version in versions:
        if version.plan.valid_from <= on and (version.plan.valid_to is None or on < version.plan.valid_to):
            return ("in_force", version.plan.valid_from), None
    ended = [v for v in versions if v.plan.valid_to is not None and v.plan.valid_to <= on]
    if ended:
        last = ended[-1]
        until = last.plan.valid_to or on
        return ("superseded", until), GroundAsk(last.plan.plan_id, _day_before(until), on)
    first = versions[0]
    return ("not_yet", first.plan.valid_from), GroundAsk(first.plan.plan_id, first.plan.valid_from, on)


def _links(code: str, asks: list[GroundAsk], stored: Iterable[StoredLink]) -> list[tuple[CellLink, ...]]:
    """For each question its links, most ground first."""
    grouped: list[list[StoredLink]] = [[] for _ in asks]
    for link in stored:
        grouped[link.ask].append(link)
    answers = []
    for ask, links in zip(asks, grouped, strict=True):
        entities = sum(link.entities for link in links)
        answers.append(
            tuple(
                CellLink(
                    cell=link.cell,
                    plan=link.plan,
                    change=became(
                        same_code=link.cell.code == code,
                        same_place=min(link.share_of_area, link.share_of_other_area) >= SAME,
                        earlier_stays=link.this_stays if ask.day > ask.own_day else link.other_was,
                        later_was=link.other_was if ask.day > ask.own_day else link.this_stays,
                    ),
                    share_of_area=round(link.share_of_area, 6),
                    share_of_other_area=round(link.share_of_other_area, 6),
                    entities=link.entities,
                    share_of_entities=round(link.entities / entities, 6) if entities else None,
                )
                for link in sorted(links, key=lambda k: (-k.share_of_area, k.cell.code))
            )
        )
    return answers


def became(*, same_code: bool, same_place: bool, earlier_stays: bool, later_was: bool) -> Became:
    """What happened between an earlier and a later cell with ground in common.

    Args:
        same_code: both have the same code.
        same_place: see :data:`SAME`.
        earlier_stays: the earlier code is in force on the later day.
        later_was: the later code was in force on the earlier day.
    """
    if same_code:
        return Became.KEPT
    if later_was:
        return Became.TRANSFERRED if earlier_stays else Became.MERGED
    if earlier_stays:
        return Became.SPLIT
    return Became.RENAMED if same_place else Became.REPLACED


def _day_before(day: date) -> date:
    return date.fromordinal(max(day.toordinal() - 1, 1))
