"""A first good answer to who takes which cell: one exchange after another, as long as it costs less. Pure, deterministic."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

from geo_api.supervision.staffing import DEPUTY, FAIR, LEAD, Post, StaffingProblem

Cells = tuple[str, frozenset[str], str]
"""A cell as it would be: code, officers, lead."""


class Descent:
    """Posts that get cheaper: an officer replaced by another, two officers exchanged, another lead."""

    def __init__(self, problem: StaffingProblem, posts: Iterable[Post]) -> None:
        self._problem = problem
        self._people = {o.officer_id: o for o in problem.officers}
        self._wanted, self._loads, self._full = problem.wanted(), problem.loads(), problem.full()
        self._held = {(p.cell_code, p.officer_id) for p in problem.held}
        self._held_lead = {p.cell_code: p.officer_id for p in problem.held if p.role == LEAD}
        self._there: dict[str, frozenset[str]] = {c.code: frozenset() for c in problem.cells}
        self._lead: dict[str, str] = {}
        self._mine: dict[str, frozenset[str]] = dict.fromkeys(self._people, frozenset())
        for post in posts:
            if post.cell_code in self._there and post.officer_id in self._people:
                self._there[post.cell_code] |= {post.officer_id}
                self._mine[post.officer_id] |= {post.cell_code}
                if post.role == LEAD:
                    self._lead[post.cell_code] = post.officer_id
        self._tried = 0

    def run(self, *, most_tries: int) -> tuple[Post, ...]:
        """The posts where no exchange costs less any more, or after so many tries."""
        better = True
        while better and self._tried < most_tries:
            better = False
            for cells in self._moves():
                better |= self._tried < most_tries and self._take(cells)
        return tuple(
            sorted(
                Post(code, LEAD if self._lead.get(code) == who else DEPUTY, who)
                for code, there in self._there.items()
                for who in there
            )
        )

    def _moves(self) -> Iterator[tuple[Cells, ...]]:
        codes = sorted(self._there)
        for code in codes:
            if len(self._there[code]) < self._wanted[code]:
                for who in sorted(self._people):
                    if who not in self._there[code]:
                        yield (self._cell(code, self._there[code] | {who}),)
            for old in sorted(self._there[code]):
                for new in sorted(self._people):
                    if new not in self._there[code] and old in self._there[code]:
                        yield (self._cell(code, self._there[code] - {old} | {new}),)
        for one, other in combinations(codes, 2):
            for a in sorted(self._there[one] - self._there[other]):
                for b in sorted(self._there[other] - self._there[one]):
                    if a in self._there[one] and b in self._there[other]:
                        if a in self._there[other] or b in self._there[one]:
                            continue
                        yield (
                            self._cell(one, self._there[one] - {a} | {b}),
                            self._cell(other, self._there[other] - {b} | {a}),
                        )

    def _cell(self, code: str, there: frozenset[str]) -> Cells:
        """A cell with its cheapest lead: who leads it now, else somebody experienced, the first by id."""
        lead = min(there, key=lambda who: (self._lead_cost(code, who), who), default="")
        return code, there, lead

    def _take(self, cells: tuple[Cells, ...]) -> bool:
        """Make the move if it costs less."""
        self._tried += 1
        touched = {who for code, there, _ in cells for who in there ^ self._there[code]}
        mine = {who: self._mine[who] for who in touched}
        for code, there, _ in cells:
            for who in there - self._there[code]:
                mine[who] = mine[who] | {code}
            for who in self._there[code] - there:
                mine[who] = mine[who] - {code}
        most = self._problem.cells_per_officer_max
        if most and any(len(mine[who]) > max(most, len(self._mine[who])) for who in touched):
            return False
        now = sum(self._of_cell(code, self._there[code], self._lead.get(code, "")) for code, _, _ in cells)
        now += sum(self._of_officer(who, self._mine[who]) for who in touched)
        then = sum(self._of_cell(*cell) for cell in cells) + sum(self._of_officer(who, mine[who]) for who in touched)
        if then >= now:
            return False
        for code, there, lead in cells:
            self._there[code], self._lead[code] = there, lead
        self._mine |= mine
        return True

    def _lead_cost(self, code: str, who: str) -> int:
        weight = self._problem.weights
        new = self._problem.pairing and not self._people[who].experienced
        return 10 * (weight["lead_new"] * new + weight["change"] * (self._held_lead.get(code, who) != who))

    def _of_cell(self, code: str, there: frozenset[str], lead: str) -> int:
        weight, problem = self._problem.weights, self._problem
        cost = 10 * (weight["short"] * max(0, self._wanted[code] - len(there)) + weight["no_lead"] * (not lead))
        if problem.pairing and not any(self._people[who].experienced for who in there):
            cost += 10 * weight["pairing"]
        cost += 10 * weight["change"] * sum((code, who) not in self._held for who in there)
        cost += 10 * weight["tenure"] * sum((who, code) in problem.stayed_too_long for who in there)
        return cost + (self._lead_cost(code, lead) if lead else 0)

    def _of_officer(self, who: str, mine: frozenset[str]) -> int:
        weight, near = self._problem.weights, self._problem.neighbours
        load = sum(self._loads[who, code] for code in mine)
        apart = min((len(mine - {home} - near.get(home, frozenset())) for home in mine), default=0)
        return (
            10 * weight["idle"] * (not mine)
            + 10 * weight["spread"] * apart
            + weight["balance"] * abs(load - FAIR)
            + weight["over_capacity"] * max(0, load - self._full)
        )
