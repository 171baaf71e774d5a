"""The gazetteer in memory: streets, places and crossings as heads, and the places known at each, with their days.

Street names are few and numbers many: a head is found by its key (fuzzily where it must be), the rows of one head lie
side by side and are searched with numpy. A million rows take about 70 MB; nothing is asked of the database.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo_api.services.addresses.plane import Plane, shift
from geo_api.services.addresses.site import CROSSING, PLACE, RELATIVE
from gridding.types import FloatArray, Int32Array

_STEM = re.compile(r"(?<=..)(?:街道办事处|街道|社区|居委会|地区|市|区|县|镇|乡|村)$")
SPREADS, FEW_PAIRS, MOST_APART_M = 12, 20, 2000.0
"""So many vectors tell how places of one number lie apart, from at least so many pairs; further apart is an error."""
MOST_MODELS = 200_000
FAIR_PART = 0.002
"""Of the addresses that name a county: fewer are slips and strangers' addresses."""
EVER, NEVER = -(2**31), 2**31 - 1
ROW_COLUMNS = ("head", "name", "lanes", "number", "text", "building", "place", "county", "town", "village",
               "bearing_deg", "distance_m", "lon", "lat", "since", "until")  # fmt: skip
"""Of a frame of rows: the columns of a site, the point (EPSG:4490), the days [since, until) as day numbers."""


def day_number(day: date | None, default: int) -> int:
    """Days since 1970-01-01."""
    return default if day is None else day.toordinal() - date(1970, 1, 1).toordinal()


class Vocabulary:
    """Texts as small numbers; 0 is the empty text."""

    def __init__(self) -> None:
        self.texts: list[str] = [""]
        self._at: dict[str, int] = {"": 0}

    def encode(self, column: Iterable[Any]) -> Int32Array:
        """(n,) texts -> numbers, new ones for new texts."""
        codes, unique = pd.factorize(np.asarray(column, dtype=object), use_na_sentinel=False)
        numbers = np.empty(len(unique), dtype=np.int32)
        for i, text in enumerate(unique):
            known = self._at.get(text)
            if known is None:
                known = self._at[text] = len(self.texts)
                self.texts.append(text)
            numbers[i] = known
        return numbers[codes] if len(unique) else np.zeros(0, dtype=np.int32)

    def number(self, text: str) -> int:
        """The number of a text; -1 for one that no row has."""
        return self._at.get(text, -1)


@dataclass(frozen=True, slots=True)
class Line:
    """The line of a street, degrees; ``village`` where its name begins with one."""

    shape: Any
    village: str = ""


