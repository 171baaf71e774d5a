"""Streets drawn as two carriageways: the strips between them are no blocks, and borders run along one line."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridding.blocks import make_blocks
from gridding.carriageways import Edges, find_strips, rectangles
from gridding.tiling import check_tiling
from gridding.types import BoundaryLines, LineKind
from tests.drawing import boundary_lines, metres

LON, LAT = 114.0, 30.0
M = 1 / 110_852.0  # about a metre in both directions, in degrees


def avenue(
    turn: float, *, width: float = 16.0, crossings: int = 6, bend: float = 0.0, seed: int = 0
) -> tuple[shapely.Polygon, BoundaryLines]:
    """An avenue in two carriageways through a territory of 700 x 700 m, with cross streets every 100 m, turned."""
    rng = np.random.default_rng(seed)
    along = np.linspace(-500, 500, 41)
    lines, kinds = [], []
    for side in (-0.5, 0.5):
        wobble = side * width + bend * (along / 350) ** 2 + rng.normal(0, 0.3, len(along))
        lines.append(np.column_stack([along, wobble]))
        kinds.append(LineKind.MAIN)
    for x in (np.arange(crossings) - (crossings - 1) / 2) * 100:
        lines.append(np.array([[x, -500.0], [x + rng.normal(0, 2), 500.0]]))
        kinds.append(LineKind.LOCAL)
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    place = [np.array([LON, LAT]) + (line @ spin.T) * M for line in lines]
    square = np.array([[-350, -350], [350, -350], [350, 350], [-350, 350]], dtype=float)
    outline = shapely.Polygon(np.array([LON, LAT]) + (square @ spin.T) * M)
    return outline, boundary_lines([[tuple(p) for p in line.tolist()] for line in place], [int(k) for k in kinds])


def border_of_the_two_sides(turn: float, **shape: float) -> tuple[shapely.Geometry, int]:
    """The border between what lies above the avenue and what lies below it, when all else is joined; blocks."""
    outline, lines = avenue(turn, **shape)  # type: ignore[arg-type]
    blocks = make_blocks(outline, lines, metres)
    assert check_tiling(blocks.outline, blocks.polygons, metres).exact
    centre = (shapely.get_coordinates(shapely.centroid(blocks.polygons)) - [LON, LAT]) / M
    above = -np.sin(turn) * centre[:, 0] + np.cos(turn) * centre[:, 1] > 0
    t = blocks.topology
    cut = (t.edge_left >= 0) & (t.edge_right >= 0)
    cut &= above[t.edge_left] != above[t.edge_right]
    ends = np.stack([t.edge_start[cut], t.edge_end[cut]], axis=1)
    xy = np.stack([t.node_x, t.node_y], axis=1)[ends] / 1e8
    assert set(t.edge_kind[cut].tolist()) == {LineKind.MAIN}, "no piece of a cross street lies on the border"
    return shapely.line_merge(shapely.multilinestrings(shapely.linestrings(xy))), t.blocks


@pytest.mark.parametrize("turn", [0.0, 0.05, -0.05, 0.6, np.pi / 4, np.pi / 2, 2.4])
def test_a_border_along_an_avenue_runs_along_one_carriageway(turn: float) -> None:
    border, blocks = border_of_the_two_sides(turn)
    assert blocks == 14, "seven on either side, no strip"
    assert isinstance(border, shapely.LineString)
    assert shapely.length(border) / M == pytest.approx(700, rel=0.02)


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 3.1), st.floats(4, 18), st.integers(1, 6), st.floats(-30, 30), st.integers(0, 9))
def test_any_avenue_has_one_border(turn: float, width: float, crossings: int, bend: float, seed: int) -> None:
    if abs((turn - 0.37 + np.pi / 2) % np.pi - np.pi / 2) < 0.4:
        turn += 0.8  # along this one direction the side is undecided
    border, blocks = border_of_the_two_sides(turn, width=width, crossings=crossings, bend=bend, seed=seed)
    assert blocks == 2 * (crossings + 1)
    assert isinstance(border, shapely.LineString)


def test_a_strip_with_an_entity_stays_a_block() -> None:
    outline, lines = avenue(0.0, crossings=2)
    kiosk = np.array([[LON, LAT]])
    empty, held = (make_blocks(outline, lines, metres, points=p) for p in (None, kiosk))
    assert (empty.topology.blocks, held.topology.blocks) == (6, 7)
    home = held.polygons[shapely.covers(held.polygons, shapely.Point(LON, LAT))]
    assert shapely.area(home[0]) / M**2 == pytest.approx(1600, rel=0.2)
    found = [f for f in empty.findings if f.rule == "blocks.slivers_merged"]
    assert "(3)" in found[0].message


def test_a_strip_joins_across_its_less_liked_side() -> None:
    outline, lines = avenue(0.0, width=8, crossings=2)
    for frontage in (0, 1):
        kinds = lines.kind.copy()
        kinds[frontage] = LineKind.LOCAL  # a frontage road beside a main road
        blocks = make_blocks(outline, BoundaryLines(lines.coords, lines.offsets, kinds), metres)
        t = blocks.topology
        assert t.blocks == 6
        assert t.edge_length_m[t.edge_kind == LineKind.MAIN].sum() == pytest.approx(609, rel=0.02)


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 3.1), st.floats(3, 40), st.integers(1, 6), st.integers(0, 9))
def test_faces_that_hold_entities_are_not_joined(turn: float, width: float, crossings: int, seed: int) -> None:
    outline, lines = avenue(turn, width=width, crossings=crossings, seed=seed)
    rng = np.random.default_rng(seed)
    points = np.array([LON, LAT]) + rng.uniform(-250, 250, (40, 2)) * [1, 0.1] * M
    faces = make_blocks(outline, lines, metres, sliver_m2=0, dangle_snap_m=0)
    blocks = make_blocks(outline, lines, metres, points=points, dangle_snap_m=0)
    tree = shapely.STRtree(shapely.points(points))
    busy = np.unique(tree.query(faces.polygons, predicate="contains")[0])
    perimeter = shapely.length(shapely.transform(faces.polygons[busy], lambda c: np.column_stack(metres(*c.T))))
    area = faces.topology.block_area_m2[busy]
    ground = busy[(area >= 200) & (2 * area >= 2.0 * perimeter)]
    inner = shapely.point_on_surface(faces.polygons[ground])
    face, block = shapely.STRtree(blocks.polygons).query(inner, predicate="within")
    assert len(face) == len(ground), "every place is in one block"
    assert len(np.unique(block)) == len(ground)


def test_rectangles_are_measured() -> None:
    width, length = rectangles(np.array([200.0, 100.0, 314.16]), np.array([60.0, 40.0, 62.83]))
    assert width[:2] == pytest.approx([10, 10])
    assert length[:2] == pytest.approx([20, 10])
    assert width[2] == pytest.approx(length[2]), "rounder than a square"


def test_only_streets_make_a_wide_strip() -> None:
    east, north = np.array([100.0, 0, -100, 0]), np.array([0.0, 20, 0, -20])
    left, right = np.zeros(4, np.int64), np.full(4, -1)
    area, perimeter = np.array([2000.0]), np.array([240.0])
    for kind, expected in ((LineKind.MAIN, True), (LineKind.LOCAL, False), (LineKind.RIVER, False)):
        edges = Edges(left, right, np.full(4, kind, np.int8), east, north, np.hypot(east, north))
        assert find_strips(edges, area, perimeter).tolist() == [expected]
