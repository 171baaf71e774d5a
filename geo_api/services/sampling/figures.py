"""Use case: the samples of a jurisdiction in a year, who was drawn, who was visited."""

from __future__ import annotations

from datetime import date, timedelta

from geo_api.services.answers import Caller
from geo_api.services.sampling.model import SampledEntity, SamplingAnswer, SamplingGroup, SamplingStore
from geo_api.services.workload.place import place_work
from geo_api.services.workload.store import READERS
from geo_api.supervision.roles import require


def sampling_figures(
    store: SamplingStore, jurisdiction: str, *, caller: Caller, year: int | None = None, on: date | None = None
) -> SamplingAnswer:
    """Quota, visits and draws of every hot industry of a bureau or station, up to a day.

    A quota is due of the group, not of an entity: whoever is visited counts, up to the quota of each station.

    Args:
        store: where draws and visits are kept.
        jurisdiction: code of a bureau or station.
        caller: of the jurisdiction.
        year: default: that of the day.
        on: the day whose register and visits count; default: today, or the last day of a year that is over.

    Raises:
        NotFound: no such bureau or station. NotAllowed: not the caller's to see.
    """
    require(
        caller.role,
        caller.jurisdiction,
        allowed=READERS,
        ancestors=store.ancestors(jurisdiction),
        to=f"see the samples of {jurisdiction}",
    )
    today = on or store.today(jurisdiction)
    year = year or today.year
    day = on or min(today, date(year, 12, 31))
    work = place_work(store, jurisdiction, day, cells=False)
    rules, frame = work.rules.sampling, work.frame
    hot = frame[frame["industry"].isin(list(rules.shares))]
    draws = store.draws(jurisdiction, year)
    rows = store.drawn([d.draw_id for d in draws], day)
    ids = sorted({*hot["entity_id"].tolist(), *(r[2] for r in rows)})
    visits = store.first_visits(ids, date(year, 1, 1), min(date(year + 1, 1, 1), day + timedelta(days=1)))
    hot = hot.assign(visited=hot["entity_id"].isin(list(visits)))
    industry_of = {d.draw_id: d.industry for d in draws}
    members_of: dict[str, list[int]] = {}
    for draw_id, _, entity, *_ in rows:
        members_of.setdefault(industry_of[draw_id], []).append(entity)
    groups = []
    for industry, share in sorted(rules.shares.items()):
        stations = hot[hot["industry"] == industry].groupby("station")["visited"].agg(["size", "sum"])
        pairs = [(rules.quota(industry, int(n)), int(seen)) for n, seen in stations.itertuples(index=False)]
        members = members_of.get(industry, [])
        groups.append(
            SamplingGroup(
                industry=industry,
                share=share,
                entities=int(stations["size"].sum()),
                quota=sum(quota for quota, _ in pairs),
                visited=sum(seen for _, seen in pairs),
                counted=sum(min(quota, seen) for quota, seen in pairs),
                drawn=len(members),
                drawn_visited=sum(entity in visits for entity in members),
                seed=next((d.seed for d in draws if d.industry == industry), None),
            )
        )
    place = (
        frame[frame["entity_id"].isin([r[2] for r in rows])]
        .set_index("entity_id")[["station", "cell"]]
        .to_dict("index")
    )
    nowhere = {"station": "", "cell": ""}
    sampled = tuple(
        SampledEntity(
            industry_of[draw_id], number, entity, name, address, visited_on=visits.get(entity),
            **{str(k): str(v) for k, v in place.get(entity, nowhere).items()},
        )
        for draw_id, number, entity, name, address in rows
    )  # fmt: skip
    return SamplingAnswer(jurisdiction, year, day, tuple(groups), draws, sampled)
