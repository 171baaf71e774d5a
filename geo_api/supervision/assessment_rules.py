"""How work is scored, as data (``[rules.assessment]``): weights, bands, and what follows from failing (rule 14)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from geo_api.supervision.section import SectionReader

SECTION = "assessment"
SUBJECTS = ("cell", "officer", "station", "bureau")
"""Who is scored."""
LENGTHS = ("month", "quarter", "year")
KEYS = ("coverage", "overdue", "first_visits", "claims", "tasks", "rectifications")
"""What a score can be made of: shares from 0 to 1.

coverage: visits made of those due. overdue: entities overdue of those there are. first_visits, claims, tasks,
rectifications: those done in time of those that fell due in the period.
"""


@dataclass(frozen=True, slots=True)
class Indicator:
    """What part of a score one share makes.

    Attributes:
        key: one of KEYS.
        weight: points at most; the weights of a subject need not add up to 100.
        full: from this share on all points.
        zero: from this share on no points; above ``full`` where less is better.
        of: who is scored by it.
    """

    key: str
    weight: float
    full: float
    zero: float
    of: tuple[str, ...] = SUBJECTS

    def part(self, share: float) -> float:
        """The part of the points that a share earns, 0 to 1: in proportion between ``zero`` and ``full``.

        >>> Indicator("coverage", 40, full=1.0, zero=0.5).part(0.75)
        0.5
        >>> round(Indicator("overdue", 20, full=0.0, zero=0.2).part(0.05), 6)
        0.75
        """
        return min(1.0, max(0.0, (share - self.zero) / (self.full - self.zero)))


@dataclass(frozen=True, slots=True)
class Consequence:
    """What follows from the n-th failure in a row; the last one listed also follows from every later one."""

    of: str
    failure: int
    zh: str
    en: str


INDICATORS = (
    Indicator("coverage", 40, full=1.0, zero=0.5),
    Indicator("overdue", 20, full=0.0, zero=0.2),
    Indicator("first_visits", 10, full=1.0, zero=0.5),
    Indicator("claims", 10, full=1.0, zero=0.5),
    Indicator("tasks", 10, full=1.0, zero=0.5),
    Indicator("rectifications", 10, full=1.0, zero=0.5),
)
CONSEQUENCES = (
    Consequence("officer", 1, "提醒谈话，限期整改", "a talk, and a deadline to put it right"),
    Consequence("officer", 2, "通报批评", "named in a circular"),
    Consequence("officer", 3, "调离岗位", "moved to another post"),
    Consequence("station", 1, "限期整改，书面说明", "a deadline to put it right, and a written account"),
    Consequence("station", 2, "约谈所长，通报批评", "the head is called in; named in a circular"),
    Consequence("station", 3, "调整负责人", "the head is replaced"),
    Consequence("bureau", 1, "限期整改", "a deadline to put it right"),
    Consequence("bureau", 2, "约谈负责人", "the head is called in"),
    Consequence("bureau", 3, "通报批评，取消评优资格", "named in a circular, out of the year's awards"),
)
PERIODS = {"cell": "month", "officer": "month", "station": "quarter", "bureau": "year"}


@dataclass(frozen=True, slots=True)
class AssessmentRules:
    """What a place has decided about scores.

    Attributes:
        excellent: a score from here on is excellent. ``passing``: from here on it passes; below it fails.
        failing_cells_share: a station with at least this share of its scored cells failing is itself marked.
        periods: subject -> the length of period after which it is assessed; failures of that length count.
        indicators: the table of weights. ``consequences``: of failures.
        correction_zh, correction_en: what one failing cell orders. ``mark_zh``, ``mark_en``: what a mark means.
        listed: overdue entities that a report lists.
    """

    excellent: float = 90
    passing: float = 70
    failing_cells_share: float = 0.5
    periods: Mapping[str, str] = field(default_factory=lambda: PERIODS)
    indicators: tuple[Indicator, ...] = INDICATORS
    consequences: tuple[Consequence, ...] = CONSEQUENCES
    correction_zh: str = "下达整改通知，限期整改"
    correction_en: str = "a correction is ordered, with a deadline"
    mark_zh: str = "半数及以上网格不合格，列为重点督办单位"
    mark_en: str = "half or more of its cells fail: under special supervision"
    listed: int = 200

    def indicators_of(self, subject: str) -> tuple[Indicator, ...]:
        """The indicators that somebody is scored by."""
        return tuple(i for i in self.indicators if subject in i.of)

    def band(self, score: float | None) -> str:
        """The band, "excellent", "passing" or "failing"; "none" without a score.

        >>> [AssessmentRules().band(s) for s in (90.0, 89.9, 70.0, 69.9, None)]
        ['excellent', 'passing', 'passing', 'failing', 'none']
        """
        if score is None:
            return "none"
        if score >= self.excellent:
            return "excellent"
        return "passing" if score >= self.passing else "failing"

    def consequence(self, subject: str, failures: int) -> Consequence | None:
        """What follows from so many failures in a row; None where nothing is listed."""
        listed = [c for c in self.consequences if c.of == subject and c.failure <= failures]
        return max(listed, key=lambda c: c.failure, default=None)

    def longest(self, subject: str) -> int:
        """The highest number of failures in a row that something of its own follows from."""
        return max((c.failure for c in self.consequences if c.of == subject), default=1)


def assessment_rules(settings: Mapping[str, Any]) -> AssessmentRules:
    """``[rules.assessment]``; BadRequest with every problem."""
    table, usual = SectionReader(SECTION, settings), AssessmentRules()
    excellent = table.number("excellent", usual.excellent, high=100)
    passing = table.number("passing", usual.passing, high=100)
    if passing > excellent:
        table.wrong("passing", f"at most excellent ({excellent:g})", f"不大于 excellent（{excellent:g}）")
    given = table.table("periods")
    for subject, length in given.items():
        if subject not in SUBJECTS or length not in LENGTHS:
            table.wrong("periods", "a table of cell, officer, station, bureau = month, quarter or year")
    rules = AssessmentRules(
        excellent=excellent,
        passing=passing,
        failing_cells_share=table.number("failing_cells_share", usual.failing_cells_share, high=1),
        periods={**PERIODS, **given},
        indicators=_indicators(table),
        consequences=_consequences(table),
        correction_zh=table.text("correction_zh", usual.correction_zh),
        correction_en=table.text("correction_en", usual.correction_en),
        mark_zh=table.text("mark_zh", usual.mark_zh),
        mark_en=table.text("mark_en", usual.mark_en),
        listed=table.number("listed", usual.listed, high=10_000, whole=True),
    )
    table.done()
    return rules


def _indicators(table: SectionReader) -> tuple[Indicator, ...]:
    if not table.has("indicators"):
        return INDICATORS
    found: list[Indicator] = []
    for n, row in enumerate(table.tables("indicators"), 1):
        one = SectionReader(f"{SECTION}.indicators[{n}]", row)
        key = one.choice("key", KEYS[0], KEYS)
        if not one.has("key"):
            one.wrong("key", f"one of {', '.join(KEYS)}", f"{'、'.join(KEYS)} 之一")
        usual = next(i for i in INDICATORS if i.key == key)
        made = Indicator(
            key,
            one.number("weight", usual.weight, high=1000),
            one.number("full", usual.full, high=1),
            one.number("zero", usual.zero, high=1),
            one.texts("of", SUBJECTS, of=SUBJECTS),
        )
        if made.full == made.zero:
            one.wrong("full", "another number than zero", "与 zero 不同的数")
        if any(i.key == key and set(i.of) & set(made.of) for i in found):
            one.wrong("key", f"each indicator once for each subject; {key} comes twice", "每个对象的指标只出现一次")
        table.problems += one.found()
        found.append(made)
    for subject in SUBJECTS:
        if not any(i.weight > 0 for i in found if subject in i.of):
            table.wrong("indicators", f"at least one with a weight for {subject}", f"{subject} 至少一个有权重的指标")
    return tuple(found)


def _consequences(table: SectionReader) -> tuple[Consequence, ...]:
    if not table.has("consequences"):
        return CONSEQUENCES
    found = []
    for n, row in enumerate(table.tables("consequences"), 1):
        one = SectionReader(f"{SECTION}.consequences[{n}]", row)
        zh, en = one.text("zh"), one.text("en")
        made = Consequence(
            one.choice("of", "officer", SUBJECTS),
            one.number("failure", 1, low=1, high=99, whole=True),
            zh or en,
            en or zh,
        )
        if not made.en:
            one.wrong("zh", "what follows, in Chinese, English or both (zh, en)", "后果（zh、en）")
        table.problems += one.found()
        found.append(made)
    return tuple(found)
