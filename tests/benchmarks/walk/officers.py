"""Officers: posts, leave, rules of staffing, proposals, patrol groups, parts of cells, departments."""

from __future__ import annotations

from datetime import timedelta

from tests.benchmarks.walk.asking import Walk
from tests.benchmarks.walk.world import World, middle


def posts(walk: Walk, world: World) -> None:
    """A deputy more for a while; leave with a substitute whom lookups name; everything back."""
    first = str(world.today + timedelta(days=3))
    until = str(world.today + timedelta(days=10))
    lead, guest = world.officer(world.here), world.officer(world.there, "deputy")
    lon, lat = middle(walk, world.here)
    at = {"lon": lon, "lat": lat, "datum": "cgcs2000"}
    if guest != lead:
        body = {
            "code": world.here,
            "post": "deputy",
            "valid_from": first,
            "reason": f"walk {world.tag}",
            "function": "walk",
        }
        walk.ask(f"officers/{guest}/assign", body, by="officer", status=403)
        walk.ask(f"officers/{guest}/assign", body, by="planner")
        then = walk.ask("lookup", on=first, function="walk", **at)
        walk.check(guest in [o["officer_id"] for o in then["officers"]], "the new deputy is not named from that day on")
        ended = walk.ask(
            f"officers/{guest}/release", {"code": world.here, "valid_from": until, "reason": "walk"}, by="planner"
        )
        walk.check(ended["ended"] >= 1 if "ended" in ended else True, f"nothing ended: {ended}")
    stands_in = next(o for o in (world.officer(world.far), world.officer(world.there, "deputy"), guest) if o != lead)
    away = {"valid_from": first, "valid_to": until, "substitute": stands_in, "reason": f"walk {world.tag}"}
    walk.ask(f"officers/{lead}/leave", away, by="approver")
    there = walk.ask("lookup", on=first, **at)
    walk.check(stands_in in [o["officer_id"] for o in there["officers"]], "the substitute is not named")
    walk.ask(
        f"officers/{lead}/return", {"valid_from": str(world.today + timedelta(days=5)), "reason": "早回"}, by="approver"
    )
    back = walk.ask("lookup", on=str(world.today + timedelta(days=6)), **at)
    walk.check(stands_in not in [o["officer_id"] for o in back["officers"] if o.get("substitutes_for")], "still away")
    check = walk.ask("officers/check", jurisdiction=world.bureau, on=world.day, by="admin")
    words = ("officers", "check", "--jurisdiction", world.bureau, "--on", world.day, "--format", "json")
    walk.equal(check, walk.typed(*words), "command")
    walk.ask("officers/nobody-at-all/assign", {"code": world.here}, status=404)


def proposals(walk: Walk, world: World) -> None:
    """Who should answer for what, put in force from a day ahead; patrol groups proposed and kept."""
    later = str(world.today + timedelta(days=60))
    asked = {"jurisdiction": world.station, "valid_from": later}
    proposed = walk.ask("officers/propose", asked, by="planner")
    again = walk.ask("officers/propose", asked, by="planner")
    walk.equal(proposed, again, "the same question gives the same proposal")
    walk.ask("officers/propose", {**asked, "apply": True, "reason": "walk"}, by="planner", status=403)
    put = walk.ask("officers/propose", {**asked, "apply": True, "reason": f"walk {world.tag}"}, by="approver")
    walk.check(put["applied"] is True, "it is not put in force")
    walk.ask("officers/propose", {**asked, "apply": True, "reason": f"walk {world.tag}"}, by="approver")
    walk.ask("officers/check", jurisdiction=world.station, on=later)
    groups = walk.ask("groups/propose", {"jurisdiction": world.station, "valid_from": later}, by="planner")
    grouped = sorted(c for g in groups["groups"] for c in g["cells"])
    mine = sorted(c for c, cell in world.cells.items() if cell["station_code"] == world.station)
    walk.equal(grouped, mine, "every cell is in one group")
    chosen = {g["code"]: g["cells"] for g in groups["groups"]}
    body = {"jurisdiction": world.station, "groups": chosen, "valid_from": later, "reason": f"walk {world.tag}"}
    walk.ask("groups", body, by="officer", status=403)
    walk.ask("groups", body, by="planner")
    listed = walk.ask("groups", jurisdiction=world.station, on=later)
    walk.equal({g["code"]: g["cells"] for g in listed["groups"]}, chosen, "the groups of that day")
    present = walk.ask("groups", jurisdiction=world.bureau, on=world.day)
    words = ("groups", "list", "--jurisdiction", world.bureau, "--on", world.day, "--format", "json")
    walk.equal(present, walk.typed(*words), "command")


def parts(walk: Walk, world: World) -> None:
    """A part of a cell is drawn, answers in lookups, and is given up."""
    lon, lat = middle(walk, world.here)
    side, code, later = 2e-5, f"{world.here}-{world.tag}", str(world.today + timedelta(days=1))
    ring = [[lon - side, lat - side], [lon + side, lat - side], [lon + side, lat + side], [lon - side, lat + side]]
    shape = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    body = {"cell": world.here, "name": "分片", "shape": shape, "valid_from": later, "reason": "walk"}
    walk.ask(f"officers/subareas/{code}", body, by="planner", status=422)
    walk.ask(f"officers/subareas/{code}", {**body, "datum": "cgcs2000"}, by="planner")
    found = walk.ask("lookup", lon=lon, lat=lat, datum="cgcs2000", on=later)
    walk.check(found.get("sub_area") is not None, "the part does not answer")
    end = {"end": True, "valid_from": str(world.today + timedelta(days=4)), "reason": "walk"}
    walk.ask(f"officers/subareas/{code}", end, by="planner")


def departments(walk: Walk, world: World) -> None:
    """Places against functions, in every form; the holes are cells of the bureau."""
    found = walk.ask("departments", jurisdiction=world.bureau, on=world.day)
    walk.equal(sorted(r["code"] for r in found["rows"]), sorted(world.cells), "a row a cell")
    for form, begins in (("csv", b""), ("xlsx", b"PK"), ("html", b"<!")):
        walk.check(
            walk.ask("departments", jurisdiction=world.bureau, on=world.day, format=form).startswith(begins),
            f"no {form}",
        )
    words = ("departments", "--jurisdiction", world.bureau, "--on", world.day, "--format", "json")
    walk.equal(found, walk.typed(*words), "command")
