"""A special campaign: one task for each entity that it is about, all opened at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from geo_api.errors import BadRequest
from geo_api.services.answers import Caller, PublishedTerritory
from geo_api.services.tasks.model import NewTask, Target, TaskStore
from geo_api.services.tasks.open import assigned
from geo_api.services.tasks.people import Roster
from geo_api.supervision.roles import require
from gridding.findings import Finding, Severity

LEADERS = frozenset({"planner", "approver"})
SOURCE = "campaign"


@dataclass(frozen=True, slots=True)
class Campaign:
    """What a campaign is about.

    Attributes:
        name: of the campaign; said again, only entities that are new to it get a task.
        title: of every task.
        jurisdiction: code of the station or bureau.
        industry, credit_class: only entities of these; "" = all.
        entities: only these permanent ids; None = all.
        due: last day; None = as the rules say.
        function: whose officers; "" = all.
    """

    name: str
    title: str
    jurisdiction: str
    industry: str = ""
    credit_class: str = ""
    entities: tuple[int, ...] | None = None
    due: date | None = None
    function: str = ""


@dataclass(frozen=True, slots=True)
class CampaignAnswer:
    """What a campaign opened: tasks now, tasks that were there already, and what waits for a dispatcher.

    ``by_cell``: cell code -> tasks opened now, "" = in no cell.
    """

    name: str
    on: date
    opened: int
    already: int
    waiting: int
    by_cell: dict[str, int]
    findings: tuple[Finding, ...] = ()


def open_campaign(
    store: TaskStore, territory: PublishedTerritory, campaign: Campaign, *, caller: Caller
) -> CampaignAnswer:
    """Open the tasks of a campaign on the territory's day.

    Raises:
        BadRequest: no name or title, entities that are not in the register there, nobody to visit.
        NotFound: no such jurisdiction. NotAllowed: not the caller's to do.
    """
    on, code = territory.on, campaign.jurisdiction
    what = f"open a campaign in {code}"
    require(caller.role, caller.jurisdiction, allowed=LEADERS, ancestors=store.ancestors(code), to=what)
    rules = store.rules(code, on)
    if not campaign.name.strip() or not campaign.title.strip():
        raise BadRequest("a campaign needs a name, and a title for its tasks")
    due = campaign.due or rules.due_on("campaign", on)
    if due < on:
        raise BadRequest(f"the campaign is due on {due}, before it is opened ({on})")
    targets = store.targets(
        code, on, industry=campaign.industry, credit_class=campaign.credit_class, ids=campaign.entities
    )
    _refuse_unknown(campaign, targets)
    roster = Roster(territory, rules)
    tasks = [_task(campaign, t, due, on) for t in targets]
    with store.change() as work:
        known = work.existing(SOURCE, [t.source_id for t in tasks])
        new = [t for t in tasks if t.source_id not in known]
        ids = work.open(new, caller=caller)
        given = {
            i: assigned(t, caller)
            for i, t in zip(ids, new, strict=True)
            if t.cell_code and roster.of(t.cell_code, t.function)[0]
        }
        work.add_steps(given)
        payload = {"name": campaign.name, "opened": len(new), "already": len(known), "due": due.isoformat()}
        work.event(caller=caller, verb="campaign", subject=f"jurisdiction:{code}", reason="", payload=payload)
    by_cell: dict[str, int] = {}
    for task in new:
        by_cell[task.cell_code] = by_cell.get(task.cell_code, 0) + 1
    return CampaignAnswer(
        name=campaign.name,
        on=on,
        opened=len(new),
        already=len(known),
        waiting=len(new) - len(given),
        by_cell=dict(sorted(by_cell.items())),
        findings=_waiting([t for i, t in zip(ids, new, strict=True) if i not in given], campaign, roster),
    )


def _task(campaign: Campaign, target: Target, due: date, on: date) -> NewTask:
    located = target.lon is not None and math.isfinite(target.lon)
    return NewTask(
        kind="campaign",
        title=campaign.title.strip(),
        jurisdiction_code=campaign.jurisdiction,
        opened_on=on,
        due_on=due,
        source=SOURCE,
        source_id=f"{campaign.name.strip()}:{target.entity_id}",
        entity_id=target.entity_id,
        address=target.address,
        lon=target.lon if located else None,
        lat=target.lat if located else None,
        cell_code=target.cell_code,
        function=campaign.function,
        campaign=campaign.name.strip(),
    )


def _refuse_unknown(campaign: Campaign, targets: Sequence[Target]) -> None:
    if campaign.entities is not None:
        missing = sorted(set(campaign.entities) - {t.entity_id for t in targets})
        if missing:
            shown = ", ".join(map(str, missing[:20]))
            raise BadRequest(
                f"{len(missing)} of the {len(campaign.entities)} entities are not in the register of "
                f"{campaign.jurisdiction}, or not of that industry and class: {shown}; nothing was opened"
            )
    if not targets:
        raise BadRequest(f"the campaign {campaign.name!r} is about nobody: no entity of {campaign.jurisdiction} fits")


def _waiting(tasks: Sequence[NewTask], campaign: Campaign, roster: Roster) -> tuple[Finding, ...]:
    """Why tasks are nobody's yet, and who has them until a dispatcher assigns them."""
    if not tasks:
        return ()
    bare = sum(not t.cell_code and t.lon is None for t in tasks)
    outside = sum(not t.cell_code and t.lon is not None for t in tasks)
    vacant = len(tasks) - bare - outside
    why = [
        (
            bare,
            "of entities without coordinates (give them a place: gridward place)",
            "项的主体无坐标（请用 gridward place 定位）",
        ),
        (outside, "at points in no cell in force", "项不在任何生效网格内"),
        (vacant, "in cells without officers", "项所在网格无监管员"),
    ]
    people, _ = roster.of(campaign.jurisdiction, campaign.function)
    whose = ", ".join(f"{o.name} ({o.officer_id})" for o in people)
    whose_zh = "、".join(f"{o.name}（{o.officer_id}）" for o in people)
    return (
        Finding(
            "tasks.unplaced",
            Severity.WARNING,
            f"{len(tasks)} task(s) of the campaign {campaign.name} wait to be assigned: "
            + ", ".join(f"{n} {text}" for n, text, _ in why if n)
            + f"; until then they are with {campaign.jurisdiction}: {whose or 'nobody there holds this function'}",
            f"专项“{campaign.name}”有 {len(tasks)} 项任务待派发："
            + "，".join(f"{n} {text}" for n, _, text in why if n)
            + f"；派发前由 {campaign.jurisdiction} 负责：{whose_zh or '该处无此职能人员'}",
            where=campaign.name,
            value=len(tasks),
            limit=0,
            unit="tasks",
            details={"no_coordinates": bare, "no_cell": outside, "no_officers": vacant},
        ),
    )
