"""Stations built side by side, each in a process of its own, so that all cores work."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.context import BaseContext
from typing import Any

from gridding.build import BuildResult, build_cells
from gridding.errors import GriddingError
from gridding.findings import Finding
from gridding.types import BaseUnits, BoundaryLines, BuildParams, FloatArray
from layers.crs import local_metres


@dataclass(frozen=True, slots=True)
class StationJob:
    """All that one station needs to be built, in plain values that go from process to process.

    Attributes:
        index: number of the station.
        outline: polygon or multipolygon in degrees.
        lines: boundary lines near it.
        points, workload: its entities.
        params: how its cells are drawn; ``params.cells`` is the station's share.
        station_code: prefix of its cells' codes.
        bounds: of all stations, which decide the projection that all share.
        base_units: communities near it, None = none were named.
    """

    index: int
    outline: Any
    lines: BoundaryLines
    points: FloatArray
    workload: FloatArray
    params: BuildParams
    station_code: str
    bounds: tuple[float, float, float, float]
    base_units: BaseUnits | None = None


@dataclass(frozen=True, slots=True)
class StationResult:
    """What became of a station: cells, or the reason why there are none."""

    index: int
    result: BuildResult | None
    failure: str = ""
    findings: tuple[Finding, ...] = ()


def build_station(job: StationJob) -> StationResult:
    """Build one station; a request that cannot be fulfilled is an answer, not an exception."""
    try:
        result = build_cells(
            job.outline,
            job.lines,
            job.points,
            job.workload,
            job.params,
            local_metres(job.bounds),
            station_code=job.station_code,
            base_units=job.base_units,
            allow_empty=True,
        )
    except GriddingError as problem:
        return StationResult(job.index, None, str(problem), problem.findings)
    except Exception as problem:
        # one station must not take the others with it
        return StationResult(job.index, None, f"a fault in gridward: {type(problem).__name__}: {problem}")
    return StationResult(job.index, result)


def cores() -> int:
    """How many processes can work at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def prepare_workers() -> None:
    """Begin to load what workers need, in a process beside this one, while this one reads its files."""
    if worker_context().get_start_method() == "forkserver":
        forkserver.ensure_running()


def worker_context() -> BaseContext:
    """How workers are begun: split from a server process that has loaded the code and started no thread, which is safe."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["geo_api.services.station_worker"])
    return context


def build_stations(jobs: Sequence[StationJob], workers: int) -> Iterator[StationResult]:
    """Build stations, and yield each as it is done; begun in the order given.

    Args:
        jobs: the stations, those that take longest first.
        workers: processes; with 1 all is done in this one.
    """
    if workers <= 1 or len(jobs) <= 1:
        yield from map(build_station, jobs)
        return
    context = worker_context()
    with ProcessPoolExecutor(min(workers, len(jobs)), mp_context=context) as pool:
        waiting = [pool.submit(build_station, job) for job in jobs]
        try:
            for done in as_completed(waiting):
                yield done.result()
        finally:
            for future in waiting:
                future.cancel()
