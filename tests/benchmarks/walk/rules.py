"""Rules, workload, staff, samples: set from a day on, asked as of days, every figure taken apart."""

from __future__ import annotations

from datetime import timedelta

from tests.benchmarks.walk.asking import Walk
from tests.benchmarks.walk.world import World


def profile(walk: Walk, world: World) -> None:
    """The bureau's rules get another version from a day that lies ahead; days before keep theirs."""
    bureau, later = world.bureau, str(world.today + timedelta(days=40))
    now = walk.ask(f"profiles/{bureau}")
    rules = now["settings"] | {"tenure_years": 5}
    said = {"rules": rules, "valid_from": later, "reason": f"walk {world.tag}"}
    walk.ask(f"profiles/{bureau}", said, method="PUT", by="planner", status=403)
    wrong = {**said, "rules": {**rules, "tenure_years": -1, "officers_per_cel": 3}}
    refused = walk.ask(f"profiles/{bureau}", wrong, method="PUT", status=422)
    walk.check(len(refused["findings"]) >= 2 or "officers_per_cel" in refused["detail"], "not every mistake is told")
    walk.ask(f"profiles/{bureau}", said, method="PUT")
    then = walk.ask(f"profiles/{bureau}", on=later)
    walk.equal(then["effective"]["tenure_years"], 5, "what was set holds from its day on")
    again = walk.ask(f"profiles/{bureau}", said, method="PUT")
    walk.equal(again["version"], then["version"], "the same rules again change nothing")
    walk.equal(walk.ask(f"profiles/{bureau}")["settings"], now["settings"], "days before keep their rules")
    versions = walk.ask(f"profiles/{bureau}/versions")["versions"]
    walk.equal(versions[-1]["reason"], said["reason"], "the version says why")
    walk.ask(f"profiles/{world.station}", by="officer")
    walk.equal(
        then, walk.typed("profile", "show", "--jurisdiction", bureau, "--on", later, "--format", "json"), "command"
    )


def workload(walk: Walk, world: World) -> None:
    """Hours of the bureau by four keys, of one business, and the staff that they take."""
    totals = []
    for group in ("class,industry", "cell", "station"):
        found = walk.ask("workload", jurisdiction=world.bureau, group=group, on=world.day)
        for figure in ("entities", "visits_per_year", "hours_per_year"):
            walk.equal(sum(r[figure] for r in found["rows"]), found[figure], f"{figure} by {group} add up")
        totals.append([found[f] for f in ("entities", "visits_per_year", "hours_per_year")])
    walk.check(not any(totals[0] != t for t in totals), f"totals differ by the way of grouping: {totals}")
    totals_by_station = found
    typed = walk.typed(
        "workload", "--jurisdiction", world.bureau, "--group", "station", "--on", world.day, "--format", "json"
    )
    walk.equal(found, typed, "command")
    shop = world.shops[0]
    explained = walk.ask(f"entities/{shop['entity_id']}/workload", on=world.day, by="officer")
    walk.check(bool(explained["message"] and explained["message_zh"]), "the hours are not explained in words")
    hours = sum(v["visits_per_year"] * (v["minutes"] + v["travel_minutes"]) / 60 for v in explained["visits"])
    if explained["given_hours"] is None:
        walk.check(abs(hours - explained["hours_per_year"]) < 1e-3, f"{hours} and {explained['hours_per_year']} hours")
    walk.equal(
        explained, walk.typed("explain", str(shop["entity_id"]), "--on", world.day, "--format", "json"), "command"
    )
    staff = walk.ask("staffing", jurisdiction=world.bureau, on=world.day)
    nowhere = [r for r in totals_by_station["rows"] if not r["station"]]
    for figure, given in (("entities", "entities"), ("hours_needed", "hours_per_year")):
        parts = sum(r[figure] for r in staff["stations"]) + sum(r[given] for r in nowhere)
        walk.equal(
            round(parts, 3), round(staff["together"][figure], 3), f"{figure} of the stations and of those in none"
        )
    walk.check(
        not nowhere or any(f["rule"] == "staffing.no_station" for f in staff["findings"]),
        "nothing says that some lie in no station",
    )
    walk.equal(sum(r["officers_there"] for r in staff["stations"]), staff["together"]["officers_there"], "officers")
    walk.equal(staff["together"]["cells_in_force"], len(world.cells), "cells in force")
    walk.equal(
        staff, walk.typed("staffing", "--jurisdiction", world.bureau, "--on", world.day, "--format", "json"), "command"
    )


def sampling(walk: Walk, world: World) -> None:
    """What is drawn of hot industries is what was drawn: the same seed draws the same."""
    drawn = walk.ask("sampling", {"jurisdiction": world.station, "seed": 11}, status=(200, 409, 422))
    listed = walk.ask("sampling", jurisdiction=world.station)
    if "draws" in drawn:
        again = walk.ask("sampling", {"jurisdiction": world.station, "seed": 11})
        walk.equal(again["members"], drawn["members"], "the same seed draws the same")
        walk.equal(listed["draws"], drawn["draws"], "what was drawn is listed")
    walk.equal(listed, walk.typed("sampling", "list", "--jurisdiction", world.station, "--format", "json"), "command")
