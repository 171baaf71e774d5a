"""Patrol groups as a choice among all connected sets of cells: each cell in one, at the least cost (OR-tools CP-SAT)."""

from __future__ import annotations

from collections import defaultdict

from geo_api.supervision.patrol_groups import GroupProblem, connected_sets, group_cost

WORK_LIMIT = 5.0
"""Deterministic seconds for one station."""


def divide(problem: GroupProblem, *, largest: int) -> tuple[frozenset[str], ...]:
    """The cheapest division found of all cells into connected groups of at most ``largest`` cells.

    Every single cell is a choice too, a dear one, so that a cell without a neighbour has a group of its own.
    """
    from ortools.sat.python import cp_model

    choices = list(connected_sets(problem.neighbours, problem.hours, largest))
    model = cp_model.CpModel()
    chosen = [model.new_bool_var(f"{n}") for n in range(len(choices))]
    holding = defaultdict(list)
    for n, cells in enumerate(choices):
        for code in cells:
            holding[code].append(chosen[n])
    for code in sorted(problem.hours):
        model.add_exactly_one(holding[code])
    model.minimize(sum(group_cost(problem, cells) * chosen[n] for n, cells in enumerate(choices)))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.max_deterministic_time = WORK_LIMIT
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):  # every cell alone is always feasible
        return tuple(frozenset({code}) for code in sorted(problem.hours))
    return tuple(cells for n, cells in enumerate(choices) if solver.boolean_value(chosen[n]))
