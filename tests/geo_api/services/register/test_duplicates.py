"""Duplicates: found by number, by name and place; decided by people; the history of both stays."""

from __future__ import annotations

from datetime import timedelta

import pytest

from geo_api.errors import BadRequest, Conflict, NotAllowed
from geo_api.services.answers import Caller
from geo_api.services.claims.lists import list_claims
from geo_api.services.register.duplicates import find_duplicates, plain_name
from geo_api.services.register.history import entity_past
from geo_api.services.register.same import decide_same
from tests.geo_api.life import OPERATOR
from tests.geo_api.services.register.conftest import Office, opened
from tests.geo_api.town import BUREAU, EAST, WEST

STEP = 1e-4
"""About ten metres."""


def groups(office: Office, code: str = BUREAU) -> dict[frozenset[int], tuple[str, ...]]:
    found = find_duplicates(office.store.life, code, caller=OPERATOR, on=office.today)
    return {frozenset(e.entity_id for e in g.entities): g.why for g in found.groups}


def test_found_by_number_by_address_and_by_place(office: Office) -> None:
    lon, lat = office.ground.at(office.ground.west[0])
    office.bring(
        opened("P1", credit_code="91350100MA2YTEST01"),
        opened("P2", credit_code="", name="福来饭店", address="人民路8号"),
        opened("P3", credit_code="", name="福来 饭店（个体工商户）", address="人民路 8号"),
        opened("P4", name="云溪县顺风汽车修理厂", lon=lon, lat=lat),
        opened("P5", name="云溪县顺风汽车修理厂分店", lon=lon + STEP, lat=lat),
        opened("P6", name="水产摊位12号", lon=lon, lat=lat + STEP),
        opened("P7", name="水产摊位13号", lon=lon, lat=lat + STEP),
        opened("P8", name="云溪县顺风汽车修理厂", lon=lon + 100 * STEP, lat=lat),
    )
    office.bring(opened("P9", credit_code="91350100MA2YTEST01"), skip_bad=True)
    ids = {key: office.id(key) for key in ("P2", "P3", "P4", "P5", "P6", "P7", "P8")}
    office.bring(
        opened("M1", name="农产品批发市场泰茂水产行", address="解放大道817号B区012号", lon=lon, lat=lat + 3 * STEP),
        opened("M2", name="农产品批发市场福茂水产行", address="解放大道817号A区054号", lon=lon, lat=lat + 3 * STEP),
    )
    found = groups(office)
    assert not any({office.id("M1"), office.id("M2")} <= group for group in found), "two stalls of one market"
    assert found[frozenset({ids["P2"], ids["P3"]})] == ("name_and_address",)
    assert found[frozenset({ids["P4"], ids["P5"]})] == ("name_and_place",), "an hour's walk away is another one"
    assert not any({ids["P6"], ids["P7"]} <= group for group in found), "stall 12 is not stall 13"
    assert frozenset({ids["P4"], ids["P5"]}) in groups(office, WEST)
    assert frozenset({ids["P4"], ids["P5"]}) not in groups(office, EAST)


def test_a_decision_closes_one_and_leads_to_the_other(office: Office) -> None:
    office.bring(opened("S1", name="同一家甲店"), opened("S2", name="同一家甲店", address="A路1号"))
    keep, other = office.id("S1"), office.id("S2")
    done = decide_same(
        office.store.life, str(keep), str(other), "same", keep=str(keep), caller=OPERATOR, reason="同址同名"
    )
    assert (done.kept, done.closed) == (keep, other)
    again = decide_same(
        office.store.life, str(other), str(keep), "same", keep=str(keep), caller=OPERATOR, reason="同址同名"
    )
    assert again.repeated
    past = entity_past(office.store.life, str(other), caller=OPERATOR)
    assert (past.stands_for, [h.what for h in past.happenings][-2:]) == (keep, ["closed", "duplicate"])
    assert past.name == "同一家甲店"
    assert [h.entity_id for h in office.store.history.entities("id", str(other), office.today)] == [keep]
    office.bring(opened("S3", name="同一家甲店"))
    with pytest.raises(Conflict, match=f"is a duplicate of entity {keep} already"):
        decide_same(
            office.store.life, str(other), str(office.id("S3")), "same", keep=str(other), caller=OPERATOR, reason="x"
        )


