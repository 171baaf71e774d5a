"""The register's day: changes, claims, transfers and disputes, businesses without a licence, duplicates."""

from __future__ import annotations

import csv
import io
from typing import Any

from tests.benchmarks.walk.asking import Walk
from tests.benchmarks.walk.world import World, middle


def daily_changes(walk: Walk, world: World) -> None:
    """Businesses open, change, move and close in one file; the same file again changes nothing."""
    here, there = middle(walk, world.here), middle(walk, world.there)
    shop, mover, closer = world.shops[1], world.shops[2], world.shops[3]
    industry, credit_class = shop["industry"], shop["credit_class"]
    rows = [
        {"change": "opened", "source_id": f"{world.tag}-{n}", "name": f"新店 {world.tag} {n}", "industry": industry,
         "credit_class": credit_class, "lon": here[0] + n * 1e-7, "lat": here[1]}
        for n in range(4)
    ] + [
        {"change": "changed", "credit_code": shop["credit_code"], "name": f"改名 {world.tag}"},
        {"change": "moved", "credit_code": mover["credit_code"], "lon": there[0], "lat": there[1]},
        {"change": "closed", "credit_code": closer["credit_code"]},
    ]  # fmt: skip
    rows = [r for r in rows if r.get("source_id") or r.get("credit_code")]
    how: dict[str, Any] = {"jurisdiction": world.bureau, "datum": "cgcs2000", "by": "system"}
    table = as_csv(rows)
    tried = walk.ask("register/changes", content=table, media_type="text/csv", dry_run=True, **how)
    stored = walk.ask("register/changes", content=table, media_type="text/csv", **how)
    counted = {k: v for k, v in stored.items() if isinstance(v, int) and not isinstance(v, bool)}
    walk.equal({k: tried[k] for k in counted}, counted, "a dry run says what happens")
    again = walk.ask("register/changes", {"changes": rows}, **how)
    changed = {k: again.get(k) for k in ("opened", "changed", "moved", "closed", "reopened", "fell", "lapsed")}
    walk.check(not any(changed.values()), f"the same again changes something: {changed}")
    broken = [
        *rows,
        {"change": "opened", "source_id": f"{world.tag}-x", "credit_class": "no such", "lon": 1, "lat": "x"},
    ]
    refused = walk.ask("register/changes", {"changes": broken}, status=422, **how)
    walk.check(bool(refused["findings"]), "what is wrong with the row is not told")
    walk.ask("register/changes", {"changes": rows}, status=403, **{**how, "by": "officer"})
    past = walk.ask(f"entities/{shop['entity_id']}/history", by="officer")
    walk.check(f"改名 {world.tag}" in str(past) or not shop["credit_code"], "the change is not in the history")
    walk.equal(past, walk.typed("register", "history", str(shop["entity_id"]), "--format", "json"), "command")


def claims(walk: Walk, world: World) -> None:
    """What opened waits in its cell: claimed, sent on with its form, refused, decided above."""
    waiting = walk.ask("claims", jurisdiction=world.here, by="officer")["claims"]
    mine = [str(c["entity_id"]) for c in waiting if world.tag in c["name"]]
    walk.check(len(mine) == 4, f"{len(mine)} of 4 new businesses wait in {world.here}")
    moved = [c["entity_id"] for c in walk.ask("claims", jurisdiction=world.there)["claims"]]
    if world.shops[2]["credit_code"]:
        walk.check(world.shops[2]["entity_id"] in moved, "who moved does not wait in the new cell")
    lead, other = world.officer(world.here), world.officer(world.there)
    stranger = world.officer(world.far)
    walk.ask(f"claims/{mine[0]}/claim", {"officer": stranger}, by="officer", status=(403, 409))
    walk.ask(f"claims/{mine[0]}/claim", {"officer": lead}, by="elsewhere", status=403)
    taken = walk.ask(f"claims/{mine[0]}/claim", {"officer": lead}, by="officer")
    walk.equal(taken["claim"]["state"], "claimed", "state")
    walk.equal(
        walk.ask(f"claims/{mine[0]}/claim", {"officer": lead}, by="officer")["steps"], taken["steps"], "sent again"
    )
    sent = {"to": world.there, "document": f"移交 {world.tag}", "reason": "在邻格"}
    walk.ask(f"claims/{mine[1]}/wrong", sent, by="officer")
    for form, begins in (("pdf", b"%PDF"), ("xlsx", b"PK"), ("html", b"<!")):
        printed = walk.ask(f"claims/{mine[1]}/form", format=form, by="officer")
        walk.check(printed.startswith(begins), f"the form is no {form}")
    walk.ask(f"claims/{mine[1]}/accept", {"officer": other}, by="officer2")
    walk.ask(f"claims/{mine[2]}/wrong", sent, by="officer")
    walk.ask(f"claims/{mine[2]}/dispute", {"reason": "不在本格"}, by="officer2")
    verdict = {"to": world.there, "reason": "以门牌为准"}
    walk.ask(f"claims/{mine[2]}/decide", verdict, by="officer", status=403)
    decided = walk.ask(f"claims/{mine[2]}/decide", verdict, by="approver")
    walk.equal(decided["claim"]["held_by"], world.there, "held by")
    late = [{"entity": mine[3], "verb": "claim", "officer": lead, "on": world.day}]
    walk.ask("claims", {"steps": late}, by="officer")
    walk.ask("claims", {"steps": late}, by="officer")
    found = walk.ask("claims", jurisdiction=world.bureau, state="all", on=world.day)
    words = ("claims", "list", "--jurisdiction", world.bureau, "--state", "all", "--on", world.day, "--format", "json")
    walk.equal(found, walk.typed(*words), "command")
    walk.check(
        walk.ask("claims", jurisdiction=world.bureau, state="all", format="xlsx").startswith(b"PK"), "no workbook"
    )


