"""Who answers for an entity, or for a cell code of any age? By number, by name, by old and new codes: the answer of a point.

What is public of an entity is the cell that it lies in and the officers: no name, no address, no place of it.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Protocol

import pandas as pd

from geo_api.errors import BadRequest, NotFound
from geo_api.services.answers import AddressCandidate, AnswerNote, CellRef, LookupAnswer, OfficerOnDuty, PlanRef
from geo_api.services.ask import LookupService
from geo_api.services.keeper import SnapshotKeeper
from geo_api.services.lineage import CellHistory, Lineage, standing
from geo_api.services.lookup import in_cell, look_up_point, of_function, without_telephones
from geo_api.services.snapshot import Snapshot
from gridding.codes import DEFAULT_LAYOUT
from layers.credit_code import credit_code_faults

BY = ("credit_code", "registration_no", "name", "entity", "cell")
"""What an entity or a cell can be asked for by: the parameters of ``/v1/lookup``."""

WHOLE = 0.999
"""An old cell code names one cell of today only if that holds so much of its ground."""

LONGEST = 200

ROUGH_M = 50.0
"""Distances of an entity are rounded up to this for callers who may not know its place."""

MISSPELT = {
    "length": ("a credit code has 18 characters", "统一社会信用代码应为18位"),
    "character": (
        "a credit code has digits and capital letters without I, O, S, V and Z",
        "统一社会信用代码由数字和大写字母组成，不用I、O、S、V、Z",
    ),
    "check": (
        "the last character of the credit code does not fit the others: one of them is mistyped",
        "统一社会信用代码的校验位不符，请核对是否有误",
    ),
}
"""What may be wrong with a credit code: in English, in Chinese."""


@dataclass(frozen=True, slots=True)
class EntityHit:
    """An entity of the register: its permanent id, its place (None = unknown), and whether it is exactly the one asked for."""

    entity_id: int
    lon: float | None
    lat: float | None
    exact: bool = True


@dataclass(frozen=True, slots=True)
class EntityCode:
    """A dated code of an entity: cell code and serial, as a published plan gave it."""

    entity_id: int
    cell_code: str
    serial: int
    plan: PlanRef
    width: int = DEFAULT_LAYOUT.serial_digits

    @property
    def code(self) -> str:
        """The code as it is written: cell code and serial, in as many digits as the layout of the plan says."""
        return f"{self.cell_code}{self.serial:0{self.width}d}"

    def holds(self, on: date) -> bool:
        """Whether it is the entity's code on a day."""
        return self.plan.valid_from <= on and (self.plan.valid_to is None or on < self.plan.valid_to)


@dataclass(frozen=True, slots=True)
class DatedCode:
    """A code of an entity, and the days for which it holds: from ``valid_from`` up to and without ``valid_to``."""

    code: str
    plan_id: int
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class EntityAnswer:
    """An entity by one of its codes or its permanent id: its codes over time, and who answers for it on a day.

    Attributes:
        asked: as asked.
        entity_id: permanent id.
        on: the day.
        code: its code on that day; None where no plan in force has given it one.
        codes: all its codes, oldest first.
        status: as in a lookup: "found", "outside", "unpublished", or "not_found" where its place is not known.
        cell, plan, officers, fallback: as in a lookup.
    """

    asked: str
    entity_id: int
    on: date
    code: str | None
    codes: tuple[DatedCode, ...]
    status: str
    cell: CellRef | None = None
    plan: PlanRef | None = None
    officers: tuple[OfficerOnDuty, ...] = ()
    fallback: str | None = None


class EntityFinder(Protocol):
    """Finds entities of the register. Each method is one round trip."""

    def entities(self, by: str, value: str, on: date, recorded_at: datetime | None = None) -> tuple[EntityHit, ...]:
        """Entities that exist on the day, by "credit_code", "registration_no", "id" or "name".

        If none bears exactly that name, those with a similar one, ``exact`` false, most similar first).
        """
        ...

    def entity_codes(
        self, *, entity_id: int | None = None, code: str = "", recorded_at: datetime | None = None
    ) -> tuple[EntityCode, ...]:
        """Codes of an entity, or of all that ever bore one code as it is written; oldest first."""
        ...


class EntityHistory(CellHistory, EntityFinder, Protocol):
    """Cells over time, and entities."""


