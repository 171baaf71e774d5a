"""Coverage, gaps, intervals, ledgers, scores, reports: every total beside its parts and beside the command's answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.benchmarks.walk.asking import Walk
from tests.benchmarks.walk.world import World

SUMS = ("due", "made", "overdue", "missed", "entities")
KEYS = ("class", "industry", "cell", "officer", "station")


def coverage(walk: Walk, world: World) -> None:
    """A month, a quarter, a year and free days by every roll-up; the parts are the whole."""
    month = world.month
    year, number = int(month[:4]), int(month[5:])
    quarter = f"{year - (number < 4)}-Q{(number - 1) // 3 or 4}"
    for period in ({"of": month}, {"of": quarter}, {"of": str(year - 1)}, {"of": str(year)}, {"on": world.day}):
        total = walk.ask("coverage", jurisdiction=world.bureau, **period)["total"]
        for key in KEYS:
            found = walk.ask_by("coverage", key, jurisdiction=world.bureau, **period)
            for figure in SUMS:
                walk.equal(
                    round(sum(r[figure] for r in found["rows"]), 3), round(total[figure], 3), f"{figure} by {key}"
                )
        words = [w for k, v in period.items() for w in (f"--{k}", v)]
        typed = walk.typed("coverage", "--jurisdiction", world.bureau, *words, "--by", KEYS[-1])
        answered, full = found.pop("findings"), {str(g) for g in typed.pop("findings")}
        walk.equal(found, typed, "command")
        walk.check(all(str(g) in full for g in answered), "arrears that the command does not know")
        walk.equal(len(full), sum(total_of(found)), "every late business is in the file")
    days = {"period_from": str(world.today - timedelta(days=100)), "period_to": world.day}
    one = walk.ask("coverage", jurisdiction=world.station, **days)["total"]
    cells = walk.ask_by("coverage", "cell", jurisdiction=world.station, **days)["rows"]
    walk.equal(round(sum(r["due"] for r in cells), 3), round(one["due"], 3), "cells of the station")
    for form, begins in (("csv", b""), ("xlsx", b"PK")):
        walk.check(
            walk.ask_by("coverage", "cell", jurisdiction=world.bureau, of=month, format=form).startswith(begins),
            f"no {form}",
        )


def total_of(answer: dict[str, Any]) -> list[int]:
    """Numbers of late businesses by rule, as counted."""
    return list(answer["totals"].values())


def gaps(walk: Walk, world: World) -> None:
    """Each says what, since when and what closes it; as a layer, a table."""
    found = walk.ask("gaps", jurisdiction=world.bureau, on=world.day)
    listed_gaps = [g for g in found["findings"] if g["rule"] != "coverage.not_listed"]
    silent = [g for g in listed_gaps if not (g["message"] and g["message_zh"] and g.get("closes"))]
    walk.check(not silent, f"gaps that do not say what closes them: {silent[:2]}")
    for rule, number in found["totals"].items():
        listed = sum(g["rule"] == rule for g in found["findings"])
        walk.check(listed <= number, f"{listed} of {number} {rule}")
    layer = walk.ask("gaps", jurisdiction=world.bureau, on=world.day, format="geojson")
    walk.check(layer["type"] == "FeatureCollection" and bool(layer["features"]), "no layer")
    walk.check(
        walk.ask("gaps", jurisdiction=world.bureau, on=world.day, format="xlsx").startswith(b"PK"), "no workbook"
    )
    typed = walk.typed("gaps", "--jurisdiction", world.bureau, "--on", world.day)
    full = {str(g) for g in typed.pop("findings")}
    walk.equal({k: v for k, v in found.items() if k != "findings"}, typed, "command")
    walk.check(all(str(g) in full for g in listed_gaps), "gaps that the command does not know")
    station = walk.ask("gaps", jurisdiction=world.station, on=world.day)["totals"]
    walk.check(all(n <= found["totals"].get(k, 0) for k, n in station.items()), "a station has more than its bureau")
    poster = {"jurisdiction": world.here, "place": f"walk {world.tag}"}
    walk.ask("posters", poster, by="officer")
    walk.check(f"walk {world.tag}" in str(walk.ask("posters", jurisdiction=world.here)), "the poster does not hang")


def intervals(walk: Walk, world: World) -> None:
    """Days between visits of the bureau and of each station."""
    found = walk.ask("intervals", jurisdiction=world.bureau)
    walk.equal(found, walk.typed("intervals", "--jurisdiction", world.bureau, "--format", "json"), "command")


def ledgers(walk: Walk, world: World) -> None:
    """A cell, its station, the bureau: totals roll up; to be printed and signed."""
    cell = walk.ask("ledger", jurisdiction=world.here, on=world.day)
    station = walk.ask("ledger", jurisdiction=world.station, on=world.day)
    bureau = walk.ask("ledger", jurisdiction=world.bureau, on=world.day)
    walk.equal(len(cell["entities"]), cell["total"]["entities"], "entities of the cell")
    for ledger in (cell, station, bureau):
        walk.equal(sum(c["entities"] for c in ledger["counts"]), ledger["total"]["entities"], "by industry")
    for ledger in (station, bureau):
        direct = [p for p in ledger["places"] if _below(p["code"], ledger["jurisdiction"], world)]
        walk.check(bool(direct), "no parts")
    walk.equal(
        cell, walk.typed("ledger", "--jurisdiction", world.here, "--on", world.day, "--format", "json"), "command"
    )
    for form, begins in (("xlsx", b"PK"), ("pdf", b"%PDF"), ("html", b"<!")):
        for subject in ("entities", "key_industries"):
            printed = walk.ask("ledger", jurisdiction=world.here, on=world.day, subject=subject, format=form)
            walk.check(printed.startswith(begins), f"no {form}")


def _below(code: str, above: str, world: World) -> bool:
    return code != above and (code in world.cells or code in world.stations() or not code)


def scores(walk: Walk, world: World) -> None:
    """Scores of the month, taken apart to the records."""
    found = walk.ask("assessment", jurisdiction=world.bureau, of=world.month)
    subjects = {r["subject"] for r in found["rows"]}
    walk.check({"bureau", "station", "cell", "officer"} <= subjects, f"scores of {subjects}")
    for row in found["rows"]:
        points = sum(p["points"] for p in row["points"] if p["points"] is not None)
        weights = sum(p["weight"] for p in row["points"] if p["points"] is not None)
        if weights and row["score"] is not None:
            walk.check(
                abs(100 * points / weights - row["score"]) < 0.06,
                f"{row['code']}: {points} of {weights} is not {row['score']}",
            )
    walk.equal(
        found, walk.typed("assess", "--jurisdiction", world.bureau, "--of", world.month, "--format", "json"), "command"
    )
    one = walk.ask("assessment", jurisdiction=world.here, of=world.month, explain=True)
    walk.check(bool(one["explanation"]), "the score is not explained")
    walk.ask(
        "assessment",
        jurisdiction=world.station,
        of=world.month,
        officer=world.officer(world.here),
        explain=True,
        by="officer",
    )


def reports(walk: Walk, world: World) -> None:
    """Previewed, issued once, shown, computed again, and a workbook told from a changed one."""
    asked = {"jurisdiction": world.station, "of": world.month}
    walk.check(walk.ask("reports/preview", format="pdf", **asked).startswith(b"%PDF"), "no PDF")
    preview = walk.ask("reports/preview", **asked)
    words = ("report", "--jurisdiction", world.station, "--of", world.month, "--format", "json")
    walk.equal(preview, walk.typed(*words), "command")
    body = {**asked, "kind": "coverage", "reason": f"walk {world.tag}"}
    walk.ask("reports", body, by="officer", status=403)
    issued = walk.ask("reports", body, by="approver", status=(200, 409))
    rows = walk.ask("reports", jurisdiction=world.station, kind="coverage")["reports"]
    number = issued.get("report_id") or next(r["report_id"] for r in rows if r["period_from"].startswith(world.month))
    walk.ask("reports", body, by="approver", status=409)
    checked = walk.ask(f"reports/{number}/check")
    walk.check(checked["same"] is True, f"computed again it differs: {checked['differences'][:3]}")
    book = walk.ask(f"reports/{number}", format="xlsx")
    walk.check(walk.ask(f"reports/{number}", format="xlsx") == book, "not the same bytes again")
    walk.check(walk.ask(f"reports/{number}", format="pdf").startswith(b"%PDF"), "no PDF")
    sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    verified = walk.ask("ledger/verify", content=book, media_type=sheet, method="POST")
    walk.equal(verified["verdict"], "issued", "verdict")
    walk.ask("ledger/verify", content=book[: len(book) // 2], media_type=sheet, method="POST", status=(200, 422))
    ledger = walk.ask(
        "reports", {"jurisdiction": world.here, "kind": "ledger", "reason": "walk"}, by="approver", status=(200, 409)
    )
    walk.check("report_id" in ledger or "code" in ledger, "no ledger issued")
