"""Steps of many files of the unlicensed at once: by day, all or none, again nothing."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from geo_api.errors import BadRequest, NotAllowed, RuleViolation
from geo_api.sample.codes import credit_codes
from geo_api.services.answers import Caller
from geo_api.services.register.history import entity_past
from geo_api.services.register.unlicensed import list_unlicensed
from geo_api.services.register.unlicensed_many import FilesImport, import_unlicensed
from tests.geo_api.life import OPERATOR
from tests.geo_api.services.register.conftest import Office, opened
from tests.geo_api.town import BUREAU

CODE, TAKEN, TWICE = (str(c) for c in credit_codes(np.full(3, 2), "990177", np.random.default_rng(77)))


def bring(office: Office, *rows: dict[str, Any], **named: Any) -> FilesImport:
    given = {"caller": OPERATOR, "datum": "cgcs2000"} | named
    return import_unlicensed(office.store.life, rows, BUREAU, **given)


def day(office: Office, ago: int) -> str:
    return (office.today - timedelta(days=ago)).isoformat()


def file_of(office: Office, source_id: str, on: date | None = None) -> Any:
    files = list_unlicensed(office.store.life, BUREAU, caller=OPERATOR, on=on or office.today, state="all").files
    return next((f for f in files if f.entity_id == office.id(source_id)), None)


def test_a_file_from_discovery_to_licence_in_one_table(office: Office) -> None:
    rows = [
        {"source_id": "M1", "step": "licensed", "on": day(office, 0), "credit_code": CODE, "credit_class": "C"},
        {"source_id": "M1", "step": "notice", "on": day(office, 1), "officer": "11", "note": "限期办照"},
        {"source_id": "M1", "step": "discovered", "on": day(office, 2), "name": "早点摊", "officer": "11",
         **office.at(office.ground.west[0])},
    ]  # fmt: skip
    answer = bring(office, *rows)
    assert (answer.given, answer.taken, answer.same) == (3, {"discovered": 1, "licensed": 1, "notice": 1}, 0)
    file = file_of(office, "M1")
    assert [s.step for s in file.steps] == ["discovered", "notice", "licensed"]
    assert (file.became_entity_id, file.cell_code) == (file.entity_id, office.ground.west[0])
    assert file_of(office, "M1", office.today - timedelta(days=1)).state == "notice"
    assert entity_past(office.store.life, CODE, caller=OPERATOR).entity_id == file.entity_id
    before = office.rows()
    again = bring(office, *rows)
    assert (again.taken, again.same, office.rows()) == ({}, 3, before), "the same table again changes nothing"


def test_one_that_came_with_the_register_begins_with_its_discovery_and_closes_when_removed(office: Office) -> None:
    place = office.at(office.ground.west[1])
    office.bring(opened("M2", licensed="false", date=day(office, 5), **place))
    answer = bring(office, {"source_id": "M2", "step": "取缔", "on": day(office, 1), "note": "已停业"})
    assert answer.taken == {"removed": 1}
    file = file_of(office, "M2")
    assert [(s.step, s.day) for s in file.steps] == [
        ("discovered", office.today - timedelta(days=5)), ("removed", office.today - timedelta(days=1)),
    ]  # fmt: skip
    assert office.row("M2", office.today)[3] == office.today - timedelta(days=1)


def test_it_joins_the_licensed_entity_with_its_number(office: Office) -> None:
    place = office.at(office.ground.west[1])
    office.bring(
        opened("M3", licensed="false", date=day(office, 5), **place),
        opened("M4", credit_code=TAKEN, date=day(office, 4), **place),
    )
    bring(office, {"source_id": "M3", "step": "licensed", "on": day(office, 0), "credit_code": TAKEN})
    assert file_of(office, "M3").became_entity_id == office.id("M4")
    assert office.row("M3", office.today)[3] == office.today


def test_bad_rows_stop_all_and_are_told_with_their_numbers(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "steps.csv"
    path.write_text(
        "编号,步骤,日期,备注,名称\n"
        f"M5,发现,{day(office, 3)},,无照摊\n"
        f"M5,责令改正,{day(office, 4)},,\n"
        f"nobody,责令改正,{day(office, 1)},,\n"
        f"M5,抄告,{day(office, 1)},,\n"
        f"M5,painted,{day(office, -3)},,\n",
        encoding="utf-8-sig",
    )
    before = office.rows()
    with pytest.raises(RuleViolation, match="4 of 5 rows") as caught:
        import_unlicensed(office.store.life, path, BUREAU, caller=OPERATOR)
    told = {f.where: f.message for f in caught.value.findings}
    assert "report it as discovered first" in told["row 3"], "before its discovery there is no such entity"
    assert "report it as discovered first" in told["row 4"]
    assert "which department" in told["row 5"]
    assert "no step 'painted'" in told["row 6"]
    assert "in the future" in told["row 6"]
    assert office.rows() == before
    answer = import_unlicensed(office.store.life, path, BUREAU, caller=OPERATOR, skip_bad=True)
    assert (answer.taken, [b.row for b in answer.rejected]) == ({"discovered": 1}, [3, 4, 5, 6])


def test_places_need_a_datum_and_lie_in_the_jurisdiction(office: Office) -> None:
    row = {"source_id": "M6", "step": "discovered", "name": "摊", "lon": 0.0, "lat": 0.0}
    with pytest.raises(RuleViolation, match="never guessed"):
        bring(office, row, datum=None)
    with pytest.raises(BadRequest, match="lie outside"):
        bring(office, row)


def test_only_the_office_imports_and_old_discoveries_need_an_admin_with_a_reason(office: Office) -> None:
    row = {"source_id": "M7", "step": "discovered", "on": day(office, 300), "name": "老摊"}
    with pytest.raises(NotAllowed):
        bring(office, row, caller=Caller("officer", "officer", BUREAU))
    with pytest.raises(RuleViolation, match="with a reason"):
        bring(office, row)
    assert bring(office, row, reason="纸质档案补录").taken == {"discovered": 1}


def test_one_number_stands_for_one_entity(office: Office) -> None:
    rows = [
        {"source_id": key, "step": step, "on": day(office, ago), "name": key, "credit_code": code, "credit_class": "C"}
        for key in ("M8", "M9")
        for step, ago, code in (("discovered", 2, ""), ("licensed", 1, TWICE))
    ]
    with pytest.raises(RuleViolation, match="another entity of this table"):
        bring(office, *rows)
