"""How a class follows from the record, as data (``[rules.classing]``): ordered conditions, the first that holds decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from geo_api.errors import BadRequest
from geo_api.supervision.section import SectionReader

SECTION = "classing"

CONDITIONS = {
    "unlicensed": "it has no licence",
    "words": "a failed visit whose findings, purpose or notice hold one of the words, such as 停业",
    "fails": "failed visits",
    "key_record": "it is of a key industry and has bad visits, failed or with something to correct",
    "record": "bad visits, failed or with something to correct",
    "clean": "visits, and no bad one",
}
"""What a condition asks for; ``at_least`` = how many."""
PLACES = {"best": 0, "second": 1, "third": 2, "worst": -1}
"""Words for classes, so that a rule holds whichever way the letters run."""


@dataclass(frozen=True, slots=True)
class ClassStep:
    """A condition and the class that it leads to: a letter of ``[rules.classes]``, or a word of :data:`PLACES`."""

    when: str
    to: str
    at_least: int = 1
    words: tuple[str, ...] = ()

    def letter(self, order: tuple[str, ...]) -> str:
        """The class as a letter; ``order``: best to worst.

        >>> ClassStep("clean", "best").letter(("A", "B"))
        'A'
        """
        if self.to not in PLACES:
            return self.to
        return order[min(PLACES[self.to], len(order) - 1)]


DEFAULT_STEPS = (
    ClassStep("unlicensed", "worst"),
    ClassStep("words", "worst", words=("停业", "停产", "吊销", "ordered to close")),
    ClassStep("fails", "worst", at_least=2),
    ClassStep("key_record", "third"),
    ClassStep("fails", "third"),
    ClassStep("record", "second"),
    ClassStep("clean", "best"),
)
"""No bad record: the best class; something to correct: the second; key industry with a record: the third; unlicensed,
ordered to close, repeated: the worst. One failed visit outside the key industries counts as the third."""


@dataclass(frozen=True, slots=True)
class ClassingRules:
    """How classes are proposed.

    Attributes:
        years: so many years of records count.
        steps: the conditions, in order.
        key_industries: of ``key_record``; empty = those of the diagram.
    """

    years: int = 2
    steps: tuple[ClassStep, ...] = DEFAULT_STEPS
    key_industries: tuple[str, ...] = ()


def classing_rules(settings: Mapping[str, Any]) -> ClassingRules:
    """``[rules.classing]``; BadRequest with every problem."""
    table, usual = SectionReader(SECTION, settings), ClassingRules()
    steps = []
    for number, entry in enumerate(table.tables("steps")):
        one = SectionReader(f"{SECTION}.steps[{number}]", entry)
        when = one.choice("when", "", CONDITIONS)
        to = one.text("to")
        if not to:
            one.wrong("to", f"a class, or one of {', '.join(PLACES)}", f"一个类别，或 {'、'.join(PLACES)} 之一")
        words = one.texts("words")
        if when == "words" and not words:
            one.wrong("words", 'a list of words such as ["停业"]', '词语列表，如 ["停业"]')
        steps.append(ClassStep(when, to, one.number("at_least", 1, low=1, whole=True), words))
        try:
            one.done()
        except BadRequest as wrong:
            table.problems += wrong.findings
    rules = ClassingRules(
        years=table.number("years", usual.years, low=1, high=20, whole=True),
        steps=tuple(steps) or DEFAULT_STEPS,
        key_industries=table.texts("key_industries"),
    )
    table.done()
    return rules
