"""Who is drawn for a sampling quota: repeatable, and anybody can check it for one entity without the others.

Each entity gets the number sha256("seed:year:industry:entity") and the lowest numbers of each station are drawn. Nobody
can steer that by the order of a file; a later entity does not change who was drawn before it, only where the line falls.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from geo_api.supervision.sampling_rules import SamplingRules


def ticket(seed: int, year: int, industry: str, entity_id: int) -> str:
    """The number of an entity in a draw: sha256 in hexadecimal."""
    return hashlib.sha256(f"{seed}:{year}:{industry}:{entity_id}".encode()).hexdigest()


def draw(
    by_station: Mapping[str, Sequence[int]], rules: SamplingRules, *, industry: str, year: int, seed: int
) -> tuple[int, ...]:
    """The entities drawn, station by station, each in the order of its number.

    Args:
        by_station: station -> permanent ids of the entities of the industry.
        rules: the share that is visited; rounded up in each station, so that every station does its part.
        industry: one of the rules' industries.
        year: the year that is drawn for.
        seed: any whole number; the same seed draws the same entities.
    """
    chosen: list[int] = []
    for station in sorted(by_station):
        ids = sorted(set(by_station[station]), key=lambda i: (ticket(seed, year, industry, i), i))
        chosen += ids[: rules.quota(industry, len(ids))]
    return tuple(chosen)


def draw_digest(ids: Iterable[int], *, industry: str, year: int, share: float, seed: int) -> str:
    """sha256 over what was drawn from: the same digest is the same draw."""
    text = f"{seed}:{year}:{industry}:{share!r}:" + ",".join(map(str, sorted(ids)))
    return hashlib.sha256(text.encode()).hexdigest()
