"""Blocks: drawn stations for every case a street network brings, and properties for all others."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from gridding.blocks import make_blocks
from gridding.tiling import check_tiling
from gridding.types import Blocks, LineKind
from tests.drawing import LAT, LON, STEP, Drawing, boundary_lines, draw, metres, place

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
