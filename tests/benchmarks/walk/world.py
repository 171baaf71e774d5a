"""What the walk stands on: stations, cells, officers and businesses of whatever the database holds, read over HTTP."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import orjson
import shapely

from geo_api.sample.codes import credit_codes
from tests.benchmarks.walk.asking import Walk


@dataclass(frozen=True)
class World:
    """Two cells of one station, a cell of another one, and who and what is in them.

    Attributes:
        bureau, station, other_station: codes.
        today: of the deployment.
        cells: code -> cell as answered, of the whole bureau.
        here, there: cells of the station; ``far``: a cell of the other station.
        shops: businesses of the cell ``here``, as its ledger lists them.
        tag: part of every name that this walk makes, so that it may be walked again.
    """

    bureau: str
    station: str
    other_station: str
    today: date
    cells: dict[str, dict[str, Any]]
    here: str
    there: str
    far: str
    shops: list[dict[str, Any]]
    tag: str = field(default_factory=lambda: secrets.token_hex(3))

    @property
    def month(self) -> str:
        """The last month that is over."""
        return f"{self.today.replace(day=1) - timedelta(days=1):%Y-%m}"

    @property
    def day(self) -> str:
        """Today."""
        return self.today.isoformat()

    def officer(self, cell: str, role: str = "lead") -> str:
        """Who holds a post of a cell; its lead where nobody does."""
        officers = self.cells[cell]["officers"]
        found = [o["officer_id"] for o in officers if o["role"] == role]
        return str((found or [o["officer_id"] for o in officers])[0])

    def stations(self) -> list[str]:
        """Codes of the stations that have cells."""
        return sorted({c["station_code"] for c in self.cells.values()})

    def new_credit_code(self) -> str:
        """A valid credit code that nobody has."""
        import numpy as np

        county = self.bureau if re.fullmatch(r"\d{6}", self.bureau) else "990299"
        return str(credit_codes(np.array([2]), county, np.random.default_rng(secrets.randbits(60)))[0])


def look_around(walk: Walk, bureau: str, today: date) -> World:
    """The stations and cells of a bureau, and the businesses of a cell with neighbours."""
    with_cells = walk.ask("cells", format="json")["cells"]
    cells = {c["code"]: c for c in with_cells}
    walk.check(bool(cells), "no cells are published")
    by_station: dict[str, list[str]] = {}
    for code, cell in sorted(cells.items()):
        by_station.setdefault(cell["station_code"], []).append(code)
    station = next(s for s, held in by_station.items() if len(held) > 1)
    other = next(s for s in reversed(by_station) if s != station)
    here, there = by_station[station][:2]
    ledger = walk.ask("ledger", jurisdiction=here, on=today.isoformat())
    return World(bureau, station, other, today, cells, here, there, by_station[other][0], ledger["entities"])


def middle(walk: Walk, cell: str) -> tuple[float, float]:
    """A point well within a cell, CGCS2000."""
    found = walk.ask(f"cells/{cell}")
    shape = shapely.from_geojson(orjson.dumps(found["features"][0]["geometry"]))
    point = shapely.point_on_surface(max(shapely.get_parts(shape), key=lambda part: part.area))
    return float(point.x), float(point.y)
