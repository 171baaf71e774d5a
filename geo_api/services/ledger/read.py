"""The ledger of a cell, a station or a bureau on a day: one public function, :func:`read_ledger`."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any

import numpy as np
import shapely

from geo_api.errors import BadRequest, NotFound
from geo_api.services.answers import Caller
from geo_api.services.finder import territory_finder
from geo_api.services.ledger.answer import (
    Ledger,
    LedgerCount,
    LedgerEntity,
    LedgerMarket,
    LedgerPlace,
    LedgerPost,
    UnlicensedCase,
)
from geo_api.services.ledger.changes import changes_of
from geo_api.services.ledger.store import EntityLine, Frame, LedgerReader, LedgerRows, UnlicensedStep
from geo_api.services.ports import PublishedReader
from geo_api.services.snapshot import Snapshot, build_snapshot, cells_under
from geo_api.supervision.frequency import Rules
from geo_api.supervision.profile import profile_from
from geo_api.supervision.roles import require

READERS = frozenset({"planner", "approver", "officer", "system"})
ENDS = frozenset({"licensed", "removed", "closed"})
"""Steps that end the case of an unlicensed business."""
HEADS = ("lead", "first", "direct")


def read_ledger(
    store: LedgerReader,
    published: PublishedReader,
    code: str,
    *,
    on: date,
    caller: Caller,
    recorded_at: datetime | None = None,
    entities: bool | None = None,
) -> Ledger:
    """The ledger of a code on a day, as it was recorded at a moment (None = now).

    Args:
        store: the register, posts, markets.
        published: cells in force.
        code: of a cell, station or any level above.
        on: the day.
        caller: who asks.
        recorded_at: the moment whose knowledge counts.
        entities: whether every entity is listed; None = for a cell alone.

    Raises:
        NotFound: no such code, or a cell that is not in force that day. NotAllowed: not the caller's to read.
    """
    ancestors = store.ancestors(code)
    require(caller.role, caller.jurisdiction, allowed=READERS, ancestors=ancestors, to=f"read the ledger of {code}")
    snapshot = build_snapshot(published.territory(on, recorded_at), territory_finder, recorded_at=recorded_at)
    return ledger_in(store, snapshot, code, entities=entities)


def ledger_in(store: LedgerReader, snapshot: Snapshot, code: str, *, entities: bool | None = None) -> Ledger:
    """The ledger of a code in the territory of a day, as it was recorded at the snapshot's moment; NotFound."""
    on, recorded_at = snapshot.territory.on, snapshot.recorded_at
    ground = _Ground(snapshot, code)
    lists = ground.level == "cell" if entities is None else entities
    rows = store.rows(code, on, recorded_at, frame=ground.frame, codes=ground.codes, plans=ground.plans, visits=lists)
    rules = profile_from(rows.settings).rules
    lines, cells = ground.placed(rows.entities)
    keys = key_industries(rows, rules)
    classes = (*rules.classes.order, "")
    listed = tuple(_entity(line, cell, rules, keys) for line, cell in zip(lines, cells, strict=True))
    posts = tuple(p for p in rows.posts if p.code in ground.shown)
    return Ledger(
        jurisdiction=code,
        name=ground.name,
        level=ground.level,
        station_code=ground.station,
        station_name=snapshot.territory.names.get(ground.station, ""),
        on=on,
        recorded_at=recorded_at,
        profile_digest=rows.profile_digest,
        plan=ground.version,
        classes=classes,
        entities=listed if lists else (),
        total=_count("", listed, classes, keys),
        counts=tuple(
            _count(industry, [e for e in listed if e.industry == industry], classes, keys)
            for industry in sorted({e.industry for e in listed}, key=lambda i: (i not in keys, i))
        ),
        places=ground.places(listed, classes, rows.posts, on),
        key_industries=tuple(sorted(keys)),
        markets=ground.markets(rows.markets),
        posts=posts,
        changes=changes_of(posts, on),
        unlicensed=_cases(rows.unlicensed, ground, listed),
        timezone=rows.timezone,
    )


def key_industries(rows: LedgerRows, rules: Rules) -> frozenset[str]:
    """Those that the dataset names; else those whose visits have a minimum or a quota of their own."""
    named = rows.diagram.get("key_industries") or ()
    return frozenset(named) or frozenset({*rules.industry_min_visits, *rules.sampling.shares})


