"""Periods read at once have the figures of each read alone; who made the visits is not read then."""

from __future__ import annotations

from dataclasses import fields
from datetime import date

import numpy as np
import pytest

from geo_api.db.store import Store
from geo_api.errors import NotFound
from geo_api.services.coverage.compute import compute
from geo_api.services.coverage.several import Reading
from tests.geo_api.services.reports.conftest import entity_ids, visit
from tests.geo_api.town import BUREAU, WEST

PERIODS = tuple((date(2022, m, 1), date(2022, m + 1, 1)) for m in (9, 10, 11))


@pytest.mark.parametrize("code", [BUREAU, WEST, f"{WEST}001"])
def test_periods_read_at_once_have_the_figures_of_each_read_alone(town_store: Store, code: str) -> None:
    seen = entity_ids(town_store, "C", date(2021, 1, 1))[:4]
    assert seen
    days = (date(2022, 9, 3), date(2022, 10, 31), date(2022, 11, 1), date(2022, 12, 24))
    visit(town_store, *((e, d) for e in seen for d in days), prefix=f"at once {code} ", officers=["P001", "P002"])
    reading = Reading(town_store.coverage, code, PERIODS, None)
    for period in PERIODS:
        found, alone = reading.tables(period), compute(town_store.coverage, code, *period, visitors=False)
        assert found is not None
        for field in fields(alone):
            one, other = getattr(found, field.name), getattr(alone, field.name)
            if isinstance(other, np.ndarray):
                assert np.array_equal(one, other, equal_nan=other.dtype.kind in "fM"), (period, field.name)
            else:
                assert one == other, (period, field.name)
    assert reading.tables((date(2022, 8, 1), date(2022, 9, 1))) is None, "it was not read"


def test_a_code_that_is_none_has_no_figures(town_store: Store) -> None:
    with pytest.raises(NotFound):
        Reading(town_store.coverage, "nowhere", PERIODS, None)
