"""Plans redrawn from the plan in force: locked cells, and what became of the cells, on PostGIS."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from geo_api.cli.main import exit_status
from geo_api.db.store import Store
from geo_api.errors import BadRequest, NotFound
from geo_api.services.build_plan import build_plan
from geo_api.services.gate import BALANCE, check_plan
from geo_api.services.load import load
from geo_api.services.plan_compare import compare_stored
from geo_api.services.plan_transitions import approve_plan, submit_plan
from gridding.findings import Severity
from tests.geo_api.life import APPROVER, OPERATOR, PLANNER, published
from tests.geo_api.town import EAST, LAT, LON, SIDE, WEST, Town

pytestmark = pytest.mark.db

BEGIN = date(2026, 3, 1)
LOCKED = f"{WEST}001"


@pytest.fixture
def drifted(loaded: Store, town: Town) -> Store:
    """A plan of four cells is in force, and the work in its first cell has doubled since."""
    published(loaded, WEST, BEGIN, cells=4)
    shapes = {c.code: shapely.from_wkb(c.wkb) for c in loaded.published.territory(BEGIN).cells}
    entities = town.entities.copy()
    there = entities.geometry.notna() & shapely.intersects(shapes[LOCKED], entities.geometry.to_numpy())
    entities["credit_class"] = np.where(there, "D", entities.credit_class)
    load(town.but(entities=entities), loaded.register, today=loaded.planning.today(WEST))
    return loaded


def test_nobody_has_to_waive_the_deviation_of_a_locked_cell(drifted: Store) -> None:
    store = drifted.planning
    plan = build_plan(store, WEST, caller=PLANNER, cells=4, tolerance=0.15, keep=True, lock=(LOCKED,))
    assert plan.max_abs_deviation <= plan.tolerance
    with drifted.database.connection() as connection:
        row = connection.execute(
            "select deviation from cell where plan_id = %s and code = %s", (plan.plan_id, LOCKED)
        ).fetchone()
    assert row is not None
    assert row[0] > 0.3, "of the ideal of the others: it is told"
    found = check_plan(store, plan.plan_id)
    assert [(f.rule, f.severity) for f in found] == [("lock.deviation", Severity.WARNING)]
    assert found[0].value == pytest.approx(row[0], abs=1e-6)
    assert submit_plan(store, plan.plan_id, caller=PLANNER).state == "submitted"
    assert approve_plan(store, plan.plan_id, caller=APPROVER).state == "approved"
    assert drifted.plans.redrawn(plan.plan_id) == (True, (LOCKED,))


def test_an_unlocked_cell_that_deviates_still_misses_the_balance(drifted: Store, town: Town) -> None:
    hours = np.arange(len(town.entities)) + 0.5
    changed = town.but(entities=town.entities.assign(workload=hours), timezone=town.timezone)
    load(changed, drifted.register, today=drifted.planning.today(WEST))
    plan = build_plan(drifted.planning, WEST, caller=PLANNER, cells=4, tolerance=1e-9, keep=True, lock=(LOCKED,))
    found = check_plan(drifted.planning, plan.plan_id)
    assert {f.rule for f in found} == {BALANCE, "lock.deviation"}
    assert [f.where for f in found if f.rule == "lock.deviation"] == [f"cell {LOCKED}"]
    assert LOCKED not in [f.where for f in found if f.rule == BALANCE]
    assert plan.max_abs_deviation == pytest.approx(max(abs(f.value or 0) for f in found if f.rule == BALANCE))
    assert drifted.plans.redrawn(1) == (False, ())


def test_two_plans_are_compared_by_where_their_entities_are(drifted: Store) -> None:
    store = drifted.planning
    plan = build_plan(store, WEST, caller=PLANNER, cells=5, tolerance=0.15, keep=True)
    found = compare_stored(store, 1, plan.plan_id)
    with drifted.database.connection() as connection:
        cells = connection.execute(
            "select e.entity_id, min(a.code), min(b.code) from entity e "
            "join cell a on a.plan_id = 1 and st_covers(a.geom, e.geom) "
            "join cell b on b.plan_id = %s and st_covers(b.geom, e.geom) "
            "where e.recorded_to is null and e.valid @> %s group by 1",
            (plan.plan_id, found.on),
        ).fetchall()
    assert found.entities == len(cells) > 150
    assert {(m.entity_id, m.old_code, m.new_code) for m in found.moves.itertuples()} == {
        c for c in cells if c[1] != c[2]
    }
    assert 0 < len(found.moves) < len(cells) / 2
    assert found.change.created == (f"{WEST}005",)
    assert found.moves.name.str.startswith("商店").all()
    moved = found.moves.workload_hours_per_year.sum()
    total = sum(link.workload for link in found.change.links)
    assert found.change.moved_workload_share == pytest.approx(moved / total)
    assert list(found.moves.columns) == [
        "entity_id", "name", "old_code", "new_code", "change", "workload_hours_per_year",
    ]  # fmt: skip


def test_only_two_plans_of_one_station_can_be_compared(drifted: Store) -> None:
    east = build_plan(drifted.planning, EAST, caller=OPERATOR, cells=2, tolerance=0.2)
    with pytest.raises(BadRequest, match="only plans of one station"):
        compare_stored(drifted.planning, 1, east.plan_id)
    with pytest.raises(BadRequest, match="with itself"):
        compare_stored(drifted.planning, 1, 1)
    with pytest.raises(NotFound, match="no plan 77"):
        compare_stored(drifted.planning, 1, 77)


def test_a_place_in_no_cell_counts_in_the_nearest(drifted: Store) -> None:
    """A gap between the cells and the station's outline, as snapping leaves it, loses nobody."""
    plan = build_plan(drifted.planning, WEST, caller=PLANNER, cells=2, tolerance=0.5)
    with drifted.database.writing() as connection:
        connection.execute("insert into entity_identity (source, source_id) values ('t', 'edge'); ")
        connection.execute(
            "insert into entity (entity_id, credit_class, licensed, geom, source, digest, valid) "
            "select max(entity_id), 'A', true, st_setsrid(st_makepoint(%s, %s), 4490), 't', '', '[2020-01-01,)' "
            "from entity_identity",
            (LON, LAT + SIDE / 3),
        )
    assert "" not in compare_stored(drifted.planning, 1, plan.plan_id).moves[["old_code", "new_code"]].to_numpy()


