"""How cells lie to a shape, to another cell, to a point: touching, overlapping, covering, near; all levels of a place.

On the geometry that the border rule decides by, in memory. The words are those of the OGC, except that ``overlaps``
means more than a border in common (their "interiors intersect"), which is what people ask for.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo_api.errors import BadRequest, NotFound
from geo_api.services.answers import CellRef, OfficerOnDuty, PlanRef
from geo_api.services.finder import NOWHERE
from geo_api.services.on_duty import level_above
from geo_api.services.published import shown_officers
from geo_api.services.snapshot import Snapshot
from geo_api.supervision.levels_rules import LevelRules, levels_rules
from gridding.types import FloatArray, GeometryArray, IntArray, Projection
from layers.crs import local_metres

RELATIONS = ("intersects", "touches", "overlaps", "covers", "within")
"""A cell and a shape: have a point in common; only border points; more than that; the cell covers the shape; lies in it."""

FARTHEST_M = 20_000.0
MOST_NEAR = 1_000
MOST_WORK = 5_000_000
"""Cells that a shape crosses, times its vertices: some seconds."""
METRES_PER_DEGREE = 110_500.0
"""A degree of latitude is nowhere shorter."""


@dataclass(frozen=True, slots=True)
class RelatedCell:
    """A cell that has the relation asked for.

    Attributes:
        cell, plan: the cell, and its plan.
        meets_in: "area" (they share ground), "inside" (a line or point inside the cell), "border" (a line of positive
            length), "point".
        border_m: length of the cell's border that lies in the shape, or on its border, metres.
        share_of_cell: fraction of the cell's ground that lies in the shape.
        share_of_shape: fraction of the shape's ground that lies in the cell; None for points and lines.
    """

    cell: CellRef
    plan: PlanRef
    meets_in: str
    border_m: float
    share_of_cell: float
    share_of_shape: float | None


@dataclass(frozen=True, slots=True)
class RelationAnswer:
    """The cells in a relation to a shape, sorted by code. ``of``: the code that was asked about, None for a shape."""

    on: date
    revision: str
    relation: str
    of: str | None
    cells: tuple[RelatedCell, ...]


@dataclass(frozen=True, slots=True)
class NearCell:
    """A cell near a point, its distance in metres (0: the point lies in it or on its border), and who answers for it."""

    cell: CellRef
    distance_m: float
    plan: PlanRef
    officers: tuple[OfficerOnDuty, ...]
    fallback: str | None


@dataclass(frozen=True, slots=True)
class NearAnswer:
    """The cells within so many metres of a point, nearest first. ``more``: there are others that ``limit`` left out."""

    on: date
    revision: str
    metres: float
    more: bool
    cells: tuple[NearCell, ...]


@dataclass(frozen=True, slots=True)
class LevelRow:
    """A jurisdiction that a place belongs to, and its own officers.

    ``level``: "cell", "station", "sub-bureau" for a level between, "bureau" for the top. ``number``, ``title``,
    ``title_zh``: what the place calls that level (``[rules.levels]``).
    """

    level: str
    code: str
    name: str
    officers: tuple[OfficerOnDuty, ...]
    number: int = 0
    title: str = ""
    title_zh: str = ""


@dataclass(frozen=True, slots=True)
class LevelsAnswer:
    """All levels of a place, lowest first: the cell, its station, and everything above.

    ``status``: "found"; "unpublished" (in a station, but no cell is in force there); "outside" (in no station).
    """

    status: str
    on: date
    revision: str
    lon: float
    lat: float
    levels: tuple[LevelRow, ...]


class Ground:
    """The cells of one snapshot, ready for spatial questions."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.tree = shapely.STRtree(snapshot.polygons)
        self._to_metres: Projection | None = None

    def metres(self, shapes: Any) -> Any:
        """Shapes in the metres of the territory."""
        if self._to_metres is None:
            west, south, east, north = shapely.total_bounds(self.snapshot.polygons).tolist()
            self._to_metres = local_metres((west, south, east, north))
        return shapely.transform(shapes, self._to_metres, interleaved=False)

    def related(self, relation: str, shape: Any, *, but: int = -1) -> IntArray:
        """Positions of the cells in that relation to a shape, ascending; ``but`` is left out."""
        if relation == "overlaps":
            found = self.tree.query(shape, predicate="intersects")
            found = found[_Meeting(self.snapshot.polygons[found], shape).inner]
        else:
            seen_from_shape = {"covers": "covered_by", "within": "covers"}.get(relation, relation)
            found = self.tree.query(shape, predicate=seen_from_shape)
        chosen: IntArray = np.sort(found[found != but]).astype(np.int64)
        return chosen


