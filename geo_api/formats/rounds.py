"""Visit plans as JSON, as tables, and as GPX for a handheld."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from xml.etree import ElementTree as Xml

import orjson

from geo_api.formats.sheets import csv_table, xlsx_book
from geo_api.services.rounds.model import KeptAnswer, RoundDay, Stop, VisitPlan

HEAD = (
    "day", "position", "name", "address", "credit_class", "industry", "why", "why_zh", "due_on", "overdue_days",
    "last_visit", "cell_code", "arrive_min", "minutes", "way_m", "entity_id", "task_id", "lon", "lat",
)  # fmt: skip
LEFT_HEAD = ("name", "address", "why", "why_zh", "due_on", "reason", "cell_code", "entity_id", "task_id")
GPX = "http://www.topografix.com/GPX/1/1"
LONGEST = 120


def plan_json(plan: VisitPlan) -> bytes:
    """The plan without the outlines of its cells."""
    plain = {name: getattr(plan, name) for name in plan.__dataclass_fields__ if name != "outlines"}
    return orjson.dumps(plain | {"findings": [f.as_dict() for f in plan.findings]})


def plan_csv(plan: VisitPlan) -> bytes:
    """One line a visit, all days."""
    return csv_table(HEAD, (_row(day, stop) for day in plan.days for stop in day.stops))


def plan_xlsx(plan: VisitPlan) -> bytes:
    """One sheet a day, and one of what is in no round."""
    sheets: list[tuple[str, Any, Any]] = [
        (d.day.isoformat(), (*HEAD, "done"), [[*_row(d, s), ""] for s in d.stops]) for d in plan.days
    ]
    left = [
        [n.name, n.address, _why(n.why, 1), _why(n.why, 2), n.due_on, n.reason, n.cell_code, n.entity_id, n.task_id]
        for n in plan.not_planned
    ]
    if left or not sheets:
        sheets.append(("not planned", LEFT_HEAD, left))
    return xlsx_book(sheets)


def plan_gpx(plan: VisitPlan) -> bytes:
    """GPX 1.1: the places as waypoints, each day's round as a route from the start and back. WGS 84."""
    Xml.register_namespace("", GPX)
    root = Xml.Element(f"{{{GPX}}}gpx", {"version": "1.1", "creator": "Gridward"})
    about = _under(root, "metadata")
    _under(
        about,
        "name",
        f"{plan.officer_name or ', '.join(plan.cells)} {plan.period_from} - {plan.period_to - timedelta(days=1)}",
    )
    _under(about, "time", datetime.combine(plan.on, time(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    for day in plan.days:
        for stop in day.stops:
            _point(root, "wpt", stop.lon, stop.lat, f"{day.day:%m-%d} {stop.position} {stop.name}", _told(stop))
    for day in plan.days:
        route = _under(root, "rte")
        _under(route, "name", day.day.isoformat())
        _under(route, "desc", f"{len(day.stops)} visits, {day.length_m / 1000:.1f} km as the crow flies")
        _point(route, "rtept", plan.start_lon, plan.start_lat, plan.start_name, "")
        for stop in day.stops:
            _point(route, "rtept", stop.lon, stop.lat, f"{stop.position} {stop.name}", _told(stop))
        _point(route, "rtept", plan.start_lon, plan.start_lat, plan.start_name, "")
    return bytes(Xml.tostring(root, encoding="utf-8", xml_declaration=True))


def kept_csv(answer: KeptAnswer) -> bytes:
    """One line a planned visit."""
    head = ("day", "position", "entity_id", "task_id", "name", "cell_code", "why", "outcome", "made_on")
    return csv_table(head, ([getattr(v, name) for name in head] for v in answer.visits))


def _row(day: RoundDay, stop: Stop) -> list[Any]:
    told = {"day": day.day, "why": _why(stop.why, 1), "why_zh": _why(stop.why, 2)}
    return [told[name] if name in told else getattr(stop, name) for name in HEAD]


def _why(why: tuple[tuple[str, str, str], ...], language: int) -> str:
    return ("；" if language == 2 else "; ").join(w[language] for w in why)


def _told(stop: Stop) -> str:
    return f"{stop.address}; {_why(stop.why, 2)} / {_why(stop.why, 1)}; {stop.due_on}"


def _point(parent: Xml.Element, tag: str, lon: float, lat: float, name: str, said: str) -> None:
    point = _under(parent, tag, lat=f"{lat:.7f}", lon=f"{lon:.7f}")
    _under(point, "name", name[:LONGEST])
    if said:
        _under(point, "desc", said)


def _under(parent: Xml.Element, tag: str, text: str = "", **attributes: str) -> Xml.Element:
    made = Xml.SubElement(parent, f"{{{GPX}}}{tag}", attributes)
    if text:
        made.text = "".join(c for c in text if c.isprintable())
    return made
