"""How the register is kept, as data (``[rules.register]``): what counts as a duplicate, what a new row may leave out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from geo_api.supervision.section import SectionReader

SECTION = "register"


@dataclass(frozen=True, slots=True)
class RegisterRules:
    """How the register is kept.

    Attributes:
        default_class: credit class of a new entity whose row names none; "" = such a row is refused.
        duplicate_metres: entities of similar names are compared where they stand so near to each other.
        duplicate_similarity: names that agree at least so much look alike, 0 to 100.
    """

    default_class: str = ""
    duplicate_metres: float = 50.0
    duplicate_similarity: float = 90.0


def register_rules(settings: Mapping[str, Any]) -> RegisterRules:
    """``[rules.register]``; BadRequest with every problem."""
    table, usual = SectionReader(SECTION, settings), RegisterRules()
    rules = RegisterRules(
        default_class=table.text("default_class", usual.default_class),
        duplicate_metres=table.number("duplicate_metres", usual.duplicate_metres, low=0, high=1_000),
        duplicate_similarity=table.number("duplicate_similarity", usual.duplicate_similarity, low=50, high=100),
    )
    table.done()
    return rules
