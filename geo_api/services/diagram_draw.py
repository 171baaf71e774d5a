"""From a snapshot to the diagram's page: the frames that ``layers.diagram`` draws, and nothing that is not public."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import shapely

from geo_api.services.answers import CellRef
from geo_api.services.snapshot import Snapshot, cells_under
from geo_api.settings import Settings

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from layers.diagram import DiagramSettings

STORAGE_CRS = 4490


@dataclass(frozen=True, slots=True)
class Background:
    """What a diagram shows besides cells and officers, as read from the store for some stations on a day.

    Attributes:
        profile: what the data set says: complaint_telephone, map_approval_number, sources_zh, sources_en, key_industries.
        names_en: jurisdiction code -> English name.
        lines: (kind, name, WKB); markets, base_units: (name, WKB).
        entities: (longitude, latitude, industry) of the located entities, nothing else of them.
    """

    profile: dict[str, Any] = field(default_factory=dict)
    names_en: dict[str, str] = field(default_factory=dict)
    lines: tuple[tuple[str, str, bytes], ...] = ()
    markets: tuple[tuple[str, bytes], ...] = ()
    base_units: tuple[tuple[str, bytes], ...] = ()
    entities: tuple[tuple[float, float, str], ...] = ()


class BackgroundReader(Protocol):
    """Reads the background of diagrams."""

    def background(self, station_codes: tuple[str, ...], on: date) -> Background:
        """Of these stations, on a day; one round trip."""
        ...


class DiagramDrawer:
    """Draws the supervision diagram of a station or of all stations below a bureau.

    Args:
        reader: reads the background; None = cells and officers alone.
        settings: what the deployment prints on its diagrams; empty settings leave the word to the data set.
        assets_prefix: path under which the vendored files of ``layers`` are served; None = one file that holds all.
    """

    def __init__(self, reader: BackgroundReader | None, settings: Settings, *, assets_prefix: str | None) -> None:
        self._reader, self._settings, self._assets_prefix = reader, settings, assets_prefix

    def __call__(
        self,
        snapshot: Snapshot,
        code: str,
        language: str,
        *,
        with_telephones: bool,
        gaps: gpd.GeoDataFrame | None = None,
    ) -> str:
        """The page; see :class:`geo_api.services.diagram_pages.DrawDiagram`. ``gaps``: for a bureau's own copy alone."""
        from layers.diagram import supervision_diagram

        shown = cells_under(snapshot, code)
        stations = tuple(sorted({snapshot.cells[i].station_code for i in shown}))
        behind = self._reader.background(stations, snapshot.on) if self._reader else Background()
        return supervision_diagram(
            _cells(snapshot, shown, behind),
            settings=self._printed(snapshot, code, shown, behind),
            stations=_stations(snapshot, stations, behind),
            officers=_officers(snapshot, code, shown, stations, with_telephones=with_telephones),
            markets=_places(behind.markets),
            base_units=_places(behind.base_units),
            entities=_industries(snapshot, behind),
            lines=_lines(behind),
            gaps=gaps,
            lang="en" if language == "en" else "zh",
            assets_prefix=self._assets_prefix,
        )

    def _printed(self, snapshot: Snapshot, code: str, shown: list[int], behind: Background) -> DiagramSettings:
        from layers.diagram import DiagramSettings

        mine, given = self._settings, behind.profile
        name, name_en = snapshot.territory.names.get(code, code), behind.names_en.get(code, "")
        versions = sorted({snapshot.plan(i).version for i in shown})
        return DiagramSettings(
            title_zh=f"{name}辖区监管责任制示意图",
            title_en=f"{name_en}: supervision diagram" if name_en else "",
            complaint_telephone=mine.complaint_telephone or str(given.get("complaint_telephone") or "12315"),
            map_approval_number=mine.map_approval_number or str(given.get("map_approval_number") or ""),
            sources_zh=mine.map_sources_zh or str(given.get("sources_zh") or ""),
            sources_en=mine.map_sources_en or str(given.get("sources_en") or ""),
            as_of=snapshot.on,
            plan_version=", ".join(map(str, versions)),
            key_industries=mine.key_industries or tuple(given.get("key_industries") or ()),
        )


