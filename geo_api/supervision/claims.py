"""The life of a claim: an entity falls into a cell, its officers claim it, or hand it on, or dispute it.

A claim is the list of its steps. ``fell`` begins it; ``claimed``, ``transferred`` and ``decided`` give it to a cell;
``lapsed`` ends it because the entity closed or moved on; ``redrawn`` says that a plan put the place into another cell,
whose officers then have to act. The database holds the same table (``0015_key_officer.sql``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import MappingProxyType

from geo_api.errors import BadRequest, Conflict, NotAllowed
from geo_api.supervision.claims_rules import ClaimRules
from geo_api.supervision.roles import person
from gridding.findings import Finding, Severity

FELL, CLAIMED, WRONG, TRANSFERRED = "fell", "claimed", "wrong", "transferred"
DISPUTED, DECIDED, LAPSED, REDRAWN = "disputed", "decided", "lapsed", "redrawn"

VERBS: Mapping[str, str] = MappingProxyType(
    {"claim": CLAIMED, "wrong": WRONG, "accept": TRANSFERRED, "dispute": DISPUTED, "decide": DECIDED}
)
"""What people do -> the step that it makes. ``fell`` and ``lapsed`` follow from the register, ``redrawn`` from a plan."""

FOLLOWS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        FELL: (CLAIMED, WRONG, LAPSED, REDRAWN),
        REDRAWN: (CLAIMED, WRONG, LAPSED, REDRAWN),
        CLAIMED: (WRONG,),
        WRONG: (TRANSFERRED, DISPUTED, LAPSED, REDRAWN),
        DISPUTED: (DECIDED, LAPSED),
        TRANSFERRED: (WRONG,),
        DECIDED: (),
        LAPSED: (),
    }
)
"""Which step may follow which."""

OPEN = frozenset({FELL, REDRAWN, WRONG, DISPUTED})
"""After these nobody holds the entity: somebody must act before the limit."""

STATES: Mapping[str, str] = MappingProxyType(
    {
        FELL: "waits to be claimed",
        REDRAWN: "waits to be claimed where it lies since the redraw",
        CLAIMED: "is claimed",
        WRONG: "waits to be accepted by another cell",
        TRANSFERRED: "was transferred and accepted",
        DISPUTED: "is disputed and waits for a decision",
        DECIDED: "was decided",
        LAPSED: "ended without being claimed",
    }
)
STATES_ZH: Mapping[str, str] = MappingProxyType(
    {
        FELL: "待认领",
        REDRAWN: "网格调整后待认领",
        CLAIMED: "已认领",
        WRONG: "已移交，待对方网格接收",
        TRANSFERRED: "已由对方网格接收",
        DISPUTED: "存在争议，待裁定",
        DECIDED: "已裁定",
        LAPSED: "已终止",
    }
)
STEPS_ZH: Mapping[str, str] = MappingProxyType(
    {
        FELL: "落入网格",
        REDRAWN: "网格调整",
        CLAIMED: "认领",
        WRONG: "移交",
        TRANSFERRED: "接收",
        DISPUTED: "提出争议",
        DECIDED: "裁定",
        LAPSED: "终止",
    }
)


@dataclass(frozen=True, slots=True)
class ClaimStep:
    """One step.

    Attributes:
        to_cell: whose it is: of wrong, transferred, decided, redrawn, and of claimed where it was redrawn before.
        document: the number of the transfer form; of redrawn, the plan.
    """

    step: str
    day: date
    actor: str
    role: str
    to_cell: str = ""
    officer_id: str = ""
    document: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """An entity that fell into a cell on a day, and what came of it."""

    entity_id: int
    claim_no: int
    cell_code: str
    fell_on: date
    steps: tuple[ClaimStep, ...]

    @property
    def last(self) -> ClaimStep:
        """The last step."""
        return self.steps[-1]

    @property
    def open(self) -> bool:
        """Whether somebody must still act."""
        return self.last.step in OPEN

    @property
    def waits_for(self) -> str | None:
        """Code of the cell whose officers must act; None where it is settled, or where the level above must decide."""
        return waits_for(self.last.step, self.cell_code, self.last.to_cell)

    @property
    def held_by(self) -> str | None:
        """Code of the one cell that answers for the entity; None while nobody does."""
        return held_by(self.last.step, self.cell_code, self.last.to_cell)

    def due_on(self, rules: ClaimRules) -> date | None:
        """The last day in time for the next step; None where the claim is settled."""
        return due_on(self.last.step, self.fell_on, self.last.day, rules)


def waits_for(step: str, cell_code: str, to_cell: str) -> str | None:
    """Code of the cell whose officers must act after a step."""
    return {FELL: cell_code, REDRAWN: to_cell, WRONG: to_cell}.get(step)


def held_by(step: str, cell_code: str, to_cell: str) -> str | None:
    """Code of the cell that answers for the entity after a step."""
    return {CLAIMED: to_cell or cell_code, TRANSFERRED: to_cell, DECIDED: to_cell}.get(step)


def due_on(step: str, fell_on: date, day: date, rules: ClaimRules) -> date | None:
    """The last day in time after a step of ``day``; None where nothing is left to do."""
    if step == FELL:
        return rules.limit(fell_on, rules.days)
    if step == REDRAWN:
        return rules.limit(day, rules.days)
    if step == WRONG:
        return rules.limit(day, rules.accept_days)
    return rules.limit(day, rules.decide_days) if step == DISPUTED else None


def fall(entity_id: int, claim_no: int, cell_code: str, on: date, *, actor: str, role: str) -> Claim:
    """An entity falls into a cell."""
    return Claim(entity_id, claim_no, cell_code, on, (ClaimStep(FELL, on, actor, role),))


def take(claim: Claim, step: ClaimStep, *, today: date, back_days: int | None = None) -> Claim:
    """The claim after a step.

    Args:
        claim: as it is.
        step: what is done.
        today: no step lies in the future.
        back_days: how late a step may be entered, days; None = as late as you like.

    Raises:
        Conflict: the claim is not in a state that allows it.
        BadRequest: something that the step needs is missing, or a day that cannot be.
        NotAllowed: somebody would decide or accept what they raised.
    """
    name = f"entity {claim.entity_id}"
    if step.step not in FOLLOWS[claim.last.step]:
        told_zh = f"{STATES_ZH[claim.last.step]}，不能再办理“{STEPS_ZH[step.step]}”"
        raise Conflict(_no_such_step(claim, step), (_told(claim, _no_such_step(claim, step), told_zh),))
    problems = [*_missing(claim, step), *_bad_day(claim, step.day, today, back_days)]
    if problems:
        raise BadRequest(
            f"{name}: " + "; ".join(en for en, _ in problems), tuple(_told(claim, en, zh) for en, zh in problems)
        )
    if step.step in (TRANSFERRED, DECIDED):
        raised = claim.steps[-1:] if step.step == TRANSFERRED else claim.steps[-2:]
        for before in raised:
            if person(before.actor) == person(step.actor):
                told = f"{step.actor} raised this about {name}: nobody decides on what they raised"
                raise NotAllowed(told, (_told(claim, told, "由本人提出，须由他人接收或裁定"),))
    if step.step == TRANSFERRED or (step.step == CLAIMED and claim.last.step == REDRAWN):
        step = replace(step, to_cell=claim.last.to_cell)
    elif step.step == CLAIMED:
        step = replace(step, to_cell="")
    return replace(claim, steps=(*claim.steps, step))


def redraw(claim: Claim, to_cell: str, plan: str, day: date) -> Claim:
    """The claim after a plan put its place into another cell on a day; whoever is there now has the whole time limit.

    ``plan``: "plan:7", as the document of the step.
    """
    if REDRAWN not in FOLLOWS[claim.last.step]:
        raise Conflict(f"entity {claim.entity_id} {STATES[claim.last.step]}: no redraw changes that")
    step = ClaimStep(REDRAWN, max(day, claim.last.day), "plan", "system", to_cell, document=plan)
    return replace(claim, steps=(*claim.steps, step))


def on_arrival(
    last: ClaimStep | None, cell_code: str, new_cell: str | None, *, lives: bool, arrives: bool, came_back: bool = False
) -> tuple[bool, bool]:
    """What a change of the register does to the claims of an entity: (its open claim lapses, it falls into a cell).

    Args:
        last: last step of its last claim; None = it never had one.
        cell_code: the cell of that claim.
        new_cell: the cell in which it lies now; None = in no cell.
        lives: whether it exists.
        arrives: whether it is new there, or moved there.
        came_back: whether it was closed before.
    """
    is_open = last is not None and last.step in OPEN
    if not lives or new_cell is None:
        return is_open, False
    if not arrives or (last is not None and last.step == DISPUTED):
        return False, False  # what is disputed is decided, wherever the entity was put meanwhile
    if last is not None and is_open:
        stays = waits_for(last.step, cell_code, last.to_cell) == new_cell
        return not stays, not stays
    held = last is not None and not came_back and held_by(last.step, cell_code, last.to_cell) == new_cell
    return False, not held


def _no_such_step(claim: Claim, step: ClaimStep) -> str:
    last = claim.last
    who = (
        f" since {last.day} by {last.officer_id or last.actor}" if last.step in (CLAIMED, TRANSFERRED, DECIDED) else ""
    )
    possible = [verb for verb, made in VERBS.items() if made in FOLLOWS[last.step]]
    hint = f"what can be done now: {', '.join(possible)}" if possible else "nothing is left to do"
    return f"entity {claim.entity_id} {STATES[last.step]}{who}: it cannot be {step.step} now; {hint}"


def _told(claim: Claim, message: str, message_zh: str) -> Finding:
    """Why a step is refused."""
    where = f"entity {claim.entity_id}"
    said = message if message.startswith(where) else f"{where}: {message}"
    return Finding(
        "claims.step", Severity.ERROR, said, f"主体 {claim.entity_id}：{message_zh}", where=str(claim.entity_id)
    )


def _missing(claim: Claim, step: ClaimStep) -> list[tuple[str, str]]:
    problems = []
    if step.step in (CLAIMED, TRANSFERRED) and not step.officer_id:
        problems.append(("which officer takes it? (officer)", "未填办理的监管员"))
    if step.step == WRONG:
        if not step.document.strip():
            problems.append(("a transfer needs the number of its form (document)", "移交须填移交单号"))
        here = claim.held_by or claim.waits_for
        if step.to_cell in ("", here):
            problems.append((f"which other cell does it belong to, than {here}? (to)", f"未填 {here} 以外的移入网格"))
    if step.step == DECIDED and not step.to_cell:
        problems.append(("which cell does it belong to? (to)", "未填归属网格"))
    if step.step in (WRONG, DISPUTED, DECIDED, LAPSED) and not step.reason.strip():
        problems.append(("a reason is needed", "未填理由"))
    return problems


def _bad_day(claim: Claim, day: date, today: date, back_days: int | None) -> list[tuple[str, str]]:
    if day > today:
        return [(f"{day} is in the future; today is {today}", f"{day} 晚于今天（{today}）")]
    if day < claim.last.day:
        last = f"{day} is before the last step ({claim.last.step} on {claim.last.day})"
        return [(last, f"{day} 早于上一环节（{STEPS_ZH[claim.last.step]}，{claim.last.day}）")]
    if back_days is not None and day < today - timedelta(days=back_days):
        ago = f"{day} is more than {back_days} days ago: an admin enters it with a reason"
        return [(ago, f"{day} 已超过 {back_days} 天，须由管理员说明理由后补录")]
    return []
