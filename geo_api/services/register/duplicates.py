"""Duplicates of the register: found by number, by name and place; decided by people; never merged by themselves."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from geo_api.services.answers import Caller
from geo_api.services.register.store import LifeStore
from geo_api.supervision.register_rules import RegisterRules, register_rules
from geo_api.supervision.roles import require

if TYPE_CHECKING:
    from numpy.typing import NDArray

READERS = frozenset({"planner", "approver", "officer", "system"})
METRES_PER_DEGREE = 111_320.0
MOST_PAIRS = 40_000_000
"""So many neighbours are compared at most, some seconds of work."""
_FORMS = re.compile(r"(个体工商户|有限责任公司|股份有限公司|有限公司|责任公司|个体|经营部|商行)")
_NOISE = re.compile(r"[\s()（）\[\]【】「」《》·.,，、。\-_/&']+")
_DIGITS = re.compile(r"[0-9一二三四五六七八九十百甲乙丙丁]+")


@dataclass(frozen=True, slots=True)
class Living:
    """The entities of a register that exist on a day, one element each; ``inside``: those of the jurisdiction asked about."""

    ids: NDArray[np.int64]
    name: NDArray[np.object_]
    address: NDArray[np.object_]
    address_key: NDArray[np.object_]
    credit_code: NDArray[np.object_]
    registration_no: NDArray[np.object_]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    inside: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Alike:
    """An entity that looks like others."""

    entity_id: int
    name: str
    address: str
    credit_code: str
    registration_no: str
    lon: float | None
    lat: float | None


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Entities that may be one, and why: "credit_code", "registration_no", "name_and_address", "name_and_place"."""

    why: tuple[str, ...]
    entities: tuple[Alike, ...]


@dataclass(frozen=True, slots=True)
class DuplicateList:
    """The duplicates of a jurisdiction on a day; ``totals`` counts groups by reason."""

    jurisdiction: str
    on: date
    totals: dict[str, int]
    groups: tuple[DuplicateGroup, ...]


class DuplicateStore(LifeStore, Protocol):
    """Where duplicates are looked for."""

    def living(self, code: str, on: date) -> Living:
        """The entities of the bureau above a code that exist on a day."""
        ...

    def different(self) -> frozenset[tuple[int, int]]:
        """Pairs (lower id, higher id) of which somebody decided that they are different."""
        ...


def find_duplicates(store: DuplicateStore, jurisdiction: str, *, caller: Caller, on: date) -> DuplicateList:
    """Entities that look like one, in a bureau or a station, on a day. Pairs decided to be different are left out.

    Raises:
        NotFound: no such jurisdiction. NotAllowed: not the caller's to see.
    """
    require(
        caller.role,
        caller.jurisdiction,
        allowed=READERS,
        ancestors=store.ancestors(jurisdiction),
        to=f"see the register of {jurisdiction}",
    )
    rules = register_rules(store.scope(jurisdiction, on).settings.get("register", {}))
    living = store.living(jurisdiction, on)
    different = store.different()
    pairs: dict[tuple[int, int], set[str]] = defaultdict(set)
    for why, found in _pairs(living, rules):
        for a, b in found:
            one, other = sorted((int(living.ids[a]), int(living.ids[b])))
            if (one, other) not in different:
                pairs[min(a, b), max(a, b)].add(why)
    groups = list(_groups(pairs, living))
    totals: dict[str, int] = defaultdict(int)
    for group in groups:
        for why in group.why:
            totals[why] += 1
    return DuplicateList(jurisdiction, on, dict(sorted(totals.items())), tuple(groups))


def plain_name(name: str) -> str:
    """A name without what tells nobody apart: width, case, brackets, spaces, the legal form.

    >>> plain_name("云溪县 好味餐馆（个体工商户）")
    '云溪县好味餐馆'
    """
    text = _NOISE.sub("", unicodedata.normalize("NFKC", name).casefold())
    return _FORMS.sub("", text) or text


