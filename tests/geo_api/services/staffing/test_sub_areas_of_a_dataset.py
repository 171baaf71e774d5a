"""Parts of cells that a dataset names: they wait for their cell, are loaded once, and are missed when a plan leaves them outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from geo_api.db import open_store
from geo_api.services.gaps_territory import territory_findings
from geo_api.services.gate import check_plan
from geo_api.services.load import load
from geo_api.services.staffing.set_sub_area import end_sub_area
from geo_api.services.sub_areas import sub_areas_outside
from tests.geo_api.life import OPERATOR, published
from tests.geo_api.services.staffing.conftest import PLAN_FROM
from tests.geo_api.town import LOADED, WEST, make_town

DAY, LATER = date(2026, 3, 1), date(2026, 4, 1)


def areas(rows: list[tuple[str, str, str, Any]]) -> gpd.GeoDataFrame:
    code, name, cell, shapes = zip(*rows, strict=True)
    return gpd.GeoDataFrame({"code": code, "name": name, "cell": cell}, geometry=list(shapes), crs=4490)


def halves(shape: Any) -> tuple[Any, Any]:
    west, south, east, north = shape.bounds
    middle = (west + east) / 2
    left, right = shapely.box(west, south, middle, north), shapely.box(middle, south, east, north)
    return shape.intersection(left), shape.intersection(right)


def test_parts_of_cells_wait_for_their_cell_and_are_loaded_once(new_database: Callable[[], str]) -> None:
    with open_store(new_database()) as store:
        town = make_town(entities=100)
        early = town.but(
            sub_areas=areas([(f"{WEST}001-A", "北片", f"{WEST}001", shapely.box(114.3, 30.5, 114.4, 30.6))])
        )
        first = load(early, store.register, today=LOADED)
        assert first.rejected.loc[first.rejected.file.eq("sub_area"), "reason"].tolist() == [
            f"there is no cell {WEST}001 yet: publish its plan, then load again"
        ]
        plan = published(store, WEST, PLAN_FROM, cells=4, tolerance=0.9).plan_id
        cell, other, *_ = store.published.territory(DAY).cells
        left, right = halves(shapely.from_wkb(cell.wkb))
        a, b = f"{cell.code}-A", f"{cell.code}-B"
        wanted = areas(
            [
                (a, "西片", cell.code, left),
                (b, "东片", cell.code, right),
                (f"{cell.code}-C", "", cell.code, left),
                (f"{cell.code}-D", "", cell.code, shapely.box(0, 0, 1, 1)),
                (other.code, "", cell.code, right),
            ]
        )
        divided = early.but(sub_areas=wanted)
        second = load(divided, store.register, today=DAY)
        assert (second.counts["sub_area"].new, second.counts["sub_area"].kept) == (2, 0)
        told = dict(zip(second.rejected["row"], second.rejected["reason"], strict=True))
        assert told[f"{cell.code}-C"] == f"it overlaps sub-area {a} of cell {cell.code}"
        assert told[f"{cell.code}-D"].startswith("only 0.0 % of it lies in cell")
        assert told[other.code] == "the code is taken by something else"
        assert [s.code for s in store.published.territory(DAY).sub_areas] == [a, b]
        assert not store.published.territory(date(2026, 2, 28)).sub_areas
        assert load(divided, store.register, today=DAY).unchanged
        assert not [f for f in check_plan(store.planning, plan, on=DAY) if f.rule == "gate.sub_area"]

        end_sub_area(store.staffing, b, caller=OPERATOR, valid_from=LATER, reason="x")
        assert load(divided, store.register, today=LATER).unchanged  # what was ended by hand stays ended
        assert [s.code for s in store.published.territory(LATER).sub_areas] == [a]
        moved = early.but(sub_areas=areas([(a, "西片", cell.code, right)]))
        third = load(moved, store.register, today=LATER)
        assert (third.counts["sub_area"].changed, third.counts["sub_area"].kept) == (1, 0)
        assert shapely.equals(shapely.from_wkb(store.published.territory(LATER).sub_areas[0].wkb), right)

        scope = store.coverage.scope(WEST, LATER)
        assert "territory.sub_area" not in {f.rule for f in territory_findings(scope)}
        turned = replace(scope, cell_shapes=np.roll(scope.cell_shapes, 1))  # as a redraw would move the cells' codes
        gone = replace(scope, cell_codes=tuple(f"{c}x" for c in scope.cell_codes))
        for after, share in ((turned, "0% of it lies in it"), (gone, "which is given up")):
            (found,) = [f for f in territory_findings(after) if f.rule == "territory.sub_area"]
            assert (found.where, found.value) == (a, 0.0)
            assert share in found.message
        content = store.planning.content(plan, LATER)
        (missed,) = sub_areas_outside("gate.sub_area", content.sub_areas, content.codes, turned.cell_shapes)
        assert missed.details["cell_code"] == cell.code
