"""Who should answer for which cell: a proposal beside the present, station by station. Reads once, writes nothing."""

from __future__ import annotations

import os
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

from geo_api.errors import BadRequest, RuleViolation
from geo_api.services.answers import Caller
from geo_api.services.staffing.check import allowed_to_see
from geo_api.services.staffing.facts import facts_of, neighbours_of, rules_of
from geo_api.services.staffing.solve import solve
from geo_api.services.staffing.store import OfficerRow, StaffingStore, StationStaff
from geo_api.supervision.absences import Absence
from geo_api.supervision.officers import DAYS_PER_YEAR, Duty, Officer
from geo_api.supervision.officers import propose as greedy
from geo_api.supervision.staffing import (
    DEPUTY,
    LEAD,
    Part,
    Post,
    StaffCell,
    Staffing,
    StaffingProblem,
    StaffOfficer,
    weigh,
)
from geo_api.supervision.staffing_checks import StaffFacts
from geo_api.supervision.staffing_descent import Descent
from geo_api.supervision.staffing_rules import StaffingRules
from geo_api.supervision.staffing_words import PART_WORDS, changed, explain, nobody
from gridding.findings import Finding, gravest_first

MOST_TRIES = 100_000


@dataclass(frozen=True, slots=True)
class ProposedPost:
    """An officer in a cell. ``state``: "stays", "begins" or "ends"; ``since`` for those there now."""

    cell_code: str
    role: str
    officer_id: str
    officer_name: str
    function: str
    state: str
    since: date | None


@dataclass(frozen=True, slots=True)
class OfficerLoad:
    """What an officer would have: cells, hours a year, and that as a share of what they can make (1 = all of it)."""

    officer_id: str
    officer_name: str
    experienced: bool
    cells: tuple[str, ...]
    hours_per_year: float
    share_of_capacity: float


@dataclass(frozen=True, slots=True)
class CostPart:
    """One part of the cost, proposed and at present; ``simple`` is that of a plain distribution, for comparison.

    ``amount`` how many, in the unit of ``words``; ``cost`` the same times its weight.
    """

    name: str
    words: str
    words_zh: str
    amount: float
    cost: float
    now_amount: float
    now_cost: float
    simple_cost: float


@dataclass(frozen=True, slots=True)
class StationProposal:
    """A station's proposal.

    Attributes:
        station_code, station_name: of the station.
        plan_id: the plan whose cells these are.
        function: department, "" = those for everything.
        posts: by cell: those that stay, begin and end.
        officers: loads, by officer.
        parts: the cost taken apart; ``cost``, ``now_cost``, ``simple_cost`` their sums.
        bound: no proposal costs less, 0 where none was looked for; ``proven``: this one costs just that.
        findings: rules that the proposal breaks, and what would help.
    """

    station_code: str
    station_name: str
    plan_id: int
    function: str
    posts: tuple[ProposedPost, ...]
    officers: tuple[OfficerLoad, ...]
    parts: tuple[CostPart, ...]
    cost: float
    now_cost: float
    simple_cost: float
    bound: float
    proven: bool
    findings: tuple[Finding, ...]

    @property
    def changes(self) -> int:
        """Posts that begin."""
        return sum(p.state == "begins" for p in self.posts)


@dataclass(frozen=True, slots=True)
class StaffingProposal:
    """The proposals of a jurisdiction for a day, station by station; ``applied``: whether they were put in force."""

    jurisdiction: str
    on: date
    stations: tuple[StationProposal, ...]
    findings: tuple[Finding, ...]
    applied: bool = False


