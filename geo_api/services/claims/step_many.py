"""Many steps of claims at once, as a file or a handheld that was offline sends them: all of them, or the good ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from geo_api.errors import BadRequest, Conflict, NotAllowed, NotFound, RuleViolation, SupervisionError, TooLarge
from geo_api.services.answers import Caller
from geo_api.services.claims.step import take_step
from geo_api.services.claims.store import Asked, ClaimStore, ClaimWork
from geo_api.services.file_heads import columns_by_head
from geo_api.supervision import claims as life
from geo_api.supervision.claims import Claim
from gridding.findings import Finding, Severity

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "entity": ("主体编号", "统一社会信用代码", "社会信用代码", "信用代码", "注册号", "编号", "主体"),
    "verb": ("办理事项", "办理", "环节", "操作", "事项"),
    "officer": ("监管员编号", "监管员", "办理人员", "人员编号"),
    "to": ("移入网格", "移交至", "归属网格", "网格"),
    "document": ("移交单号", "移交单编号", "单号"),
    "reason": ("理由", "原因"),
    "on": ("办理日期", "日期"),
}
"""Columns of a step, and the heads that they also go by."""
VERBS: Mapping[str, str] = {
    word: verb
    for verb, words in {
        "claim": "认领 已认领", "wrong": "移交 移送 错认", "accept": "接收 接受", "dispute": "争议 异议 拒收",
        "decide": "裁定 裁决 决定",
    }.items()
    for word in words.split()
}  # fmt: skip
"""How else a step may be written."""
EXAMPLES = (
    {"entity": "91350100M000100Y43", "verb": "认领", "officer": "P007", "on": "2026-11-20"},
    {"entity": "9004", "verb": "移交", "to": "990101001002", "document": "城关移2026-01", "reason": "门牌在路南"},
)
"""Rows for a template."""
MOST_ROWS = 20_000
WHY_ZH: Mapping[type[SupervisionError], str] = {
    NotFound: "没有这个主体，或它从未进入待认领名单",
    Conflict: "它目前的状态不能这样办理，或所填人员不负责该网格",
    NotAllowed: "无权办理",
    BadRequest: "填写不全或有误",
}
"""What is wrong, in Chinese, where the error itself does not say it."""


@dataclass(frozen=True, slots=True)
class BadStep:
    """A row that was not stored: its number, its entity, and why."""

    row: int
    entity: str
    reason: str
    reason_zh: str = ""


@dataclass(frozen=True, slots=True)
class StepsAnswer:
    """What became of many steps.

    Attributes:
        given: rows.
        taken: new steps by what they made.
        same: rows whose very step was stored before.
        rejected: rows that were not taken, and why.
    """

    given: int
    taken: dict[str, int]
    same: int
    rejected: tuple[BadStep, ...]


def step_claims(
    store: ClaimStore, steps: Sequence[Mapping[str, Any]] | Path, *, caller: Caller, skip_bad: bool = False
) -> StepsAnswer:
    """Take steps in one transaction, those of one entity in the order given. The very same steps once more change nothing.

    What they need is asked for all of them at once.

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
    named, bad = _all_named(rows)
    taken: Counter[str] = Counter()
    same = 0
    with store.change_many([Asked(row["entity"], row["on"], row["to"]) for row in named.values()]) as work:
        for number in _in_turn(work, named):
            row = named[number]
            try:
                before = _standing(work, row)
                claim, _ = take_step(work, caller=caller, **row)
            except SupervisionError as problem:
                if before is not None and _stored(before, row, caller, work.today(before.cell_code)):
                    same += 1
                else:
                    bad.append(_bad(number, row, problem))
            else:
                new = before is None or len(claim.steps) > len(before.steps)
                taken[claim.last.step] += new
                same += not new
        bad.sort(key=lambda one: one.row)
        if bad and not skip_bad:
            raise RuleViolation(
                f"{len(bad)} of {len(rows)} steps cannot be taken, nothing was changed; first: row {bad[0].row}: "
                f"{bad[0].reason}",
                tuple(_finding(one) for one in bad),
            )
    return StepsAnswer(len(rows), dict(sorted((+taken).items())), same, tuple(bad))