def _pairs(living: Living, rules: RegisterRules) -> Iterable[tuple[str, Iterable[tuple[int, int]]]]:
    """Reason -> pairs of positions; of several with one number each with the next, which is enough to group them."""
    plain = np.array([plain_name(str(n)) for n in living.name], dtype=object)
    yield "credit_code", _same(living.credit_code)
    yield "registration_no", _same(living.registration_no)
    both = np.where((plain != "") & (living.address_key != ""), plain + "|" + living.address_key, "")
    yield "name_and_address", _same(both)
    yield "name_and_place", _near(plain, living, rules)


def _same(keys: NDArray[Any]) -> list[tuple[int, int]]:
    import pandas as pd

    given = pd.Series(keys)
    given = given[given != ""]
    places: dict[str, list[int]] = defaultdict(list)
    for k, key in given[given.duplicated(keep=False)].items():
        places[key].append(int(k))
    return [pair for those in places.values() for pair in pairwise(those)]


def _near(plain: NDArray[Any], living: Living, rules: RegisterRules) -> list[tuple[int, int]]:
    """Pairs of similar names that stand near to each other; names whose numbers differ are different (stall 12, stall 13)."""
    from rapidfuzz import fuzz, process
    from scipy.spatial import cKDTree

    there = np.flatnonzero(np.isfinite(living.lon) & np.isfinite(living.lat) & (plain != ""))
    if len(there) < 2 or rules.duplicate_metres <= 0:
        return []
    lat = living.lat[there]
    x = living.lon[there] * METRES_PER_DEGREE * np.cos(np.radians(float(lat.mean())))
    tree = cKDTree(np.column_stack([x, lat * METRES_PER_DEGREE]))
    metres = rules.duplicate_metres
    while tree.count_neighbors(tree, metres) > MOST_PAIRS and metres > 1:
        metres /= 2  # a market of thousands of stalls: those next to each other
    near = tree.query_pairs(metres, output_type="ndarray")
    if not len(near):
        return []
    one, other = there[near[:, 0]], there[near[:, 1]]
    numbers = np.array(["|".join(_DIGITS.findall(n)) for n in plain], dtype=object)
    doors = np.array(["|".join(_DIGITS.findall(str(a))) for a in living.address_key], dtype=object)
    same_door = (doors[one] == doors[other]) | (doors[one] == "") | (doors[other] == "")
    # names of one market are alike: other names behind other doors are others
    agree = (numbers[one] == numbers[other]) & (same_door | (plain[one] == plain[other]))
    one, other = one[agree], other[agree]
    cut = rules.duplicate_similarity
    scores = process.cpdist(plain[one].tolist(), plain[other].tolist(), scorer=fuzz.ratio, score_cutoff=cut)
    alike = scores >= cut
    return list(zip(one[alike].tolist(), other[alike].tolist(), strict=True))


def _groups(pairs: dict[tuple[int, int], set[str]], living: Living) -> Iterable[DuplicateGroup]:
    """Positions that hang together, by id; those with nobody in the jurisdiction are left out."""
    parent: dict[int, int] = {}

    def top(k: int) -> int:
        while parent.setdefault(k, k) != k:
            parent[k] = parent[parent[k]]
            k = parent[k]
        return k

    for a, b in pairs:
        parent[top(a)] = top(b)
    members: dict[int, set[int]] = defaultdict(set)
    why: dict[int, set[str]] = defaultdict(set)
    for (a, b), reasons in pairs.items():
        members[top(a)] |= {a, b}
        why[top(a)] |= reasons
    for root in sorted(members, key=lambda r: min(int(living.ids[k]) for k in members[r])):
        those = sorted(members[root], key=lambda k: int(living.ids[k]))
        if living.inside[those].any():
            yield DuplicateGroup(tuple(sorted(why[root])), tuple(_alike(living, k) for k in those))


def _alike(living: Living, k: int) -> Alike:
    lon, lat = float(living.lon[k]), float(living.lat[k])
    located = np.isfinite(lon) and np.isfinite(lat)
    return Alike(
        int(living.ids[k]), str(living.name[k]), str(living.address[k]), str(living.credit_code[k]),
        str(living.registration_no[k]), lon if located else None, lat if located else None,
    )  # fmt: skip
