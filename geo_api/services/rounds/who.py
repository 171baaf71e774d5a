"""Whose rounds: the cells of an officer on each day, leave and substitutes included, shared out or gone together."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import cos, radians

from geo_api.errors import BadRequest
from geo_api.services.answers import OfficerOnDuty, PublishedTerritory
from geo_api.services.rounds.model import Place, RoundStore
from geo_api.supervision.absences import Absence

Owner = tuple[str, str]
"""Cell, and the officer whose share of it: "" = all of it, the officers of the cell go together."""


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose plan, as posts and absences say.

    Attributes:
        officer: whose; "" = made for a cell, by whoever of its officers is there.
        name: of the officer.
        cells: held by the officer on the first day, and those where the officer stands in for somebody later.
        own: those held by the officer.
        station: where the rounds begin; stations: of the cells.
        holders: cell -> the officers who hold it with the officer, for the same function; lead first.
        absences: of all these officers, in the period.
    """

    officer: str
    name: str
    cells: tuple[str, ...]
    own: frozenset[str]
    station: str
    stations: tuple[str, ...]
    holders: Mapping[str, tuple[str, ...]]
    absences: tuple[Absence, ...] = ()


@dataclass(frozen=True, slots=True)
class Duty:
    """A working day: what is gone to on it, and whether the officer goes along (else the others of the cell do)."""

    day: date
    owners: frozenset[Owner]
    there: bool


def whose_cell(store: RoundStore, territory: PublishedTerritory, cell: str, first: date, end: date) -> Whose:
    """The officers of a cell on the first day; BadRequest: no such cell in force."""
    stations = {c.code: c.station_code for c in territory.cells}
    if cell not in stations:
        raise BadRequest(f"there is no cell {cell!r} in force on {first}")
    people = tuple(dict.fromkeys(o.officer_id for o in _posts(territory, cell)))
    away = store.absences(people, first, end) if people else ()
    return Whose("", "", (cell,), frozenset((cell,)), stations[cell], (stations[cell],), {cell: people}, away)


def whose_officer(store: RoundStore, territory: PublishedTerritory, officer: str, first: date, end: date) -> Whose:
    """An officer's cells on the first day, and those of whom the officer stands in for in the period.

    Raises:
        NotFound: no such officer. BadRequest: an officer without a cell.
    """
    name, station = store.officer(officer, first)
    stood_in = {a.officer_id for a in store.absences((officer,), first, end) if a.substitute_id == officer}
    stations = {c.code: c.station_code for c in territory.cells}
    holders: dict[str, tuple[str, ...]] = {}
    own = set()
    for code in stations:
        posts = _posts(territory, code)
        functions = {o.function for o in posts if o.officer_id == officer or o.officer_id in stood_in}
        if functions:
            holders[code] = tuple(dict.fromkeys(o.officer_id for o in posts if o.function in functions))
            if any(o.officer_id == officer for o in posts):
                own.add(code)
    if not holders:
        raise BadRequest(f"officer {officer} ({name}) answers for no cell on {first}")
    people = sorted({officer, *(p for each in holders.values() for p in each)})
    return Whose(
        officer=officer,
        name=name,
        cells=tuple(holders),
        own=frozenset(own),
        station=station or stations[next(iter(holders))],
        stations=tuple(sorted({stations[c] for c in holders})),
        holders=holders,
        absences=store.absences(people, first, end),
    )


def _posts(territory: PublishedTerritory, cell: str) -> list[OfficerOnDuty]:
    """Who holds a cell, absent or not; substitutes hold nothing."""
    return [o for o in territory.officers.get(cell, ()) if o.substitutes_for is None]


def duties(whose: Whose, share: str, days: Sequence[date]) -> tuple[Duty, ...]:
    """What is gone to on each working day.

    "pair": the officers of a cell go together, and without whoever is away, as long as one of them, or somebody who
    stands in, is there. "split": each goes to a share of the cell's places alone, or to that of whom they stand in for.
    """
    out = []
    for day in days:
        away = {a.officer_id: a.substitute_id for a in whose.absences if day in a.period}
        owners: set[Owner] = set()
        for cell, holders in whose.holders.items():
            goers = {h: _goer(h, away) for h in holders}
            if whose.officer and share == "split":
                owners |= {(cell, h) for h, goer in goers.items() if goer == whose.officer}
            elif not whose.officer:
                owners |= {(cell, "")} if any(goers.values()) or not holders else set()
            elif whose.officer in goers.values() or (cell in whose.own and any(goers.values())):
                owners.add((cell, ""))
        out.append(Duty(day, frozenset(owners), whose.officer not in away))
    return tuple(out)


def _goer(holder: str, away: Mapping[str, str]) -> str:
    """Who goes for a holder on a day, "" = nobody."""
    goer = away.get(holder, holder)
    return "" if goer in away else goer


@dataclass(frozen=True, slots=True)
class Shares:
    """Which officer's share each place of a cell is in: cuts across the longer side of the cell's places.

    The cuts come from all places of the cell, whatever is due: so the officers' plans fit together in every week.
    """

    cuts: Mapping[str, tuple[int, float, tuple[float, ...]]] = field(default_factory=dict)
    sharers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def owner(self, place: Place, taken_by: str = "") -> Owner:
        """Whose place it is; a task that one of them took is that one's."""
        people = self.sharers.get(place.cell_code, ())
        if not people:
            return (place.cell_code, "")
        if taken_by in people:
            return (place.cell_code, taken_by)
        axis, narrow, cuts = self.cuts.get(place.cell_code, (0, 1.0, ()))
        at = (place.lon or 0.0) * narrow if axis == 0 else place.lat or 0.0
        return (place.cell_code, people[min(bisect_right(cuts, at), len(people) - 1)])

    def of(self, whose: Whose) -> frozenset[Owner]:
        """What is the officer's own, there or not: cells, or a share of each."""
        if not self.sharers:
            return frozenset((cell, "") for cell in whose.cells)
        return frozenset((cell, whose.officer) for cell in whose.own)


def share_out(whose: Whose, share: str, days: Sequence[date], places: Sequence[Place]) -> Shares:
    """Equal numbers of places for each officer who goes on any of the days; with "pair", or for a cell, no shares."""
    if share != "split" or not whose.officer:
        return Shares()
    by_cell: dict[str, list[Place]] = {}
    for place in places:
        by_cell.setdefault(place.cell_code, []).append(place)
    sharers, cuts = {}, {}
    for cell, holders in whose.holders.items():
        people = tuple(h for h in holders if any(_goes(whose, h, day) for day in days)) or holders
        sharers[cell] = people
        found = by_cell.get(cell, [])
        narrow = cos(radians(found[0].lat or 0.0)) if found else 1.0
        lon = sorted((p.lon or 0.0) * narrow for p in found)
        lat = sorted(p.lat or 0.0 for p in found)
        axis = 0 if found and lon[-1] - lon[0] >= lat[-1] - lat[0] else 1
        along = lon if axis == 0 else lat
        n = len(along)
        cuts[cell] = (axis, narrow, tuple(along[k * n // len(people)] for k in range(1, len(people))) if n else ())
    return Shares(cuts, sharers)


def _goes(whose: Whose, holder: str, day: date) -> str:
    return _goer(holder, {a.officer_id: a.substitute_id for a in whose.absences if day in a.period})
