"""The proof of tiling finds what is broken, however little, and accepts what is not."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridding.blocks import make_blocks
from gridding.tiling import check_tiling
from tests.drawing import draw, metres
from tests.gridding.topology_help import territories

UNIT = 1e-8


def four():
    drawing = draw("""
        #########
        #a  |b  #
        #   |   #
        #---+---#
        #c  |d  #
        #   |   #
        #########
    """)
    blocks = make_blocks(drawing.outline, drawing.lines, metres)
    return blocks.outline, blocks.polygons.copy()


def rules(report) -> set[str]:
    return {f.rule for f in report.findings}


def moved(polygon: shapely.Polygon, vertex: int, by: tuple[float, float]) -> shapely.Polygon:
    coords = np.array(polygon.exterior.coords)[:-1]
    coords[vertex] = np.rint((coords[vertex] + by) * 1e8) / 1e8
    return shapely.Polygon(coords)


def test_an_exact_tiling_is_exact():
    report = check_tiling(*four(), metres)
    assert report.exact
    assert report.findings == ()


def test_ring_direction_and_start_do_not_matter():
    outline, polygons = four()
    polygons[1] = shapely.reverse(polygons[1])
    polygons[2] = shapely.Polygon(np.roll(np.array(polygons[2].exterior.coords)[:-1], 2, axis=0))
    assert check_tiling(shapely.reverse(outline), polygons, metres).exact


def test_a_missing_polygon_is_a_gap_of_its_area():
    outline, polygons = four()
    report = check_tiling(outline, polygons[1:], metres)
    assert not report.edges_matched
    assert not report.union_equals_outline
    area = shapely.area(shapely.transform(polygons[0], lambda c: np.column_stack(metres(c[:, 0], c[:, 1]))))
    assert report.gap_area_m2 == pytest.approx(area, rel=1e-6)
    assert report.overlap_area_m2 == 0
    gap = next(f for f in report.findings if f.rule == "tiling.gap")
    assert shapely.contains(polygons[0], shapely.Point(gap.at))


def test_a_doubled_polygon_is_an_overlap_of_its_area():
    outline, polygons = four()
    report = check_tiling(outline, [*polygons, polygons[2]], metres)
    assert not report.edges_matched
    area = shapely.area(shapely.transform(polygons[2], lambda c: np.column_stack(metres(c[:, 0], c[:, 1]))))
    assert report.overlap_area_m2 == pytest.approx(area, rel=1e-6)
    assert report.gap_area_m2 == 0
    assert next(f for f in report.findings if f.rule == "tiling.overlap").where == "2,4"


@pytest.mark.parametrize("by", [(UNIT, 0), (0, UNIT), (-UNIT, 0), (0, -UNIT)])
@pytest.mark.parametrize("which", [0, 3])
def test_a_vertex_moved_by_one_grid_unit_is_found(which, by):
    outline, polygons = four()
    polygons[which] = moved(polygons[which], 2, by)
    report = check_tiling(outline, polygons, metres)
    assert not report.exact
    assert "tiling.edge" in rules(report)
    assert report.gap_area_m2 + report.overlap_area_m2 > 0


def test_a_polygon_beyond_the_outline_is_found():
    outline, polygons = four()
    coords = np.array(polygons[0].exterior.coords)
    corner = int(np.abs(coords - [outline.bounds[0], outline.bounds[1]]).sum(axis=1).argmin())
    polygons[0] = (
        moved(polygons[0], corner, (-1e-4, 0)) if corner < len(coords) - 1 else moved(polygons[0], 0, (-1e-4, 0))
    )
    report = check_tiling(outline, polygons, metres)
    assert "tiling.beyond" in rules(report)
    assert not report.union_equals_outline


def test_a_vertex_that_the_neighbour_lacks_is_an_edge_unmatched_without_a_gap():
    outline, polygons = four()
    coords = np.array(polygons[0].exterior.coords)
    # In the middle of an axis-parallel edge, so that it lies on it exactly.
    middle = np.rint((coords[0] + coords[1]) / 2 * 1e8) / 1e8
    polygons[0] = shapely.Polygon(np.insert(coords, 1, middle, axis=0))
    report = check_tiling(outline, polygons, metres)
    assert not report.exact
    assert report.gap_area_m2 == report.overlap_area_m2 == 0
    assert rules(report) == {"tiling.edge"}


def test_empty_missing_and_invalid_polygons_are_named():
    outline, polygons = four()
    x, y = polygons[0].exterior.coords[0]
    bow_tie = shapely.Polygon([(x, y), (x + 1e-4, y + 1e-4), (x + 1e-4, y), (x, y + 1e-4)])
    report = check_tiling(outline, [*polygons, shapely.Polygon(), None, bow_tie], metres)
    assert {(f.rule, f.where) for f in report.findings} >= {
        ("tiling.no_area", "4"),
        ("tiling.no_area", "5"),
        ("tiling.invalid", "6"),
    }
    assert not report.exact


def test_no_polygons_at_all_leave_the_whole_outline_open():
    outline, _ = four()
    report = check_tiling(outline, [], metres)
    assert not report.exact
    assert report.gap_area_m2 > 0


def test_coordinates_off_the_grid_are_compared_as_they_are():
    rng = np.random.default_rng(3)
    x = 114 + np.cumsum(rng.random(6)) / 97
    y = 30 + np.cumsum(rng.random(5)) / 89
    grid = [shapely.box(x[i], y[j], x[i + 1], y[j + 1]) for i in range(5) for j in range(4)]
    rim = (
        [(v, y[0]) for v in x]
        + [(x[-1], v) for v in y[1:]]
        + [(v, y[-1]) for v in x[-2::-1]]
        + [(x[0], v) for v in y[-2:0:-1]]
    )
    assert check_tiling(shapely.Polygon(rim), grid, metres).exact
    nudged = list(grid)
    nudged[7] = shapely.box(np.nextafter(x[1], 0), y[3], x[2], y[4])
    assert not check_tiling(shapely.Polygon(rim), nudged, metres).exact


def test_territories_wider_than_21_degrees_are_summed_exactly_too():
    polygons = [shapely.box(0, 0, 60, 80), shapely.box(60, 0, 150, 80)]
    outline = shapely.Polygon([(0, 0), (60, 0), (150, 0), (150, 80), (60, 80), (0, 80)])
    assert check_tiling(outline, polygons, lambda lon, lat: (lon * 1e5, lat * 1e5)).exact


def test_findings_are_limited():
    outline, polygons = four()
    many = [shapely.box(114 + i, 31, 114.5 + i, 31.5) for i in range(60)]
    assert len(check_tiling(outline, [*polygons, *many], metres).findings) == 100


@settings(max_examples=60, deadline=None)
@given(territories(), st.data())
def test_any_exact_tiling_broken_anywhere_is_found(territory, data):
    blocks = make_blocks(*territory, metres, sliver_m2=0)
    polygons = blocks.polygons.copy()
    which = data.draw(st.integers(0, len(polygons) - 1))
    how = data.draw(st.sampled_from(["move", "drop", "double"]))
    if how == "drop":
        broken = np.delete(polygons, which)
    elif how == "double":
        broken = np.append(polygons, polygons[which])
    else:
        coords = np.array(polygons[which].exterior.coords)[:-1]
        vertex = data.draw(st.integers(0, len(coords) - 1))
        coords[vertex] = np.rint((coords[vertex] + [data.draw(st.sampled_from([-UNIT, UNIT])), 0]) * 1e8) / 1e8
        polygons[which] = shapely.Polygon(coords, [r.coords for r in polygons[which].interiors])
        broken = polygons
    assert not check_tiling(blocks.outline, broken, metres).exact
