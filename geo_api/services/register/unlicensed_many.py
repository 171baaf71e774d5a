"""Steps of many files of the unlicensed at once, discoveries too, as an office keeps them in a table: all rows, or the good ones."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from geo_api.errors import BadRequest, Conflict, NotFound, RuleViolation, SupervisionError
from geo_api.services.answers import Caller
from geo_api.services.datums import point_to_storage
from geo_api.services.register.same import SameAnswer
from geo_api.services.register.store import Addition, Change, Keys, Known, RegisterScope
from geo_api.services.register.unlicensed import FileRow, UnlicensedStore, UnlicensedWork
from geo_api.services.table_rows import day_of, numbered_rows
from geo_api.supervision.claims_rules import claims_rules
from geo_api.supervision.classes_rules import classes_rules
from geo_api.supervision.entities import normalise_address
from geo_api.supervision.register_rules import register_rules
from geo_api.supervision.roles import require
from geo_api.supervision.unlicensed import CLOSED, DISCOVERED, LICENSED, REMOVED, SETTLED, STEPS, FileStep, check_step
from gridding.findings import Finding, Severity

IMPORTERS = frozenset({"planner", "approver", "system"})
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "source_id": ("编号", "主体编号", "内部编号"),
    "step": ("步骤", "环节", "处置"),
    "on": ("日期", "date"),
    "officer": ("officer_id", "监管员编号", "监管员"),
    "note": ("备注", "说明"),
    "credit_code": ("统一社会信用代码", "信用代码"),
    "registration_no": ("注册号",),
    "credit_class": ("信用分类", "信用等级"),
    "name": ("名称", "字号", "主体名称"),
    "address": ("地址", "经营地址", "经营场所"),
    "industry": ("行业", "行业类别"),
    "lon": ("经度",),
    "lat": ("纬度",),
}
WORDS = {
    "发现": DISCOVERED, "责令改正": "notice", "告知": "notice", "指导": "guided", "引导办照": "guided", "抄告": "referred",
    "移送": "referred", "已办照": LICENSED, "办照": LICENSED, "取缔": REMOVED, "消失": REMOVED, "结案": CLOSED,
}  # fmt: skip
"""How a step may be written in Chinese."""
MOST_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class BadFileStep:
    """A row that was not stored: its number, its entity, and why."""

    row: int
    source_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class FilesImport:
    """What became of many rows: given, steps taken by kind, rows that the files say already, rows that were not stored."""

    given: int
    taken: dict[str, int]
    same: int
    rejected: tuple[BadFileStep, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    """A row that can be read."""

    number: int
    source_id: str
    step: str
    day: date
    given: Mapping[str, str]
    place: tuple[float, float] | None = None


@dataclass
class _Batch:
    """What the rows come to; ids below 0 stand for entities that are added."""

    files: dict[int, list[FileStep]] = field(default_factory=lambda: defaultdict(list))
    new: list[tuple[int, FileStep]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    joined: list[SameAnswer] = field(default_factory=list)
    additions: list[Addition] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)


def import_unlicensed(
    store: UnlicensedStore,
    steps: Sequence[Mapping[str, Any]] | Path,
    jurisdiction: str,
    *,
    caller: Caller,
    datum: str | None = None,
    reason: str = "",
    skip_bad: bool = False,
) -> FilesImport:
    """Take steps in the files of the unlicensed of a bureau, by day, in one transaction. The same rows again change nothing.

    A row names its entity by the number that it has in its source (``source_id``); a row ``discovered`` with a number that
    the register does not have begins a file.

    Args:
        store: where the register lives.
        steps: rows with the columns :data:`COLUMNS`; or a CSV or XLSX file of them.
        jurisdiction: code of the bureau, or of a station of it.
        caller: who does it.
        datum: what lon and lat are in; never guessed.
        reason: why; needed for discoveries that lie longer back than the rules allow.
        skip_bad: store the good rows and report the others; otherwise one that cannot be stored stops all.

    Raises:
        RuleViolation: rows that cannot be stored, all of them as findings; nothing was changed.
        NotFound: no such jurisdiction. NotAllowed: not the caller's to do. BadRequest: a file that cannot be read.
    """
    bureau = store.ancestors(jurisdiction)[-1]
    require(
        caller.role,
        caller.jurisdiction,
        allowed=IMPORTERS,
        ancestors=store.ancestors(jurisdiction),
        to=f"change the files of the unlicensed of {jurisdiction}",
    )
    today = store.today(bureau)
    scope = store.scope(bureau, today)
    given = numbered_rows(steps, COLUMNS, needed=("source_id", "step"), most=MOST_ROWS)
    rows, bad = _checked(given, scope, today, datum, caller, reason)
    known_files = {f.entity_id: f for f in store.unlicensed(bureau, today)}
    with store.unlicensed_change(scope) as work:
        desk = _Desk(work, scope, rows, known_files, today, caller)
        taken: Counter[str] = Counter()
        same = 0
        for row in rows:
            try:
                new = desk.take(row)
            except SupervisionError as problem:
                bad.append(BadFileStep(row.number, row.source_id, str(problem)))
                continue
            taken[row.step] += new
            same += not new
        if bad and not skip_bad:
            bad.sort(key=lambda b: b.row)
            raise RuleViolation(
                f"{len(bad)} of {len(given)} rows cannot be stored, nothing was changed; first: row {bad[0].row}: "
                f"{bad[0].reason}",
                tuple(_finding(one) for one in bad),
            )
        desk.store(today, reason)
        outside = work.outside(desk.added, jurisdiction, today)
        if outside:
            raise BadRequest(f"{len(outside)} discoveries lie outside {jurisdiction}: check their places and the datum")
    return FilesImport(len(given), dict(sorted((+taken).items())), same, tuple(sorted(bad, key=lambda b: b.row)))


class _Desk:
    """Takes row after row in memory; :meth:`store` writes all of it."""

    def __init__(
        self, work: UnlicensedWork, scope: RegisterScope, rows: Sequence[_Row], files: Mapping[int, FileRow], today: date,
        caller: Caller,
    ) -> None:  # fmt: skip
        self._work, self._today, self._caller = work, today, caller
        self._classes = classes_rules(scope.settings.get("classes", {}))
        self._default = register_rules(scope.settings.get("register", {})).default_class
        found = work.known([Keys(r.number, r.source_id, "", "", r.day) for r in rows]) if rows else ()
        self._entity = {k.row: k for k in found}
        licensed = [r for r in rows if r.step == LICENSED]
        keys = [
            Keys(r.number, "", r.given["credit_code"].upper(), r.given["registration_no"].upper(), r.day)
            for r in licensed
        ]
        self._numbered: dict[int, list[Known]] = defaultdict(list)
        for one in work.known(keys) if keys else ():
            self._numbered[one.row].append(one)
        self._files = files
        self._batch = _Batch()
        self._added: dict[str, int] = {}
        self.added: tuple[int, ...] = ()

    def take(self, row: _Row) -> bool:
        """Take a row; False where its file says so already."""
        entity = self._added.get(row.source_id)
        if entity is None and row.number in self._entity:
            entity = self._entity[row.number].entity_id
        if row.step == DISCOVERED:
            return self._discovered(row, entity)
        if entity is None:
            raise NotFound(f"there is no entity with the number {row.source_id!r}: report it as discovered first")
        steps = self._steps(entity, row)
        note, officer = row.given["note"], row.given["officer"]
        if any((s.step, s.day) == (row.step, row.day) for s in steps):
            return False
        check_step(entity, steps[-1], row.step, row.day, note, self._today)
        became = self._licensed(row, entity) if row.step == LICENSED else None
        if row.step == REMOVED or (row.step == CLOSED and steps[-1].step not in SETTLED):
            self._batch.changes.append(Change(row.number, entity, row.day, {"closed": row.day}))
        self._append(entity, FileStep(row.step, row.day, officer, note, self._caller.name, became))
        return True

    def store(self, day: date, reason: str) -> None:
        """Write what was taken: additions, changes, decisions, steps; then what is new falls into its cell."""
        batch, work = self._batch, self._work
        ids = work.add(batch.additions) if batch.additions else ()
        real = {-(n + 1): one for n, one in enumerate(ids)}
        self.added = tuple(ids)
        if batch.changes:
            work.change([replace(c, entity_id=real.get(c.entity_id, c.entity_id)) for c in batch.changes])
        if batch.joined:
            work.decide_all(batch.joined, caller=self._caller, reason="licensed")
        counted: Counter[int] = Counter()
        numbered = []
        for entity, step in batch.new:
            counted[entity] += 1
            before = len(self._files[entity].steps) if entity in self._files else 0
            became = None if step.became_entity_id is None else real.get(step.became_entity_id, step.became_entity_id)
            numbered.append(
                (real.get(entity, entity), before + counted[entity], replace(step, became_entity_id=became))
            )
        if numbered:
            work.steps(numbered, caller=self._caller)
        touched = sorted({one for one, _, _ in numbered})
        if touched:
            work.fall(day, touched, caller=self._caller)

    def _discovered(self, row: _Row, entity: int | None) -> bool:
        if entity is not None:
            return False
        given = row.given
        content: dict[str, Any] = {
            "name": given["name"], "address": given["address"], "address_key": normalise_address(given["address"]),
            "industry": given["industry"], "licensed": False, "credit_class": self._classes.unlicensed, "opened": row.day,
        }  # fmt: skip
        self._batch.additions.append(
            Addition(row.number, row.source_id, content, row.place, self._caller.name if row.place else "")
        )
        new = -len(self._batch.additions)
        self._added[row.source_id] = new
        self._append(new, FileStep(DISCOVERED, row.day, given["officer"], given["note"], self._caller.name))
        return True

    def _steps(self, entity: int, row: _Row) -> list[FileStep]:
        """The steps of a file so far; one that came with the register begins with its discovery."""
        steps = self._batch.files[entity]
        if steps:
            return steps
        file = self._files.get(entity)
        if file is None:
            raise Conflict(f"entity {entity} has a licence or is closed: it has no file of an unlicensed one")
        if file.steps:
            steps.extend(file.steps)
        else:
            begun = min(file.opened or row.day, row.day)
            self._append(entity, FileStep(DISCOVERED, begun, "", "from the register", self._caller.name))
        return steps

    def _append(self, entity: int, step: FileStep) -> None:
        self._batch.files[entity].append(step)
        self._batch.new.append((entity, step))

    def _licensed(self, row: _Row, entity: int) -> int:
        """It joins the licensed entity with that number, or becomes licensed itself; the id of the licensed one."""
        credit_code, number = row.given["credit_code"].upper(), row.given["registration_no"].upper()
        if not (credit_code or number):
            raise BadRequest("with which credit code or registration number was it licensed?")
        for one in filter(None, (credit_code, number)):
            if self._batch.numbers.setdefault(one, entity) != entity:
                raise Conflict(f"{one} stands for another entity of this table already")
        others = {k.entity_id for k in self._numbered[row.number] if k.lives and k.entity_id != entity}
        if len(others) > 1:
            named = ", ".join(map(str, sorted(others)))
            raise Conflict(f"several entities have that number ({named}): decide which is which first")
        if others:
            (other,) = others
            if entity < 0:
                raise Conflict(f"entity {other} has that number: report the discovery first, then its licence")
            self._batch.changes.append(Change(row.number, entity, row.day, {"closed": row.day}))
            self._batch.joined.append(
                SameAnswer(min(entity, other), max(entity, other), "same", row.day, other, entity)
            )
            return other
        chosen = row.given["credit_class"].upper() or self._default
        if chosen not in self._classes.order:
            raise BadRequest(f"its class as a licensed one? (credit_class: {', '.join(self._classes.order)})")
        values = {
            "licensed": True, "credit_class": chosen, "credit_code": credit_code or None, "registration_no": number or None,
        }  # fmt: skip
        self._batch.changes.append(Change(row.number, entity, row.day, values))
        return entity


def _checked(
    given: Sequence[tuple[int, dict[str, str]]], scope: RegisterScope, today: date, datum: str | None, caller: Caller,
    reason: str,
) -> tuple[list[_Row], list[BadFileStep]]:  # fmt: skip
    """Rows that can be read, by day; and those that cannot."""
    back_days = claims_rules(scope.settings.get("claims", {})).back_days
    rows, bad = [], []
    for number, row in given:
        try:
            one = _read(number, row, today, datum)
            late = one.step == DISCOVERED and (today - one.day).days > back_days
            if late and not (caller.role == "admin" and (reason.strip() or row["note"])):
                raise BadRequest(f"{one.day} is more than {back_days} days ago: an admin enters it, with a reason")
            rows.append(one)
        except SupervisionError as problem:
            bad.append(BadFileStep(number, row["source_id"], str(problem)))
    rows.sort(key=lambda r: r.day)
    return rows, bad


def _read(number: int, row: Mapping[str, str], today: date, datum: str | None) -> _Row:
    problems: list[str] = []
    day, place = today, None
    step = WORDS.get(row["step"], row["step"].lower())
    try:
        day = day_of(row["on"], "on") or today
    except BadRequest as problem:
        problems.append(str(problem))
    if not row["source_id"]:
        problems.append("source_id is missing: the number of the entity in its source")
    if step not in (DISCOVERED, *STEPS):
        problems.append(f"there is no step {row['step']!r}: there are {', '.join((DISCOVERED, *STEPS))}")
    if day > today:
        problems.append(f"{day} is in the future; today is {today}")
    if step == DISCOVERED:
        if not (row["name"] or row["address"]):
            problems.append("give its name or its address: somebody must find it again")
        try:
            place = _place(row["lon"], row["lat"], datum)
        except SupervisionError as problem:
            problems.append(str(problem))
    if problems:
        raise BadRequest("; ".join(problems))
    return _Row(number, row["source_id"], step, day, row, place)


def _place(lon: str, lat: str, datum: str | None) -> tuple[float, float] | None:
    if not (lon or lat):
        return None
    if not (lon and lat and datum):
        raise BadRequest("give lon, lat and the datum, all three: the datum is never guessed")
    try:
        return point_to_storage(float(lon), float(lat), datum)
    except ValueError:
        raise BadRequest(f"lon {lon!r}, lat {lat!r}: degrees were expected") from None


def _finding(bad: BadFileStep) -> Finding:
    return Finding(
        "register.bad_file_step",
        Severity.ERROR,
        f"row {bad.row}: {bad.reason}",
        f"第 {bad.row} 行（{bad.source_id}）无法登记：{bad.reason}",
        where=f"row {bad.row}",
    )
