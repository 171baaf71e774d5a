"""Visits from handhelds, due lists, classes, visit plans."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.benchmarks.walk.asking import Walk
from tests.benchmarks.walk.world import World

QUEUE = 120
"""Visits of a handheld that was offline for days."""


def handheld(walk: Walk, world: World) -> None:
    """One by one, twice, corrected, withdrawn; a queue in bulk, in any order and partly twice; late ones."""
    lead, shop = world.officer(world.here), world.shops[0]
    visit = {
        "visit_id": f"w-{world.tag}-1", "entity": f"id:{shop['entity_id']}", "made_on": world.day, "result": "minor",
        "officers": [lead], "findings": "过道堆物", "notice_no": f"责改 {world.tag}",
        "rectify_by": str(world.today + timedelta(days=10)),
    }  # fmt: skip
    here: dict[str, Any] = {"jurisdiction": world.station, "by": "officer"}
    walk.ask("inspections", visit, status=201, **here)
    walk.ask("inspections", visit, status=200, **here)
    walk.ask("inspections", {**visit, "result": "pass"}, status=409, **here)
    walk.ask("inspections", {**visit, "result": "pass", "revision": True, "reason": "写错"}, status=200, **here)
    walk.ask("inspections", {**visit, "visit_id": f"w-{world.tag}-2", "made_on": "2999-01-01"}, status=422, **here)
    unknown = {**visit, "visit_id": f"w-{world.tag}-3", "entity": f"no-such-{world.tag}"}
    walk.ask("inspections", unknown, status=202, **here)
    revisit = {"visit_id": f"w-{world.tag}-4", "entity": visit["entity"], "made_on": world.day, "result": "pass",
               "officers": [lead], "revisit_of": visit["visit_id"]}  # fmt: skip
    walk.ask("inspections", revisit, status=201, **here)
    walk.ask(f"inspections/{revisit['visit_id']}/withdraw", {"reason": "走错门"}, **here)
    listed = walk.ask("inspections", jurisdiction=world.here, since=world.day, limit=1000, by="officer")["visits"]
    ids = [v["visit_id"] for v in listed]
    walk.check(ids.count(visit["visit_id"]) == 1, f"{ids.count(visit['visit_id'])} times in the list")
    walk.check(revisit["visit_id"] not in ids, "what was withdrawn is listed")
    left = walk.ask("inspections/left", jurisdiction=world.station, reason="unmatched", limit=100_000)
    walk.check(unknown["visit_id"] in str(left), "the unmatched one is not kept")
    queue_of_days(walk, world)


def queue_of_days(walk: Walk, world: World) -> None:
    """What a handheld kept while it was offline, in any order and partly twice: stored once each."""
    lead, longest = world.officer(world.here), str(world.today - timedelta(days=60))
    shops = [s for s in world.shops if (s["opened"] or "") < longest and world.tag not in s["name"]]
    queue: list[dict[str, Any]] = [
        {"visit_id": f"q-{world.tag}-{n}", "entity": f"id:{shops[n % len(shops)]['entity_id']}",
         "made_on": str(world.today - timedelta(days=1 + n % 20)), "result": "pass", "officers": [lead]}
        for n in range(QUEUE)
    ]  # fmt: skip
    here: dict[str, Any] = {"jurisdiction": world.station, "by": "officer"}
    first = walk.ask("inspections", queue[QUEUE // 3 :][::-1], **here)
    refused = [v["message"] for v in first["visits"] if v["verdict"] != "stored"]
    walk.check(not refused, f"verdicts {first['counts']}: {refused[:2]}")
    rest = walk.ask("inspections", queue, **here)
    walk.equal(rest["counts"], {"stored": QUEUE // 3, "known": QUEUE - QUEUE // 3}, "the whole queue again")
    listed = walk.ask("inspections", jurisdiction=world.here, since=queue[19]["made_on"], limit=10_000, by="officer")
    stored = [v["visit_id"] for v in listed["visits"] if v["visit_id"].startswith(f"q-{world.tag}")]
    walk.check(sorted(stored) == sorted(v["visit_id"] for v in queue), f"{len(stored)} of {QUEUE} are listed")
    words = (
        "visits",
        "list",
        "--jurisdiction",
        world.here,
        "--since",
        queue[19]["made_on"],
        "--limit",
        "10000",
        "--format",
        "json",
    )
    walk.equal(listed, walk.typed(*words), "command")


def due(walk: Walk, world: World) -> None:
    """Counts of the bureau are those of its stations; a list, an officer, a table."""
    whole = walk.ask("due", jurisdiction=world.bureau, on=world.day, limit=1)
    parts = [walk.ask("due", jurisdiction=s, on=world.day, limit=1) for s in world.stations()[:3]]
    walk.check(
        all(part["counts"].get(k, 0) <= n for part in parts for k, n in whole["counts"].items()),
        "parts exceed the whole",
    )
    mine = walk.ask("due", jurisdiction=world.station, on=world.day, limit=10_000)
    counted: dict[str, int] = {}
    for row in mine["rows"]:
        counted[row["list"]] = counted.get(row["list"], 0) + 1
    if not mine["more"]:
        walk.equal(counted, {k: n for k, n in mine["counts"].items() if n}, "the rows are those counted")
    lead = world.officer(world.here)
    theirs = walk.ask("due", jurisdiction=world.station, on=world.day, officer=lead, by="officer")
    walk.check(all(lead in r["officers"] for r in theirs["rows"]), "rows of others")
    words = ("due", "--jurisdiction", world.station, "--on", world.day, "--limit", "10000", "--format", "json")
    walk.equal(mine, walk.typed(*words), "command")
    walk.check(walk.ask("due", jurisdiction=world.station, format="xlsx").startswith(b"PK"), "no workbook")


def classes(walk: Walk, world: World) -> None:
    """Proposed from the record, by hand, confirmed by somebody else."""
    asked = {"jurisdiction": world.station, "on": world.day, "limit": 10_000}
    found = walk.ask("classes/proposals", **asked)
    walk.check(sum(found["counts"].values()) >= len(found["proposals"]), "fewer are counted than listed")
    words = (
        "classes",
        "propose",
        "--jurisdiction",
        world.station,
        "--on",
        world.day,
        "--limit",
        "10000",
        "--format",
        "json",
    )
    walk.equal(found, walk.typed(*words), "command")
    picked = next((p for p in found["proposals"] if p["rule"] != "hand"), None)
    if picked is None:
        return
    body = {"entity": f"id:{picked['entity_id']}", "to": picked["proposed"], "reason": f"walk {world.tag}"}
    walk.ask("classes/proposals", body, jurisdiction=world.station, by="officer")
    decision = {"decisions": [body]}
    walk.ask("classes/decisions", decision, jurisdiction=world.station, by="officer", status=403)
    walk.ask("classes/decisions", decision, jurisdiction=world.station, by="approver")
    walk.ask("classes/decisions", decision, jurisdiction=world.station, by="approver", status=(200, 409))
    after = walk.ask("classes/proposals", **asked)
    walk.check(picked["entity_id"] not in [p["entity_id"] for p in after["proposals"]], "it is proposed still")


def rounds(walk: Walk, world: World) -> None:
    """A week of a cell as page, workbook and GPX; kept twice it is one; compared with the visits made."""
    year, week, _ = world.today.isocalendar()
    asked = {"cell": world.here, "of": f"{year}-W{week:02d}"}
    plan = walk.ask("visit-plans", by="officer", **asked)
    walk.equal(plan, walk.ask("visit-plans", by="officer", **asked), "the same question gives the same plan")
    for form, begins in (("html", b"<!"), ("xlsx", b"PK"), ("gpx", b"<?xml"), ("csv", b"")):
        walk.check(walk.ask("visit-plans", by="officer", format=form, **asked).startswith(begins), f"no {form}")
    walk.equal(plan, walk.typed("rounds", "plan", "--cell", world.here, "--of", asked["of"]), "command")
    kept = walk.ask("visit-plans", asked, by="officer")
    again = walk.ask("visit-plans", asked, by="officer")
    number = kept.get("round_id")
    walk.equal(again.get("round_id"), number, "kept twice")
    compared = walk.ask(f"visit-plans/{number}", on=world.day, by="officer")
    walk.equal(len(compared["visits"]), sum(len(d["stops"]) for d in kept["days"]), "every planned visit is compared")
    walk.ask("visit-plans", officer=world.officer(world.here), of=asked["of"], by="officer")
