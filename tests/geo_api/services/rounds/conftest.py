"""The town of the tests of tasks."""

from __future__ import annotations

from tests.geo_api.services.tasks.conftest import territory, town_store

__all__ = ["territory", "town_store"]
