"""Officers to the cells of a station: the problem, an answer to it, and what that answer costs by its parts. Pure.

All weights count whole tenths, so that a solver and :func:`weigh` come to the same number. A cell's work is shared
equally by the officers that it is to have; loads are per mille of an officer's fair part of the station's work.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from geo_api.supervision.staffing_rules import WEIGHTS

LEAD, DEPUTY = "lead", "deputy"
FAIR = 1000
"""The load of an officer who has exactly the fair part, per mille."""


@dataclass(frozen=True, slots=True)
class StaffOfficer:
    """An officer who can be given cells; ``hours_per_year``: visits that they can make in a year."""

    officer_id: str
    experienced: bool
    hours_per_year: float


@dataclass(frozen=True, slots=True)
class StaffCell:
    """A cell and its work."""

    code: str
    hours_per_year: float


@dataclass(frozen=True, slots=True, order=True)
class Post:
    """An officer in a cell, as lead or deputy."""

    cell_code: str
    role: str
    officer_id: str


@dataclass(frozen=True, slots=True)
class StaffingProblem:
    """Who could answer for what.

    Attributes:
        officers: by id.
        cells: by code.
        neighbours: cell code -> codes that it borders on.
        held: posts at present.
        stayed_too_long: (officer id, cell code) that the tenure rule forbids to go on.
        officers_per_cell: fewest officers of a cell; one of them leads.
        cells_per_officer_max: 0 = no limit.
        weights: what a breach costs, see :class:`Part`.
        pairing: whether every cell needs somebody experienced (not for the posts of one function).
    """

    officers: tuple[StaffOfficer, ...]
    cells: tuple[StaffCell, ...]
    neighbours: Mapping[str, frozenset[str]] = field(default_factory=dict)
    held: tuple[Post, ...] = ()
    stayed_too_long: frozenset[tuple[str, str]] = frozenset()
    officers_per_cell: int = 2
    cells_per_officer_max: int = 0
    weights: Mapping[str, int] = field(default_factory=lambda: WEIGHTS)
    pairing: bool = True

    def wanted(self) -> dict[str, int]:
        """Officers that each cell is to have: the fewest; with more officers than that, more where the work is.

        So nobody is without a cell. Ties are broken by code.
        """
        many = {c.code: min(self.officers_per_cell, len(self.officers)) for c in self.cells}
        spare = len(self.officers) - sum(many.values())
        for _ in range(max(0, spare) if self.cells else 0):
            open_cells = [c for c in self.cells if many[c.code] < len(self.officers)]
            if not open_cells:
                break
            heaviest = max(open_cells, key=lambda c: c.hours_per_year / max(many[c.code], 1))
            many[heaviest.code] += 1
        return many

    def loads(self) -> dict[tuple[str, str], int]:
        """(officer, cell) -> per mille of the officer's fair part that the cell brings."""
        many = self.wanted()
        work = sum(c.hours_per_year for c in self.cells)
        able = sum(o.hours_per_year for o in self.officers)
        loads = {}
        for officer in self.officers:
            fair = work * officer.hours_per_year / able if able else 0.0
            for cell in self.cells:
                part = cell.hours_per_year / many[cell.code] if many[cell.code] else 0.0
                loads[officer.officer_id, cell.code] = round(FAIR * part / fair) if fair else 0
        return loads

    def full(self) -> int:
        """Per mille of the fair part at which an officer's hours of a year are used up; the same for everybody."""
        work = sum(c.hours_per_year for c in self.cells)
        return round(FAIR * sum(o.hours_per_year for o in self.officers) / work) if work else 10**6


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the cost: how often or how much, and what that costs in tenths.

    Names: ``no_lead`` cells without a lead; ``short`` officers missing in cells; ``tenure`` officers who stay although they
    have been there too long; ``pairing`` cells without anybody experienced; ``idle`` officers without a cell; ``spread``
    cells of an officer that do not border on their first cell; ``lead_new`` leads who are not experienced; ``change`` posts
    given anew and leads changed; ``over_capacity`` and ``balance`` per cent of the fair part above the hours of a year, and
    off the fair part, summed over officers.
    """

    name: str
    amount: float
    cost: int


@dataclass(frozen=True, slots=True)
class Staffing:
    """An answer: the posts, what they cost by parts (tenths), and how sure it is that nothing cheaper exists.

    ``bound``: no answer costs less (tenths); ``proven``: this one costs exactly that.
    """

    posts: tuple[Post, ...]
    parts: tuple[Part, ...]
    bound: int = 0
    proven: bool = False

    @property
    def cost(self) -> int:
        """Of all parts, tenths."""
        return sum(p.cost for p in self.parts)

    def part(self, name: str) -> Part:
        """One part of the cost."""
        return next(p for p in self.parts if p.name == name)


def weigh(problem: StaffingProblem, posts: Iterable[Post]) -> tuple[Part, ...]:
    """What an answer costs, by parts; the present posts can be weighed likewise."""
    codes, people = {c.code for c in problem.cells}, {o.officer_id: o for o in problem.officers}
    given = [p for p in posts if p.cell_code in codes and p.officer_id in people]
    of_cell, of_officer = _grouped(given)
    held = {(p.cell_code, p.officer_id) for p in problem.held}
    held_leads = {p.cell_code: p.officer_id for p in problem.held if p.role == LEAD}
    wanted, loads, full = problem.wanted(), problem.loads(), problem.full()
    amount: Counter[str] = Counter()
    for code in codes:
        there, leads = of_cell[code], [p.officer_id for p in given if p.cell_code == code and p.role == LEAD]
        experienced = any(people[o].experienced for o in there)
        amount["no_lead"] += not leads
        amount["short"] += max(0, wanted[code] - len(there))
        amount["pairing"] += problem.pairing and not experienced
        amount["lead_new"] += sum(not people[o].experienced for o in leads) if problem.pairing else 0
        amount["change"] += sum((code, o) not in held for o in there)
        amount["change"] += sum(o != held_leads.get(code, o) for o in leads)
        amount["tenure"] += sum((o, code) in problem.stayed_too_long for o in there)
    off = over = 0
    for officer in people:
        mine = of_officer[officer]
        load = sum(loads[officer, code] for code in mine)
        amount["idle"] += not mine
        amount["spread"] += _apart(mine, problem.neighbours)
        off += abs(load - FAIR)
        over += max(0, load - full)
    weights = problem.weights
    counted = [Part(n, float(amount[n]), 10 * weights[n] * amount[n]) for n in weights if n not in _PER_CENT]
    graded = [Part(n, v / 10, weights[n] * v) for n, v in (("over_capacity", over), ("balance", off))]
    return (*counted, *graded)


_PER_CENT = ("over_capacity", "balance")


def _grouped(posts: Iterable[Post]) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    of_cell: dict[str, set[str]] = defaultdict(set)
    of_officer: dict[str, set[str]] = defaultdict(set)
    for post in posts:
        of_cell[post.cell_code].add(post.officer_id)
        of_officer[post.officer_id].add(post.cell_code)
    return of_cell, of_officer


def _apart(cells: set[str], neighbours: Mapping[str, frozenset[str]]) -> int:
    """Cells that do not border on the best first cell among them."""
    return min((len(cells - {home} - neighbours.get(home, frozenset())) for home in cells), default=0)
