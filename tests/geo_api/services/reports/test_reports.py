"""Scores taken apart to their records; reports that are issued once and have the same figures for ever."""

from __future__ import annotations

import io
import threading
from collections import Counter
from datetime import date, datetime

import openpyxl
import psycopg
import pytest

from geo_api.db.store import Store
from geo_api.errors import BadRequest, Conflict, NotAllowed
from geo_api.formats.registry import render
from geo_api.services.answers import Caller
from geo_api.services.assessment.assess import assess
from geo_api.services.ledger.read import read_ledger
from geo_api.services.reports import desk
from geo_api.services.reports.answer import PrintedIssued
from geo_api.services.reports.coverage_report import coverage_report
from geo_api.services.reports.desk import Wanted, checked, issue, listed, shown
from geo_api.services.reports.issue import Made, issue_report
from geo_api.services.reports.verify import verify_file
from geo_api.supervision.report_periods import named
from tests.geo_api.life import OPERATOR
from tests.geo_api.services.reports.conftest import entity_ids, visit
from tests.geo_api.town import BUREAU, EAST, WEST

CELL = f"{WEST}001"
APPROVER = Caller("approver Wang", "approver", BUREAU)


def test_a_score_is_the_sum_of_its_records(town_store: Store) -> None:
    period = named("2021-03")
    due = entity_ids(town_store, "C", date(2021, 1, 1), CELL)
    assert len(due) >= 2, "the town has such entities"
    visit(town_store, (due[0], date(2021, 3, 9)), (due[0], date(2021, 3, 10)), prefix="score")
    found = assess(town_store, CELL, period, caller=OPERATOR, explained=True)
    row = found.rows[0]
    assert (row.subject, row.code) == ("cell", CELL)
    assert found.explanation is not None
    for one, points in zip(found.explanation.indicators, row.points, strict=True):
        assert one.left_out == 0
        assert sum(r.count for r in one.records) == pytest.approx(one.count) == pytest.approx(points.count)
        assert sum(r.of for r in one.records) == pytest.approx(one.of) == pytest.approx(points.of)
    coverage = found.explanation.indicators[0]
    made = {r.record_id: r.count for r in coverage.records}
    assert made[str(due[0])] == 1, "two visits in a month that asks for one count once"
    earned = [p for p in row.points if p.points is not None]
    assert row.score == round(100 * sum(p.points for p in earned) / sum(p.weight for p in earned), 1)  # type: ignore[misc]


def test_an_officers_score_is_that_of_the_cells_that_they_lead(town_store: Store) -> None:
    period = named("2021-04")
    whole = assess(town_store, BUREAU, period, caller=OPERATOR)
    by_officer = [r for r in whole.rows if r.subject == "officer"]
    bureau = whole.rows[0]
    assert bureau.subject == "bureau"
    due = {p.key: p.of for p in bureau.points}
    for key in ("coverage", "overdue"):
        cells = sum(next(p.of for p in r.points if p.key == key) for r in whole.rows if r.subject == "cell")
        officers = sum(next(p.of for p in r.points if p.key == key) for r in by_officer)
        assert officers == pytest.approx(cells), "every cell has a lead"
        assert cells <= due[key], "the bureau also has what lies in no cell"
        stations = sum(next(p.of for p in r.points if p.key == key) for r in whole.rows if r.subject == "station")
        assert stations == pytest.approx(cells), "every place of a station is in a cell"


def test_an_officers_score_is_taken_apart_to_entities(town_store: Store) -> None:
    whole = assess(town_store, WEST, named("2021-04"), caller=OPERATOR)
    officer = next(r for r in whole.rows if r.subject == "officer")
    found = assess(town_store, WEST, named("2021-04"), caller=OPERATOR, officer=officer.code, explained=True)
    assert found.rows == (officer,)
    assert found.explanation is not None
    coverage = found.explanation.indicators[0]
    assert {r.kind for r in coverage.records} == {"entity"}, "the officer led the cell all the time"
    assert sum(r.of for r in coverage.records) == pytest.approx(coverage.of) == pytest.approx(officer.points[0].of)
    assert all(r.name for r in coverage.records)


