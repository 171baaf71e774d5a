"""A territory cut by its boundary lines -> blocks that tile it exactly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely

from gridding.adjacency import connected_parts
from gridding.boundaries import TOO_SMALL, segments_on_grid, to_degrees
from gridding.carriageways import Edges
from gridding.cleaning import Cleaning, cleaning_findings
from gridding.errors import GeometryError
from gridding.faces import PlanarMap, trace_faces
from gridding.held import held_borders, held_edges
from gridding.measures import face_areas, metres_per_unit, projected
from gridding.network import faces_with_points
from gridding.noding import node_segments
from gridding.regions import cell_borders, dissolve
from gridding.slivers import merge_slivers, slivers_of
from gridding.types import Blocks, BoundaryLines, FloatArray, IntArray, Projection, Topology

__all__ = ["cell_borders", "dissolve", "make_blocks"]


def make_blocks(
    outline: shapely.Polygon | shapely.MultiPolygon,
    lines: BoundaryLines,
    to_metres: Projection,
    *,
    points: FloatArray | None = None,
    sliver_m2: float = 200.0,
    dangle_snap_m: float = 1.0,
    held: tuple[shapely.Geometry, ...] = (),
) -> Blocks:
    """Cut a territory into blocks along its boundary lines.

    Outline and lines are snapped to the grid of 1e-8 degrees (about 1 mm), ends that stop just short of a line are carried
    on to it, all crossings become nodes, pieces that lead nowhere are dropped, slivers join a neighbour. The blocks do not
    depend on the order of the lines. They tile the outline exactly as it is returned: snapped, with every node on it a vertex.

    Args:
        outline: polygon or multipolygon in degrees, of any ring direction, holes allowed.
        lines: boundary lines; pieces beyond the outline are left out.
        to_metres: projection that lengths and areas are measured in.
        points: (n, 2) longitudes and latitudes of entities: a sliver that holds one joins a neighbour across its weakest line.
        sliver_m2: faces below this area, or less than 2 m wide on average, are merged into a neighbour, and so are empty
            strips between carriageways (:mod:`gridding.slivers`); 0 = none are.
        dangle_snap_m: widest gap in metres between a line's end and another line that is closed; 0 = none is.
        held: areas, among the lines, whose outlines stay vertex by vertex and across which no sliver is merged: locked cells.

    Returns:
        the blocks, numbered roughly west to east, with findings on what was cleaned.

    Raises:
        GeometryError: an outline or lines that cannot be used, in one sentence that says where.
    """
    segments, ends = segments_on_grid(outline, lines)
    reach = (*metres_per_unit(outline, to_metres), float(dangle_snap_m)) if dangle_snap_m > 0 else None
    noded, bridged = node_segments(segments, ends, reach, held_borders(held))
    planar = trace_faces(noded)
    if planar.faces == 0:
        raise GeometryError(TOO_SMALL)
    planar = _only_used_nodes(planar)
    lon, lat = to_degrees(planar.x + segments.origin[0]), to_degrees(planar.y + segments.origin[1])
    east, north = projected(lon, lat, to_metres)
    east_m, north_m = east[planar.v] - east[planar.u], north[planar.v] - north[planar.u]
    length_m = np.hypot(east_m, north_m)
    edges = Edges(planar.left, planar.right, planar.kind, east_m, north_m, length_m)
    area_m2 = face_areas(east, north, planar.u, planar.v, planar.left, planar.right, planar.faces)
    small, strip = slivers_of(edges, area_m2, sliver_m2)
    at = (planar.x + segments.origin[0], planar.y + segments.origin[1])
    occupied = faces_with_points(planar, at, small | strip, points)
    shut = held_edges(lon, lat, planar.u, planar.v, held)
    block = merge_slivers(edges, area_m2, sliver_m2, occupied, shut, (small, strip))
    topology = _topology(planar, segments.origin, block, (east, north), length_m)
    snapped = dissolve(topology, np.zeros(topology.blocks, np.int32), 1)[0]
    loose_a, loose_b = planar.loose[:, 0], planar.loose[:, 1]
    loose_m = float(np.hypot(east[loose_b] - east[loose_a], north[loose_b] - north[loose_a]).sum())
    cleaned = Cleaning(
        lines=len(lines.kind),
        pieces_dropped=len(planar.loose),
        metres_dropped=loose_m,
        gaps_bridged=bridged,
        duplicates=planar.duplicates,
        faces_merged=planar.faces - topology.blocks,
        strips=int((strip & ~occupied & ~small).sum()),
        rings_closed=max(0, _rings(outline) - _rings(snapped)),
    )
    return Blocks(topology, snapped, cleaning_findings(cleaned, topology, sliver_m2, dangle_snap_m))


def _rings(area: shapely.Geometry) -> int:
    return len(shapely.get_rings(shapely.get_parts(area)))


def _only_used_nodes(planar: PlanarMap) -> PlanarMap:
    """The map without nodes that no edge uses; their order stays."""
    used = np.zeros(len(planar.x), dtype=bool)
    used[planar.u] = used[planar.v] = True
    used[planar.loose.ravel()] = True
    rank = np.cumsum(used) - 1
    return replace(
        planar,
        x=planar.x[used],
        y=planar.y[used],
        u=rank[planar.u],
        v=rank[planar.v],
        loose=rank[planar.loose],
    )


def _topology(
    planar: PlanarMap,
    origin: tuple[int, int],
    block: IntArray,
    metres: tuple[FloatArray, FloatArray],
    length_m: FloatArray,
) -> Topology:
    """Blocks instead of faces: edges inside a block vanish, and with them the nodes that only they used."""
    label = np.append(block, -1)
    left, right = label[planar.left], label[planar.right]
    edge = np.flatnonzero(left != right)
    u, v, left, right = planar.u[edge], planar.v[edge], left[edge], right[edge]
    # The territory lies on the left of every edge of its outline.
    turn = left < 0
    u, v = np.where(turn, v, u), np.where(turn, u, v)
    left, right = np.where(turn, right, left), np.where(turn, left, right)
    used = np.zeros(len(planar.x), dtype=bool)
    used[u] = used[v] = True
    rank = np.cumsum(used) - 1
    blocks = int(block.max()) + 1
    return Topology(
        node_x=planar.x[used] + origin[0],
        node_y=planar.y[used] + origin[1],
        edge_start=rank[u].astype(np.int32),
        edge_end=rank[v].astype(np.int32),
        edge_left=left.astype(np.int32),
        edge_right=right.astype(np.int32),
        edge_kind=planar.kind[edge],
        edge_length_m=length_m[edge],
        block_area_m2=face_areas(*metres, u, v, left, right, blocks),
        block_part=connected_parts(left, right, blocks),
    )
