import itertools
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gridding import CellLocator, GeometryError
from gridding import shared_edges as shared_edges_module
from gridding.orient import _orient_exact, orient
from tests.gridding.coverages import brute, critical_points, rectangles, snap, voronoi

DATA = Path(__file__).resolve().parents[2] / "../shared/data"
SEEDS = st.integers(0, 2**32 - 1)


def pixel_corners(locator):
    """Places where the paths of the index begin and turn, which nobody else would think of."""
    grid = locator._compiled.index.grid
    busy = np.flatnonzero(grid.code[:-1] < -1)[:200]
    x = grid.frame[0] + (busy % grid.side) * grid.frame[2]
    y = grid.frame[1] + (busy // grid.side) * grid.frame[3]
    return np.vstack([np.column_stack([x, y]), np.column_stack([x, y + grid.frame[3] / 3])])


def plain(polygons):
    """A locator that never compiles."""
    locator = CellLocator(polygons)
    locator._asked = -10_000_000
    return locator


def check(polygons, rng, n=150):
    locator = CellLocator(polygons).prepare()
    x, y = critical_points(polygons, rng, n, pixel_corners(locator))
    expected = brute(polygons, x, y)
    assert np.array_equal(locator.locate(x, y), expected)
    assert [locator.locate_one(*p) for p in zip(x[::7].tolist(), y[::7].tolist(), strict=True)] == expected[
        ::7
    ].tolist()
    assert np.array_equal(plain(polygons).locate(x, y), expected), "the plain index answers otherwise"
    return expected


@given(SEEDS, st.sampled_from([0.5, 0.01, 1e-5]), st.sampled_from([(116.3, 39.8), (-87.7, 41.8), (-0.05, -0.05)]))
@settings(max_examples=60, deadline=None)
def test_voronoi_coverage_equals_shapely(seed, extent, where):
    cells = voronoi(seed, extent=extent, west=where[0], south=where[1])
    assume(cells is not None)
    check(cells, np.random.default_rng(seed))


@given(SEEDS)
@settings(max_examples=40, deadline=None)
def test_axis_parallel_coverage_equals_shapely(seed):
    check(rectangles(seed), np.random.default_rng(seed))


@given(SEEDS, st.integers(2, 25))
@settings(max_examples=40, deadline=None)
def test_polygons_that_overlap_and_leave_gaps_equal_shapely(seed, n):
    rng = np.random.default_rng(seed)
    centre, radius = rng.uniform(0, 1, (n, 2)), rng.uniform(0.05, 0.5, n)
    discs = shapely.buffer(shapely.points(116 + centre[:, 0], 39 + centre[:, 1]), radius, quad_segs=3)
    a, b = rng.uniform(0, 1, (2, 3, 2)) * 0.7
    boxes = shapely.box(116 + a[:, 0], 39 + a[:, 1], 116.3 + b[:, 0] + a[:, 0], 39.3 + b[:, 1] + a[:, 1])
    check(snap(np.concatenate([discs, boxes, discs[:1], boxes[:1]])), rng)


@given(SEEDS, st.booleans())
@settings(max_examples=25, deadline=None)
def test_borders_that_lie_on_the_lines_of_the_index_itself(seed, halved):
    """The paths of the index then run along edges and turn on vertices, which no real border makes them do."""
    rng = np.random.default_rng(seed)

    def cells_of(x, y):
        i, j = (a.ravel() for a in np.meshgrid(np.arange(8), np.arange(8)))
        boxes = shapely.box(x[i], y[j], x[i + 1], y[j + 1])
        if not halved:
            return boxes
        corners = shapely.get_coordinates(boxes).reshape(-1, 5, 2)[:, :4]
        return np.concatenate([shapely.polygons(corners[:, [0, 1, 2]]), shapely.polygons(corners[:, [0, 2, 3]])])

    x, y = np.linspace(116, 117, 9), np.linspace(39, 40, 9)
    grid = CellLocator(cells_of(x, y)).prepare()._compiled.index.grid
    x[1:-1] = grid.frame[0] + np.sort(rng.choice(np.arange(2, grid.side - 2), 7, replace=False)) * grid.frame[2]
    y[1:-1] = grid.frame[1] + np.sort(rng.choice(np.arange(2, grid.side - 2), 7, replace=False)) * grid.frame[3]
    cells = cells_of(x, y)
    locator = CellLocator(cells).prepare()
    assert np.array_equal(locator._compiled.index.grid.frame, grid.frame), (
        "the cells must lie on the lines of their own index"
    )
    check(cells[rng.permutation(len(cells))], rng)


def test_touching_without_common_vertices():
    left, low, high = shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 0.3), shapely.box(1, 0.3, 2, 1)
    cells = np.array([high, low, left])
    x, y = np.array([1, 1, 1, 1.5, 1, 0.5]), np.array([0.3, 0.1, 0.9, 0.3, 0.0, 0.5])
    assert CellLocator(cells).prepare().locate(x, y).tolist() == [0, 1, 0, 0, 1, 2]
    check(cells, np.random.default_rng(0))


