"""The registers as the three stations keep them: each with its own headings, classes, encoding and datum."""

# ruff: noqa: SIM905 (headings are easier to compare as text)

from __future__ import annotations

import numpy as np
import pandas as pd

from geo_api.sample.county import County
from geo_api.sample.datum import to_gcj02
from geo_api.sample.trades import TRADES

_HEADINGS = (
    "主体编号 统一社会信用代码 注册号 主体名称 经营地址 行业 信用等级 有无执照 开业日期 注销日期 许可有效期至 经度 纬度".split(),
    "编号 信用代码 营业执照注册号 名称 住所 行业类别 分类 持证情况 成立日期 歇业日期 许可到期日 X坐标 Y坐标".split(),
    "序号 统一社会信用代码 注册号 字号名称 经营场所 行业代码 信用分类 是否有照 核准日期 注销日期 许可截止日期 经度 纬度".split(),
)
_CLASS_WORDS = (
    {"A": "A", "B": "B", "C": "C", "D": "D"},
    {"A": "A级", "B": "B级", "C": "C级", "D": "D级"},
    {"A": "守信", "B": "警示", "C": "失信", "D": "严重失信"},
)
_LICENCE_WORDS = (("有照", "无照"), ("持证", "无证"), ("是", "否"))
FIELDS = (
    "source_id", "credit_code", "registration_no", "name", "address", "industry", "credit_class", "licensed",
    "opened", "closed", "licence_until", "lon", "lat",
)  # fmt: skip


def columns_of(station: int) -> dict[str, str]:
    """Field -> heading in the register of a station."""
    return dict(zip(FIELDS, _HEADINGS[station], strict=True))


def class_words(station: int) -> dict[str, str]:
    """Word in the register of a station -> credit class."""
    return {word: cls for cls, word in _CLASS_WORDS[station].items()}


def register_of(county: County, station: int) -> pd.DataFrame:
    """The register of a station under its own headings; dates as datetime64, empty cells as "" or NaN.

    The second register is in GCJ-02, as points picked on a vendor's map are; the others are in WGS 84.
    """
    own = county.entities[county.entities["station"] == station].reset_index(drop=True)
    lonlat = own[["lon", "lat"]].to_numpy(dtype=float)
    if station == 1:
        ok = np.isfinite(lonlat).all(axis=1) & (lonlat[:, 1] < 90)
        lonlat[ok] = to_gcj02(lonlat[ok])
    names = [t.gb if station == 2 else t.name for t in TRADES]
    yes, no = _LICENCE_WORDS[station]
    table = own.assign(
        industry=np.array(names)[own["trade"]],
        credit_class=own["credit_class"].map({**_CLASS_WORDS[station], "": ""}),
        licensed=np.where(own["licensed"], yes, no),
        lon=np.round(lonlat[:, 0], 6),
        lat=np.round(lonlat[:, 1], 6),
    )
    return table[list(FIELDS)].rename(columns=columns_of(station))


def truth(county: County) -> pd.DataFrame:
    """What is true of every entity: id, place (WGS 84), street, house number, station, market stall or not, fault.

    ``number`` is empty for stalls: their address names the gate, their place lies inside the market.
    """
    street = np.array([r.name for r in county.streets.roads])
    e = county.entities
    return pd.DataFrame(
        {
            "source_id": e["source_id"],
            "lon": np.round(e["true_lon"], 6),
            "lat": np.round(e["true_lat"], 6),
            "street": np.where(e["market"] != "", e["market"], street[e["street"]]),
            "number": e["number"].astype(int).astype(str).where(e["market"] == "", ""),
            "station": e["station"] + 1,
            "fault": e["fault"],
        }
    )
