"""Coverage gaps on the supervision diagram: one page that opens from disk, for the bureau's own use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo_api.services.answers import GapsAnswer
from geo_api.services.diagram_draw import STORAGE_CRS, BackgroundReader, DiagramDrawer
from geo_api.services.finder import territory_finder
from geo_api.services.ports import PublishedReader
from geo_api.services.snapshot import build_snapshot
from geo_api.settings import Settings

if TYPE_CHECKING:
    import geopandas as gpd


def gaps_page(
    published: PublishedReader, background: BackgroundReader, answer: GapsAnswer, settings: Settings, lang: str = "zh"
) -> bytes:
    """The diagram of a jurisdiction on a day with its gaps as areas and markers, as one HTML file."""
    snapshot = build_snapshot(published.territory(answer.on), territory_finder)
    draw = DiagramDrawer(background, settings, assets_prefix=None)
    page = draw(snapshot, answer.jurisdiction, lang, with_telephones=True, gaps=gaps_frame(answer))
    return page.encode()


def gaps_frame(answer: GapsAnswer) -> gpd.GeoDataFrame:
    """Gaps as ``layers.gaps`` draws them: what, since when, and what closes it; those without a place are left out."""
    import geopandas as gpd

    rows = [g for g in answer.findings if g.area or g.at]
    shapes = [shapely.geometry.shape(dict(g.area)) if g.area else shapely.Point(g.at) for g in rows if g.area or g.at]
    columns = {
        "rule": [g.rule for g in rows],
        "message": [g.message + (f" (since {g.since})" if g.since else "") for g in rows],
        "message_zh": [
            (g.message_zh or g.message)
            + (f"（自 {g.since} 起）" if g.since else "")
            + (f"。处置：{g.closes_zh}" if g.closes_zh else "")
            for g in rows
        ],
    }
    return gpd.GeoDataFrame(columns, geometry=np.array(shapes, dtype=object), crs=STORAGE_CRS)
