"""Claims on PostGIS: who falls where, who may do what, what was late, and what the past looked like."""

from __future__ import annotations

import re
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from geo_api.db.store import Store
from geo_api.errors import BadRequest, Conflict, NotAllowed, NotFound, RuleViolation
from geo_api.formats.life_tables import claims_csv
from geo_api.services.answers import Caller
from geo_api.services.claims.late import claim_figures, late_claims, misplaced_claims
from geo_api.services.claims.lists import list_claims
from geo_api.services.claims.step import step_claim
from geo_api.services.claims.step_many import step_claims
from geo_api.services.place import place_entity
from tests.geo_api.life import OPERATOR
from tests.geo_api.services.claims.conftest import Arrivals, Ground
from tests.geo_api.town import BUREAU, EAST, WEST

CLERK = Caller("clerk of west", "officer", WEST)
NEIGHBOUR = Caller("clerk of east", "officer", EAST)
HEAD = Caller("head of west", "approver", WEST)
BOSS = Caller("head of bureau", "approver", BUREAU)
REASON = "登记时补录"


@pytest.fixture
def today(towns: Store) -> date:
    return towns.claims.today(BUREAU)


def test_the_first_load_is_nobodys_to_claim(towns: Store, today: date) -> None:
    listed = list_claims(towns.claims, BUREAU, caller=OPERATOR, on=date(2026, 1, 31), state="all")
    assert listed.claims == ()
    with pytest.raises(NotFound, match="never waited to be claimed"):
        step_claim(towns.claims, "1", "claim", caller=OPERATOR, officer="10")


def test_a_new_entity_falls_into_its_cell_and_is_claimed_once(
    towns: Store, arrivals: Arrivals, ground: Ground, today: date
) -> None:
    cell = ground.west[0]
    (entity,) = arrivals.at(ground.at(cell), on=today)
    listed = list_claims(towns.claims, cell, caller=CLERK, on=today)
    view = next(v for v in listed.claims if v.entity_id == entity)
    assert (view.state, view.waits_for, view.held_by, view.fell_on) == ("waiting", cell, None, today)
    assert view.due_on == today + timedelta(days=5)
    done = step_claim(towns.claims, str(entity), "claim", caller=CLERK, officer=ground.officer(cell))
    assert (done.claim.state, done.claim.held_by, done.claim.officer_id) == ("claimed", cell, ground.officer(cell))
    again = step_claim(towns.claims, str(entity), "claim", caller=CLERK, officer=ground.officer(cell))
    assert again.steps == done.steps
    with pytest.raises(Conflict, match="is claimed since"):
        step_claim(towns.claims, str(entity), "claim", caller=CLERK, officer=ground.officers[cell][1])


def test_a_load_that_changes_nothing_about_the_place_claims_nothing(
    towns: Store, arrivals: Arrivals, ground: Ground, today: date
) -> None:
    before = list_claims(towns.claims, BUREAU, caller=OPERATOR, on=today, state="all").totals
    entities = arrivals.town.entities.copy()
    entities.loc[:50, "name"] = "改名"
    arrivals.load(entities, today)
    assert list_claims(towns.claims, BUREAU, caller=OPERATOR, on=today, state="all").totals == before


def test_only_its_own_officers_claim(towns: Store, arrivals: Arrivals, ground: Ground, today: date) -> None:
    cell = ground.west[0]
    (entity,) = arrivals.at(ground.at(cell), on=today)
    with pytest.raises(NotAllowed):
        step_claim(towns.claims, str(entity), "claim", caller=NEIGHBOUR, officer=ground.officer(cell))
    stranger = ground.officer(ground.east[0])
    with pytest.raises(Conflict, match="does not answer for cell"):
        step_claim(towns.claims, str(entity), "claim", caller=CLERK, officer=stranger)
    head_of_station = "10"
    assert step_claim(towns.claims, str(entity), "claim", caller=CLERK, officer=head_of_station).claim.held_by == cell


