"""The ledger: who is in it, totals that roll up exactly, officers with every change."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from geo_api.db.store import Store
from geo_api.errors import BadRequest, NotAllowed, NotFound
from geo_api.services.answers import Caller
from geo_api.services.assign import assign, release
from geo_api.services.ledger.answer import Ledger, LedgerPost
from geo_api.services.ledger.changes import changes_of
from geo_api.services.ledger.document import SUBJECTS, ledger_document
from geo_api.services.ledger.read import read_ledger
from tests.geo_api.life import OPERATOR
from tests.geo_api.town import BUREAU, EAST, WEST

DAY = date(2026, 3, 1)
CELL = f"{WEST}001"


def ledger(store: Store, code: str, on: date = DAY, **named: object) -> Ledger:
    return read_ledger(store.ledgers, store.published, code, on=on, caller=OPERATOR, **named)  # type: ignore[arg-type]


def test_totals_roll_up_exactly_from_cells_to_stations_to_the_bureau(town_store: Store) -> None:
    bureau = ledger(town_store, BUREAU, entities=True)
    assert bureau.total.entities == len(bureau.entities) > 150
    assert sum(c.entities for c in bureau.counts) == bureau.total.entities
    for place in bureau.places:
        if not place.code:
            assert {e.cell_code for e in bureau.entities if not e.cell_code} == {""}
            assert place.entities == 2, "one without coordinates, one far away"
            continue
        station = ledger(town_store, place.code)
        assert (station.total.entities, station.total.by_class) == (place.entities, place.by_class)
        cells = [ledger(town_store, row.code) for row in station.places]
        for cell, row in zip(cells, station.places, strict=True):
            assert len(cell.entities) == row.entities == cell.total.entities
            assert cell.total.by_class == row.by_class
        for n in range(len(bureau.classes)):
            assert sum(c.total.by_class[n] for c in cells) == station.total.by_class[n]
        assert sum(c.total.unlicensed for c in cells) == station.total.unlicensed
    assert sum(p.entities for p in bureau.places) == bureau.total.entities
    assert sum(p.officers for p in bureau.places) > 0


def test_an_unlicensed_entity_counts_as_the_worst_class_and_stands_in_its_ledger(town_store: Store) -> None:
    found = ledger(town_store, BUREAU, entities=True)
    unlicensed = [e for e in found.entities if not e.licensed]
    assert unlicensed
    assert {e.credit_class for e in unlicensed} == {"D"}
    assert {c.entity_id for c in found.unlicensed} == {e.entity_id for e in unlicensed}
    assert found.total.unlicensed == len(unlicensed)


def test_an_entity_is_in_the_ledger_on_the_days_that_it_is_open(town_store: Store) -> None:
    opened = sorted({e.opened for e in ledger(town_store, CELL).entities if e.opened})[-1]
    before = {e.entity_id for e in ledger(town_store, CELL, opened - timedelta(days=1)).entities}
    after = {e.entity_id for e in ledger(town_store, CELL, opened).entities}
    assert before < after


def test_a_cell_lists_codes_of_its_plan_and_the_last_visit(town_store: Store) -> None:
    found = ledger(town_store, CELL)
    assert found.level == "cell"
    assert found.station_code == WEST
    assert all(e.code.startswith(CELL) and len(e.code) == len(CELL) + 5 for e in found.entities if e.code)
    later = ledger(town_store, CELL, date(2026, 11, 1))
    last = {e.entity_id: e.last_visit for e in found.entities}
    assert any(last[e.entity_id] != e.last_visit for e in later.entities if e.entity_id in last)
    assert all(day is None or day <= DAY for day in last.values())


def test_every_change_of_the_head_is_recorded(town_store: Store) -> None:
    cell, day = f"{EAST}002", date(2026, 7, 1)
    before = next(p for p in ledger(town_store, cell).posts if p.role == "lead")
    assign(town_store.planning, "27", cell, "lead", caller=OPERATOR, valid_from=day, reason="moved")
    found = ledger(town_store, cell, day)
    assert {(c.day, c.what, c.officer_id, c.role) for c in found.changes[:2]} == {
        (day, "ended", before.officer_id, "lead"),
        (day, "began", "27", "lead"),
    }
    assert "27" not in {c.officer_id for c in ledger(town_store, cell, day - timedelta(days=1)).changes}
    release(town_store.planning, "27", cell, caller=OPERATOR, valid_from=date(2026, 8, 1), reason="left")
    gone = ledger(town_store, cell, date(2026, 8, 1)).changes[0]
    assert (gone.day, gone.what, gone.officer_id, gone.title) == (date(2026, 8, 1), "ended", "27", "科员")


def test_names_and_titles_within_a_post_are_changes_and_parts_that_meet_are_none() -> None:
    def post(since: date, until: date | None, name: str = "王", title: str = "科员") -> LedgerPost:
        return LedgerPost("c1", "p1", name, title, "", "lead", "", since, until)

    days = [date(2026, m, 1) for m in (1, 3, 5, 7)]
    found = changes_of(
        [post(days[0], days[1]), post(days[1], days[2], title="科长"), post(days[3], None, "王二", "科长")],
        date(2026, 12, 1),
    )
    assert [(c.day, c.what, c.detail) for c in found] == [
        (days[3], "began", ""),
        (days[2], "ended", ""),
        (days[1], "retitled", "科员 → 科长"),
        (days[0], "began", ""),
    ]


def test_what_was_recorded_later_is_not_in_the_ledger_of_before(town_store: Store) -> None:
    moment = town_store.reports.moment()
    cell = f"{WEST}003"
    assign(town_store.planning, "17", cell, "deputy", caller=OPERATOR, valid_from=DAY, reason="helps")
    assert "17" in {p.officer_id for p in ledger(town_store, cell).posts}
    assert "17" not in {p.officer_id for p in ledger(town_store, cell, recorded_at=moment).posts}


def test_who_may_read_it(town_store: Store) -> None:
    with pytest.raises(NotAllowed):
        read_ledger(town_store.ledgers, town_store.published, WEST, on=DAY, caller=Caller("o", "officer", EAST))
    mine = read_ledger(town_store.ledgers, town_store.published, CELL, on=DAY, caller=Caller("o", "officer", WEST))
    assert mine.total.entities
    with pytest.raises(NotFound):
        ledger(town_store, "999999")


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("code", [CELL, WEST, BUREAU])
def test_documents_add_up_in_both_languages(town_store: Store, code: str, subject: str) -> None:
    found = ledger(town_store, code)
    for language in ("zh", "en"):
        document = ledger_document(found, language, subject)  # type: ignore[arg-type]
        for table in document.tables:
            assert all(len(row) == len(table.columns) for row in table.rows)
            if table.total:
                whole = [n for n, c in enumerate(table.columns) if c.kind == "whole" and table.rows[-1][n] is not None]
                for n in whole:
                    assert table.rows[-1][n] == sum(row[n] or 0 for row in table.rows[:-1])  # type: ignore[misc]
    with pytest.raises(BadRequest):
        ledger_document(found, "zh", "nothing")
