"""Levels of the tree as data (``[rules.levels]``): their names, and whether they are numbered from the top or the bottom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from geo_api.supervision.section import SectionReader

SECTION = "levels"
NAMES = {3: (("bureau", "station", "cell"), ("县局", "监管所", "网格")),
         4: (("bureau", "sub-bureau", "station", "cell"), ("市局", "分局", "监管所", "网格"))}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LevelRules:
    """The levels from the bureau down to the cell.

    Attributes:
        names: of each level, from the top; the last is the cell.
        names_zh: the same in Chinese.
        first: number of the first level that is counted.
        upwards: counted from the cell upwards (village = 1) instead of from the top downwards (county = 1).
    """

    names: tuple[str, ...] = NAMES[3][0]
    names_zh: tuple[str, ...] = NAMES[3][1]
    first: int = 1
    upwards: bool = False

    @property
    def depth(self) -> int:
        """Number of levels, cells included."""
        return len(self.names)

    def number(self, below_top: int) -> int:
        """Number of the level that lies so many steps below the bureau (0 = the bureau itself).

        >>> LevelRules().number(2), LevelRules(upwards=True).number(2)
        (3, 1)
        """
        return self.first + (self.depth - 1 - below_top if self.upwards else below_top)


def levels_rules(settings: Mapping[str, Any]) -> LevelRules:
    """``[rules.levels]``; BadRequest with every problem."""
    table = SectionReader(SECTION, settings)
    depth = table.number("depth", 3, low=3, high=4, whole=True)
    usual, usual_zh = NAMES[depth]
    names, names_zh = table.texts("names", usual), table.texts("names_zh", usual_zh)
    for key, found in (("names", names), ("names_zh", names_zh)):
        if len(found) != depth:
            table.wrong(key, f"{depth} names, from the bureau down to the cell", f"自上而下 {depth} 级的名称")
    upwards = table.choice("numbered", "down", ("down", "up")) == "up"
    first = table.number("first", 1, low=0, high=99, whole=True)
    table.done()
    return LevelRules(names, names_zh, first, upwards)