@dataclass(frozen=True)
class Gazetteer:
    """Everything that addresses are found by.

    Attributes:
        heads: keys of streets, ``@`` places and ``x:`` crossings; names: as shown.
        at: key -> position in ``heads``.
        start: (heads + 1,) rows ``start[h]:start[h + 1]`` are those of head h.
        number, lanes, text, building, county, town, village: (rows,) int32; texts by ``words``, divisions without
            their kind.
        told: (rows,) the place is only told by the number (opposite of it, near it).
        lon, lat: (rows,) EPSG:4490, degrees. since, until: (rows,) int32 day numbers, half open.
        lines: street key -> its lines.
        aliases: former key -> (present key, shown name, day of the change or None).
        revision: the store's, when it was read.
        plane: metres around its middle.
        region: whose forms of address these are (``cn``, ``us``).
        home: names of the divisions that all of it lies in, without their kind: 上海; empty = unknown.
    """

    heads: list[str]
    names: list[str]
    at: dict[str, int]
    start: NDArray[np.int64]
    words: Vocabulary
    number: Int32Array
    lanes: Int32Array
    text: Int32Array
    building: Int32Array
    county: Int32Array
    town: Int32Array
    village: Int32Array
    told: NDArray[np.bool_]
    lon: FloatArray
    lat: FloatArray
    since: Int32Array
    until: Int32Array
    lines: dict[str, list[Line]]
    aliases: dict[str, tuple[str, str, date | None]]
    revision: str
    plane: Plane
    region: str = "cn"
    home: frozenset[str] = frozenset()
    models: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)
    """Streets whose numbering was learned; filled as they are asked for, dropped with the gazetteer."""

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.lon)

    def of_head(self, head: int, day: int) -> NDArray[np.int64]:
        """Rows of a head that hold on a day."""
        rows = np.arange(self.start[head], self.start[head + 1])
        return rows[(self.since[rows] <= day) & (day < self.until[rows])]

    def alike(self, division: str) -> Int32Array:
        """Numbers of the texts that may name a division: 黄浦 and 黄浦区, 城关镇 at the end of 云溪县城关镇."""
        known = self.models.get(("division", division))
        if known is None:
            name, texts = stem(division), self.words.texts
            alike = [i for i in self.division_words if texts[i] == name or division.endswith(texts[i] + division[-1])]
            known = np.array(alike, dtype=np.int32)
            if len(self.models) < MOST_MODELS:  # what strangers ask must not fill the memory
                self.models["division", division] = known
        return np.asarray(known)

    @cached_property
    def division_words(self) -> list[int]:
        """Numbers of the texts that name a county, a town or a village."""
        used = np.concatenate([np.unique(c) for c in (self.county, self.town, self.village)])
        return [int(i) for i in np.unique(used) if i]

    @cached_property
    def counties(self) -> frozenset[str]:
        """Names, without their kind, of the counties that a fair part of the known addresses name."""
        named = self.county[self.county > 0]
        if not len(named):
            return frozenset()
        count = np.bincount(named)
        return frozenset(self.words.texts[i] for i in np.flatnonzero(count >= max(FAIR_PART * len(named), 1)))

    def prepare(self) -> Gazetteer:
        """Make what is made when it is first asked for, so that no question waits for it."""
        _ = self.number_spread, self.place_spread, self.streets, self.place_pairs, self.division_words
        _ = self.counties
        return self

    @cached_property
    def number_spread(self) -> FloatArray:
        """(n, 2) metres, as of :func:`_spread`: how places that bear one number lie apart; of this gazetteer's sources."""
        return _spread(self, np.flatnonzero((self.number >= 0) & ~self.told))

    @cached_property
    def place_spread(self) -> FloatArray:
        """The same for places that bear one name."""
        named = np.array([h.startswith(PLACE) for h in self.heads], dtype=bool)
        of_row = np.repeat(named, np.diff(self.start)) if len(named) else np.zeros(0, dtype=bool)
        return _spread(self, np.flatnonzero(of_row & (self.number < 0)))

    @cached_property
    def streets(self) -> list[str]:
        """Keys of the streets, those that only have a line included."""
        plain = [h for h in self.heads if not h.startswith((PLACE, CROSSING))]
        return plain + [key for key in self.lines if key not in self.at]

    @cached_property
    def places(self) -> list[str]:
        """Names of the places, without their mark."""
        return [h[1:] for h in self.heads if h.startswith(PLACE)]

    @cached_property
    def place_pairs(self) -> dict[str, NDArray[np.int32]]:
        """Two characters that follow each other -> positions in ``places`` of the names that have them."""
        found: dict[str, list[int]] = defaultdict(list)
        for i, name in enumerate(self.places):
            for pair in {name[j : j + 2] for j in range(len(name) - 1)}:
                found[pair].append(i)
        return {pair: np.array(where, dtype=np.int32) for pair, where in found.items()}


def _spread(gazetteer: Gazetteer, rows: NDArray[np.int64]) -> FloatArray:
    """(SPREADS, 2) metres: how two places of one number or name lie apart, from near to far; (0, 2) if few tell it."""
    head = np.searchsorted(gazetteer.start, rows, side="right")
    order = np.lexsort((rows, gazetteer.text[rows], gazetteer.lanes[rows], head))
    rows, head = rows[order], head[order]
    one, two = rows[:-1], rows[1:]
    same = (head[:-1] == head[1:]) & (gazetteer.lanes[one] == gazetteer.lanes[two])
    same &= gazetteer.text[one] == gazetteer.text[two]
    apart = gazetteer.plane.to_xy(gazetteer.lon[two[same]], gazetteer.lat[two[same]])
    apart -= gazetteer.plane.to_xy(gazetteer.lon[one[same]], gazetteer.lat[one[same]])
    far = np.hypot(*apart.T)
    apart = apart[(far > 0) & (far < MOST_APART_M)]
    if len(apart) < FEW_PAIRS:
        return np.zeros((0, 2))
    apart = apart[np.argsort(np.hypot(*apart.T))]
    return np.asarray(apart[((np.arange(SPREADS) + 0.5) / SPREADS * len(apart)).astype(int)])


