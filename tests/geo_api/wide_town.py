"""A territory of many cells, put straight into the database: what pages, clients and tiles are tried on."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import numpy as np
import psycopg
import shapely

from geo_api.db.engine import conninfo
from gridding.types import GeometryArray

ROOT = Path(__file__).resolve().parents[2]
BUREAU, STATION = "990101", "990101001"


def publish_cells(url: str, cells: GeometryArray, *, valid_from: date, valid_to: date | None = None) -> list[str]:
    """One station with these cells, published from a day on; gives their codes. A second call is a second plan."""
    codes = [f"{STATION}{n:05d}" for n in range(len(cells))]
    outline = _wkb(shapely.coverage_union_all(cells))
    with psycopg.connect(conninfo(url)) as owner:
        owner.execute("set role gw_owner")
        owner.execute("set search_path = gridward, public")
        (version,) = owner.execute("select count(*) + 1 from plan").fetchone() or (1,)
        for code, name, level, parent in ((BUREAU, "宽县局", 1, ""), (STATION, "宽所", 2, BUREAU)) * (version == 1):
            owner.execute(
                "insert into jurisdiction (code, name, level, parent_code, draws_cells, geom, source, digest, valid) "
                "values (%s, %s, %s, %s, %s, st_multi(st_geomfromewkb(decode(%s, 'hex'))), 'test', '', '[2020-01-01,)')",
                (code, name, level, parent, level == 2, outline),
            )
        (plan,) = owner.execute(
            "insert into plan (station_code, version, cells, tolerance, max_abs_deviation, rng_seed, parameters, "
            "input_digest, software, metrics, findings, outline, created_by) values (%s, %s, %s, 1, 0, 0, '{}', '', '', "
            "'{}', '[]', st_multi(st_geomfromewkb(decode(%s, 'hex'))), 'test') returning plan_id",
            (STATION, version, len(cells), outline),
        ).fetchone() or (0,)
        with owner.cursor() as cursor:
            cursor.executemany(
                "insert into cell_code values (%s, %s) on conflict do nothing", [(c, STATION) for c in codes]
            )
            cursor.executemany(
                "insert into cell (plan_id, code, station_code, name, workload_hours_per_year, deviation, entities, "
                "area_m2, geom) values (%s, %s, %s, %s, 1000, 0, 400, 25000, st_multi(st_geomfromewkb(decode(%s, 'hex'))))",
                [
                    (plan, code, STATION, f"宽所第{n}网格", _wkb(cell))
                    for n, (code, cell) in enumerate(zip(codes, cells, strict=True))
                ],
            )
        for state in ("submitted", "approved", "published"):
            owner.execute("update plan set state = %s where plan_id = %s", (state, plan))
        owner.execute(
            "insert into plan_validity (plan_id, station_code, valid) values (%s, %s, daterange(%s, %s))",
            (plan, STATION, valid_from, valid_to),
        )
    return codes


def squares(side: int, *, west: float = 114.0, south: float = 30.0, step: float = 0.002) -> GeometryArray:
    """(side * side,) squares, row by row from the south, on the storage grid of 1e-8 degrees."""
    x = [round(west + i * step, 8) for i in range(side + 1)]
    y = [round(south + i * step, 8) for i in range(side + 1)]
    boxes = [shapely.box(x[i], y[j], x[i + 1], y[j + 1]) for j in range(side) for i in range(side)]
    return np.array(boxes, dtype=object)


def _wkb(shape: shapely.Geometry) -> str:
    return str(shapely.to_wkb(shapely.set_srid(shape, 4490), hex=True, include_srid=True))


@contextmanager
def served(url: str) -> Iterator[str]:
    """The service over that database on 2026-03-10, in a process of its own (GDAL waits without letting others run)."""
    command = [sys.executable, "-m", "tests.geo_api.wide_town", url]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline() or 0)
        assert port, "the service did not start"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def _serve(url: str) -> None:
    """Serve until killed; the port is the first line of the standard output."""
    import uvicorn

    from geo_api.db import open_store
    from geo_api.main import create_app
    from geo_api.settings import Settings
    from tests.geo_api.fakes import Clock, PlainFinder
    from tests.geo_api.service import draw_plainly

    settings = Settings(database_url=url, poll_s=3600.0, access_log=False)
    with open_store(url) as store, socket.create_server(("127.0.0.1", 0)) as listening:
        app = create_app(settings, store=store, make_finder=PlainFinder, draw=draw_plainly, now=Clock())
        print(listening.getsockname()[1], flush=True)
        uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none")).run(sockets=[listening])


if __name__ == "__main__":
    _serve(sys.argv[1])
