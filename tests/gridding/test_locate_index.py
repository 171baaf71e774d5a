"""What the compiled index could get wrong by its own making: pixels, their parts, chains of edges, boxes around them."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gridding import CellLocator, TerritoryLocator, border_chains, nearest_edge
from gridding.border_chains import rings_of
from gridding.fine_pixels import COLUMNS, ROWS
from gridding.shared_edges import shared_edges
from tests.gridding.coverages import brute, critical_points, rectangles, voronoi
from tests.gridding.test_territory import flat, rule

SEEDS = st.integers(0, 2**32 - 1)


def covers_exactly(cell, px, py):
    """Whether a polygon covers a point, in fractions: on an edge, or an odd number of crossings to the right."""
    x, y, odd = Fraction(px), Fraction(py), False
    for part in shapely.get_parts(cell):
        for ring in shapely.get_rings(part):
            xy = [(Fraction(a), Fraction(b)) for a, b in shapely.get_coordinates(ring).tolist()]
            for (ax, ay), (bx, by) in pairwise(xy):
                turn = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
                if turn == 0 and min(ax, bx) <= x <= max(ax, bx) and min(ay, by) <= y <= max(ay, by):
                    return True
                if (ay <= y) != (by <= y):
                    odd ^= (turn > 0) == (by > ay)
    return odd


@given(SEEDS, st.booleans())
@settings(max_examples=12, deadline=None)
def test_exact_against_fractions(seed, square):
    cells = rectangles(seed, nx=4, ny=3, cells=4) if square else voronoi(seed, n=14, cells=4)
    assume(cells is not None)
    x, y = critical_points(cells, np.random.default_rng(seed), 4)
    right = [min((i for i, c in enumerate(cells) if covers_exactly(c, *p)), default=-1) for p in zip(x, y, strict=True)]
    assert CellLocator(cells).prepare().locate(x, y).tolist() == right


@given(SEEDS)
@settings(max_examples=20, deadline=None)
def test_needles(seed):
    """Cells a unit of the storage grid wide, up to a degree long."""
    rng = np.random.default_rng(seed)
    tops = np.sort(rng.choice(12, 7, replace=False)) * 1e-8
    fan = [shapely.Polygon([(116, 39), (117, 39 + a), (117, 39 + b)]) for a, b in pairwise(tops)]
    cells = np.array(fan)
    assume(shapely.is_valid(cells).all())
    x, y = critical_points(cells, rng, 40)
    assert np.array_equal(CellLocator(cells).prepare().locate(x, y), brute(cells, x, y))


def test_parts_of_pixels_answer_like_edges_do():
    cells = voronoi(31, n=2_000, cells=900, extent=0.7)
    coarse, fine = CellLocator(cells), CellLocator(cells).prepare()
    coarse._compile()._asked = -(10**9)
    x, y = critical_points(cells, np.random.default_rng(3), 4_000)
    grid = fine._compiled.index.grid
    busy = np.flatnonzero(grid.code[:-1] < -1)[:400, None]
    i, j = np.meshgrid(np.arange(COLUMNS + 1) / COLUMNS, np.arange(ROWS + 1) / ROWS)
    x = np.append(x, grid.frame[0] + (busy % grid.side + i.ravel()) * grid.frame[2])
    y = np.append(y, grid.frame[1] + (busy // grid.side + j.ravel()) * grid.frame[3])
    found = fine.locate(x, y)
    assert np.array_equal(found, coarse.locate(x, y))
    assert len(coarse._compiled.index.fine) == 0
    pairs = zip(x[::37].tolist(), y[::37].tolist(), strict=True)
    assert [fine.locate_one(*p) for p in pairs] == found[::37].tolist()


@given(SEEDS, st.booleans())
@settings(max_examples=20, deadline=None)
def test_chains_hold_the_same_edges_as_sorting_finds(seed, overlap):
    cells = voronoi(seed)
    assume(cells is not None)
    if overlap:
        cells = np.concatenate([cells, cells[:2], [None]])
    chains = border_chains.border_chains(rings_of(cells), len(cells))
    edge = np.flatnonzero((chains.owners >= 0).any(axis=1))
    start, end, owners = chains.vertices[edge], chains.vertices[edge + 1], chains.owners[edge]
    up = (end[:, 1] > start[:, 1]) | ((end[:, 1] == start[:, 1]) & (end[:, 0] > start[:, 0]))
    ours = np.where(up[:, None], np.hstack([start, end]), np.hstack([end, start]))
    sides = np.where(up[:, None], owners, owners[:, ::-1])
    theirs, their_owners = shared_edges(cells)

    def each(edges, pairs):
        rows = [
            (*e, c, side)
            for e, p in zip(edges.tolist(), pairs.tolist(), strict=True)
            for side, c in enumerate(p)
            if c >= 0
        ]
        return sorted(rows)

    assert each(ours, sides) == each(theirs, their_owners)
    assert len(ours) == len(theirs)
    for cell in range(len(cells)):
        own = [e for a, b in chains.runs[chains.run_first[cell] : chains.run_first[cell + 1]] for e in range(a, b)]
        assert sorted(own) == np.flatnonzero((chains.owners == cell).any(axis=1)).tolist()


def test_keys_that_are_equal_by_chance_do_no_harm(monkeypatch):
    cells = rectangles(11)
    x, y = critical_points(cells, np.random.default_rng(11), 80)
    right = CellLocator(cells, flat).prepare().locate_with_border(x, y)
    pair_up = border_chains._pair_up

    def by_chance(key, shift, twin):
        pair_up(np.where(key > 0, (key & np.uint64(1)) | np.uint64(6), key), shift, twin)

    monkeypatch.setattr(border_chains, "_pair_up", by_chance)
    locator = CellLocator(cells, flat).prepare()
    assert len(locator._compiled.index.grid.owners) > len(CellLocator(cells, flat).prepare().polygons)
    for ours, theirs in zip(locator.locate_with_border(x, y), right, strict=True):
        assert np.allclose(ours, theirs, rtol=0, atol=1e-9)


def test_a_cell_of_many_edges_is_searched_level_by_level():
    angle = np.linspace(0, 2 * np.pi, 9_001)[:-1]
    radius = 0.5 + 0.02 * np.sin(37 * angle) + np.random.default_rng(2).uniform(0, 0.01, 9_000)
    ring = np.round(np.column_stack([116 + radius * np.cos(angle), 39 + radius * np.sin(angle)]), 8)
    cells = [shapely.Polygon(ring), shapely.box(115, 38, 117, 40) - shapely.Polygon(ring)]
    locator = CellLocator(cells, flat).prepare()
    assert locator._compiled.index.widest > nearest_edge.MANY_BOXES
    rng = np.random.default_rng(5)
    x, y = rng.uniform(115, 117, 800), rng.uniform(38, 40, 800)
    cell, distance, _ = locator.locate_with_border(x, y)
    metric = shapely.transform(shapely.boundary(np.array(cells)), lambda xy: np.column_stack(flat(*xy.T)))
    right = shapely.distance(metric[cell], shapely.points(*flat(x, y)))
    assert np.abs(distance - right).max() < 1e-5


def test_stations_that_their_cells_do_not_fill():
    """A gap in a plan, a cell that reaches into another station, a station without cells: far from all borders too."""
    stations = [
        shapely.box(116.0, 39.0, 116.3, 39.3),
        shapely.box(116.3, 39.0, 116.6, 39.3),
        shapely.box(116.6, 39.0, 116.9, 39.3),
    ]
    cells = [
        shapely.box(116.0, 39.0, 116.1, 39.3),  # the station reaches farther east
        shapely.box(116.1, 39.2, 116.3, 39.3),
        shapely.box(116.2, 39.0, 116.6, 39.1),  # reaches into the station in the west
        shapely.box(116.3, 39.1, 116.6, 39.3),
        shapely.box(116.3, 39.05, 116.45, 39.2),  # lies over two others
        shapely.box(116.95, 39.0, 117.0, 39.3),  # outside all stations
    ]
    station_of_cell = np.array([0, 0, 1, 1, 1, 1])
    rng = np.random.default_rng(1)
    x, y = rng.uniform(115.97, 117.03, 900), rng.uniform(38.97, 39.33, 900)
    corners = shapely.get_coordinates(stations + cells)
    x, y = np.append(x, corners[:, 0]), np.append(y, corners[:, 1])
    small = TerritoryLocator(stations, cells, station_of_cell, flat)
    large = TerritoryLocator(stations, cells, station_of_cell, flat).prepare()
    station, cell = large.locate(x, y)
    for k, (s, allowed) in enumerate(rule(stations, cells, station_of_cell, x, y)):
        assert station[k] == s
        assert cell[k] in allowed
    assert {-1, 0, 1, 2} == set(station.tolist())
    for ours, theirs in zip(large.locate_with_border(x, y), small.locate_with_border(x, y), strict=True):
        assert np.allclose(ours, theirs, rtol=0, atol=1e-7)
    pairs = list(zip(x.tolist(), y.tolist(), strict=True))
    assert [large.locate_one(*p) for p in pairs] == list(zip(station.tolist(), cell.tolist(), strict=True))
    assert [large.locate_with_border_one(*p)[:2] for p in pairs] == [large.locate_one(*p) for p in pairs]


@pytest.mark.parametrize("points", [10, 30_000])
def test_many_points_or_few_the_first_question_is_answered_alike(points):
    cells = voronoi(8, n=400, cells=90)
    x, y = np.random.default_rng(8).uniform([[116.3], [39.8]], [[116.4], [39.9]], (2, points))
    assert np.array_equal(CellLocator(cells).locate(x, y), brute(cells, x, y))