class _Meeting:
    """Polygons and a shape that they have points in common with: only those that it does not hold cost anything.

    Raises:
        BadRequest: more work than one question may cause.
    """

    def __init__(self, polygons: GeometryArray, shape: Any) -> None:
        self._polygons, self._shape = polygons, shape
        shapely.prepare(shape)
        self._held: NDArray[np.bool_] = np.asarray(shapely.covers(shape, polygons), dtype=bool)
        self._rest = np.flatnonzero(~self._held)
        if len(self._rest) * int(shapely.get_num_coordinates(shape)) > MOST_WORK:
            raise BadRequest(
                f"the shape has {shapely.get_num_coordinates(shape)} vertices and crosses {len(self._rest)} cells, more "
                "than one question may: simplify it, or ask for its parts"
            )
        self.inner = self._held.copy()
        self.inner[self._rest] = shapely.relate_pattern(polygons[self._rest], shape, "T********")

    def areas(self) -> FloatArray:
        """(n,) ground in common, square degrees."""
        area: FloatArray = np.asarray(shapely.area(self._polygons), dtype=np.float64)
        area[self._rest] = shapely.area(shapely.intersection(self._polygons[self._rest], self._shape))
        return area

    def edges(self) -> GeometryArray:
        """(n,) the part of each border that lies in the shape or on its border."""
        edges: GeometryArray = shapely.boundary(self._polygons)
        edges[self._rest] = shapely.intersection(edges[self._rest], self._shape)
        return edges


class Grounds:
    """Makes the ground of a snapshot, and keeps the last few. Safe between threads."""

    def __init__(self, kept: int = 4) -> None:
        self._kept, self._held = kept, OrderedDict[int, Ground]()
        self._lock = threading.Lock()

    def of(self, snapshot: Snapshot) -> Ground:
        """The ground of a snapshot."""
        with self._lock:
            ground = self._held.get(id(snapshot))  # each ground holds its snapshot, so that no other gets its id
            if ground is None:
                ground = self._held[id(snapshot)] = Ground(snapshot)
                while len(self._held) > self._kept:
                    self._held.popitem(last=False)
            self._held.move_to_end(id(snapshot))
            return ground


def relate(ground: Ground, *, relation: str, shape: Any = None, of: str | None = None) -> RelationAnswer:
    """The cells in a relation to a shape (storage datum), or to the cell or station with the code ``of``.

    A cell is never related to itself.

    Raises:
        BadRequest: no such relation. NotFound: no such cell or station on that day.
    """
    if relation not in RELATIONS:
        raise BadRequest(f"there is no relation {relation!r}: it is one of {', '.join(RELATIONS)}")
    snapshot, itself = ground.snapshot, -1
    if of is not None:
        itself = snapshot.index_of.get(of, -1)
        shape = snapshot.polygons[itself] if itself >= 0 else _station_outline(snapshot, of)
    found = ground.related(relation, shape, but=itself)
    polygons: GeometryArray = snapshot.polygons[found]
    meeting = _Meeting(polygons, shape)
    area, inner, whole = meeting.areas(), meeting.inner, float(shapely.area(shape))
    border_m = shapely.length(ground.metres(meeting.edges())) if len(found) else np.empty(0)
    cells = tuple(
        RelatedCell(
            cell=snapshot.refs[i],
            plan=snapshot.plan(i),
            meets_in="area" if area[n] > 0 else "inside" if inner[n] else "border" if border_m[n] > 0 else "point",
            border_m=round(float(border_m[n]), 2),
            share_of_cell=round(float(area[n] / polygons[n].area), 6),
            share_of_shape=round(float(area[n]) / whole, 6) if whole > 0 else None,
        )
        for n, i in enumerate(found.tolist())
    )
    return RelationAnswer(snapshot.on, snapshot.revision, relation, of, cells)


