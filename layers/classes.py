"""Credit classes of a place: the letters that ``[rules.classes]`` of its manifest names, best to worst."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

USUAL = ("A", "B", "C", "D")
ENDINGS = ("", "级", "类", "等")


@dataclass(frozen=True, slots=True)
class Classes:
    """``order``: classes, best to worst. ``unlicensed``: what an unlicensed entity counts as. ``names``: class -> name."""

    order: tuple[str, ...] = USUAL
    unlicensed: str = "D"
    names: Mapping[str, str] | None = None

    def spellings(self) -> dict[str, str]:
        """How a file may write a class (lower case) -> the class: as it is, with 级, 类 or 等, by its name."""
        found = {name.lower(): letter for letter, name in (self.names or {}).items()}
        return found | {letter.lower() + end: letter for letter in self.order for end in ENDINGS}


def classes_of(rules: Mapping[str, Any]) -> Classes:
    """The classes of ``[rules]``; the usual four where it names none (or in a way that :mod:`layers.rules` refuses)."""
    table = rules.get("classes", {})
    if not isinstance(table, Mapping):
        return Classes()
    order = table.get("order", USUAL)
    if not isinstance(order, list | tuple) or not order or not all(isinstance(c, str) for c in order):
        order = USUAL
    names = table.get("names", {})
    names = {k: v for k, v in names.items() if isinstance(v, str)} if isinstance(names, Mapping) else {}
    unlicensed = table.get("unlicensed", order[-1])
    return Classes(tuple(order), unlicensed if unlicensed in order else order[-1], names)
