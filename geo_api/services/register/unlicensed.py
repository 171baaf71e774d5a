"""Unlicensed entities: found, warned, guided, referred, licensed or removed; one file each, once however often it is sent."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from geo_api.errors import BadRequest, Conflict
from geo_api.services.answers import Caller
from geo_api.services.datums import point_to_storage
from geo_api.services.register.same import SameAnswer, SameStore, SameWork
from geo_api.services.register.store import Addition, Change, Keys, RegisterScope
from geo_api.services.register.whose import codes_concerned
from geo_api.supervision.acting import acting_officer
from geo_api.supervision.claims_rules import claims_rules
from geo_api.supervision.classes_rules import classes_rules
from geo_api.supervision.entities import normalise_address
from geo_api.supervision.register_rules import register_rules
from geo_api.supervision.roles import require
from geo_api.supervision.unlicensed import CLOSED, DISCOVERED, LICENSED, REMOVED, SETTLED, FileStep, check_step

OFFICERS = frozenset({"officer", "planner", "approver"})
READERS = frozenset({*OFFICERS, "system"})
STATES = ("open", "settled", "all")


@dataclass(frozen=True, slots=True)
class UnlicensedFile:
    """An unlicensed entity and its file, as it stood on a day.

    Attributes:
        entity_id, name, address, industry: permanent id, and what is known of it.
        lon, lat, cell_code: its place (EPSG:4490) and its cell that day; None = unknown, or in no cell.
        state: the last step: discovered, notice, guided, referred, licensed, removed, closed.
        discovered_on, since: the first and the last step's day; ``discovered_on`` None = it came with the register.
        open_days: days from the discovery to the settlement, or to the day asked about.
        officer_id, note: of the last step.
        became_entity_id: the licensed entity that it became or joined.
        steps: all steps, oldest first.
    """

    entity_id: int
    name: str
    address: str
    industry: str
    lon: float | None
    lat: float | None
    cell_code: str | None
    state: str
    discovered_on: date | None
    since: date | None
    open_days: int | None
    officer_id: str
    note: str
    became_entity_id: int | None
    steps: tuple[FileStep, ...]


@dataclass(frozen=True, slots=True)
class UnlicensedLedger:
    """The unlicensed of a jurisdiction on a day; ``totals`` counts them by state."""

    jurisdiction: str
    on: date
    totals: dict[str, int]
    files: tuple[UnlicensedFile, ...]


@dataclass(frozen=True, slots=True)
class FileRow:
    """An unlicensed entity as stored; ``steps`` may be empty where it came with the register."""

    entity_id: int
    name: str
    address: str
    industry: str
    lon: float | None
    lat: float | None
    cell_code: str | None
    opened: date | None
    steps: tuple[FileStep, ...]


class UnlicensedWork(SameWork, Protocol):
    """A transaction about unlicensed entities."""

    def by_client(self, client_id: str) -> int | None:
        """The entity whose file has a step with this id of a handheld; None = none."""
        ...

    def file(self, entity_id: int, on: date) -> FileRow:
        """An entity with its file as it stands."""
        ...

    def is_unlicensed(self, entity_id: int, on: date) -> bool:
        """Whether it exists without a licence on a day."""
        ...

    def step(self, entity_id: int, number: int, step: FileStep, *, client_id: str, caller: Caller) -> None:
        """Store a step; Conflict where somebody was faster."""
        ...

    def decide_all(self, answers: Sequence[SameAnswer], *, caller: Caller, reason: str) -> None:
        """Record many decisions."""
        ...

    def steps(self, steps: Sequence[tuple[int, int, FileStep]], *, caller: Caller) -> None:
        """Store many steps: permanent id, number of the step, step; Conflict where somebody was faster."""
        ...


class UnlicensedStore(SameStore, Protocol):
    """Where the files are kept."""

    def unlicensed(self, code: str, on: date, recorded_at: datetime | None = None) -> tuple[FileRow, ...]:
        """The unlicensed of a jurisdiction with their files, as they stood on a day, by id."""
        ...

    def unlicensed_change(self, scope: RegisterScope) -> AbstractContextManager[UnlicensedWork]:
        """A transaction that changes something."""
        ...


def add_unlicensed(
    store: UnlicensedStore,
    jurisdiction: str,
    *,
    caller: Caller,
    name: str,
    address: str = "",
    industry: str = "",
    lon: float | None = None,
    lat: float | None = None,
    datum: str | None = None,
    officer: str = "",
    note: str = "",
    client_id: str = "",
    on: date | None = None,
) -> UnlicensedFile:
    """Begin the file of an unlicensed entity that somebody found. It falls into its cell and counts as the worst class.

    ``client_id``, made by a handheld, names the report: sent again it changes nothing.

    Raises:
        NotFound: no such jurisdiction. NotAllowed: not the caller's to do. BadRequest: no name, no such day, or a place
            outside the jurisdiction. Conflict: the client_id belongs to another report.
    """
    ancestors = store.ancestors(jurisdiction)
    require(
        caller.role, caller.jurisdiction, allowed=OFFICERS, ancestors=ancestors, to=f"report entities of {jurisdiction}"
    )
    officer = acting_officer(caller.officer_id, officer.strip(), "report an unlicensed entity")
    today = store.today(jurisdiction)
    day = on or today
    place = _place(lon, lat, datum)
    problems = [
        *([] if name.strip() or address.strip() else ["give its name or its address: somebody must find it again"]),
        *([f"{day} is in the future; today is {today}"] if day > today else []),
    ]
    if problems:
        raise BadRequest("; ".join(problems))
    scope = store.scope(jurisdiction, day)
    classes = classes_rules(scope.settings.get("classes", {}))
    back_days = claims_rules(scope.settings.get("claims", {})).back_days
    if (today - day).days > back_days and not (caller.role == "admin" and note.strip()):
        raise BadRequest(f"{day} is more than {back_days} days ago: an admin enters it, with a note that says why")
    with store.unlicensed_change(scope) as work:
        known = work.by_client(client_id) if client_id else None
        if known is None:
            source_id = f"unlicensed:{client_id or uuid.uuid4().hex}"
            content: dict[str, Any] = {
                "name": name.strip(), "address": address.strip(), "address_key": normalise_address(address),
                "industry": industry.strip(), "licensed": False, "credit_class": classes.unlicensed, "opened": day,
            }  # fmt: skip
            (known,) = work.add([Addition(0, source_id, content, place, caller.name if place else "")])
            step = FileStep(DISCOVERED, day, officer, note.strip(), caller.name)
            work.step(known, 1, step, client_id=client_id, caller=caller)
            work.fall(day, [known], caller=caller)
            if work.outside([known], jurisdiction, day):
                raise BadRequest(f"its place ({lon}, {lat}) lies outside {jurisdiction}: report it where it lies")
        row = work.file(known, day)
        if len(row.steps) == 1 and (row.name, row.address) != (name.strip(), address.strip()):
            raise Conflict(f"client_id {client_id!r} stands for entity {known}, another report: make an id of its own")
        return _file(row, day)


def step_unlicensed(
    store: UnlicensedStore,
    entity: str,
    step: str,
    *,
    caller: Caller,
    officer: str = "",
    note: str = "",
    credit_code: str = "",
    registration_no: str = "",
    credit_class: str = "",
    client_id: str = "",
    on: date | None = None,
) -> UnlicensedFile:
    """Take a step in the file of an unlicensed entity.

    "licensed" needs its credit code or registration number: where the register has a licensed entity with that number the
    unlicensed one joins it (and its codes lead there), else it becomes licensed itself and keeps its permanent id.
    "removed", and "closed" without a licence, close it in the register.

    Raises:
        NotFound: no such entity. Conflict: it has a licence, or the file does not allow the step.
        BadRequest: something is missing or cannot be. NotAllowed: not the caller's to do.
    """
    bureau = store.bureau_of(entity, on or date.max)
    require(
        caller.role,
        caller.jurisdiction,
        allowed=OFFICERS,
        ancestors=codes_concerned(store, bureau, caller),
        to=f"change the file of entity {entity}",
    )
    officer = acting_officer(caller.officer_id, officer.strip(), f"take the step {step!r} of entity {entity}")
    today = store.today(bureau)
    day = on or today
    scope = store.scope(bureau, day)
    with store.unlicensed_change(scope) as work:
        known = work.by_client(client_id) if client_id else None
        entity_id = work.entity(entity, day)
        if known is not None:
            row = work.file(known, max(day, today))
            same = {known, *(s.became_entity_id for s in row.steps)}  # what was licensed answers for its former self
            if entity_id not in same or not any(s.step == step for s in row.steps):
                raise Conflict(
                    f"client_id {client_id!r} stands for another report: make an id of its own for each step"
                )
            return _file(row, day)
        row = work.file(entity_id, today)  # steps after the day refuse it
        steps = row.steps
        if not steps:
            if not work.is_unlicensed(entity_id, day):
                raise Conflict(f"entity {entity_id} has a licence: it has no file of an unlicensed one")
            begun = FileStep(DISCOVERED, min(row.opened or day, day), "", "from the register", caller.name)
            work.step(entity_id, 1, begun, client_id="", caller=caller)
            steps = (begun,)
        check_step(entity_id, steps[-1], step, day, note, today)
        became = None
        if step == LICENSED:
            became = _licensed(work, scope, entity_id, day, credit_code, registration_no, credit_class, caller)
        elif step == REMOVED or (step == CLOSED and steps[-1].step not in SETTLED):
            work.change([Change(0, entity_id, day, {"closed": day})])
        new = FileStep(step, day, officer, note.strip(), caller.name, became)
        work.step(entity_id, len(steps) + 1, new, client_id=client_id, caller=caller)
        work.fall(day, [entity_id], caller=caller)
        return _file(work.file(entity_id, day), day)


def list_unlicensed(
    store: UnlicensedStore,
    jurisdiction: str,
    *,
    caller: Caller,
    on: date,
    state: str = "open",
    recorded_at: datetime | None = None,
) -> UnlicensedLedger:
    """The unlicensed of a bureau, station or cell on a day, with their files; the oldest discovery first.

    ``state``: "open" (nothing settled yet), "settled" (licensed, removed, closed) or "all".

    Raises:
        NotFound: no such jurisdiction. NotAllowed: not the caller's to see. BadRequest: no such state.
    """
    if state not in STATES:
        raise BadRequest(f"there is no state {state!r} of the unlicensed: it is one of {', '.join(STATES)}")
    require(
        caller.role,
        caller.jurisdiction,
        allowed=READERS,
        ancestors=store.ancestors(jurisdiction),
        to=f"see the unlicensed of {jurisdiction}",
    )
    files = [_file(row, on) for row in store.unlicensed(jurisdiction, on, recorded_at)]
    totals: dict[str, int] = {}
    for one in files:
        totals[one.state] = totals.get(one.state, 0) + 1
    wanted = [f for f in files if state == "all" or (f.state in SETTLED) == (state == "settled")]
    wanted.sort(key=lambda f: (f.discovered_on or date.min, f.entity_id))
    return UnlicensedLedger(jurisdiction, on, dict(sorted(totals.items())), tuple(wanted))


def _licensed(
    work: UnlicensedWork,
    scope: RegisterScope,
    entity_id: int,
    day: date,
    credit_code: str,
    registration_no: str,
    credit_class: str,
    caller: Caller,
) -> int:
    """It joins the licensed entity with that number, or becomes licensed itself; the id of the licensed one."""
    credit_code, registration_no = credit_code.strip().upper(), registration_no.strip().upper()
    if not (credit_code or registration_no):
        raise BadRequest(f"entity {entity_id}: with which credit code or registration number was it licensed?")
    others = {
        k.entity_id: k
        for k in work.known([Keys(0, "", credit_code, registration_no, day)])
        if k.lives and k.entity_id != entity_id
    }
    if len(others) > 1:
        raise Conflict(
            f"several entities have that number ({', '.join(map(str, sorted(others)))}): decide which is which first"
        )
    if others:
        (other,) = others
        work.change([Change(0, entity_id, day, {"closed": day})])
        answer = SameAnswer(min(entity_id, other), max(entity_id, other), "same", day, other, entity_id)
        work.decide(answer, caller=caller, reason="licensed")
        return other
    classes = classes_rules(scope.settings.get("classes", {}))
    chosen = credit_class.strip().upper() or register_rules(scope.settings.get("register", {})).default_class
    if chosen not in classes.order:
        raise BadRequest(f"entity {entity_id}: its class as a licensed one? (credit_class: {', '.join(classes.order)})")
    values = {
        "licensed": True, "credit_class": chosen, "credit_code": credit_code or None,
        "registration_no": registration_no or None,
    }  # fmt: skip
    work.change([Change(0, entity_id, day, values)])
    return entity_id


def _file(row: FileRow, on: date) -> UnlicensedFile:
    """The file as it is answered."""
    steps: Sequence[FileStep] = row.steps
    last = steps[-1] if steps else FileStep(DISCOVERED, row.opened or on, "", "", "")
    begun = steps[0].day if steps else row.opened
    settled = next((s.day for s in steps if s.step in SETTLED), None)
    became = next((s.became_entity_id for s in steps if s.became_entity_id is not None), None)
    return UnlicensedFile(
        entity_id=row.entity_id,
        name=row.name,
        address=row.address,
        industry=row.industry,
        lon=row.lon,
        lat=row.lat,
        cell_code=row.cell_code,
        state=last.step,
        discovered_on=begun,
        since=last.day if steps else begun,
        open_days=((settled or on) - begun).days if begun else None,
        officer_id=last.officer_id,
        note=last.note,
        became_entity_id=became,
        steps=tuple(steps),
    )


def _place(lon: float | None, lat: float | None, datum: str | None) -> tuple[float, float] | None:
    if lon is None and lat is None:
        return None
    if lon is None or lat is None or not datum:
        raise BadRequest("give lon, lat and datum, all three: the datum is never guessed")
    return point_to_storage(lon, lat, datum)