def wedges(x, y):
    angle = np.linspace(0, 2 * np.pi, 101)
    rim = np.round(np.column_stack([x + np.cos(angle), y + np.sin(angle)]), 8)
    rim[-1] = rim[0]
    return np.array([shapely.Polygon([(x, y), rim[i], rim[i + 1]]) for i in range(100)])[::-1]


def test_a_hundred_cells_meet_in_one_point():
    cells = wedges(116.3, 39.8)
    expected = check(cells, np.random.default_rng(1), n=1000)
    assert len(np.unique(expected)) == 101
    assert CellLocator(cells).locate_one(116.3, 39.8) == 0


def test_exact_where_products_underflow():
    """Beside 0, 0 a double is as small as 5e-324; fractions say what is right."""
    cells, tiny = wedges(0.0, 0.0), 5e-324
    locator = CellLocator(cells)
    for px, py in (
        (tiny, tiny),
        (-tiny, tiny),
        (0.0, tiny),
        (-2 * tiny, -tiny),
        (1.0, tiny),
        (0.0, 0.0),
        (1e-300, 3e-310),
    ):
        covering = []
        for i, cell in enumerate(cells):
            ring = shapely.get_coordinates(shapely.orient_polygons(cell)).tolist()
            if all(sign(*a, *b, px, py) >= 0 for a, b in itertools.pairwise(ring)):
                covering.append(i)
        assert locator.locate_one(px, py) == min(covering, default=-1)


def test_islands_holes_and_enclaves():
    lake = shapely.box(0, 0, 9, 9) - shapely.box(2, 2, 7, 7)
    ring = shapely.box(3, 3, 6, 6) - shapely.box(4, 4, 5, 5)
    cells = np.array([shapely.MultiPolygon([lake, shapely.box(4, 4, 5, 5)]), ring, shapely.box(20, 0, 21, 1)])
    x, y = np.array([1, 2.5, 3.5, 4.5, 4, 20.5, 15, 3]), np.array([1, 2.5, 3.5, 4.5, 4.5, 0.5, 0.5, 4])
    assert CellLocator(cells).locate(x, y).tolist() == [0, -1, 1, 0, 0, 2, -1, 1]
    check(cells, np.random.default_rng(2))


