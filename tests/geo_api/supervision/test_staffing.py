"""Officers to cells: what an answer costs, the exchanges that make it cheaper, and the solver on top of them."""

from __future__ import annotations

from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_api.errors import BadRequest
from geo_api.services.staffing.propose import plain
from geo_api.services.staffing.solve import solve
from geo_api.supervision.staffing import (
    DEPUTY,
    LEAD,
    Post,
    StaffCell,
    Staffing,
    StaffingProblem,
    StaffOfficer,
    weigh,
)
from geo_api.supervision.staffing_descent import Descent
from geo_api.supervision.staffing_rules import StaffingRules, staffing_rules
from geo_api.supervision.staffing_words import explain


def cost(problem: StaffingProblem, posts: tuple[Post, ...]) -> int:
    return sum(p.cost for p in weigh(problem, posts))


def row(hours: list[float], officers: str, **named: object) -> StaffingProblem:
    """Cells c0, c1, ... in a row; officers as letters, capitals are experienced."""
    codes = [f"c{i}" for i in range(len(hours))]
    near = {c: frozenset(d for d in codes if abs(int(c[1:]) - int(d[1:])) == 1) for c in codes}
    return StaffingProblem(
        officers=tuple(StaffOfficer(o, o.isupper(), 800.0) for o in sorted(officers)),
        cells=tuple(StaffCell(c, h) for c, h in zip(codes, hours, strict=True)),
        neighbours=near,
        **named,  # type: ignore[arg-type]
    )


@st.composite
def problems(draw: st.DrawFn) -> StaffingProblem:
    hours = draw(st.lists(st.floats(100, 1000), min_size=1, max_size=4))
    officers = draw(st.sampled_from(["A", "Ab", "aBc", "ABcd", "abcd", "ABCdef"]))
    problem = row(hours, officers, officers_per_cell=draw(st.sampled_from([1, 2])))
    codes = [c.code for c in problem.cells]
    held = draw(st.lists(st.tuples(st.sampled_from(codes), st.sampled_from(officers)), max_size=4, unique=True))
    leads: set[str] = set()
    posts = []
    for code, who in held:
        posts.append(Post(code, DEPUTY if code in leads else LEAD, who))
        leads.add(code)
    stayed = frozenset((p.officer_id, p.cell_code) for p in posts[:1])
    return row(
        hours, officers, officers_per_cell=problem.officers_per_cell, held=tuple(sorted(posts)), stayed_too_long=stayed
    )


@settings(max_examples=12, deadline=None)
@given(problems())
def test_the_solver_counts_as_the_weighing_does_and_never_gets_worse(problem: StaffingProblem) -> None:
    first = Descent(problem, plain(problem)).run(most_tries=5000)
    answer = solve(problem, work_limit=0.1, first=first)
    assert answer.cost <= cost(problem, first) <= cost(problem, plain(problem))
    assert answer.bound <= answer.cost
    if answer.proven:
        assert answer.bound == answer.cost
    leads = [p.cell_code for p in answer.posts if p.role == LEAD]
    assert sorted(leads) == [c.code for c in problem.cells]  # there is no limit of cells per officer here


def test_a_small_case_against_every_answer_there_is() -> None:
    problem = row([300, 700], "ABc", held=(Post("c0", LEAD, "A"), Post("c0", DEPUTY, "c")))
    cheapest = min(cost(problem, posts) for posts in every_answer(problem))
    assert solve(problem, work_limit=2).cost == cheapest


def every_answer(problem: StaffingProblem) -> list[tuple[Post, ...]]:
    people = [o.officer_id for o in problem.officers]
    of_cell = [
        [(there, lead) for n in range(1, len(people) + 1) for there in combinations(people, n) for lead in there]
        for _ in problem.cells
    ]
    wanted = problem.wanted()
    return [
        tuple(
            Post(cell.code, LEAD if who == lead else DEPUTY, who)
            for cell, (there, lead) in zip(problem.cells, chosen, strict=True)
            for who in there
        )
        for chosen in product(*of_cell)
        if all(len(there) <= wanted[c.code] for c, (there, _) in zip(problem.cells, chosen, strict=True))
    ]


