"""Use case: the workload of a jurisdiction by class, industry, cell or station."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from geo_api.errors import BadRequest
from geo_api.services.answers import Caller
from geo_api.services.workload.answers import WorkloadAnswer, WorkloadRow
from geo_api.services.workload.place import MICRO, place_work
from geo_api.services.workload.store import READERS, WorkloadStore
from geo_api.supervision.roles import require

KEYS = {"class": "credit_class", "industry": "industry", "cell": "cell", "station": "station"}
USUAL = ("class", "industry")


def explain_place(
    store: WorkloadStore, jurisdiction: str, *, caller: Caller, on: date | None = None, by: Sequence[str] = USUAL
) -> WorkloadAnswer:
    """Entities, visits and hours a year of a bureau, station or cell, by any of :data:`KEYS`.

    Raises:
        NotFound: no such jurisdiction that day. NotAllowed: not the caller's to see. BadRequest: an unknown key.
    """
    require(
        caller.role,
        caller.jurisdiction,
        allowed=READERS,
        ancestors=store.ancestors(jurisdiction),
        to=f"see the workload of {jurisdiction}",
    )
    odd = [name for name in by if name not in KEYS]
    if odd or not by or len(set(by)) < len(by):
        raise BadRequest(f"by={','.join(by)}: name some of {', '.join(KEYS)}, each once")
    day = on or store.today(jurisdiction)
    work = place_work(store, jurisdiction, day)
    columns = [KEYS[name] for name in by]
    sums = work.frame.groupby(columns, sort=False).agg(
        entities=("entity_id", "size"), visits=("visits", "sum"), hours=("hours", "sum")
    )
    rank = {letter: n for n, letter in enumerate(work.rules.classes.order)}
    sums = sums.reset_index().sort_values(
        columns, key=lambda c: c.map(rank) if c.name == "credit_class" else c, kind="stable"
    )
    rows = tuple(
        WorkloadRow(
            station=getattr(r, "station", ""),
            cell=getattr(r, "cell", ""),
            credit_class=getattr(r, "credit_class", ""),
            industry=getattr(r, "industry", ""),
            entities=int(r.entities),
            visits_per_year=int(r.visits) / MICRO,
            hours_per_year=int(r.hours) / MICRO,
        )
        for r in sums.itertuples(index=False)
    )
    name = work.scope.name if jurisdiction == work.scope.code else f"{work.scope.name} {jurisdiction}"
    return WorkloadAnswer(
        jurisdiction=jurisdiction,
        name=name,
        on=day,
        by=tuple(by),
        entities=len(work.frame),
        visits_per_year=int(work.frame["visits"].sum()) / MICRO,
        hours_per_year=int(work.frame["hours"].sum()) / MICRO,
        rows=rows,
        recorded_at=store.recorded_at,
    )
