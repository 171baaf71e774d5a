"""The leave of many officers at once, as an office keeps it in a table: all rows, or the good ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from geo_api.errors import BadRequest, NotFound, RuleViolation, SupervisionError
from geo_api.services.answers import Caller
from geo_api.services.backdating import refuse_backdating
from geo_api.services.staffing.leave import allowed, event_of, refuse_clashes
from geo_api.services.staffing.store import StaffingStore, StaffingWork
from geo_api.services.table_rows import day_of, numbered_rows
from geo_api.supervision.absences import KINDS, Absence, clashes, go_away
from geo_api.supervision.periods import Period
from gridding.findings import Finding, Severity

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "officer": ("officer_id", "监管员编号", "监管员", "人员编号", "工号"),
    "valid_from": ("from", "开始日期", "起始日期", "起"),
    "valid_to": ("to", "返岗日期", "结束日期", "止"),
    "substitute": ("代班人员", "代班", "代理人"),
    "kind": ("缺勤类型", "类型", "假别"),
    "reason": ("原因", "事由", "备注"),
}
WORDS = {
    "": "leave",
    "休假": "leave",
    "年假": "leave",
    "病假": "sick",
    "培训": "training",
    "借调": "secondment",
    "其他": "other",
}
"""How a kind may be written in Chinese; none = leave."""
MOST_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class BadLeave:
    """A row that was not stored: its number, its officer, and why."""

    row: int
    officer: str
    reason: str


@dataclass(frozen=True, slots=True)
class LeaveImport:
    """What became of many rows: given, stored, those that say what is recorded already, and those that were not stored."""

    given: int
    stored: int
    same: int
    rejected: tuple[BadLeave, ...]


def record_leave(
    store: StaffingStore,
    leave: Sequence[Mapping[str, Any]] | Path,
    *,
    caller: Caller,
    reason: str = "",
    skip_bad: bool = False,
) -> LeaveImport:
    """Record absences in the order given, in one transaction. The very same rows once more change nothing.

    Args:
        store: where absences are kept.
        leave: rows with the columns :data:`COLUMNS`; or a CSV or XLSX file of them.
        caller: who does it.
        reason: why, where a row gives none; an admin's past days need one.
        skip_bad: store the good rows and report the others; otherwise one that cannot be stored stops all.

    Raises:
        RuleViolation: rows that cannot be stored, all of them as findings; nothing was changed.
        BadRequest: no row, or a file that cannot be read. TooLarge: more than :data:`MOST_ROWS` rows.
    """
    rows = numbered_rows(leave, COLUMNS, needed=("officer", "valid_from"), most=MOST_ROWS)
    if not rows:
        raise BadRequest("there is no leave to record: at least one row is needed, with officer and valid_from")
    bad: list[BadLeave] = []
    stored = same = 0
    desk = _Desk(store, caller, {row["officer"] for _, row in rows})
    with store.change() as work:
        for number, row in rows:
            try:
                taken = _take(desk, work, row, row["reason"] or reason)
            except SupervisionError as problem:
                bad.append(BadLeave(number, row["officer"], str(problem)))
                continue
            stored, same = stored + taken, same + (not taken)
        if bad and not skip_bad:
            raise RuleViolation(
                f"{len(bad)} of {len(rows)} rows cannot be stored, nothing was changed; first: row {bad[0].row}: "
                f"{bad[0].reason}",
                tuple(_finding(one) for one in bad),
            )
    return LeaveImport(len(rows), stored, same, tuple(bad))


class _Desk:
    """Whose leave the caller may record and what day it is there: asked before the transaction begins."""

    def __init__(self, store: StaffingStore, caller: Caller, officers: Iterable[str]) -> None:
        self.caller = caller
        self._stations: dict[str, str | SupervisionError] = {}
        self._today: dict[str, date] = {}
        for officer in sorted(filter(None, officers)):
            try:
                station = allowed(store, officer, f"record the leave of {officer}", caller)
            except SupervisionError as problem:
                self._stations[officer] = problem
                continue
            self._stations[officer] = station
            if station not in self._today:
                self._today[station] = store.today(station)

    def station(self, officer: str) -> str:
        """The officer's station; the error where there is no such officer or it is not the caller's to do."""
        found = self._stations[officer]
        if isinstance(found, SupervisionError):
            raise found
        return found

    def today(self, code: str) -> date:
        """Today in the time zone of a station's bureau."""
        return self._today[code]


def _take(desk: _Desk, work: StaffingWork, row: Mapping[str, str], reason: str) -> bool:
    """Record a row; False where it is recorded already."""
    wanted, start = _absence(row)
    officer = wanted.officer_id
    station = desk.station(officer)
    if wanted.substitute_id and not work.knows_officer(wanted.substitute_id):
        raise NotFound(f"there is no officer {wanted.substitute_id!r} to stand in: load the register of officers first")
    rows = work.absences(tuple(filter(None, (officer, wanted.substitute_id))))
    if any(replace(known, row_id=0) == wanted for known in rows):
        return False
    what = f"record the leave of {officer}"
    refuse_backdating(desk, station, start, caller=desk.caller, reason=reason, what=what)
    refuse_clashes(clashes(rows, wanted), wanted)
    work.rewrite_absences(go_away(rows, wanted))
    event_of(work, wanted, caller=desk.caller, reason=reason)
    return True


def _absence(row: Mapping[str, str]) -> tuple[Absence, date]:
    """What a row says, and the first day; BadRequest with every problem."""
    problems: list[str] = []
    days: list[date | None] = []
    for column in ("valid_from", "valid_to"):
        try:
            days.append(day_of(row[column], column))
        except BadRequest as problem:
            problems.append(str(problem))
            days.append(None)
    first, end = days
    if not row["officer"]:
        problems.append("officer is missing: the id of the officer who is away")
    if first is None and not row["valid_from"]:
        problems.append("valid_from is missing: from which day?")
    kind = WORDS.get(row["kind"], row["kind"])
    if kind not in KINDS:
        problems.append(f"there is no kind of absence {kind!r}: it is one of {', '.join(KINDS)}")
    if row["substitute"] and row["substitute"] == row["officer"]:
        problems.append(f"officer {row['officer']} cannot stand in for themselves")
    if first and end and end <= first:
        problems.append(f"the leave ends on {end}, before it begins on {first}")
    if problems or first is None:
        raise BadRequest("; ".join(problems))
    return Absence(0, row["officer"], row["substitute"], kind, Period(first, end)), first


def _finding(bad: BadLeave) -> Finding:
    return Finding(
        "staffing.bad_leave",
        Severity.ERROR,
        f"row {bad.row}: {bad.reason}",
        f"第 {bad.row} 行（监管员 {bad.officer}）无法登记：{bad.reason}",
        where=f"row {bad.row}",
    )
