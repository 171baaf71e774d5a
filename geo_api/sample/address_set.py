"""The address test set: what people write for places whose cell is known, and what no service may answer."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import shapely

from geo_api.sample import dirt
from geo_api.sample.county import County
from geo_api.sample.entities import COUNTY
from geo_api.sample.plane import to_degrees

COLUMNS = ("id", "text", "kind", "lon", "lat", "entity", "expected")
"""``expected``: ``match`` (the cell of the point), ``ambiguous`` (no one cell can be named), ``none`` (abstain)."""
_FULL = 9000
_STREAM = 8
_COUNTS = {"clean": 500, "between_numbers": 160, "crossing": 60, "ambiguous": 110, "nonexistent": 160}
_DIRTY_COUNT = 100
_GAP = 30
_TOWNS = ("城关镇", "临江镇", "青石镇")


def address_set(county: County) -> pd.DataFrame:
    """The test set of a county, the same for the same county.

    Kinds: ``clean`` (as the register writes it), ``between_numbers`` (a house whose number no register has, between two
    that are known on its side), ``crossing``, ``dirty_*`` (one of :data:`geo_api.sample.dirt.DIRT` done to a clean one),
    ``ambiguous`` (a long street without a number, a street that several villages have) and ``nonexistent``.

    Returns:
        Frame with :data:`COLUMNS`; lon and lat in WGS 84, NaN where the address names no one place; entity is the
        source_id of the business whose address it is, or "".
    """
    rng = np.random.default_rng([county.seed, _STREAM])
    share = min(len(county.entities) / _FULL, 1.0)
    counts = {kind: max(round(n * share), 6) for kind, n in (*_COUNTS.items(), ("dirty", _DIRTY_COUNT))}
    e = county.entities
    sound = e[(e["fault"] == "") & e["closed"].isna()]
    stalls = sound[sound["market"] != ""]
    shops = sound[sound["market"] == ""]
    clean = pd.concat([shops.sample(counts["clean"] - 2, random_state=rng), stalls.sample(2, random_state=rng)])
    rows = [_rows("clean", clean["address"], clean)]
    rows.append(_between(county, counts["between_numbers"], rng))
    rows.append(_crossings(county, counts["crossing"], rng))
    roads = dict.fromkeys(r.name for r in county.streets.roads)
    for kind, spoil in dirt.DIRT.items():
        rows.append(_dirty(kind, spoil, shops, roads, counts["dirty"], rng))
    rows.append(_without_point("ambiguous", _vague(county, counts["ambiguous"], rng), "ambiguous"))
    rows.append(_without_point("nonexistent", _invented(county, counts["nonexistent"], rng), "none"))
    out = pd.concat(rows, ignore_index=True)
    out.insert(0, "id", [f"A{i:05d}" for i in range(1, len(out) + 1)])
    return out[list(COLUMNS)]


def _rows(kind: str, texts: pd.Series, places: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "text": texts.to_numpy(),
            "kind": kind,
            "lon": np.round(places["true_lon"].to_numpy(dtype=float), 6),
            "lat": np.round(places["true_lat"].to_numpy(dtype=float), 6),
            "entity": places["source_id"].to_numpy() if "source_id" in places else "",
            "expected": "match",
        }
    )


def _without_point(kind: str, texts: list[str], expected: str) -> pd.DataFrame:
    return pd.DataFrame({"text": texts, "kind": kind, "lon": np.nan, "lat": np.nan, "entity": "", "expected": expected})


def _dirty(
    kind: str, spoil: Callable[[dirt.Parts, np.random.Generator], str], shops: pd.DataFrame, roads: dict[str, None], n: int,
    rng: np.random.Generator,
) -> pd.DataFrame:  # fmt: skip
    """``n`` addresses to which one thing was done; those that it does not change, or makes another street's, are passed over."""
    texts: list[str] = []
    chosen: list[int] = []
    for at in rng.permutation(len(shops)):
        address = str(shops["address"].iloc[at])
        parts = dirt.split(address, COUNTY, _TOWNS, roads)
        if parts is None:
            continue
        text = spoil(parts, rng)
        if text and text != address:
            texts.append(text)
            chosen.append(int(at))
        if len(texts) == n:
            break
    return _rows(f"dirty_{kind}", pd.Series(texts, dtype=object), shops.iloc[chosen])