def near(
    ground: Ground, *, lon: float, lat: float, metres: float, with_telephones: bool, limit: int = 100
) -> NearAnswer:
    """The cells within so many metres of a point in the storage datum, nearest first, at most ``limit``.

    Raises:
        BadRequest: a distance or limit out of range.
    """
    if not 0 <= metres <= FARTHEST_M:
        raise BadRequest(f"metres={metres}: from 0 to {FARTHEST_M:.0f}")
    if not 1 <= limit <= MOST_NEAR:
        raise BadRequest(f"limit={limit}: from 1 to {MOST_NEAR}")
    snapshot = ground.snapshot
    found = np.empty(0, dtype=np.int64)
    distance = np.empty(0)
    if len(snapshot.polygons):
        high = metres / METRES_PER_DEGREE * 1.01 + 1e-6
        wide = high / max(math.cos(math.radians(min(abs(lat) + high, 89.9))), 1e-3)
        found = ground.tree.query(shapely.box(lon - wide, lat - high, lon + wide, lat + high)).astype(np.int64)
        point = shapely.Point(lon, lat)
        distance = shapely.distance(ground.metres(snapshot.polygons[found]), ground.metres(point))
        distance = np.where(shapely.covers(snapshot.polygons[found], point), 0.0, distance)
        within = distance <= metres
        found, distance = found[within], distance[within]
        order = np.lexsort((found, distance))
        found, distance = found[order], distance[order]
    cells = tuple(
        NearCell(
            cell=snapshot.refs[i],
            distance_m=round(d, 2),
            plan=snapshot.plan(i),
            officers=shown_officers(snapshot.officers[i], with_telephones=with_telephones),
            fallback=snapshot.fallback[i],
        )
        for i, d in zip(found[:limit].tolist(), distance[:limit].tolist(), strict=True)
    )
    return NearAnswer(snapshot.on, snapshot.revision, metres, len(found) > limit, cells)


def levels(snapshot: Snapshot, *, lon: float, lat: float, with_telephones: bool) -> LevelsAnswer:
    """All levels of a point in the storage datum: cell, station, bureau and above, each with its own officers."""
    territory = snapshot.territory
    cell = (snapshot.finder.one(lon, lat) if snapshot.finder else NOWHERE)[0]
    if cell >= 0:
        status, chain = "found", [("cell", snapshot.refs[cell].code)]
        station = snapshot.refs[cell].station_code
    else:
        here = [b for b in snapshot.bare if b.covers(np.array([lon]), np.array([lat]))[0]]
        status, chain, station = ("unpublished", [], here[0].code) if here else ("outside", [], "")
    at = station
    while at and at not in {code for _, code in chain}:
        chain.append((level_above(territory, at, station), at))
        at = territory.parents.get(at, "")
    rules = levels_of(territory.levels.get(chain[-1][1], {}) if chain else {})
    rows = tuple(
        LevelRow(
            level=level,
            code=code,
            name=territory.names.get(code, ""),
            officers=shown_officers(territory.officers.get(code, ()), with_telephones=with_telephones),
            number=rules.number(at),
            title=rules.names[at],
            title_zh=rules.names_zh[at],
        )
        for (level, code), at in zip(chain, _places(chain, rules.depth), strict=True)
    )
    return LevelsAnswer(status, snapshot.on, snapshot.revision, lon, lat, rows)


def levels_of(settings: Mapping[str, Any]) -> LevelRules:
    """What ``[rules.levels]`` says; the usual levels where it cannot be used (a lookup goes on, /ready tells)."""
    try:
        return levels_rules(settings)
    except BadRequest:
        return LevelRules()


def _places(chain: Sequence[tuple[str, str]], depth: int) -> list[int]:
    """Steps below the top of each jurisdiction of a chain, lowest first, within the depth that the settings name."""
    at = {"cell": depth - 1, "station": depth - 2}
    return [at.get(level, min(len(chain) - 1 - i, depth - 3)) for i, (level, _) in enumerate(chain)]


def _station_outline(snapshot: Snapshot, code: str) -> Any:
    for station in snapshot.territory.stations:
        if station.code == code:
            return shapely.from_wkb(station.outline_wkb)
    raise NotFound(
        f"no cell and no station has the code {code!r} on {snapshot.on}; /v1/cells/{code}/lineage says what became of it"
    )