def test_a_transfer_within_a_station_is_accepted_or_decided_by_the_station(
    towns: Store, arrivals: Arrivals, ground: Ground, today: date
) -> None:
    here, there = ground.west[:2]
    first, second = arrivals.at(ground.at(here), ground.at(here), on=today)
    for entity in (first, second):
        step_claim(towns.claims, str(entity), "wrong", caller=CLERK, to=there, document="西移-1", reason="位于路北")
    other = Caller("another clerk", "officer", WEST)
    with pytest.raises(NotAllowed, match="nobody decides on what they raised"):
        step_claim(towns.claims, str(first), "accept", caller=CLERK, officer=ground.officer(there))
    taken = step_claim(towns.claims, str(first), "accept", caller=other, officer=ground.officer(there))
    assert (taken.claim.state, taken.claim.held_by) == ("transferred", there)
    disputed = step_claim(towns.claims, str(second), "dispute", caller=other, reason="不在本网格")
    assert (disputed.claim.waits_for, disputed.claim.to_cell, disputed.claim.document) == (WEST, there, "西移-1")
    with pytest.raises(NotAllowed):
        step_claim(towns.claims, str(second), "decide", caller=other, to=here, reason="现场核实")
    decided = step_claim(towns.claims, str(second), "decide", caller=HEAD, to=here, reason="现场核实")
    assert (decided.claim.state, decided.claim.held_by) == ("decided", here)


def test_stations_disputes_are_decided_above_both(
    towns: Store, arrivals: Arrivals, ground: Ground, today: date
) -> None:
    here, there = ground.west[0], ground.east[0]
    (entity,) = arrivals.at(ground.at(here), on=today)
    step_claim(towns.claims, str(entity), "wrong", caller=CLERK, to=there, document="西移-2", reason="属城东")
    step_claim(towns.claims, str(entity), "dispute", caller=NEIGHBOUR, reason="属城西")
    view = next(v for v in list_claims(towns.claims, EAST, caller=NEIGHBOUR, on=today).claims if v.entity_id == entity)
    assert (view.state, view.waits_for) == ("disputed", BUREAU)
    with pytest.raises(NotAllowed, match="lies outside"):
        step_claim(towns.claims, str(entity), "decide", caller=HEAD, to=here, reason="属城东")
    assert (
        step_claim(towns.claims, str(entity), "decide", caller=BOSS, to=there, reason="属城东").claim.held_by == there
    )


def test_moving_starts_a_new_claim_and_ends_an_open_one(
    towns: Store, arrivals: Arrivals, ground: Ground, today: date
) -> None:
    here, there = ground.west[0], ground.east[1]
    open_, claimed, agreed = arrivals.at(*[ground.at(here)] * 3, on=today)
    step_claim(towns.claims, str(claimed), "claim", caller=CLERK, officer=ground.officer(here))
    step_claim(towns.claims, str(agreed), "wrong", caller=CLERK, to=there, document="西移-3", reason="属城东")
    step_claim(towns.claims, str(agreed), "accept", caller=NEIGHBOUR, officer=ground.officer(there))
    lon, lat = ground.at(there)
    assert {f.where: f.details["stands"] for f in misplaced_claims(towns.claims, EAST, today)}[str(agreed)] == here
    for entity in (open_, claimed, agreed):
        place_entity(towns.places, entity, lon, lat, datum="cgcs2000", caller=OPERATOR)
    views = {(v.entity_id, v.claim_no): v for v in list_claims(
        towns.claims, BUREAU, caller=OPERATOR, on=today, state="all").claims}  # fmt: skip
    assert views[open_, 1].state == "lapsed"
    assert (views[open_, 2].state, views[open_, 2].cell_code) == ("waiting", there)
    assert (views[claimed, 1].state, views[claimed, 2].cell_code) == ("claimed", there)
    assert (agreed, 2) not in views, "it was put where the transfer said"
    assert str(agreed) not in {f.where for f in misplaced_claims(towns.claims, EAST, today)}