def _between(county: County, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Houses without a business, with known numbers within 30 below and above on their side of the street."""
    lots, e = county.lots, county.entities
    taken = e[e["market"] == ""].groupby("street")["number"].agg(lambda v: np.unique(v.astype(int)))
    rows = []
    for at in rng.permutation(len(lots)):
        street, number = int(lots["street"].iloc[at]), int(lots["number"].iloc[at])
        road = county.streets.roads[street]
        if street not in taken.index or road.zone not in ("core", "town"):
            continue
        known = taken[street]
        side = known[(known - number) % 2 == 0]
        below, above = side[side < number], side[side > number]
        if number in known or not len(below) or not len(above) or above[0] - below[-1] > _GAP:
            continue
        rows.append((f"{COUNTY}{_town(county, at)}{road.name}{number}号", *lots[["x", "y"]].iloc[at]))
        if len(rows) == n:
            break
    found = pd.DataFrame(rows, columns=["text", "x", "y"])
    found[["true_lon", "true_lat"]] = to_degrees(found[["x", "y"]].to_numpy(dtype=float))
    return _rows("between_numbers", found["text"], found)


def _town(county: County, lot: int) -> str:
    """Town of a lot: that of its station."""
    lon, lat = to_degrees(county.lots[["x", "y"]].iloc[[lot]].to_numpy(dtype=float))[0]
    point = shapely.Point(lon, lat)
    return _TOWNS[int(np.argmin([shapely.distance(s, point) for s in county.territory.stations]))]


def _crossings(county: County, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Crossings of two named streets that cross once."""
    roads = [
        r for r in county.streets.roads if r.zone in ("core", "town") and "弄" not in r.name and r.kind != "expressway"
    ]
    lines = np.array([r.path for r in roads], dtype=object)
    a, b = shapely.STRtree(lines).query(lines, predicate="crosses")
    forms = ("{}与{}交叉口", "{}{}路口", "{}和{}交汇处", "{}、{}口")
    rows = []
    for i in rng.permutation(np.flatnonzero(a < b)):
        point = shapely.intersection(lines[a[i]], lines[b[i]])
        if point.geom_type == "Point" and roads[a[i]].name != roads[b[i]].name:
            form = forms[int(rng.integers(len(forms)))]
            rows.append((COUNTY + form.format(roads[a[i]].name, roads[b[i]].name), point.x, point.y))
        if len(rows) == n:
            break
    found = pd.DataFrame(rows, columns=["text", "x", "y"])
    found[["true_lon", "true_lat"]] = to_degrees(found[["x", "y"]].to_numpy(dtype=float))
    return _rows("crossing", found["text"], found)


def _vague(county: County, n: int, rng: np.random.Generator) -> list[str]:
    """Long streets without a number, and village streets without their village."""
    long = [r.name for r in county.streets.roads if r.path.length > 1500 and r.zone in ("core", "town")]
    villages = {r.place for r in county.streets.roads if r.zone == "village"}
    ends: dict[str, int] = {}
    for r in county.streets.roads:
        if r.zone == "village" and r.name.startswith(r.place):
            ends[r.name.removeprefix(r.place)] = ends.get(r.name.removeprefix(r.place), 0) + 1
    shared = sorted(name for name, count in ends.items() if count > max(len(villages) // 3, 1))
    tails = ("", "附近", "沿街", "(近车站)", "路边")
    out = []
    for i in range(n):
        if i % 2 or not shared:
            out.append(f"{COUNTY}{rng.choice(long)}{rng.choice(tails)}")
        else:
            out.append(f"{COUNTY}{rng.choice(shared)}{int(rng.integers(1, 30))}号")
    return out


def _invented(county: County, n: int, rng: np.random.Generator) -> list[str]:
    """Streets that do not exist, numbers far beyond a street's end, other counties."""
    roads = county.streets.roads
    names = {r.name for r in roads}
    first, second = "瀚澜霁岚砚黛翎霄璟珩翊琰", "渊阙霆翮璞旻韬骊澍珏"
    ends = county.lots.groupby("street")["number"].max()
    towns = [i for i in ends.index if roads[i].zone in ("core", "town") and "弄" not in roads[i].name]
    out = []
    for i in range(n):
        number = int(rng.integers(1, 400))
        if i % 3 == 0:
            name = rng.choice(list(first)) + rng.choice(list(second)) + str(rng.choice(["路", "街", "大道"]))
            if name in names:
                raise ValueError(f"{name} is a street of the county; the invented names must not be")
            out.append(f"{COUNTY}{rng.choice(_TOWNS)}{name}{number}号")
        elif i % 3 == 1:
            street = int(rng.choice(towns))
            beyond = int(ends[street] * 2 + 301 + rng.integers(0, 2000))
            out.append(f"{COUNTY}{roads[street].name}{beyond}号")
        else:
            other = str(rng.choice(["望川县", "临泽县", "古陵市"]))
            out.append(f"{other}城关镇{roads[int(rng.choice(towns))].name}{number}号")
    return out