def propose_officers(
    store: StaffingStore,
    jurisdiction: str,
    *,
    caller: Caller,
    valid_from: date | None = None,
    plan: int | None = None,
) -> StaffingProposal:
    """Who should answer for which cell of a station, or of every station of a bureau, from a day on (default: today).

    ``plan``: for the cells of this plan, drafts too; default: the plan in force on that day.

    Raises:
        NotFound: no such jurisdiction or plan. BadRequest: no plan is in force. RuleViolation: nobody to propose.
        NotAllowed: not the caller's to see.
    """
    allowed_to_see(store, jurisdiction, caller)
    on = valid_from or store.today(jurisdiction)
    stations = store.staff(jurisdiction, on, plan)
    drawn = [s for s in stations if s.cells]
    if not drawn:
        raise BadRequest(f"no plan of {jurisdiction} is in force on {on}: give --plan, or publish a plan first")
    return proposal_of(jurisdiction, on, drawn)


def proposal_of(jurisdiction: str, on: date, stations: list[StationStaff]) -> StaffingProposal:
    """The proposal for stations as read; RuleViolation where no station has anybody."""
    asked = [(staff, *problem) for staff in stations for problem in problems_of(staff)]
    there = [one for one in asked if one[1].officers]
    findings = [nobody(staff.code, len(problem.cells), of) for staff, problem, of in asked if not problem.officers]
    # the solver works outside of the interpreter's lock: threads are enough to let stations be solved side by side
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        made = list(pool.map(lambda one: _station(*one), there))
    findings += [finding for station in made for finding in station.findings]
    if not made:
        raise RuleViolation(f"nobody can be proposed for {jurisdiction}: {findings[0].message}", tuple(findings))
    return StaffingProposal(jurisdiction, on, tuple(made), gravest_first(findings))


def problems_of(staff: StationStaff) -> list[tuple[StaffingProblem, str]]:
    """One problem for the posts of everything, one for each function that the place wants to see."""
    _, staffing = rules_of(staff)
    facts = facts_of(staff)
    gone = {a.officer_id for a in staff.absences if _for_good(a, staff.on)}
    there = [o for o in staff.officers if o.officer_id not in gone]
    special = [o for o in there if o.function in staffing.functions]
    general = [o for o in there if o not in special] or there
    problems = [(_problem(staff, facts, staffing, general, ""), "")]
    for function in staffing.functions:
        mine = [o for o in special if o.function == function]
        problems.append((_problem(staff, facts, staffing, mine, function), function))
    return problems


def _for_good(absence: Absence, on: date) -> bool:
    return on in absence.period and absence.period.end is None


def _problem(
    staff: StationStaff, facts: StaffFacts, staffing: StaffingRules, people: list[OfficerRow], function: str
) -> StaffingProblem:
    rules, _ = rules_of(staff)
    ids = {o.officer_id for o in people}
    codes = [c.code for c in staff.cells]
    held = [p for p in staff.posts if p.code in set(codes) and p.function == function and p.role in (LEAD, DEPUTY)]
    since = {(o, code): facts.in_cell_since(o, code) for o, code, _ in staff.history if o in ids}
    return StaffingProblem(
        officers=tuple(
            StaffOfficer(o.officer_id, facts.experienced(o.officer_id), rules.hours_per_officer_year)
            for o in sorted(people, key=lambda o: o.officer_id)
        ),
        cells=tuple(StaffCell(c.code, c.hours_per_year) for c in staff.cells),
        neighbours=neighbours_of(staff),
        held=tuple(sorted({Post(p.code, p.role, p.officer_id) for p in held})),
        stayed_too_long=frozenset(
            pair for pair, day in since.items() if day and (staff.on - day).days / DAYS_PER_YEAR > rules.tenure_years
        ),
        officers_per_cell=1 if function else staffing.officers_per_cell_min,
        cells_per_officer_max=staffing.cells_per_officer_max,
        weights=staffing.weights,
        pairing=not function and staffing.scheme == "pair",
    )


