"""Use case: drafts for many stations at once, computed side by side, read and written in this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from datetime import date
from typing import TYPE_CHECKING

from geo_api.services.answers import Caller, PlanSummary
from geo_api.services.build_plan import PLAN_BUILDERS, drawn
from geo_api.services.plan_store import DraftPlan, PlanStore, StationInputs
from geo_api.services.station_jobs import worker_context
from geo_api.supervision.roles import require

if TYPE_CHECKING:
    from collections.abc import Mapping

AHEAD = 2
"""So many stations are read ahead of those being drawn, so that no process waits and no memory is wasted."""


def draw_stations(
    store: PlanStore, stations: Sequence[str], *, caller: Caller, on: date, rng_seed: int = 0, workers: int = 1
) -> Iterator[PlanSummary]:
    """Store a draft for each station, and yield it as it is stored; the same drafts as by :func:`build_plan`.

    Args:
        store: where the register is and the drafts go.
        stations: their codes.
        caller: a planner above all of them, or an admin.
        on: the day whose register counts.
        rng_seed: seed of all randomness.
        workers: processes; with 1 all is done in this one.

    Raises:
        As :func:`build_plan`, for the first station that cannot be drawn; drafts stored until then stay.
    """
    for code in stations:
        require(
            caller.role, caller.jurisdiction, allowed=PLAN_BUILDERS, ancestors=store.ancestors(code),
            to=f"build a plan of station {code}",
        )  # fmt: skip
    if workers <= 1 or len(stations) <= 1:
        for code in stations:
            yield store.write_draft(drawn(store.station_inputs(code, on), rng_seed=rng_seed), caller=caller)
        return
    with ProcessPoolExecutor(min(workers, len(stations)), mp_context=worker_context()) as pool:
        running: set[Future[DraftPlan]] = set()
        left = list(reversed(stations))
        try:
            while left or running:
                while left and len(running) < workers + AHEAD:
                    running.add(pool.submit(_draw, _plain(store.station_inputs(left.pop(), on)), rng_seed))
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield store.write_draft(future.result(), caller=caller)
        finally:
            for future in running:
                future.cancel()


def _draw(inputs: StationInputs, rng_seed: int) -> DraftPlan:
    return drawn(inputs, rng_seed=rng_seed)


def _plain(inputs: StationInputs) -> StationInputs:
    """The same with settings that go to another process: plain mappings."""
    from dataclasses import replace

    rules: Mapping[str, object] = dict(inputs.rules)
    return replace(inputs, rules=rules)
