"""Officers of cells: who is missing, who has stayed too long, and a fair first proposal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from gridding.findings import Finding, Severity

DAYS_PER_YEAR = 365.25
CELL_ROLES = ("lead", "deputy")
PLACE_ROLES = ("lead", "deputy", "first", "direct")


@dataclass(frozen=True, slots=True)
class Officer:
    """An officer as the proposal sees them; ``joined`` None = not known, taken as new."""

    officer_id: str
    joined: date | None = None
    function: str = ""


@dataclass(frozen=True, slots=True)
class Duty:
    """An officer's role for a cell code; ``since`` is when the assignment began (None = not known)."""

    cell_code: str
    officer_id: str
    role: str
    function: str = ""
    since: date | None = None


def propose(
    codes: Sequence[str], officers: Sequence[Officer], kept: Iterable[Duty] = (), *, fewest: int = 2
) -> tuple[Duty, ...]:
    """Duties that give every cell a lead and a second officer, keeping those that exist.

    The longest-serving officers become leads, each paired with one of the newest as deputy; everybody gets a cell
    before anybody gets a second one. Deterministic: ties are broken by id.

    Args:
        codes: cell codes of the plan.
        officers: officers of the station.
        kept: duties in force for codes that stay.
        fewest: officers that a cell is to have, its lead included.

    Returns:
        The new duties only, by cell code.
    """
    people = sorted(officers, key=lambda o: (o.joined or date.max, o.officer_id))
    kept = [d for d in kept if d.cell_code in set(codes)]
    load = Counter({o.officer_id: 0 for o in people})
    load.update(d.officer_id for d in kept if d.officer_id in load)
    leads = [o.officer_id for o in people]  # longest service first
    deputies = leads[::-1]
    new: list[Duty] = []
    for role, order in (("lead", leads), *[("deputy", deputies)] * (fewest - 1)):
        for code in sorted(codes):
            there = [d for d in (*kept, *new) if d.cell_code == code]
            if (
                any(d.role == "lead" and not d.function for d in there)
                if role == "lead"
                else len(_people(there)) >= fewest
            ):
                continue
            taken = _people(there)
            free = [o for o in order if o not in taken]
            if free:
                chosen = min(free, key=lambda o: (load[o], order.index(o)))
                load[chosen] += 1
                new.append(Duty(code, chosen, role))
    return tuple(sorted(new, key=lambda d: (d.cell_code, d.role != "lead", d.officer_id)))


def _people(duties: Iterable[Duty]) -> set[str]:
    return {d.officer_id for d in duties}


def staffing_findings(
    codes: Iterable[str], duties: Iterable[Duty], *, fewest: int = 2, severity: Severity = Severity.ERROR
) -> tuple[Finding, ...]:
    """Cells without a lead, or under the fewest officers."""
    by_code: dict[str, list[Duty]] = {code: [] for code in codes}
    for duty in duties:
        if duty.cell_code in by_code:
            by_code[duty.cell_code].append(duty)
    found = []
    for code, there in sorted(by_code.items()):
        if not any(d.role == "lead" for d in there):
            found.append(
                Finding(
                    "staffing.no_lead",
                    severity,
                    f"cell {code} has no lead officer: assign one with role lead",
                    f"网格 {code} 没有主责监管员，请指定一名",
                    where=code,
                )
            )
        if (number := len(_people(there))) < fewest:
            found.append(
                Finding(
                    "staffing.too_few",
                    severity,
                    f"cell {code} has {number} officer(s), at least {fewest} are expected: assign a deputy",
                    f"网格 {code} 只有 {number} 名监管员，至少应有 {fewest} 名",
                    where=code,
                    value=number,
                    limit=fewest,
                    unit="officers",
                )
            )
    return tuple(found)


def tenure_findings(duties: Iterable[Duty], on: date, *, longest_years: float) -> tuple[Finding, ...]:
    """Officers who have been in one cell for longer than the rule allows."""
    found = []
    for duty in duties:
        if duty.since is None:
            continue
        years = (on - duty.since).days / DAYS_PER_YEAR
        if years > longest_years:
            found.append(
                Finding(
                    "staffing.over_tenure",
                    Severity.WARNING,
                    f"officer {duty.officer_id} has been in cell {duty.cell_code} for {years:.1f} years, "
                    f"the rule is {longest_years:g} at most: plan a change",
                    f"监管员 {duty.officer_id} 在网格 {duty.cell_code} 已 {years:.1f} 年，"
                    f"超过 {longest_years:g} 年，应轮换",
                    where=duty.cell_code,
                    value=round(years, 2),
                    limit=longest_years,
                    unit="years",
                    details={"officer_id": duty.officer_id, "role": duty.role, "function": duty.function},
                )
            )
    return tuple(found)


def cells_from_staff(officers: int, officers_per_cell: float) -> int:
    """Number of cells that the staff of a station can hold; at least 1."""
    return max(1, int(officers / officers_per_cell))
