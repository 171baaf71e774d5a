"""Vector tiles from memory, read back with GDAL: places, attributes, borders that match, days, tags, and empty ones."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_api.services.tile_encode import EXTENT, TOLERANCE, encode_layer, make_values
from geo_api.services.tile_shapes import PROJECTIONS, make_shapes
from tests.benchmarks.coverages import coverage
from tests.benchmarks.http_server import published
from tests.geo_api.fakes import FakeStore
from tests.geo_api.service import Service, running

CELLS = coverage(12, 60)
TILES = "/ogc/collections/{}/tiles/{}/{}/{}/{}"


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    store: Any = FakeStore()
    store.published.replacement = published(CELLS)
    with running(store=store) as running_service:
        yield running_service


def world(polygons: Any, matrix_set: str, z: int) -> np.ndarray:
    """Polygons in units of the tiles of a zoom, counted from the north-west corner of the world."""
    unit = EXTENT * 2**z
    return np.asarray(shapely.transform(polygons, lambda c: PROJECTIONS[matrix_set](c[:, 0], c[:, 1]) * unit))


def tile_of(lon: float, lat: float, matrix_set: str, z: int) -> tuple[int, int]:
    x, y = PROJECTIONS[matrix_set](np.array([lon]), np.array([lat]))[0] * 2**z
    return int(x), int(y)


def decoded(body: bytes, folder: Path, layer: str = "cells") -> gpd.GeoDataFrame:
    """What GDAL reads in a tile; units of the tile, y pointing south."""
    path = folder / "tile.mvt"
    path.write_bytes(body)
    frame = pyogrio.read_dataframe(path, layer=layer)
    frame["geometry"] = shapely.transform(frame.geometry.values, lambda c: np.stack([c[:, 0], EXTENT - c[:, 1]], 1))
    return frame


@pytest.mark.parametrize("matrix_set", ["WebMercatorQuad", "WorldCRS84Quad"])
@pytest.mark.parametrize("z", [7, 9, 11, 13, 16])
def test_a_tile_holds_the_cells_within_a_unit(service: Service, tmp_path: Path, matrix_set: str, z: int) -> None:
    lon, lat = 113.0301, 30.0301
    x, y = tile_of(lon, lat, matrix_set, z)
    answer = service.get(TILES.format("cells", matrix_set, z, x, y))
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    frame = decoded(answer.content, tmp_path)
    there = shapely.transform(world(CELLS, matrix_set, z), lambda c: c - [x * EXTENT, y * EXTENT])
    tile = shapely.box(0, 0, EXTENT, EXTENT)
    code = {c.code: i for i, c in enumerate(service.keeper.current.snapshot.cells)}
    shown = {code[c]: shape for c, shape in zip(frame["code"], frame.geometry, strict=True)}
    # nearest unit, and half a unit of simplification
    reach = math.hypot(0.5, 0.5) + TOLERANCE + 1e-6
    for index, cell in enumerate(there):
        if index in shown:
            assert shapely.intersection(shapely.make_valid(shown[index]), tile).difference(cell.buffer(reach)).is_empty
            assert (
                cell.buffer(-reach)
                .intersection(tile)
                .difference(shapely.make_valid(shown[index]).buffer(1e-6))
                .is_empty
            )
        else:
            assert cell.intersection(tile).buffer(-reach).is_empty, f"cell {index} is missing"
    covered = shapely.union_all(shapely.make_valid(frame.geometry.values)).intersection(tile)
    expected = shapely.union_all(there).intersection(tile)
    assert covered.symmetric_difference(expected).buffer(-reach).is_empty


def test_neighbours_still_share_their_borders_when_simplified(service: Service, tmp_path: Path) -> None:
    x, y = tile_of(113.03, 30.03, "WebMercatorQuad", 9)
    frame = decoded(service.get(TILES.format("cells", "WebMercatorQuad", 9, x, y)).content, tmp_path)
    whole = shapely.get_num_coordinates(CELLS).sum()
    assert shapely.get_num_coordinates(frame.geometry.values).sum() < whole / 2, "simplified"
    shapes = shapely.make_valid(frame.geometry.values)
    union = shapely.union_all(shapes)
    assert shapely.area(shapes).sum() == pytest.approx(union.area, rel=1e-3), "no overlap to speak of"
    assert shapely.get_num_interior_rings(shapely.get_parts(union)).sum() == 0, "no hole between neighbours"


def test_attributes_are_those_of_the_cell_and_say_nothing_of_owners(service: Service, tmp_path: Path) -> None:
    x, y = tile_of(113.03, 30.03, "WebMercatorQuad", 12)
    body = service.get(TILES.format("cells", "WebMercatorQuad", 12, x, y)).content
    row = decoded(body, tmp_path).set_index("code").loc["990101004003"]
    assert row["name"] == "网格003"
    assert (row["station_code"], row["station_name"], row["plan_version"]) == ("990101004", "004所", 1)
    assert row["officers"] == "王芳 (lead); 王芳 (deputy)"
    assert row["answers_for"] == "990101004003"
    assert row["area_m2"] == 1e6
    assert b"0712-555-0100" not in body, "no telephones"
    stations = decoded(
        service.get(TILES.format("stations", "WebMercatorQuad", 9, x // 8, y // 8)).content, tmp_path, "stations"
    )
    assert len(stations) == 16
    assert set(stations.columns) == {"mvt_id", "code", "name", "bureau_code", "bureau_name", "geometry"} | {
        "officers", "answers_for"}  # fmt: skip


def test_empty_tiles_have_no_content_and_others_do_not_exist(service: Service) -> None:
    assert service.get(TILES.format("cells", "WebMercatorQuad", 9, 0, 0)).status_code == 204
    for z, x, y in ((0, 1, 0), (3, 8, 0), (3, 0, 8), (23, 0, 0)):
        answer = service.get(TILES.format("cells", "WebMercatorQuad", z, x, y))
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert service.get(TILES.format("cells", "WorldCRS84Quad", 0, 1, 0)).status_code == 200
    assert service.get(TILES.format("owners", "WebMercatorQuad", 0, 0, 0)).status_code == 404


def test_a_tile_is_kept_until_something_is_published() -> None:
    with running() as service:
        x, y = tile_of(114.005, 30.005, "WebMercatorQuad", 10)
        path = TILES.format("cells", "WebMercatorQuad", 10, x, y)
        first = service.get(path)
        tag = {"if-none-match": first.headers["etag"]}
        assert service.get(path, headers=tag).status_code == 304
        assert service.get(f"/ogc/on/2025-06-01{path.removeprefix('/ogc')}").content != first.content, "another lead"
        service.store.published.number = 2
        service.store.published.empty = True
        service.keeper.refresh()
        assert service.get(path, headers=tag).status_code == 204


def test_tiles_go_on_while_the_database_is_away() -> None:
    with running() as service:
        service.store.published.away = True
        service.keeper.refresh()
        assert len(service.get(TILES.format("cells", "WebMercatorQuad", 0, 0, 0)).content) == 0
        x, y = tile_of(114.005, 30.005, "WebMercatorQuad", 14)
        assert service.get(TILES.format("cells", "WebMercatorQuad", 14, x, y)).status_code == 200


def test_tilejson_and_style_name_the_layer_and_our_own_addresses(service: Service) -> None:
    base = "/ogc/collections/cells/tiles/WebMercatorQuad"
    described = service.get(f"{base}/tilejson.json").json()
    assert described["tiles"] == [f"http://gridward.test{base}/{{z}}/{{x}}/{{y}}"]
    assert described["vector_layers"][0]["id"] == "cells"
    style = service.get(f"{base}/style.json").json()
    assert {layer["source-layer"] for layer in style["layers"]} == {"cells"}
    assert not {"glyphs", "sprite"} & set(style)


def test_parts_holes_and_islands_come_through(tmp_path: Path) -> None:
    hole = shapely.box(0.4, 0.4, 0.6, 0.6)
    around = shapely.box(0, 0, 1, 1).difference(hole)
    shapes = np.array([shapely.MultiPolygon([around, shapely.box(2, 0, 3, 1)]), hole], dtype=object)
    values = make_values(("name", "size", "share", "none"), [("带洞", 7, 0.5, None), ("岛", -3, 1.5, None)])
    body = encode_layer(make_shapes(shapes, "WorldCRS84Quad"), values, "cells", z=5, x=32, y=15)
    frame = decoded(body, tmp_path).set_index("name")
    assert frame.loc["带洞"].geometry.geom_type == "MultiPolygon"
    assert len(frame.loc["带洞"].geometry.geoms[0].interiors) == 1
    assert (frame.loc["带洞", "size"], frame.loc["岛", "size"], frame.loc["岛", "share"]) == (7, -3, 1.5)
    assert frame.geometry.is_valid.all()


@given(seed=st.integers(0, 10_000), z=st.integers(6, 12))
@settings(max_examples=25)
def test_simplified_borders_stay_within_the_tolerance_and_do_not_depend_on_the_side(seed: int, z: int) -> None:
    """Turned around and started elsewhere, a border keeps the same vertices; what is left out lies near what is kept."""
    cells = coverage(2, 200, seed)
    rng = np.random.default_rng(seed)
    turned = np.array([_turned(c, int(rng.integers(1, 40))) for c in cells], dtype=object)
    one, other = make_shapes(cells, "WebMercatorQuad"), make_shapes(turned, "WebMercatorQuad")
    weights = [{(x, y): w for (x, y), w in zip(s.xy.tolist(), s.weight.tolist(), strict=True)} for s in (one, other)]
    assert weights[0] == pytest.approx(weights[1], rel=1e-9)
    tolerance = TOLERANCE / EXTENT / 2**z
    for begin, end in zip(one.ring_starts[:-1], one.ring_starts[1:], strict=True):
        whole, kept = one.xy[begin:end], one.xy[begin:end][one.weight[begin:end] > tolerance]
        if len(kept) > 2:
            line = shapely.LinearRing(kept)
            assert shapely.distance(shapely.points(whole), line).max() <= tolerance * (1 + 1e-9)


def _turned(cell: shapely.Polygon, by: int) -> shapely.Polygon:
    ring = shapely.get_coordinates(cell)[:-1][::-1]
    return shapely.Polygon(np.roll(ring, by, axis=0))
