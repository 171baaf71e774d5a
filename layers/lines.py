"""Kinds of boundary lines: from a ``kind`` column or OpenStreetMap's tags to the names that gridding knows.

A kind says how good a border the line makes (a river better than a lane). What can never be a border (footways, steps,
railways in tunnels) is dropped and counted, never kept under another name.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from gridding.findings import Finding, Severity

KINDS = ("service", "local", "administrative", "secondary", "main", "expressway", "railway", "river", "barrier")
"""Names of line kinds, weakest first; the same as ``gridding.LineKind`` in lower case, without the outline."""

NO_BORDER = "none"
"""The kind of a line that is no border; such lines are dropped."""

_CHINESE = {
    "内部道路": "service", "支路": "local", "道路": "local", "街巷": "local", "行政界线": "administrative",
    "社区界线": "administrative", "次干路": "secondary", "次干道": "secondary", "主干路": "main", "主干道": "main",
    "快速路": "expressway", "高速公路": "expressway", "高速": "expressway", "铁路": "railway", "河流": "river",
    "水系": "river", "屏障": "barrier", "围墙": "barrier",
}  # fmt: skip

HIGHWAY: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("motorway", "motorway_link", "trunk", "trunk_link"), "expressway"),
        **dict.fromkeys(("primary", "primary_link"), "main"),
        **dict.fromkeys(("secondary", "secondary_link", "tertiary", "tertiary_link"), "secondary"),
        **dict.fromkeys(("residential", "unclassified", "living_street", "road", "pedestrian", "busway"), "local"),
        **dict.fromkeys(("service", "track"), "service"),
        **dict.fromkeys(
            ("footway", "steps", "path", "cycleway", "bridleway", "corridor", "platform", "proposed", "construction",
             "abandoned", "elevator", "razed", "disused"), NO_BORDER),
    }
)  # fmt: skip
"""OpenStreetMap ``highway`` value -> kind; a value that is not listed counts as local."""

WATERWAY: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("dam", "weir", "lock_gate", "waterfall", "dock", "boatyard", "fuel", "proposed"), NO_BORDER),
        **dict.fromkeys(("drain", "ditch"), "local"),  # stepped over every day: no barrier
    }
)
"""OpenStreetMap ``waterway`` value -> kind; a value that is not listed (river, canal, stream, ...) is a river."""

RAILWAY: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(("rail", "light_rail", "narrow_gauge", "preserved", "funicular", "tram_train"), "railway")
)
"""OpenStreetMap ``railway`` value -> kind; a value that is not listed (subway, tram, abandoned, ...) is no border."""

_TAGS = ("highway", "waterway", "railway")
_UNDERGROUND = ("yes", "culvert", "building_passage", "flooded", "covered")


def line_kinds(
    frame: pd.DataFrame,
    *,
    kind: str | None = None,
    kind_column: str | None = None,
    kinds: Mapping[str, str] | None = None,
    where: str = "",
) -> tuple[np.ndarray, tuple[Finding, ...]]:
    """The kind of every line of a frame.

    The first of these that is there decides: ``kind`` (one for all lines), ``kind_column``, a column ``kind``, the
    columns ``highway`` / ``waterway`` / ``railway`` (and ``tunnel``). Where there is none, lines count as local.

    Args:
        frame: attributes, one row per line.
        kind: one kind for all lines.
        kind_column: the column that names the kind.
        kinds: further values -> kind name, or "none" = no border; they win over the built-in tables.
        where: name of the file, for the findings.

    Returns:
        (n,) object array of names out of :data:`KINDS`, ``"none"`` where the line is no border; and findings that
        count what is dropped and what was not recognised.
    """
    extra = {str(k).strip().lower(): v for k, v in (kinds or {}).items()}
    if kind is not None or not len(frame):
        return np.full(len(frame), kind, dtype=object), ()
    column = kind_column or next((c for c in frame.columns if str(c).lower() in {"kind", "类型", "种类"}), None)
    names = {str(c).lower(): c for c in frame.columns}
    if column is not None:
        return _by_kind_column(frame[column], extra, where)
    if any(t in names for t in _TAGS):
        return _by_tags(frame, names, extra, where)
    note = Finding(
        "lines.no_kind",
        Severity.INFO,
        f"{where}: the lines carry neither a column kind nor highway, waterway or railway; all {len(frame)} count as "
        "local.",
        f"{where}：线没有类型字段，全部按支路处理。",
        where=where,
        value=float(len(frame)),
        unit="lines",
    )
    return np.full(len(frame), "local", dtype=object), (note,)


def _clean(values: pd.Series) -> pd.Series:
    return values.astype(object).where(values.notna(), "").astype(str).str.strip().str.lower().astype(object)


def _by_kind_column(values: pd.Series, extra: dict[str, str], where: str) -> tuple[np.ndarray, tuple[Finding, ...]]:
    known = {**{k: k for k in KINDS}, **_CHINESE, **HIGHWAY, NO_BORDER: NO_BORDER, **extra}
    clean = _clean(values)
    kinds = clean.map(known)
    odd = kinds.isna()
    findings = []
    if odd.any():
        seen = clean[odd].replace("", "(empty)").value_counts().head(10).to_dict()
        findings.append(
            Finding(
                "lines.unknown_kind",
                Severity.WARNING if (clean[odd] != "").any() else Severity.INFO,
                f"{where}: {int(odd.sum())} lines of unknown kind count as local ({_listed(seen)}); known kinds: "
                f'{", ".join(KINDS)}; the manifest\'s kinds = {{value = "kind"}} adds others.',
                f"{where}：{int(odd.sum())} 条线的类型无法识别，按支路处理。",
                where=where,
                value=float(odd.sum()),
                unit="lines",
                details={"values": seen},
            )
        )
    out = kinds.where(~odd, "local").to_numpy(dtype=object)
    return out, (*findings, *_dropped(out, clean, where))


def _by_tags(
    frame: pd.DataFrame, names: Mapping[str, str], extra: dict[str, str], where: str
) -> tuple[np.ndarray, tuple[Finding, ...]]:
    # A street with rails in it is a street; a railway or a river that runs under ground divides nothing.
    tags = {t: _clean(frame[names[t]]) for t in _TAGS if t in names}
    empty = pd.Series("", index=frame.index, dtype=object)
    tunnel = _clean(frame[names["tunnel"]]).isin(_UNDERGROUND) if "tunnel" in names else empty.ne("")
    highway, waterway, railway = (tags.get(t, empty) for t in _TAGS)
    by_road = highway.map({**HIGHWAY, **extra}).where(highway.ne(""), NO_BORDER).fillna("local")
    by_water = waterway.map({**WATERWAY, **extra}).where(waterway.ne("") & ~tunnel, NO_BORDER).fillna("river")
    by_rail = railway.map({**RAILWAY, **extra}).where(railway.ne("") & ~tunnel, NO_BORDER).fillna(NO_BORDER)
    out = by_road.where(by_road.ne(NO_BORDER), by_rail.where(by_rail.ne(NO_BORDER), by_water))
    bare = highway.eq("") & waterway.eq("") & railway.eq("")
    out = out.where(~bare, "local").to_numpy(dtype=object)
    label = highway.where(highway.ne(""), railway.where(railway.ne(""), waterway))
    return out, _dropped(out, label, where)


def _dropped(kinds: np.ndarray, labels: pd.Series, where: str) -> tuple[Finding, ...]:
    gone = kinds == NO_BORDER
    if not gone.any():
        return ()
    seen = labels[gone].value_counts().to_dict()
    return (
        Finding(
            "lines.no_border",
            Severity.INFO,
            f"{where}: {int(gone.sum())} of {len(kinds)} lines are no borders and were left out ({_listed(seen)}).",
            f"{where}：{int(gone.sum())} 条线不能作为边界，未采用。",
            where=where,
            value=float(gone.sum()),
            unit="lines",
            details={"values": seen},
        ),
    )


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{k} {v}" for k, v in list(counts.items())[:8])
