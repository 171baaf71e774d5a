"""A dataset goes in once, whole, and what differs becomes a new version."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
import shapely

from geo_api.db.store import Store
from geo_api.errors import RuleViolation
from geo_api.services.load import load
from tests.geo_api.town import EAST, LOADED, TODAY, WEST, Town

pytestmark = pytest.mark.db


def rows(store: Store, statement: str) -> list[tuple]:
    with store.database.connection() as connection:
        return connection.execute(statement).fetchall()


def totals(store: Store) -> dict[str, int]:
    tables = ["jurisdiction", "boundary_line", "entity", "officer", "assignment", "inspection", "profile", "import_run"]
    return {t: rows(store, f"select count(*) from {t}")[0][0] for t in tables}


def test_everything_is_stored_with_counts(store: Store, town: Town) -> None:
    result = load(town, store.register, today=LOADED)
    assert not result.unchanged
    assert {name: c.new for name, c in result.counts.items()} == {
        "jurisdiction": 3, "profile": 1, "boundary_line": 34, "base_unit": 1, "market": 0, "officer": 16,
        "entity": 400, "assignment": 4, "inspection": 900,
    }  # fmt: skip
    assert rows(store, "select count(*) from entity where geom is null") == [(1,)]
    kept = rows(
        store,
        "select st_x(geom), st_y(geom) from entity e join entity_identity using (entity_id) where source_id = 's0000'",
    )
    assert kept == [(town.entities.geometry[0].x, town.entities.geometry[0].y)], (
        "coordinates are stored to the last bit"
    )


def test_loading_twice_changes_nothing_and_says_so(store: Store, town: Town) -> None:
    load(town, store.register, today=LOADED)
    before = totals(store)
    assert load(town, store.register, today=TODAY).unchanged
    assert totals(store) == before


def test_same_content_in_another_file_changes_nothing(store: Store, town: Town) -> None:
    load(town, store.register, today=LOADED)
    before = totals(store)
    result = load(town.but(entities=town.entities.sample(frac=1, random_state=1)), store.register, today=TODAY)
    assert result.unchanged
    assert result.counts["entity"].same == 400
    after = totals(store)
    assert after.pop("import_run") == before.pop("import_run") + 1
    assert after == before


def test_changed_rows_become_new_versions_from_today(store: Store, town: Town) -> None:
    load(town, store.register, today=LOADED)
    officers = town.officers.copy()
    officers.loc[0, "telephone"] = "027-99999"
    lines = town.boundary_lines.iloc[1:]
    result = load(town.but(officers=officers, boundary_lines=lines), store.register, today=TODAY)
    assert (result.counts["officer"].changed, result.counts["boundary_line"].ended) == (1, 1)
    versions = rows(
        store,
        "select telephone, lower(valid), upper(valid) from officer "
        "where officer_id = '10' and recorded_to is null order by valid",
    )
    assert versions == [(town.officers.telephone[0], None, TODAY), ("027-99999", TODAY, None)]
    assert rows(store, "select upper(valid) from boundary_line where recorded_to is null and not upper_inf(valid)") == [
        (TODAY,)
    ]
    then, now = store.published.territory(date(2026, 6, 2)), store.published.territory(TODAY)
    assert (then.officers[WEST][0].telephone, now.officers[WEST][0].telephone) == (
        town.officers.telephone[0],
        "027-99999",
    )


def test_a_second_change_on_one_day_replaces_the_first(store: Store, town: Town) -> None:
    load(town, store.register, today=LOADED)
    for telephone in ("1", "2"):
        officers = town.officers.assign(telephone=telephone)
        load(town.but(officers=officers, digest=telephone), store.register, today=TODAY)
    assert rows(store, "select count(*) from officer where recorded_to is null and valid @> date '2026-11-21'") == [
        (16,)
    ]
    assert rows(store, "select distinct telephone from officer where recorded_to is null and upper_inf(valid)") == [
        ("2",)
    ]
    assert rows(store, "select count(*) from officer") == [(16 * 4,)], "original, shortened original, first, second"


def test_a_change_loaded_for_an_earlier_day_leaves_later_versions(store: Store, town: Town) -> None:
    load(town, store.register, today=date(2025, 1, 1))
    for telephone, day in (("late", TODAY), ("early", date(2026, 3, 1))):
        load(town.but(officers=town.officers.assign(telephone=telephone), digest=telephone), store.register, today=day)
    versions = rows(
        store,
        "select distinct telephone, lower(valid), upper(valid) from officer where recorded_to is null "
        "and telephone in ('early', 'late') order by 2",
    )
    assert versions == [("early", date(2026, 3, 1), TODAY), ("late", TODAY, None)]


def test_rows_that_are_gone_stay_and_are_reported(store: Store, town: Town) -> None:
    load(town, store.register, today=LOADED)
    result = load(town.but(entities=town.entities.iloc[:-5]), store.register, today=TODAY)
    assert result.counts["entity"].kept == 5
    assert [f.rule for f in result.findings] == ["load.kept"]


def test_visits_and_assignments_of_nobody_are_rejected_with_reasons(store: Store, town: Town) -> None:
    visits = town.inspections.copy()
    visits.loc[3, "entity"] = "nobody"
    duties = pd.concat(
        [
            town.assignments,
            pd.DataFrame(
                [("99", WEST, "deputy", "", LOADED, None), ("10", "777", "boss", "", LOADED, LOADED)],
                columns=town.assignments.columns,
            ),
        ]
    )
    result = load(town.but(inspections=visits, assignments=duties), store.register, today=LOADED)
    reasons = dict(zip(result.rejected.row, result.rejected.reason, strict=True))
    assert reasons == {
        "99 for 420106001": "no officer 99",
        "10 for 777": "no jurisdiction 777; role boss is none of lead, deputy, first, direct; it ends before it begins",
        "v00003": "no entity nobody in the register",
    }


def test_two_leads_at_once_refuse_the_whole_load(store: Store, town: Town) -> None:
    row = ("12", WEST, "first", "", date(2025, 1, 1), None)
    duties = pd.concat([town.assignments, pd.DataFrame([row], columns=town.assignments.columns)], ignore_index=True)
    with pytest.raises(RuleViolation, match="10 are both first of 420106001") as caught:
        load(town.but(assignments=duties), store.register, today=LOADED)
    assert [f.where for f in caught.value.findings] == [WEST]
    assert totals(store)["entity"] == 0, "nothing of a refused load is stored"


def test_a_code_of_another_dataset_is_refused(store: Store, town: Town) -> None:
    load(town, store.register, today=LOADED)
    with pytest.raises(RuleViolation, match="belongs to the dataset town already") as caught:
        load(town.but(name="other"), store.register, today=LOADED)
    assert len(caught.value.findings) == 3 + 1 + 16


def test_a_place_given_by_hand_outlives_a_reload(store: Store, town: Town) -> None:
    load(town, store.register, today=LOADED)
    with store.database.writing() as connection:
        connection.execute("update entity set recorded_to = now() where geom is null and recorded_to is null")
        connection.execute(
            "insert into entity (entity_id, name, credit_class, licensed, geom, placed_by, source, digest, valid) "
            "select entity_id, name, credit_class, licensed, st_setsrid(st_makepoint(114.301, 30.501), 4490), "
            "'me', source, digest, valid from entity where recorded_to is not null"
        )
    entities = town.entities.copy()
    entities.loc[399, "name"] = "新名"
    load(town.but(entities=entities), store.register, today=TODAY)
    assert rows(
        store,
        "select name, placed_by, st_x(geom) from entity "
        "where recorded_to is null and upper_inf(valid) and placed_by <> ''",
    ) == [("新名", "me", 114.301)]
    placed = entities.copy()
    placed.loc[399, "geometry"] = shapely.Point(114.302, 30.502)
    load(town.but(entities=placed, digest="x"), store.register, today=TODAY)
    assert rows(store, "select st_x(geom) from entity where recorded_to is null and name = '新名'") == [(114.302,)]


def test_stations_and_heads_are_published(store: Store, town: Town) -> None:
    load(town, store.register, today=LOADED)
    territory = store.published.territory(TODAY)
    assert [(s.code, s.bureau_code) for s in territory.stations] == [(WEST, "420106"), (EAST, "420106")]
    assert territory.officers["420106"][0].officer_id == "21"
    assert store.published.territory(date(2026, 1, 5)).officers["420106"][0].officer_id == "11"
    assert shapely.from_wkb(territory.stations[0].outline_wkb).equals(town.jurisdictions.geometry[1])
