"""Cases and campaigns: from the hotline to the officers, to enforcement, to another department, to the level above."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.benchmarks.walk.asking import Walk
from tests.benchmarks.walk.world import World


def case(walk: Walk, world: World) -> None:
    """Opened at a business, sent twice, accepted, done, closed by somebody else."""
    body = {
        "title": f"投诉 {world.tag}", "entity": world.shops[4]["entity_id"], "source": "12315", "source_id": f"{world.tag}-1"
    }  # fmt: skip
    opened = walk.ask("tasks", body, by="system")
    task = opened["task"]
    walk.equal(task["cell_code"], world.here, "it lies with the cell")
    walk.check(bool(task["officers"]), "nobody has it")
    again = walk.ask("tasks", body, by="system")
    walk.equal([again["task"]["task_id"], again["repeated"]], [task["task_id"], True], "sent twice")
    walk.ask("tasks", {**body, "title": "another"}, by="system", status=409)
    step(walk, world, task, "accept")
    walk.ask(f"tasks/{task['task_id']}/done", {"officer": world.officer(world.here)}, by="officer", status=422)
    step(walk, world, task, "done", note="已下架")
    walk.ask(f"tasks/{task['task_id']}/close", {}, by="officer", status=403)
    closed = walk.ask(f"tasks/{task['task_id']}/close", {"note": "核实"}, by="approver")
    walk.equal(closed["task"]["state"], "closed", "state")
    shown = walk.ask(f"tasks/{task['task_id']}", on=world.day)
    walk.equal(shown, walk.typed("tasks", "show", str(task["task_id"]), "--on", world.day), "command")


def handed_over(walk: Walk, world: World) -> None:
    """What must be punished goes to the enforcement group; who handed it over does not close it."""
    task = _opened(walk, world, 2)
    step(walk, world, task, "accept")
    walk.ask(f"tasks/{task['task_id']}/hand_over", {"department": "执法大队", "note": "立案"}, by="officer")
    walk.ask(f"tasks/{task['task_id']}/close", {"note": "结案"}, by="officer", status=403)
    walk.ask(f"tasks/{task['task_id']}/close", {"note": "已处罚"}, by="enforcer")


def referred(walk: Walk, world: World) -> None:
    """What is another department's is referred, answered by it, closed."""
    task = _opened(walk, world, 3)
    walk.ask(f"tasks/{task['task_id']}/refer", {"department": "城管局", "note": "占道"}, by="officer")
    walk.ask(f"tasks/{task['task_id']}/reply", {"note": "已处理"}, by="system")
    closed = walk.ask(f"tasks/{task['task_id']}/close", {"note": "同意"}, by="approver")
    walk.equal([s["step"] for s in closed["steps"]][-3:], ["referred", "replied", "closed"], "steps")


def many(walk: Walk, world: World) -> None:
    """A batch with a verdict each, a campaign, the daily run, the list by state."""
    rows: list[dict[str, Any]] = [
        {"source_id": f"{world.tag}-b{n}", "title": "投诉", "entity": s["entity_id"]}
        for n, s in enumerate(world.shops[:5])
    ]
    rows += [{"source_id": f"{world.tag}-b9", "title": ""}]
    batch = walk.ask("tasks/batch", {"source": "12345", "rows": rows}, by="system")
    walk.equal([r["verdict"] for r in batch["rows"]][-1], "refused", "the bad row")
    again = walk.ask("tasks/batch", {"source": "12345", "rows": rows}, by="system")
    walk.check(not again["counts"].get("opened"), f"opened twice: {again['counts']}")
    ids = [s["entity_id"] for s in world.shops[5:15]]
    campaign = {"name": f"walk {world.tag}", "title": "专项", "jurisdiction": world.station, "entities": ids}
    walk.ask("tasks/campaigns", campaign, by="officer", status=403)
    walk.equal(walk.ask("tasks/campaigns", campaign, by="planner")["opened"], len(ids), "opened")
    walk.equal(walk.ask("tasks/campaigns", campaign, by="planner")["already"], len(ids), "already there")
    listed = walk.ask("tasks", jurisdiction=world.station, campaign=campaign["name"], on=world.day)
    walk.equal(len(listed["tasks"]), len(ids), "listed")
    words = ("tasks", "list", "--jurisdiction", world.station, "--campaign", campaign["name"], "--on", world.day)
    walk.equal(listed, walk.typed(*words, "--format", "json"), "command")
    late = {"title": f"迟 {world.tag}", "entity": world.shops[6]["entity_id"], "source": "12315",
            "source_id": f"{world.tag}-late", "on": str(world.today - timedelta(days=20)),
            "due": str(world.today - timedelta(days=15))}  # fmt: skip
    task = walk.ask("tasks", late, by="admin")["task"]
    walk.ask("tasks/escalate", {"jurisdiction": world.bureau}, by="system")
    told = walk.ask(f"tasks/{task['task_id']}")
    walk.check(bool(told["task"]["escalated_to"]), "nobody above was told of the late one")
    again = walk.ask("tasks/escalate", {"jurisdiction": world.bureau}, by="system")
    walk.equal([again["moved"], again["escalated"]], [0, 0], "the daily run again")
    lates = walk.ask("tasks", jurisdiction=world.station, late=True)["tasks"]
    walk.check(task["task_id"] in [t["task_id"] for t in lates], "it is not among the late ones")


def _opened(walk: Walk, world: World, number: int) -> dict[str, Any]:
    body = {
        "title": f"投诉 {world.tag} {number}", "entity": world.shops[4]["entity_id"], "source": "12315",
        "source_id": f"{world.tag}-{number}",
    }  # fmt: skip
    task: dict[str, Any] = walk.ask("tasks", body, by="system")["task"]
    return task


def step(walk: Walk, world: World, task: dict[str, Any], verb: str, **said: Any) -> Any:
    """A step of the cell's lead."""
    return walk.ask(f"tasks/{task['task_id']}/{verb}", {"officer": world.officer(world.here), **said}, by="officer")
