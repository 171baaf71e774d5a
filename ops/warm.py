"""Compile what commands load, so that none waits for a compiler later: ``warm.py``.

The numeric kernels go into numba's cache, and the Python modules that commands import, ours and those of packages, into
bytecode: without it a command spends seconds on reading their sources, each time where the installation is read-only.
"""

from importlib import import_module

import numpy as np
import shapely

from geo_api.db.copy_kernels import rows_of
from geo_api.services.tile_encode import encode_layer, make_values
from geo_api.services.tile_shapes import make_shapes
from gridding.border_repair import repair_borders
from gridding.build import BuildResult, build_cells
from gridding.condense import condense
from gridding.csr import make_graph
from gridding.even_out import even_out
from gridding.locate import CellLocator
from gridding.partition import partition_graph
from gridding.polish import polish
from gridding.regrow import grow
from gridding.rng import rng_state
from gridding.task import Effort, Task
from gridding.types import BaseUnits, BoundaryLines, BuildParams, LineKind

SIDE = 12
MODULES = (
    "geo_api.cli.grid_stations",
    "geo_api.formats.build_report",
    "geo_api.formats.stations_report",
    "geo_api.batch_worker",
    "geo_api.formats.batch_call",
    "geo_api.main",
    "geo_api.db.ogc_pool",
    "geo_api.routes.ogc",
    "geo_api.services.build_plan",
    "geo_api.services.diagram_draw",
    "geo_api.services.grid_files",
    "geo_api.services.grid_stations",
    "geo_api.services.load",
    "geo_api.services.locate_files",
    "layers.plan_diagram",
)
"""What commands and the service import."""


def metres(lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A local projection, good enough for a made-up town."""
    return (np.asarray(lon) - 114.5) * 95_800.0, (np.asarray(lat) - 30.6) * 110_900.0


def main() -> None:
    """Draw the cells of a small town and ask for some points."""
    for module in MODULES:
        import_module(module)
    rng = np.random.default_rng(0)
    across = np.arange(SIDE + 1) * 0.001
    x, y = np.meshgrid(114.5 + across, 30.6 + across, indexing="ij")
    streets = np.concatenate([np.stack([x, y], -1), np.stack([x.T, y.T], -1)])
    lines = BoundaryLines(
        coords=streets.reshape(-1, 2),
        offsets=np.arange(len(streets) + 1) * (SIDE + 1),
        kind=np.full(len(streets), LineKind.LOCAL, np.int8),
    )
    outline = shapely.box(114.5005, 30.6005, 114.5 + SIDE * 0.001 - 0.0005, 30.6 + SIDE * 0.001 - 0.0005)
    points = rng.uniform([114.501, 30.601], [114.51, 30.61], (500, 2))
    result = build_cells(outline, lines, points, np.ones(500), BuildParams(cells=6), metres)
    _draw_a_tile(result)
    _lay_out_rows()
    _balance_tightly(result)
    _prove_small_stations()
    _keep_communities_whole(outline, lines, points)
    locator = CellLocator(result.cells, metres).prepare()
    locator.locate_with_border(*points.T)
    locator.locate_with_border_one(*points[0])
    _read_and_write_batches()


def _draw_a_tile(result: BuildResult) -> None:
    """The whole world as one vector tile."""
    values = make_values(("code",), [(str(n),) for n in range(len(result.cells))])
    encode_layer(make_shapes(result.cells, "WebMercatorQuad"), values, "cells", z=0, x=0, y=0)


def _read_and_write_batches() -> None:
    """A batch of points as CSV and as JSON, with and without names and borders."""
    from datetime import date

    from geo_api.formats.batch import batch_json
    from geo_api.formats.batch_csv import batch_csv, batch_from_csv
    from geo_api.services.batch_lookup import BatchAnswer

    asked = batch_from_csv(b"id,lon,lat\na,114.50060812345678,30.6\n")
    batch_from_csv(memoryview(b"lon,lat\n114.5,30.6\n"))
    cell, status = np.zeros(1, np.int32), np.zeros(1, np.int8)
    for ids in (asked.ids, None):
        answer = BatchAnswer(date(2026, 1, 1), ids, cell, status, np.ones(1), cell, ("1",))
        batch_csv(answer)
        batch_json(BatchAnswer(date(2026, 1, 1), None, cell, status, None, None, ("1",)))
        batch_json(BatchAnswer(date(2026, 1, 1), None, cell, status, np.ones(1), cell, ("1",)))
        batch_csv(BatchAnswer(date(2026, 1, 1), ids, cell, status, None, None, ("1",)))


def _lay_out_rows() -> None:
    """Rows for COPY: a field of fixed and one of varying length."""
    none = np.zeros(1, np.bool_)
    rows_of([(np.zeros((1, 8), np.uint8), None, none), (np.zeros(1, np.uint8), np.array([0, 1]), none)])


def _keep_communities_whole(outline: shapely.Polygon, lines: BoundaryLines, points: np.ndarray) -> None:
    """Communities that must be split for balance."""
    west, south, east, north = outline.bounds
    areas = [shapely.box(west, south, (west + east) / 2, north), shapely.box((west + east) / 2, south, east, north)]
    units = BaseUnits(np.array(areas, dtype=object), ("1", "2"), ("", ""))
    build_cells(outline, lines, points, np.ones(len(points)), BuildParams(cells=3), metres, base_units=units)


def _prove_small_stations() -> None:
    """A station so small that its best plan is proved, one that no plan balances, one with few, heavy blocks."""
    rng = np.random.default_rng(0)
    for side, cells, tolerance in ((7, 3, 0.02), (5, 4, 0.0), (10, 4, 0.0)):
        at = np.arange(side * side).reshape(side, side)
        pairs = np.concatenate([np.stack([x[:-1].ravel(), x[1:].ravel()], 1) for x in (at, at.T)])
        ones = np.ones(len(pairs))
        partition_graph(pairs, ones, ones, rng.uniform(1, 2, at.size), cells, tolerance=tolerance, explain=False)


def _balance_tightly(result: BuildResult) -> None:
    """The last per cent, which an easy town never asks for."""
    blocks, cells = len(result.labels), len(result.cells)
    load = result.block_workload / result.workload.mean()
    graph = make_graph(result.graph.pairs[:, 0], result.graph.pairs[:, 1], result.graph.border_cost, load)
    kin = np.zeros(cells, np.int32)
    task = Task(graph, np.zeros(blocks, np.int32), kin, np.ones(cells), 1e-7, 0)
    even_out(graph, result.labels, *task.band())
    condense(graph, result.labels)
    grow(graph, 0, 0.5, 1.5, rng_state(0))
    corners = shapely.get_coordinates(result.blocks.polygons[:1])
    at = np.zeros(len(corners), np.int32)
    own = np.zeros(cells, bool)
    repair_borders(
        result.graph, result.blocks.polygons, corners, np.ones(len(corners)), at, result.labels, own, 0.01, 0
    )  # fmt: skip
    polish(task, Effort(polish=1), result.labels, lambda: False)


if __name__ == "__main__":
    main()
