"""Officers to cells by constraint programming (OR-tools CP-SAT): the same answer for the same question, on any machine.

One worker, a fixed seed, and a limit on work instead of time. Every rule is soft but the limit of cells per officer, so there is
always an answer, and :func:`geo_api.supervision.staffing.weigh` says which rules it breaks.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geo_api.supervision.staffing import DEPUTY, FAIR, LEAD, Post, Staffing, StaffingProblem, weigh

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, CpSolver


@dataclass(frozen=True, slots=True)
class _Choice:
    """Decisions by (officer, cell): holds it, leads it, has it as first cell, is apart from the first cell."""

    holds: dict[tuple[str, str], Any]
    leads: dict[tuple[str, str], Any]
    home: dict[tuple[str, str], Any]
    apart: dict[tuple[str, str], Any]


def solve(problem: StaffingProblem, *, work_limit: float, first: tuple[Post, ...] = ()) -> Staffing:
    """The cheapest posts found.

    Args:
        problem: with at least one officer and one cell.
        work_limit: deterministic seconds of search.
        first: an answer to begin with; the result never costs more.
    """
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    choice = _choices(model, problem)
    cost = _staffed(model, problem, choice) + _placed(model, problem, choice) + _loaded(model, problem, choice)
    model.minimize(sum(cost))
    _hint(model, choice, first)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.interleave_search = True
    solver.parameters.random_seed = 1
    solver.parameters.max_deterministic_time = work_limit
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Staffing(first, weigh(problem, first))
    posts = _posts(solver, choice)
    parts = weigh(problem, posts)
    found = Staffing(posts, parts, round(solver.best_objective_bound), status == cp_model.OPTIMAL)
    begun = Staffing(first, weigh(problem, first), found.bound)
    return begun if first and begun.cost < found.cost and _allowed(problem, first) else found


def _choices(model: CpModel, problem: StaffingProblem) -> _Choice:
    pairs = [(o.officer_id, c.code) for o in problem.officers for c in problem.cells]
    made = [
        {pair: model.new_bool_var(f"{name} {pair}") for pair in pairs} for name in ("holds", "leads", "home", "apart")
    ]
    return _Choice(*made)


def _staffed(model: CpModel, problem: StaffingProblem, choice: _Choice) -> list[Any]:
    """Each cell: one lead, so many officers, somebody experienced, those who were there. Costs in tenths."""
    weight, cost = problem.weights, []
    held = {(p.officer_id, p.cell_code) for p in problem.held}
    held_leads = {p.cell_code: p.officer_id for p in problem.held if p.role == LEAD}
    for code, wanted in problem.wanted().items():
        everybody = [o.officer_id for o in problem.officers]
        there = sum(choice.holds[o, code] for o in everybody)
        no_lead = model.new_bool_var(f"no lead {code}")
        model.add_exactly_one([*(choice.leads[o, code] for o in everybody), no_lead])
        cost.append(10 * weight["no_lead"] * no_lead)
        short = model.new_int_var(0, wanted, f"short {code}")
        model.add(there + short == wanted)
        cost.append(10 * weight["short"] * short)
        if problem.pairing:
            new_pair = model.new_bool_var(f"pairing {code}")
            model.add_bool_or(
                [choice.holds[o.officer_id, code] for o in problem.officers if o.experienced] + [new_pair]
            )
            cost.append(10 * weight["pairing"] * new_pair)
        for officer in problem.officers:
            pair = (officer.officer_id, code)
            model.add_implication(choice.leads[pair], choice.holds[pair])
            if problem.pairing and not officer.experienced:
                cost.append(10 * weight["lead_new"] * choice.leads[pair])
            if pair not in held:
                cost.append(10 * weight["change"] * choice.holds[pair])
            if held_leads.get(code, pair[0]) != pair[0]:
                cost.append(10 * weight["change"] * choice.leads[pair])
            if pair in problem.stayed_too_long:
                cost.append(10 * weight["tenure"] * choice.holds[pair])
    return cost


def _placed(model: CpModel, problem: StaffingProblem, choice: _Choice) -> list[Any]:
    """Each officer: cells that border on one of them, which is the first."""
    weight, cost = problem.weights, []
    codes = [c.code for c in problem.cells]
    for officer in problem.officers:
        who = officer.officer_id
        idle = model.new_bool_var(f"idle {who}")
        model.add(sum(choice.home[who, code] for code in codes) + idle == 1)
        cost.append(10 * weight["idle"] * idle)
        mine = [choice.holds[who, code] for code in codes]
        model.add_bool_or([*mine, idle])
        if problem.cells_per_officer_max:
            model.add(sum(mine) <= problem.cells_per_officer_max)
        for code in codes:
            pair = (who, code)
            model.add_implication(choice.home[pair], choice.holds[pair])
            near = [
                choice.home[who, other]
                for other in problem.neighbours.get(code, frozenset())
                if (who, other) in choice.home
            ]
            model.add_bool_or([choice.holds[pair].negated(), choice.home[pair], choice.apart[pair], *near])
            cost.append(10 * weight["spread"] * choice.apart[pair])
    return cost


def _loaded(model: CpModel, problem: StaffingProblem, choice: _Choice) -> list[Any]:
    """Each officer: a load near the fair part, and within the hours of a year."""
    weight, cost = problem.weights, []
    loads, full = problem.loads(), problem.full()
    for officer in problem.officers:
        who = officer.officer_id
        most = sum(loads[who, c.code] for c in problem.cells) + FAIR
        load = sum(loads[who, c.code] * choice.holds[who, c.code] for c in problem.cells)
        off = model.new_int_var(0, most, f"off {who}")
        model.add(off >= load - FAIR)
        model.add(off >= FAIR - load)
        cost.append(weight["balance"] * off)
        if most > full:
            over = model.new_int_var(0, most, f"over {who}")
            model.add(over >= load - full)
            cost.append(weight["over_capacity"] * over)
    return cost


def _hint(model: CpModel, choice: _Choice, first: tuple[Post, ...]) -> None:
    held = {(p.officer_id, p.cell_code) for p in first}
    leads = {(p.officer_id, p.cell_code) for p in first if p.role == LEAD}
    if held:
        for pair, variable in choice.holds.items():
            model.add_hint(variable, pair in held)
            model.add_hint(choice.leads[pair], pair in leads)


def _posts(solver: CpSolver, choice: _Choice) -> tuple[Post, ...]:
    return tuple(
        sorted(
            Post(code, LEAD if solver.boolean_value(choice.leads[who, code]) else DEPUTY, who)
            for (who, code), holds in choice.holds.items()
            if solver.boolean_value(holds)
        )
    )


def _allowed(problem: StaffingProblem, posts: tuple[Post, ...]) -> bool:
    """Whether nobody has more cells than allowed."""
    counts = Counter(p.officer_id for p in posts)
    return not problem.cells_per_officer_max or max(counts.values(), default=0) <= problem.cells_per_officer_max
