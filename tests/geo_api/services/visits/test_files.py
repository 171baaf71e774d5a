"""Visits of files: every row is stored or kept; unmatched ones become visits when their entity appears."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo_api.db.store import Store
from geo_api.errors import BadRequest, NotAllowed
from geo_api.services.answers import Caller
from geo_api.services.load import load
from geo_api.services.visits.listing import list_left, list_visits
from geo_api.services.visits.model import ImportAnswer
from geo_api.services.visits.rematch import rematch_visits
from geo_api.services.visits.take_file import take_file
from geo_api.services.visits.withdraw import withdraw_visit
from layers.errors import SchemaError
from tests.geo_api.life import ADMIN, APPROVER, PLANNER, published
from tests.geo_api.town import BUREAU, LOADED, WEST, Town, make_town

pytestmark = pytest.mark.db

DAY = date(2026, 3, 1)
OFFICER = Caller("officer", "officer", BUREAU)


@pytest.fixture(scope="module")
def little() -> Town:
    return make_town(entities=30)


@pytest.fixture
def filled(store: Store, little: Town) -> Store:
    load(little.but(inspections=little.inspections.iloc[:0]), store.register, today=LOADED)
    return store


def write(folder: Path, *rows: tuple, head: str = "visit_id,entity,date,kind,result,officers,minutes") -> Path:
    path = folder / "visits.csv"
    path.write_text("\n".join([head, *(",".join(map(str, row)) for row in rows)]) + "\n", encoding="utf-8")
    return path


def take(store: Store, path: Path, *, caller: Caller = ADMIN, columns: dict[str, str] | None = None) -> ImportAnswer:
    return take_file(store.visits, path, jurisdiction=BUREAU, caller=caller, columns=columns)


def left(store: Store) -> list[tuple[str, int, str, str]]:
    answer = list_left(store.visits, BUREAU, caller=ADMIN)
    return [(row.reason, row.row_no, row.visit_id, row.entity) for row in answer.rows]


ROWS = (
    ("v1", "s0001", "2026-03-01", "daily", "pass", "11;12", 30),
    ("v2", "s9999", "2026-03-01", "专项", "fail", "11", ""),
    ("v1", "s0001", "2026-03-01", "daily", "pass", "11;12", 30),
    ("v3", "s0002", "someday", "daily", "pass", "", ""),
    ("v4", "s0002", "2026-03-01", "daily", "pass", "11;nobody", ""),
)


def test_every_row_is_stored_or_kept_with_its_number_and_the_reason(filled: Store, tmp_path: Path) -> None:
    answer = take(filled, write(tmp_path, *ROWS))
    assert (answer.given, answer.new, answer.left) == (5, 2, {"refused": 1, "repeat": 1, "unmatched": 1})
    assert left(filled) == [
        ("unmatched", 3, "v2", "s9999"),
        ("repeat", 4, "v1", "s0001"),
        ("refused", 5, "v3", "s0002"),
    ]
    visits = {v.visit_id: v for v in list_visits(filled.visits, BUREAU, caller=ADMIN).visits}
    assert visits["v1"].officers == ("11", "12")
    assert visits["v1"].minutes == 30
    assert visits["v4"].officers == ("11",)
    assert [f.rule for f in answer.findings if "officer" in f.rule] == ["inspections.unknown_officer"]


def test_the_same_file_again_changes_nothing_and_a_changed_row_is_a_new_version(filled: Store, tmp_path: Path) -> None:
    take(filled, write(tmp_path, *ROWS))
    before = left(filled)
    again = take(filled, write(tmp_path, *ROWS))
    assert (again.new, again.changed, again.same) == (0, 0, 2)
    assert left(filled) == before
    changed = take(filled, write(tmp_path, ("v1", "s0001", "2026-03-01", "daily", "minor", "11;12", 30), *ROWS[1:]))
    assert (changed.new, changed.changed, changed.same) == (0, 1, 1)
    with filled.database.connection() as connection:
        rows = connection.execute(
            "select result, recorded_to is null from inspection where visit_id = 'v1' order by id"
        )
        assert rows.fetchall() == [("pass", False), ("minor", True)]


def test_chinese_heads_are_known_and_what_is_said_of_a_column_comes_first(filled: Store, tmp_path: Path) -> None:
    head = "巡查编号,主体编号,巡查日期,类型,结果,检查人员,用时,发现问题"
    path = write(tmp_path, *((*row, "标签不全") for row in ROWS), head=head)
    assert take(filled, path).new == 2
    visits = {v.visit_id: v for v in list_visits(filled.visits, BUREAU, caller=ADMIN).visits}
    assert (visits["v1"].officers, visits["v1"].minutes, visits["v1"].findings) == (("11", "12"), 30, "标签不全")
    with pytest.raises(SchemaError, match="no_such_head"):
        take(filled, path, columns={"entity": "no_such_head"})


def test_a_row_that_was_put_right_is_no_longer_refused(filled: Store, tmp_path: Path) -> None:
    take(filled, write(tmp_path, *ROWS))
    mended = [*ROWS[:3], ("v3", "s0002", "2026-03-02", "daily", "pass", "", ""), ROWS[4]]
    assert take(filled, write(tmp_path, *mended)).new == 1
    assert [reason for reason, *_ in left(filled)] == ["unmatched", "repeat"]


@pytest.mark.parametrize("name", ["s9999", "91350100M000100Y43"])
def test_an_unmatched_visit_counts_as_soon_as_its_entity_is_entered(
    filled: Store, little: Town, tmp_path: Path, name: str
) -> None:
    rows = [("v2", name, "2026-03-01", "daily", "fail", "11", 5), ("v2", name, "2026-03-01", "daily", "fail", "11", 5)]
    assert take(filled, write(tmp_path, *rows)).left == {"repeat": 1, "unmatched": 1}
    shops = little.entities.copy()
    shops.loc[shops.index[3], ["source_id", "credit_code"]] = ["s9999", "91350100M000100Y43"]
    load(little.but(entities=shops, inspections=little.inspections.iloc[:0]), filled.register, today=DAY)
    assert [row[0] for row in left(filled)] == ["repeat"], "both rows are accounted for, one of them is a visit"
    found = list_visits(filled.visits, BUREAU, caller=ADMIN, entity=name)
    assert [(v.visit_id, v.result, v.minutes) for v in found.visits] == [("v2", "fail", 5)]
    assert rematch_visits(filled.visits, BUREAU, caller=ADMIN) == 0
    assert take(filled, write(tmp_path, *rows)).same == 1


def test_a_manifest_keeps_what_it_cannot_store(store: Store, little: Town) -> None:
    visits = little.inspections.head(5).assign(file="v.csv", row=range(2, 7))
    lost = visits.assign(
        reason="unmatched", detail="", repeat_no=0, entity="nobody", visit_id=[f"x{i}" for i in range(5)]
    )
    result = load(little.but(inspections=visits, visits_left=lost), store.register, today=LOADED)
    assert result.counts["inspection"].new == 5
    assert result.counts["visit_unmatched"].new == 5
    assert len(left(store)) == 5


def test_what_was_withdrawn_does_not_come_back_with_its_file(filled: Store, tmp_path: Path) -> None:
    path = write(tmp_path, *ROWS)
    take(filled, path)
    withdraw_visit(filled.visits, "v1", jurisdiction=BUREAU, reason="走错门", caller=APPROVER)
    withdraw_visit(filled.visits, "v2", jurisdiction=BUREAU, reason="走错门", caller=APPROVER)
    again = take(filled, path)
    assert (again.new, again.left["withdrawn"]) == (0, 2)
    assert {v.visit_id for v in list_visits(filled.visits, BUREAU, caller=ADMIN).visits} == {"v4"}


def test_columns_have_the_names_of_the_file(filled: Store, tmp_path: Path) -> None:
    path = write(
        tmp_path, ("s0001", "2026-03-01"), ("s0001", "2026-03-01"), ("s0001", "2026-03-02"), head="牌照,检查日期"
    )
    with pytest.raises(SchemaError, match="entity"):
        take(filled, path)
    with pytest.raises(BadRequest, match="no column shop"):
        take(filled, path, columns={"shop": "牌照"})
    answer = take(filled, path, columns={"entity": "牌照", "date": "检查日期"})
    assert (answer.new, answer.left) == (2, {"repeat": 1})


def test_the_same_visits_under_other_ids_raise_a_doubt(filled: Store, tmp_path: Path) -> None:
    assert take(filled, write(tmp_path, *ROWS)).same_day == 0
    again = take(filled, write(tmp_path, ("w1", *ROWS[0][1:]), ("w5", "s0005", *ROWS[0][2:])))
    assert (again.new, again.same_day) == (2, 1)
    assert [f.rule for f in again.findings] == ["visits.same_day"]


def test_a_file_without_ids_is_not_stored_twice_under_another_reading_of_kind(filled: Store, tmp_path: Path) -> None:
    head = "entity,date,kind,art"
    path = write(tmp_path, ("s0001", "2026-03-01", "daily", "special"), head=head)
    assert take(filled, path).new == 1
    assert take(filled, path).same == 1
    before = left(filled)
    with pytest.raises(BadRequest, match=r"nothing was stored.*--same-day"):
        take(filled, path, columns={"kind": "art"})
    assert left(filled) == before
    assert list_visits(filled.visits, BUREAU, caller=ADMIN, entity="s0001").visits[0].kind == "daily"
    again = take_file(filled.visits, path, jurisdiction=BUREAU, caller=ADMIN, columns={"kind": "art"}, same_day=True)
    assert (again.new, again.same_day) == (1, 1)


def test_who_may_import(filled: Store, tmp_path: Path) -> None:
    path = write(tmp_path, *ROWS)
    with pytest.raises(NotAllowed):
        take(filled, path, caller=OFFICER)
    with pytest.raises(NotAllowed):
        take(filled, path, caller=PLANNER)  # of one station; the file goes into the register of the bureau


def test_visits_are_listed_where_their_entity_lies(filled: Store, tmp_path: Path) -> None:
    take(filled, write(tmp_path, *((f"v{i}", f"s{i:04d}", "2026-03-01", "daily", "pass", "", "") for i in range(30))))
    everywhere = list_visits(filled.visits, BUREAU, caller=ADMIN)
    west = list_visits(filled.visits, WEST, caller=ADMIN)
    assert len(everywhere.visits) == 30
    assert 0 < len(west.visits) < 30
    assert list_visits(filled.visits, BUREAU, caller=ADMIN, limit=10).more


row = st.tuples(
    st.sampled_from(["a", "b", "c", ""]),
    st.sampled_from(["s0001", "s0002", "s9998", "s9999", ""]),
    st.sampled_from(["2026-03-01", "2026-03-02", "never"]),
    st.sampled_from(["daily", "special", "weekly"]),
    st.sampled_from(["pass", "minor"]),
    st.just(""),
    st.just(""),
)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(row, max_size=12))
def test_no_row_is_lost_and_no_visit_comes_twice(filled: Store, tmp_path: Path, rows: list[tuple]) -> None:
    path = write(tmp_path, ("z", "s0003", "2026-03-01", "daily", "pass", "", ""), *rows)
    answer = take(filled, path)
    assert answer.given == len(rows) + 1 == answer.new + answer.changed + answer.same + sum(answer.left.values())
    with filled.database.connection() as connection:
        ids = connection.execute("select source, visit_id from inspection where recorded_to is null").fetchall()
    assert len(set(ids)) == len(ids)
    again = take(filled, path)
    assert (again.new, again.changed, again.left) == (0, 0, answer.left)


def test_a_chinese_file_of_permanent_ids_and_entity_codes(filled: Store, tmp_path: Path) -> None:
    published(filled, WEST, LOADED)
    with filled.database.connection() as connection:
        rows = connection.execute(
            "select m.entity_id, m.cell_code || lpad(m.serial::text, 5, '0') from cell_entity m order by 1 limit 2"
        ).fetchall()
    (by_id, _), (by_code, code) = rows
    file = write(
        tmp_path,
        ("A-1", by_id, "2026/3/1", "日常", "合格", "11；12"),
        ("A-2", code, "2026/3/1", "专项", "不合格", "11"),
        ("A-3", 99999999, "2026/3/1", "重点", "合格", "11"),
        ("A-4", f"{code}9", "2026/3/1", "重点", "合格", "11"),
        head="编 号,主体,日期,种类,结果,检查人员",
    )
    answer = take(filled, file)
    assert (answer.new, dict(answer.left)) == (2, {"unmatched": 2})
    listed = {v.visit_id: v for v in list_visits(filled.visits, BUREAU, caller=ADMIN).visits}
    assert {k: (v.entity_id, v.kind, v.result, v.officers) for k, v in listed.items()} == {
        "A-1": (by_id, "daily", "pass", ("11", "12")),
        "A-2": (by_code, "special", "fail", ("11",)),
    }


def test_a_number_alone_names_the_business_and_its_own_number_comes_first(filled: Store, tmp_path: Path) -> None:
    assert take(filled, write(tmp_path, ("s0003", "2026-03-01"), head="编号,巡查日期")).new == 1
    with filled.database.connection() as connection:
        first, second = connection.execute(
            "select entity_id, source_id from entity_identity order by 1 limit 2"
        ).fetchall()
        found = dict(
            connection.execute(
                "select written, entity_id from find_entities('town', %s)", ([str(first[0]), first[1], "0", "1x", ""],)
            ).fetchall()
        )
    assert found == {str(first[0]): first[0], first[1]: first[0]}
    assert second


def test_a_visit_waits_for_a_business_by_its_permanent_id(filled: Store, little: Town, tmp_path: Path) -> None:
    with filled.database.connection() as connection:
        (last,) = connection.execute("select max(entity_id) from entity_identity").fetchone() or (0,)
    rows = [(f"W-{n}", last + n, "2026-03-01", "daily", "pass", "11", "") for n in range(1, 200)]
    assert take(filled, write(tmp_path, *rows)).left == {"unmatched": 199}
    more = make_town(entities=31)
    load(more.but(inspections=more.inspections.iloc[:0], digest="d31"), filled.register, today=LOADED)
    (visit,) = list_visits(filled.visits, BUREAU, caller=ADMIN).visits
    assert visit.entity_id == last + int(visit.visit_id[2:]) > last