class _Ground:
    """Where a code lies on a day: its cells, and which entities are in them."""

    def __init__(self, snapshot: Snapshot, code: str) -> None:
        territory = snapshot.territory
        self._snapshot, self._code = snapshot, code
        self.station, self.version = "", ""
        if code in snapshot.index_of:
            self.level, self._cells = "cell", [snapshot.index_of[code]]
            self.station = snapshot.cells[self._cells[0]].station_code
            self.name = snapshot.cells[self._cells[0]].name
        elif code in territory.names:
            stations = {s.code for s in territory.stations}
            self.level = "station" if code in stations else "bureau"
            self._cells, self.name = cells_under(snapshot, code), territory.names[code]
        else:
            raise NotFound(f"{code} is no cell, station or bureau in force on {territory.on}; `gridward cells list`")
        if self.level == "bureau" and not _below(snapshot, code):
            raise BadRequest(f"{code} is a part of a cell or has no station below it: ask for its cell or bureau")
        self._top = self.level == "bureau" and not territory.parents.get(code)
        self.plans = sorted({snapshot.plan(i).plan_id for i in self._cells})
        if self.level != "bureau" and self._cells:
            self.version = str(snapshot.plan(self._cells[0]).version)
        self.frame: Frame | None = None
        if self.level == "cell":
            self.frame = _wider(shapely.total_bounds(snapshot.polygons[self._cells]))
        elif self.level == "station":
            outline = next(s.outline_wkb for s in territory.stations if s.code == code)
            self.frame = _wider(shapely.total_bounds(np.array([shapely.from_wkb(outline)])))
        cells = {snapshot.cells[i].code for i in self._cells}
        self.shown = {code, *_below(snapshot, code)} if self.level == "bureau" else {code, *cells}
        self.codes = sorted(self.shown | cells)

    def cell_of(self, lon: Sequence[float | None], lat: Sequence[float | None]) -> list[str]:
        """Cell codes of places; "" = in none."""
        out = [""] * len(lon)
        finder = self._snapshot.finder
        known = [i for i, x in enumerate(lon) if x is not None and math.isfinite(x)]
        if finder is None or not known:
            return out
        x = np.array([lon[i] for i in known], dtype=np.float64)
        y = np.array([lat[i] for i in known], dtype=np.float64)
        for i, cell in zip(known, finder.cells_of(x, y).tolist(), strict=True):
            out[i] = self._snapshot.cells[cell].code if cell >= 0 else ""
        return out

    def placed(self, lines: Sequence[EntityLine]) -> tuple[list[EntityLine], list[str]]:
        """The entities that belong to the code, with their cells: the top has all, also those in no cell."""
        cells = self.cell_of([e.lon for e in lines], [e.lat for e in lines])
        mine = {self._snapshot.cells[i].code for i in self._cells}
        if self._top:
            return list(lines), [c if c in mine else "" for c in cells]
        kept = [i for i, c in enumerate(cells) if c in mine]
        return [lines[i] for i in kept], [cells[i] for i in kept]

    def markets(self, rows: Iterable[tuple[str, str, bool, float, float]]) -> tuple[LedgerMarket, ...]:
        """The markets that lie in it."""
        listed = list(rows)
        cells = self.cell_of([r[3] for r in listed], [r[4] for r in listed])
        mine = {self._snapshot.cells[i].code for i in self._cells}
        return tuple(LedgerMarket(*row[:3], cell) for row, cell in zip(listed, cells, strict=True) if cell in mine)

    def places(
        self, listed: Sequence[LedgerEntity], classes: tuple[str, ...], posts: Sequence[LedgerPost], on: date
    ) -> tuple[LedgerPlace, ...]:
        """Totals of the parts: cells of a station, stations of a bureau; the cell itself for a cell."""
        snapshot = self._snapshot
        names = snapshot.territory.names
        parts = {snapshot.cells[i].code: snapshot.cells[i].code for i in self._cells}
        if self.level == "bureau":
            parts = {snapshot.cells[i].code: snapshot.cells[i].station_code for i in self._cells}
        by_part: dict[str, list[LedgerEntity]] = {p: [] for p in sorted({*parts.values()})}
        if self.level == "bureau":
            by_part |= {s: by_part.get(s, []) for s in _below(snapshot, self._code)}
        for entity in listed:
            by_part.setdefault(parts.get(entity.cell_code, ""), []).append(entity)
        held = [p for p in posts if (p.since is None or p.since <= on) and (p.until is None or p.until > on)]
        staff = Counter()  # type: Counter[str]
        seen = set()
        for post in held:
            part = parts.get(post.code, post.code)
            if (part, post.officer_id) not in seen:
                seen.add((part, post.officer_id))
                staff[part] += 1
        heads = {p.code: p.name or p.officer_id for p in reversed(held) if p.role in HEADS and not p.function}
        rows = []
        for code in sorted(by_part, key=lambda c: (not c, c)):
            count = _count("", by_part[code], classes, frozenset())
            keys = sum(e.key_industry for e in by_part[code])
            rows.append(
                LedgerPlace(
                    code=code,
                    name=names.get(code, ""),
                    head=heads.get(code, ""),
                    entities=count.entities,
                    by_class=count.by_class,
                    unlicensed=count.unlicensed,
                    key_industry=keys,
                    officers=staff[code] if code else 0,
                )
            )
        return tuple(rows)

    def mine(self, cell: str) -> bool:
        """Whether a cell ("" = none) belongs to the code; the top has what lies in no cell too."""
        return self._top or any(self._snapshot.cells[i].code == cell for i in self._cells)