@given(SEEDS, st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_the_order_of_the_polygons_changes_only_who_wins_on_borders(seed, random):
    cells = voronoi(seed)
    assume(cells is not None)
    order = list(range(len(cells)))
    random.shuffle(order)
    x, y = critical_points(cells, np.random.default_rng(seed), 100)
    one, other = CellLocator(cells).prepare(), CellLocator(cells[order]).prepare()
    a, b = one.locate(x, y), other.locate(x, y)
    b = np.where(b >= 0, np.asarray(order)[b], -1)
    assert np.array_equal(a < 0, b < 0)
    differs = np.flatnonzero(a != b)
    points = shapely.points(x[differs], y[differs])
    assert shapely.covers(cells[a[differs]], points).all()
    assert shapely.covers(cells[b[differs]], points).all()


def test_not_a_number_and_infinity_are_outside():
    cells = rectangles(3)
    for locator in (CellLocator(cells), CellLocator(cells).prepare()):
        x = np.array([np.nan, 116.35, np.inf, -np.inf, 1e300, np.nan])
        y = np.array([39.85, np.nan, 39.85, 39.85, -1e300, np.nan])
        assert locator.locate(x, y).tolist() == [-1] * 6
        assert [locator.locate_one(*p) for p in zip(x.tolist(), y.tolist(), strict=True)] == [-1] * 6
        distance, beyond = locator.border(x[[0, 1, 5]], y[[0, 1, 5]])
        assert np.isnan(distance).all()
        assert beyond.tolist() == [-1] * 3


@pytest.mark.parametrize("cells", [[], [None], [shapely.Polygon()], [shapely.MultiPolygon(), None]])
def test_no_polygons_cover_nothing(cells):
    for locator in (CellLocator(cells), CellLocator(cells).prepare()):
        assert len(locator) == len(cells)
        assert locator.locate([1.0], [2.0]).tolist() == [-1]
        assert locator.locate([], []).shape == (0,)
        assert locator.locate_one(1.0, 2.0) == -1
        assert np.isnan(locator.border([1.0], [2.0])[0]).all()


def test_missing_and_empty_polygons_keep_their_index():
    cells = [None, shapely.box(0, 0, 1, 1), shapely.Polygon(), shapely.box(1, 0, 2, 1)]
    for locator in (CellLocator(cells), CellLocator(cells).prepare()):
        assert locator.locate([0.5, 1.5, 1.0, 3.0], [0.5, 0.5, 0.5, 0.5]).tolist() == [1, 3, 1, -1]


def test_one_locator_serves_many_threads():
    cells = voronoi(6, n=300, cells=80)
    x, y = critical_points(cells, np.random.default_rng(6), 900)
    expected = brute(cells, x, y)
    locator = CellLocator(cells)  # the first to come builds the index
    parts = np.array_split(np.arange(len(x)), 24)

    def work(rows):
        cell, distance, _ = locator.locate_with_border(x[rows], y[rows])
        one = locator.locate_one(float(x[rows[0]]), float(y[rows[0]]))
        return cell, np.isfinite(distance).all() and one == cell[0]

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(work, parts))
    assert np.array_equal(np.concatenate([a for a, _ in answers]), expected)
    assert all(fine for _, fine in answers)


