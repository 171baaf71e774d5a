"""Cells over time, changes and entities in memory, for the county of ``fakes``.

Until 2025-12-31 the ground of C02001 was C02009; entity 7 is a shop in C01001 whose code was C0200900007 before.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from geo_api.services.answers import CellRef, PlanRef
from geo_api.services.changes import Change, Changes, Since
from geo_api.services.entity_lookup import EntityCode, EntityHit
from geo_api.services.lineage import GroundAsk, StoredLink, StoredVersion

OLD, NEW = PlanRef(9, 1, date(2025, 1, 1), date(2026, 1, 1)), PlanRef(2, 1, date(2026, 1, 1))
WEST_PLAN = PlanRef(1, 1, date(2025, 1, 1))
CELLS = {
    "C02009": (CellRef("C02009", "东湖旧格", "C02", "东湖监管所"), OLD),
    "C02001": (CellRef("C02001", "东湖一格", "C02", "东湖监管所"), NEW),
    "C01001": (CellRef("C01001", "城关一格", "C01", "城关监管所"), WEST_PLAN),
    "C01002": (CellRef("C01002", "城关二格", "C01", "城关监管所"), WEST_PLAN),
}
SHOPS = {
    ("credit_code", "91350100M000100Y43"): (EntityHit(7, 114.005, 30.005),),
    ("registration_no", "350100100000001"): (EntityHit(7, 114.005, 30.005), EntityHit(8, 114.015, 30.005)),
    ("name", "老王小吃店"): (EntityHit(7, 114.005, 30.005),),
    ("name", "老王小吃"): (EntityHit(7, 114.005, 30.005, False),),
    ("id", "7"): (EntityHit(7, 114.005, 30.005),),
    ("id", "9"): (EntityHit(9, None, None),),
}
CODES = (EntityCode(7, "C02009", 7, OLD), EntityCode(7, "C01001", 3, PlanRef(1, 1, date(2026, 1, 1))))


class FakeHistory:
    """Reads of the past; away while the store is."""

    def __init__(self, published: Any) -> None:
        self._published = published
        self.rows = [
            Change(
                f"1.{n}", datetime(2026, 1, 1, tzinfo=UTC), "plan", "recorded", ("C01",), date(2026, 1, 1), None, 1, 1
            )
            for n in range(1, 6)
        ]

    def versions(self, code: str, recorded_at: datetime | None = None) -> tuple[StoredVersion, ...]:
        self._published._reach()
        if code not in CELLS:
            return ()
        cell, plan = CELLS[code]
        return (StoredVersion(cell, plan, 80, 990.0, 1.07e6),)

    def ground(
        self, code: str, asks: tuple[GroundAsk, ...], recorded_at: datetime | None = None
    ) -> tuple[StoredLink, ...]:
        self._published._reach()
        links = []
        for n, ask in enumerate(asks):
            other = {"C02009": "C02001", "C02001": "C02009"}.get(code, code)
            cell, plan = CELLS[other]
            if plan.valid_from <= ask.day and (plan.valid_to is None or ask.day < plan.valid_to):
                links.append(StoredLink(n, cell, plan, 1.0, 1.0, 80, other == code, other == code))
        return tuple(links)

    def changes(self, since: Since, limit: int) -> Changes | None:
        self._published._reach()
        if (since.change or 0) > 1 or (since.row or 0) > len(self.rows):
            return None
        begin = since.row if since.row is not None else len(self.rows) if since.change == 1 else 0
        page = self.rows[begin : begin + limit]
        more = begin + limit < len(self.rows)
        return Changes("1", page[-1].token if more else f"1.{len(self.rows)}", more, tuple(page))

    def entities(self, by: str, value: str, on: date, recorded_at: datetime | None = None) -> tuple[EntityHit, ...]:
        self._published._reach()
        return SHOPS.get((by, value), ())

    def entity_codes(
        self, *, entity_id: int | None = None, code: str = "", recorded_at: datetime | None = None
    ) -> tuple[EntityCode, ...]:
        self._published._reach()
        if entity_id is not None:
            return tuple(c for c in CODES if c.entity_id == entity_id)
        return tuple(c for c in CODES if c.code == code)
