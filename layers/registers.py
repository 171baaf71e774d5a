"""Entities, officers and assignments: from checked layers to the frames of a dataset."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridding.findings import Finding, Severity
from layers.classes import Classes
from layers.credit_code import credit_code_faults
from layers.crs import STORAGE_EPSG
from layers.datum import from_storage
from layers.geometry import points
from layers.manifest import Source
from layers.places import REASONS_ZH, SWAPPED, coordinate_columns, places
from layers.raw import RawLayer
from layers.schema import TABLES, Checked, accepted, check_layer, column_of

Read = Sequence[tuple[Source, RawLayer]]
Bounds = tuple[float, float, float, float]
Fit = Callable[[NDArray[np.float64], NDArray[np.float64], str], Finding | None]
_WHERE = "_where"
_END = np.datetime64("9999-12-31")


def entities(
    parts: Read, bounds: Bounds | None = None, fit: Fit | None = None, classes: Classes | None = None
) -> tuple[gpd.GeoDataFrame, pd.DataFrame, tuple[Finding, ...]]:
    """The register: canonical columns and a Point each, None where an entity has no coordinates (unlocated).

    Args:
        parts: sources with their raw layers.
        bounds: of the territory (EPSG:4490), to recognise coordinates that were turned round.
        fit: (lon, lat in the source's own datum, its name) -> a warning when another datum fits far better.
        classes: credit classes of the place; default: A to D.
    """
    checked, findings, classes = [], [], classes or Classes()
    for source, raw in parts:
        part = checked_part("entities", source, raw, {"credit_class": classes.spellings()})
        part.frame[_WHERE] = [f"{part.file} row {row}" for row in part.rows.tolist()]
        findings += [*raw.findings, *part.findings]
        findings += _place(part, source, raw, bounds)
        findings += _credit(part)
        _classify(part, classes)
        if fit is not None:
            findings += _fitted(part, source, fit)
        checked.append(part)
    reject_repeats(checked, ["source_id"], "source_id appears twice")
    frame, rejected = accepted(checked)
    shapes = frame.pop("geometry").to_numpy(dtype=object).copy()
    shapes[pd.isna(shapes)] = None  # pandas may turn None into NaN
    findings += _doubts(frame, shapes)
    frame = frame.drop(columns=_WHERE)
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=STORAGE_EPSG), rejected, tuple(findings)


def officers(parts: Read, codes: set[str]) -> tuple[pd.DataFrame, pd.DataFrame, tuple[Finding, ...]]:
    """Officers; one whose station is not a jurisdiction of the dataset is rejected."""
    checked, findings = _all("officers", parts)
    reject_repeats(checked, ["officer_id"], "officer_id appears twice")
    for part in checked:
        station = part.frame["station_code"]
        part.reject(~station.isin(codes) & station.ne(""), "unknown station_code", station.to_numpy(dtype=object))
    frame, rejected = accepted(checked)
    return framed(frame, "officers"), rejected, findings


def assignments(
    parts: Read, officer_ids: set[str], codes: set[str]
) -> tuple[pd.DataFrame, pd.DataFrame, tuple[Finding, ...]]:
    """Assignments of known officers to jurisdictions (cells by the code of their station), without contradictions."""
    checked, findings = _all("assignments", parts)
    prefixes = tuple(sorted(codes))
    for part in checked:
        frame = part.frame
        officer, code = frame["officer_id"], frame["jurisdiction_code"]
        part.reject(~officer.isin(officer_ids), "unknown officer_id", officer.to_numpy(dtype=object))
        part.reject(~code.str.startswith(prefixes), "unknown jurisdiction_code", code.to_numpy(dtype=object))
        start, end = days_of(frame["valid_from"]), days_of(frame["valid_to"])
        part.reject(end <= start, "valid_to is not after valid_from", frame["valid_to"].astype(str).to_numpy(object))
    key = ["officer_id", "jurisdiction_code", "role", "function"]
    _reject_overlaps(checked, key, "the same assignment is there already in this period", deputies=True)
    _reject_overlaps(checked, key[1:], "somebody else has this role for the code in this period", deputies=False)
    frame, rejected = accepted(checked)
    return framed(frame, "assignments"), rejected, findings


def checked_part(
    table: str, source: Source, raw: RawLayer, choices: Mapping[str, Mapping[str, str]] | None = None
) -> Checked:
    """A checked layer of a manifest's source."""
    return check_layer(table, raw, columns=source.columns, maps=source.maps, defaults=source.defaults, choices=choices)


def _all(table: str, parts: Read) -> tuple[list[Checked], tuple[Finding, ...]]:
    checked = [checked_part(table, source, raw) for source, raw in parts]
    findings = [f for (_, raw), part in zip(parts, checked, strict=True) for f in (*raw.findings, *part.findings)]
    return checked, tuple(findings)


def framed(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    """The frame of a dataset; with the canonical columns where there was no row."""
    names = [c.name for c in TABLES[table].columns]
    return frame if len(frame.columns) else pd.DataFrame({n: [] for n in names}, dtype=object)


def _place(part: Checked, source: Source, raw: RawLayer, bounds: Bounds | None) -> list[Finding]:
    """Adds the column geometry; missing or impossible coordinates leave the entity unlocated.

    It exists all the same, and somebody must find its place. Where not one pair of a source is usable the columns are
    wrong, and the rows are rejected.
    """
    columns = list(map(str, raw.frame.columns))
    lon, lat = (column_of("entities", c, raw, source.columns) for c in ("lon", "lat"))
    pair = coordinate_columns(columns, lon, lat, raw.file) if raw.geometry is None or lon or lat else None
    notes: list[Finding] = []
    if pair is not None:
        found = places(raw.frame[pair[0]], raw.frame[pair[1]], source.datum, bounds)
        part.frame["geometry"] = pd.Series(found.points, index=part.frame.index, dtype=object)
        reason, value = found.reason, found.value
        if found.zero.any():
            notes.append(
                _count(
                    "entities.zero_place", found.zero, part, "at 0, 0, taken as unlocated", "坐标为 0,0，按未定位处理"
                )
            )
    elif raw.geometry is not None:
        shapes, reason, more = points(raw, source.datum)
        part.frame["geometry"] = pd.Series(shapes, index=part.frame.index, dtype=object)
        reason = np.where(reason == "coordinates out of range", reason, "").astype(object)
        value = np.full(len(reason), "", dtype=object)
        notes.extend(more)
    else:
        part.frame["geometry"] = pd.Series(np.full(len(raw.frame), None), index=part.frame.index, dtype=object)
        return notes
    hopeless = bool((reason != "").any()) and not part.frame["geometry"].notna().any()
    for text in sorted(set(reason) - {""}):
        rule = "entities.swapped" if text == SWAPPED else "entities.impossible_place"
        does, does_zh = ("rejected", "未入库") if hopeless else ("stored as unlocated", "按未定位入库")
        notes.append(
            _count(rule, reason == text, part, f"{does}: {text}", f"{REASONS_ZH.get(text, '坐标有误')}，{does_zh}")
        )
    if hopeless:
        part.reject(reason != "", reason, value)
    return notes


def _fitted(part: Checked, source: Source, fit: Fit) -> list[Finding]:
    there = part.frame["geometry"].notna() & (part.reason == "")
    places_ = part.frame.loc[there, "geometry"].to_numpy(dtype=object)
    own = from_storage(shapely.get_x(places_), shapely.get_y(places_), source.datum)
    found = fit(*own, source.datum)
    return [replace(found, message=f"{part.file}: {found.message}", where=part.file)] if found else []


def _classify(part: Checked, classes: Classes) -> None:
    frame = part.frame
    frame["credit_class"] = frame["credit_class"].where(frame["licensed"], classes.unlicensed)
    part.reject(frame["credit_class"].eq(""), "no credit_class, and the manifest gives no defaults.credit_class", "")


def _credit(part: Checked) -> list[Finding]:
    frame = part.frame
    old = frame["credit_code"].str.fullmatch(r"\d{15}") & frame["registration_no"].eq("")
    frame["registration_no"] = frame["registration_no"].where(~old, frame["credit_code"])
    frame["credit_code"] = frame["credit_code"].where(~old, "")
    faults = credit_code_faults(frame["credit_code"])
    bad = faults != ""
    if not bad.any():
        return []
    kinds = pd.Series(faults[bad]).value_counts().to_dict()
    text = ", ".join(f"{k} {v}" for k, v in kinds.items())
    return [
        _count("entities.credit_code", bad, part, f"with a wrong credit code ({text}), kept", "统一社会信用代码有误")
    ]


def _doubts(frame: pd.DataFrame, shapes: NDArray[np.object_]) -> list[Finding]:
    opened, closed = days_of(frame["opened"]), days_of(frame["closed"])
    early = (closed < opened) & (opened < _END)
    rules = (
        (
            "entities.unlocated",
            shapely.is_missing(shapes),
            "have no coordinates; they are stored as unlocated",
            "没有坐标",
        ),
        ("entities.no_name", frame["name"].eq("").to_numpy(), "have no name", "没有名称"),
        ("entities.closed_early", early, "were closed before they opened", "注销早于开业"),
    )
    return [
        Finding(
            rule, Severity.WARNING, f"{int(mask.sum())} of {len(frame)} entities {what}.",
            f"{len(frame)} 个主体中有 {int(mask.sum())} 个{zh}。", value=float(mask.sum()), unit="entities",
            details={"first": frame.loc[mask, _WHERE].head(5).tolist()},
        )
        for rule, mask, what, zh in rules if mask.any()
    ]  # fmt: skip


def _count(rule: str, mask: NDArray[np.bool_], part: Checked, what: str, what_zh: str) -> Finding:
    rows = part.rows[mask]
    shown = ", ".join(map(str, rows[:5])) + (", ..." if len(rows) > 5 else "")
    return Finding(
        rule, Severity.WARNING, f"{part.file}: {len(rows)} of {len(part.rows)} rows {what} (row {shown}).",
        f"{part.file}：{len(rows)} 行{what_zh}。", where=part.file, value=float(len(rows)), unit="rows",
        details={"rows": rows[:1000].tolist()},
    )  # fmt: skip


def reject_repeats(checked: list[Checked], key: list[str], reason: str) -> None:
    """Keep the first row of each key over all files; the reason names where it is."""
    if not checked:
        return
    frames = [p.frame.loc[p.reason == "", key].assign(_part=i) for i, p in enumerate(checked)]
    whole = pd.concat([f.assign(_index=f.index) for f in frames], ignore_index=True)
    repeated = whole.duplicated(key)
    if not repeated.any():
        return
    again = whole[repeated]
    firsts = whole.drop_duplicates(key).merge(again[key].drop_duplicates(), on=key)
    where = [
        f"{checked[p].file} row {checked[p].rows[i]}" for p, i in zip(firsts["_part"], firsts["_index"], strict=True)
    ]
    told = again[key].merge(firsts[key].assign(_first=where), on=key, how="left")["_first"].to_numpy(dtype=object)
    for i, part in enumerate(checked):
        mine = again["_part"].eq(i).to_numpy()
        at = again.loc[mine, "_index"].to_numpy(dtype=np.int64)
        texts, values = np.full(len(part.frame), "", dtype=object), np.full(len(part.frame), "", dtype=object)
        texts[at] = f"{reason}, first in " + told[mine]
        values[at] = again.loc[mine, key[0]].to_numpy(dtype=object)
        part.reject(texts != "", texts, values)


def _reject_overlaps(checked: list[Checked], key: list[str], reason: str, *, deputies: bool) -> None:
    """Of rows with the same key whose periods overlap the earlier one stays."""
    frames = [p.frame.loc[p.reason == ""].assign(_part=i) for i, p in enumerate(checked)]
    whole = pd.concat([f.assign(_index=f.index) for f in frames], ignore_index=True) if frames else pd.DataFrame()
    if not deputies and len(whole):
        whole = whole[whole["role"].ne("deputy")]
    if not len(whole):
        return
    whole = whole.assign(_from=days_of(whole["valid_from"]), _to=days_of(whole["valid_to"]))
    whole = whole.sort_values([*key, "_from", "_part", "_index"], kind="stable")
    latest = whole.groupby(key)["_to"].cummax()
    before = latest.groupby([whole[k] for k in key]).shift()
    clash = (before > whole["_from"]).to_numpy()
    for i, part in enumerate(checked):
        mine = whole[clash & whole["_part"].eq(i).to_numpy()]
        mask = np.zeros(len(part.frame), dtype=bool)
        mask[mine["_index"].to_numpy(dtype=np.int64)] = True
        part.reject(mask, reason, part.frame["valid_from"].astype(str).to_numpy(dtype=object))


def days_of(values: pd.Series) -> NDArray[np.datetime64]:
    """Dates or None as datetime64[D]; None is the end of time."""
    days = np.array(values.to_numpy(dtype=object), dtype="datetime64[D]")
    days[np.isnat(days)] = _END
    return days
