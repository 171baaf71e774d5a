"""How big the reference city is, and how cells, patrol groups and officers are shared out among its stations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from gridding.stations import cells_by_workload

DIVISION = "990200"
"""Code of the city: 99 is no province."""
BUREAU = "云江市市场监督管理局"
CITY = "云江市"
REFERENCE_DAY = date(2026, 11, 1)
RECORD_YEARS = 2
"""Years of visits before the reference day."""


@dataclass(frozen=True, slots=True)
class CityScale:
    """How much of everything there is.

    Attributes:
        urban, rural: stations inside the ring road, and around a market town each.
        cells, groups: of all stations together; every station has at least one group, a group two or three cells.
        officers: of the bureau and all stations.
        at_bureau: officers of these who work at the bureau.
        entities: unlicensed ones and duplicates included.
        visits: of two years; None = what the classes ask for, less arrears, plus campaigns.
        core_m: half the width of the city proper, in metres.
        villages: hamlets with a few streets each.
    """

    urban: int = 18
    rural: int = 21
    cells: int = 244
    groups: int = 113
    officers: int = 351
    at_bureau: int = 3
    entities: int = 110_000
    visits: int | None = None
    core_m: float = 6300.0
    villages: int = 170

    @property
    def stations(self) -> int:
        """Stations of the bureau."""
        return self.urban + self.rural


REFERENCE = CityScale()
"""The city of rule 6: 39 stations, 351 staff, 244 cells, 113 patrol groups, 110,000 entities."""
SMALL = CityScale(
    urban=2, rural=1, cells=8, groups=4, officers=15, entities=300, core_m=1500.0, villages=6
)  # fmt: skip
"""Three stations with the same kinds of things in them, for tests and first trials."""


@dataclass(frozen=True, slots=True)
class Shares:
    """What each station gets, (stations,) each."""

    cells: NDArray[np.int64]
    groups: NDArray[np.int64]
    officers: NDArray[np.int64]


def share_out(hours: NDArray[np.float64], scale: CityScale) -> Shares:
    """Cells, patrol groups and officers of each station by its hours of visits a year.

    Groups go by the method of equal proportions, at least one each; a group has two cells, and the cells that are left over go
    one each to the stations with most work per cell: so the cells of each station can be grouped in twos and threes.
    Officers go by the same method over the cells; a station has at least four, so that its cells can have two each.
    """
    groups = cells_by_workload(hours, scale.groups)
    cells = 2 * groups
    spare = scale.cells - int(cells.sum())
    cells[np.argsort(-hours / cells, kind="stable")[:spare]] += 1
    least = 4
    extra = scale.officers - scale.at_bureau - (least - 1) * len(hours)
    officers = cells_by_workload(cells.astype(np.float64), extra) + least - 1
    return Shares(cells, groups, officers)