def test_small_jobs_load_no_compiler():
    code = (
        "import sys, shapely; from gridding import CellLocator, TerritoryLocator\n"
        "box = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)]\n"
        "assert CellLocator(box).border([0.25], [0.5])[0][0] == 0.25\n"
        "assert TerritoryLocator(box, box, [0, 1]).locate([1.5], [0.5])[1][0] == 1\n"
        "sys.exit('numba' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_input_of_any_kind():
    cells = rectangles(5)
    locator = CellLocator(cells).prepare()
    x, y = critical_points(cells, np.random.default_rng(5), 60)
    expected = brute(cells, x, y)
    table = np.column_stack([x, y])
    frozen = table[:, 0].copy()
    frozen.flags.writeable = False
    assert np.array_equal(locator.locate(table[:, 0], table[:, 1]), expected)
    assert np.array_equal(locator.locate(frozen, y.tolist()), expected)
    assert np.array_equal(locator.locate(x.reshape(2, -1), y.reshape(2, -1)), expected.reshape(2, -1))
    assert locator.locate(x, y).dtype == np.int32
    with pytest.raises(GeometryError, match="one y for each x"):
        locator.locate([1.0, 2.0], [1.0])


def test_what_is_no_polygon_is_refused():
    with pytest.raises(GeometryError, match=r"1 of 2 cells are no polygons: 1 \(LineString\)"):
        CellLocator([shapely.box(0, 0, 1, 1), shapely.LineString([(0, 0), (1, 1)])])
    with pytest.raises(GeometryError, match=r"cells \[0\] have coordinates that are not finite"):
        CellLocator([shapely.Polygon([(0, 0), (1, 0), (1, np.inf)])])


def test_edges_are_shared_and_the_index_is_small():
    cells = voronoi(8, n=3000, cells=400, extent=1.0, share_out=0.0)
    locator = CellLocator(cells).prepare()
    grid = locator._compiled.index.grid
    both = (grid.owners >= 0).all(axis=1).sum()
    outline = (grid.owners >= 0).any(axis=1).sum() - both
    assert 2 * both + outline == shapely.get_num_coordinates(cells).sum() - shapely.get_num_interior_rings(
        shapely.get_parts(cells)
    ).sum() - len(shapely.get_parts(cells))
    assert len(grid.set_cells) == 0
    assert locator.nbytes <= 3.2 * 16 * shapely.get_num_coordinates(cells).sum()


def test_two_edges_with_one_key_are_told_apart(monkeypatch):
    monkeypatch.setattr(shared_edges_module, "_mix", lambda bits: bits[:, 0] & np.uint64(3))
    check(rectangles(11), np.random.default_rng(11))


def sign(ax, ay, bx, by, px, py):
    ax, ay, bx, by, px, py = map(Fraction, (ax, ay, bx, by, px, py))
    d = (ax - px) * (by - py) - (ay - py) * (bx - px)
    return (d > 0) - (d < 0)


coordinate = st.floats(-200, 200, allow_subnormal=False).filter(lambda v: v == 0 or abs(v) > 1e-60)


@given(coordinate, coordinate, coordinate, coordinate, st.floats(0, 1), st.integers(-3, 3), st.integers(-3, 3))
def test_orientation_is_exact(ax, ay, bx, by, w, ux, uy):
    px, py = ax * (1 - w) + bx * w, ay * (1 - w) + by * w
    px, py = px + ux * np.spacing(px), py + uy * np.spacing(py)
    assume(all(v == 0 or abs(v) > 1e-60 for v in (px, py)))
    expected = sign(ax, ay, bx, by, px, py)
    assert orient(ax, ay, bx, by, px, py) == expected
    assert _orient_exact(ax, ay, bx, by, px, py) == expected


def test_a_quarter_of_a_million_points():
    cells = voronoi(21, n=1000, cells=300, extent=0.6)
    x, y = critical_points(cells, np.random.default_rng(21), 30_000)
    assert len(x) == 270_000
    assert np.array_equal(CellLocator(cells).prepare().locate(x, y), plain(cells).locate(x, y))


@pytest.mark.real
@pytest.mark.parametrize("tolerance", [0, 0.003])
def test_beijing_townships(tolerance):
    """As they are, and simplified one by one, so that they overlap and leave gaps."""
    path = DATA / "beijing_townships.gpkg"
    if not path.exists():
        pytest.skip("../shared/data is not on this machine")
    import geopandas as gpd

    cells = np.asarray(gpd.read_file(path).geometry.values)
    cells = shapely.simplify(cells, tolerance)
    cells = cells[shapely.is_valid(cells)]
    assert len(cells) > 320
    assert shapely.coverage_is_valid(cells) == (tolerance == 0)
    x, y = critical_points(cells, np.random.default_rng(7), 2500)
    expected = brute(cells, x, y)
    assert np.array_equal(CellLocator(cells).prepare().locate(x, y), expected)
    assert len(np.unique(expected)) > 300
