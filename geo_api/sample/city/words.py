"""Names of the city's townships, stations and streets. All are invented; likeness to real ones is chance."""

# ruff: noqa: SIM905 (lists of words are easier to read and extend as text)

from __future__ import annotations

import numpy as np

from geo_api.sample.names import _MAIN, _STEMS

_URBAN = (
    "江城 鼓楼 文昌 望江 东湖 北门 西津 南浦 桂园 柳堤 新港 学府 铁山 白沙 沙洲 云台 龙泉 凤岭 锦园 春晖 朝阳 永安"
).split()
_RURAL = (
    "石桥 松林 梅岭 大冲 青塘 双溪 高坪 金沟 龙潭 马店 牛首 清水 枫香 茶山 白羊 黄陂 杨林 竹溪 三合 九畹 长岭 渔洋 "
    "太和 横沟 柏树 天河"
).split()


def townships(urban: int, rural: int) -> list[str]:
    """Names of the townships, one per station: 街道 in the city proper, 镇 around it."""
    return [*(f"{name}街道" for name in _URBAN[:urban]), *(f"{name}镇" for name in _RURAL[:rural])]


def station_names(urban: int, rural: int) -> list[tuple[str, str]]:
    """Chinese and English names of the stations."""
    called = [*_URBAN[:urban], *_RURAL[:rural]]
    return [(f"{name}所", f"Station {i + 1:02d}") for i, name in enumerate(called)]


def street_names(n: int, wide: int, rng: np.random.Generator) -> list[str]:
    """As many different names of streets, those of the first ``wide`` of them fit for arterials."""
    stems = [str(s) for s in rng.permutation(_STEMS)]
    broad = [f"{stem}{row}{kind}" for kind in ("大道", "路") for row in ("", "一", "二", "三") for stem in stems]
    first = list(dict.fromkeys([*_MAIN, *broad]))[:wide]
    sides = [
        f"{s}{side}{row}{kind}"
        for s in stems
        for side in "东西南北中"
        for row in "一二三四五"
        for kind in ("街", "路", "巷")
    ]
    plain = [f"{stem}{kind}" for kind in ("街", "巷", "里") for stem in stems]
    taken = set(first)
    rest = [name for name in [*plain, *(str(s) for s in rng.permutation(sides))] if name not in taken]
    if len(first) + len(rest) < n:
        raise ValueError(f"names run out: {n} streets wanted, {len(first) + len(rest)} names there")
    return [*first, *rest][:n]
