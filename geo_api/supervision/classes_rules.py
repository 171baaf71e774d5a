"""Credit classes as data (``[rules.classes]``): letters may run either way, or be numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from geo_api.supervision.section import SectionReader

SECTION = "classes"


@dataclass(frozen=True, slots=True)
class ClassRules:
    """The credit classes of a place.

    Attributes:
        order: best to worst.
        unlicensed: the class that an unlicensed entity counts as; default: the worst.
        exempt: classes without daily visits of their own; what their industry asks for stays.
        names: class -> what it is called, such as "守信".
    """

    order: tuple[str, ...] = ("A", "B", "C", "D")
    unlicensed: str = "D"
    exempt: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)

    def of(self, credit_class: str, *, licensed: bool) -> str:
        """The class that counts."""
        return credit_class if licensed else self.unlicensed

    def rank(self, credit_class: str) -> int:
        """0 = best; ValueError for a class that is not known."""
        return self.order.index(credit_class)


def classes_rules(settings: Mapping[str, Any]) -> ClassRules:
    """``[rules.classes]``; BadRequest with every problem."""
    table, usual = SectionReader(SECTION, settings), ClassRules().order
    order = table.texts("order", usual)
    if not order:
        table.wrong("order", "at least one class, best first", "至少一类，由好到差")
        order = usual
    unlicensed = table.choice("unlicensed", order[-1], order)
    exempt = table.texts("exempt", (), of=order)
    names = table.table("names")
    for letter, name in names.items():
        if letter not in order or not isinstance(name, str):
            table.wrong(f"names.{letter}", f"a name in quotation marks for a class out of {', '.join(order)}")
    table.done()
    return ClassRules(order, unlicensed, exempt, dict(names))
