"""Entities into PostGIS: our binary COPY beside geopandas' to_postgis and ogr2ogr, same rows, logged tables, made anew.

Three tables: the three columns of the goal (id, name, point) without an index; ten columns of a register; and ten columns
into a table with the indexes and constraints of the register itself, where the indexes are the work, whoever writes.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import psycopg
import pyogrio
import shapely
import sqlalchemy as sa

from geo_api.db.copy import copy_frame
from geo_api.db.engine import conninfo
from tests.benchmarks.table import Row, rate, ratio
from tests.benchmarks.timing import Measured, in_turn

GOAL = 8.0
THREE = "create table bench (id integer, name text, geom geometry(Point, 4490))"
TEN = """
    create table bench (
        source_id text, credit_code text, name text, address text, industry text, credit_class text, licensed boolean,
        opened date, workload_hours float8, geom geometry(Point, 4490)
    )
"""
INDEXED = """
    create table bench (like gridward.entity including all);
    alter table bench alter column digest set default '', alter column source set default '',
        alter column valid set default daterange(null, null)
"""


@dataclass(frozen=True)
class Scale:
    """Rows of each table."""

    three: int
    ten: int
    indexed: int
    rounds: int


SIZES = {"small": Scale(2_000, 2_000, 200, 2), "full": Scale(1_000_000, 200_000, 20_000, 4)}


def into_tables(url: str, size: str) -> list[Row]:
    """The rows of COPY, in a migrated database."""
    scale = SIZES[size]
    return [
        *_into(url, THREE, _three(shops(scale.three)), scale.rounds, "id, name, point", goal=GOAL),
        *_into(url, TEN, shops(scale.ten).rename_geometry("geom"), scale.rounds, "ten columns", goal=GOAL),
        *_into(url, INDEXED, _entities(shops(scale.indexed)), scale.rounds, "with the register's nine indexes"),
    ]


def shops(count: int, seed: int = 4) -> gpd.GeoDataFrame:
    """A register of so many entities."""
    rng = np.random.default_rng(seed)
    numbers = np.arange(count)
    places = np.round(rng.uniform((114, 30), (115, 31), (count, 2)), 8)
    columns: dict[str, Any] = {
        "source_id": [f"s{i:08d}" for i in numbers],
        "credit_code": [f"9242010{i:011d}" for i in numbers],
        "name": [f"小镇第{i}便民商店" for i in numbers],
        "address": [f"湖北省云溪县人民路{i % 900}号" for i in numbers],
        "industry": rng.choice(["餐饮服务", "食品销售", "日用零售"], count),
        "credit_class": rng.choice(list("ABCD"), count),
        "licensed": rng.random(count) > 0.03,
        "opened": [date(2020, 1, 1)] * count,
        "workload_hours": rng.uniform(1, 12, count),
    }
    return gpd.GeoDataFrame(columns, geometry=shapely.points(places), crs=4490)


def _three(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    number = np.arange(len(frame), dtype=np.int32)
    return gpd.GeoDataFrame({"id": number, "name": frame["name"]}, geometry=frame.geometry).rename_geometry("geom")


def _entities(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Columns of the register's table."""
    frame = frame.drop(columns="source_id").assign(entity_id=np.arange(len(frame)), address_key=frame["address"])
    return frame.rename_geometry("geom")


def _into(url: str, ddl: str, frame: gpd.GeoDataFrame, rounds: int, words: str, goal: float | None = None) -> list[Row]:
    """The same frame into the same table, made anew for everybody."""
    engine = sa.create_engine(conninfo(url).replace("postgresql://", "postgresql+psycopg://", 1))
    plain = pd.DataFrame(frame.drop(columns="geom"))

    def ours(connection: psycopg.Connection) -> None:
        copy_frame(connection, "bench", plain.assign(geom=frame.geometry.to_numpy()))

    def geopandas(_: psycopg.Connection) -> None:
        frame.to_postgis("bench", engine, if_exists="append", index=False)

    with ExitStack() as opened:
        opened.callback(engine.dispose)
        folder = Path(opened.enter_context(TemporaryDirectory()))
        contenders: dict[str, Callable[[psycopg.Connection], None]] = {"ours": ours, "to_postgis": geopandas}
        if shutil.which("ogr2ogr") and goal is not None:
            contenders["ogr2ogr"] = _ogr2ogr(url, frame, folder)
        connection = opened.enter_context(psycopg.connect(conninfo(url), autocommit=True))
        seen = _rounds(connection, ddl, contenders, rounds, len(frame))
    took = {name: m.median_s for name, m in seen.items()}
    others = "; ".join(f"{name} {rate(len(frame), s)}" for name, s in took.items() if name != "ours")
    times = took["to_postgis"] / took["ours"]
    return [
        Row(
            f"{len(frame):,} entities ({words}) by COPY into a logged table",
            rate(len(frame), took["ours"]),
            others,
            f"{ratio(took['to_postgis'], took['ours'])}x to_postgis",
            "" if goal is None else f">= {goal:g}x",
            None if goal is None else times >= goal,
            {f"copy_by_to_postgis ({words})": times},
        )
    ]


def _rounds(
    connection: psycopg.Connection,
    ddl: str,
    contenders: dict[str, Callable[[psycopg.Connection], None]],
    rounds: int,
    count: int,
) -> dict[str, Measured]:
    """Making the table is not billed; what is stored is counted."""
    ready = {name: lambda work=work: work(connection) for name, work in contenders.items()}
    seen = {name: Measured() for name in contenders}
    names = list(contenders)
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            connection.execute("drop table if exists bench")
            connection.execute(ddl)  # type: ignore[arg-type]
            one = in_turn(1, {name: ready[name]}, warm_up=False)[name]
            stored = connection.execute("select count(*), count(geom), min(st_srid(geom)) from bench").fetchone()
            assert stored == (count, count, 4490), f"{name}: {stored}"
            seen[name].seconds += one.seconds
            seen[name].cpu_seconds += one.cpu_seconds
    return seen


def _ogr2ogr(url: str, frame: gpd.GeoDataFrame, folder: Path) -> Callable[[Any], None]:
    """From a FlatGeobuf file, written before and not billed; it asks for COPY as its manual says."""
    path = folder / "entities.fgb"
    pyogrio.write_dataframe(frame, path, driver="FlatGeobuf", SPATIAL_INDEX="NO")
    server = psycopg.conninfo.conninfo_to_dict(conninfo(url))
    target = "PG:" + " ".join(f"{k}={v}" for k, v in server.items() if v)
    command = ["ogr2ogr", "-q", "-append", "-nln", "bench", "--config", "PG_USE_COPY", "YES", target, str(path)]

    def run(_: Any) -> None:
        subprocess.run(command, check=True, capture_output=True)

    return run
