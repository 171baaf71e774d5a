"""The register of the city: 110,000 businesses with addresses, valid credit codes, classes, dates, licence periods."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo_api.sample import codes, trades
from geo_api.sample.base import Territory
from geo_api.sample.city.markets import city_stalls
from geo_api.sample.city.scale import CITY, DIVISION, CityScale
from geo_api.sample.plane import to_degrees
from geo_api.sample.records import licence_until
from geo_api.sample.streets import StreetPlan

UNLOCATED, OUTSIDE, TWINS = 0.012, 0.0006, 0.002
"""Shares of entities without a place, with one outside the city, and of businesses that are entered twice."""


def city_register(
    plan: StreetPlan, plots: pd.DataFrame, territory: Territory, towns: list[str], scale: CityScale, on: date,
    rng: np.random.Generator,
) -> pd.DataFrame:  # fmt: skip
    """All entities, by their ids.

    Returns:
        Frame with source_id, station (0, 1, ...), trade (row in TRADES), credit_code, registration_no, name, address, credit_class
        ("" for unlicensed), licensed, opened, closed, licence_until (NaT where none), lon, lat (WGS 84; NaN = unlocated),
        true_lon, true_lat.
    """
    twins = round(scale.entities * TWINS)
    stalls = city_stalls(plan, max(round(scale.entities * 0.003), 4))
    wanted = scale.entities - twins - len(stalls)
    weight = plots["weight"].to_numpy()
    at = plots.iloc[np.sort(rng.choice(len(plots), wanted, p=weight / weight.sum()))].reset_index(drop=True)
    out, along = rng.uniform(0, 3.5, wanted), rng.uniform(-0.6, 0.6, wanted) * at["half_m"].to_numpy()
    at["x"] += at["nx"] * out + at["ny"] * along
    at["y"] += at["ny"] * out - at["nx"] * along
    both = pd.concat([at[["street", "number", "x", "y"]].assign(market=""), stalls], ignore_index=True)
    both[["true_lon", "true_lat"]] = to_degrees(both[["x", "y"]].to_numpy())
    both["station"] = _station(both, territory)
    _describe(both, plan, towns, on, rng)
    both = _with_twins(both, twins, rng)
    both = both.sort_values(["opened", "station", "address"], kind="stable").reset_index(drop=True)
    both["source_id"] = "YJ" + (np.arange(len(both)) + 1).astype(str).astype(object)
    _misplace(both, scale, rng)
    return both.drop(columns=["x", "y", "street", "number", "stall", "zone"], errors="ignore")


def _station(table: pd.DataFrame, territory: Territory) -> NDArray[np.int64]:
    """Station of each place: the first that covers it, else the nearest."""
    points = shapely.points(table["true_lon"], table["true_lat"])
    tree = shapely.STRtree(np.array(territory.stations, dtype=object))
    point, station = tree.query(points, predicate="intersects")
    found = np.full(len(table), len(territory.stations))
    np.minimum.at(found, point, station)
    lost = found == len(territory.stations)
    if lost.any():
        found[lost] = tree.nearest(points[lost])
    return found


def _describe(both: pd.DataFrame, plan: StreetPlan, towns: list[str], on: date, rng: np.random.Generator) -> None:
    """Name, address, codes, class and dates."""
    n = len(both)
    zone = np.array([{"core": 0, "town": 1}.get(r.zone, 2) for r in plan.roads])[both["street"]]
    stall = (both["market"] != "").to_numpy()
    both["trade"] = trades.draw_trades(np.where(stall, 3, zone), rng)
    town = np.array(towns)[both["station"]]
    short = np.array([t.removesuffix("街道") for t in towns])[both["station"]]
    prefix = np.where(rng.random(n) < 0.5, CITY, short)
    both["name"], form = trades.draw_names(both["trade"].to_numpy(), prefix, rng)
    both["name"] = both["name"].str.replace("云溪县", CITY, regex=False)
    both["address"] = _addresses(both, plan, town, rng)
    shady = rng.random(len(plan.roads)) < 0.02
    licensed = rng.random(n) >= np.where(shady[both["street"]], 0.16, np.where(stall, 0.035, 0.012))
    old = licensed & (rng.random(n) < 0.01)
    bad = licensed & ~old & (rng.random(n) < 0.003)
    code = codes.credit_codes(form, DIVISION, rng)
    code[bad] = codes.spoil_check(code[bad])
    both["credit_code"] = np.where(licensed & ~old, code, "")
    both["registration_no"] = ""
    both.loc[old, "registration_no"] = codes.registration_numbers(
        DIVISION, rng.choice(10**8 - 1, int(old.sum()), replace=False)
    )
    both["licensed"] = licensed
    both["credit_class"] = np.where(licensed, trades.draw_classes(both["trade"].to_numpy(), rng), "")
    age = (15 * 365 * rng.beta(0.9, 1.9, n)).astype(int) + 3
    age = np.where(licensed, age, age // 6 + 3)  # who trades without a licence is found, and gets one or goes
    both["opened"] = np.datetime64(on, "D") - age.astype("timedelta64[D]")
    closed = licensed & (rng.random(n) < 0.03) & (age > 500)
    both["closed"] = np.where(
        closed, np.datetime64(on, "D") - rng.integers(5, 480, n).astype("timedelta64[D]"), np.datetime64("NaT")
    )
    both["licence_until"] = licence_until(both, on, rng)


def _addresses(
    both: pd.DataFrame, plan: StreetPlan, town: NDArray[np.str_], rng: np.random.Generator
) -> NDArray[np.str_]:
    """City, township, street and number, in the forms that registers mix."""
    n = len(both)
    title = np.array([r.name for r in plan.roads])[both["street"]]
    number = both["number"].to_numpy().astype(np.int64).astype(str)
    luck = rng.random(n)
    stall = (both["market"] != "").to_numpy()
    room = np.char.add((rng.integers(1, 7, n) * 100 + rng.integers(1, 9, n)).astype(str), "室")
    shop = np.char.add(rng.integers(1, 12, n).astype(str), "号门面")
    tail = np.select([stall, luck < 0.1, luck < 0.18], ["", room, shop], "")
    whole = np.char.add(np.char.add(np.char.add(CITY, town), title), np.char.add(np.char.add(number, "号"), tail))
    spot = both["market"].astype(str) + both["zone"].fillna("").astype(str) + "区"
    spot = spot + both["stall"].fillna(0).astype(int).astype(str).str.zfill(3) + "号"
    return np.where(stall, whole.astype(object) + spot.to_numpy(dtype=object), whole)


def _with_twins(both: pd.DataFrame, count: int, rng: np.random.Generator) -> pd.DataFrame:
    """The same business entered twice: same code, the address typed with full-width digits."""
    plain = both[(both["market"] == "") & both["licensed"] & both["closed"].isna()]
    twin = plain.sample(count, random_state=rng).copy()
    twin["address"] = twin["address"].str.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    return pd.concat([both, twin], ignore_index=True)


def _misplace(both: pd.DataFrame, scale: CityScale, rng: np.random.Generator) -> None:
    """Registered places: the true ones, but for those without one and those picked on the wrong side of the map."""
    both["lon"], both["lat"] = both["true_lon"], both["true_lat"]
    chosen = rng.permutation(np.flatnonzero(both["market"] == ""))
    nowhere, far = round(scale.entities * UNLOCATED), max(round(scale.entities * OUTSIDE), 1)
    both.loc[chosen[:nowhere], ["lon", "lat"]] = np.nan
    both.loc[chosen[nowhere : nowhere + far], "lon"] -= 0.9
