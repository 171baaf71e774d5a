"""Four levels, numbered from the bottom, and codes of another layout: from the load to the lookup."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date

import geopandas as gpd
import pandas as pd
import psycopg
import pytest

from geo_api.db import open_store
from geo_api.db.engine import conninfo
from geo_api.db.store import Store
from geo_api.services.finder import territory_finder
from geo_api.services.ledger.read import read_ledger
from geo_api.services.load import load
from geo_api.services.lookup import look_up_point
from geo_api.services.profiles.layout_findings import layout_findings
from geo_api.services.relations import levels, levels_of
from geo_api.services.snapshot import build_snapshot
from geo_api.services.workload.explain_place import explain_place
from geo_api.services.workload.staffing import staffing
from geo_api.supervision.levels_rules import LevelRules
from geo_api.supervision.profile import profile_from
from tests.geo_api.life import OPERATOR, published
from tests.geo_api.town import BUREAU, EAST, LAT, LOADED, LON, SIDE, WEST, Town, make_town

SUB = "42010601"
ON = date(2026, 11, 20)
RULES = {
    "balance_tolerance": 0.2,
    "levels": {
        "depth": 4,
        "numbered": "up",
        "names": ["city bureau", "district", "station", "sector"],
        "names_zh": ["市局", "分局", "所", "片"],
    },
    "codes": {"cell": 2, "serial": 4, "first": 11},
}


def with_sub_bureau(town: Town) -> Town:
    """The west under a sub-bureau, as ``layers`` reads it from [[jurisdictions]] and parent_code."""
    places = town.jurisdictions
    west = places[places.code == WEST].geometry.iloc[0]
    sub = {"code": SUB, "name": "城西分局", "name_en": "West", "level": 2, "parent_code": BUREAU, "geometry": west}
    stations = places[places.level == 2].assign(level=3)
    stations.loc[stations.code == WEST, "parent_code"] = SUB
    rows = pd.concat([places[places.level == 1], pd.DataFrame([sub]), stations], ignore_index=True)
    heads = pd.DataFrame(
        [("10", SUB, "first", "", date(2024, 1, 1), None), ("21", BUREAU, "direct", "", date(2024, 1, 1), None)],
        columns=list(town.assignments.columns),
    )
    return town.but(jurisdictions=gpd.GeoDataFrame(rows, geometry="geometry", crs=4490), assignments=heads, rules=RULES)


@dataclass(frozen=True)
class Lived:
    store: Store
    url: str
    cells: tuple[str, ...]


@pytest.fixture(scope="module")
def lived(new_database: Callable[[], str]) -> Iterator[Lived]:
    url = new_database()
    with open_store(url) as store:
        load(with_sub_bureau(make_town(entities=160)), store.register, today=LOADED)
        plan = published(store, WEST, date(2026, 3, 1), cells=3)
        with store.database.connection() as connection:
            rows = connection.execute("select code from cell where plan_id = %s order by 1", (plan.plan_id,)).fetchall()
            connection.rollback()
        yield Lived(store, url, tuple(code for (code,) in rows))


def test_all_four_levels_of_a_place_with_the_names_and_numbers_of_the_rules(lived: Lived) -> None:
    snapshot = build_snapshot(lived.store.published.territory(ON), territory_finder)
    inside = {"lon": LON + SIDE / 2, "lat": LAT + SIDE / 2, "with_telephones": False}
    found = levels(snapshot, **inside).levels
    assert [r.code for r in found][1:] == [WEST, SUB, BUREAU]
    assert [r.number for r in found] == [1, 2, 3, 4]
    assert [r.title_zh for r in found] == ["片", "所", "分局", "市局"]
    assert [r.level for r in found] == ["cell", "station", "sub-bureau", "bureau"]
    assert [r.title for r in found] == ["sector", "station", "district", "city bureau"]
    east = levels(snapshot, lon=LON + 1.5 * SIDE, lat=LAT + SIDE / 2, with_telephones=False)
    assert (east.status, [r.code for r in east.levels]) == ("unpublished", [EAST, BUREAU])
    assert [r.number for r in east.levels] == [2, 4], "a station directly under the bureau skips a level"


def test_whoever_has_nobody_falls_back_level_by_level(lived: Lived) -> None:
    territory = lived.store.published.territory(ON)
    for held, answering in (((SUB, BUREAU), SUB), ((BUREAU,), BUREAU), ((WEST, SUB), WEST)):
        officers = {code: territory.officers.get(code) or territory.officers[SUB] for code in held}
        named = {code: tuple(replace(o, answers_for=code) for o in people) for code, people in officers.items()}
        snapshot = build_snapshot(replace(territory, officers=named), territory_finder)
        answer = look_up_point(snapshot, LON + SIDE / 2, LAT + SIDE / 2, near_border_m=10, age_s=None)
        assert {o.answers_for for o in answer.officers} == {answering}
        assert answer.fallback == {WEST: "station", SUB: "sub-bureau", BUREAU: "bureau"}[answering]
    assert lived.store.planning.ancestors(lived.cells[0]) == (lived.cells[0], WEST, SUB, BUREAU)


def test_open_map_services_fall_back_through_every_level(lived: Lived) -> None:
    cells = "select distinct answers_for from gridward_published.cells_on(%(day)s)"
    stations = "select code, answers_for from gridward_published.stations_on(%(day)s) order by 1"
    change = (
        "update gridward.assignment set recorded_to = now() where jurisdiction_code like %s and recorded_to is null"
    )
    with psycopg.connect(conninfo(lived.url)) as connection:
        own = {code for (code,) in connection.execute(cells, {"day": ON})}
        assert own == set(lived.cells)
        connection.execute(change, (f"{WEST}%",))
        assert connection.execute(cells, {"day": ON}).fetchall() == [(SUB,)]
        assert connection.execute(stations, {"day": ON}).fetchall() == [(WEST, SUB), (EAST, BUREAU)]
        connection.execute(change, (SUB,))
        assert connection.execute(cells, {"day": ON}).fetchall() == [(BUREAU,)], "two levels up"
        assert connection.execute(stations, {"day": ON}).fetchall() == [(WEST, BUREAU), (EAST, BUREAU)]
        connection.execute(change, (BUREAU,))
        assert connection.execute(cells, {"day": ON}).fetchall() == [("",)], "nobody anywhere"
        connection.rollback()


def test_a_level_between_counts_its_stations(lived: Lived) -> None:
    work = lived.store.workload
    sub = explain_place(work, SUB, caller=OPERATOR, on=ON, by=("station",))
    west = explain_place(work, WEST, caller=OPERATOR, on=ON, by=("class",))
    assert [r.station for r in sub.rows if r.station] == [WEST]
    assert next(r.hours_per_year for r in sub.rows if r.station == WEST) == west.hours_per_year
    assert [r.code for r in staffing(work, SUB, caller=OPERATOR, on=ON).stations] == [WEST]


def test_codes_follow_the_layout_and_are_read_by_it(lived: Lived) -> None:
    assert lived.cells == (f"{WEST}11", f"{WEST}12", f"{WEST}13")
    with lived.store.database.connection() as connection:
        entity, cell, serial = connection.execute(
            "select entity_id, cell_code, serial from cell_entity order by 1 limit 1"
        ).fetchone()
        connection.rollback()
    (code,) = lived.store.history.entity_codes(entity_id=entity)
    assert code.code == f"{cell}{serial:04d}"
    assert [c.entity_id for c in lived.store.history.entity_codes(code=code.code)] == [entity]
    assert lived.store.history.entity_codes(code=f"{cell}{serial:05d}") == ()
    assert lived.store.workload.entity(code.code, ON).entity_id == entity
    ledger = read_ledger(lived.store.ledgers, lived.store.published, cell, on=ON, caller=OPERATOR)
    assert {e.code for e in ledger.entities if e.entity_id == entity} == {code.code}
    register = lived.store.visits.register_of(WEST)
    with lived.store.visits.change() as change:
        long = f"{cell}{serial:05d}"
        meant = change.meant(register, {(code.code, ON), (long, ON)})
    assert {text: found.entity_id for (text, _), found in meant.items()} == {code.code: entity}


def test_levels_that_cannot_be_used_do_not_stop_a_lookup() -> None:
    assert levels_of({"depth": "two"}) == LevelRules()
    assert LevelRules(first=0).number(2) == 2


def test_a_tree_or_codes_other_than_the_rules_say_are_told() -> None:
    flat, deep = make_town(entities=2), with_sub_bureau(make_town(entities=2))
    four = profile_from({"levels": {"depth": 4}, "codes": {"county": 6, "station": 4}})
    assert [f.rule for f in layout_findings(flat.jurisdictions, four)] == ["profile.levels", "profile.codes"]
    assert [f.rule for f in layout_findings(deep.jurisdictions, four)] == ["profile.codes"]
    usual = profile_from({"codes": {"county": 6, "station": 3}})
    assert layout_findings(flat.jurisdictions, usual) == ()
    assert layout_findings(deep.jurisdictions, profile_from({})) == (), "who says nothing of levels is not told"
