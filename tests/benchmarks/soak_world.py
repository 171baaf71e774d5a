"""The world of the soak: a private cluster, one wide station, plans published and officers changed, what is then true."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import psycopg
import shapely

from geo_api.db.engine import conninfo
from geo_api.db.migrate import migrate
from geo_api.db.store import Store
from geo_api.services.answers import Caller
from geo_api.services.assign import assign
from geo_api.services.plan_transitions import publish_plan
from gridding.types import FloatArray, GeometryArray
from tests.benchmarks.inputs import ROOT

BUREAU, STATION = "990101", "990101001"
OPERATOR = Caller("operator", "admin", "")
REASON = "soak"


class Cluster:
    """A cluster of its own in a temporary folder; the one of the checkout is not touched."""

    def __init__(self, folder: Path) -> None:
        self._script = folder / "ops" / "cluster.sh"
        self._script.parent.mkdir()
        shutil.copy(ROOT / "ops" / "cluster.sh", self._script)
        self.url = self.run("start").splitlines()[-1]

    def run(self, word: str) -> str:
        """``cluster.sh WORD``."""
        done = subprocess.run(
            ["bash", str(self._script), word], capture_output=True, text=True, timeout=120, check=True
        )
        return done.stdout.strip()


@contextmanager
def private_cluster() -> Iterator[Cluster]:
    """A running cluster with Gridward's tables; gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="gw-soak-"))
    folder.chmod(0o755)  # user postgres must be able to enter
    cluster = Cluster(folder)
    try:
        migrate(cluster.url)
        yield cluster
    finally:
        data = cluster.run("folder")
        cluster.run("stop")
        shutil.rmtree(data, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class Truth:
    """What is right from a change on, until the next one.

    Attributes:
        begun, done: when the change began and when it was committed (monotonic seconds).
        cells: code of the cell of each checked point, "" = none, by SQL.
        leads: cell code -> officer_id of its lead.
        plan_id: the plan in force.
        what: the change, in words.
    """

    begun: float
    done: float
    cells: list[str]
    leads: dict[str, str]
    plan_id: int
    what: str


class World:
    """The one station: its cells under ever other codes, its officers, and the history of what was true."""

    def __init__(self, url: str, store: Store, cells: GeometryArray, points: FloatArray, today: date) -> None:
        self._url, self._store, self._cells, self._points, self._today = url, store, cells, points, today
        self._leads: dict[str, str] = {}
        self._outline = _wkb(shapely.coverage_union_all(cells))
        self.history: list[Truth] = []
        self._plan = 0
        with self._owner() as owner:
            for code, name, level, parent in ((BUREAU, "宽县局", 1, ""), (STATION, "宽所", 2, BUREAU)):
                owner.execute(
                    "insert into jurisdiction (code, name, level, parent_code, draws_cells, geom, source, digest, "
                    "valid) values (%s, %s, %s, %s, %s, st_multi(st_geomfromewkb(decode(%s, 'hex'))), 'soak', '', "
                    "'[2020-01-01,)')",
                    (code, name, level, parent, level == 2, self._outline),
                )
            for n in (1, 2, 3, 4):
                owner.execute(
                    "insert into officer (officer_id, name, telephone, source, digest, valid) "
                    "values (%s, %s, %s, 'soak', '', '[2020-01-01,)')",
                    (f"O{n}", f"officer {n}", f"0712-555-010{n}"),
                )
            codes = [f"{STATION}{n:05d}" for n in range(len(cells))]
            for officer, role in (("O3", "lead"), ("O4", "deputy")):  # a plan comes into force with two for each cell
                owner.execute(
                    "insert into assignment (officer_id, jurisdiction_code, role, source, digest, valid) "
                    "select %s, code, %s, 'soak', '', '[2020-01-01,)' from unnest(%s::text[]) code",
                    (officer, role, codes),
                )
            self._leads.update(dict.fromkeys(codes, "O3"))
        self.publish()

    @contextmanager
    def _owner(self) -> Iterator[psycopg.Connection]:
        with psycopg.connect(conninfo(self._url)) as owner:
            owner.execute("set role gw_owner")
            owner.execute("set search_path = gridward, public")
            yield owner

    def publish(self) -> None:
        """A plan whose cells have other codes than before, in force from today."""
        turn = len(self.history)
        codes = np.roll([f"{STATION}{n:05d}" for n in range(len(self._cells))], 7 * turn).tolist()
        plan = self._approved(codes)
        begun = time.monotonic()
        publish_plan(self._store.planning, plan, caller=OPERATOR, valid_from=self._today, reason=REASON)
        self._plan = plan
        self._note(begun, f"plan {plan} published")

    def _approved(self, codes: list[str]) -> int:
        with self._owner() as owner, owner.cursor() as cursor:
            (plan,) = cursor.execute(
                "insert into plan (station_code, version, cells, tolerance, max_abs_deviation, rng_seed, parameters, "
                "input_digest, software, metrics, findings, outline, created_by) "
                "select %s, count(*) + 1, %s, 1, 0, 0, '{}', '', '', '{}', '[]', "
                "st_multi(st_geomfromewkb(decode(%s, 'hex'))), 'soak' from plan returning plan_id",
                (STATION, len(codes), self._outline),
            ).fetchone() or (0,)
            cursor.executemany(
                "insert into cell_code values (%s, %s) on conflict do nothing", [(c, STATION) for c in codes]
            )
            cursor.executemany(
                "insert into cell (plan_id, code, station_code, name, workload_hours_per_year, deviation, entities, "
                "area_m2, geom) values (%s, %s, %s, %s, 1000, 0, 400, 25000, "
                "st_multi(st_geomfromewkb(decode(%s, 'hex'))))",
                [
                    (plan, code, STATION, f"第{code[-5:]}网格", _wkb(cell))
                    for code, cell in zip(codes, self._cells, strict=True)
                ],
            )
            for state in ("submitted", "approved"):
                cursor.execute("update plan set state = %s where plan_id = %s", (state, plan))
        return int(plan)

    def reassign(self) -> None:
        """Another lead for the cell of the first checked point that has one."""
        code = next(c for c in self.history[-1].cells if c)
        officer = "O2" if self._leads.get(code) == "O1" else "O1"
        begun = time.monotonic()
        assign(self._store.planning, officer, code, "lead", caller=OPERATOR, valid_from=self._today, reason=REASON)
        self._leads[code] = officer
        self._note(begun, f"{officer} leads {code}")

    def _note(self, begun: float, what: str) -> None:
        done = time.monotonic()
        lon, lat = self._points.T.tolist()
        found = self._store.published.locate_many(lon, lat, self._today)
        self.history.append(Truth(begun, done, [c or "" for c in found], dict(self._leads), self._plan, what))


def _wkb(shape: shapely.Geometry) -> str:
    return str(shapely.to_wkb(shapely.set_srid(shape, 4490), hex=True, include_srid=True))
