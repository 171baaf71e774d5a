"""Many cases at once: a verdict for each row, nothing opened twice, nothing lost."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_api.db.store import Store
from geo_api.errors import BadRequest
from geo_api.services.answers import Caller, LookupAnswer, PublishedTerritory
from geo_api.services.tasks.batch import MOST, Batch, BatchTasks, open_batch
from geo_api.services.tasks.import_file import import_cases
from geo_api.services.tasks.rows import COLUMNS, case_row, read_cases
from tests.geo_api.services.tasks.conftest import DAY
from tests.geo_api.services.tasks.test_tasks import HOTLINE, at
from tests.geo_api.town import BUREAU, EAST, WEST


class Streets:
    """Knows 人民路 alone, and counts how often it is asked."""

    def __init__(self, store: Store) -> None:
        self._known, self.asked = at(store).answer, 0

    def addresses(self, texts: Sequence[str], *, on: date | None = None) -> list[LookupAnswer]:
        self.asked += 1
        lost = LookupAnswer("not_found", DAY, None, None)
        return [self._known if text.startswith("人民路") else lost for text in texts]


def sent(
    store: Store,
    territory: PublishedTerritory,
    *rows: dict[str, object],
    caller: Caller = HOTLINE,
    source: str = "12315",
) -> BatchTasks:
    cases = tuple(case_row(n, row) for n, row in enumerate(rows, start=1))
    return open_batch(store.tasks, Streets(store), territory, Batch(cases, source), caller=caller)


def case(number: str, **more: object) -> dict[str, object]:
    return {"source_id": number, "title": "过期食品", "address": "人民路12号", **more}


def test_each_row_has_its_verdict(town_store: Store, territory: PublishedTerritory) -> None:
    answer = sent(
        town_store,
        territory,
        case("b1"),
        case("b2", address="月亮街1号"),
        case("b1"),
        case("b1", title="噪音"),
        case("b3", title=""),
        case("b4", due="yesterday"),
        case("b5", due=str(DAY - timedelta(days=1))),
        case("b6", kind="party"),
        case("b7", address="", entity=3),
        case("b8", address="", entity=987654),
        case("b9", address="", entity="91420106MA00000001"),
        case("b10", colour="red"),
        case("", title="x"),
    )
    assert [r.verdict for r in answer.rows] == [
        "opened", "waiting", "repeated", "conflict", "refused", "refused", "refused", "refused", "opened", "refused",
        "refused", "refused", "refused",
    ]  # fmt: skip
    assert [r.row for r in answer.rows] == list(range(1, 14))
    first = answer.rows[0]
    assert {o.officer_id for o in territory.officers[first.cell_code]} == {
        text.partition("(")[2].rstrip(")") for text in first.officers
    }
    assert answer.rows[2].task_id == answer.rows[3].task_id == first.task_id
    assert first.due_on == DAY + timedelta(days=15)
    for n, word in ((4, "title"), (5, "yesterday"), (6, "before"), (7, "party"), (9, "987654"), (10, "credit code"),
                    (11, "colour"), (12, "source_id"), (1, "dispatcher")):  # fmt: skip
        assert word in answer.rows[n].message
    assert sum(answer.counts.values()) == len(answer.rows)


def test_sent_again_nothing_is_opened(town_store: Store, territory: PublishedTerritory) -> None:
    rows = [case(f"again{n}") for n in range(5)]
    first, second = (sent(town_store, territory, *rows) for _ in range(2))
    assert first.counts["opened"] == second.counts["repeated"] == 5
    assert [r.task_id for r in first.rows] == [r.task_id for r in second.rows]
    assert sent(town_store, territory, *rows, source="12345").counts["opened"] == 5, "numbers of another source"


def test_two_at_once_open_one_each(town_store: Store, territory: PublishedTerritory) -> None:
    answers: list[BatchTasks] = []
    rows = [case(f"both{n}") for n in range(20)]
    threads = [threading.Thread(target=lambda: answers.append(sent(town_store, territory, *rows))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(a.counts["opened"] for a in answers) == [0, 0, 20]
    assert len({r.task_id for a in answers for r in a.rows}) == 20


def test_a_caller_opens_in_their_jurisdiction_alone(town_store: Store, territory: PublishedTerritory) -> None:
    east = Caller("east", "officer", EAST)
    answer = sent(town_store, territory, case("own", address="月亮街1号"), case("others"), caller=east)
    assert [r.verdict for r in answer.rows] == ["waiting", "refused"]
    assert "outside" in answer.rows[1].message
    assert sent(town_store, territory, case("west"), caller=Caller("w", "officer", WEST)).counts["opened"] == 1


def test_a_thousand_at_most_and_a_source(town_store: Store, territory: PublishedTerritory) -> None:
    with pytest.raises(BadRequest, match="at most 1000"):
        sent(town_store, territory, *[case(str(n)) for n in range(MOST + 1)])
    with pytest.raises(BadRequest, match="source"):
        sent(town_store, territory, case("1"), source=" ")


def test_addresses_are_looked_up_together(town_store: Store, territory: PublishedTerritory) -> None:
    streets = Streets(town_store)
    cases = tuple(case_row(n, case(f"t{n}", address=f"人民路{n}号")) for n in range(1, 300))
    answer = open_batch(town_store.tasks, streets, territory, Batch(cases, "12315"), caller=HOTLINE)
    assert (answer.counts["opened"], streets.asked) == (299, 1)


@given(
    st.dictionaries(
        st.sampled_from([*COLUMNS, "x"]),
        st.one_of(st.none(), st.text(), st.integers(), st.floats(), st.lists(st.text())),
    )
)
def test_any_row_is_read_or_says_why(row: dict[str, object]) -> None:
    found = case_row(1, row)
    assert found.problems or (found.source_id and found.title and (found.address or found.entity or found.credit_code))


# ------------------------------------------------------------------------------------------------------------ files
HEAD = ["工单号", "诉求内容", "地址", "办结期限", "市民电话"]


def test_an_export_of_the_hotline(town_store: Store, territory: PublishedTerritory, tmp_path: Path) -> None:
    rows = [["f1", "过期食品", "人民路1号", "2026/3/20", "1"], ["f2", "噪音", "人民路2号", "2026-3-21 18:00", "2"],
            ["f3", "", "人民路3号", "", "3"]]  # fmt: skip
    text = "\n".join(",".join(line) for line in [HEAD, *rows])
    (tmp_path / "a.csv").write_text(text, encoding="gb18030")
    book = openpyxl.Workbook()
    for line in [HEAD, *rows]:
        book.active.append(line)
    book.save(tmp_path / "a.xlsx")
    for name, expected in (("a.csv", "opened"), ("a.xlsx", "repeated")):
        answer, unused = import_cases(
            town_store.tasks, Streets(town_store), territory, tmp_path / name, Batch((), "hotline"), caller=HOTLINE
        )
        assert [(r.row, r.verdict) for r in answer.rows] == [(2, expected), (3, expected), (4, "refused")]
        assert unused == ("市民电话",)
    assert town_store.tasks.history(answer.rows[1].task_id or 0)[0].due_on == date(2026, 3, 21)
    assert town_store.tasks.top() == BUREAU


def test_what_is_wrong_with_a_file_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "b.csv"
    path.write_text("标题,诉求,no\na,b,1\n", encoding="utf-8")
    with pytest.raises(BadRequest) as refused:
        read_cases(path, columns={"colour": "x"})
    for word in ("colour", "标题 and 诉求", "source_id", "address or entity", "--columns"):
        assert word in str(refused.value)
    rows, unused = read_cases(path, columns={"source_id": "no", "title": "标题", "address": "诉求"})
    assert (rows[0].source_id, rows[0].address, unused) == ("1", "b", ())
