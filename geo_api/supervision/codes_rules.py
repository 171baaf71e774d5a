"""Layout of codes as data (``[rules.codes]``): digits of county, station, cell and entity, and how cells are numbered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from geo_api.supervision.section import SectionReader

SECTION = "codes"


@dataclass(frozen=True, slots=True)
class CodeRules:
    """Digits of the parts of a code: county, station, cell, entity.

    Attributes:
        county, station: digits of the code of the bureau and of what a station adds; 0 = not checked.
        cell: digits of the cell's number.
        serial: digits of an entity's serial in its cell.
        first: number of the first cell.
    """

    county: int = 0
    station: int = 0
    cell: int = 3
    serial: int = 5
    first: int = 1

    def station_digits(self) -> int:
        """Digits of a whole station code; 0 = not checked."""
        return self.county + self.station if self.county and self.station else 0


def codes_rules(settings: Mapping[str, Any]) -> CodeRules:
    """``[rules.codes]``; BadRequest with every problem."""
    table = SectionReader(SECTION, settings)
    usual = CodeRules()
    rules = CodeRules(
        county=table.number("county", usual.county, low=0, high=20, whole=True),
        station=table.number("station", usual.station, low=0, high=20, whole=True),
        cell=table.number("cell", usual.cell, low=1, high=9, whole=True),
        serial=table.number("serial", usual.serial, low=1, high=9, whole=True),
        first=table.number("first", usual.first, low=0, high=999_999_999, whole=True),
    )
    if rules.first >= 10**rules.cell:
        table.wrong("first", f"a number of {rules.cell} digits", f"{rules.cell} 位以内的数")
    table.done()
    return rules
