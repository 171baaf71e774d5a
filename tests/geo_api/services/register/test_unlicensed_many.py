"""Steps of many files of the unlicensed at once: by day, all or none, again nothing."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest

from geo_api.errors import BadRequest, NotAllowed, RuleViolation
from geo_api.sample.codes import credit_codes
from geo_api.services.answers import Caller
from geo_api.services.register.history import entity_past
from geo_api.services.register.store import Change
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
        {"source_id": "UM1", "step": "licensed", "on": day(office, 0), "credit_code": CODE, "credit_class": "C"},
        {"source_id": "UM1", "step": "notice", "on": day(office, 1), "officer": "11", "note": "限期办照"},
        {"source_id": "UM1", "step": "discovered", "on": day(office, 2), "name": "早点摊", "officer": "11",
         **office.at(office.ground.west[0])},
    ]  # fmt: skip
    answer = bring(office, *rows)
    assert (answer.given, answer.taken, answer.same) == (3, {"discovered": 1, "licensed": 1, "notice": 1}, 0)
    file = file_of(office, "UM1")
    assert [s.step for s in file.steps] == ["discovered", "notice", "licensed"]
    assert (file.became_entity_id, file.cell_code) == (file.entity_id, office.ground.west[0])
    assert file_of(office, "UM1", office.today - timedelta(days=1)).state == "notice"
    assert entity_past(office.store.life, CODE, caller=OPERATOR).entity_id == file.entity_id
    before = office.rows()
    again = bring(office, *rows)
    assert (again.taken, again.same, office.rows()) == ({}, 3, before), "the same table again changes nothing"


def test_one_that_came_with_the_register_begins_with_its_discovery_and_closes_when_removed(office: Office) -> None:
    place = office.at(office.ground.west[1])
    office.bring(opened("UM2", licensed="false", date=day(office, 5), **place))
    answer = bring(office, {"source_id": "UM2", "step": "取缔", "on": day(office, 1), "note": "已停业"})
    assert answer.taken == {"removed": 1}
    file = file_of(office, "UM2")
    assert [(s.step, s.day) for s in file.steps] == [
        ("discovered", office.today - timedelta(days=5)), ("removed", office.today - timedelta(days=1)),
    ]  # fmt: skip
    assert office.row("UM2", office.today)[3] == office.today - timedelta(days=1)


def test_it_joins_the_licensed_entity_with_its_number(office: Office) -> None:
    place = office.at(office.ground.west[1])
    office.bring(
        opened("UM3", licensed="false", date=day(office, 5), **place),
        opened("UM4", credit_code=TAKEN, date=day(office, 4), **place),
    )
    bring(office, {"source_id": "UM3", "step": "licensed", "on": day(office, 0), "credit_code": TAKEN})
    assert file_of(office, "UM3").became_entity_id == office.id("UM4")
    assert office.row("UM3", office.today)[3] == office.today


def test_bad_rows_stop_all_and_are_told_with_their_numbers(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "steps.csv"
    path.write_text(
        "编号,步骤,日期,备注,名称\n"
        f"UM5,发现,{day(office, 3)},,无照摊\n"
        f"UM5,责令改正,{day(office, 4)},,\n"
        f"nobody,责令改正,{day(office, 1)},,\n"
        f"UM5,抄告,{day(office, 1)},,\n"
        f"UM5,painted,{day(office, -3)},,\n",
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
    row = {"source_id": "UM6", "step": "discovered", "name": "摊", "lon": 0.0, "lat": 0.0}
    with pytest.raises(RuleViolation, match="never guessed"):
        bring(office, row, datum=None)
    with pytest.raises(BadRequest, match="lie outside"):
        bring(office, row)


def test_only_the_office_imports_and_old_discoveries_need_an_admin_with_a_reason(office: Office) -> None:
    row = {"source_id": "UM7", "step": "discovered", "on": day(office, 300), "name": "老摊"}
    with pytest.raises(NotAllowed):
        bring(office, row, caller=Caller("officer", "officer", BUREAU))
    with pytest.raises(RuleViolation, match="with a reason"):
        bring(office, row)
    assert bring(office, row, reason="纸质档案补录").taken == {"discovered": 1}


def test_one_number_stands_for_one_entity(office: Office) -> None:
    rows = [
        {"source_id": key, "step": step, "on": day(office, ago), "name": key, "credit_code": code, "credit_class": "C"}
        for key in ("UM8", "UM9")
        for step, ago, code in (("discovered", 2, ""), ("licensed", 1, TWICE))
    ]
    with pytest.raises(RuleViolation, match="another entity of this table"):
        bring(office, *rows)


def lives_of(office: Office, key: str, n: int, licence: str = "") -> list[dict[str, Any]]:
    """Files of n entities, each begun on a day of its own: every third is removed, licensed, or only warned."""
    rows = []
    for k in range(n):
        began = office.today - timedelta(days=300 - 5 * k)
        place = office.at(office.ground.west[k % 2])
        rows.append({"source_id": f"{key}{k}", "step": "discovered", "on": f"{began}", "name": f"摊{k}", **place})
        rows.append({"source_id": f"{key}{k}", "step": "notice", "on": f"{began + timedelta(days=1)}", "note": "限期"})
        end = {0: {"step": "removed"}, 1: {"step": "licensed", "registration_no": f"{key}NO{k}", "credit_class": "C"}}
        if k % 3 in end:
            on = f"{began + timedelta(days=2 + k % 4)}"
            rows.append({"source_id": f"{key}{k}", "on": on, "note": "查实"} | end[k % 3])
    return rows


def kept(office: Office, key: str, n: int) -> list[Any]:
    """What is stored of them: steps, versions of the register, without their ids."""
    with office.store.database.connection() as connection:
        return connection.execute(
            "select replace(i.source_id, %(key)s, ''), e.name, replace(e.registration_no, %(key)s, ''), e.licensed, "
            "e.credit_class, e.closed, e.valid, e.recorded_to is null, "
            "(select array_agg(row(s.step_no, s.step, s.day, s.note, s.became_entity_id = s.entity_id)::text order by s.step_no) "
            " from unlicensed_step s where s.entity_id = e.entity_id) "
            "from entity e join entity_identity i using (entity_id) where i.source_id = any(%(ids)s) "
            "and e.recorded_to is null order by 1, e.valid",
            {"key": key, "ids": [f"{key}{k}" for k in range(n)]},
        ).fetchall()


def test_all_at_once_is_row_by_row(office: Office) -> None:
    for row in lives_of(office, "ONE", 7):
        bring(office, row, reason="补录")
    assert bring(office, *lives_of(office, "ALL", 7), reason="补录").given == 19
    assert kept(office, "ALL", 7) == kept(office, "ONE", 7)
    assert len(kept(office, "ALL", 7)) > 7


def test_more_rows_ask_no_oftener(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    count = [0]
    for name in ("execute", "executemany"):
        real = getattr(psycopg.Cursor, name)

        def counted(self: Any, *args: Any, real: Any = real, **named: Any) -> Any:
            count[0] += 1
            return real(self, *args, **named)

        monkeypatch.setattr(psycopg.Cursor, name, counted)
    asks = []
    for key, n in (("FEW", 5), ("MANY", 50)):
        office.bring(*(opened(f"L{key}{k}", registration_no=f"L{key}{k}") for k in range(n)))
        joins = [
            {"source_id": f"{key}{k}", "step": "licensed", "on": day(office, 0), "registration_no": f"L{key}{k}"}
            for k in range(2, n, 3)
        ]
        bring(office, *lives_of(office, key, n), reason="补录")
        rows = [
            {"source_id": f"{key}{k}", "step": "closed", "on": day(office, 0), "note": "结"} for k in range(0, n, 3)
        ]
        count[0] = 0
        assert bring(office, *lives_of(office, f"{key}X", n), *joins, *rows, reason="补录").same == 0
        asks.append(count[0])
    assert asks[0] == asks[1]


def test_changes_of_one_entity_on_several_days_build_on_each_other(office: Office) -> None:
    days = [office.today - timedelta(days=n) for n in (9, 6, 3)]
    said = [{"address": "东街1号"}, {"industry": "retail"}, {"address": "东街2号", "closed": days[2]}]
    scope = office.store.life.scope(BUREAU, office.today)
    for key in ("ONCE", "EACH"):
        office.bring(opened(key, date=office.today - timedelta(days=20), **office.at(office.ground.west[0])))
        changes = [Change(n, office.id(key), on, values) for n, (on, values) in enumerate(zip(days, said, strict=True))]
        with office.store.life.register_change(scope) as work:
            if key == "ONCE":
                assert work.change(changes[::-1]) == {0, 1, 2}
            else:
                assert [work.change([one]) for one in changes] == [{0}, {1}, {2}]
    with office.store.database.connection() as connection:
        once, each = (
            connection.execute(
                "select address, industry, closed, valid from entity where entity_id = %s and recorded_to is null order by valid",
                (office.id(key),),
            ).fetchall()
            for key in ("ONCE", "EACH")
        )
    assert once == each
    assert [row[:2] for row in once[-3:]] == [("东街1号", "food"), ("东街1号", "retail"), ("东街2号", "retail")]
