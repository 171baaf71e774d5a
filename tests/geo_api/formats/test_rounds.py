"""Visit plans as page, GPX, workbook and table."""

from __future__ import annotations

import io
import re
from datetime import date
from xml.etree import ElementTree as Xml

import openpyxl
import pytest

from geo_api.formats.registry import render
from geo_api.formats.rounds_page import ROOM, _apart
from geo_api.services.rounds.model import NotPlanned, PlanPage, RoundDay, Stop, VisitPlan
from layers.assets import check_offline

GPX = "{http://www.topografix.com/GPX/1/1}"
OVERDUE = (("overdue", "overdue", "已逾期"),)


def stop(position: int, name: str, lon: float, *, late: int = 0) -> Stop:
    return Stop(
        position, position, name, "人民路1号", "food", "B", "c1", OVERDUE, date(2026, 2, 28), late, None, lon, 30.5, 120.0,
        30.0 * position, 30.0,
    )  # fmt: skip


PLAN = VisitPlan(
    jurisdiction="420106001",
    officer_id="o7",
    officer_name="李明",
    cells=("c1",),
    period_from=date(2026, 3, 2),
    period_to=date(2026, 3, 9),
    on=date(2026, 3, 2),
    start_name="城西所",
    start_lon=114.3,
    start_lat=30.5,
    due=4,
    days=(
        RoundDay(
            date(2026, 3, 2), (stop(1, "<b>甲</b> & 乙", 114.301, late=2), stop(2, "=1+1", 114.301)), 900.0, 60.0, 5.0
        ),
        RoundDay(date(2026, 3, 3), (stop(1, "丙", 114.31),), 2000.0, 30.0, 10.0),
    ),
    not_planned=(NotPlanned(9, "丁", "x", "c1", OVERDUE, date(2026, 3, 31), "full"),),
    digest="f" * 64,
    outlines=(((114.29, 30.49), (114.32, 30.49), (114.32, 30.51), (114.29, 30.49)),),
)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_loads_nothing_and_runs_nothing(language: str) -> None:
    page = render(PlanPage(PLAN, language), "html")[0].decode()
    check_offline(page)
    assert "<script" not in page
    assert "&lt;b&gt;甲&lt;/b&gt; &amp; 乙" in page
    assert page.count("<svg") == 2
    assert page.count("☐") == 3
    assert ("未排入" in page) == (language == "zh")
    numbers = [int(n) for n in re.findall(r"<text [^>]*>(\d+)</text>", page)]
    assert sorted(numbers) == [1, 1, 2]


def test_numbers_at_one_house_do_not_hide_each_other() -> None:
    places = _apart([(100.0, 100.0)] * 6 + [(104.0, 100.0)])
    away = min(((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5 for i, a in enumerate(places) for b in places[:i])
    assert away > 0.9 * ROOM
    assert places == _apart([(100.0, 100.0)] * 6 + [(104.0, 100.0)])


def test_gpx_has_waypoints_then_a_route_a_day() -> None:
    root = Xml.fromstring(render(PLAN, "gpx")[0])
    assert (root.tag, root.get("version"), bool(root.get("creator"))) == (f"{GPX}gpx", "1.1", True)
    assert [e.tag.removeprefix(GPX) for e in root] == ["metadata", "wpt", "wpt", "wpt", "rte", "rte"]
    routes = root.findall(f"{GPX}rte")
    assert [r.findtext(f"{GPX}name") for r in routes] == ["2026-03-02", "2026-03-03"]
    points = routes[0].findall(f"{GPX}rtept")
    assert [(p.get("lat"), p.get("lon")) for p in points] == [
        ("30.5000000", "114.3000000"), ("30.5000000", "114.3010000"), ("30.5000000", "114.3010000"),
        ("30.5000000", "114.3000000"),
    ]  # fmt: skip
    assert points[1].findtext(f"{GPX}name") == "1 <b>甲</b> & 乙"
    for point in root.iter(f"{GPX}wpt"):
        assert [e.tag.removeprefix(GPX) for e in point] == ["name", "desc"]


def test_the_workbook_has_a_sheet_a_day() -> None:
    book = openpyxl.load_workbook(io.BytesIO(render(PLAN, "xlsx")[0]))
    assert book.sheetnames == ["2026-03-02", "2026-03-03", "not planned"]
    rows = list(book["2026-03-02"].values)
    assert rows[0][:3] == ("day", "position", "name")
    assert rows[2][2] == "'=1+1"
    assert list(book["not planned"].values)[1][0] == "丁"


def test_table_and_json_hold_every_visit() -> None:
    lines = render(PLAN, "csv")[0].decode("utf-8-sig").splitlines()
    assert len(lines) == 4
    body = render(PLAN, "json")[0]
    assert b"outlines" not in body
    assert body.count(b'"position"') == 3