def test_claims_tasks_and_notices_count_by_their_deadlines(town_store: Store) -> None:
    period = named("2021-06")
    cell = f"{WEST}002"
    some = entity_ids(town_store, "A", date(2021, 1, 1), cell)[:4]
    with town_store.database.connection() as connection:
        days = (("2021-06-01", "2021-06-04"), ("2021-06-02", "2021-06-20"), ("2021-06-28", None))
        for entity, (fell, claimed) in zip(some, days, strict=False):
            steps = [("fell", 1, fell, "")] + ([("claimed", 2, claimed, "10")] if claimed else [])
            for step, n, day, officer in steps:
                connection.execute(
                    "insert into claim_step (entity_id, claim_no, step_no, step, cell_code, fell_on, officer_id, actor, role, day) "
                    "values (%s, 1, %s, %s, %s, %s, %s, 'x', 'officer', %s)",
                    (entity, n, step, cell, fell, officer, day),
                )
    noticed = [(some[n], date(2021, 5, 20)) for n in (0, 3)]
    visit(town_store, *noticed, prefix="notice", notice_no="n", rectify_by=date(2021, 6, 10))
    visit(town_store, (some[0], date(2021, 6, 10)), (some[3], date(2021, 6, 11)), prefix="again")
    row = assess(town_store, cell, period, caller=OPERATOR).rows[0]
    points = {p.key: (p.count, p.of) for p in row.points}
    assert points["claims"] == (1, 2), "the third one has until July"
    assert points["rectifications"] == (1, 2), "seen again on the last day is in time, the day after is not"
    assert points["tasks"] == (0, 0)
    assert next(p for p in row.points if p.key == "tasks").points is None, "nothing due: left out, not failed"


def test_failures_count_when_consecutive_and_have_consequences(town_store: Store) -> None:
    found = assess(town_store, WEST, named("2022-02"), caller=OPERATOR)
    officers = [r for r in found.rows if r.subject == "officer"]
    assert officers
    assert all(r.band == "failing" for r in officers), "nobody visited anything in the winter of 2021"
    assert {r.failures for r in officers} == {3}
    assert {r.consequence_en for r in officers} == {"moved to another post"}
    station = next(r for r in found.rows if r.subject == "station")
    assert station.marked
    assert not station.formal, "stations are assessed by quarter"
    assert station.failures == 0
    assert {c.cell_code for c in found.corrections} == set(station.cells_failing)
    quarter = assess(town_store, WEST, named("2022-Q1"), caller=OPERATOR)
    station = next(r for r in quarter.rows if r.subject == "station")
    assert station.formal
    assert station.failures == 3


def test_an_issued_band_counts_whatever_came_later(town_store: Store) -> None:
    listed_on = date(2022, 8, 31)
    ledger = read_ledger(town_store.ledgers, town_store.published, f"{EAST}001", on=listed_on, caller=OPERATOR)
    issue(town_store, Wanted("assessment", f"{EAST}001", named("2022-08")), caller=OPERATOR)
    late = [(e.entity_id, date(2022, 8, day)) for e in ledger.entities for day in (5, 20)]
    visit(town_store, *late, prefix="issued")
    assert assess(town_store, f"{EAST}001", named("2022-08"), caller=OPERATOR).rows[0].band != "failing"
    september = assess(town_store, f"{EAST}001", named("2022-09"), caller=OPERATOR).rows[0]
    assert (september.band, september.failures) == ("failing", 3), "July, August as it was issued, September"


