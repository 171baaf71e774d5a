"""Which street, place or crossing is meant: exactly, by a former name, or with one wrong character."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from geo_api.services.addresses.gazetteer import Gazetteer
from geo_api.services.addresses.site import PLACE

SHORTEST_FUZZY = 3
"""Street names of fewer characters are not taken for others."""
MOST = 4
PLACE_ALIKE = 0.82
PLACES_TRIED = 60


@dataclass(frozen=True, slots=True)
class HeadMatch:
    """A head that may be meant: its key, how likely (0 to 1), and what was assumed: (code, what, instead)."""

    key: str
    likelihood: float
    fuzzy: bool = False
    notes: tuple[tuple[str, str, str], ...] = ()


def street_heads(gazetteer: Gazetteer, readings: tuple[str, ...]) -> list[HeadMatch]:
    """Streets that a written one may be: the first reading that is known, else a former name, else one wrong character."""
    for turn, key in enumerate(readings):
        if key in gazetteer.at or key in gazetteer.lines:
            return [HeadMatch(key, 1.0 if turn == 0 else 0.9)]
        if key in gazetteer.aliases:
            present, name, _ = gazetteer.aliases[key]
            return [HeadMatch(present, 0.97, notes=(("renamed_street", key, name),))]
    whole = readings[0] if readings else ""
    if len(whole) < SHORTEST_FUZZY:
        return []
    alike = process.extract(whole, gazetteer.streets, scorer=OSA.distance, score_cutoff=1, limit=MOST)
    return [
        HeadMatch(key, _wrong_character(whole, key), fuzzy=True, notes=(("similar_street", whole, key),))
        for key, _, _ in alike
    ]


def _wrong_character(written: str, key: str) -> float:
    """How likely a name with one difference is the one meant: the longer the name, the likelier."""
    return min(0.4 + 0.15 * (min(len(written), len(key)) - SHORTEST_FUZZY + 1), 0.9)


def place_heads(gazetteer: Gazetteer, name: str) -> list[HeadMatch]:
    """Places that a written name may be: the very name, else names much alike."""
    if not name:
        return []
    if PLACE + name in gazetteer.at:
        return [HeadMatch(PLACE + name, 1.0)]
    if PLACE + name in gazetteer.aliases:
        key, shown, _ = gazetteer.aliases[PLACE + name]
        return [HeadMatch(key, 0.97, notes=(("renamed_place", name, shown),))]
    if len(name) <= SHORTEST_FUZZY:
        return []
    pairs = Counter[int]()
    index = gazetteer.place_pairs
    for pair in {name[i : i + 2] for i in range(len(name) - 1)}:
        if pair in index and len(index[pair]) <= 20_000:
            pairs.update(index[pair].tolist())
    tried = [gazetteer.places[i] for i, _ in pairs.most_common(PLACES_TRIED)]
    alike = process.extract(name, tried, scorer=fuzz.ratio, score_cutoff=100 * PLACE_ALIKE, limit=MOST)
    return [
        HeadMatch(PLACE + text, 0.5 * score / 100, fuzzy=True, notes=(("similar_place", name, text),))
        for text, score, _ in alike
    ]
