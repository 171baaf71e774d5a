"""The entity register: who stands where, with which address, code and class, and the faults that registers have."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo_api.sample import codes, markets, trades
from geo_api.sample.base import TOWNSHIPS, Territory
from geo_api.sample.network import house_number
from geo_api.sample.plane import to_degrees
from geo_api.sample.streets import StreetPlan
from geo_api.sample.territory import Land

COUNTY = "云溪县"
STATION_SHARE = (0.53, 0.27, 0.20)
STATION_PREFIX = ("CG", "LJ", "QS")


def register(
    plan: StreetPlan, plots: pd.DataFrame, land: Land, territory: Territory, n: int, division: str, on: date,
    rng: np.random.Generator,
) -> pd.DataFrame:  # fmt: skip
    """All entities of the county, in the order of their ids.

    Args:
        plan: streets.
        plots: house plots along them.
        land: the county in metres.
        territory: stations, for the register that each entity belongs to.
        n: number of entities, stalls and duplicates included.
        division: 6-digit code of the county.
        on: reference day; nobody opens after it.
        rng: randomness.

    Returns:
        Frame with source_id, station (0, 1, 2), credit_code, registration_no, name, address, trade (row in TRADES),
        credit_class ("" for unlicensed), licensed, opened, closed (dates or None), lon, lat (as registered; NaN when
        unlocated) and the truth: true_lon, true_lat, street, number, market, fault.
    """
    twins = max(n // 450, 1)
    stall = markets.stalls(plan, max(round(n * 0.04), 12))
    street = _along_streets(plots, territory, n - len(stall) - twins, rng)
    stall["number"] = [
        house_number(plan.roads[s], a, True) for s, a in zip(stall["street"], stall["along"], strict=True)
    ]
    both = pd.concat([street, stall], ignore_index=True)
    both["market"], both["zone"] = both["market"].fillna(""), both["zone"].fillna("")
    both[["true_lon", "true_lat"]] = to_degrees(both[["x", "y"]].to_numpy())
    both["station"] = _station(both, territory)
    both = both.sample(frac=1, random_state=rng).reset_index(drop=True)
    _describe(both, plan, division, on, rng)
    both = _twins(both, twins, rng)
    both = both.sort_values(["station", "opened"], kind="stable").reset_index(drop=True)
    serial = both.groupby("station").cumcount() + 1
    both["source_id"] = np.array(STATION_PREFIX)[both["station"]] + serial.astype(str).str.zfill(5)
    _misplace(both, land, rng)
    return both.drop(columns=["x", "y", "nx", "ny", "half_m", "weight", "zone", "stall", "along"])


def _along_streets(plots: pd.DataFrame, territory: Territory, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Places on house plots, ``n`` of them, shared out among the stations."""
    where = plots.assign(**dict(zip(("true_lon", "true_lat"), to_degrees(plots[["x", "y"]].to_numpy()).T, strict=True)))
    station = _station(where, territory)
    rows = []
    counts = [round(n * share) for share in STATION_SHARE[:2]]
    for i, count in enumerate([*counts, n - sum(counts)]):
        own = np.flatnonzero(station == i)
        weight = plots["weight"].to_numpy()[own]
        rows.append(rng.choice(own, count, p=weight / weight.sum()))
    at = plots.iloc[np.concatenate(rows)].reset_index(drop=True)
    outwards = rng.uniform(0, 3.5, len(at))
    sideways = rng.uniform(-0.6, 0.6, len(at)) * at["half_m"]
    at["x"] = at["x"] + at["nx"] * outwards + at["ny"] * sideways
    at["y"] = at["y"] + at["ny"] * outwards - at["nx"] * sideways
    return at


def _station(table: pd.DataFrame, territory: Territory) -> NDArray[np.int64]:
    """Station of each true place: the first that covers it, else the nearest."""
    points = shapely.points(table["true_lon"], table["true_lat"])
    found = np.full(len(table), -1)
    for i, station in reversed(list(enumerate(territory.stations))):
        shapely.prepare(station)
        found[shapely.covers(station, points)] = i
    lost = found < 0
    if lost.any():
        found[lost] = np.argmin([shapely.distance(s, points[lost]) for s in territory.stations], axis=0)
    return found


