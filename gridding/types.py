"""Value types of the gridding pipeline: arrays in, arrays out.

Coordinates are longitudes and latitudes in the storage datum (CGCS2000, EPSG:4490). Topology lives on an integer grid of
``GRID_DEG`` degrees (about 1.1 mm), where equality is exact; lengths and areas are measured in metres through a
:data:`Projection` that the caller passes in, never in degrees.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from gridding.findings import Finding

GRID_DEG = 1e-8
"""Size of one integer grid unit, in degrees. Grid coordinates are ``round(degrees * 1e8)``."""

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Int32Array = NDArray[np.int32]
GeometryArray = NDArray[np.object_]
Projection = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]
"""(lon, lat) in degrees -> (x, y) in metres, elementwise."""


class LineKind(IntEnum):
    """Kind of a boundary line, ordered by strength: where lines overlap, the highest kind wins."""

    SERVICE = 1
    LOCAL = 2
    ADMINISTRATIVE = 3
    SECONDARY = 4
    MAIN = 5
    EXPRESSWAY = 6
    RAILWAY = 7
    RIVER = 8
    BARRIER = 9
    OUTLINE = 10


DEFAULT_COST_FACTOR: Mapping[LineKind, float] = MappingProxyType(
    {
        LineKind.SERVICE: 1.5,
        LineKind.LOCAL: 1.0,
        LineKind.ADMINISTRATIVE: 0.7,
        LineKind.SECONDARY: 0.6,
        LineKind.MAIN: 0.3,
        LineKind.EXPRESSWAY: 0.2,
        LineKind.RAILWAY: 0.08,
        LineKind.RIVER: 0.08,
        LineKind.BARRIER: 0.08,
        LineKind.OUTLINE: 0.0,
    }
)
"""Cost of one metre of cell border along a line of each kind: low = a border that planners like."""


@dataclass(frozen=True, slots=True)
class BoundaryLines:
    """Boundary lines as polylines.

    Attributes:
        coords: (n, 2) longitudes and latitudes of all vertices, line after line.
        offsets: (m + 1,) line ``i`` is ``coords[offsets[i]:offsets[i + 1]]``.
        kind: (m,) int8, values of :class:`LineKind`.
    """

    coords: FloatArray
    offsets: IntArray
    kind: NDArray[np.int8]


BASE_UNITS_RULES = ("keep", "prefer", "ignore")
"""What becomes of base units: none is split, none without need, or they do not matter."""


@dataclass(frozen=True, slots=True)
class BaseUnits:
    """Base units of a territory: communities, villages.

    Attributes:
        polygons: (u,) polygons or multipolygons in degrees; where two overlap the first counts.
        codes: (u,) code of each, or its number in the file.
        names: (u,) name of each, "" = none.
    """

    polygons: GeometryArray
    codes: tuple[str, ...]
    names: tuple[str, ...]

    def called(self, unit: int) -> str:
        """What a unit is called in findings: its name, or its code where it has none."""
        return self.names[unit] or self.codes[unit]


@dataclass(frozen=True, slots=True)
class Topology:
    """A planar map: nodes, edges, and the block on either side of each edge.

    Attributes:
        node_x, node_y: (nodes,) int64 grid coordinates (lon, lat in units of ``GRID_DEG``).
        edge_start, edge_end: (edges,) int32 node indices.
        edge_left, edge_right: (edges,) int32 block on the left and right of start -> end; -1 = outside the outline.
        edge_kind: (edges,) int8 :class:`LineKind`.
        edge_length_m: (edges,) metres.
        block_area_m2: (blocks,) area in m2.
        block_part: (blocks,) int32 index of the connected part of the territory that the block lies in.
    """

    node_x: IntArray
    node_y: IntArray
    edge_start: Int32Array
    edge_end: Int32Array
    edge_left: Int32Array
    edge_right: Int32Array
    edge_kind: NDArray[np.int8]
    edge_length_m: FloatArray
    block_area_m2: FloatArray
    block_part: Int32Array

    @property
    def blocks(self) -> int:
        """Number of blocks."""
        return len(self.block_area_m2)


@dataclass(frozen=True)
class Blocks:
    """The blocks of a territory: they tile its outline exactly.

    Attributes:
        topology: the planar map that the blocks are faces of.
        outline: the outline as snapped to the grid (polygon or multipolygon); the blocks tile exactly this.
        findings: what was cleaned (dangles dropped, slivers merged, ...) and what is doubtful.
    """

    topology: Topology
    outline: object
    findings: tuple[Finding, ...] = ()

    @cached_property
    def polygons(self) -> GeometryArray:
        """(blocks,) shapely polygons in degrees, vertices on the grid, holes included; made when first asked for."""
        from gridding.regions import dissolve

        blocks = self.topology.blocks
        return dissolve(self.topology, np.arange(blocks, dtype=np.int32), blocks)


@dataclass(frozen=True, slots=True)
class BlockGraph:
    """Rook adjacency of blocks: an edge where two blocks share a border of positive length.

    Attributes:
        pairs: (m, 2) int32 block ids, ``pairs[:, 0] < pairs[:, 1]``, rows unique and sorted.
        border_length_m: (m,) length of the shared border.
        border_cost: (m,) sum over the shared edges of length x cost factor of the edge's kind.
        border_kind: (m,) int8 the kind that makes up most of the shared border's length.
    """

    pairs: Int32Array
    border_length_m: FloatArray
    border_cost: FloatArray
    border_kind: NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class PartitionResult:
    """Blocks assigned to cells.

    Attributes:
        labels: (blocks,) int32 cell index of each block, 0 .. cells - 1.
        cells: number of cells.
        deviation: (cells,) signed (workload - target) / target; the target of exclusive cells is their own workload.
        max_abs_deviation: max |deviation| over the cells that are not exclusive.
        border_cost: sum of the cost of all borders between cells.
        border_length_m: length of all borders between cells.
        contiguous: (cells,) bool, connected within each part of the territory.
        exclusive: (cells,) bool, cells that the others were balanced without (a giant block, a market).
        lower_bound: proved lower bound of max_abs_deviation for this request (0.0 where none is known).
        stopped_by: "converged", "time_limit", "rounds", or "proved": no plan is better.
        findings: what the planner should know: giants, pockets, parts, a missed tolerance and why.
        giant: (cells,) bool, those of ``exclusive`` that nobody asked for: cells around a giant block.
        giant_bound: proved lower bound of max |W / mean - 1| over giant and ordinary cells, 0.0 without giants.
        balance_proved: the tolerance is met, or no plan around the same giants and exclusive cells deviates less.
        cost_proved: no plan that is as balanced has a lower border cost; found for small stations.
        cost_bound: proved lower bound of the border cost of such plans, 0.0 where nothing is known.
        moved_workload: workload whose cell changed, against the present plan; 0.0 without one.
        moved_bound: the least workload that must change cell (:mod:`gridding.flow_bound`); 0.0 without a present plan.
    """

    labels: Int32Array
    cells: int
    deviation: FloatArray
    max_abs_deviation: float
    border_cost: float
    border_length_m: float
    contiguous: NDArray[np.bool_]
    exclusive: NDArray[np.bool_]
    lower_bound: float
    stopped_by: str
    findings: tuple[Finding, ...] = ()
    giant: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))
    giant_bound: float = 0.0
    moved_workload: float = 0.0
    moved_bound: float = 0.0
    balance_proved: bool = False
    cost_proved: bool = False
    cost_bound: float = 0.0


@dataclass(frozen=True, slots=True)
class TilingReport:
    """Proof that polygons tile an outline.

    Attributes:
        edges_matched: every edge is used by two polygons, in opposite directions, or by one polygon and the outline.
        union_equals_outline: the polygons' boundary that is left over is the outline's, edge by edge, and areas add up.
        gap_area_m2, overlap_area_m2: area in no polygon, area in more than one; 0.0 when exact.
        findings: one per gap, overlap or unmatched edge (the first hundred), with a place to look at.
    """

    edges_matched: bool
    union_equals_outline: bool
    gap_area_m2: float
    overlap_area_m2: float
    findings: tuple[Finding, ...] = ()

    @property
    def exact(self) -> bool:
        """True when nothing is missing and nothing is covered twice."""
        return self.edges_matched and self.union_equals_outline and self.gap_area_m2 == 0 and self.overlap_area_m2 == 0


@dataclass(frozen=True, slots=True)
class BuildParams:
    """Everything that decides how cells are drawn, stored with each plan.

    Attributes:
        cells: number of cells asked for.
        tolerance: largest |deviation| accepted, a fraction.
        rng_seed: seed of all randomness.
        time_limit_s: stop improving after so many seconds (None = when converged); makes the result irreproducible.
        starts: independent searches, side by side on all cores, of which the best plan is taken.
        cost_factor: cost of a metre of border by line kind.
        sliver_m2: faces below this area and without entities are merged into a neighbour.
        dangle_snap_m: a line that ends so close before another line is carried on to it.
        barrier_kinds: kinds of line that no cell crosses unless it must; lines of kind BARRIER always are such.
        bridges_count: a cell may cross a barrier where a street does.
        base_units_rule: what becomes of base units: "keep", "prefer" or "ignore".
        on_unit_border, off_unit_border: factors on the cost of a border that is, or is not, one of base units too.
    """

    cells: int
    tolerance: float = 0.03
    rng_seed: int = 0
    time_limit_s: float | None = None
    starts: int = 1
    cost_factor: Mapping[LineKind, float] = field(default_factory=lambda: DEFAULT_COST_FACTOR)
    sliver_m2: float = 200.0
    dangle_snap_m: float = 1.0
    barrier_kinds: tuple[LineKind, ...] = ()
    bridges_count: bool = False
    base_units_rule: str = "prefer"
    on_unit_border: float = 0.7
    off_unit_border: float = 1.15