def make_gazetteer(
    rows: pd.DataFrame,
    *,
    lines: dict[str, list[Line]] | None = None,
    aliases: dict[str, tuple[str, str, date | None]] | None = None,
    revision: str = "",
    region: str = "cn",
    home: frozenset[str] = frozenset(),
) -> Gazetteer:
    """Make the gazetteer of a frame with :data:`ROW_COLUMNS` (see there); rows without a head are left out."""
    rows = _in_order(_with_heads(rows))
    code, heads = pd.factorize(rows["head"].to_numpy(dtype=object))
    names = rows["name"].to_numpy(dtype=object)[np.unique(code, return_index=True)[1]] if len(rows) else []
    order = np.argsort(code, kind="stable")
    start = np.searchsorted(code[order], np.arange(len(heads) + 1))
    rows = rows.iloc[order]
    words = Vocabulary()
    lon, lat = rows["lon"].to_numpy(dtype=float), rows["lat"].to_numpy(dtype=float)
    middle = Plane(float(np.median(lon)), float(np.median(lat))) if len(rows) else Plane(0.0, 0.0)
    return Gazetteer(
        heads=list(heads),
        names=[str(n) for n in names],
        at={key: i for i, key in enumerate(heads)},
        start=start,
        words=words,
        number=rows["number"].to_numpy(dtype=np.int32),
        lon=lon,
        lat=lat,
        since=rows["since"].to_numpy(dtype=np.int32),
        until=rows["until"].to_numpy(dtype=np.int32),
        lines=lines or {},
        aliases=aliases or {},
        revision=revision,
        plane=middle,
        region=region,
        home=home,
        told=rows["text"].str.contains(RELATIVE, regex=False).to_numpy(dtype=bool),
        lanes=words.encode(rows["lanes"]),
        text=words.encode(rows["text"]),
        building=words.encode(rows["building"]),
        county=words.encode(_stems(rows["county"])),
        town=words.encode(_stems(rows["town"])),
        village=words.encode(_stems(rows["village"])),
    )


def _in_order(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows in an order of their own, whatever order they came in: scattered, as neighbours would be a biased draw."""
    lon, lat = rows["lon"].to_numpy(dtype=float), rows["lat"].to_numpy(dtype=float)
    scattered = (np.rint(lon * 1e7).astype(np.int64) * 31 + np.rint(lat * 1e7).astype(np.int64)) % 9973
    return rows.iloc[np.lexsort((rows["number"].to_numpy(), lat, lon, scattered))]


def stem(division: str) -> str:
    """A division's name without its kind: 黄浦区 and 黄浦 are one."""
    return _STEM.sub("", division)


def _stems(column: pd.Series) -> list[str]:
    known = {name: stem(name) for name in column.unique()}
    return [known[name] for name in column]


def _with_heads(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows, once under each head that they are found by; crossings moved back to the crossing itself."""
    relative = rows["text"].str.contains(RELATIVE, regex=False).to_numpy(dtype=bool)
    crossing = rows["head"].str.startswith(CROSSING).to_numpy(dtype=bool)
    named = (rows["place"] != "").to_numpy(dtype=bool) & ~relative
    places = rows[named].assign(head=PLACE + rows["place"][named], name=rows["place"][named])
    places = places.assign(lanes="", number=-1, text="")
    told = (crossing & (rows["distance_m"] >= 0) & (rows["bearing_deg"] >= 0)).to_numpy(dtype=bool)
    anchors = _moved_back(rows[told]) if told.any() else rows[:0]
    known = rows[(rows["head"] != "").to_numpy(dtype=bool)]
    return pd.concat([known, places, anchors], ignore_index=True)


def _moved_back(rows: pd.DataFrame) -> pd.DataFrame:
    """Places told by distance and direction from a crossing -> where that crossing must be."""
    moves = [shift(b, d) for b, d in zip(rows["bearing_deg"], rows["distance_m"], strict=True)]
    lon, lat = np.empty(len(rows)), np.empty(len(rows))
    for i, ((east, north), x, y) in enumerate(zip(moves, rows["lon"], rows["lat"], strict=True)):
        away = Plane(x, y).to_degrees(np.array([[-east, -north]]))
        lon[i], lat[i] = away[0][0], away[1][0]
    return rows.assign(lon=lon, lat=lat, text="", number=-1, lanes="", place="")


def lines_by_street(frame: pd.DataFrame) -> dict[str, list[Line]]:
    """Frame of key, village, geometry (degrees) -> street key -> lines, one a village."""
    out: dict[str, list[Line]] = defaultdict(list)
    for (key, village), shapes in frame.groupby(["key", "village"], sort=True)["geometry"]:
        merged = shapely.line_merge(shapely.union_all(np.asarray(shapes, dtype=object)))
        out[str(key)].append(Line(merged, str(village)))
    return dict(out)