def test_the_same_question_gives_the_same_answer() -> None:
    problem = row([300, 500, 400, 350, 420], "ABCdefgH")
    assert solve(problem, work_limit=0.5) == solve(problem, work_limit=0.5)


def test_whoever_stayed_too_long_goes_and_the_others_stay() -> None:
    held = (Post("c0", LEAD, "A"), Post("c0", DEPUTY, "b"), Post("c1", LEAD, "C"), Post("c1", DEPUTY, "d"))
    calm = solve(row([400, 400], "AbCd", held=held), work_limit=1)
    assert calm.posts == tuple(sorted(held))
    moved = solve(row([400, 400], "AbCd", held=held, stayed_too_long=frozenset({("A", "c0")})), work_limit=1)
    assert ("c0", "A") not in {(p.cell_code, p.officer_id) for p in moved.posts}
    assert moved.part("pairing").amount == 0


def test_every_cell_has_somebody_experienced_while_there_are_enough() -> None:
    answer = solve(row([400] * 3, "ABCdef"), work_limit=1)
    assert answer.part("pairing").amount == answer.part("lead_new").amount == 0


def test_cells_of_an_officer_border_on_each_other() -> None:
    answer = solve(row([400] * 4, "AbCd", officers_per_cell=2), work_limit=1)
    assert answer.part("spread").amount == 0


def test_heavy_cells_get_the_officers_that_are_left() -> None:
    assert row([900, 300], "ABCde").wanted() == {"c0": 3, "c1": 2}


def test_too_few_officers_are_explained_with_how_many_more() -> None:
    problem = row([400] * 6, "Ab", cells_per_officer_max=2)
    answer = solve(problem, work_limit=1)
    (short,) = [f for f in explain(problem, answer, where="S") if f.rule == "staffing.short"]
    assert answer.part("short").amount == short.value == 12 - 4
    assert answer.part("no_lead").amount == 2
    assert sum(f.rule == "staffing.no_lead" for f in explain(problem, answer, where="S")) == 2
    assert "more officer(s)" in short.message
    assert short.message_zh


def test_nobody_experienced_is_told_and_work_above_all_hours_too() -> None:
    problem = row([2000, 2000], "abcd")
    answer = solve(problem, work_limit=1)
    rules = {f.rule: f for f in explain(problem, answer, where="S")}
    assert rules["staffing.two_new"].value == 2
    assert rules["staffing.over_capacity"].details["officers_short"] == 1


def test_parts_of_the_cost() -> None:
    problem = row([500, 500, 500], "Abc", held=(Post("c0", LEAD, "A"),), stayed_too_long=frozenset({("A", "c0")}))
    posts = (Post("c0", LEAD, "A"), Post("c2", LEAD, "A"), Post("c1", LEAD, "b"))
    parts = {p.name: p.amount for p in weigh(problem, posts)}
    assert parts["short"] == 3
    assert parts["tenure"] == 1
    assert parts["pairing"] == parts["lead_new"] == 1
    assert parts["idle"] == 1
    assert parts["spread"] == 1
    assert parts["change"] == 2
    assert parts["balance"] == 150  # A has two half cells, b one (50 % too little), c none (100 %)
    assert Staffing(posts, weigh(problem, posts)).cost == cost(problem, posts)


def test_settings_are_checked_all_at_once() -> None:
    assert staffing_rules({}) == StaffingRules()
    assert staffing_rules({"scheme": "single"}).officers_per_cell_min == 1
    with pytest.raises(BadRequest) as wrong:
        staffing_rules({"scheme": "three", "officers_per_cell_min": 0, "refuse": ["nothing"], "wieghts": {}})
    assert {f.where for f in wrong.value.findings} == {
        "rules.staffing.scheme", "rules.staffing.officers_per_cell_min", "rules.staffing.refuse", "rules.staffing.wieghts",
    }  # fmt: skip
    with pytest.raises(BadRequest, match="at least 2 with"):
        staffing_rules({"officers_per_cell_min": 1})
