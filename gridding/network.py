"""An outline made from the street network itself, for territories that come without one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gridding.arrays import components, sums
from gridding.boundaries import check_lines, segments_on_grid, to_degrees
from gridding.errors import GeometryError
from gridding.faces import PlanarMap, trace_faces
from gridding.findings import Finding, Severity
from gridding.measures import face_areas, metres_per_unit, projected
from gridding.noding import node_segments
from gridding.regions import region_polygons
from gridding.types import BoundaryLines, FloatArray, IntArray, Projection

HOLE_M2 = 25e6
"""A place ringed by streets belongs to the territory up to this area; a larger empty one (a lake, a plain) is left out."""

ISLAND_M2 = 10_000.0
"""A separate part of the network below this area (a roundabout, a car park) is left out when no entity lies in it."""

_RIM = 1e-3  # degrees between the network and the frame that is drawn around it


@dataclass(frozen=True, slots=True)
class NetworkOutline:
    """The territory that a street network encloses.

    Attributes:
        outline: Polygon or MultiPolygon in degrees, its vertices on the storage grid; its border runs along lines only.
        area_m2: its area.
        parts: number of parts that share no border.
        findings: how the outline came about, and what was left out.
    """

    outline: shapely.Polygon | shapely.MultiPolygon
    area_m2: float
    parts: int
    findings: tuple[Finding, ...]


def outline_of_network(
    lines: BoundaryLines,
    to_metres: Projection,
    *,
    points: FloatArray | None = None,
    hole_m2: float = HOLE_M2,
    island_m2: float = ISLAND_M2,
    dangle_snap_m: float = 1.0,
) -> NetworkOutline:
    """The union of all places that lines enclose.

    1. Lines are cut at their crossings, gaps closed and dead ends dropped, as for blocks.
    2. Every face that lines enclose belongs to the territory: holes are filled. Only an empty face above ``hole_m2`` is
       left out, whether it lies inside (it becomes a hole) or at the rim (a bay).
    3. Faces that share a border are one part. An empty part below ``island_m2`` is left out; other islands stay.

    No face that holds an entity is ever left out. The result does not depend on the order of the lines or points.

    Args:
        lines: the network.
        to_metres: projection that areas are measured in.
        points: (n, 2) longitudes and latitudes of entities; NaN = unlocated.
        hole_m2, island_m2: see above; 0 < both.
        dangle_snap_m: widest gap in metres that is closed, as in :func:`gridding.blocks.make_blocks`.

    Raises:
        GeometryError: lines that cannot be used or enclose nothing.
    """
    check_lines(lines)
    if len(lines.coords) == 0:
        raise GeometryError("No boundary line was given: an outline cannot be made from nothing. Name a street file.")
    (west, south), (east, north) = lines.coords.min(axis=0).tolist(), lines.coords.max(axis=0).tolist()
    frame = shapely.box(west - _RIM, south - _RIM, east + _RIM, north + _RIM)
    segments, ends = segments_on_grid(frame, lines)
    reach = (*metres_per_unit(frame, to_metres), float(dangle_snap_m)) if dangle_snap_m > 0 else None
    noded, _ = node_segments(segments, ends, reach)
    planar = trace_faces(noded)
    x, y = planar.x + segments.origin[0], planar.y + segments.origin[1]
    metres = projected(to_degrees(x), to_degrees(y), to_metres)
    area = face_areas(*metres, planar.u, planar.v, planar.left, planar.right, planar.faces)
    enclosed = _enclosed(planar)
    if not enclosed.any():
        raise GeometryError(
            f"The {len(lines.kind)} boundary lines enclose no area, so they give no outline: name a file with the outline, "
            "or a street file whose streets meet."
        )
    large = enclosed & (area > hole_m2)
    part = _parts(planar, enclosed & ~large)
    small = enclosed & ~large & (sums(part, area, int(part.max()) + 1)[part] < island_m2)
    busy = faces_with_points(planar, (x, y), large | small, points)
    # an entity in a left-out face brings back the face, one in an island the whole island
    kept = enclosed & ~(large & ~busy)
    busy_part = np.zeros(int(part.max()) + 1, bool)
    busy_part[part[busy]] = True
    kept &= ~(small & ~busy_part[part])
    if not kept.any():  # a network of tiny islands only is taken as it is
        kept = enclosed
    label = np.append(np.where(kept, 0, -1), -1)
    outline = region_polygons(x, y, planar.u, planar.v, label[planar.left], label[planar.right], 1)[0]
    parts = len(np.unique(_parts(planar, kept)[kept]))
    left_out = (large & ~kept, small & ~kept)
    return NetworkOutline(
        outline, float(area[kept].sum()), parts, tuple(_findings(area, kept, left_out, part, parts, hole_m2, island_m2))
    )


def faces_with_points(
    planar: PlanarMap, xy: tuple[IntArray, IntArray], chosen: NDArray[np.bool_], points: FloatArray | None
) -> NDArray[np.bool_]:
    """(faces,) whether a face is chosen and covers a point.

    Args:
        planar: the map.
        xy: grid coordinates of its nodes, counted from 0 degrees.
        chosen: (faces,) the faces asked for.
        points: (n, 2) longitudes and latitudes; NaN = nowhere.
    """
    occupied = np.zeros(planar.faces, dtype=bool)
    asked = np.flatnonzero(chosen)
    if points is None or len(points) == 0 or len(asked) == 0:
        return occupied
    rank = np.full(planar.faces + 1, -1, np.int64)
    rank[asked] = np.arange(len(asked))
    polygons = region_polygons(*xy, planar.u, planar.v, rank[planar.left], rank[planar.right], len(asked))
    places = np.asarray(points, dtype=np.float64)
    tree = shapely.STRtree(shapely.points(places[np.isfinite(places).all(axis=1)]))
    occupied[asked[tree.query(polygons, predicate="covers")[0]]] = True
    return occupied


def _enclosed(planar: PlanarMap) -> NDArray[np.bool_]:
    """(faces,) faces that do not reach the frame."""
    enclosed = np.ones(planar.faces, dtype=bool)
    rim = (planar.left < 0) | (planar.right < 0)
    enclosed[np.maximum(planar.left, planar.right)[rim]] = False
    return enclosed


def _parts(planar: PlanarMap, kept: NDArray[np.bool_]) -> IntArray:
    """(faces,) part of each face, joined across borders between kept faces."""
    inside = np.append(kept, False)
    both = inside[planar.left] & inside[planar.right]
    return components(planar.left[both], planar.right[both], planar.faces)


def _findings(
    area: FloatArray,
    kept: NDArray[np.bool_],
    left_out: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    part: IntArray,
    parts: int,
    hole_m2: float,
    island_m2: float,
) -> list[Finding]:
    large, small = left_out
    km2 = float(area[kept].sum()) / 1e6
    found = [
        Finding(
            "outline.from_network",
            Severity.INFO,
            f"The outline was made from the boundary lines: {km2:.1f} km2 that lines enclose, in {parts} part(s). Name a file "
            "with the territory's own outline where there is one.",
            f"辖区边界由边界线自动围成：面积 {km2:.1f} 平方公里，共 {parts} 个部分。如有正式的辖区边界，请直接给出该文件。",
            value=round(km2, 3),
            unit="km2",
            details={"parts": parts, "faces": int(kept.sum())},
        )
    ]
    if large.any():
        lost = float(area[large].sum()) / 1e6
        found.append(
            Finding(
                "outline.holes_left_out",
                Severity.WARNING,
                f"{int(large.sum())} empty places of more than {hole_m2 / 1e6:g} km2 between the lines, {lost:.1f} km2 in all, "
                "were left out of the outline; add the streets there, or name an outline.",
                f"边界线之间有 {int(large.sum())} 处大于 {hole_m2 / 1e6:g} 平方公里且无市场主体的区域（共 {lost:.1f} 平方公里）"
                "未计入辖区；如应计入，请补充道路或给出辖区边界。",
                value=round(lost, 3),
                limit=hole_m2 / 1e6,
                unit="km2",
            )
        )
    if small.any():
        islands = len(np.unique(part[small]))
        found.append(
            Finding(
                "outline.islands_left_out",
                Severity.INFO,
                f"{islands} separate parts of the network below {island_m2:g} m2 without an entity were left out of the outline.",
                f"有 {islands} 个面积小于 {island_m2:g} 平方米且无市场主体的孤立部分未计入辖区。",
                value=float(islands),
                limit=island_m2,
                unit="parts",
            )
        )
    return found