def _describe(both: pd.DataFrame, plan: StreetPlan, division: str, on: date, rng: np.random.Generator) -> None:
    """Name, address, codes, class and dates."""
    n = len(both)
    zone = np.array([{"core": 0, "town": 1}.get(r.zone, 2) for r in plan.roads])[both["street"]]
    setting = np.where(both["market"] != "", 3, zone)
    both["trade"] = trades.draw_trades(setting, rng)
    town = np.array([name for name, _ in TOWNSHIPS])[both["station"]]
    places = np.array([r.place if r.zone == "village" else "" for r in plan.roads])[both["street"]]
    prefix = np.where(rng.random(n) < 0.55, COUNTY, np.where(places != "", places, town))
    both["name"], form = trades.draw_names(both["trade"].to_numpy(), prefix, rng)
    stalls = both["market"] != ""
    spot = both["market"] + both["zone"] + "区" + both["stall"].fillna(0).astype(int).astype(str).str.zfill(3) + "号"
    both["name"] = np.where(
        stalls, both["market"] + both["name"].str.replace(r"^.{2}[县镇村]|^.*?村", "", regex=True), both["name"]
    )
    both["name"] = both["name"].mask(stalls & (form == 1), both["name"].str.replace("批发市场", "", regex=False))
    both["address"] = _addresses(both, plan, town, places, rng) + np.where(stalls, spot, "")
    # Two in a hundred have no licence, most of them on a few streets and in the markets.
    shady = rng.random(len(plan.roads)) < 0.03
    licensed = rng.random(n) >= np.where(shady[both["street"]], 0.16, np.where(stalls, 0.035, 0.013))
    old = licensed & (rng.random(n) < 0.012)
    bad = licensed & ~old & (rng.random(n) < 0.006)
    code = codes.credit_codes(form, division, rng)
    code[bad] = codes.spoil_check(code[bad])
    both["credit_code"] = np.where(licensed & ~old, code, "")
    numbers = codes.registration_numbers(division, rng.choice(10**8 - 1, n, replace=False))
    both["registration_no"] = np.where(old, numbers, "")
    both["licensed"] = licensed
    both["credit_class"] = np.where(licensed, trades.draw_classes(both["trade"].to_numpy(), rng), "")
    both["fault"] = np.where(bad, "bad_code", "")
    age = (15 * 365 * rng.beta(0.9, 1.9, n)).astype(int) + 3
    age = np.where(licensed, age, age // 6 + 3)  # who trades without a licence is found, and gets one or goes
    opened = np.datetime64(on) - age.astype("timedelta64[D]")
    both["opened"] = opened
    closed = licensed & (rng.random(n) < 0.02) & (age > 500)
    both["closed"] = np.where(
        closed, np.datetime64(on) - rng.integers(5, 400, n).astype("timedelta64[D]"), np.datetime64("NaT")
    )


def _addresses(
    both: pd.DataFrame, plan: StreetPlan, town: NDArray[np.str_], places: NDArray[np.str_], rng: np.random.Generator
) -> pd.Series:
    """County, town, street and number, in the forms that registers mix: rooms, sub-numbers, gates."""
    n = len(both)
    title = np.array([r.name for r in plan.roads])[both["street"]]
    number = both["number"].astype(int).astype(str).to_numpy().astype(str)
    luck = rng.random(n)
    sub = np.char.add("-", rng.integers(1, 6, n).astype(str))
    room = np.char.add(np.char.add("号", rng.integers(1, 7, n).astype(str)), "楼")
    room = np.char.add(np.char.add(room, (rng.integers(1, 7, n) * 100 + rng.integers(1, 9, n)).astype(str)), "室")
    shop = np.char.add(np.char.add("号", rng.integers(1, 12, n).astype(str)), "号门面")
    stalls = (both["market"] != "").to_numpy()
    sub = np.where((luck < 0.10) & ~stalls, sub, "")
    tail = np.select(
        [stalls, luck < 0.10, luck < 0.15, luck < 0.22, luck < 0.235], ["号", "号", room, shop, "号之一"], "号"
    )
    head = np.char.add(COUNTY, town)
    head = np.where(rng.random(n) < 0.04, town, head)
    whole = np.char.add(np.char.add(np.char.add(head, title), np.char.add(number, sub)), tail)
    return pd.Series(whole, index=both.index)


def _twins(both: pd.DataFrame, count: int, rng: np.random.Generator) -> pd.DataFrame:
    """The same business entered twice: same code, the address typed with full-width digits."""
    plain = both[(both["market"] == "") & (both["fault"] == "") & both["licensed"] & both["closed"].isna()]
    twin = plain.sample(count, random_state=rng).copy()
    wide = str.maketrans("0123456789-", "０１２３４５６７８９－")
    twin["address"] = twin["address"].str.translate(wide)
    twin["fault"] = "duplicate"
    return pd.concat([both, twin], ignore_index=True)


def _misplace(both: pd.DataFrame, land: Land, rng: np.random.Generator) -> None:
    """Registered places: true ones, but some missing, outside the county, swapped or in the river."""
    n = len(both)
    both["lon"], both["lat"] = both["true_lon"], both["true_lat"]
    free = rng.permutation(np.flatnonzero((both["fault"] == "") & (both["market"] == "")))
    sizes = {
        "unlocated": round(n * 0.02),
        "outside": max(n // 750, 1),
        "river": max(n // 900, 1),
        "swapped": max(n // 1500, 1),
    }
    cuts = np.cumsum(list(sizes.values()))
    chosen = dict(zip(sizes, np.split(free[: cuts[-1]], cuts[:-1]), strict=True))
    fault = both["fault"].to_numpy(dtype=object)
    for kind, rows in chosen.items():
        fault[rows] = kind
    both["fault"] = fault
    both.loc[chosen["unlocated"], ["lon", "lat"]] = np.nan
    angle, far = rng.uniform(0, 2 * np.pi, sizes["outside"]), rng.uniform(14500, 40000, sizes["outside"])
    both.loc[chosen["outside"], ["lon", "lat"]] = to_degrees(
        np.column_stack([far * np.cos(angle), far * np.sin(angle)])
    )
    at = land.river.length * rng.uniform(0.3, 0.6, sizes["river"])
    afloat = shapely.get_coordinates(shapely.line_interpolate_point(land.river, at))
    both.loc[chosen["river"], ["lon", "lat"]] = to_degrees(afloat + rng.uniform(-40, 40, afloat.shape))
    swapped = both.loc[chosen["swapped"], ["true_lat", "true_lon"]].to_numpy()
    both.loc[chosen["swapped"], ["lon", "lat"]] = swapped
