"""Import daily changes: opened, changed, moved, closed and opened again, checked all at once, stored all or none."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from geo_api.errors import BadRequest, NotAllowed, RuleViolation
from geo_api.services.answers import Caller, LookupAnswer
from geo_api.services.register.rows import Row, judged, rows_of
from geo_api.services.register.store import (
    Addition,
    Change,
    Held,
    ImportAnswer,
    Keys,
    Known,
    LifeStore,
    RegisterWork,
    Rejected,
)
from geo_api.supervision.classes_rules import classes_rules
from geo_api.supervision.register_rules import register_rules
from geo_api.supervision.roles import require
from gridding.findings import Finding, Severity
from layers.register_changes import Changes

IMPORTERS = frozenset({"planner", "approver", "system"})
KINDS = ("opened", "changed", "moved", "closed", "reopened")
MOST_ROUNDS = 200
"""So many rows of one import may be about the same entity."""

FindPlaces = Callable[[Sequence[str]], Sequence[LookupAnswer]]
"""Addresses -> where they are, same order."""


def import_changes(
    store: LifeStore,
    changes: Changes,
    jurisdiction: str,
    *,
    caller: Caller,
    on: date | None = None,
    skip_bad: bool = False,
    dry_run: bool = False,
    reason: str = "",
    find_places: FindPlaces | None = None,
) -> ImportAnswer:
    """Bring daily changes into the register of a bureau. The same rows again change nothing.

    Args:
        store: where the register lives.
        changes: checked rows (:func:`layers.register_changes.read_changes`).
        jurisdiction: code of the bureau, or of a station of it.
        caller: who does it.
        on: the day of the import; rows without a date are of that day. None = today.
        skip_bad: store the good rows and report the others; otherwise one bad row stops all.
        dry_run: say what would happen, store nothing.
        reason: why; needed for a past day.
        find_places: where addresses are, for rows without coordinates; None = they stay unlocated.

    Raises:
        RuleViolation: rows that cannot be stored, all of them as findings; nothing was changed.
        NotFound: no such jurisdiction. NotAllowed: not the caller's to do. BadRequest: a day that cannot be.
    """
    require(
        caller.role,
        caller.jurisdiction,
        allowed=IMPORTERS,
        ancestors=store.ancestors(jurisdiction),
        to=f"change the register of {jurisdiction}",
    )
    today = store.today(jurisdiction)
    day = on or today
    _refuse_other_days(day, today, caller, reason)
    scope = store.scope(jurisdiction, day)
    classes = classes_rules(scope.settings.get("classes", {}))
    rules = register_rules(scope.settings.get("register", {}))
    rows = rows_of(changes, day)
    if find_places is not None:
        rows = _found(rows, find_places)
    run = _Run([r for r in rows if not r.reason], [Rejected(r.row, r.reason, r.value) for r in rows if r.reason])
    with store.register_change(scope) as work:
        for _ in range(MOST_ROUNDS):
            if not run.left:
                break
            run.round(work, classes=classes, default_class=rules.default_class)
        run.bad += [Rejected(r.row, f"more than {MOST_ROUNDS} rows about the same entity") for r in run.left]
        bad = tuple(sorted(run.bad, key=lambda r: r.row))
        if bad and not skip_bad and not dry_run:
            raise RuleViolation(
                f"{changes.file}: {len(bad)} of {len(rows)} rows cannot be stored, nothing was changed; first: row "
                f"{bad[0].row}: {bad[0].reason}",
                tuple(_finding(changes.file, r) for r in bad),
            )
        ids = sorted(run.touched)
        fell = work.fall(day, ids, caller=caller)
        answer = ImportAnswer(
            jurisdiction=scope.bureau,
            on=day,
            given=len(rows),
            **{kind: run.done[kind] for kind in KINDS},
            same=run.done["same"],
            fell=fell.fell,
            lapsed=fell.lapsed,
            dry_run=dry_run,
            rejected=bad,
            findings=(
                *changes.findings,
                *run.doubts,
                *_held(work.held_until()),
                *_outside(work.outside(ids, scope.bureau, day)),
            ),
        )
        if dry_run:
            work.discard()
        elif ids:
            work.record(answer, _digest(rows), caller=caller, reason=reason)
    return answer


class _Run:
    """Rows taken round by round: in each at most one row an entity, in the order of their days."""

    def __init__(self, left: list[Row], bad: list[Rejected]) -> None:
        self.left = sorted(left, key=lambda r: (r.day, r.row))
        self.bad = bad
        self.done: Counter[str] = Counter()
        self.touched: set[int] = set()
        self.doubts: list[Finding] = []

    def round(self, work: RegisterWork, *, classes: Any, default_class: str) -> None:
        """Take the first row of each entity."""
        found: dict[int, list[Known]] = defaultdict(list)
        for one in work.known([Keys(r.row, r.source_id, r.credit_code, r.registration_no, r.day) for r in self.left]):
            found[one.row].append(one)
        later, named, changes, additions = [], set(), [], []
        kinds: dict[int, str] = {}
        for row in self.left:
            verdict = judged(row, found[row.row], classes=classes, default_class=default_class)
            if verdict.entity in named:
                later.append(row)
                continue
            named.add(verdict.entity)
            if verdict.reason:
                self.bad.append(Rejected(row.row, verdict.reason, verdict.value))
                continue
            self.doubts += verdict.doubts
            kinds[row.row] = row.change
            if verdict.change is not None:
                changes.append(verdict.change)
            elif verdict.addition is not None:
                additions.append(verdict.addition)
            else:
                self.done["same"] += 1
        self._store(work, changes, additions, kinds)
        self.left = later

    def _store(
        self, work: RegisterWork, changes: list[Change], additions: list[Addition], kinds: dict[int, str]
    ) -> None:
        written = work.change(changes) if changes else frozenset()
        for change in changes:
            self.done[kinds[change.row] if change.row in written else "same"] += 1
            if change.row in written:
                self.touched.add(change.entity_id)
        if additions:
            self.touched.update(work.add(additions))
            self.done["opened"] += len(additions)


def _found(rows: list[Row], find_places: FindPlaces) -> list[Row]:
    """Rows with an address alone get its place where the gazetteer is sure."""
    asked = [k for k, r in enumerate(rows) if r.needs_place and any(c.isalnum() for c in r.values.get("address", ""))]
    answers = find_places([rows[k].values["address"] for k in asked]) if asked else ()
    for k, answer in zip(asked, answers, strict=True):
        if answer.status == "found" and answer.lon is not None and answer.lat is not None:
            rows[k] = replace(rows[k], place=(answer.lon, answer.lat), placed_by="gazetteer")
    return rows


def _refuse_other_days(day: date, today: date, caller: Caller, reason: str) -> None:
    if day > today:
        raise BadRequest(f"the import is of {day}, which is in the future; today is {today}")
    if day < today and caller.role not in ("admin", "system"):
        raise NotAllowed(f"the import is of {day}, before today ({today}): only an admin may")
    if day < today and caller.role == "admin" and not reason.strip():
        raise BadRequest(f"the import is of {day}, before today ({today}): give a reason")


def _finding(file: str, row: Rejected) -> Finding:
    shown = f" ({row.value!r})" if row.value else ""
    return Finding(
        "register.bad_row",
        Severity.ERROR,
        f"{file} row {row.row}: {row.reason}{shown}",
        f"{file} 第 {row.row} 行：{row.reason}{shown}",
        where=f"{file} row {row.row}",
    )


def _outside(ids: Sequence[int]) -> list[Finding]:
    return [
        Finding(
            "register.outside",
            Severity.WARNING,
            f"entity {one} lies outside the bureau: check its datum and its coordinates, or hand it over",
            f"主体 {one} 位于辖区之外，请核对坐标",
            where=str(one),
        )
        for one in ids
    ]


def _held(those: Sequence[Held]) -> list[Finding]:
    return [
        Finding(
            "register.held_until",
            Severity.INFO,
            f"row {one.row}: its {one.field} counts until {one.until}; from then on the register has another {one.field} of "
            f"entity {one.entity_id}: report that day too if it is wrong",
            f"第 {one.row} 行：{one.field} 只到 {one.until} 为止；此后主体 {one.entity_id} 另有登记，如有误请另行报送",
            where=f"row {one.row}",
        )
        for one in sorted(those, key=lambda h: (h.row, h.field))
    ]


def _digest(rows: Sequence[Row]) -> str:
    """sha256 of what the rows say."""
    text = "\n".join(repr((r.change, r.day, r.source_id, r.credit_code, r.registration_no, sorted(r.values.items()), r.place))
                     for r in rows)  # fmt: skip
    return hashlib.sha256(text.encode()).hexdigest()
