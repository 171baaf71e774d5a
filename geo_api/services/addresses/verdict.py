"""The verdict: which cell an address lies in, how sure that is, or that it is better to name nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo_api.services.addresses.calibrate import confidence
from geo_api.services.addresses.found import METHODS, Found
from geo_api.services.finder import CellFinder

FOUND, AMBIGUOUS, NOT_FOUND, OUTSIDE = "found", "ambiguous", "not_found", "outside"
POSSIBLE = 0.04
"""Cells with at least this share of the possible places are possible."""
EXPLAINED = 0.6
"""Several cells are named as possible only where they hold this share of all that the address may mean."""
MOST_CANDIDATES = 6
TOLD = 0.5
"""A further address of a text counts where its cell is at least this sure."""


@dataclass(frozen=True, slots=True)
class CellChance:
    """A cell that comes into question; ``cell`` -1 = outside every cell.

    Attributes:
        cell: its position among the cells.
        share: part of the possible places that lies in it.
        confidence: calibrated probability that it is the right one.
        best: the place that speaks for it most.
        lon, lat: a likely place in it.
    """

    cell: int
    share: float
    confidence: float
    best: Found
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is answered to an address.

    Attributes:
        status: "found"; "outside" (a place outside every cell); "ambiguous" (several cells are possible);
            "not_found" (nothing known, or nothing sure enough).
        chances: the cells that come into question, the likeliest first; of "found" and "outside" the first counts.
    """

    status: str
    chances: tuple[CellChance, ...] = ()


def judge(found: Sequence[Sequence[Found]], finder: CellFinder, threshold: float) -> list[Verdict]:
    """One verdict for each address, of the places that it may mean; all points are located in one go.

    Args:
        found: for each address its possible places.
        finder: point -> cell.
        threshold: least confidence at which a cell is named, 0 to 1.
    """
    flat = [f for places in found for f in places]
    if not flat:
        return [Verdict(NOT_FOUND) for _ in found]
    lon, lat = np.concatenate([f.lon for f in flat]), np.concatenate([f.lat for f in flat])
    cells = finder.cells_of(lon, lat)
    ends = np.cumsum([len(f.lon) for f in flat])
    of_place = np.split(cells, ends[:-1])
    out, at = [], 0
    for places in found:
        own = of_place[at : at + len(places)]
        at += len(places)
        out.append(_verdict(places, own, threshold) if places else Verdict(NOT_FOUND))
    return out


def together(first: Verdict, further: Sequence[Verdict]) -> Verdict:
    """The verdict on a text that names several addresses: nobody, and all of their cells, where the cells differ.

    Args:
        first: of the address that stands first.
        further: of the others; those of which nothing is known say nothing.
    """
    told = [v.chances[0] for v in further if v.chances and v.chances[0].confidence >= TOLD]
    if not first.chances or all(c.cell == first.chances[0].cell for c in told):
        return first
    chances = {c.cell: c for c in sorted((*first.chances, *told), key=lambda c: c.confidence)}  # the surest stays
    ordered = sorted(chances.values(), key=lambda c: (-c.confidence, c.cell))
    return Verdict(AMBIGUOUS, tuple(ordered[:MOST_CANDIDATES]))


def _verdict(places: Sequence[Found], cells: list[NDArray[np.int32]], threshold: float) -> Verdict:
    total = max(sum(f.likelihood for f in places), 1.0)
    share: dict[int, float] = {}
    best: dict[int, tuple[float, Found, int]] = {}
    for place, own in zip(places, cells, strict=True):
        values, first, count = np.unique(own, return_index=True, return_counts=True)
        for cell, where, n in zip(values.tolist(), first.tolist(), count.tolist(), strict=True):
            part = place.likelihood * n / len(own) / total
            share[cell] = share.get(cell, 0.0) + part
            if part > best.get(cell, (0.0,))[0]:
                best[cell] = (part, place, where)
    chances = [_chance(cell, share[cell], *best[cell][1:]) for cell in share]
    chances.sort(key=lambda c: (-c.confidence, -c.share, METHODS.index(c.best.method), c.cell))
    top = chances[0]
    possible = [c for c in chances if c.share >= POSSIBLE]
    # of a street without a number any part may be meant: one that runs on into another cell names neither
    runs_on = top.best.method == "street" and len(possible) > 1
    if top.confidence >= threshold and not runs_on:
        return Verdict(FOUND if top.cell >= 0 else OUTSIDE, tuple(chances[:MOST_CANDIDATES]))
    sure = len(possible) > 1 and sum(c.share for c in possible) >= EXPLAINED
    return Verdict(AMBIGUOUS if sure else NOT_FOUND, tuple(chances[:MOST_CANDIDATES]))


def _chance(cell: int, share: float, best: Found, where: int) -> CellChance:
    sure = confidence(best.method, min(share, 1.0), fuzzy=best.fuzzy)
    if best.by:
        sure = min(sure, confidence(best.by, min(share, 1.0), fuzzy=best.fuzzy))
    return CellChance(cell, share, sure, best, float(best.lon[where]), float(best.lat[where]))