def test_every_roll_up_of_a_report_has_the_same_totals(town_store: Store) -> None:
    report = coverage_report(town_store, BUREAU, named("2021-Q2"), caller=OPERATOR)
    assert report.total.due > 0
    for rows in (report.by_class, report.by_industry, report.by_station, report.by_cell, report.by_officer):
        assert sum(r.due for r in rows) == pytest.approx(report.total.due)
        assert sum(r.made for r in rows) == pytest.approx(report.total.made)
    assert report.overdue_total == sum(r.overdue for r in report.by_class)
    assert next(g for g in report.gaps if g.kind == "no_cell").count == 2 - _unborn(town_store)


def _unborn(store: Store) -> int:
    """How many of the two entities in no cell had not opened by then."""
    with store.database.connection() as connection:
        row = connection.execute(
            "select count(*) from entity where recorded_to is null and opened > '2021-06-30' "
            "and (geom is null or st_x(geom) > 115)"
        ).fetchone()
    return int(row[0]) if row else 0


def test_an_issued_report_has_the_same_figures_for_ever(town_store: Store) -> None:
    wanted = Wanted("coverage", BUREAU, named("2021-10"))
    first = issue(town_store, wanted, caller=APPROVER, reason="October")
    before = shown(town_store, first.report_id, caller=APPROVER)
    some = entity_ids(town_store, "C", date(2021, 1, 1))[:5]
    visit(town_store, *[(e, date(2021, 10, 7)) for e in some], prefix="late")
    assert checked(town_store, first.report_id, caller=APPROVER).same
    after = shown(town_store, first.report_id, caller=APPROVER)
    assert after == before
    assert (
        coverage_report(town_store, BUREAU, named("2021-10"), caller=OPERATOR).total.made
        > before.figures["total"]["made"]
    )
    following = coverage_report(town_store, BUREAU, named("2021-11"), caller=OPERATOR)
    total = next(c for c in following.corrections if c.cell_code == "total")
    assert total.report_id == first.report_id
    assert total.made_now - total.made_issued == pytest.approx(5)
    assert total.due_now == total.due_issued
    assert sum(c.made_now - c.made_issued for c in following.corrections if c.cell_code != "total") == pytest.approx(5)
    assert render(PrintedIssued("zh", before), "html") == render(PrintedIssued("zh", after), "html")
    with pytest.raises(Conflict, match="issued before"):
        issue(town_store, wanted, caller=APPROVER)

    def computed(_: datetime) -> Made:
        raise AssertionError("it was issued: nothing is to be computed")

    days = {"period_from": first.period_from, "period_to": first.period_to}
    with pytest.raises(Conflict, match="issued before"):
        issue_report(town_store.reports, "coverage", BUREAU, computed, caller=APPROVER, **days)


def test_the_database_keeps_what_was_issued(town_store: Store) -> None:
    issued = issue(town_store, Wanted("ledger", WEST, on=date(2021, 1, 5)), caller=OPERATOR)
    for statement in ("update report set reason = 'x'", "delete from report", "truncate report"):
        with town_store.database.dedicated() as owner:
            owner.execute("set role gw_owner")
            owner.execute("set search_path = gridward")
            with pytest.raises(psycopg.Error, match="what was recorded stays"):
                owner.execute(statement)  # type: ignore[arg-type]
    with town_store.database.connection() as connection:
        row = connection.execute(
            "select actor, verb, payload ->> 'digest' from event where subject = %s", (f"report:{issued.report_id}",)
        ).fetchone()
    assert row == ("operator", "issue report", issued.digest)