class EntityLookup:
    """Answers questions about entities and cell codes, on a day."""

    def __init__(
        self, lookup: LookupService, keeper: SnapshotKeeper[Any], reader: EntityHistory, *, near_border_m: float
    ) -> None:
        self._lookup, self._keeper, self._reader, self._near_border_m = lookup, keeper, reader, near_border_m

    def find(
        self,
        by: str,
        value: str,
        *,
        on: date | None = None,
        recorded_at: datetime | None = None,
        with_telephones: bool = False,
        with_place: bool = False,
        function: str | None = None,
    ) -> LookupAnswer:
        """Who answers for the entity or cell with that number, name or code.

        Several entities, or only similar names: "ambiguous", with the cells that come into question, never a guess.

        Args:
            by: one of :data:`BY`; "entity" is a permanent id or an entity code of any age, "cell" a cell code of any age.
            value: the number, name or code.
            on, recorded_at: the day, and the moment whose knowledge counts.
            with_telephones: whether officers' numbers are shown.
            with_place: whether the entity's place is.
            function: only officers who hold it, or all functions; None = everybody.
        """
        text = _cleaned(by, value)
        snapshot = self._lookup.snapshot(on, recorded_at)
        if by == "cell":
            answer = self._cell(snapshot, text, recorded_at)
        elif by == "entity":
            entity_id, notes = self._identify(text, snapshot.on, recorded_at)
            hits = self._reader.entities("id", str(entity_id), snapshot.on, recorded_at) if entity_id else ()
            answer = replace(self._of_hits(snapshot, hits), notes=notes)
        else:
            answer = self._of_hits(snapshot, self._reader.entities(by, text, snapshot.on, recorded_at))
            if by == "credit_code" and answer.status == "not_found":
                answer = replace(answer, notes=_misspelt(text))
        answer = of_function(snapshot, answer, function)
        if not with_place:
            answer = _without_place(answer, self._near_border_m)
        return answer if with_telephones else without_telephones(answer)

    def entity(
        self,
        code: str,
        *,
        on: date | None = None,
        recorded_at: datetime | None = None,
        with_telephones: bool = False,
    ) -> EntityAnswer:
        """An entity by a code of any age or its permanent id. NotFound: no such entity on that day."""
        text = _cleaned("entity", code)
        snapshot = self._lookup.snapshot(on, recorded_at)
        entity_id, _ = self._identify(text, snapshot.on, recorded_at)
        hits = self._reader.entities("id", str(entity_id), snapshot.on, recorded_at) if entity_id else ()
        if not hits:
            raise NotFound(
                f"no entity has the code or the id {text!r} on {snapshot.on}; closed ones are no longer named"
            )
        answer = self._of_hits(snapshot, hits)
        answer = answer if with_telephones else without_telephones(answer)
        codes = self._reader.entity_codes(entity_id=hits[0].entity_id, recorded_at=recorded_at)
        return EntityAnswer(
            asked=text,
            entity_id=hits[0].entity_id,
            on=snapshot.on,
            code=next((c.code for c in codes if c.holds(snapshot.on)), None),
            codes=tuple(DatedCode(c.code, c.plan.plan_id, c.plan.valid_from, c.plan.valid_to) for c in codes),
            status=answer.status,
            cell=answer.cell,
            plan=answer.plan,
            officers=answer.officers,
            fallback=answer.fallback,
        )

    # ------------------------------------------------------------------ entities
    def _identify(self, text: str, on: date, recorded_at: datetime | None) -> tuple[int | None, tuple[AnswerNote, ...]]:
        """The permanent id that a code or an id stands for on a day, and what to know about it."""
        if text[1:] and text[-1].isascii() and text[-1].isdigit():
            bearers = self._reader.entity_codes(code=text, recorded_at=recorded_at)
            if bearers:
                return _bearer(text, bearers, on)
        if text.isascii() and text.isdigit() and int(text) < 2**63:
            return int(text), ()
        return None, ()

    def _of_hits(self, snapshot: Snapshot, hits: tuple[EntityHit, ...]) -> LookupAnswer:
        age_s = self._keeper.age_s()
        nothing = LookupAnswer(status="not_found", on=snapshot.on, lon=None, lat=None, snapshot_age_s=age_s)
        places = [h for h in hits if h.lon is not None and h.lat is not None]
        answers = [
            look_up_point(snapshot, h.lon or 0.0, h.lat or 0.0, near_border_m=self._near_border_m, age_s=age_s)
            for h in places
        ]
        if not answers:
            return nothing
        exact = all(h.exact for h in hits)
        cells = {a.cell.code: a.cell for a in answers if a.cell is not None}
        agreed = len(places) == len(hits) and (len(hits) == 1 or (len(cells) == 1 and all(a.cell for a in answers)))
        if exact and agreed:
            return replace(answers[0], method="exact")
        return replace(nothing, status="ambiguous", candidates=_candidates(cells.values(), exact=exact))

    # ------------------------------------------------------------------ cell codes
    def _cell(self, snapshot: Snapshot, code: str, recorded_at: datetime | None) -> LookupAnswer:
        index = snapshot.index_of.get(code)
        age_s = self._keeper.age_s()
        nothing = LookupAnswer(status="not_found", on=snapshot.on, lon=None, lat=None, snapshot_age_s=age_s)
        if index is not None:
            return _whole_cell(snapshot, index, nothing)
        try:
            where = standing(self._reader, code=code, on=snapshot.on, recorded_at=recorded_at)
        except NotFound:
            return nothing
        nothing = replace(nothing, notes=(_old_code(where),))
        held = [k for k in where.successors if k.cell.code in snapshot.index_of]
        if held and held[0].share_of_area >= WHOLE:
            return _whole_cell(snapshot, snapshot.index_of[held[0].cell.code], nothing)
        candidates = tuple(AddressCandidate(k.cell, "", "successor", k.share_of_area, 0.0) for k in held)
        return replace(nothing, status="ambiguous" if candidates else "unpublished", candidates=candidates)


