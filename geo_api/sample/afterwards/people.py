"""Hotline cases as callers say where, and who of the officers is on leave."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from geo_api.sample import dirt

CASES_AGO = -6
"""Day of the file of cases, counted from the reference day."""
CASES_HEAD = ("工单号", "诉求内容", "事发地址")
_SHARE, _LEAST, _MOST = 0.003, 6, 900
CASES_TITLES = (
    "反映食品有异味，要求查处", "购买商品无法退换", "无照经营，占道摆摊", "预付卡商家失联", "计量不准，缺斤短两", "标价与结算不符",
    "过期食品仍在销售", "网吧接纳未成年人", "药店未凭处方销售处方药", "燃气瓶过期未检",
)  # fmt: skip
_KINDS = (("休假", "年休假", 5), ("病假", "住院", 12), ("培训", "业务培训", 5), ("借调", "市局专班", 60))
_AWAY = 0.08
"""Share of officers who are on leave in the weeks around the reference day."""


def hotline_cases(
    entities: pd.DataFrame,
    place: str,
    towns: tuple[str, ...],
    roads: dict[str, None],
    on: date,
    rng: np.random.Generator,
) -> dict[date, pd.DataFrame]:
    """Cases of a hotline with addresses as they are said on the telephone: the day of the file -> its rows.

    Args:
        entities: address, market ("" = on a street).
        place: county or city that addresses begin with.
        towns: its townships.
        roads: names of all streets.
        on: the day on which the register is as it is.
        rng: randomness.
    """
    day = on + timedelta(days=CASES_AGO)
    wanted = cases_wanted(len(entities))
    kinds = list(dirt.DIRT.values())
    rows: list[tuple[str, str, str]] = []
    for n, at in enumerate(rng.permutation(np.flatnonzero(entities["market"] == ""))):
        parts = dirt.split(str(entities["address"].iloc[at]), place, towns, roads)
        said = kinds[n % len(kinds)](parts, rng) if parts is not None else ""
        if said:
            title = CASES_TITLES[int(rng.integers(len(CASES_TITLES)))]
            rows.append((f"12315-{day:%Y%m%d}-{len(rows) + 1:04d}", title, said))
        if len(rows) == wanted:
            break
    return {day: pd.DataFrame(rows, columns=list(CASES_HEAD))}


def cases_wanted(entities: int) -> int:
    """How many cases a file of so many businesses holds."""
    return min(max(round(_SHARE * entities), _LEAST), _MOST)


def leave_of(officers: pd.DataFrame, on: date, rng: np.random.Generator) -> pd.DataFrame:
    """Who is away around a day and who of the same station stands in; heads of stations are there.

    Args:
        officers: officer_id, title, station_code.
        on: the day.
        rng: randomness.

    Returns:
        Frame with the heads that an office uses: 监管员编号, 开始日期, 返岗日期, 代班人员, 假别, 事由; by day.
    """
    plain = officers[~officers["title"].isin(["所长", "副所长", "局长", "副局长", "党组成员"])]
    away = plain.sample(max(round(_AWAY * len(officers)), 1), random_state=rng)
    free = plain[~plain["officer_id"].isin(away["officer_id"])].groupby("station_code")["officer_id"].agg(list)
    rows = []
    for officer, station in away[["officer_id", "station_code"]].itertuples(index=False):
        kind, why, days = _KINDS[int(rng.choice(len(_KINDS), p=[0.6, 0.2, 0.15, 0.05]))]
        start = on + timedelta(days=int(rng.integers(-20, 20)))
        others = free.get(station, [])
        stands_in = others[int(rng.integers(len(others)))] if others and rng.random() < 0.85 else ""
        rows.append(
            (officer, start, start + timedelta(days=int(days * rng.uniform(0.6, 1.4)) + 1), stands_in, kind, why)
        )
    table = pd.DataFrame(rows, columns=["监管员编号", "开始日期", "返岗日期", "代班人员", "假别", "事由"])
    return table.sort_values(["开始日期", "监管员编号"]).reset_index(drop=True)