@pytest.fixture
def run(
    drifted: Store, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Run a command on the store; gives exit status, output, errors."""
    monkeypatch.setenv("DATABASE_URL", drifted.database.url)
    monkeypatch.delenv("GRIDWARD_KEY", raising=False)

    def call(*args: object) -> tuple[int, str, str]:
        capfd.readouterr()
        return exit_status([str(a) for a in args]), *capfd.readouterr()

    return call


def test_the_commands_tell_what_was_locked_and_who_goes_where(
    run: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    status, out, err = run("plan", "build", WEST, "--cells", 4, "--keep", "--lock", LOCKED, "--tolerance", 0.15)
    assert status == 0, out + err
    assert f"redrawn from the plan in force; locked: {LOCKED}" in run("plan", "show", 2)[1]
    assert "redrawn" not in run("plan", "show", 1)[1]
    run("plan", "build", WEST, "--cells", 5, "--keep", "--tolerance", 0.15)
    for name in ("moves.csv", "moves.xlsx"):
        status, out, err = run("plan", "compare", 1, 3, "-o", tmp_path / name)
        assert status == 0, err
    lines = out.splitlines()
    assert f"new: {WEST}005" in lines
    assert any(line.split("\t")[:3] == [LOCKED, LOCKED, "kept"] for line in lines)
    assert any(line.split("\t")[2:3] == ["split"] for line in lines)
    assert "owner" not in out
    listed = pd.read_csv(tmp_path / "moves.csv", dtype=str)
    sheet = pd.read_excel(tmp_path / "moves.xlsx", dtype=str)
    assert listed.iloc[:, :5].equals(sheet.iloc[:, :5])
    assert f"{len(listed)} of " in out
    status, _, err = run("plan", "compare", 1, 3, "-o", tmp_path / "moves.pdf")
    assert (status, "is written as .csv or .xlsx" in err) == (1, True)
