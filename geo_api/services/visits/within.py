"""Which codes lie in a jurisdiction."""

from __future__ import annotations

from collections.abc import Mapping

MOST_LEVELS = 20
"""No tree is deeper: a circle in the data ends here."""


def cells_below(parents: Mapping[str, str], jurisdiction: str) -> set[str]:
    """The codes (of cells, and of what lies between) in a jurisdiction, itself included where it has a parent.

    >>> sorted(cells_below({"110": "11", "11": "1", "120": "12", "12": "1"}, "11"))
    ['11', '110']
    """
    return {code for code in parents if _lies_in(parents, code, jurisdiction)}


def _lies_in(parents: Mapping[str, str], code: str, jurisdiction: str) -> bool:
    at, steps = code, 0
    while at and at != jurisdiction and steps < MOST_LEVELS:
        at, steps = parents.get(at, ""), steps + 1
    return at == jurisdiction
