import geopandas as gpd
import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layers.shapes import Flat
from layers.strokes import block_edges, strokes

FLAT = Flat(1.0)


def lines(*ways: list[tuple[float, float]]) -> np.ndarray:
    return np.array([shapely.LineString(way) for way in ways], dtype=object)


def test_a_crossing_is_passed_straight() -> None:
    cross = lines([(0, 0), (1, 0)], [(1, 0), (2, 0)], [(1, -1), (1, 0)], [(1, 0), (1, 1)])
    assert sorted(line.length for line in strokes(cross, FLAT)) == [2, 2]


def test_a_corner_ends_a_stroke() -> None:
    assert len(strokes(lines([(0, 0), (1, 0)], [(1, 0), (1, 1)]), FLAT)) == 2


def test_a_ring_ends_where_it_began() -> None:
    angle = np.linspace(0, 2 * np.pi, 25)
    ring = np.column_stack([np.cos(angle), np.sin(angle)]).round(6)
    ring[-1] = ring[0]
    pieces = np.array([shapely.LineString(ring[i : i + 2]) for i in range(24)], dtype=object)
    (stroke,) = strokes(pieces, FLAT)
    assert stroke.is_closed
    assert shapely.get_num_coordinates(stroke) == 25


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_strokes_of_blocks_cover_their_edges_once(columns: int, rows: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    shift = rng.uniform(-0.3, 0.3, (columns + 1, rows + 1, 2))
    node = np.stack(np.meshgrid(np.arange(columns + 1), np.arange(rows + 1), indexing="ij"), -1) + shift
    node = np.round(node * 0.001 + [114, 30], 8)
    blocks = [
        shapely.Polygon([node[i, j], node[i + 1, j], node[i + 1, j + 1], node[i, j + 1]])
        for i in range(columns)
        for j in range(rows)
    ]
    edges = block_edges(gpd.GeoDataFrame(geometry=blocks, crs=4490)).geometry.iloc[0]
    expected = shapely.union_all(shapely.boundary(blocks))
    assert np.isclose(edges.length, expected.length)
    assert shapely.hausdorff_distance(edges, expected) < 1e-9
    count = columns * (rows + 1) + rows * (columns + 1)
    assert shapely.get_num_geometries(edges) <= count
