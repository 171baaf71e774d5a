"""Rules for lines and communities from the manifest, in plans that the service builds, on PostGIS."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import geopandas as gpd
import pytest
import shapely

from geo_api.db.store import Store
from geo_api.errors import BadRequest
from geo_api.services.build_plan import build_plan
from geo_api.services.gate import gate_findings
from geo_api.services.load import load
from tests.geo_api.life import PLANNER
from tests.geo_api.town import LAT, LON, SIDE, WEST, Town


def quarters() -> gpd.GeoDataFrame:
    half = SIDE / 2
    corners = [(LON + i * half, LAT + j * half) for i in (0, 1) for j in (0, 1)]
    return gpd.GeoDataFrame(
        {"code": [f"u{i}" for i in range(4)], "name": [f"社区{i}" for i in range(4)], "kind": ["社区"] * 4},
        geometry=[shapely.box(x, y, x + half, y + half) for x, y in corners],
        crs=4490,
    )


def built(
    store: Store, town: Town, rules: dict[str, Any], cells: int
) -> tuple[dict[str, Any], list[str], dict[str, Any]]:
    """Parameters, rules of the findings, and metrics of the plan in the database."""
    changed = town.but(rules={**town.rules, **rules}, base_units=quarters())
    load(changed, store.register, today=store.planning.today(WEST))
    plan = build_plan(store.planning, WEST, caller=PLANNER, cells=cells)
    with store.database.connection() as connection:
        row = connection.execute(
            "select parameters, findings, metrics from plan where plan_id = %s", (plan.plan_id,)
        ).fetchone()
    assert row is not None
    return row[0], [f["rule"] for f in row[1]], row[2]


@pytest.mark.db
def test_rules_of_the_manifest_guide_the_cells(loaded: Store, town: Town) -> None:
    rules = {"barriers": ["river"], "border_cost": {"main": 0.5}, "base_units_rule": "keep", "balance_tolerance": 0.3}
    parameters, found, metrics = built(loaded, town, rules, 2)
    assert parameters["barriers"] == ["river"]
    assert parameters["base_units_rule"] == "keep"
    assert parameters["cost_factor"]["main"] == 0.5
    assert metrics["base_units_split"] == 0
    assert "base_unit.split" not in found
    assert metrics["cells_across_barriers"] == found.count("barrier.crossed")


@pytest.mark.db
def test_communities_are_preferred_whole_by_default(loaded: Store, town: Town) -> None:
    parameters, found, metrics = built(loaded, town, {}, 3)
    assert parameters["base_units_rule"] == "prefer"
    assert 0 < metrics["base_units_split"] == found.count("base_unit.split") <= 3


@pytest.mark.db
def test_a_kind_that_does_not_exist_is_refused(loaded: Store, town: Town) -> None:
    with pytest.raises(BadRequest, match="'moat' is no kind of line"):
        built(loaded, town, {"barriers": ["moat"]}, 3)


def test_the_scheme_says_how_many_officers_a_cell_of_a_plan_has(store: Store, town: Town) -> None:
    rules = {**town.rules, "staffing": {"officers_per_cell_min": 3}}
    today = store.planning.today(WEST)
    load(town.but(rules=rules), store.register, today=today)
    plan = build_plan(store.planning, WEST, caller=PLANNER, cells=2, tolerance=0.5)
    content = store.planning.content(plan.plan_id, today)
    assert content.fewest_officers == 3
    assert {len({d.officer_id for d in content.proposed if d.cell_code == c}) for c in content.codes} == {3}
    alone = replace(content, fewest_officers=1, proposed=tuple(d for d in content.proposed if d.role == "lead"))
    assert not {f.rule for f in gate_findings(alone)} & {"staffing.too_few", "staffing.no_lead"}
    assert "staffing.too_few" in {f.rule for f in gate_findings(replace(alone, fewest_officers=2))}
