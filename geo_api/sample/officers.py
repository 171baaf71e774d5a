"""Officers of the bureau and its stations, and who heads what since when. All persons and numbers are invented."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from geo_api.sample import names
from geo_api.sample.base import Territory

STAFF = (22, 12, 8)
"""Officers of each station, its head included; with three at the bureau they are 45."""
_FUNCTIONS = np.array(["综合监管", "食品监管", "药品监管", "特种设备", "价格监管"])


def staff(division: str, on: date, rng: np.random.Generator) -> pd.DataFrame:
    """45 officers: officer_id, name, title, telephone, station_code, joined, function.

    Telephone numbers are of the form 0990-8800xxx, an area code that nobody has. Experience runs from months to 30 years.
    """
    home = [division] * 3 + [f"{division}{i + 1:03d}" for i, n in enumerate(STAFF) for _ in range(n)]
    n = len(home)
    titles = ["局长", "副局长", "党组成员"]
    for count in STAFF:
        titles += ["所长", "副所长", *(["副所长"] if count > 10 else []), "主任科员"]
        titles += [
            str(t)
            for t in rng.choice(
                ["四级主任科员", "一级科员", "监管员"], count - (4 if count > 10 else 3), p=[0.3, 0.3, 0.4]
            )
        ]
    years = rng.gamma(1.6, 5.5, n).clip(0.3, 30)
    lead = np.isin(titles, ["局长", "副局长", "党组成员", "所长", "副所长", "主任科员"])
    years = np.where(lead, np.maximum(years, rng.uniform(8, 26, n)), years)
    years = np.where(np.array(titles) == "监管员", np.minimum(years, rng.uniform(0.4, 6, n)), years)
    joined = np.datetime64(on) - (years * 365.25).astype(int).astype("timedelta64[D]")
    function = np.where(lead, "综合监管", rng.choice(_FUNCTIONS, n, p=[0.5, 0.25, 0.1, 0.08, 0.07]))
    return pd.DataFrame(
        {
            "officer_id": [f"P{i + 1:03d}" for i in range(n)],
            "name": names.people(n, rng),
            "title": titles,
            "telephone": [f"0990-8800{k:03d}" for k in rng.permutation(1000)[:n]],
            "station_code": home,
            "joined": joined,
            "function": function,
        }
    )


def heads(officers: pd.DataFrame, division: str, on: date) -> pd.DataFrame:
    """First and direct responsible persons of the bureau and the stations, one of them changed within the year.

    Returns:
        Frame with officer_id, jurisdiction_code, role ("first" or "direct"), function, valid_from, valid_to (None = still).
    """
    year = on.year
    bureau = officers[officers["station_code"] == division]["officer_id"].tolist()
    rows: list[tuple[str, str, str, date, date | None]] = [
        (bureau[0], division, "first", date(year - 3, 3, 1), None),
        (bureau[1], division, "direct", date(year - 2, 6, 1), None),
    ]
    for i in range(len(STAFF)):
        code = f"{division}{i + 1:03d}"
        people = officers[officers["station_code"] == code]["officer_id"].tolist()
        if i == 1:  # the deputy took over the station in spring
            change = date(year, 4, 1)
            rows += [
                (people[2], code, "first", date(year - 4, 1, 1), change),
                (people[0], code, "first", change, None),
                (people[0], code, "direct", date(year - 2, 1, 1), change),
                (people[1], code, "direct", change, None),
            ]
        else:
            start = date(year - 2 + i // 2, 1, 1)
            rows += [(people[0], code, "first", start, None), (people[1], code, "direct", start, None)]
    table = pd.DataFrame(rows, columns=["officer_id", "jurisdiction_code", "role", "valid_from", "valid_to"])
    table.insert(3, "function", "综合监管")
    return table


def patches(entities: pd.DataFrame, officers: pd.DataFrame, territory: Territory, division: str) -> np.ndarray:
    """The officer who has looked after each entity so far: officers share out the communities of their station.

    The heads do no rounds. Where places are unknown the true one decides.
    """
    import shapely

    points = shapely.points(entities["true_lon"], entities["true_lat"])
    unit = shapely.STRtree(points).query(territory.units["geometry"].to_numpy(), predicate="intersects")
    home = np.zeros(len(entities), dtype=np.int64)
    home[unit[1]] = unit[0]
    found = np.empty(len(entities), dtype=object)
    for i in range(len(STAFF)):
        own = np.flatnonzero(entities["station"] == i)
        crew = officers.loc[officers["station_code"] == f"{division}{i + 1:03d}", "officer_id"].to_numpy()[2:]
        position = pd.Series(home[own]).rank(method="first").to_numpy() - 1  # neighbours in code order go together
        found[own] = crew[(position * len(crew) / len(own)).astype(int)]
    return found