def plain(problem: StaffingProblem) -> tuple[Post, ...]:
    """The plain distribution: those there stay unless they may not, the rest in turn (the proposal of a drawn plan)."""
    old, new = date(2000, 1, 1), None
    kept = [h for h in problem.held if (h.officer_id, h.cell_code) not in problem.stayed_too_long]
    officers = [Officer(o.officer_id, old if o.experienced else new) for o in problem.officers]
    duties = greedy([c.code for c in problem.cells], officers, [Duty(h.cell_code, h.officer_id, h.role) for h in kept])
    known = {o.officer_id for o in problem.officers}
    posts = {*kept, *(Post(d.cell_code, d.role, d.officer_id) for d in duties)}
    return tuple(sorted(p for p in posts if p.officer_id in known))


def _station(staff: StationStaff, problem: StaffingProblem, function: str) -> StationProposal:
    _, staffing = rules_of(staff)
    simple = plain(problem)
    starts = [Descent(problem, posts).run(most_tries=MOST_TRIES) for posts in (simple, problem.held)]
    first = min(starts, key=lambda posts: sum(p.cost for p in weigh(problem, posts)))
    pairs = len(problem.officers) * len(problem.cells)
    if pairs <= staffing.solver_pairs:
        answer = solve(problem, work_limit=staffing.work_limit, first=first)
    else:
        answer = Staffing(first, weigh(problem, first))
    now, plainly = weigh(problem, problem.held), weigh(problem, simple)
    return StationProposal(
        station_code=staff.code,
        station_name=staff.name,
        plan_id=staff.plan_id or 0,
        function=function,
        posts=_posts(staff, problem, answer, function),
        officers=_officers(staff, problem, answer),
        parts=tuple(_part(part, was, other) for part, was, other in zip(answer.parts, now, plainly, strict=True)),
        cost=answer.cost / 10,
        now_cost=sum(p.cost for p in now) / 10,
        simple_cost=sum(p.cost for p in plainly) / 10,
        bound=answer.bound / 10,
        proven=answer.proven,
        findings=explain(problem, answer, where=staff.code, function=function),
    )


def _part(part: Part, now: Part, simple: Part) -> CostPart:
    words, words_zh = PART_WORDS[part.name]
    return CostPart(
        part.name, words, words_zh, part.amount, part.cost / 10, now.amount, now.cost / 10, simple.cost / 10
    )


def _posts(staff: StationStaff, problem: StaffingProblem, answer: Staffing, function: str) -> tuple[ProposedPost, ...]:
    begin, end = changed(problem, answer.posts)
    names = {o.officer_id: o.name for o in staff.officers}
    facts = facts_of(staff)
    listed = [(p, "begins" if p in begin else "stays") for p in answer.posts] + [(p, "ends") for p in end]
    order = {LEAD: 0, DEPUTY: 1}
    return tuple(
        ProposedPost(
            post.cell_code,
            post.role,
            post.officer_id,
            names.get(post.officer_id, post.officer_id),
            function,
            state,
            facts.in_cell_since(post.officer_id, post.cell_code) if state != "begins" else None,
        )
        for post, state in sorted(
            listed, key=lambda e: (e[0].cell_code, e[1] == "ends", order[e[0].role], e[0].officer_id)
        )
    )


def _officers(staff: StationStaff, problem: StaffingProblem, answer: Staffing) -> tuple[OfficerLoad, ...]:
    names = {o.officer_id: o.name for o in staff.officers}
    hours = {c.code: c.hours_per_year for c in problem.cells}
    cells: dict[str, list[str]] = defaultdict(list)
    for post in answer.posts:
        cells[post.officer_id].append(post.cell_code)
    many = {code: len({p.officer_id for p in answer.posts if p.cell_code == code}) for code in hours}
    loads = []
    for officer in problem.officers:
        mine = cells[officer.officer_id]
        work = sum(hours[code] / many[code] for code in mine)
        share = work / officer.hours_per_year if officer.hours_per_year else 0.0
        loads.append(
            OfficerLoad(
                officer.officer_id,
                names.get(officer.officer_id, ""),
                officer.experienced,
                tuple(sorted(mine)),
                round(work, 1),
                round(share, 4),
            )
        )
    return tuple(loads)
