"""sedonadb, a spatial SQL engine, as a peer of the point look-up: in a Python of its own that has it installed.

Run as a program (with the folder where cells and points lie) it joins them at each line of its standard input, so that
importing and loading are not billed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from gridding.types import FloatArray, GeometryArray, Int32Array

PYTHON = os.environ.get("GRIDWARD_PEERS_PYTHON", sys.executable)
"""A Python with sedonadb, geopandas and pyarrow; by default the one that runs the benchmarks."""


class Sedona:
    """Cells and points loaded into sedonadb, in another process."""

    def __init__(self, serving: subprocess.Popen[str], answer: Path) -> None:
        self._serving, self._answer = serving, answer

    def join(self) -> None:
        """Have the points joined with the cells that intersect them, and the lowest cell of each chosen."""
        _line(self._serving, "join")

    def answer(self) -> Int32Array:
        """The lowest cell of each point, -1 = none, as joined last."""
        _line(self._serving, "save")
        return np.asarray(np.load(self._answer), dtype=np.int32)


@contextmanager
def sedona(cells: GeometryArray, points: FloatArray) -> Iterator[Sedona | None]:
    """sedonadb with cells and points loaded; None where it is not installed."""
    check = subprocess.run([PYTHON, "-c", "import sedonadb, geopandas"], check=False, capture_output=True)
    if check.returncode:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        np.save(at / "points.npy", points)
        np.save(at / "cells.npy", shapely.to_wkb(cells), allow_pickle=True)
        command = [PYTHON, "-P", str(Path(__file__).resolve()), str(at)]  # beside it lies a module named http
        serving = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        try:
            _line(serving, "load")
            yield Sedona(serving, at / "answer.npy")
        finally:
            serving.kill()
            serving.wait()


def _line(serving: subprocess.Popen[str], word: str) -> str:
    asked, answered = serving.stdin, serving.stdout
    assert asked is not None
    assert answered is not None
    print(word, file=asked, flush=True)
    line = answered.readline()
    if not line:
        raise RuntimeError("sedonadb ended without an answer")
    return line


def _serve(folder: Path, asked: IO[str]) -> None:
    """Load once, then join at each line."""
    import geopandas as gpd
    import sedonadb

    database = sedonadb.connect()
    points = np.load(folder / "points.npy")
    cells = shapely.from_wkb(np.load(folder / "cells.npy", allow_pickle=True))
    frame = gpd.GeoDataFrame({"cid": np.arange(len(cells))}, geometry=cells, crs=4326)
    database.create_data_frame(frame).to_memtable().to_view("cells")
    frame = gpd.GeoDataFrame({"pid": np.arange(len(points))}, geometry=shapely.points(points), crs=4326)
    database.create_data_frame(frame).to_memtable().to_view("points")
    join = "select p.pid, c.cid from points p join cells c on ST_Intersects(c.geometry, p.geometry)"
    for word in map(str.strip, asked):
        if word == "join":
            found = database.sql(join).to_arrow_table()
            answer = lowest(found["pid"].to_numpy(), found["cid"].to_numpy(), len(points))
        elif word == "save":
            np.save(folder / "answer.npy", answer)
        print("done", flush=True)


def lowest(row: Int32Array, cell: Int32Array, count: int) -> Int32Array:
    """The lowest cell of each row, -1 = none."""
    found = np.full(count, np.iinfo(np.int32).max, np.int64)
    np.minimum.at(found, row, cell)
    return np.where(found < np.iinfo(np.int32).max, found, -1).astype(np.int32)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), sys.stdin)