def test_a_changed_workbook_is_not_the_issued_one(town_store: Store) -> None:
    issued = issue(town_store, Wanted("ledger", CELL, on=date(2021, 2, 1)), caller=OPERATOR)
    found = shown(town_store, issued.report_id, caller=OPERATOR)
    for language in ("zh", "en"):
        body = render(PrintedIssued(language, found), "xlsx")[0]  # type: ignore[arg-type]
        answer = verify_file(town_store.reports, body, render, caller=OPERATOR)
        assert (answer.verdict, answer.report) == ("issued", issued)
    book = openpyxl.load_workbook(io.BytesIO(body))
    sheet = book["entities"]
    sheet["B5"] = "Somebody else"
    out = io.BytesIO()
    book.save(out)
    answer = verify_file(town_store.reports, out.getvalue(), render, caller=OPERATOR)
    assert answer.verdict == "changed"
    assert [d.split(":")[0] for d in answer.differences] == ["entities!B5"]
    book.properties.identifier = ""
    out = io.BytesIO()
    book.save(out)
    assert verify_file(town_store.reports, out.getvalue(), render, caller=OPERATOR).verdict == "unknown"
    with pytest.raises(BadRequest, match="no XLSX workbook"):
        verify_file(town_store.reports, b"no workbook", render, caller=OPERATOR)
    with pytest.raises(NotAllowed):
        verify_file(town_store.reports, body, render, caller=Caller("o", "officer", EAST))


def test_who_may_issue_what_and_when(town_store: Store) -> None:
    month = named("2021-07")
    with pytest.raises(NotAllowed):
        issue(town_store, Wanted("coverage", WEST, month), caller=Caller("p", "planner", WEST))
    with pytest.raises(NotAllowed):
        issue(town_store, Wanted("coverage", WEST, month), caller=Caller("a", "approver", EAST))
    with pytest.raises(BadRequest, match="is issued from"):
        issue(town_store, Wanted("coverage", WEST, named("2190-01")), caller=APPROVER)
    with pytest.raises(BadRequest, match="has not come"):
        issue(town_store, Wanted("ledger", CELL, on=date(2190, 1, 1)), caller=APPROVER)
    with pytest.raises(BadRequest, match="there is no report"):
        issue(town_store, Wanted("poem", WEST, month), caller=APPROVER)
    keeper = Caller("p", "planner", WEST)
    ledger = issue(town_store, Wanted("ledger", CELL, on=date(2021, 7, 1), subject="unlicensed"), caller=keeper)
    mine = listed(town_store, caller=Caller("o", "officer", WEST)).reports
    assert ledger in mine
    assert all(r.jurisdiction_code.startswith(WEST) for r in mine)
    with pytest.raises(NotAllowed):
        shown(town_store, ledger.report_id, caller=Caller("o", "officer", EAST))
    assert Counter(r.kind for r in listed(town_store, caller=OPERATOR, kind="ledger").reports).keys() == {"ledger"}


def test_a_list_that_is_cut_off_says_so(town_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for cell in (CELL, WEST):
        issue(town_store, Wanted("ledger", cell, on=date(2021, 7, 2)), caller=OPERATOR)
    whole = listed(town_store, caller=OPERATOR)
    assert not whole.more
    for most, more in ((len(whole.reports), False), (len(whole.reports) - 1, True)):
        monkeypatch.setattr(desk, "MOST_LISTED", most)
        cut = listed(town_store, caller=OPERATOR)
        assert (cut.reports, cut.more) == (whole.reports[:most], more), "the newest stay"


def test_a_report_waits_for_changes_that_are_under_way(town_store: Store) -> None:
    """A change bears the time at which it began: a moment chosen while it goes on would see it later."""
    began, finish = threading.Event(), threading.Event()

    def change() -> None:
        with town_store.database.connection() as connection:
            connection.execute("insert into event (actor, role, verb, subject) values ('x', 'admin', 'wait', 'w:1')")
            began.set()
            finish.wait(20)

    writer = threading.Thread(target=change)
    writer.start()
    assert began.wait(20)
    threading.Timer(0.3, finish.set).start()
    moment = town_store.reports.moment()
    assert finish.is_set()
    writer.join()
    with town_store.database.connection() as connection:
        row = connection.execute("select at < %s from event where verb = 'wait'", (moment,)).fetchone()
    assert row == (True,)
