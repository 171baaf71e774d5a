"""Coverage in memory, for routes that are asked without a database: a register without entities."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import numpy as np

from geo_api.errors import NotFound
from geo_api.services.coverage.inputs import CoverageInputs, Place, RulesFrom, Versions, Visits, Window
from geo_api.services.coverage_store import Scope
from tests.geo_api.fake_tasks import FakeTasks


class FakeCoverage:
    """Implements ``CoverageReader``, and of ``CoverageStore`` that a cell has no scope of its own."""

    def scope(self, code: str, on: date) -> Scope:
        raise NotFound(f"{code} is a cell: ask its station")

    def inputs(
        self,
        jurisdiction: str,
        last: date,
        recorded_at: datetime | None,
        window: Callable[[tuple[RulesFrom, ...]], Window],
    ) -> CoverageInputs:
        FakeTasks().ancestors(jurisdiction)
        none, no = np.zeros(0, np.int64), np.zeros(0, bool)
        nowhere = np.zeros(0)
        return CoverageInputs(
            place=Place(jurisdiction, "小镇", "all", ()),
            versions=Versions(none, none, none, none, none, none, none, no, nowhere, nowhere, (), ()),
            visits=Visits(none, none, none, ()),
            profiles=(RulesFrom(-(2**30), 2**30, {}),),
            stations=(),
            plans=(),
            leads=(),
        )
