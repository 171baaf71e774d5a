"""Many steps of claims at once, as a file or a handheld that was offline sends them: all of them, or the good ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from geo_api.errors import BadRequest, RuleViolation, SupervisionError, TooLarge
from geo_api.services.answers import Caller
from geo_api.services.claims.step import take_step
from geo_api.services.claims.store import ClaimStore
from gridding.findings import Finding, Severity

COLUMNS = ("entity", "verb", "officer", "to", "document", "reason", "on")
MOST_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class BadStep:
    """A row that was not stored: its number, its entity, and why."""

    row: int
    entity: str
    reason: str


@dataclass(frozen=True, slots=True)
class StepsAnswer:
    """What became of many steps: rows given, steps taken by state, and the rows that were not."""

    given: int
    taken: dict[str, int]
    rejected: tuple[BadStep, ...]


def step_claims(
    store: ClaimStore, steps: Sequence[Mapping[str, Any]] | Path, *, caller: Caller, skip_bad: bool = False
) -> StepsAnswer:
    """Take steps in the order given, in one transaction. The very same steps once more change nothing.

    Args:
        store: where claims are kept.
        steps: rows with the columns :data:`COLUMNS`; or a CSV or XLSX file of them.
        caller: who does it.
        skip_bad: take the good ones and report the others; otherwise one that cannot be taken stops all.

    Raises:
        RuleViolation: steps that cannot be taken, all of them as findings; nothing was changed.
        TooLarge: more than :data:`MOST_ROWS` rows.
    """
    rows = _read(steps) if isinstance(steps, Path) else list(enumerate(steps, start=1))
    if len(rows) > MOST_ROWS:
        raise TooLarge(f"{len(rows)} steps: at most {MOST_ROWS} at once")
    taken: dict[str, int] = {}
    bad: list[BadStep] = []
    with store.change() as work:
        for number, row in rows:
            try:
                claim, _ = take_step(work, caller=caller, **_named(row))
            except SupervisionError as problem:
                bad.append(BadStep(number, str(row.get("entity") or ""), str(problem)))
            else:
                taken[claim.last.step] = taken.get(claim.last.step, 0) + 1
        if bad and not skip_bad:
            raise RuleViolation(
                f"{len(bad)} of {len(rows)} steps cannot be taken, nothing was changed; first: row {bad[0].row}: "
                f"{bad[0].reason}",
                tuple(_finding(one) for one in bad),
            )
    return StepsAnswer(len(rows), dict(sorted(taken.items())), tuple(bad))


def _read(path: Path) -> list[tuple[int, dict[str, Any]]]:
    """Rows of a file with their numbers."""
    from layers.raw import read_source  # pandas: loaded when somebody reads a file

    raw = read_source(path)
    named = {c: str(c).strip().lower() for c in raw.frame.columns}
    frame = raw.frame.rename(columns=named)
    if not {"entity", "verb"} <= set(frame.columns):
        raise BadRequest(
            f"{path}: the columns entity and verb are needed, and {', '.join(COLUMNS[2:])} where they apply"
        )
    known = [c for c in COLUMNS if c in frame.columns]
    return list(zip(raw.rows.tolist(), frame[known].to_dict("records"), strict=True))


def _named(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as parameters; BadRequest for a day that is none."""
    odd = [str(k) for k in row if k not in COLUMNS]
    if odd:
        raise BadRequest(f"a step has no {', '.join(odd)}: it has {', '.join(COLUMNS)}")
    given = {name: str(row.get(name) or "").strip() for name in COLUMNS}
    on = given.pop("on")
    try:
        day = date.fromisoformat(on[:10]) if on else None
    except ValueError:
        raise BadRequest(f"on={on!r} is no day: write it as 2026-01-31") from None
    return {**given, "on": day}


def _finding(bad: BadStep) -> Finding:
    return Finding(
        "claims.bad_step",
        Severity.ERROR,
        f"row {bad.row}: {bad.reason}",
        f"第 {bad.row} 行（主体 {bad.entity}）无法办理：{bad.reason}",
        where=f"row {bad.row}",
    )
