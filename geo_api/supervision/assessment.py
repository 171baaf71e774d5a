"""Scores: shares by the table of weights, bands, failures in a row and what follows (rule 14). Pure.

score = 100 x sum of points / sum of weights, over the indicators that have a basis in the period: where nothing was due,
nobody loses or gains by it. It is rounded to one decimal before it is judged, so that what is printed is what counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from geo_api.supervision.assessment_rules import AssessmentRules, Consequence


@dataclass(frozen=True, slots=True)
class Tally:
    """So many of so many: visits made of those due, claims in time of those due, ..., in whole numbers of ``unit``."""

    count: int
    of: int
    unit: int = 1

    @property
    def share(self) -> float | None:
        """``count`` / ``of``; None without a basis."""
        return self.count / self.of if self.of else None

    def plus(self, other: Tally) -> Tally:
        """Both together."""
        return Tally(self.count + other.count, self.of + other.of, self.unit)


@dataclass(frozen=True, slots=True)
class Points:
    """What one indicator earned. ``share`` and ``points`` are None where it has no basis: it is left out."""

    key: str
    weight: float
    count: float
    of: float
    share: float | None
    points: float | None


@dataclass(frozen=True, slots=True)
class Score:
    """A score from 0 to 100, its band, and what each indicator earned; None = nothing to score by."""

    score: float | None
    band: str
    points: tuple[Points, ...]

    @property
    def fails(self) -> bool:
        """Whether it is below the passing score."""
        return self.band == "failing"


def score(subject: str, tallies: Mapping[str, Tally], rules: AssessmentRules) -> Score:
    """The score of a subject ("cell", "officer", "station", "bureau") from its tallies by indicator.

    >>> score("officer", {"coverage": Tally(9, 10), "overdue": Tally(0, 50)}, AssessmentRules()).score
    86.7
    """
    rows = []
    for indicator in rules.indicators_of(subject):
        tally = tallies.get(indicator.key, Tally(0, 0))
        share = tally.share
        points = None if share is None else indicator.weight * indicator.part(share)
        rows.append(
            Points(indicator.key, indicator.weight, tally.count / tally.unit, tally.of / tally.unit, share, points)
        )
    weights = sum(p.weight for p in rows if p.points is not None)
    total = round(100 * sum(p.points for p in rows if p.points is not None) / weights, 1) if weights else None
    return Score(total, rules.band(total), tuple(rows))


@dataclass(frozen=True, slots=True)
class Mark:
    """A station's cells: how many were scored, which fail, and whether that marks the station."""

    scored: int
    failing: tuple[str, ...]
    marked: bool


def mark(cells: Mapping[str, Score], rules: AssessmentRules) -> Mark:
    """Whether the failing cells of a station mark it: ``failing_cells_share`` or more of those that were scored.

    >>> bad, good = Score(60.0, "failing", ()), Score(95.0, "excellent", ())
    >>> mark({"001": bad, "002": good}, AssessmentRules()).marked
    True
    """
    scored = {code: s for code, s in cells.items() if s.score is not None}
    failing = tuple(sorted(code for code, s in scored.items() if s.fails))
    marked = bool(failing) and len(failing) >= rules.failing_cells_share * len(scored)
    return Mark(len(scored), failing, marked)


def failures_in_a_row(now: Score, before: Sequence[str]) -> int:
    """How many periods in a row failed, this one included; ``before``: bands of the periods before, latest first.

    >>> failures_in_a_row(Score(50.0, "failing", ()), ["failing", "passing", "failing"])
    2
    """
    if not now.fails:
        return 0
    count = 1
    for band in before:
        if band != "failing":
            break
        count += 1
    return count


def what_follows(subject: str, failures: int, rules: AssessmentRules) -> Consequence | None:
    """The consequence of so many failures in a row; None where none is listed or nothing failed."""
    return rules.consequence(subject, failures) if failures else None


def added(tallies: Iterable[Mapping[str, Tally]]) -> dict[str, Tally]:
    """Tallies of parts as those of the whole."""
    total: dict[str, Tally] = {}
    for one in tallies:
        for key, tally in one.items():
            total[key] = total[key].plus(tally) if key in total else tally
    return total