def test_a_decision_taken_back_opens_again_what_it_closed(office: Office) -> None:
    life, day = office.store.life, office.today
    here = office.ground.west[2]
    office.bring(opened("T1", name="双胞甲", **office.at(here)), opened("T2", name="双胞甲", **office.at(here)))
    office.bring(opened("T3", name="双胞乙"), opened("T4", name="双胞乙", date=day - timedelta(days=9)))
    office.bring({"change": "closed", "source_id": "T4", "date": day - timedelta(days=4)})
    one, two, three, four = (str(office.id(f"T{n}")) for n in range(1, 5))
    decide_same(life, one, two, "same", keep=one, caller=OPERATOR, reason="同址")
    assert office.row("T2", day)[3] == day
    with pytest.raises(Conflict, match=f"take that back first \\(different {two} {one}\\)"):
        decide_same(life, one, two, "same", keep=two, caller=OPERATOR, reason="反了")
    back = decide_same(life, one, two, "different", caller=OPERATOR, reason="两家")
    assert (back.reopened, office.row("T2", day)[3]) == (int(two), None)
    assert [h.entity_id for h in office.store.history.entities("id", two, day)] == [int(two)]
    claims = list_claims(office.store.claims, here, caller=OPERATOR, on=day, state="all").claims
    states = {v.claim_no: v.state for v in claims if v.entity_id == int(two)}
    assert states == {1: "lapsed", 2: "waiting"}, "somebody has to claim it again"
    assert decide_same(life, one, two, "different", caller=OPERATOR, reason="两家").repeated
    decide_same(life, three, four, "same", keep=three, caller=OPERATOR, reason="同名")
    assert office.row("T4", day)[3] == day - timedelta(days=4), "it was closed before"
    assert decide_same(life, three, four, "different", caller=OPERATOR, reason="两家").reopened is None
    assert office.row("T4", day)[3] == day - timedelta(days=4)


def test_a_pair_that_is_different_is_not_shown_again(office: Office) -> None:
    office.bring(opened("D8", name="双生店", address="双生路1号"), opened("D9", name="双生店", address="双生路1号"))
    pair = frozenset({office.id("D8"), office.id("D9")})
    assert pair in groups(office)
    decide_same(
        office.store.life, str(office.id("D8")), str(office.id("D9")), "different", caller=OPERATOR, reason="两家"
    )
    assert pair not in groups(office)


def test_what_a_decision_needs(office: Office) -> None:
    office.bring(opened("Q1"), opened("Q2"))
    one, two = str(office.id("Q1")), str(office.id("Q2"))
    with pytest.raises(BadRequest, match="which of the two"):
        decide_same(office.store.life, one, two, "same", caller=OPERATOR, reason="x")
    with pytest.raises(BadRequest, match="one entity"):
        decide_same(office.store.life, one, one, "same", keep=one, caller=OPERATOR, reason="x")
    with pytest.raises(BadRequest, match="a reason"):
        decide_same(office.store.life, one, two, "different", caller=OPERATOR, reason=" ")
    with pytest.raises(NotAllowed):
        decide_same(office.store.life, one, two, "different", caller=Caller("o", "officer", BUREAU), reason="x")


@pytest.mark.parametrize(
    ("one", "other"),
    [("好味 餐馆", "好味餐馆（个体工商户）"), ("ＡＢＣ有限公司", "abc有限责任公司"), ("老王·修车", "老王修车")],
)
def test_names_without_what_tells_nobody_apart(one: str, other: str) -> None:
    assert plain_name(one) == plain_name(other)
