"""Point to cell in process: ours beside geopandas, shapely and sedonadb on the same points, 1 % of them on borders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from gridding import CellLocator
from gridding.types import FloatArray, GeometryArray, Int32Array, Projection
from layers.crs import local_metres
from tests.benchmarks.coverages import borders_and_points, by_the_rule, coverage
from tests.benchmarks.sedona import sedona
from tests.benchmarks.table import Row, rate, ratio, seconds
from tests.benchmarks.timing import Measured, in_turn


@dataclass(frozen=True)
class Case:
    """A coverage of side x side cells, and the goals set for it (against the best peer)."""

    side: int
    vertices: int
    points: int
    goal: float | None = None


SIZES = {
    "small": (Case(6, 60, 20_000),),
    "full": (
        Case(16, 350, 1_000_000, 10),
        Case(71, 350, 1_000_000, 50),
        Case(316, 60, 1_000_000, 20),
    ),
}


def measure(size: str) -> list[Row]:
    """The table of this part."""
    rows: list[Row] = []
    for case in SIZES[size]:
        rows += _rows(case, rounds=4)
    return rows


def _rows(case: Case, rounds: int) -> list[Row]:
    cells = coverage(case.side, case.vertices)
    xy = borders_and_points(cells, case.points)
    lon, lat = xy[:, 0].copy(), xy[:, 1].copy()
    points = shapely.points(xy)
    metres = local_metres(tuple(shapely.total_bounds(cells).tolist()))
    locator, tree = CellLocator(cells, metres).prepare(), shapely.STRtree(cells)
    work: dict[str, Callable[[], Any]] = {
        "ours": lambda: locator.locate(lon, lat),
        "ours cold": lambda: CellLocator(cells, metres).locate(lon, lat),
        "tree of cells": lambda: by_the_rule(tree, points),
        "tree of points": lambda: _by_tree_of_points(cells, points),
        "sjoin": lambda: _sjoined(cells, xy),
    }
    with sedona(cells, xy) as engine:
        if engine is not None:
            work["sedonadb"] = engine.join
        found = in_turn(rounds, work, warm_up=False)
        if engine is not None:
            found["sedonadb"].answer = engine.answer()
    border = in_turn(rounds, {"ours": lambda: locator.locate_with_border(lon, lat)}, warm_up=False)["ours"]
    rule = found["tree of cells"].answer
    peers = [name for name in ("tree of cells", "tree of points", "sjoin", "sedonadb") if name in found]
    best = min(peers, key=lambda name: found[name].median_s)
    wrong = {name: int((m.answer != rule).sum()) for name, m in found.items()}
    raw = 16 * int(shapely.get_num_coordinates(cells).sum())
    name, n = f"{len(cells):,} cells", len(points)
    return [
        _batch(f"{name}: {n:,} points, index ready", n, found["ours"], best, found[best], case.goal, found),
        _batch(
            f"{name}: the same cold, index built",
            n,
            found["ours cold"],
            "sjoin",
            found["sjoin"],
            1 if case.goal else None,
        ),
        Row(
            "points not answered by the border rule",
            f"{wrong['ours']:,}",
            _others(wrong),
            "",
            "0",
            not wrong["ours"],
            {f"wrong of {name}": wrong["ours"]},
        ),
        _saved(cells, metres, lon, lat, rounds),
        Row("with distance to the border and the cell beyond", rate(n, border.median_s)),
        Row(
            "memory of the index / coordinates of the cells",
            f"{locator.nbytes / raw:.2f}x",
            "",
            "",
            "<= 3x",
            locator.nbytes <= 3 * raw,
            {f"memory of {name}": locator.nbytes / raw},
        ),
        *_single(locator, tree, xy[:2_000] if n > 100_000 else xy[:200], rounds),
    ]


def _others(wrong: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in wrong.items() if name in ("sjoin", "sedonadb"))


def _batch(
    what: str,
    count: int,
    ours: Measured,
    name: str,
    peer: Measured,
    goal: float | None,
    found: dict[str, Measured] | None = None,
) -> Row:
    """``found``: everybody; a goal against the best peer is not decided where the best known one is not there."""
    times = peer.median_s / ours.median_s
    text = f"{name} {rate(count, peer.median_s)}"
    met = None if goal is None else times >= goal
    if found is not None and "sedonadb" not in found:
        text += "; sedonadb not run: not installed"
        met = None if met else met
    elif found is not None and name != "sedonadb":
        text += f"; sedonadb {rate(count, found['sedonadb'].median_s)}"
    goal_text = "" if goal is None else f">= {goal:g}x"
    return Row(what, rate(count, ours.median_s), text, f"{ratio(times, 1)}x as fast", goal_text, met, {what: times})


def _saved(cells: GeometryArray, metres: Projection, lon: FloatArray, lat: FloatArray, rounds: int) -> Row:
    """A second job that finds the index in a file."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "cells.index"
        CellLocator(cells, metres).save(path)
        work = {
            "loaded": lambda: CellLocator.load(path, cells, metres).locate(lon, lat),
            "built": lambda: CellLocator(cells, metres).locate(lon, lat),
        }
        took = {name: m.median_s for name, m in in_turn(rounds, work).items()}
        megabytes = path.stat().st_size / 1e6
    what = f"the same, index read from a file of {megabytes:,.0f} MB and checked"
    n = len(lon)
    return Row(what, rate(n, took["loaded"]), f"built {rate(n, took['built'])}", ratio(took["built"], took["loaded"]))


def _single(locator: CellLocator, tree: shapely.STRtree, xy: FloatArray, rounds: int) -> list[Row]:
    """Seconds a point, asked one by one from Python."""
    pairs = xy.tolist()
    work: dict[str, Callable[[], object]] = {
        "ours": lambda: [locator.locate_one(x, y) for x, y in pairs],
        "border": lambda: [locator.locate_with_border_one(x, y) for x, y in pairs],
        "tree": lambda: [tree.query(shapely.Point(x, y), predicate="intersects").min(initial=-1) for x, y in pairs],
    }
    each = {name: m.median_s / len(pairs) for name, m in in_turn(rounds, work).items()}
    tree_text = f"tree of cells {seconds(each['tree'])}"
    return [
        Row("one point", seconds(each["ours"]), tree_text, ratio(each["ours"], each["tree"])),
        Row("one point with border", seconds(each["border"])),
    ]


def _by_tree_of_points(cells: GeometryArray, points: GeometryArray) -> Int32Array:
    """The rule by a tree that is built of the points, asked with prepared cells: fast where cells are few."""
    cell, row = shapely.STRtree(points).query(cells, predicate="intersects")
    found = np.full(len(points), len(cells), np.int64)
    np.minimum.at(found, row, cell)
    return np.where(found < len(cells), found, -1).astype(np.int32)


def _sjoined(cells: GeometryArray, xy: FloatArray) -> Int32Array:
    """What ``geopandas.sjoin(how="left", predicate="within")`` says, made from coordinates as a user would."""
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(xy[:, 0], xy[:, 1]), crs=4490)
    joined = gpd.sjoin(points, gpd.GeoDataFrame(geometry=cells, crs=4490), how="left", predicate="within")
    first = joined[~joined.index.duplicated()]
    return np.asarray(first["index_right"].fillna(-1).to_numpy(), dtype=np.int32)
