"""Fixtures that every folder may use. Tests of PostGIS get theirs from ``tests/geo_api/conftest.py``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo

import pytest
from hypothesis import HealthCheck, settings

from geo_api import clock

# Shared, noisy machines: a slow example is no failure. The seed is fixed so that a run can be repeated.
settings.register_profile(
    "gridward", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "gridward"))


@pytest.fixture(scope="session", autouse=True)
def one_day() -> Iterator[None]:
    """The clock stands still: a run that goes on past midnight has one today, in every time zone.

    ``GRIDWARD_TEST_DAYS_AHEAD=400`` runs the tests as if that many days had passed: none may need this year.
    """
    moment = datetime.now(UTC) + timedelta(days=int(os.environ.get("GRIDWARD_TEST_DAYS_AHEAD", "0")))

    def still(zone: tzinfo) -> datetime:
        return moment.astimezone(zone)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", still)
        yield
