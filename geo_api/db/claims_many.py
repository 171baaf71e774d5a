"""Many steps of claims in one transaction: read at once, answered from memory, written at the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import MAXYEAR, UTC, date, datetime
from functools import cached_property
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from geo_api.db.claims import APPEND, Work, claims_of
from geo_api.db.engine import Connection
from geo_api.db.entity_names import entities_of, the_one
from geo_api.db.jurisdictions import today_of
from geo_api.errors import Conflict, NotFound
from geo_api.services.answers import Caller
from geo_api.services.claims.store import Asked, ClaimRow, DatedRules
from geo_api.supervision.claims import Claim, ClaimStep
from geo_api.supervision.claims_rules import claims_rules
from geo_api.supervision.periods import Period

STEPS = """
    select s.entity_id, s.claim_no, s.cell_code, s.fell_on, s.at,
           s.step, s.day, s.actor, s.role, s.to_cell, s.officer_id, s.document, s.reason
    from claim_step s
    join (select entity_id, max(claim_no) as claim_no from claim_step where entity_id = any(%s) group by 1) last
      using (entity_id, claim_no)
    order by s.entity_id, s.step_no
"""
TREE = """
    select distinct on (code) code, parent_code from (
        select code, parent_code, 0 as kind from jurisdiction where recorded_to is null
        union all
        select code, station_code, 1 from cell_code
    ) t order by code, kind
"""
CELLS = """
    select c.code, lower(v.valid), upper(v.valid) from plan_validity v join cell c using (plan_id)
    where v.recorded_to is null and c.code = any(%s)
"""
PLANS = "select station_code, lower(valid), upper(valid), recorded_from from plan_validity where recorded_to is null"
PROFILES = """
    select bureau_code, lower(valid), upper(valid), coalesce(rules->'claims', '{}') from profile
    where recorded_to is null order by valid
"""
DUTIES = """
    select distinct officer_id, jurisdiction_code, lower(valid), upper(valid) from assignment
    where recorded_to is null order by officer_id
"""
ABSENCES = """
    select substitute_id, officer_id, lower(valid), upper(valid) from absence
    where recorded_to is null and substitute_id <> ''
