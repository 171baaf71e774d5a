"""Real input beside another dataset in one database: Chicago's streets, food businesses and visits."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from geo_api.db.store import Store
from geo_api.services.gaps import find_gaps
from geo_api.services.load import load
from layers import read_dataset
from tests.geo_api.life import OPERATOR, published
from tests.geo_api.town import LOADED, TODAY, WEST, Town

ROOT = Path(__file__).parents[3]
DATA = ROOT / "../shared/data/chicago.gpkg"
LOOP, DAY = "170310001", date(2014, 11, 1)

pytestmark = [pytest.mark.db, pytest.mark.real]


@pytest.mark.skipif(not DATA.exists(), reason="needs ../shared/data (chicago.gpkg), which is not part of the project")
def test_chicago_beside_a_town(store: Store, town: Town) -> None:
    load(town, store.register, today=LOADED)
    dataset = read_dataset(ROOT / "data" / "chicago" / "manifest.toml")
    counts = load(dataset, store.register, today=date(2014, 1, 1)).counts
    assert counts["entity"].new == len(dataset.entities) == 12_327
    assert counts["boundary_line"].new == counts["boundary_line"].given > 28_000
    assert counts["inspection"].new == len(dataset.inspections)
    assert load(dataset, store.register, today=DAY).unchanged

    plan = published(store, LOOP, date(2014, 3, 1), cells=5, tolerance=0.03)
    assert plan.max_abs_deviation <= 0.03
    published(store, WEST, date(2014, 3, 1))
    answer = find_gaps(store.coverage, LOOP, DAY, caller=OPERATOR)
    assert "territory.no_cell" not in answer.totals
    assert "entity.no_cell" not in answer.totals
    assert 0 < answer.made["1"] < answer.due["1"]
    bureau = find_gaps(store.coverage, "170310", DAY, caller=OPERATOR)
    assert bureau.totals["territory.no_plan"] == 9
    assert bureau.totals["entity.outside"] + sum(
        f.value or 0 for f in bureau.findings if f.rule == "entity.no_plan"
    ) < len(dataset.entities), "the town's entities are not Chicago's"
    assert {c.station_code for c in store.published.territory(TODAY).cells} == {LOOP, WEST}
    assert store.planning.today(LOOP) <= store.planning.today(WEST), "each bureau has its own time zone"
