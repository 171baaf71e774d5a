"""Which street, place or crossing is meant: exactly, by a former name, or with one wrong character."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from geo_api.addresses.confusables import confusable
from geo_api.services.addresses.gazetteer import Gazetteer
from geo_api.services.addresses.site import PLACE

SHORTEST_FUZZY = 3
"""Street names of fewer characters are not taken for others."""
MOST, MOST_TRIED = 4, 12
SHORTENED = 0.97
"""Likelihood of a name that is left when a place before it is taken off."""
TELLING = frozenset("东西南北中前后上下内外新老大小左右零一二三四五六七八九十百")
"""Characters that tell streets of one name apart."""
ALIKE, RIVAL = 0.95, 0.06
"""Likelihood of a name whose one wrong character sounds or looks alike; beside it any other slip counts so much less."""
PLACE_ALIKE = 0.82
PLACES_TRIED = 60


@dataclass(frozen=True, slots=True)
class HeadMatch:
    """A head that may be meant: its key, how likely (0 to 1), and what was assumed: (code, what, instead)."""

    key: str
    likelihood: float
    fuzzy: bool = False
    notes: tuple[tuple[str, str, str], ...] = ()


def street_heads(gazetteer: Gazetteer, readings: tuple[str, ...], own: str = "") -> list[HeadMatch]:
    """Streets that a written one may be: the first reading that is known, else a former name, else one wrong character.

    Args:
        gazetteer: what is known.
        readings: keys of what the street may be called, the likeliest first.
        own: the key without the village or place before it, as surely the name as the whole.
    """
    for turn, key in enumerate(readings):
        if key in gazetteer.at or key in gazetteer.lines:
            return [HeadMatch(key, 1.0 if turn == 0 or key == own else SHORTENED)]
        if key in gazetteer.aliases:
            present, name, _ = gazetteer.aliases[key]
            return [HeadMatch(present, 0.97, notes=(("renamed_street", key, name),))]
    whole = own or (readings[0] if readings else "")
    if len(whole) < SHORTEST_FUZZY:
        return []
    near = process.extract(whole, gazetteer.streets, scorer=OSA.distance, score_cutoff=1, limit=MOST_TRIED)
    alike = [(key, likeness(whole, key)) for key, _, _ in near]
    if any(sure >= ALIKE for _, sure in alike):
        alike = [(key, sure if sure >= ALIKE else RIVAL * sure) for key, sure in alike]
    alike = sorted((a for a in alike if a[1] > 0), key=lambda a: -a[1])[:MOST]
    return [HeadMatch(key, sure, fuzzy=True, notes=(("similar_street", whole, key),)) for key, sure in alike]


def likeness(written: str, key: str) -> float:
    """How likely a name that differs in one place is the one meant, 0 to 1.

    East and west, first and second, new and old are other streets, not slips; characters that sound or look alike are
    likely slips; of other differences the longer name is the surer.
    """
    if len(written) == len(key):
        pairs = [(a, b) for a, b in zip(written, key, strict=True) if a != b]
        if any(a in TELLING and b in TELLING for a, b in pairs) or any(c.isdigit() for pair in pairs for c in pair):
            return 0.0
        if len(pairs) == 1 and confusable(*pairs[0]):
            return ALIKE
    else:
        longer, shorter = (written, key) if len(written) > len(key) else (key, written)
        more = Counter(longer) - Counter(shorter)
        if any(c in TELLING for c in more):
            return 0.0
    return min(0.8 + 0.06 * (min(len(written), len(key)) - SHORTEST_FUZZY), 0.92)


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
