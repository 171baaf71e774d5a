"""Leave as an office keeps it, in a table: all rows or none, again nothing, each bad row told with its number."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from geo_api.db.store import Store
from geo_api.errors import BadRequest, RuleViolation
from geo_api.services.staffing.leave_many import record_leave
from tests.geo_api.life import OPERATOR, PLANNER
from tests.geo_api.town import WEST

FIRST = {"officer": "11", "valid_from": "2026-08-03", "valid_to": "2026-08-08", "substitute": "12", "reason": "annual"}


def away(store: Store, on: date) -> dict[str, str]:
    """Who is away on a day -> who stands in."""
    with store.staffing.change() as work:
        rows = work.absences(("11", "12", "13", "21"))
    return {r.officer_id: r.substitute_id for r in rows if on in r.period}


def test_a_file_is_stored_once_and_again_changes_nothing(staffed: Store, tmp_path: Path) -> None:
    path = tmp_path / "leave.csv"
    path.write_text(
        "监管员编号,开始日期,返岗日期,代班人员,假别,事由\n"
        "11,2026/8/3,2026/8/8,12,休假,年假\n21,2026-08-04,2026-08-20,,病假,住院\n",
        encoding="gb18030",
    )
    answer = record_leave(staffed.staffing, path, caller=OPERATOR)
    assert (answer.given, answer.stored, answer.same, answer.rejected) == (2, 2, 0, ())
    assert away(staffed, date(2026, 8, 7)) == {"11": "12", "21": ""}
    assert away(staffed, date(2026, 8, 8)) == {"21": ""}
    again = record_leave(staffed.staffing, path, caller=OPERATOR)
    assert (again.stored, again.same) == (0, 2)


def test_one_bad_row_stops_all_and_every_one_is_told(staffed: Store) -> None:
    rows = [
        {**FIRST, "valid_from": "2026-09-01", "valid_to": "2026-09-05"},
        {**FIRST, "officer": "nobody"},
        {**FIRST, "valid_from": "soon"},
        {**FIRST, "substitute": "11", "kind": "holiday", "valid_to": "2026-08-01"},
    ]
    with pytest.raises(RuleViolation, match="3 of 4 rows") as caught:
        record_leave(staffed.staffing, rows, caller=OPERATOR)
    assert [f.where for f in caught.value.findings] == ["row 2", "row 3", "row 4"]
    for word in ("kind of absence", "stand in for themselves", "before it begins"):
        assert word in caught.value.findings[2].message
    assert away(staffed, date(2026, 9, 2)) == {}, "nothing was stored"
    answer = record_leave(staffed.staffing, rows, caller=OPERATOR, skip_bad=True)
    assert (answer.stored, [b.row for b in answer.rejected]) == (1, [2, 3, 4])
    assert away(staffed, date(2026, 9, 2)) == {"11": "12"}


def test_rows_of_one_table_may_not_leave_nobody(staffed: Store) -> None:
    rows = [
        {**FIRST, "officer": "13", "valid_from": "2026-10-12", "valid_to": "2026-10-17"},
        {**FIRST, "officer": "12", "valid_from": "2026-10-14", "valid_to": "2026-10-15", "substitute": ""},
    ]
    with pytest.raises(RuleViolation, match="row 2: nobody would be there"):
        record_leave(staffed.staffing, rows, caller=OPERATOR)


def test_past_days_are_an_admins_with_a_reason(staffed: Store) -> None:
    before = staffed.staffing.today(WEST) - timedelta(days=3)
    past = [{"officer": "11", "valid_from": before.isoformat(), "valid_to": (before + timedelta(days=1)).isoformat()}]
    with pytest.raises(RuleViolation, match="give a reason"):
        record_leave(staffed.staffing, past, caller=OPERATOR)
    with pytest.raises(RuleViolation, match="only an admin"):
        record_leave(staffed.staffing, past, caller=PLANNER, reason="late")
    assert record_leave(staffed.staffing, past, caller=OPERATOR, reason="from paper").stored == 1


def test_a_table_without_its_columns_is_told_what_is_missing(staffed: Store, tmp_path: Path) -> None:
    path = tmp_path / "leave.csv"
    path.write_text("officer,when\n11,2026-08-03\n")
    with pytest.raises(BadRequest, match="there is no column valid_from"):
        record_leave(staffed.staffing, path, caller=OPERATOR)
    with pytest.raises(BadRequest, match="a row has no colour"):
        record_leave(staffed.staffing, [{**FIRST, "colour": "red"}], caller=OPERATOR)
    path.write_text("officer,valid_from\n")
    with pytest.raises(BadRequest, match="at least one row is needed"):
        record_leave(staffed.staffing, path, caller=OPERATOR)
