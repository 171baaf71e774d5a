"""Are two addresses one site? A score with its reasons."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from rapidfuzz import fuzz

from geo_api.addresses.confusables import confusable
from geo_api.addresses.street_key import street_key
from geo_api.addresses.types import HouseNumber, Lane, ParsedAddress

WEIGHTS = {
    "street_equal": 2.3,
    "street_reading": 1.6,
    "street_confusable": 0.2,
    "street_one_character": -2.6,
    "street_differs": -5.5,
    "street_missing": -1.2,
    "crossing_equal": 3.5,
    "crossing_differs": -4.0,
    "number_equal": 3.4,
    "number_overlaps": 2.2,
    "number_sub_differs": 0.9,
    "number_differs": -5.0,
    "number_missing": -2.0,
    "lane_equal": 0.9,
    "lane_differs": -4.5,
    "lane_missing": -2.2,
    "place_equal": 1.6,
    "place_similar": 0.8,
    "place_differs": -0.3,
    "building_differs": -0.5,
    "village_differs": -4.5,
    "community_differs": -1.0,
    "town_differs": -1.5,
    "county_differs": -4.0,
    "city_differs": -5.0,
    "province_differs": -5.0,
}
"""Log-odds of each reason; how they were set: docs/integrators/addresses.md."""
_INTERCEPT = -2.4
_SIMILAR, _EQUAL = 75.0, 92.0
_SHORTEST = 3
_TELLING = re.compile(r"[东西南北中上下前后左右内外新老大小高低一二三四五六七八九十百零\d甲乙丙丁A-Z]")


@dataclass(frozen=True, slots=True)
class Comparison:
    """How alike two addresses are.

    Attributes:
        score: 0 to 1, like a probability that both name one site (one street number, or one compound).
        reasons: keys of :data:`WEIGHTS` that made the score, from the street down, the divisions last.
    """

    score: float
    reasons: tuple[str, ...]

    @property
    def same_site(self) -> bool:
        """Whether one site is likelier than not."""
        return self.score >= 0.5


def similarity(a: ParsedAddress, b: ParsedAddress) -> Comparison:
    """Compare two parsed addresses; symmetric.

    >>> from geo_api.addresses import parse
    >>> similarity(parse("场中路4048号盒马鲜生1层"), parse("场中路４０４８號")).same_site
    True
    >>> similarity(parse("人民东路12号"), parse("人民西路12号")).reasons
    ('street_differs', 'number_equal')
    """
    reasons = [*_streets(a, b), *_lanes(a.lanes, b.lanes), *_numbers(a, b), *_places(a, b), *_divisions(a, b)]
    odds = _INTERCEPT + sum(WEIGHTS[r] for r in reasons)
    return Comparison(round(1 / (1 + math.exp(-odds)), 4), tuple(reasons))


def street_relation(one: str, other: str) -> str:
    """How two keys of streets relate: equal, confusable, one_character or differs.

    One wrong character is allowed in names of three characters and more (the kind of the street not counted less), and
    never where the characters tell streets apart: directions, numerals, 新 and 老.

    >>> [street_relation("建设路", s) for s in ("建设路", "健设路", "建筑路", "建设街")]
    ['equal', 'confusable', 'one_character', 'differs']
    """
    if one == other:
        return "equal"
    if len(one) != len(other) or len(one) < _SHORTEST:
        return "differs"
    wrong = [(x, y) for x, y in zip(one, other, strict=True) if x != y]
    if len(wrong) != 1 or one[-1] != other[-1] or any(_TELLING.match(c) for c in wrong[0]):
        return "differs"
    return "confusable" if confusable(*wrong[0]) else "one_character"


def _streets(a: ParsedAddress, b: ParsedAddress) -> list[str]:
    if a.crossing or b.crossing:
        if a.crossing and b.crossing:
            pairs = [{street_key(s, x.region) for s in x.crossing} for x in (a, b)]
            return ["crossing_equal" if pairs[0] == pairs[1] else "crossing_differs"]
        return ["street_missing"]
    if not (a.street and b.street):
        return ["street_missing"] if a.street or b.street else []
    one, other = a.street_readings, b.street_readings
    if a.street_key == b.street_key:
        return ["street_equal"]
    if a.street_key in other or b.street_key in one:
        return ["street_reading"]
    return [f"street_{street_relation(a.street_key, b.street_key)}"]


def _lanes(a: tuple[Lane, ...], b: tuple[Lane, ...]) -> list[str]:
    if not (a or b):
        return []
    if not (a and b):
        return ["lane_missing"]
    for x, y in zip(a, b, strict=False):
        if x.kind != y.kind or not _meet(x.number, x.to, y.number, y.to):
            return ["lane_differs"]
    return ["lane_equal"]


def _meet(a: int, a_to: int | None, b: int, b_to: int | None) -> bool:
    return a <= (b if b_to is None else b_to) and b <= (a if a_to is None else a_to)


def _numbers(a: ParsedAddress, b: ParsedAddress) -> list[str]:
    x, y = a.number, b.number
    if x is None or y is None:
        return [] if x is None and y is None else [] if a.lanes and b.lanes else ["number_missing"]
    if x.text == y.text:
        return ["number_equal"]
    if x.base == y.base and x.to == y.to:
        return ["number_sub_differs"]
    return ["number_overlaps" if _overlap(x, y) else "number_differs"]


def _overlap(x: HouseNumber, y: HouseNumber) -> bool:
    """Whether a number lies in the other's range or list, on the same side of the street."""
    if x.to is not None and y.to is not None:
        return _meet(x.base, x.to, y.base, y.to) and (x.base - y.base) % 2 == 0
    for one, other in ((x, y), (y, x)):
        if one.base in other.also:
            return True
        if other.to is not None and other.base <= one.base <= other.to:
            both_sides = (other.to - other.base) % 2 == 1
            return both_sides or (one.base - other.base) % 2 == 0
    return False


def _places(a: ParsedAddress, b: ParsedAddress) -> list[str]:
    out = []
    if a.place and b.place:
        ratio = max(fuzz.ratio(a.place, b.place), fuzz.partial_ratio(a.place, b.place) - 8)
        out.append("place_equal" if ratio >= _EQUAL else "place_similar" if ratio >= _SIMILAR else "place_differs")
    if a.building and b.building and a.building != b.building:
        out.append("building_differs")
    return out


def _divisions(a: ParsedAddress, b: ParsedAddress) -> list[str]:
    out = []
    for level in ("village", "town", "county", "city", "province"):
        x, y = getattr(a, level), getattr(b, level)
        if x and y and ((x.code != y.code) if x.code and y.code else x.name != y.name):
            loose = level == "village" and not (x.name.endswith("村") and y.name.endswith("村"))
            out.append("community_differs" if loose else f"{level}_differs")
    return out
