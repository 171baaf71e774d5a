"""Blocks: drawn stations for every case a street network brings, and properties for all others."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridding.blocks import make_blocks
from gridding.boundaries import to_grid
from gridding.errors import GeometryError
from gridding.tiling import check_tiling
from gridding.types import Blocks, BoundaryLines, LineKind, Topology
from tests.drawing import LAT, LON, STEP, Drawing, boundary_lines, draw, metres, place
from tests.gridding.topology_help import degrees, polyline, reordered, territories

NO_LINES = boundary_lines([])


def build(text: str, **options) -> tuple[Drawing, Blocks]:
    drawing = draw(text)
    blocks = make_blocks(drawing.outline, drawing.lines, metres, **options)
    assert check_tiling(blocks.outline, blocks.polygons, metres).exact
    return drawing, blocks


def assert_drawn(text: str, **options) -> Blocks:
    """Each letter is one block, different letters are different blocks, and there are no others."""
    drawing, blocks = build(text, **options)
    found = drawing.blocks_of(blocks.polygons)
    assert all(len(ids) == 1 for ids in found.values()), found
    assert sorted(min(ids) for ids in found.values()) == list(range(blocks.topology.blocks)), found
    return blocks


def rules(blocks: Blocks) -> set[str]:
    return {f.rule for f in blocks.findings}


def finding(blocks: Blocks, rule: str):
    return next(f for f in blocks.findings if f.rule == rule)


def test_lines_cross_without_a_vertex():
    blocks = assert_drawn("""
        #######
        #a |b #
        #--+--#
        #c |d #
        #######
    """)
    assert blocks.topology.block_area_m2.sum() == pytest.approx(
        shapely.area(shapely.transform(blocks.outline, project))
    )


def project(coords):
    return np.column_stack(metres(coords[:, 0], coords[:, 1]))


def test_t_crossings():
    assert_drawn("""
        #########
        #a  |b  #
        #---+   #
        #c  |   #
        #########
    """)


def test_dead_ends_and_loose_pieces_bound_nothing():
    blocks = assert_drawn("""
        ##########
        #a   |b  #
        # |  |   #
        # +- +-- #
        #    |   #
        ##########
    """)
    dead = finding(blocks, "lines.dead_ends")
    assert dead.unit == "m"
    assert dead.value == pytest.approx(1 * 22.2 + 1 * 19.3 + 2 * 19.3, rel=0.01)


def test_island_ring_road_is_a_hole_in_its_block():
    blocks = assert_drawn("""
        ###########
        #a   |b   #
        # +-+|    #
        # |c||    #
        # +-+|    #
        #    |    #
        ###########
    """)
    assert sorted(len(p.interiors) for p in blocks.polygons) == [0, 0, 1]


def test_a_ring_inside_a_ring_and_a_ring_beside_it():
    assert_drawn("""
        #################
        #a              #
        # +-----+ +---+ #
        # |b    | |d  | #
        # | +-+ | +---+ #
        # | |c| |       #
        # | +-+ |       #
        # +-----+       #
        #               #
        #################
    """)


def test_a_ring_on_a_stalk_loses_the_stalk():
    blocks = assert_drawn("""
        ##########
        #a       #
        #   +--+ #
        #   |  | #
        #---+b | #
        #   |  | #
        #   +--+ #
        #        #
        ##########
    """)
    assert "lines.dead_ends" in rules(blocks)


def test_outline_in_parts():
    blocks = assert_drawn("""
        ##### #####
        #a|b# #c  #
        ##### #   #
              #---#
              #d  #
              #####
    """)
    parts = blocks.topology.block_part
    assert parts.tolist().count(0) == 2
    assert parts.tolist().count(1) == 2
    assert blocks.outline.geom_type == "MultiPolygon"
    assert finding(blocks, "outline.parts").value == 2


def test_outline_with_a_hole():
    blocks = assert_drawn("""
        ###########
        #a   |b   #
        #  #####  #
        #  #   #  #
        #  #####  #
        #    |    #
        ###########
    """)
    assert len(blocks.outline.interiors) == 1


def test_an_island_of_the_territory_in_its_own_hole():
    blocks = assert_drawn("""
        ###########
        #a        #
        # ####### #
        # #     # #
        # # ### # #
        # # #b# # #
        # # ### # #
        # #     # #
        # ####### #
        #         #
        ###########
    """)
    assert blocks.outline.geom_type == "MultiPolygon"


def test_a_line_across_a_hole_and_beyond_the_outline_counts_inside_only():
    outline = shapely.Polygon(
        [place(0, 0), place(10, 0), place(10, 10), place(0, 10)], [[place(4, 4), place(6, 4), place(6, 6), place(4, 6)]]
    )
    lines = boundary_lines([[place(-5, 5), place(15, 5)], [place(-9, -9), place(-9, 19)], [place(15, 2), place(9, 2)]])
    blocks = make_blocks(outline, lines, metres)
    assert blocks.topology.blocks == 2
    # Only the piece inside of the line that ends inside is a dead end.
    assert finding(blocks, "lines.dead_ends").value == pytest.approx(STEP * 96_486, rel=1e-3)


def test_pinch_point_two_parts_that_touch_in_a_point_are_two_parts():
    outline = shapely.MultiPolygon(
        [shapely.box(LON, LAT, LON + 1e-3, LAT + 1e-3), shapely.box(LON + 1e-3, LAT + 1e-3, LON + 2e-3, LAT + 2e-3)]
    )
    blocks = make_blocks(outline, NO_LINES, metres)
    assert blocks.topology.blocks == 2
    assert set(blocks.topology.block_part.tolist()) == {0, 1}
    assert check_tiling(blocks.outline, blocks.polygons, metres).exact


def test_block_that_touches_itself_in_a_point_is_a_valid_polygon():
    # A triangle that hangs from the outline by one corner: a hole of the block around it, which touches the block's shell.
    outline = shapely.box(LON, LAT, LON + 0.01, LAT + 0.01)
    corner = (LON, LAT + 0.005)
    ring = [corner, (LON + 0.004, LAT + 0.003), (LON + 0.004, LAT + 0.007), corner]
    blocks = make_blocks(outline, boundary_lines([ring]), metres)
    assert blocks.topology.blocks == 2
    assert shapely.is_valid(blocks.polygons).all()
    assert sorted(len(p.interiors) for p in blocks.polygons) == [0, 1]
    assert check_tiling(blocks.outline, blocks.polygons, metres).exact


def test_a_ring_of_a_shapefile_that_touches_itself_is_accepted():
    a, b = 0.001, 0.002
    ring = [(0, 0), (b, 0), (b, b), (a, b), (0.0015, a), (0.0005, a), (a, b), (0, b)]
    blocks = make_blocks(shapely.Polygon([(LON + x, LAT + y) for x, y in ring]), NO_LINES, metres)
    assert blocks.topology.blocks == 1
    assert blocks.polygons[0].is_valid
    assert len(blocks.polygons[0].interiors) == 1


def test_a_line_along_the_outline_is_outline():
    outline = shapely.box(LON, LAT, LON + 0.01, LAT + 0.01)
    along = [(LON, LAT + 0.002), (LON, LAT + 0.008)]
    blocks = make_blocks(outline, boundary_lines([along], [LineKind.RIVER]), metres)
    assert blocks.topology.blocks == 1
    assert (blocks.topology.edge_kind == LineKind.OUTLINE).all()
    assert (blocks.topology.edge_right == -1).all()
    assert rules(blocks) == {"lines.none_inside"}


def test_duplicate_lines_keep_the_strongest_kind():
    outline = shapely.box(LON, LAT, LON + 0.01, LAT + 0.01)
    line = [(LON - 0.001, LAT + 0.005), (LON + 0.011, LAT + 0.005)]
    kinds = [int(LineKind.SERVICE), int(LineKind.MAIN), int(LineKind.LOCAL)]
    blocks = make_blocks(outline, boundary_lines([line, line[::-1], line], kinds), metres)
    inside = blocks.topology.edge_kind < LineKind.OUTLINE
    assert blocks.topology.edge_kind[inside].tolist() == [LineKind.MAIN]
    assert finding(blocks, "lines.duplicates").value >= 2


def test_undershoot_is_carried_on_to_the_line():
    outline = shapely.box(LON, LAT, LON + 0.01, LAT + 0.01)
    street = [(LON - 0.001, LAT + 0.005), (LON + 0.011, LAT + 0.005)]
    short = [(LON + 0.005, LAT - 0.001), (LON + 0.005, LAT + 0.005 - 0.5 / 110_852)]
    blocks = make_blocks(outline, boundary_lines([street, short]), metres)
    assert blocks.topology.blocks == 3
    assert finding(blocks, "lines.gaps_bridged").value == 1
    assert make_blocks(outline, boundary_lines([street, short]), metres, dangle_snap_m=0.3).topology.blocks == 2
    assert make_blocks(outline, boundary_lines([street, short]), metres, dangle_snap_m=0).topology.blocks == 2


def test_street_that_stops_short_of_the_outline_is_carried_on_to_it():
    outline = shapely.box(LON, LAT, LON + 0.01, LAT + 0.01)
    street = [(LON + 0.5e-5, LAT + 0.005), (LON + 0.01 - 0.5e-5, LAT + 0.005)]
    blocks = make_blocks(outline, boundary_lines([street]), metres)
    assert blocks.topology.blocks == 2
    assert check_tiling(blocks.outline, blocks.polygons, metres).exact


SLIVER = 6e-5  # about 6 m


def test_sliver_joins_the_neighbour_across_the_line_that_planners_like_least():
    outline = shapely.box(LON, LAT, LON + 0.002, LAT + 0.0002)
    lines = boundary_lines(
        [[(LON + x, LAT - 0.001), (LON + x, LAT + 0.001)] for x in (0.001, 0.001 + SLIVER)],
        [LineKind.MAIN, LineKind.LOCAL],
    )
    blocks = make_blocks(outline, lines, metres)
    assert blocks.topology.blocks == 2
    assert finding(blocks, "blocks.slivers_merged").value == 1
    kept = blocks.topology.edge_kind[blocks.topology.edge_kind < LineKind.OUTLINE]
    assert kept.tolist() == [LineKind.MAIN]
    assert make_blocks(outline, lines, metres, sliver_m2=0).topology.blocks == 3
    # The nodes of the vanished line stay on the outline only where nothing else holds them.
    assert check_tiling(blocks.outline, blocks.polygons, metres).exact


def test_sliver_joins_across_a_barrier_only_if_it_must():
    outline = shapely.box(LON, LAT, LON + 0.002, LAT + 0.0002)
    xs = (0.001, 0.001 + SLIVER)
    lines = [[(LON + x, LAT - 0.001), (LON + x, LAT + 0.001)] for x in xs]
    one = make_blocks(outline, boundary_lines(lines, [LineKind.RIVER, LineKind.EXPRESSWAY]), metres)
    assert one.topology.edge_kind.min() == LineKind.RIVER
    both = make_blocks(outline, boundary_lines(lines, [LineKind.RIVER, LineKind.RIVER]), metres)
    assert both.topology.blocks == 2


def test_sliver_with_an_entity_joins_across_its_weakest_line():
    # The sliver's long sides are a local street and a better one, its short end is a service way.
    outline = shapely.box(LON, LAT, LON + 0.002, LAT + 0.0004)
    x = LON + 0.001
    lines = boundary_lines(
        [[(x, LAT - 1e-3), (x, LAT + 1e-3)], [(x + SLIVER / 2, LAT - 1e-3), (x + SLIVER / 2, LAT + 1e-3)],
         [(x, LAT + 0.0002), (x + SLIVER / 2, LAT + 0.0002)], [(LON, LAT + 0.0002), (x, LAT + 0.0002)]],
        [LineKind.LOCAL, LineKind.SECONDARY, LineKind.SERVICE, LineKind.LOCAL],
    )  # fmt: skip
    place_inside = np.array([[x + SLIVER / 4, LAT + 0.0001], [np.nan, np.nan]])
    empty, held = (make_blocks(outline, lines, metres, points=p) for p in (None, place_inside))
    assert LineKind.SERVICE in empty.topology.edge_kind
    assert LineKind.SERVICE not in held.topology.edge_kind
    assert check_tiling(held.outline, held.polygons, metres).exact


def test_thin_face_is_a_sliver_whatever_its_area():
    outline = shapely.box(LON, LAT, LON + 0.01, LAT + 0.01)
    lines = boundary_lines([[(LON + x, LAT - 0.001), (LON + x, LAT + 0.011)] for x in (0.005, 0.005 + 1e-5)])
    assert make_blocks(outline, lines, metres).topology.blocks == 2


def test_a_small_part_without_neighbours_stays_a_block():
    outline = shapely.MultiPolygon(
        [shapely.box(LON, LAT, LON + 0.01, LAT + 0.01), shapely.box(LON + 0.02, LAT, LON + 0.02001, LAT + 1e-5)]
    )
    assert make_blocks(outline, NO_LINES, metres).topology.blocks == 2


def test_a_hole_thinner_than_the_grid_vanishes_and_that_is_said():
    outline = shapely.Polygon(
        shapely.box(LON, LAT, LON + 0.01, LAT + 0.01).exterior,
        [shapely.box(LON + 0.005, LAT + 0.005, LON + 0.006, LAT + 0.005 + 2e-9).exterior],
    )
    blocks = make_blocks(outline, NO_LINES, metres)
    assert len(blocks.outline.interiors) == 0
    assert finding(blocks, "outline.rings_closed").value == 1
    assert check_tiling(blocks.outline, blocks.polygons, metres).exact


def test_no_lines_gives_one_block_a_part_and_a_warning():
    blocks = make_blocks(shapely.box(LON, LAT, LON + 0.01, LAT + 0.01), NO_LINES, metres)
    assert blocks.topology.blocks == 1
    warning = finding(blocks, "lines.none_inside")
    assert warning.severity == "warning"
    assert "0 lines were given" in warning.message


@settings(max_examples=60, deadline=None)
@given(st.lists(polyline, max_size=10), st.sampled_from([1_000, 50_000]))
def test_neighbouring_stations_built_from_the_same_lines_share_every_vertex_of_their_border(rows, scale):
    lines = boundary_lines([degrees(row, scale) for row in rows])
    west, east = (
        make_blocks(shapely.Polygon(degrees([(a, 0), (b, 0), (b, 14), (a, 14)], scale)), lines, metres)
        for a, b in ((0, 7), (7, 14))
    )
    middle = degrees([(7, 0)], scale)[0][0]
    on_border = [{p for p in s.outline.exterior.coords if abs(p[0] - middle) < 3e-8} for s in (west, east)]
    assert on_border[0] == on_border[1]


@pytest.mark.filterwarnings("ignore:invalid value encountered")
def test_unusable_outlines_say_what_and_where():
    box = shapely.box(LON, LAT, LON + 0.01, LAT + 0.01)
    bow_tie = shapely.Polygon([(114, 30), (114.02, 30.02), (114.02, 30), (114, 30.02)])
    with pytest.raises(GeometryError, match=r"crosses or overlaps itself at 114\.0100000, 30\.0100000") as caught:
        make_blocks(bow_tie, NO_LINES, metres)
    assert caught.value.findings[0].at == (114.01, 30.01)
    with pytest.raises(GeometryError, match="outline is empty"):
        make_blocks(shapely.Polygon(), NO_LINES, metres)
    with pytest.raises(GeometryError, match=r"is a LineString .*close it"):
        make_blocks(shapely.LineString(box.exterior.coords[:-1]), NO_LINES, metres)
    with pytest.raises(GeometryError, match="outline has 1 coordinates that are not finite"):
        make_blocks(shapely.Polygon([(114, 30), (np.nan, 30), (114.1, 30.1)]), NO_LINES, metres)
    with pytest.raises(GeometryError, match="not a longitude and latitude in degrees"):
        make_blocks(shapely.box(500_000, 3_300_000, 500_100, 3_300_100), NO_LINES, metres)
    with pytest.raises(GeometryError, match="at most 21 degrees"):
        make_blocks(shapely.box(100, 20, 130, 40), NO_LINES, metres)
    with pytest.raises(GeometryError, match="not a valid polygon"):
        make_blocks(shapely.Polygon(box.exterior, [shapely.box(0, 0, 1, 1).exterior]), NO_LINES, metres)
    touching_and_crossing = [
        (0, 0),
        (2, 0),
        (2, 2),
        (1, 2),
        (1.5, 1),
        (0.5, 1),
        (1, 2),
        (0, 2),
        (-1, 1),
        (-1, 2),
        (0, 1),
    ]
    with pytest.raises(GeometryError, match="crosses or overlaps itself"):
        make_blocks(
            shapely.Polygon([(LON + x / 100, LAT + y / 100) for x, y in touching_and_crossing]), NO_LINES, metres
        )
    with pytest.raises(GeometryError, match="smaller than the grid"):
        make_blocks(shapely.box(LON, LAT, LON + 1e-9, LAT + 1e-9), NO_LINES, metres)


def test_unusable_lines_say_which():
    box = shapely.box(LON, LAT, LON + 0.01, LAT + 0.01)
    good = [(LON, LAT), (LON + 1, LAT)]
    with pytest.raises(GeometryError, match="Boundary line 1 has a coordinate that is not a finite number"):
        make_blocks(box, boundary_lines([good, [(LON, np.nan), (LON, LAT)]]), metres)
    with pytest.raises(GeometryError, match="Boundary line 1 has kind 10"):
        make_blocks(box, boundary_lines([good, good], [2, 10]), metres)
    with pytest.raises(GeometryError, match="A boundary line has the coordinate 500000"):
        make_blocks(box, boundary_lines([[(500_000, 3_300_000), (LON, LAT)]]), metres)
    with pytest.raises(GeometryError, match="one more than 1 kinds"):
        make_blocks(box, BoundaryLines(np.zeros((2, 2)), np.array([0, 1, 2]), np.array([2], np.int8)), metres)
    with pytest.raises(GeometryError, match="offsets should rise"):
        make_blocks(box, BoundaryLines(np.zeros((2, 2)), np.array([0, 3]), np.array([2], np.int8)), metres)
    with pytest.raises(GeometryError, match="gives no metres"):
        make_blocks(box, NO_LINES, lambda lon, lat: (lon * np.inf, lat))


def test_a_line_of_one_vertex_or_none_is_no_line():
    box = shapely.box(LON, LAT, LON + 0.01, LAT + 0.01)
    assert make_blocks(box, boundary_lines([[], [(LON + 0.005, LAT + 0.005)], []]), metres).topology.blocks == 1


def same_topology(a: Topology, b: Topology) -> bool:
    return all(np.array_equal(getattr(a, f), getattr(b, f)) for f in a.__slots__)


@settings(max_examples=120, deadline=None)
@given(territories(), st.sampled_from([0.0, 200.0]))
def test_any_blocks_tile_the_outline_exactly(territory, sliver_m2):
    outline, lines = territory
    blocks = make_blocks(outline, lines, metres, sliver_m2=sliver_m2)
    report = check_tiling(blocks.outline, blocks.polygons, metres)
    assert report.exact, report
    assert shapely.is_valid(blocks.polygons).all()
    assert set(shapely.get_type_id(blocks.polygons)) == {shapely.GeometryType.POLYGON}
    # Snapping and cutting move the outline by a few grid units of 1.1 mm at the most.
    moved = shapely.area(shapely.symmetric_difference(outline, blocks.outline))
    assert moved <= 3e-8 * outline.length
    area = shapely.area(shapely.transform(blocks.polygons, project))
    assert np.allclose(blocks.topology.block_area_m2, area, rtol=1e-6, atol=1e-7)


@settings(max_examples=80, deadline=None)
@given(territories(), st.randoms(use_true_random=False))
def test_the_order_and_direction_of_lines_do_not_matter(territory, random):
    outline, lines = territory
    order = random.sample(range(len(lines.kind)), len(lines.kind))
    other = reordered(lines, order, [random.random() < 0.5 for _ in order])
    first, second = make_blocks(outline, lines, metres), make_blocks(outline, other, metres)
    assert same_topology(first.topology, second.topology)
    assert shapely.to_wkb(first.outline) == shapely.to_wkb(second.outline)
    assert first.findings == second.findings


@settings(max_examples=80, deadline=None)
@given(territories(), st.sampled_from([0.0, 200.0]))
def test_blocks_of_the_blocks_edges_are_the_same_blocks(territory, sliver_m2):
    outline, lines = territory
    first = make_blocks(outline, lines, metres, sliver_m2=sliver_m2)
    t = first.topology
    inner = np.flatnonzero(t.edge_kind < LineKind.OUTLINE)
    ends = np.stack([t.edge_start[inner], t.edge_end[inner]], axis=1).ravel()
    coords = np.stack([t.node_x[ends], t.node_y[ends]], axis=1) / 1e8
    again = BoundaryLines(coords, np.arange(len(inner) + 1) * 2, t.edge_kind[inner])
    second = make_blocks(first.outline, again, metres, sliver_m2=sliver_m2)
    assert same_topology(t, second.topology)


@settings(max_examples=80, deadline=None)
@given(territories())
def test_blocks_agree_with_geos_polygonize(territory):
    assert_agrees_with_geos(*territory)


def assert_agrees_with_geos(outline, lines):
    """An independent way to the same faces: the noded edges, polygonized by GEOS."""
    blocks = make_blocks(outline, lines, metres, sliver_m2=0)
    t = blocks.topology
    ends = np.stack([t.edge_start, t.edge_end], axis=1).ravel()
    coords = np.stack([t.node_x[ends] - t.node_x.min(), t.node_y[ends] - t.node_y.min()], axis=1).astype(float)
    faces = shapely.get_parts(shapely.polygonize(shapely.linestrings(coords.reshape(-1, 2, 2))))
    grid = shapely.transform(blocks.polygons, lambda c: (to_grid(c) - [t.node_x.min(), t.node_y.min()]).astype(float))
    whole = shapely.union_all(grid)
    inside = faces[shapely.contains(shapely.buffer(whole, 1e-6), faces)]
    assert len(inside) == t.blocks
    # Whole numbers, but their sums may pass 2 ** 53.
    assert np.allclose(np.sort(shapely.area(inside)), np.sort(shapely.area(grid)), rtol=1e-12, atol=0)


@pytest.mark.parametrize("seed", range(6))
def test_hundreds_of_islands_in_islands_agree_with_geos(seed):
    rng = np.random.default_rng(seed)
    size = 10.0 ** rng.integers(-3, 1)
    lines = []
    for x, y, k in zip(*rng.random((2, 200)), rng.random(200) ** 3 * 0.3, strict=True):
        angle = np.sort(rng.random(int(rng.integers(3, 9))) * 2 * np.pi)
        ring = np.column_stack([LON + size * (x + k * np.cos(angle)), LAT + size * (y + k * np.sin(angle))])
        lines.append([tuple(p) for p in np.vstack([ring, ring[:1]])])
    territory = shapely.box(LON, LAT, LON + size, LAT + size), boundary_lines(lines)
    assert_agrees_with_geos(*territory)
    blocks = make_blocks(*territory, metres)
    assert check_tiling(blocks.outline, blocks.polygons, metres).exact
