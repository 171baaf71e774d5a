"""A station draws its cells anew: drafted at the command line, then submitted, approved and published over HTTP."""

from __future__ import annotations

from datetime import timedelta

from tests.benchmarks.walk.asking import Walk
from tests.benchmarks.walk.world import World


def redraw(walk: Walk, world: World) -> None:
    """Nobody approves what they submitted; from its day on the plan is in force, before it the old one."""
    from geo_api.cli.main import exit_status

    station, first = world.other_station, str(world.today + timedelta(days=45))
    before = walk.ask("cells", under=station, format="json")["cells"]
    status = exit_status(["plan", "build", station, "--keep", "--by", "walk drafter", "--role", "planner"])
    walk.check(status == 0, "no draft")
    drafts = walk.ask("plans", station=station, state="draft", by="planner2")["plans"]
    plan = max(p["plan_id"] for p in drafts)
    walk.ask(f"plans/{plan}/cells", by="planner2")
    walk.ask(f"plans/{plan}", by="", status=404)
    walk.ask(f"plans/{plan}/submit", {"reason": "年度调整"}, by="planner2")
    walk.ask(f"plans/{plan}/approve", {}, by="planner2", status=403)
    walk.ask(f"plans/{plan}/return", {"reason": "再看一下"}, by="approver")
    walk.ask(f"plans/{plan}/submit", {"reason": "已看"}, by="planner2")
    walk.ask(f"plans/{plan}/approve", {"waive_balance": True, "reason": "同意"}, by="approver")
    published = walk.ask(f"plans/{plan}/publish", {"valid_from": first, "reason": "公布"}, by="approver")
    walk.equal(published["state"], "published", "state")
    walk.ask(f"plans/{plan}/publish", {"valid_from": first, "reason": "公布"}, by="approver", status=409)
    then = walk.ask("cells", under=station, format="json", on=first)["cells"]
    walk.equal({c["plan_id"] for c in then} == {plan}, True, "the plan in force then")
    now = walk.ask("cells", under=station, format="json")["cells"]
    walk.equal([c["plan_id"] for c in now], [c["plan_id"] for c in before], "the plan in force today")