def _all_named(rows: Sequence[tuple[int, Mapping[str, Any]]]) -> tuple[dict[int, dict[str, Any]], list[BadStep]]:
    """Number of each row that can be read -> its parameters; and the rows that cannot."""
    named: dict[int, dict[str, Any]] = {}
    bad: list[BadStep] = []
    for number, row in rows:
        try:
            named[number] = _named(row)
        except SupervisionError as problem:
            bad.append(_bad(number, row, problem))
    return named, bad


def _in_turn(work: ClaimWork, named: Mapping[int, Mapping[str, Any]]) -> list[int]:
    """Rows by turn: the first row of every entity, then the second ones, and so on; of one entity in the order given.

    What a turn needs of the steps before it is asked once, not for each entity.
    """
    seen: Counter[int | str] = Counter()
    turn: dict[int, int] = {}
    for number, row in named.items():
        entity = _entity(work, row)
        turn[number] = seen[entity]
        seen[entity] += 1
    return sorted(turn, key=lambda number: turn[number])


def _entity(work: ClaimWork, row: Mapping[str, Any]) -> int | str:
    """Permanent id of the entity of a row; its name where nobody or several are meant."""
    try:
        return work.entity(row["entity"], row["on"] or date.max)
    except SupervisionError:
        return str(row["entity"])


def _standing(work: ClaimWork, row: Mapping[str, Any]) -> Claim | None:
    """The claim of a row's entity before its step."""
    entity = _entity(work, row)
    return work.claim(entity) if isinstance(entity, int) else None


def _read(path: Path) -> list[tuple[int, dict[str, Any]]]:
    """Rows of a file with their numbers."""
    from layers.raw import read_source  # pandas: loaded when somebody reads a file

    raw = read_source(path)
    named = columns_by_head(raw.frame.columns, COLUMNS)
    if not {"entity", "verb"} <= set(named):
        heads = ", ".join(map(str, raw.frame.columns)) or "none"
        raise BadRequest(
            f"{path}: the columns entity (主体编号) and verb (办理事项) are needed, and {', '.join([*COLUMNS][2:])} where they "
            f"apply; its columns are {heads}; `gridward claims import --template FILE` writes a file to fill in"
        )
    known = [*named]
    frame = raw.frame[[*named.values()]].set_axis(known, axis=1)
    return list(zip(raw.rows.tolist(), frame[known].to_dict("records"), strict=True))


def _named(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as parameters; BadRequest for a day that is none."""
    odd = [str(k) for k in row if k not in COLUMNS]
    if odd:
        raise BadRequest(f"a step has no {', '.join(odd)}: it has {', '.join(COLUMNS)}")
    given = {name: str(row.get(name) or "").strip() for name in COLUMNS}
    given["verb"] = VERBS.get(given["verb"], given["verb"].lower())
    on = given.pop("on").replace("/", "-")
    try:
        day = date.fromisoformat(on[:10]) if on else None
    except ValueError:
        raise BadRequest(f"on={on!r} is no day: write it as 2026-01-31") from None
    return {**given, "on": day}


def _in_chinese(problem: SupervisionError) -> str:
    """Why, in Chinese: what its findings say, else what kind of error it is."""
    told = "；".join(f.message_zh for f in problem.findings)
    return told or next((zh for kind, zh in WHY_ZH.items() if isinstance(problem, kind)), "请核对后重试")


def _stored(claim: Claim, row: Mapping[str, Any], caller: Caller, today: date) -> bool:
    """Whether a claim has the very step of a row already, with others after it: a file is sent again as a whole."""
    made, day = life.VERBS.get(row["verb"]), row["on"] or today
    takes = made in (life.CLAIMED, life.TRANSFERRED)
    key = (row["officer"] or caller.officer_id,) if takes else (row["to"], row["document"], row["reason"])
    return any(
        (s.step, s.day, s.actor) == (made, day, caller.name)
        and key == ((s.officer_id,) if takes else (s.to_cell, s.document, s.reason))
        for s in claim.steps
    )


def _bad(number: int, row: Mapping[str, Any], problem: SupervisionError) -> BadStep:
    return BadStep(number, str(row.get("entity") or ""), str(problem), _in_chinese(problem))


def _finding(bad: BadStep) -> Finding:
    return Finding(
        "claims.bad_step",
        Severity.ERROR,
        f"row {bad.row}: {bad.reason}",
        f"第 {bad.row} 行（主体 {bad.entity}）无法办理：{bad.reason_zh}",
        where=f"row {bad.row}",
    )
