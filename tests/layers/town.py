"""A made-up town for the tests of pages: cells, stations, officers, streets, markets around 114.5 E, 30.6 N."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from layers.diagram import DiagramSettings

WEST, SOUTH, EAST, NORTH = 114.44, 30.56, 114.56, 30.64
NAMES = [
    f"{word}网格"
    for word in re.findall(
        "..", "文昌东湖朝阳和平建设解放人民胜利青山钢城车站临江南湖北苑花桥新华光明团结中山长丰汉水龙泉凤凰白沙"
    )
]
SURNAMES, GIVEN = "王李张刘陈杨黄赵吴周徐孙马朱胡", "伟芳秀敏静强磊军洋勇艳杰娟涛明超"
STREETS = ("人民路", "解放大道", "文昌街", "东湖路", "建设一路", "友谊路", "中山路")


@dataclass(frozen=True)
class Town:
    """The frames that :func:`layers.diagram.supervision_diagram` takes."""

    cells: gpd.GeoDataFrame
    stations: gpd.GeoDataFrame
    officers: pd.DataFrame
    markets: gpd.GeoDataFrame
    base_units: gpd.GeoDataFrame
    entities: pd.DataFrame
    lines: gpd.GeoDataFrame
    gaps: gpd.GeoDataFrame
    settings: DiagramSettings

    def arguments(self) -> dict[str, object]:
        """Everything that a posted diagram shows."""
        names = ("cells", "stations", "officers", "markets", "entities", "lines", "settings")
        return {name: getattr(self, name) for name in names}


def make_town(columns: int = 6, rows: int = 4, seed: int = 7) -> Town:
    """A town of ``columns`` x ``rows`` crooked cells in two stations."""
    rng = np.random.default_rng(seed)
    xs, ys = np.linspace(WEST, EAST, columns + 1), np.linspace(SOUTH, NORTH, rows + 1)
    nodes = np.stack(np.meshgrid(xs, ys, indexing="ij"), axis=-1)
    shift = rng.uniform(-0.22, 0.22, nodes.shape) * [(EAST - WEST) / columns, (NORTH - SOUTH) / rows]
    nodes = nodes + shift

    def edge(a: tuple[int, int], b: tuple[int, int]) -> np.ndarray:
        """A crooked way between two crossings, the same from both sides."""
        low, high = sorted([a, b])
        start, end = nodes[low], nodes[high]
        bends = np.random.default_rng([seed, *low, *high]).normal(0, 0.012, (9, 2)) * min(
            (EAST - WEST) / columns, (NORTH - SOUTH) / rows
        )
        way = start + np.linspace(0, 1, 11)[:, None] * (end - start)
        way[1:-1] += bends
        return np.asarray(np.round(way if (low, high) == (a, b) else way[::-1], 8))

    polygons, ij = [], []
    for j in reversed(range(rows)):
        for i in range(columns):
            ring = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1), (i, j)]
            polygons.append(shapely.Polygon(np.vstack([edge(a, b)[:-1] for a, b in pairwise(ring)])))
            ij.append(i)
    station = np.where(np.array(ij) < columns // 2, "420102001", "420102002")
    count = len(polygons)
    number = pd.Series(station).groupby(station).cumcount().to_numpy() + 1
    codes = [f"{s}{n:03d}" for s, n in zip(station, number, strict=True)]
    cells = gpd.GeoDataFrame(
        {
            "code": codes,
            "name": [NAMES[i % len(NAMES)] for i in range(count)],
            "station_code": station,
            "entities": rng.integers(150, 420, count),
            "workload_hours_per_year": rng.normal(1800, 25, count),
            "deviation": rng.normal(0, 0.012, count),
            "area_m2": [2.5e6] * count,
        },
        geometry=polygons,
        crs=4490,
    )
    stations = cells.dissolve("station_code").reset_index()[["station_code", "geometry"]]
    stations = stations.rename(columns={"station_code": "code"}).assign(
        name=["东湖市场监管所", "临江市场监管所"], name_en=["Donghu station", "Linjiang station"]
    )
    return Town(
        cells=cells,
        stations=stations,
        officers=_officers(codes, rng),
        markets=gpd.GeoDataFrame(
            {"name": ["白沙洲农副产品批发市场", "青山建材城", "文昌菜市场"]},
            geometry=[
                shapely.Point(114.475, 30.585).buffer(0.002),
                shapely.Point(114.53, 30.62),
                shapely.Point(114.505, 30.6),
            ],
            crs=4490,
        ),
        base_units=gpd.GeoDataFrame(
            {"name": ["友谊社区", "学府社区"]},
            geometry=[shapely.box(114.46, 30.57, 114.49, 30.6), shapely.box(114.5, 30.58, 114.53, 30.61)],
            crs=4490,
        ),
        entities=pd.DataFrame(
            [
                {"cell_code": code, "industry": industry, "count": int(rng.integers(0, high))}
                for code in codes
                for industry, high in (("食品", 120), ("药品", 20), ("农资", 8), ("特种设备", 30), ("网吧", 6))
            ]
        ),
        lines=_lines(nodes, edge, columns, rows),
        gaps=gpd.GeoDataFrame(
            {"rule": ["coverage.unassigned"], "message": ["1 entity in no cell"], "message_zh": ["1 户不在任何网格"]},
            geometry=[shapely.Point(114.48, 30.61)],
            crs=4490,
        ),
        settings=DiagramSettings(
            title_zh="江东区市场监督管理局辖区监管责任制示意图",
            title_en="Jiangdong Market Regulation Bureau: who supervises where",
            complaint_telephone="12315",
            map_approval_number="江S(2026)018号",
            sources_zh="网格:江东区市场监督管理局;道路、水系:江东区自然资源和规划局,2026年6月",
            sources_en="Cells: Jiangdong Market Regulation Bureau; streets and waters: Jiangdong land office, June 2026",
            as_of=date(2026, 11, 21),
            plan_version="3",
            key_industries=("食品", "药品", "农资", "特种设备", "网吧"),
        ),
    )


def _officers(codes: list[str], rng: np.random.Generator) -> pd.DataFrame:
    def person(code: str, role: str, title: str) -> dict[str, str]:
        name = SURNAMES[rng.integers(len(SURNAMES))] + GIVEN[rng.integers(len(GIVEN))]
        telephone = f"027-8{rng.integers(10**6, 10**7)}"
        return {"code": code, "name": name, "title": title, "role": role, "telephone": telephone, "function": ""}

    rows = [
        person(s, role, "所长" if role == "first" else "副所长")
        for s in ("420102001", "420102002")
        for role in ("first", "direct")
    ]
    for code in codes[:-1]:  # the last cell has nobody: its station answers
        rows += [person(code, "lead", "一级主办"), person(code, "deputy", "三级主任科员")]
    return pd.DataFrame(rows)


def _lines(nodes: np.ndarray, edge: Callable[..., np.ndarray], columns: int, rows: int) -> gpd.GeoDataFrame:
    records = []
    for i in range(1, columns):
        way = np.vstack([edge((i, j), (i, j + 1)) for j in range(rows)])
        records.append((("main", "secondary")[i % 2], STREETS[i % 7], shapely.LineString(way)))
    for j in range(1, rows):
        way = np.vstack([edge((i, j), (i + 1, j)) for i in range(columns)])
        records.append(
            (("expressway", "river", "main")[j % 3], ("和平大道", "青龙河", "滨江大道")[j % 3], shapely.LineString(way))
        )
    x = np.linspace(WEST, EAST, 60)
    records.append(("railway", "汉青铁路", shapely.LineString(np.c_[x, 30.575 + 0.01 * np.sin((x - WEST) * 40)])))
    for k in range(24):
        y = SOUTH + (NORTH - SOUTH) * (k + 0.5) / 24
        records.append(("local", f"建设{k + 1}巷", shapely.LineString([(WEST, y), (EAST, y + 0.001)])))
    kind, name, geometry = zip(*records, strict=True)
    return gpd.GeoDataFrame({"kind": kind, "name": name}, geometry=list(geometry), crs=4490)
