"""A cell, a station, an officer read only their own entities: what they are told is their part of what the bureau is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import shapely

from geo_api.db import open_store
from geo_api.db.store import Store
from geo_api.services.assign import assign
from geo_api.services.load import load
from geo_api.services.visits.classing import propose_classes
from geo_api.services.visits.due import due_rows, find_due
from geo_api.services.visits.listing import list_visits
from tests.geo_api.life import ADMIN, OPERATOR, published
from tests.geo_api.town import BUREAU, EAST, LAT, LOADED, LON, SIDE, TODAY, WEST, make_town

pytestmark = pytest.mark.db


@pytest.fixture(scope="module")
def store(new_database: Callable[[], str]) -> Iterator[Store]:
    """A town whose register spoke again after its cells were drawn: shops that moved, also to where no cell is drawn yet."""
    town = make_town(entities=80)
    with open_store(new_database()) as opened:
        load(town.but(entities=town.entities.iloc[:60]), opened.register, actor="test", today=LOADED)
        cells = [published(opened, s, LOADED, cells=3, tolerance=1.0).cells for s in (WEST, EAST)]
        assert all(cells)
        shops = town.entities.copy()
        shops.loc[:9, "geometry"] = [shapely.Point(LON + SIDE * 1.9 - k * 0.002, LAT + SIDE * 0.9) for k in range(10)]
        wider = town.jurisdictions.copy()
        wider.loc[[0, 1], "geometry"] = [
            shapely.box(LON - SIDE, LAT, LON + 2 * SIDE, LAT + SIDE), shapely.box(LON - SIDE, LAT, LON + SIDE, LAT + SIDE),
        ]  # fmt: skip
        shops.loc[10:13, "geometry"] = [shapely.Point(LON - SIDE * 0.9 + k * 0.001, LAT + SIDE * 0.5) for k in range(4)]
        load(town.but(entities=shops, jurisdictions=wider), opened.register, actor="test", today=LOADED)
        cell = due_rows(opened.due, opened.profiles, EAST, TODAY, TODAY)[0].cell_code
        assign(opened.planning, "21", cell, "lead", caller=OPERATOR, valid_from=LOADED, reason="test")
        yield opened


@pytest.fixture(scope="module")
def places(store: Store) -> dict[str, str]:
    """Cell or station -> what its cells' codes begin with."""
    cells = {r.cell_code for r in due_rows(store.due, store.profiles, BUREAU, TODAY, TODAY) if r.cell_code}
    assert len(cells) == 6
    return {code: code for code in (WEST, EAST, *sorted(cells))}


def test_what_is_due_in_a_place_is_its_part_of_the_bureaus(store: Store, places: dict[str, str]) -> None:
    whole = due_rows(store.due, store.profiles, BUREAU, TODAY, TODAY)
    for code in places:
        part = due_rows(store.due, store.profiles, code, TODAY, TODAY)
        assert part == tuple(r for r in whole if r.cell_code.startswith(code)) != ()
    in_the_new_ground = {11, 12, 13, 14}
    assert in_the_new_ground & {r.entity_id for r in whole if r.cell_code.startswith(WEST)}


def test_what_was_recorded_before_is_cut_the_same_way(store: Store, places: dict[str, str]) -> None:
    then = datetime.now(UTC)
    whole = due_rows(store.due, store.profiles, BUREAU, TODAY, TODAY, recorded_at=then)
    for code in places:
        part = due_rows(store.due, store.profiles, code, TODAY, TODAY, recorded_at=then)
        assert part == tuple(r for r in whole if r.cell_code.startswith(code)) != ()


def test_what_is_due_for_an_officer_is_what_names_the_officer(store: Store) -> None:
    whole = due_rows(store.due, store.profiles, BUREAU, TODAY, TODAY)
    named = {o for r in whole for o in r.officers}
    assert len(named - {"21"}) == len(named) - 1 > 0
    for officer in named:
        answer = find_due(store.due, store.profiles, BUREAU, caller=ADMIN, on=TODAY, officer=officer)
        assert answer.rows == tuple(r for r in whole if officer in r.officers)
        assert sum(answer.counts.values()) == len(answer.rows)
    nobody = find_due(store.due, store.profiles, BUREAU, caller=ADMIN, on=TODAY, officer="nobody")
    assert (nobody.rows, sum(nobody.counts.values())) == ((), 0)


def test_the_classes_of_a_place_are_its_part_of_the_bureaus(store: Store, places: dict[str, str]) -> None:
    def proposed(code: str) -> set[tuple[int, str, str]]:
        answer = propose_classes(store.classing, store.profiles, code, caller=ADMIN, on=TODAY, everything=True)
        return {(p.entity_id, p.cell_code, p.proposed) for p in answer.proposals}

    whole = proposed(BUREAU)
    for code in places:
        assert proposed(code) == {p for p in whole if p[1].startswith(code)} != set()


def test_the_visits_of_cells_make_up_those_of_their_station(store: Store, places: dict[str, str]) -> None:
    def visits(code: str) -> list[str]:
        return [v.visit_id for v in list_visits(store.visits, code, caller=ADMIN, since=LOADED).visits]

    for station in (WEST, EAST):
        whole = visits(station)
        cells = [visits(code) for code in places if code.startswith(station) and code != station]
        assert sorted(v for found in cells for v in found) == sorted(whole) != []
        assert all(found == [v for v in whole if v in set(found)] for found in cells)  # newest first, as above
