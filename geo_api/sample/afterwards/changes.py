"""Daily changes as a registrar sends them: openings, changes, moves, closings; who claimed what opened, and its first visits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo_api.sample import codes
from geo_api.sample.trades import TRADES, draw_classes, draw_names
from geo_api.sample.workdays import HOLIDAYS, spread

BATCHES = (-48, -20, -6)
"""Days of the files, counted from the reference day; each tells what happened in the 14 days before."""
_DAYS = 14
_SHARES = {"设立": 0.004, "变更": 0.0015, "迁移": 0.0005, "注销": 0.001}
"""Rows of a file, as a share of the register."""
_WITHOUT_PLACE = 0.4
"""Share of moves that come with an address alone."""
_CLAIMED, _IN_TIME = 0.97, 0.95
"""Share of openings that somebody claimed, and share of these within three working days."""
_FIRST_DAYS, _FIRST_LATE = 28, 0.08
"""First visits fall within so many days of the opening, but for this share."""


@dataclass(frozen=True)
class Changes:
    """What a registrar sent.

    Attributes:
        files: day of the file -> its rows, under the heads that a registrar uses.
        opened: credit_code, station (0, 1, ...), opened, fell_on of every opening.
        closed: source_id, on of every closing.
    """

    files: dict[date, pd.DataFrame]
    opened: pd.DataFrame
    closed: pd.DataFrame


def daily_changes(entities: pd.DataFrame, division: str, town: str, on: date, rng: np.random.Generator) -> Changes:
    """The files of the weeks before ``on``.

    Args:
        entities: source_id, station, trade, credit_code, name, address, licensed, opened, closed, true_lon, true_lat.
        division: 6-digit code, for new credit codes.
        town: what names of companies begin with.
        on: the day on which the register is as it is.
        rng: randomness.
    """
    sound = entities["licensed"] & entities["closed"].isna() & (entities["credit_code"] != "")
    sound &= ~entities["credit_code"].duplicated(keep=False)
    sound &= entities["opened"] < np.datetime64(on, "D") + (BATCHES[0] - 2 * _DAYS)
    sizes = {kind: max(round(share * len(entities)), 2) for kind, share in _SHARES.items()}
    drawn = rng.permutation(np.flatnonzero(sound))[: len(BATCHES) * sum(sizes.values())]
    files, opened, closed, at = {}, [], [], 0
    for ago in BATCHES:
        end = np.datetime64(on, "D") + ago
        parts = []
        for kind, size in sizes.items():
            rows = entities.iloc[drawn[at : at + size]]
            at += size
            made = _rows(kind, rows, entities, division, town, rng)
            made["日期"] = spread(np.full(size, end - _DAYS), np.full(size, end), rng.random(size))
            parts.append(made)
            if kind == "注销":
                closed.append(pd.DataFrame({"source_id": rows["source_id"].to_numpy(), "on": made["日期"].to_numpy()}))
        day = end.astype(date)
        table = pd.concat(parts, ignore_index=True).sort_values(["日期"], kind="stable")
        new = table[table["变更类型"] == "设立"]
        told = {
            "credit_code": new["统一社会信用代码"],
            "station": new["_station"],
            "opened": new["日期"],
            "fell_on": end,
        }
        opened.append(pd.DataFrame(told))
        files[day] = table[[*_HEADS]].reset_index(drop=True)
    return Changes(files, pd.concat(opened, ignore_index=True), pd.concat(closed, ignore_index=True))


_HEADS = ("变更类型", "统一社会信用代码", "名称", "地址", "行业", "信用等级", "日期", "经度", "纬度")


def _rows(
    kind: str, rows: pd.DataFrame, entities: pd.DataFrame, division: str, town: str, rng: np.random.Generator
) -> pd.DataFrame:
    """Rows of one kind; an opening or a move is at the place of another business, which is next door or was there before."""
    n = len(rows)
    made = pd.DataFrame("", index=range(n), columns=[*_HEADS, "_station"]).astype(object)
    made["变更类型"], made["统一社会信用代码"] = kind, rows["credit_code"].to_numpy()
    there = rows
    if kind == "设立":
        trade = rows["trade"].to_numpy()
        made["名称"], form = draw_names(trade, np.full(n, town), rng)
        made["名称"] = made["名称"].str.replace("云溪县", town, regex=False)
        made["统一社会信用代码"] = codes.credit_codes(form, division, rng)
        made["行业"] = np.array([t.name for t in TRADES], dtype=object)[trade]
        made["信用等级"] = draw_classes(trade, rng)
    elif kind == "变更":
        made["名称"] = (rows["name"] + "一店").to_numpy()
    elif kind == "迁移":
        near = (
            np.searchsorted(entities["source_id"].to_numpy(dtype=str), rows["source_id"].to_numpy(dtype=str)) + 1
        ) % len(entities)
        there = entities.iloc[near]
    if kind in ("设立", "迁移"):
        bare = (rng.random(n) < _WITHOUT_PLACE) & (kind == "迁移")
        made["地址"], made["_station"] = there["address"].to_numpy(), there["station"].to_numpy()
        for head, column in (("经度", "true_lon"), ("纬度", "true_lat")):
            made[head] = np.where(bare, "", there[column].round(6).astype(str))
    return made


def claims_of(changes: Changes, heads: pd.DataFrame, division: str, on: date, rng: np.random.Generator) -> pd.DataFrame:
    """Who claimed what: the station's direct responsible person enters it for the cells.

    Args:
        changes: what opened.
        heads: officer_id, jurisdiction_code, role, valid_from, valid_to of the posts.
        division: code of the bureau.
        on: nothing is done on this day or later.
        rng: randomness.

    Returns:
        Frame with entity (credit code), verb, officer, reason, on; by day.
    """
    new = changes.opened
    n = len(new)
    days = np.where(rng.random(n) < _IN_TIME, rng.integers(1, 4, n), rng.integers(6, 12, n))
    when = np.busday_offset(new["fell_on"].to_numpy().astype("datetime64[D]"), days, roll="forward", holidays=HOLIDAYS)
    kept = (rng.random(n) < _CLAIMED) & (when < np.datetime64(on, "D"))
    station = np.array([f"{division}{int(s) + 1:03d}" for s in new["station"]], dtype=object)
    officer = [_direct(heads, code, day.astype(date)) for code, day in zip(station, when, strict=True)]
    made = pd.DataFrame(
        {"entity": new["credit_code"], "verb": "claim", "officer": officer, "reason": "所内登记", "on": when}
    )
    return made[kept].sort_values(["on", "entity"], kind="stable").reset_index(drop=True)


def first_visits(
    changes: Changes, officers: pd.DataFrame, division: str, on: date, rng: np.random.Generator
) -> pd.DataFrame:
    """The first visits of what opened, up to the day before ``on``.

    Returns:
        Frame with visit_id, entity (credit code), date, kind, officer_id, result; by day.
    """
    new, n = changes.opened, len(changes.opened)
    opened = new["opened"].to_numpy().astype("datetime64[D]")
    slow = rng.random(n) < _FIRST_LATE
    begin = np.where(slow, opened + _FIRST_DAYS + 3, opened)
    when = spread(begin, begin + np.where(slow, 50, _FIRST_DAYS), rng.beta(1.6, 1.8, n))
    crews = officers.groupby("station_code")["officer_id"].agg(lambda those: list(those)[2:])
    luck = rng.random(n)
    crew = [crews[f"{division}{int(s) + 1:03d}"] for s in new["station"]]
    who = [those[int(x * len(those))] for those, x in zip(crew, luck, strict=True)]
    result = np.where(rng.random(n) < 0.95, "pass", "none")
    made = pd.DataFrame(
        {"entity": new["credit_code"], "date": when, "kind": "daily", "officer_id": who, "result": result}
    )
    made = made[when < np.datetime64(on, "D")].sort_values(["date", "entity"], kind="stable").reset_index(drop=True)
    made.insert(0, "visit_id", [f"N{k + 1:05d}" for k in range(len(made))])
    return made


def _direct(heads: pd.DataFrame, code: str, day: date) -> str:
    own = heads[(heads["jurisdiction_code"] == code) & (heads["role"] == "direct")]
    for officer, since, until in own[["officer_id", "valid_from", "valid_to"]].itertuples(index=False):
        if since <= day and (until is None or pd.isna(until) or day < until):
            return str(officer)
    return ""


def closed_on(entities: pd.DataFrame, gone: NDArray[np.datetime64], changes: Changes) -> NDArray[np.datetime64]:
    """(n,) the day on which each entity is gone, those included that closed afterwards; NaT = it is there."""
    later = changes.closed.set_index("source_id")["on"].reindex(entities["source_id"])
    return np.asarray(np.fmin(gone, later.to_numpy().astype("datetime64[D]")))