def _whole_cell(snapshot: Snapshot, index: int, empty: LookupAnswer) -> LookupAnswer:
    return replace(in_cell(snapshot, index, empty), method="code")


def _without_place(answer: LookupAnswer, near_border_m: float) -> LookupAnswer:
    """The answer without the entity's place: distances that would tell it are rounded up."""
    border, away_m = answer.border, answer.nearest_distance_m
    if border is not None:
        rough = near_border_m if border.near else ROUGH_M * math.ceil(border.distance_m / ROUGH_M)
        border = replace(border, distance_m=float(rough))
    if away_m is not None:
        away_m = ROUGH_M * math.ceil(away_m / ROUGH_M)
    return replace(answer, lon=None, lat=None, border=border, nearest_distance_m=away_m)


def _misspelt(code: str) -> tuple[AnswerNote, ...]:
    """Whether a credit code that nobody has cannot be one at all."""
    fault = str(credit_code_faults(pd.Series([code]))[0])
    if fault not in MISSPELT:
        return ()
    english, chinese = MISSPELT[fault]
    return (AnswerNote(f"credit_code.{fault}", english, chinese),)


def _candidates(cells: Iterable[CellRef], *, exact: bool) -> tuple[AddressCandidate, ...]:
    listed = sorted(cells, key=lambda c: c.code)
    method, share = ("exact", 1.0) if exact else ("similar_name", 0.5)
    return tuple(AddressCandidate(c, "", method, share / max(len(listed), 1), 0.0) for c in listed)


def _bearer(text: str, bearers: tuple[EntityCode, ...], on: date) -> tuple[int, tuple[AnswerNote, ...]]:
    """Whose code it is on the day: who bears it then, else who bore it last before, else who will bear it first."""
    for one in bearers:
        if one.holds(on):
            return one.entity_id, ()
    ended = [b for b in bearers if b.plan.valid_to is not None and b.plan.valid_to <= on]
    one = ended[-1] if ended else bearers[0]
    note = AnswerNote(
        code="entity.other_day",
        message=f"entity code {text} held from {one.plan.valid_from} to {one.plan.valid_to or 'open'}, not on {on}",
        message_zh=f"主体编码 {text} 的有效期为 {one.plan.valid_from} 至 {one.plan.valid_to or '今后'}，{on} 当日不使用",
    )
    return one.entity_id, (note,)


def _old_code(where: Lineage) -> AnswerNote:
    if where.status == "superseded":
        return AnswerNote(
            code="cell.superseded",
            message=f"cell {where.code} is no longer in force since {where.since}",
            message_zh=f"网格 {where.code} 自 {where.since} 起已不再使用",
        )
    return AnswerNote(
        code="cell.not_yet",
        message=f"cell {where.code} is in force only from {where.since}",
        message_zh=f"网格 {where.code} 自 {where.since} 起才生效",
    )


def _cleaned(by: str, value: str) -> str:
    if by not in BY:
        raise BadRequest(f"there is no lookup by {by!r}: it is one of {', '.join(BY)}")
    text = unicodedata.normalize("NFKC", value).strip()
    if not text or len(text) > LONGEST:
        raise BadRequest(
            f"{by} is {'empty' if not text else f'longer than {LONGEST} characters'}: give it as registered"
        )
    return text if by == "name" else text.replace(" ", "").upper() if by == "credit_code" else text
