"""Classes follow from the record by the conditions of the profile; a person confirms, and the register does not undo it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
import shapely

from geo_api import clock
from geo_api.db import open_store
from geo_api.db.store import Store
from geo_api.errors import BadRequest, Conflict, NotAllowed, RuleViolation
from geo_api.services.load import load
from geo_api.services.visits.class_model import ClassProposal, Decision
from geo_api.services.visits.classes_confirm import confirm_classes, suggest_class
from geo_api.services.visits.classing import propose_classes
from tests.geo_api.life import ADMIN, APPROVER, PLANNER
from tests.geo_api.town import BUREAU, LAT, LOADED, LON, SIDE, Town, make_town

pytestmark = pytest.mark.db

ON = date(2026, 8, 10)
LAST_YEAR = ON - timedelta(days=300)
LONG_AGO = date(2024, 8, 10)
SHOPS = (
    # name, class, industry, licensed, visits (day, result, findings), proposed, rule
    ("clean", "B", "retail", True, ((LAST_YEAR, "pass", ""),), "A", "clean"),
    ("unseen", "B", "retail", True, (), None, ""),
    ("minor", "A", "retail", True, ((LAST_YEAR, "minor", ""),), "B", "record"),
    ("minor_long_ago", "B", "retail", True, ((LONG_AGO, "minor", ""), (LAST_YEAR, "pass", "")), "A", "clean"),
    ("key_minor", "A", "food", True, ((LAST_YEAR, "minor", ""),), "C", "key_record"),
    ("key_clean", "C", "food", True, ((LAST_YEAR, "pass", ""),), "A", "clean"),
    ("failed", "A", "retail", True, ((LAST_YEAR, "fail", ""),), "C", "fails"),
    ("failed_twice", "A", "retail", True, ((LAST_YEAR, "fail", ""), (ON, "fail", "")), "D", "fails"),
    ("closed_down", "A", "retail", True, ((LAST_YEAR, "fail", "责令停业整顿"),), "D", "words"),
    ("said_only", "A", "retail", True, ((LAST_YEAR, "pass", "未停业"),), "A", "clean"),
    ("stall", "C", "retail", False, ((LAST_YEAR, "pass", ""),), "D", "unlicensed"),
)


def town_with(shops: tuple = SHOPS, **rules: object) -> Town:
    base = make_town(entities=40)
    frame = base.entities.iloc[: len(shops)].copy()
    names, letters, industries, licensed, visits, *_ = zip(*shops, strict=True)
    frame = frame.assign(source_id=names, name=names, credit_class=letters, industry=industries, licensed=licensed)
    frame = frame.assign(opened=date(2020, 1, 1))
    frame["geometry"] = [shapely.Point(LON + SIDE / 3, LAT + SIDE / 3)] * len(frame)
    rows = [
        (f"{name}-{k}", name, day, "daily", "11", result, findings)
        for name, made in zip(names, visits, strict=True)
        for k, (day, result, findings) in enumerate(made)
    ]
    columns = ["visit_id", "entity", "date", "kind", "officer_id", "result", "findings"]
    visits_made = pd.DataFrame(rows, columns=columns)
    diagram = dict(base.diagram) | {"key_industries": ["food"]}
    return base.but(entities=frame, inspections=visits_made, diagram=diagram, rules=dict(base.rules) | rules)


@pytest.fixture
def lived_in(store: Store) -> Store:
    load(town_with(), store.register, today=LOADED)
    return store


@pytest.fixture(scope="module")
def proposed(new_database: Callable[[], str]) -> Iterator[dict[str, ClassProposal]]:
    with open_store(new_database()) as opened:
        load(town_with(), opened.register, today=LOADED)
        yield proposals(opened, everything=True)


def proposals(store: Store, **more: bool) -> dict[str, ClassProposal]:
    answer = propose_classes(store.classing, store.profiles, BUREAU, caller=ADMIN, on=ON, **more)
    return {p.name: p for p in answer.proposals}


@pytest.mark.parametrize("shop", SHOPS, ids=lambda s: s[0])
def test_the_record_decides(proposed: dict[str, ClassProposal], shop: tuple) -> None:
    *_, visits, expected, rule = shop
    found = proposed.get(shop[0])
    assert (found and (found.was, found.proposed, found.rule)) == (expected and (shop[1], expected, rule))
    if found and rule not in ("clean", "unlicensed"):
        rests_on = {v[0] for v in found.visits}
        assert rests_on == {f"{shop[0]}-{k}" for k, (_, result, _) in enumerate(visits) if result in ("minor", "fail")}
        assert found.why_zh


def test_only_changes_are_proposed_unless_all_are_asked_for(lived_in: Store) -> None:
    assert set(proposals(lived_in)) == {s[0] for s in SHOPS if s[5] and s[5] != s[1]}


def test_letters_may_run_the_other_way(store: Store) -> None:
    classes = {"order": ["D", "C", "B", "A"]}
    load(town_with(classes=classes), store.register, today=LOADED)
    found = proposals(store, everything=True)
    assert {found[n].proposed for n in ("clean", "key_minor", "failed_twice")} == {"D", "B", "A"}


def test_conditions_are_settings(store: Store) -> None:
    steps = [{"when": "record", "to": "D", "at_least": 2}, {"when": "clean", "to": "second"}]
    load(town_with(classing={"steps": steps, "years": 1}), store.register, today=LOADED)
    found = proposals(store, everything=True)
    assert {n: p.proposed for n, p in found.items()} == {
        n: "B" if n != "failed_twice" else "D" for n in ("clean", "minor_long_ago", "key_clean", "failed_twice", "said_only", "stall")
    }  # fmt: skip


def versions(store: Store, name: str) -> list[tuple]:
    with store.database.connection() as connection:
        return connection.execute(
            "select credit_class, lower(valid), upper(valid) from entity where name = %s and recorded_to is null order by valid",
            (name,),
        ).fetchall()


def decide(store: Store, *given: tuple[str, str], caller=APPROVER, on: date | None = None):
    decisions = [Decision(entity, letter, "两年记录") for entity, letter in given]
    return confirm_classes(store.classing, store.profiles, decisions, jurisdiction=BUREAU, caller=caller, on=on)


def test_a_confirmed_class_holds_from_its_day(lived_in: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    # a record counts for two years: the day is fixed as the visits are
    monkeypatch.setattr(clock, "now", lambda zone: datetime(2026, 11, 21, 4, tzinfo=UTC).astimezone(zone))
    today = lived_in.profiles.today(BUREAU)
    answer = decide(lived_in, ("minor", "B"), ("clean", "A"))
    assert [(d.name, d.was, d.confirmed, d.on) for d in answer.decisions] == [
        ("minor", "A", "B", today),
        ("clean", "B", "A", today),
    ]
    assert versions(lived_in, "minor") == [("A", None, today), ("B", today, None)]
    with lived_in.database.connection() as connection:
        rows = connection.execute(
            'select e.name, "on", was, proposed, confirmed, rule, visits, actor from class_decision '
            "join entity e using (entity_id) where e.valid @> %s and e.recorded_to is null order by 1",
            (today,),
        ).fetchall()
    assert rows[1] == (
        "minor", today, "A", "B", "B", "record", [["minor-0", LAST_YEAR.isoformat(), "minor"]], APPROVER.name,
    )  # fmt: skip


def test_a_later_load_keeps_the_decision_until_the_source_changes_its_class(lived_in: Store) -> None:
    decide(lived_in, ("minor", "C"))
    changed = town_with()
    changed.entities.loc[changed.entities.name == "minor", "address"] = "人民路999号"
    load(changed.but(digest="2"), lived_in.register, today=lived_in.profiles.today(BUREAU))
    assert versions(lived_in, "minor")[-1][0] == "C"
    changed.entities.loc[changed.entities.name == "minor", "credit_class"] = "B"
    load(changed.but(digest="3"), lived_in.register, today=lived_in.profiles.today(BUREAU))
    assert versions(lived_in, "minor")[-1][0] == "B"


def test_nobody_confirms_what_they_proposed(lived_in: Store) -> None:
    suggested = suggest_class(
        lived_in.classing, lived_in.profiles, "unseen", to="C", reason="多次投诉", jurisdiction=BUREAU, caller=APPROVER
    )
    assert proposals(lived_in)["unseen"].proposed_by == APPROVER.name
    with pytest.raises(RuleViolation, match="somebody else"):
        decide(lived_in, ("unseen", "C"))
    with pytest.raises(RuleViolation, match="somebody else"):
        decide(lived_in, ("unseen", "C"), caller=replace(APPROVER, name=f" {APPROVER.name.upper()}"))
    assert decide(lived_in, ("unseen", "C"), caller=ADMIN).decisions[0].confirmed == "C"
    assert "unseen" not in proposals(lived_in)
    with (
        pytest.raises(Conflict, match="nobody decides"),
        lived_in.database.writing() as connection,
    ):  # the database holds it too
        connection.execute(
            'insert into class_decision (entity_id, "on", was, proposed, confirmed, source_class, proposal_id, reason, actor, role) '
            "values (%s, current_date, 'B', 'C', 'C', 'B', %s, 'x', %s, 'approver')",
            (suggested.entity_id, suggested.proposal_id, APPROVER.name),
        )


def test_all_or_nothing_and_every_problem_at_once(lived_in: Store) -> None:
    with pytest.raises(RuleViolation) as problem:
        decide(lived_in, ("minor", "B"), ("minor", "C"), ("nobody", "B"), ("stall", "A"))
    assert len(problem.value.findings) == 3
    assert all(f.message_zh for f in problem.value.findings)
    assert versions(lived_in, "minor") == [("A", None, None)]


def test_who_may_confirm_what(lived_in: Store) -> None:
    with pytest.raises(NotAllowed):
        decide(lived_in, ("minor", "B"), caller=PLANNER)
    with pytest.raises(BadRequest, match="there is no class 'E'"):
        decide(lived_in, ("minor", "E"))
    with pytest.raises(NotAllowed, match="only an admin"):
        decide(lived_in, ("minor", "B"), on=date(2026, 3, 1))
    decide(lived_in, ("minor", "B"), on=date(2026, 3, 1), caller=ADMIN)
    assert versions(lived_in, "minor") == [("A", None, date(2026, 3, 1)), ("B", date(2026, 3, 1), None)]
