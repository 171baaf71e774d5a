"""Industries, how common they are in town and country, and what shops of each are called."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo_api.sample import names


@dataclass(frozen=True)
class Trade:
    """One industry.

    Attributes:
        code: short English name.
        gb: its class in GB/T 4754.
        name: Chinese name, which the registers use.
        share: how common it is in the county town, a market town, a village and a wholesale market.
        shops, firms: what names of shops and of companies end in.
    """

    code: str
    gb: str
    name: str
    share: tuple[float, float, float, float]
    shops: tuple[str, ...]
    firms: tuple[str, ...]


def _t(code: str, gb: str, name: str, share: tuple[float, float, float, float], shops: str, firms: str) -> Trade:
    return Trade(code, gb, name, share, tuple(shops.split()), tuple(firms.split()))


TRADES = (
    _t("catering", "H62", "餐饮服务", (20, 17, 10, 2),
       "餐饮店 饭馆 小吃店 面馆 火锅店 早点铺 烧烤店 农家乐 奶茶店",
       "餐饮管理 餐饮服务"),
    _t("food", "F522", "食品销售", (15, 17, 20, 46),
       "副食店 粮油店 食品商行 水果店 熟食店 豆制品店 干货店 蔬菜行 水产行 肉食店",
       "食品 粮油 农产品"),
    _t("retail", "F521", "日用零售", (25, 25, 24, 44),
       "百货店 便利店 服装店 五金店 超市 文具店 鞋店 家电商店 日用品店 布艺店 玩具店",
       "商贸 百货 贸易"),
    _t("pharmacy", "F525", "药品零售", (3, 3, 3, 0),
       "大药房 药店 医疗器械店",
       "医药"),
    _t("farm_supplies", "F516", "农资经营", (1, 5, 14, 5),
       "农资经营部 种子店 化肥经营部 农药经营部 农机配件店",
       "农业 农资"),
    _t("internet_cafe", "I642", "互联网上网服务", (0.8, 0.7, 0, 0),
       "网吧 网咖 电竞馆",
       "网络"),
    _t("hazardous", "F526", "危险化学品", (0.8, 1.2, 2, 0),
       "加油站 液化气站 烟花爆竹零售店 油漆经营部",
       "石油 燃气"),
    _t("advertising", "L725", "广告", (3, 1.5, 0.3, 0),
       "广告部 图文店 广告制作部",
       "广告 文化传媒"),
    _t("services", "O80", "居民服务", (19, 17, 11, 3),
       "理发店 美容店 汽车修理部 洗衣店 照相馆 家电维修部 足浴店 装饰部 驾校报名点 旅馆",
       "装饰工程 物业服务 汽车服务"),
    _t("manufacturing", "C", "加工制造", (5, 6, 9, 0),
       "加工厂 家具厂 米厂 豆腐坊 铝合金门窗店 服装加工点 砖厂",
       "机械 纺织 建材 包装"),
    _t("education", "P83", "教育培训", (2.5, 1.5, 0.3, 0),
       "培训部 托管中心 文化用品店",
       "教育科技 教育咨询"),
    _t("logistics", "G59", "物流仓储", (2, 2, 1, 0),
       "快递服务站 货运部 仓储部",
       "物流 运输"),
)  # fmt: skip
KEY_INDUSTRIES = ("food", "catering", "farm_supplies", "internet_cafe", "hazardous", "pharmacy")
CLASS_SHARES = (0.62, 0.25, 0.09, 0.04)
"""Shares of credit classes A, B, C, D."""


def draw_trades(setting: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Row in TRADES for each place; setting 0 town, 1 market town, 2 village, 3 wholesale market."""
    shares = np.array([t.share for t in TRADES]).T
    steps = np.cumsum(shares / shares.sum(axis=1, keepdims=True), axis=1)
    return np.asarray(np.minimum((rng.random(len(setting))[:, None] > steps[setting]).sum(axis=1), len(TRADES) - 1))


def draw_classes(trade: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.str_]:
    """Credit class A to D; food and hazardous goods a little worse than the rest, the whole as in CLASS_SHARES."""
    risk = np.isin(trade, [i for i, t in enumerate(TRADES) if t.code in ("catering", "food", "hazardous")])
    steps = np.cumsum(CLASS_SHARES)
    luck = np.clip(rng.random(len(trade)) + np.where(risk, 0.02, -0.02), 0, 0.9999)
    return np.asarray(np.array(list("ABCD"))[(luck[:, None] > steps).sum(axis=1).clip(0, 3)])


def draw_names(
    trade: NDArray[np.int64], prefix: NDArray[np.str_], rng: np.random.Generator
) -> tuple[NDArray[np.str_], NDArray[np.int64]]:
    """Names of businesses and their legal form (1 company, 2 sole trader, 3 cooperative)."""
    n = len(trade)
    brand = names.brands(n, rng)
    company = (
        rng.random(n) < np.array([0.55 if t.code in ("manufacturing", "logistics") else 0.13 for t in TRADES])[trade]
    )
    farmers = ~company & (trade == [t.code for t in TRADES].index("farm_supplies")) & (rng.random(n) < 0.25)
    shop, firm = (_pick([getattr(t, field) for t in TRADES], trade, rng) for field in ("shops", "firms"))
    as_shop = np.char.add(np.char.add(prefix, brand), shop)
    as_firm = np.char.add(np.char.add(np.char.add("云溪县", brand), firm), "有限公司")
    crop = rng.choice(np.array(["蔬菜", "水稻", "茶叶", "柑橘", "水产", "食用菌"]), n)
    as_farm = np.char.add(np.char.add(np.char.add("云溪县", brand), crop), "种植专业合作社")
    form = np.where(company, 1, np.where(farmers, 3, 2))
    return np.where(company, as_firm, np.where(farmers, as_farm, as_shop)), form


def _pick(choices: list[tuple[str, ...]], row: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.str_]:
    """One of ``choices[row]`` for each row; the first ones are commoner."""
    width = max(len(c) for c in choices)
    table = np.array([[c[i % len(c)] for i in range(width)] for c in choices])
    size = np.array([len(c) for c in choices])[row]
    return np.asarray(table[row, (rng.random(len(row)) ** 1.3 * size).astype(int)])
