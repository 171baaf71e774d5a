"""Officers of the city's bureau and stations, and the first and direct responsible person of each. All are invented."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo_api.sample import names
from geo_api.sample.base import Territory
from geo_api.sample.city.scale import DIVISION, CityScale, Shares

_FUNCTIONS = np.array(["综合监管", "食品监管", "药品监管", "特种设备", "价格监管"])
_HEADS = ("局长", "副局长", "党组成员")


def city_staff(scale: CityScale, shares: Shares, on: date, rng: np.random.Generator) -> pd.DataFrame:
    """All officers: officer_id, name, title, telephone, station_code, joined, function, station (-1 = bureau).

    Telephone numbers are of the form 0991-88xxxxx, an area code that nobody has. Service runs from months to 30 years.
    """
    station = np.concatenate(
        [np.full(scale.at_bureau, -1), np.repeat(np.arange(len(shares.officers)), shares.officers)]
    )
    n = len(station)
    place = np.concatenate([np.arange(scale.at_bureau), *(np.arange(k) for k in shares.officers)])
    title = rng.choice(np.array(["四级主任科员", "一级科员", "监管员"], dtype=object), n, p=[0.3, 0.35, 0.35])
    title[(station >= 0) & (place == 0)] = "所长"
    title[(station >= 0) & (place == 1)] = "副所长"
    title[station < 0] = [_HEADS[min(i, len(_HEADS) - 1)] for i in range(scale.at_bureau)]
    head = place < 2
    years = rng.gamma(1.6, 5.5, n).clip(0.3, 30)
    years = np.where(head, np.maximum(years, rng.uniform(8, 26, n)), years)
    joined = np.datetime64(on, "D") - (years * 365.25).astype(int).astype("timedelta64[D]")
    return pd.DataFrame(
        {
            "officer_id": [f"Y{i + 1:04d}" for i in range(n)],
            "name": names.people(n, rng),
            "title": title,
            "telephone": [f"0991-88{k:05d}" for k in rng.permutation(100_000)[:n]],
            "station_code": [DIVISION if s < 0 else f"{DIVISION}{s + 1:03d}" for s in station],
            "joined": joined,
            "function": np.where(head, "综合监管", rng.choice(_FUNCTIONS, n, p=[0.7, 0.14, 0.06, 0.05, 0.05])),
            "station": station,
        }
    )


def city_heads(officers: pd.DataFrame, on: date) -> pd.DataFrame:
    """First and direct responsible person of the bureau and every station, for five years; one in eight changed lately."""
    first = officers.groupby("station_code", sort=True)["officer_id"].agg(list)
    since, change = date(on.year - 5, 1, 1), date(on.year, 3, 1)
    rows = []
    for k, (code, people) in enumerate(first.items()):
        if k % 8 == 5:
            rows += [(people[1], code, "first", since, change), (people[0], code, "first", change, None)]
            rows += [(people[0], code, "direct", since, change), (people[2], code, "direct", change, None)]
        else:
            rows += [(people[0], code, "first", since, None), (people[1], code, "direct", since, None)]
    table = pd.DataFrame(rows, columns=["officer_id", "jurisdiction_code", "role", "valid_from", "valid_to"])
    table.insert(3, "function", "综合监管")
    return table


def beats(entities: pd.DataFrame, officers: pd.DataFrame, territory: Territory) -> NDArray[np.int64]:
    """(entities,) row in ``officers`` of who has looked after each entity so far.

    The officers of a station but its head share out its communities; neighbours in the order of codes go together.
    """
    shapes = territory.units["geometry"].to_numpy()
    points = shapely.points(entities["true_lon"], entities["true_lat"])
    point, unit = shapely.STRtree(shapes).query(points, predicate="intersects")
    home = np.zeros(len(entities), dtype=np.int64)
    home[point] = unit
    station = entities["station"].to_numpy()
    crew = officers.groupby("station").indices
    first = np.array([crew[s].min() for s in range(station.max() + 1)])
    size = np.array([len(crew[s]) for s in range(station.max() + 1)])
    order = np.lexsort((np.arange(len(home)), home, station))
    count = np.bincount(station)
    rank = np.empty(len(home), dtype=np.int64)
    rank[order] = np.arange(len(home)) - np.repeat(np.cumsum(count) - count, count)
    return np.asarray(first[station] + 1 + rank * (size[station] - 1) // count[station])
