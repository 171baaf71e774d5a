"""Daily changes on PostGIS: stored all or none, once, from their day on; who appears or moves waits to be claimed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from geo_api.errors import BadRequest, NotAllowed, NotFound, RuleViolation
from geo_api.services.answers import Caller, LookupAnswer
from geo_api.services.claims.lists import list_claims
from geo_api.services.load import load
from geo_api.services.register.changes import import_changes
from geo_api.services.visits.model import PostedVisit
from geo_api.services.visits.post import post_visits
from layers.register_changes import changes_of_rows, read_changes
from tests.geo_api.life import OPERATOR
from tests.geo_api.services.register.conftest import Office, opened
from tests.geo_api.town import BUREAU, EAST, WEST, make_town


def test_a_life_from_opening_to_reopening_keeps_its_past(office: Office) -> None:
    day, one = office.today, timedelta(days=1)
    here, there = office.ground.west[0], office.ground.east[0]
    rows = [
        opened("L1", date=day - 9 * one, **office.at(here)),
        {"change": "变更", "source_id": "L1", "date": day - 7 * one, "name": "改名店", "credit_class": "C"},
        {"change": "moved", "source_id": "L1", "date": day - 5 * one, "address": "东街8号", **office.at(there)},
        {"change": "注销", "source_id": "L1", "date": day - 3 * one},
        {"change": "reopened", "source_id": "L1", "date": day - one},
    ]
    answer = office.bring(*rows)
    assert (answer.opened, answer.changed, answer.moved, answer.closed, answer.reopened) == (1, 1, 1, 1, 1)
    assert office.row("L1", day - 8 * one)[0::4] == ("新店L1", here)
    assert office.row("L1", day - 6 * one)[:3] == ("改名店", "", "C")
    assert office.row("L1", day - 4 * one)[1::3] == ("东街8号", there)
    assert office.row("L1", day - 2 * one)[3] == day - 3 * one
    assert office.row("L1", day)[3] is None
    before = office.rows()
    again = office.bring(*rows)
    assert (again.same, again.opened + again.changed + again.moved + again.closed + again.reopened) == (5, 0)
    assert (office.rows(), again.fell) == (before, 0)


def test_a_new_one_waits_in_its_cell(office: Office) -> None:
    cell = office.ground.west[1]
    answer = office.bring(opened("N1", **office.at(cell)), opened("N2", address="无处路1号"))
    assert (answer.opened, answer.fell) == (2, 1)
    assert [f.rule for f in answer.findings] == ["register.unlocated"]
    waiting = list_claims(office.store.claims, cell, caller=OPERATOR, on=office.today).claims
    assert [v.name for v in waiting if v.name == "新店N1"] == ["新店N1"]


def test_one_bad_row_stops_all_unless_told_otherwise(office: Office) -> None:
    rows = [
        opened("B1", **office.at(office.ground.west[0])),
        {"change": "changed", "source_id": "nobody", "name": "x"},
        opened("B2", credit_class="Z"),
        {"change": "exploded", "source_id": "B3"},
        {"change": "opened", "name": "无号"},
        opened("B4", date=office.today + timedelta(days=2)),
        opened("B5", lon=500, lat=1),
        {"change": "moved", "source_id": "s0003"},
    ]
    before = office.rows()
    with pytest.raises(RuleViolation, match=r"7 of 8 rows cannot be stored, nothing was changed") as refused:
        office.bring(*rows)
    assert office.rows() == before
    assert [f.where for f in refused.value.findings] == [f"request row {n}" for n in range(2, 9)]
    words = " ".join(f.message for f in refused.value.findings)
    for text in ("no such entity", "there is no class Z", "not understood", "no key", "lies after", "a move needs"):
        assert text in words
    answer = office.bring(*rows, skip_bad=True)
    assert (answer.opened, [r.row for r in answer.rejected]) == (1, [2, 3, 4, 5, 6, 7, 8])
    assert office.row("B1", office.today)[0] == "新店B1"


def test_a_dry_run_stores_nothing(office: Office) -> None:
    before = office.rows()
    answer = office.bring(opened("D1", **office.at(office.ground.west[0])), dry_run=True)
    assert (answer.dry_run, answer.opened, answer.fell) == (True, 1, 1)
    assert office.rows() == before
    assert office.row("D1", office.today) == ()


def test_keys_are_tried_in_turn_and_never_guessed(office: Office) -> None:
    code = "91350100M000100Y43"
    office.bring(
        opened("K1", credit_code=code, registration_no="1"), opened("K2", credit_code=code, registration_no="2")
    )
    with pytest.raises(RuleViolation, match="several entities have this credit_code"):
        office.bring({"change": "closed", "credit_code": code})
    office.bring({"change": "closed", "registration_no": "2"})
    office.bring({"change": "changed", "credit_code": code, "name": "只剩一家"})
    assert office.row("K1", office.today)[0] == "只剩一家"
    with pytest.raises(RuleViolation, match="is closed since"):
        office.bring({"change": "changed", "source_id": "K2", "name": "x"})


def test_what_is_there_already_is_not_opened_again(office: Office) -> None:
    office.bring(opened("O1"))
    with pytest.raises(RuleViolation, match=r"in the register already .* another name"):
        office.bring(opened("O1", name="别的店"))
    assert office.bring(opened("O1")).same == 1


def test_addresses_are_looked_up_only_where_coordinates_are_missing(office: Office) -> None:
    asked: list[str] = []
    lon, lat = office.ground.at(office.ground.east[1])

    def find(texts: Any) -> list[LookupAnswer]:
        asked.extend(texts)
        sure = LookupAnswer("found", office.today, lon, lat)
        return [sure if "确定" in text else replace(sure, status="ambiguous") for text in texts]

    answer = office.bring(
        opened("A1", address="确定路1号"),
        opened("A2", address="含糊路1号"),
        opened("A3", address="确定路2号", **office.at(office.ground.west[0])),
        find_places=find,
    )
    assert asked == ["确定路1号", "含糊路1号"]
    assert office.row("A1", office.today)[4:] == (office.ground.east[1], "gazetteer")
    assert office.row("A2", office.today)[4] is None
    assert office.row("A3", office.today)[4:] == (office.ground.west[0], "")
    assert [f.rule for f in answer.findings] == ["register.unlocated"]


def test_coordinates_need_a_datum_and_lie_in_the_bureau(office: Office) -> None:
    with pytest.raises(RuleViolation, match="without a datum"):
        office.bring(opened("C1", lon=114.3, lat=30.5), datum=None)
    answer = office.bring(opened("C1", lon=115.9, lat=31.5))
    assert ([f.rule for f in answer.findings], answer.fell) == (["register.outside"], 0)


def test_an_unlicensed_one_counts_as_the_worst_class(office: Office) -> None:
    office.bring(opened("U1", licensed="否", credit_class=""))
    assert office.row("U1", office.today)[2] == "D"


def test_a_later_full_load_agrees(office: Office) -> None:
    town = make_town(entities=200)
    office.bring({"change": "changed", "source_id": "s0005", "name": "新名"})
    entities = town.entities.copy()
    entities.loc[entities.source_id == "s0005", "name"] = "新名"
    before = office.rows()
    result = load(town.but(entities=entities), office.store.register, today=office.today)
    assert result.counts["entity"].changed == 0
    assert office.rows() == before


def test_files_with_chinese_heads(office: Office, tmp_path: Path) -> None:
    lon, lat = office.ground.at(office.ground.west[0])
    file = tmp_path / "变更.csv"
    file.write_text(
        "变更类型,编号,统一社会信用代码,名称,信用分类,日期,经度,纬度,备注\n"
        f"设立登记,F1,91350100M000100Y44,文件店,A级,{office.today},{lon},{lat},无\n"
        "注销登记,s0007,,,,,,,\n",
        encoding="gb18030",
    )
    changes = read_changes(file, "cgcs2000")
    with pytest.raises(RuleViolation, match="there is no class A级"):
        import_changes(office.store.life, changes, WEST, caller=OPERATOR, on=office.today, reason="x")
    file.write_bytes(file.read_bytes().replace("A级".encode("gb18030"), b"A"))
    answer = import_changes(
        office.store.life, read_changes(file, "cgcs2000"), WEST, caller=OPERATOR, on=office.today, reason="x"
    )
    assert (answer.opened, answer.closed, answer.jurisdiction) == (1, 1, BUREAU)
    assert {"register.credit_code", "register.unknown_column"} <= {f.rule for f in answer.findings}


def test_who_may(office: Office) -> None:
    row = opened("W1")
    with pytest.raises(NotAllowed):
        office.bring(row, caller=Caller("officer", "officer", BUREAU))
    with pytest.raises(NotAllowed):
        office.bring(row, caller=Caller("elsewhere", "planner", "999999"))
    with pytest.raises(NotAllowed, match="before today"):
        office.bring(row, caller=Caller("planner", "planner", BUREAU), on=office.today - timedelta(days=1))
    with pytest.raises(BadRequest, match="give a reason"):
        office.bring(row, on=office.today - timedelta(days=1), reason="")
    with pytest.raises(BadRequest, match="in the future"):
        office.bring(row, on=office.today + timedelta(days=1))
    with pytest.raises(NotFound):
        import_changes(office.store.life, changes_of_rows([row], None), "nowhere", caller=OPERATOR)


def test_an_earlier_change_reaches_later_versions_as_far_as_they_left_it(office: Office) -> None:
    day, one = office.today, timedelta(days=1)
    here, there = office.ground.west[0], office.ground.east[0]
    office.bring(
        opened("E1", date=day - 20 * one, address="甲路1号", **office.at(here)),
        {"change": "changed", "source_id": "E1", "date": day - 10 * one, "name": "十日店"},
        {"change": "changed", "source_id": "E1", "date": day - 5 * one, "credit_class": "C"},
    )
    late = {"change": "moved", "source_id": "E1", "date": day - 15 * one, "name": "早名", "address": "乙路2号"}
    answer = office.bring(late | office.at(there))
    assert answer.moved == 1
    assert [(f.rule, f.where) for f in answer.findings] == [("register.held_until", "row 1")]
    assert f"its name counts until {day - 10 * one}" in answer.findings[0].message
    assert office.row("E1", day - 16 * one)[:2] == ("新店E1", "甲路1号")
    assert office.row("E1", day - 12 * one)[:3] == ("早名", "乙路2号", "B")
    assert office.row("E1", day - 7 * one)[:3] == ("十日店", "乙路2号", "B")
    assert office.row("E1", day) == ("十日店", "乙路2号", "C", None, there, "")
    waiting = list_claims(office.store.claims, there, caller=OPERATOR, on=day).claims
    assert "十日店" in {v.name for v in waiting}, "it lies there today, and nobody there has claimed it"
    before = office.rows()
    assert (office.bring(late | office.at(there)).same, office.rows()) == (1, before)
    office.bring({"change": "closed", "source_id": "E1", "date": day - 8 * one})
    assert [office.row("E1", day - n * one)[3] for n in (9, 7, 0)] == [None, day - 8 * one, day - 8 * one]


def test_a_visit_before_the_opening_is_told_when_it_opened(office: Office) -> None:
    day, one = office.today, timedelta(days=1)
    office.bring(opened("V1", date=day - 3 * one, **office.at(office.ground.west[0])))
    report = {"visit_id": "before-it-opened", "entity": "V1", "result": "pass", "officers": ["11", "12"]}

    def post(on: date) -> PostedVisit:
        given = [report | {"made_on": on.isoformat()}]
        caller = Caller("handheld", "officer", EAST)
        visits, profiles = office.store.visits, office.store.profiles
        return post_visits(visits, profiles, given, jurisdiction=EAST, caller=caller).visits[0]

    early = post(day - 5 * one)
    assert early.verdict == "refused"
    assert f"was not in the register on {day - 5 * one} (opened {day - 3 * one})" in early.message
    assert f"{day - 3 * one} 设立" in early.message_zh
    assert f"lies outside {EAST}" in post(day - 3 * one).message
