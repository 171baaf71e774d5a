"""Profiles on PostGIS: which rules count on which day, who may set them, and what a load leaves alone."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from geo_api.db.store import Store
from geo_api.errors import BadRequest, NotAllowed
from geo_api.formats.registry import render
from geo_api.services.answers import Caller
from geo_api.services.load import load
from geo_api.services.profiles.check_stored import check_stored
from geo_api.services.profiles.read_file import profile_settings, read_profile_file
from geo_api.services.profiles.set_profile import set_profile
from geo_api.services.profiles.show_profile import list_profiles, show_profile
from geo_api.services.profiles.store import profile_on
from geo_api.services.profiles.watch import RulesWatch
from tests.geo_api.life import ADMIN, OPERATOR, PLANNER
from tests.geo_api.town import BUREAU, LOADED, WEST, Town, make_town

FUTURE = date(2190, 1, 1)
APPROVER = Caller("approver", "approver", BUREAU)


@pytest.fixture(scope="module")
def small() -> Town:
    return make_town(entities=12)


@pytest.fixture
def kept(store: Store, small: Town) -> Store:
    load(small, store.register, today=LOADED)
    return store


def officers_on(store: Store, day: date, recorded_at: datetime | None = None) -> float:
    return profile_on(store.profiles, WEST, day, recorded_at).rules.officers_per_cell


def test_rules_hold_from_their_day_and_the_past_keeps_its_own(kept: Store) -> None:
    before = datetime.now(UTC)
    set_profile(
        kept.profiles, BUREAU, {"officers_per_cell": 3}, caller=APPROVER, valid_from=FUTURE, reason="more staff"
    )
    assert officers_on(kept, FUTURE - timedelta(days=1)) == 2
    assert officers_on(kept, FUTURE) == 3
    assert officers_on(kept, FUTURE, before) == 2, "what was recorded then is answered for ever"
    assert kept.planning.station_inputs(WEST, date(2026, 6, 1)).rules == {
        "balance_tolerance": 0.1,
        "officers_per_cell": 2,
    }
    with kept.database.connection() as connection:
        assert connection.execute("select actor, role, reason from event where verb = 'set rules'").fetchall() == [
            ("approver", "approver", "more staff")
        ]
    again = set_profile(
        kept.profiles, BUREAU, {"officers_per_cell": 3}, caller=APPROVER, valid_from=FUTURE, reason="once more"
    )
    assert again.version.reason == "more staff", "the same again stores nothing"


def test_a_day_between_two_versions_gets_its_own_up_to_the_next(kept: Store) -> None:
    set_profile(kept.profiles, BUREAU, {"officers_per_cell": 5}, caller=OPERATOR, valid_from=FUTURE, reason="later")
    middle = FUTURE - timedelta(days=100)
    set_profile(kept.profiles, BUREAU, {"officers_per_cell": 4}, caller=OPERATOR, valid_from=middle, reason="sooner")
    days = (middle - timedelta(days=1), middle, FUTURE - timedelta(days=1), FUTURE)
    assert [officers_on(kept, day) for day in days] == [2, 4, 4, 5]
    versions = list_profiles(kept.profiles, WEST, caller=PLANNER).versions
    assert [(v.valid_from, v.valid_to) for v in versions] == [(None, middle), (middle, FUTURE), (FUTURE, None)]
    assert [v.reason for v in versions] == ["", "sooner", "later"]


def test_backdating_and_setting_are_for_those_who_may(kept: Store) -> None:
    past = date(2026, 1, 5)
    for caller in (PLANNER, Caller("officer", "officer", BUREAU), Caller("approver", "approver", WEST)):
        with pytest.raises(NotAllowed):
            set_profile(kept.profiles, BUREAU, {}, caller=caller, valid_from=FUTURE, reason="x")
    with pytest.raises(NotAllowed, match="only an admin"):
        set_profile(kept.profiles, BUREAU, {}, caller=APPROVER, valid_from=past, reason="x")
    with pytest.raises(BadRequest, match="reason"):
        set_profile(kept.profiles, BUREAU, {}, caller=ADMIN, valid_from=FUTURE, reason=" ")
    with pytest.raises(BadRequest, match=f"those of {BUREAU}"):
        set_profile(kept.profiles, WEST, {}, caller=OPERATOR, valid_from=FUTURE, reason="x")
    set_profile(kept.profiles, BUREAU, {"officers_per_cell": 1}, caller=ADMIN, valid_from=past, reason="was so")
    assert [officers_on(kept, d) for d in (past - timedelta(days=1), past)] == [2, 1]


def test_a_load_leaves_rules_alone_that_were_set_since(kept: Store, small: Town) -> None:
    set_profile(kept.profiles, BUREAU, {"officers_per_cell": 3}, caller=OPERATOR, reason="staff")
    set_profile(kept.profiles, BUREAU, {"officers_per_cell": 4}, caller=OPERATOR, valid_from=FUTURE, reason="later")
    today = kept.profiles.today(BUREAU)
    load(small.but(diagram={"complaint_telephone": "12345"}), kept.register, today=today)
    assert [officers_on(kept, d) for d in (today, FUTURE)] == [3, 4], "the dataset's rules have not changed"
    load(
        small.but(diagram={"complaint_telephone": "12345"}, titles={"zh": "新", "en": "New"}),
        kept.register,
        today=FUTURE,
    )
    assert officers_on(kept, FUTURE) == 4
    changed: dict[str, Any] = {"balance_tolerance": 0.1, "officers_per_cell": 6}
    load(small.but(rules=changed), kept.register, today=today)
    assert [officers_on(kept, d) for d in (today, FUTURE)] == [6, 4], "changed rules of the dataset count from its load"


def test_classes_of_the_rules_in_force_decide_what_is_stored(kept: Store, small: Town) -> None:
    rules = {"classes": {"order": ["1", "2"]}, "visits_per_year": {"1": 1, "2": 4}}
    answer = set_profile(kept.profiles, BUREAU, rules, caller=OPERATOR, reason="numbers")
    assert {f.rule for f in answer.findings} == {"profile.unknown_class"}
    assert profile_on(kept.profiles, BUREAU, kept.profiles.today(BUREAU)).rules.visits("A") == 4, "counts as the worst"
    later = small.but(entities=small.entities.assign(name="新名"))
    done = load(later, kept.register, today=kept.profiles.today(BUREAU))
    refused = done.rejected[done.rejected.file == "entity"]
    assert len(refused) == int(later.entities.licensed.sum())
    assert refused.reason.str.contains("none of the classes in force \\(1, 2").all()
    with pytest.raises(BadRequest, match="did you mean sampling"):
        load(small.but(rules={"sampln": {"food": 0.5}}), kept.register)


def test_what_is_shown_can_be_set_again(kept: Store, tmp_path: Path) -> None:
    rules = {
        "officers_per_cell": 2.5,
        "minutes_per_visit": {"default": 30, "餐饮服务": 40, 'a "b"\\': 1.5},
        "classes": {"order": ["D", "C", "B", "A"], "exempt": ["D"], "names": {"D": "守信"}},
        "sampling": {"食品": 0.5},
    }
    set_profile(kept.profiles, BUREAU, rules, caller=OPERATOR, reason="as here")
    answer = show_profile(kept.profiles, WEST, caller=PLANNER)
    text, media_type = render(answer, "toml")
    (tmp_path / "rules.toml").write_bytes(text)
    assert read_profile_file(tmp_path / "rules.toml") == rules
    assert media_type == "application/toml"
    assert b"as here" in text
    shown = json.loads(render(answer, "json")[0])
    assert shown["effective"]["visits_per_year"] == {"D": 2, "C": 4, "B": 12, "A": 24}, "best to worst, either way"
    assert shown["effective"]["classes"]["unlicensed"] == "A"
    listed = render(list_profiles(kept.profiles, WEST, caller=PLANNER), "csv")[0].decode("utf-8-sig")
    assert listed.splitlines()[0].startswith("bureau_code,valid_from,valid_to")
    assert render(list_profiles(kept.profiles, WEST, caller=PLANNER), "xlsx")[0][:2] == b"PK"


@pytest.fixture
def broken(kept: Store) -> Store:
    """What an older version might have stored."""
    with kept.database.dedicated() as owner, owner.transaction():
        owner.execute("set local role gw_owner")
        owner.execute("alter table gridward.profile disable trigger keep_history")
        owner.execute("""update gridward.profile set rules = '{"officers_per_cell": "two", "levls": {}}'""")
        owner.execute("alter table gridward.profile enable trigger keep_history")
    return kept


def test_rules_that_cannot_be_used_are_told_at_start_and_again_until_corrected(broken: Store) -> None:
    found = check_stored(broken.profiles)
    assert {f.where for f in found} == {f"{BUREAU} rules.officers_per_cell", f"{BUREAU} rules.levls"}
    watch = RulesWatch(broken.profiles)
    watch.check()
    assert "gridward profile set" in watch.note()
    with pytest.raises(BadRequest, match="did you mean levels"):
        show_profile(broken.profiles, BUREAU, caller=OPERATOR)
    set_profile(broken.profiles, BUREAU, {}, caller=OPERATOR, valid_from=date(2020, 1, 1), reason="mended")
    watch.check()
    assert watch.note() == ""


def test_a_service_in_another_time_zone_than_its_bureau_says_what_to_set(
    kept: Store, caplog: pytest.LogCaptureFixture
) -> None:
    zone = kept.profiles.in_force()[0].timezone
    assert zone == "Asia/Shanghai"
    for alike in ("", zone, "Asia/Chongqing"):
        watch = RulesWatch(kept.profiles, alike)
        watch.check()
        assert watch.note() == ""
    assert not caplog.records
    watch = RulesWatch(kept.profiles, "America/Chicago")
    watch.check()
    watch.check()
    assert len(caplog.records) == 1, "said once"
    for told in (watch.note(), caplog.text):
        assert "America/Chicago" in told
        assert "GRIDWARD_TIMEZONE=Asia/Shanghai" in told


def test_a_file_of_rules_holds_nothing_else(tmp_path: Path) -> None:
    for text, says in (
        ("x = 1", r"\[rules\] is missing"),
        ("[rules]\n[rulez]\n", "did you mean rules"),
        ("[rules", "not valid TOML"),
    ):
        with pytest.raises(BadRequest, match=says):
            profile_settings(text, "f.toml")
    with pytest.raises(BadRequest, match="cannot be read"):
        read_profile_file(tmp_path / "none.toml")
    (tmp_path / "gbk.toml").write_bytes("[rules]\n# 规则".encode("gb18030"))
    with pytest.raises(BadRequest, match="UTF-8"):
        read_profile_file(tmp_path / "gbk.toml")
