"""What a diagram is drawn from: English names of cells that are named after their station."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from geo_api.services.diagram_draw import Background, DiagramDrawer
from geo_api.services.snapshot import build_snapshot
from geo_api.settings import Settings
from tests.geo_api.fakes import PlainFinder, county


class Names:
    """English names and nothing else."""

    def background(self, station_codes: tuple[str, ...], on: date) -> Background:
        return Background(names_en={"C01": "Old Town", "C02": "East Lake"})


def test_cells_named_after_their_station_are_so_in_english() -> None:
    whole = county()
    names = {"C01001": "城关监管所 001", "C01002": "城关监管所 002", "C02001": "东湖大市场"}
    cells = tuple(replace(c, name=names[c.code]) for c in whole.cells)
    snapshot = build_snapshot(replace(whole, cells=cells), PlainFinder)
    page = DiagramDrawer(Names(), Settings(), assets_prefix="/static")(snapshot, "C", "en", with_telephones=True)
    assert "Old Town 001" in page
    assert "Old Town 002" in page
    assert "东湖大市场" in page, "a name of its own stays"
    assert "East Lake 001" not in page