def unlicensed(walk: Walk, world: World) -> None:
    """A file from discovery to a licence; sent twice it is one."""
    lon, lat = middle(walk, world.here)
    found = {
        "name": f"无照摊 {world.tag}", "lon": lon, "lat": lat, "datum": "cgcs2000", "industry": world.shops[0]["industry"],
        "officer": world.officer(world.here), "client_id": f"u-{world.tag}",
    }  # fmt: skip
    file = walk.ask("unlicensed", found, jurisdiction=world.station, by="officer")
    same = walk.ask("unlicensed", found, jurisdiction=world.station, by="officer")
    entity = file["entity_id"]
    walk.equal(same["entity_id"], entity, "sent twice")
    walk.ask("unlicensed", {**found, "name": "another"}, jurisdiction=world.station, by="officer", status=409)
    listed = walk.ask("unlicensed", jurisdiction=world.here, on=world.day)
    walk.check(entity in [f["entity_id"] for f in listed["files"]], "it is not listed in its cell")
    for step, note in (("notice", "限期办照"), ("guided", "已指导")):
        walk.ask(f"unlicensed/{entity}/steps", {"step": step, "note": note}, by="officer")
    if world.shops[0]["credit_code"]:
        licence = {
            "step": "licensed",
            "credit_code": world.new_credit_code(),
            "credit_class": world.shops[0]["credit_class"],
        }
    else:
        licence = {"step": "removed", "note": "已取缔"}
    done = walk.ask(f"unlicensed/{entity}/steps", licence, by="officer")
    walk.equal(done["state"], licence["step"], "state")
    after = walk.ask("unlicensed", jurisdiction=world.here, on=world.day)
    walk.check(entity not in [f["entity_id"] for f in after["files"]], "it is listed as open still")
    words = ("unlicensed", "list", "--jurisdiction", world.station, "--on", world.day, "--format", "json")
    walk.equal(walk.ask("unlicensed", jurisdiction=world.station, on=world.day), walk.typed(*words), "command")
    printed = walk.ask("ledger", jurisdiction=world.station, subject="unlicensed", format="pdf")
    walk.check(printed.startswith(b"%PDF"), "no PDF")


def duplicates(walk: Walk, world: World) -> None:
    """Two that are one: found, decided, reopened."""
    listed = walk.ask("register/duplicates", jurisdiction=world.station, on=world.day)
    words = ("register", "duplicates", "--jurisdiction", world.station, "--on", world.day, "--format", "json")
    walk.equal(listed, walk.typed(*words), "command")
    pair = sorted(
        c["entity_id"]
        for c in walk.ask("claims", jurisdiction=world.here, state="all")["claims"]
        if world.tag in c["name"]
    )[:2]
    named = {"entity": str(pair[0]), "other": str(pair[1]), "reason": f"walk {world.tag}"}
    walk.ask("register/same", {**named, "keep": str(pair[0])}, by="officer", status=403)
    one = walk.ask("register/same", {**named, "keep": str(pair[0])})
    walk.equal(one["closed"], pair[1], "closed")
    again = walk.ask("register/different", named)
    walk.equal(again["reopened"], pair[1], "opened again")


def as_csv(rows: list[dict[str, Any]]) -> bytes:
    """Rows as CSV with all their columns."""
    text = io.StringIO()
    table = csv.DictWriter(text, list({name: None for row in rows for name in row}))
    table.writeheader()
    table.writerows(rows)
    return text.getvalue().encode()
