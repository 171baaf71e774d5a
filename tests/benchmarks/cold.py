"""A topology in a process that has done nothing yet: ``python -m tests.benchmarks.cold ours|hashed|libpysal FILE.npz``.

What the parent measures is the whole process, from its start to its end: interpreter, imports, work. Nothing is imported here that a
route does not need itself; metres are a factor on degrees, so that no route pays for a projection library.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from tests.benchmarks.inputs import Territory

ROOT = Path(__file__).resolve().parents[2]
ROUTES = ("ours", "hashed", "libpysal")


def save(territory: Territory, path: Path) -> None:
    """Outline and lines as a file for the child."""
    lines = territory.lines
    outline = np.frombuffer(shapely.to_wkb(territory.outline), np.uint8)
    np.savez(path, coords=lines.coords, offsets=lines.offsets, kind=lines.kind, outline=outline)


def cold(route: str, path: Path) -> tuple[float, float]:
    """(wall, CPU) seconds of a fresh process that takes a route."""
    cpu, wall = os.times(), time.perf_counter()
    command = [sys.executable, "-m", "tests.benchmarks.cold", route, str(path)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=600, stdout=subprocess.DEVNULL)
    wall_s, after = time.perf_counter() - wall, os.times()
    return wall_s, after.children_user + after.children_system - cpu.children_user - cpu.children_system


def work(route: str, path: Path) -> int:
    """Lines to neighbours by a route; number of pairs of neighbours."""
    held = np.load(path)
    outline, lines = shapely.from_wkb(held["outline"].tobytes()), {k: held[k] for k in ("coords", "offsets", "kind")}
    if route == "ours":
        from gridding.adjacency import block_graph
        from gridding.blocks import make_blocks
        from gridding.types import BoundaryLines

        blocks = make_blocks(outline, BoundaryLines(**lines), lambda lon, lat: (95_800.0 * lon, 110_870.0 * lat))
        return len(block_graph(blocks.topology).pairs)
    from tests.benchmarks.stock import geos_blocks, hashed_edges, libpysal_rook

    stock: Any = SimpleNamespace(outline=outline, lines=SimpleNamespace(**lines))
    faces = geos_blocks(stock)
    if route == "hashed":
        return len(hashed_edges(faces)[0])
    return len(libpysal_rook(faces).adjacency) // 2


if __name__ == "__main__":
    print(work(sys.argv[1], Path(sys.argv[2])))