def test_a_closed_entity_waits_for_nobody_and_falls_again_when_it_opens(
    towns: Store, arrivals: Arrivals, ground: Ground, today: date
) -> None:
    (entity,) = arrivals.at(ground.at(ground.west[1]), on=today)
    name = f"new{arrivals.number - 1}"
    entities = arrivals.town.entities.copy()
    entities["closed"] = entities["closed"].astype(object)
    entities.loc[entities.source_id == name, "closed"] = today
    arrivals.load(entities, today)
    states = [v.state for v in list_claims(towns.claims, WEST, caller=CLERK, on=today, state="all").claims
              if v.entity_id == entity]  # fmt: skip
    assert states == ["lapsed"]
    entities = entities.copy()
    entities.loc[entities.source_id == name, "closed"] = None
    arrivals.load(entities, today)
    states = [v.state for v in list_claims(towns.claims, WEST, caller=CLERK, on=today, state="all").claims
              if v.entity_id == entity]  # fmt: skip
    assert sorted(states) == ["lapsed", "waiting"]


def test_who_is_late_is_a_gap_and_was_none_before(
    towns: Store, arrivals: Arrivals, ground: Ground, today: date
) -> None:
    fell = today - timedelta(days=20)
    cell = ground.east[2]
    ids = arrivals.at(*[ground.at(cell)] * 3, on=fell)
    for entity, day in zip(ids, (3, 9), strict=False):
        step_claim(towns.claims, str(entity), "claim", caller=OPERATOR, officer=ground.officer(cell),
                   on=fell + timedelta(days=day), reason=REASON)  # fmt: skip
    mine = [f for f in late_claims(towns.claims, EAST, today) if f.where == str(ids[2])]
    assert [(f.rule, f.value, f.details["cell"]) for f in mine] == [("claims.late", 15, cell)]
    assert not [f for f in late_claims(towns.claims, EAST, fell + timedelta(days=5)) if f.where in map(str, ids)]
    (figures,) = claim_figures(towns.claims, cell, fell, fell + timedelta(days=1 + 20))
    assert (figures.fell, figures.in_time, figures.late, figures.open, figures.overdue) == (3, 1, 1, 1, 1)
    earlier = list_claims(towns.claims, cell, caller=OPERATOR, on=fell + timedelta(days=4), state="all")
    assert sorted(v.state for v in earlier.claims if v.entity_id in ids) == ["claimed", "waiting", "waiting"]
    late = list_claims(towns.claims, cell, caller=OPERATOR, on=today, state="late")
    assert [v.entity_id for v in late.claims if v.entity_id in ids] == [ids[2]]


def test_steps_are_entered_late_only_by_an_admin_with_a_reason(
    towns: Store, arrivals: Arrivals, ground: Ground, today: date
) -> None:
    cell = ground.east[2]
    (entity,) = arrivals.at(ground.at(cell), on=today - timedelta(days=30))
    with pytest.raises(BadRequest, match="more than 7 days ago"):
        step_claim(towns.claims, str(entity), "claim", caller=NEIGHBOUR, officer=ground.officer(cell),
                   on=today - timedelta(days=20))  # fmt: skip
    step_claim(towns.claims, str(entity), "claim", caller=OPERATOR, officer=ground.officer(cell),
               on=today - timedelta(days=20), reason=REASON)  # fmt: skip


def test_an_unknown_cell_takes_nothing(towns: Store, arrivals: Arrivals, ground: Ground, today: date) -> None:
    (entity,) = arrivals.at(ground.at(ground.west[0]), on=today)
    with pytest.raises(BadRequest, match="there is no cell"):
        step_claim(towns.claims, str(entity), "wrong", caller=CLERK, to="420106001999", document="1", reason="x")
    with pytest.raises(BadRequest, match="no step"):
        step_claim(towns.claims, str(entity), "steal", caller=CLERK)
    with pytest.raises(BadRequest, match="no state"):
        list_claims(towns.claims, WEST, caller=CLERK, on=today, state="lost")
    with pytest.raises(NotAllowed):
        list_claims(towns.claims, EAST, caller=CLERK, on=today)


