"""The visit plan from what is stored: due lists, calendar periods, open tasks."""

from __future__ import annotations

from dataclasses import replace

from geo_api.services.answers import Caller, PublishedTerritory
from geo_api.services.profiles.store import ProfileStore
from geo_api.services.rounds.lists_due import lists_due
from geo_api.services.rounds.model import RoundStore, VisitPlan
from geo_api.services.rounds.plan import Asked, place_of, plan_visits
from geo_api.services.visits.due_model import DueReader
from geo_api.supervision.acting import acting_officer


def make_plan(
    rounds: RoundStore,
    reader: DueReader,
    profiles: ProfileStore,
    territory: PublishedTerritory,
    asked: Asked,
    *,
    caller: Caller,
) -> VisitPlan:
    """See :func:`geo_api.services.rounds.plan.plan_visits`; ``territory`` is that of the first day.

    An officer's key plans for that officer; NotAllowed where the request names another.
    """
    if caller.role == "officer" and caller.officer_id and not asked.cell:
        asked = replace(asked, officer=acting_officer(caller.officer_id, asked.officer, "plan visits"))
    where = place_of(rounds, territory, asked, caller)
    codes = [asked.cell] if asked.cell else where.stations
    ids = [p.entity_id for p in rounds.places(where.cells, asked.period_from)]
    source = lists_due(rounds, reader, ids, profiles, codes, asked.period_from, asked.period_to)
    return plan_visits(rounds, source, territory, asked, caller=caller)
