"""Real street networks: Chicago, Wuhan and Shenzhen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyogrio
import pyproj
import pytest
import shapely

from gridding.adjacency import block_graph
from gridding.blocks import make_blocks
from gridding.carriageways import Edges, find_strips
from gridding.network import outline_of_network
from gridding.regions import cell_borders, dissolve
from gridding.rings import ring_edges
from gridding.slivers import perimeters
from gridding.tiling import check_tiling
from gridding.types import Blocks, BoundaryLines, LineKind, Projection
from tests.gridding.topology_help import reordered

DATA = Path(__file__).resolve().parents[2] / "../shared/data"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.exists(), reason="../shared/data is not there: real networks cannot be tried"),
]

KINDS = {
    **dict.fromkeys(["motorway", "motorway_link", "trunk", "trunk_link"], LineKind.EXPRESSWAY),
    **dict.fromkeys(["primary", "primary_link"], LineKind.MAIN),
    **dict.fromkeys(["secondary", "secondary_link", "tertiary", "tertiary_link"], LineKind.SECONDARY),
    **dict.fromkeys(["service", "track"], LineKind.SERVICE),
}
NO_BORDER = {"footway", "steps", "path", "cycleway", "proposed", "construction", "abandoned"}


def read(file: str, layer: str) -> tuple[np.ndarray, np.ndarray]:
    """Geometries, and the column highway (empty where there is none)."""
    _, _, wkb, fields = pyogrio.raw.read(DATA / file, layer=layer)
    names = pyogrio.read_info(DATA / file, layer=layer)["fields"].tolist()
    shapes = shapely.from_wkb(wkb)
    return shapes, fields[names.index("highway")] if "highway" in names else np.full(len(shapes), "")


def streets(file: str, layer: str) -> BoundaryLines:
    shapes, highway = read(file, layer)
    keep = np.array([h not in NO_BORDER for h in highway])
    kind = np.array([KINDS.get(h, LineKind.LOCAL) for h in highway[keep]], dtype=np.int8)
    coords, line = shapely.get_coordinates(shapes[keep], return_index=True)
    return BoundaryLines(coords, np.searchsorted(line, np.arange(keep.sum() + 1)).astype(np.int64), kind)


def projection(epsg: int) -> Projection:
    return pyproj.Transformer.from_crs(4490, epsg, always_xy=True).transform


def territory(name: str):
    if name.startswith("chicago"):
        layer = "covered_boundary" if name == "chicago" else "boundary"
        return read("chicago.gpkg", layer)[0][0], streets("chicago.gpkg", "streets"), projection(26916)
    files = {
        "wuhan": ("wuhan_streets_simplified.gpkg", "wuhan_streets_simplified"),
        "futian": ("shenzhen_futian.gpkg", "streets"),
    }
    lines = streets(*files[name])
    return shapely.convex_hull(shapely.multipoints(lines.coords)), lines, projection(4547)


@pytest.fixture(scope="module")
def chicago() -> tuple[shapely.Geometry, BoundaryLines, Projection, Blocks]:
    outline, lines, to_metres = territory("chicago")
    return outline, lines, to_metres, make_blocks(outline, lines, to_metres)


def assert_outline_stays(outline: shapely.Geometry, blocks: Blocks) -> None:
    """It moves by a few millimetres at most (holes thinner than that vanish)."""
    edges = ring_edges(np.array([outline], dtype=object))
    tree = shapely.STRtree(shapely.linestrings(np.stack([edges.start, edges.end], axis=1)))
    vertices = shapely.points(shapely.get_coordinates(blocks.outline))
    _, distance = tree.query_nearest(vertices, return_distance=True, all_matches=False)
    assert distance.max() < 2e-8
    assert blocks.outline.area == pytest.approx(outline.area, rel=1e-6)


@pytest.mark.parametrize(("name", "blocks_expected"), [("futian", 417), ("wuhan", 4_657), ("chicago_whole", 40_050)])
def test_blocks_tile_real_outlines(name, blocks_expected):
    outline, lines, to_metres = territory(name)
    blocks = make_blocks(outline, lines, to_metres)
    assert blocks.topology.blocks == pytest.approx(blocks_expected, rel=0.02)
    assert check_tiling(blocks.outline, blocks.polygons, to_metres).exact
    assert shapely.coverage_is_valid(blocks.polygons)
    assert_outline_stays(outline, blocks)


def test_chicago_tiles_and_is_connected(chicago):
    outline, _, to_metres, blocks = chicago
    topology = blocks.topology
    assert topology.blocks == pytest.approx(38_975, rel=0.02)
    assert check_tiling(blocks.outline, blocks.polygons, to_metres).exact
    assert topology.block_area_m2.sum() == pytest.approx(446e6, rel=0.005)
    assert topology.block_area_m2.min() > 0
    assert_outline_stays(outline, blocks)
    assert set(topology.block_part.tolist()) == {0}
    perimeter = np.zeros(topology.blocks)
    for side in (topology.edge_left, topology.edge_right):
        np.add.at(perimeter, side[side >= 0], topology.edge_length_m[side >= 0])
    slivers = (topology.block_area_m2 < 200) | (2 * topology.block_area_m2 < 2.0 * perimeter)
    assert not slivers.any()


def test_chicago_does_not_depend_on_the_order_of_lines(chicago):
    outline, lines, to_metres, blocks = chicago
    rng = np.random.default_rng(5)
    count = len(lines.kind)
    other = reordered(lines, rng.permutation(count).tolist(), (rng.random(count) < 0.5).tolist())
    again = make_blocks(outline, other, to_metres).topology
    assert all(np.array_equal(getattr(again, f), getattr(blocks.topology, f)) for f in again.__slots__)


def test_chicago_cells_of_any_labels_tile(chicago):
    _, _, to_metres, blocks = chicago
    rng = np.random.default_rng(11)
    centre = shapely.get_coordinates(shapely.centroid(blocks.polygons))
    seeds = centre[rng.choice(len(centre), 100, replace=False)]
    nearest = shapely.STRtree(shapely.points(seeds)).nearest(shapely.points(centre)).astype(np.int32)
    scattered = rng.integers(0, 20, len(centre)).astype(np.int32)
    for labels, cells in ((nearest, 100), (scattered, 20)):
        shapes = dissolve(blocks.topology, labels, cells)
        assert shapely.is_valid(shapes).all()
        assert check_tiling(blocks.outline, shapes, to_metres).exact
        graph = block_graph(blocks.topology)
        cut = labels[graph.pairs[:, 0]] != labels[graph.pairs[:, 1]]
        total = sum(row[3] for row in cell_borders(blocks.topology, labels))
        assert total == pytest.approx(graph.border_length_m[cut].sum())


@pytest.mark.parametrize(("name", "km2", "parts"), [("wuhan", 1_060, 16), ("futian", 8.12, 8)])
def test_an_outline_made_from_a_real_network(name, km2, parts):
    _, lines, to_metres = territory(name)
    made = outline_of_network(lines, to_metres)
    assert made.area_m2 / 1e6 == pytest.approx(km2, rel=0.01)
    assert made.parts == parts
    blocks = make_blocks(made.outline, lines, to_metres)
    assert check_tiling(blocks.outline, blocks.polygons, to_metres).exact
    assert shapely.equals(shapely.normalize(blocks.outline), shapely.normalize(made.outline))
    assert int(blocks.topology.block_part.max()) + 1 == parts


def test_borders_of_chicago_do_not_change_carriageways(chicago):
    _, _, _, blocks = chicago
    t = blocks.topology
    x, y = (t.node_x - t.node_x[0]) / 1e8 * 82_800, (t.node_y - t.node_y[0]) / 1e8 * 111_080
    east, north = x[t.edge_end] - x[t.edge_start], y[t.edge_end] - y[t.edge_start]
    left, right = t.edge_left.astype(np.int64), t.edge_right.astype(np.int64)
    edges = Edges(left, right, t.edge_kind, east, north, t.edge_length_m)
    perimeter = perimeters(left, right, t.edge_length_m, t.blocks)
    strips = find_strips(edges, t.block_area_m2, perimeter)
    assert strips.sum() < 40, "1,831 before they were merged; those that remain surround real blocks"
