"""Claims of cells that a new plan no longer has: whoever answers for the ground now takes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from geo_api.db import open_store
from geo_api.errors import Conflict, NotAllowed
from geo_api.services.answers import Caller
from geo_api.services.claims.lists import list_claims
from geo_api.services.claims.step import step_claim
from geo_api.services.load import load
from tests.geo_api.life import published
from tests.geo_api.services.claims.conftest import Arrivals, Ground
from tests.geo_api.town import EAST, LOADED, WEST, make_town


def test_what_fell_into_a_cell_redrawn_away_is_claimed_where_it_lies_now(new_database: Callable[[], str]) -> None:
    town = make_town(entities=200)
    fell, redrawn, day = date(2026, 3, 2), date(2026, 3, 10), date(2026, 3, 12)
    with open_store(new_database()) as store:
        load(town, store.register, today=LOADED)
        published(store, WEST, date(2026, 1, 1), cells=3)
        before = Ground(store, fell)
        ids = Arrivals(store, town).at(*[before.at(code) for code in before.west], on=fell)
        published(store, WEST, redrawn, cells=2, tolerance=0.4)
        after = Ground(store, day)
        gone = [(e, code) for e, code in zip(ids, before.west, strict=True) if code not in after.west]
        assert gone, "a plan of fewer cells leaves some out"
        entity, old = gone[0]
        new = store.claims.cells_of([entity], day)[entity]
        waiting = list_claims(store.claims, WEST, caller=Caller("Li", "officer", WEST), on=day).claims
        assert {v.entity_id: v.cell_code for v in waiting}[entity] == old, "a redraw hands nothing over by itself"
        here = Caller("officer of the cell", "officer", new)
        elsewhere = next(code for code in after.west if code != new)
        back = {"on": day, "reason": "补录"}
        named = str(entity)
        admin = replace(here, role="admin")
        for stranger in (replace(admin, jurisdiction=elsewhere), replace(admin, jurisdiction=EAST)):
            with pytest.raises(NotAllowed):
                step_claim(store.claims, named, "claim", caller=stranger, officer=after.officer(new), **back)
        outsider = "24"  # of the other station
        with pytest.raises(Conflict, match=f"does not answer for cell {new}"):
            step_claim(store.claims, named, "claim", caller=admin, officer=outsider, **back)
        done = step_claim(store.claims, named, "claim", caller=admin, officer=after.officer(new), **back)
        assert (done.claim.state, done.claim.officer_id) == ("claimed", after.officer(new))
        later = list_claims(store.claims, WEST, caller=Caller("Li", "officer", WEST), on=day + timedelta(days=1))
        assert entity not in {v.entity_id for v in later.claims}
