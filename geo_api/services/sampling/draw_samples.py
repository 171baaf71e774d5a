"""Use case: draw the entities that the sampling quotas of a year ask to visit, and keep the draw."""

from __future__ import annotations

from datetime import date

from geo_api.errors import BadRequest, Conflict, NotAllowed
from geo_api.services.answers import Caller
from geo_api.services.sampling.figures import sampling_figures
from geo_api.services.sampling.model import NewDraw, SamplingAnswer, SamplingStore
from geo_api.services.workload.place import place_work
from geo_api.supervision.roles import require
from geo_api.supervision.sampling import draw, draw_digest

DRAWERS = frozenset({"planner", "approver"})


def draw_samples(
    store: SamplingStore,
    jurisdiction: str,
    *,
    caller: Caller,
    seed: int,
    year: int | None = None,
    on: date | None = None,
    reason: str = "",
) -> SamplingAnswer:
    """Draw every hot industry of a bureau or station for a year, station by station; the same seed draws the same.

    A draw that exists stays: the same again changes nothing, another one in its place is for admins, with a reason.

    Args:
        store: where draws are kept.
        jurisdiction: code of a bureau or station.
        caller: a planner, approver or admin there.
        seed: any whole number, best one that nobody chose (a lottery result).
        year: default: that of the day.
        on: the day whose register and rules are drawn from; default: today.
        reason: why a draw is replaced.

    Raises:
        BadRequest: no sampling quota in the rules, or a draw to be replaced without a reason.
        NotAllowed: not the caller's to do. Conflict: there is a draw already. NotFound: no such bureau or station.
    """
    require(
        caller.role,
        caller.jurisdiction,
        allowed=DRAWERS,
        ancestors=store.ancestors(jurisdiction),
        to=f"draw samples of {jurisdiction}",
    )
    day = on or store.today(jurisdiction)
    year = year or day.year
    work = place_work(store, jurisdiction, day, cells=False)
    rules = work.rules.sampling
    if not rules.shares:
        raise BadRequest(
            f"the rules of {jurisdiction} have no sampling quota on {day}: name industries in [rules.sampling], such as "
            '"餐饮服务" = 0.5'
        )
    held = {d.industry: d for d in store.draws(jurisdiction, year)}
    new = []
    for industry, share in sorted(rules.shares.items()):
        of = work.frame[work.frame["industry"] == industry]
        stations = {str(code): group.tolist() for code, group in of.groupby("station")["entity_id"]}
        ids = of["entity_id"].tolist()
        digest = draw_digest(ids, industry=industry, year=year, share=share, seed=seed)
        if industry in held and held[industry].digest == digest:
            continue
        members = draw(stations, rules, industry=industry, year=year, seed=seed)
        new.append(NewDraw(jurisdiction, year, industry, share, seed, day, len(ids), digest, members))
    replaced = [d.industry for d in new if d.industry in held]
    if replaced:
        _refuse_second_draw(jurisdiction, year, replaced, caller, reason)
    if new:
        store.keep_draws(new, caller=caller, reason=reason.strip())
    return sampling_figures(store, jurisdiction, caller=caller, year=year, on=day)


def _refuse_second_draw(jurisdiction: str, year: int, industries: list[str], caller: Caller, reason: str) -> None:
    what = f"{', '.join(industries)} of {jurisdiction} were drawn for {year} already (another seed, register or share)"
    if caller.role != "admin":
        raise NotAllowed(f"{what}: only an admin may draw again, with a reason")
    if not reason.strip():
        raise Conflict(f"{what}: to draw again give a reason; it is recorded")