"""
EVENT = "insert into event (actor, role, verb, subject, reason, payload) values (%s, %s, %s, %s, %s, %s)"
NOW = datetime(MAXYEAR, 1, 1, tzinfo=UTC)
"""When a step of this transaction is recorded: after every plan."""
HIGHEST = 20
"""Levels above a code that are looked at, as in ``ancestors.sql``."""


class ManyWork(Work):
    """Implements :class:`geo_api.services.claims.store.ClaimWork` for the steps that were announced.

    What is read does not grow with the steps: entities, claims, cells, people, rules once each; the places of claims that
    a plan may have redrawn once a day. Nothing is written before :meth:`flush`.
    """

    def __init__(self, connection: Connection, asked: Sequence[Asked]) -> None:
        super().__init__(connection)
        self._asked = asked
        self._claims: dict[int, Claim] = {}
        self._at: dict[int, datetime] = {}
        self._steps: list[Claim] = []
        self._unwritten: set[int] = set()
        self._events: list[tuple[Any, ...]] = []
        self._changed: set[int] = set()
        self._views: dict[int, dict[date, list[ClaimRow]]] = {}
        self._todays: dict[tuple[str, ...], date] = {}
        self._read_claims()

    def entity(self, named: str, on: date) -> int:
        """Permanent id of an entity named by id, entity code or credit code; NotFound."""
        if (named, on) not in self._named:
            return super().entity(named, on)
        return the_one(named, self._named[named, on])

    def claim(self, entity_id: int) -> Claim | None:
        """The last claim of an entity with the steps so far; None where there is none."""
        return self._claims.get(entity_id)

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The code of a jurisdiction or cell and of every level above it, lowest first; NotFound."""
        found: list[str] = []
        while code in self._tree and len(found) <= HIGHEST:
            found.append(code)
            code = self._tree[code]
        if not found:
            raise NotFound(f"there is no jurisdiction or cell {code!r}")
        return tuple(found)

    def today(self, code: str) -> date:
        """Today in the time zone of the bureau of a jurisdiction; asked once for each bureau."""
        above = self._upwards(code)
        bureaus = tuple(bureau for bureau in dict.fromkeys(b for b, _ in self._profiles) if bureau in above)
        if bureaus not in self._todays:
            self._todays[bureaus] = today_of(self._connection, code)
        return self._todays[bureaus]

    def rules(self, code: str, recorded_at: datetime | None = None) -> tuple[DatedRules, ...]:
        """The time limits of the bureau above a code, by period."""
        if recorded_at is not None:
            return super().rules(code, recorded_at)
        above = self._upwards(code)
        return tuple(rules for bureau, rules in self._profiles if bureau in above)

    def on_duty(self, officer_id: str, codes: Sequence[str], on: date) -> bool:
        """Whether an officer, or who stands in for one, answers for one of the codes on a day."""
        stands_in = (absent for absent, valid in self._absences.get(officer_id, ()) if on in valid)
        return any(
            code in codes and on in valid
            for who in (officer_id, *stands_in)
            for code, valid in self._duties[0].get(who, ())
        )

    def officers(self, code: str, on: date) -> tuple[str, ...]:
        """Ids of the officers of a code on a day."""
        return tuple(dict.fromkeys(who for who, valid in self._duties[1].get(code, ()) if on in valid))

    def in_force(self, cell_code: str, on: date) -> bool:
        """Whether a cell is in a published plan of that day."""
        if cell_code not in self._cells:
            return super().in_force(cell_code, on)
        return any(on in valid for valid in self._cells[cell_code])

    def may_be_redrawn(self, claim: Claim, on: date) -> bool:
        """Whether a plan in force on a day is younger than the last step of a claim."""
        at = NOW if claim.entity_id in self._changed else self._at[claim.entity_id]
        stations = {self._tree.get(code) for code in (claim.cell_code, claim.last.to_cell)}
        return any(
            on in valid and ((valid.start is not None and valid.start > claim.last.day) or recorded > at)
            for station in stations
            for valid, recorded in self._plans.get(station or "", ())
        )

    def append(self, claim: Claim) -> None:
        """Keep the last step of a claim until :meth:`flush`."""
        self._steps.append(claim)
        self._unwritten.add(claim.entity_id)
        self._changed.add(claim.entity_id)
        self._claims[claim.entity_id] = claim
        self._views.pop(claim.entity_id, None)

    def view(self, entity_id: int, claim_no: int, on: date) -> ClaimRow:
        """The claim as it stands on a day: read for all that are asked about for that day."""
        if on not in self._views.get(entity_id, {}):
            if entity_id in self._unwritten:
                self.flush()
            asked = {entity_id, *self._due[on]} - self._unwritten
            for one in asked:
                self._views.setdefault(one, {})[on] = []
            for row in claims_of(self._connection, "", on, ids=sorted(asked)):
                self._views[row.entity_id][on].append(row)
        return next(row for row in self._views[entity_id][on] if row.claim_no == claim_no)

    def event(
        self, *, caller: Caller, verb: str, subject: str, reason: str = "", payload: Mapping[str, Any] | None = None
    ) -> None:
        """Keep who did what, and why, until :meth:`flush`."""
        self._events.append((caller.name, caller.role, verb, subject, reason.strip(), Jsonb(dict(payload or {}))))

    def flush(self) -> None:
        """Write what was kept, in the order in which it was done; Conflict where somebody was faster."""
        cursor = self._connection.cursor()
        rows = [
            (c.entity_id, c.claim_no, len(c.steps), c.last.step, c.cell_code, c.fell_on, c.last.to_cell,
             c.last.officer_id, c.last.document, c.last.reason, c.last.actor, c.last.role, c.last.day)
            for c in self._steps
        ]  # fmt: skip
        try:
            cursor.executemany(APPEND, rows)
        except psycopg.errors.UniqueViolation:
            raise Conflict("somebody was faster with one of these entities: send the steps again") from None
        cursor.executemany(EVENT, self._events)
        self._steps, self._events, self._unwritten = [], [], set()

    def _read_claims(self) -> None:
        """Who is meant, and their last claims."""
        self._named = entities_of(self._connection, [(a.entity, a.on or date.max) for a in self._asked])
        ids = sorted({ids[0] for ids in self._named.values() if len(ids) == 1})
        steps: dict[int, list[ClaimStep]] = defaultdict(list)
        heads: dict[int, tuple[int, str, date]] = {}
        for entity_id, number, cell, fell_on, at, *step in self._connection.execute(STEPS, (ids,)).fetchall():
            heads[entity_id] = (number, cell, fell_on)
            steps[entity_id].append(ClaimStep(*step))
            self._at[entity_id] = max(at, self._at.get(entity_id, at))
        self._claims = {one: Claim(one, *heads[one], tuple(steps[one])) for one in heads}

    @cached_property
    def _due(self) -> dict[date, set[int]]:
        """On which days the places of which entities may be asked for."""
        days: dict[date, set[int]] = defaultdict(set)
        for asked in self._asked:
            ids = self._named[asked.entity, asked.on or date.max]
            claim = self._claims.get(ids[0]) if len(ids) == 1 else None
            if claim is not None:
                day = max(asked.on or self.today(claim.cell_code), claim.last.day)
                if self.may_be_redrawn(claim, day):
                    days[day].add(claim.entity_id)
        return days

    @cached_property
    def _tree(self) -> dict[str, str]:
        """Code of each jurisdiction and cell -> the one above it."""
        return dict(self._connection.execute(TREE).fetchall())

    @cached_property
    def _profiles(self) -> list[tuple[str, DatedRules]]:
        """Time limits with the code of their bureau, by period."""
        rows = self._connection.execute(PROFILES).fetchall()
        return [(code, DatedRules(Period(start, end), claims_rules(given))) for code, start, end, given in rows]

    @cached_property
    def _cells(self) -> dict[str, list[Period]]:
        """Days on which the cells that are named are in force."""
        named = {a.to for a in self._asked} | {s.to_cell for c in self._claims.values() for s in c.steps}
        periods: dict[str, list[Period]] = {code: [] for code in named}
        for code, start, end in self._connection.execute(CELLS, (sorted(named),)).fetchall():
            periods[code].append(Period(start, end))
        return periods

    @cached_property
    def _plans(self) -> dict[str, list[tuple[Period, datetime]]]:
        """When the plans of each station are in force, and when that was recorded."""
        plans: dict[str, list[tuple[Period, datetime]]] = defaultdict(list)
        for station, start, end, recorded in self._connection.execute(PLANS).fetchall():
            plans[station].append((Period(start, end), recorded))
        return plans

    @cached_property
    def _duties(self) -> tuple[dict[str, list[tuple[str, Period]]], dict[str, list[tuple[str, Period]]]]:
        """Who answers for what: codes of each officer, officers of each code."""
        codes: dict[str, list[tuple[str, Period]]] = defaultdict(list)
        officers: dict[str, list[tuple[str, Period]]] = defaultdict(list)
        for officer_id, code, start, end in self._connection.execute(DUTIES).fetchall():
            codes[officer_id].append((code, Period(start, end)))
            officers[code].append((officer_id, Period(start, end)))
        return codes, officers

    @cached_property
    def _absences(self) -> dict[str, list[tuple[str, Period]]]:
        """Whom each substitute stands in for."""
        away: dict[str, list[tuple[str, Period]]] = defaultdict(list)
        for substitute, officer_id, start, end in self._connection.execute(ABSENCES).fetchall():
            away[substitute].append((officer_id, Period(start, end)))
        return away

    def _upwards(self, code: str) -> tuple[str, ...]:
        """The same as :meth:`ancestors`, nothing where there is no such code."""
        return self.ancestors(code) if code in self._tree else ()