def _below(snapshot: Snapshot, code: str) -> list[str]:
    """Stations below a code, itself not among them."""
    parents, found = snapshot.territory.parents, []
    for station in snapshot.territory.stations:
        at, seen = parents.get(station.code, ""), {station.code}
        while at and at not in seen:
            if at == code:
                found.append(station.code)
                break
            seen.add(at)
            at = parents.get(at, "")
    return sorted(found)


def _wider(bounds: Any) -> Frame:
    """A frame with a little room: what noise leaves in no cell goes to the nearest one."""
    west, south, east, north = (float(v) for v in bounds)
    room = 1e-4
    return west - room, south - room, east + room, north + room


def _entity(line: EntityLine, cell: str, rules: Rules, keys: frozenset[str]) -> LedgerEntity:
    counted = rules.class_of(line.credit_class, licensed=line.licensed)
    known = line.credit_class in rules.classes.order or not line.licensed
    own = line.plan_cell and line.plan_cell == cell
    return LedgerEntity(
        entity_id=line.entity_id,
        code=f"{line.plan_cell}{line.serial:0{line.serial_digits}d}" if own else "",
        name=line.name,
        credit_code=line.credit_code,
        registration_no=line.registration_no,
        address=line.address,
        industry=line.industry,
        credit_class=counted if known else line.credit_class,
        licensed=line.licensed,
        key_industry=line.industry in keys,
        opened=line.opened,
        cell_code=cell,
        last_visit=line.last_visit,
    )


def _count(
    industry: str, entities: Sequence[LedgerEntity], classes: tuple[str, ...], keys: frozenset[str]
) -> LedgerCount:
    found = Counter(e.credit_class if e.credit_class in classes else "" for e in entities)
    return LedgerCount(
        industry=industry,
        key_industry=industry in keys,
        entities=len(entities),
        by_class=tuple(found[c] for c in classes),
        unlicensed=sum(not e.licensed for e in entities),
    )


def _cases(
    steps: Sequence[UnlicensedStep], ground: _Ground, listed: Sequence[LedgerEntity]
) -> tuple[UnlicensedCase, ...]:
    """Cases by their steps, and the unlicensed of the register of whom no step is recorded."""
    known = {s.entity_id for s in steps}
    found = [
        UnlicensedCase(e.entity_id, e.name, e.address, e.industry, e.cell_code, e.opened, "", None, False, ())
        for e in listed
        if not e.licensed and e.entity_id not in known
    ]
    for entity_id, rows in groupby(steps, key=lambda s: s.entity_id):
        life = list(rows)
        last = life[-1]
        cell = ground.cell_of([last.lon], [last.lat])[0]
        if not ground.mine(cell):
            continue
        discovered = next((s.day for s in life if s.step == "discovered"), None)
        found.append(
            UnlicensedCase(
                entity_id=entity_id,
                name=last.name,
                address=last.address,
                industry=last.industry,
                cell_code=cell,
                discovered=discovered,
                state=last.step,
                state_since=last.day,
                ended=last.step in ENDS,
                steps=tuple((s.day, s.step, s.officer_id, s.note) for s in life),
            )
        )
    return tuple(sorted(found, key=lambda c: (c.ended, c.discovered or date.min, c.entity_id)))