def test_of_two_officers_at_the_same_moment_one_wins(
    towns: Store, arrivals: Arrivals, ground: Ground, today: date
) -> None:
    cell = ground.west[2]
    (entity,) = arrivals.at(ground.at(cell), on=today)
    start, outcomes = threading.Barrier(2), []

    def claim(officer: str) -> None:
        start.wait()
        try:
            step_claim(towns.claims, str(entity), "claim", caller=CLERK, officer=officer)
            outcomes.append(officer)
        except Conflict as problem:
            outcomes.append(str(problem))

    threads = [threading.Thread(target=claim, args=(officer,)) for officer in ground.officers[cell][:2]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = [o for o in outcomes if o in ground.officers[cell]]
    assert len(won) == 1
    assert any(f"is claimed since {today} by {won[0]}" in o for o in outcomes)


STEP = (
    "insert into claim_step (entity_id, claim_no, step_no, step, cell_code, fell_on, to_cell, officer_id, document, "
    "reason, actor, role, day) select entity_id, claim_no, %(n)s, %(step)s, cell_code, fell_on, %(to)s, %(officer)s, 'F', 'R', "
    "%(actor)s, 'officer', day from claim_step where entity_id = %(entity)s and step = 'fell' limit 1"
)


def test_the_database_itself_holds_the_rules(towns: Store, arrivals: Arrivals, ground: Ground, today: date) -> None:
    (entity,) = arrivals.at(ground.at(ground.west[2]), on=today)

    def write(n: int, step: str, actor: str = "Li", to: str = "", officer: str = "") -> None:
        with towns.database.dedicated() as raw, raw.transaction():
            raw.execute("set local role gw_service")
            raw.execute("set local search_path = gridward, public")
            raw.execute(STEP, {"n": n, "step": step, "actor": actor, "to": to, "officer": officer, "entity": entity})

    with pytest.raises(psycopg.DatabaseError, match="cannot go from fell to decided"):
        write(2, "decided", to=ground.west[0])
    with pytest.raises(psycopg.DatabaseError, match="cannot go from nothing to claimed"):
        write(3, "claimed", officer="10")
    write(2, "wrong", to=ground.west[0])
    with pytest.raises(psycopg.DatabaseError, match="nobody decides on what they raised"):
        write(3, "transferred", to=ground.west[0], officer="10")
    write(3, "transferred", actor="Wang", to=ground.west[0], officer="10")
    with pytest.raises(psycopg.IntegrityError):
        write(3, "disputed", actor="Zhao")
    with towns.database.dedicated() as raw, pytest.raises(psycopg.DatabaseError, match="what was recorded stays"):
        raw.execute("update gridward.claim_step set actor = 'nobody'")
    assert towns.claims.claims(BUREAU, today, entity_id=entity)[0].step == "transferred"


def test_many_steps_are_taken_all_or_none_and_once(
    towns: Store, arrivals: Arrivals, ground: Ground, today: date, tmp_path: Path
) -> None:
    here, there = ground.west[0], ground.west[1]
    first, second = map(str, arrivals.at(ground.at(here), ground.at(here), on=today))
    steps = [
        {"entity": first, "verb": "claim", "officer": ground.officer(here)},
        {"entity": second, "verb": "wrong", "to": there, "document": "多-1", "reason": "路北", "on": today.isoformat()},
    ]
    odd = [
        {"entity": "999999999", "verb": "claim", "officer": "10"},
        {"entity": first, "verb": "accept", "officer": "10"},
        {"entity": first, "verb": "claim", "officer": "10", "on": "yesterday"},
        {"entity": first, "verb": "claim", "offizer": "10"},
    ]
    with pytest.raises(RuleViolation, match="4 of 6 steps cannot be taken, nothing was changed") as refused:
        step_claims(towns.claims, steps + odd, caller=CLERK)
    assert [f.where for f in refused.value.findings] == ["row 3", "row 4", "row 5", "row 6"]
    assert {v.state for v in list_claims(towns.claims, here, caller=CLERK, on=today).claims
            if str(v.entity_id) in (first, second)} == {"waiting"}  # fmt: skip
    answer = step_claims(towns.claims, steps + odd, caller=CLERK, skip_bad=True)
    assert (answer.taken, [b.row for b in answer.rejected]) == ({"claimed": 1, "wrong": 1}, [3, 4, 5, 6])
    file = tmp_path / "steps.csv"
    file.write_text(
        "entity,verb,officer,to,document,reason\n"
        f"{first},claim,{ground.officer(here)},,,\n{second},wrong,,{there},多-1,路北\n",
        encoding="utf-8",
    )
    assert step_claims(towns.claims, file, caller=CLERK).given == 2
    assert len(towns.claims.claims(BUREAU, today, entity_id=int(second))) == 1
    (tmp_path / "odd.csv").write_text("who,what\n1,2\n", encoding="utf-8")
    with pytest.raises(BadRequest, match=r"the columns entity .* and verb"):
        step_claims(towns.claims, tmp_path / "odd.csv", caller=CLERK)


def test_a_chinese_file_of_steps_is_taken_and_refused_in_chinese(
    towns: Store, arrivals: Arrivals, ground: Ground, today: date, tmp_path: Path
) -> None:
    here, there = ground.west[0], ground.west[1]
    first, second, third = map(str, arrivals.at(*[ground.at(here)] * 3, on=today))
    file = tmp_path / "办理.csv"
    head = "主体编号,办理事项,监管员编号,移入网格,移交单号,理由,办理日期\n"
    good = f"{first},认领,{ground.officer(here)},,,,{today:%Y/%m/%d}\n{second},移交,,{there},中-1,路北,\n"
    file.write_text(head + good, encoding="utf-8")
    assert step_claims(towns.claims, file, caller=CLERK).taken == {"claimed": 1, "wrong": 1}
    stranger = ground.officer(ground.east[0])
    other = next(o for o in (*ground.officers[here], "10") if o != ground.officer(here))
    bad = (
        f"{first},认领,{other},,,,\n{third},移交,,{there},,,\n{third},认领,{stranger},,,,\n88888888,认领,10,,,,\n"
        f"{third},认领,10,,,,{today + timedelta(days=3)}\n{second},接收,10,,,,\n{third},办结,10,,,,\n"
        f"{third},移交,,X,中-2,无,\n"
    )
    file.write_text(head + bad, encoding="utf-8")
    with pytest.raises(RuleViolation) as refused:
        step_claims(towns.claims, file, caller=CLERK)
    told = [f.message_zh for f in refused.value.findings]
    wanted = (
        "已认领，不能再办理“认领”", "移交须填移交单号；主体", f"人员 {stranger} 在", "没有这个主体", "晚于今天", "由本人提出",
        "填写不全或有误", "没有网格 X",
    )  # fmt: skip
    for words, text in zip(wanted, told, strict=True):
        assert words in text
    assert not [text for text in told if re.search("[A-Za-z]{2,} [a-z]{2,}", text)], "no English in a Chinese text"


def test_the_list_says_who_has_to_act_and_how_long_they_have(
    towns: Store, arrivals: Arrivals, ground: Ground, today: date
) -> None:
    cell = ground.east[1]
    fresh, old = (arrivals.at(ground.at(cell), on=day)[0] for day in (today, today - timedelta(days=9)))
    views = {v.entity_id: v for v in list_claims(towns.claims, cell, caller=NEIGHBOUR, on=today).claims}
    assert (views[fresh].days_left, views[fresh].late_days) == (5, 0)
    assert (views[old].days_left, views[old].late_days) == (None, 4)
    officers = ground.officers[cell]
    assert {text.split(" (")[1].rstrip(")") for text in views[fresh].officers} == set(officers)
    assert all(text.startswith("监管员") for text in views[fresh].officers)
    answer = list_claims(towns.claims, cell, caller=NEIGHBOUR, on=today)
    sheet = claims_csv(answer).decode("utf-8-sig").splitlines()
    row = dict(
        zip(sheet[0].split(","), next(line for line in sheet if line.startswith(f"{fresh},")).split(","), strict=True)
    )
    assert (row["officers"], row["days_left"]) == ("、".join(views[fresh].officers), "5")


def test_who_has_to_act_as_it_was_recorded(towns: Store, ground: Ground, today: date) -> None:
    before = datetime(2026, 1, 1, tzinfo=UTC)
    cell = ground.east[1]
    assert towns.claims.people([cell], today, before) == {}
    assert set(towns.claims.people([cell, "nowhere"], today)) == {cell}