def _frame(columns: dict[str, Any], geometry: Any) -> gpd.GeoDataFrame:
    import geopandas as gpd

    return gpd.GeoDataFrame(columns, geometry=geometry, crs=STORAGE_CRS)


def _cells(snapshot: Snapshot, shown: list[int], behind: Background) -> gpd.GeoDataFrame:
    rows = [snapshot.cells[i] for i in shown]
    columns = {
        name: [getattr(r, name) for r in rows]
        for name in ("code", "name", "station_code", "entities", "workload_hours_per_year", "deviation", "area_m2")
    }
    columns["name_en"] = [_english(snapshot.refs[i], behind) for i in shown]
    return _frame(columns, snapshot.polygons[shown])


def _english(cell: CellRef, behind: Background) -> str:
    """A cell that is named after its station is so in English too; "" where it has a name of its own."""
    station, number = behind.names_en.get(cell.station_code, ""), cell.name.removeprefix(cell.station_name)
    return f"{station} {number.strip()}" if station and number != cell.name and cell.station_name else ""


def _stations(snapshot: Snapshot, codes: tuple[str, ...], behind: Background) -> gpd.GeoDataFrame:
    rows = [s for s in snapshot.territory.stations if s.code in codes]
    columns = {
        "code": [s.code for s in rows],
        "name": [s.name for s in rows],
        "name_en": [behind.names_en.get(s.code, "") for s in rows],
    }
    return _frame(columns, shapely.from_wkb([s.outline_wkb for s in rows]))


def _officers(
    snapshot: Snapshot, code: str, shown: list[int], stations: tuple[str, ...], *, with_telephones: bool
) -> pd.DataFrame:
    """Officers of the cells (or who answers for a cell that has none), of the stations, and of the jurisdiction asked."""
    import pandas as pd

    by_code = {snapshot.cells[i].code: snapshot.officers[i] for i in shown}
    by_code |= {c: snapshot.territory.officers.get(c, ()) for c in (code, *stations)}
    rows = [
        (at, o.name, o.title, o.role, (o.telephone or "") if with_telephones else "", o.function)
        for at, officers in by_code.items()
        for o in officers
    ]
    return pd.DataFrame(rows, columns=["code", "name", "title", "role", "telephone", "function"])


def _places(rows: tuple[tuple[str, bytes], ...]) -> gpd.GeoDataFrame | None:
    if not rows:
        return None
    return _frame({"name": [name for name, _ in rows]}, shapely.from_wkb([wkb for _, wkb in rows]))


def _lines(behind: Background) -> gpd.GeoDataFrame | None:
    if not behind.lines:
        return None
    columns = {"kind": [row[0] for row in behind.lines], "name": [row[1] for row in behind.lines]}
    return _frame(columns, shapely.from_wkb([row[2] for row in behind.lines]))


def _industries(snapshot: Snapshot, behind: Background) -> pd.DataFrame | None:
    """Entities by cell and industry; which cell they are in is asked of the snapshot, by the border rule."""
    import pandas as pd

    if not behind.entities or snapshot.finder is None:
        return None
    lon, lat, industry = zip(*behind.entities, strict=True)
    cell, _, _ = snapshot.finder.many(np.array(lon, dtype=np.float64), np.array(lat, dtype=np.float64))
    codes = np.array([*(c.code for c in snapshot.cells), ""], dtype=object)[cell]
    counted = pd.DataFrame({"cell_code": codes, "industry": industry})
    counted = counted[counted["cell_code"] != ""]
    return counted.groupby(["cell_code", "industry"], as_index=False).size().rename(columns={"size": "count"})
