"""Visits out of checked layers: those that can be stored, and every other row with the reason, nothing lost."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridding.findings import Finding, Severity
from layers.manifest import Source
from layers.raw import RawLayer
from layers.registers import checked_part, days_of, framed, reject_repeats
from layers.schema import TABLES, Checked, accepted, as_column, column_of

REASONS = ("unmatched", "repeat", "refused")
"""Why a row is no visit: it names nobody in the register; its visit is there already; it cannot be understood."""
UNMATCHED = "unmatched: no such entity"
REPEAT = "repeat of a visit (same visit_id, or same entity, day and kind)"
FILE, ROW = "file", "row"
LEFT_COLUMNS = (FILE, ROW, "repeat_no", "reason", "detail")
"""Columns of a row that is no visit, before those of a visit: ``repeat_no`` counts rows with the same visit_id."""
_SEPARATORS = re.compile(r"[;,|/；，、]+")

Table = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, tuple[Finding, ...]]


def inspections(
    parts: Iterable[tuple[Source, RawLayer]], entity_ids: Collection[str] | None, officer_ids: Collection[str]
) -> Table:
    """Visits to entities of the register.

    A file without ids of visits gets ids made of entity, day and kind (as written), so that the same visit has the
    same id every time the file is read; a second row that says the same is a repeat.

    Args:
        parts: sources with their raw layers, each needed only in its turn.
        entity_ids: of the register; None = whoever stores the visits knows.
        officer_ids: others are left out of the visits, which are kept.

    Returns:
        The visits, with file and row; the rows that are none, with :data:`LEFT_COLUMNS` and the columns of a visit; the
        same rows as a report (file, row, reason, value); findings.
    """
    checked, found = [], []
    for source, raw in parts:
        part = checked_part("inspections", source, raw)
        found += [*raw.findings, *part.findings]
        part.frame[FILE] = as_column(np.full(len(part.rows), part.file, dtype=object))
        part.frame[ROW] = part.rows
        if entity_ids is not None:
            entity = part.frame["entity"]
            part.reject(~entity.isin(entity_ids), UNMATCHED, entity.to_numpy(dtype=object))
        nameless = part.frame["visit_id"].eq("")
        kind_column = column_of("inspections", "kind", raw, source.columns)
        if nameless.any():
            written = raw.frame[kind_column].astype(str) if kind_column else part.frame["kind"]
            made_up = _visit_ids(part.frame[nameless], written[nameless])
            part.frame.loc[nameless, "visit_id"] = made_up
        found += _officers(part, officer_ids)
        checked.append(part)
    reject_repeats(checked, ["visit_id"], REPEAT)
    frame, rejected = accepted(checked)
    return _typed(framed(frame, "inspections")), _left(checked), rejected, tuple(found)


def _left(checked: list[Checked]) -> pd.DataFrame:
    """Rows that are no visit, numbered among the rows with the same id."""
    names = [c.name for c in TABLES["inspections"].columns]
    rows = [
        part.frame.loc[part.reason != "", [*names, FILE, ROW]].assign(
            detail=part.reason[part.reason != ""], value=part.value[part.reason != ""]
        )
        for part in checked
    ]
    left = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=[*names, FILE, ROW, "detail", "value"])
    repeat = left["detail"].astype(str).str.startswith(REPEAT)
    unmatched = left["detail"].eq(UNMATCHED)
    left["reason"] = np.where(repeat, "repeat", np.where(unmatched, "unmatched", "refused")).astype(object)
    told = left["detail"].where(left["value"].eq("") | repeat | unmatched, left["detail"] + ": " + left["value"])
    left["detail"] = told.where(~unmatched, "").astype(object)
    left["repeat_no"] = _numbers(left, checked)
    return _typed(left[[*LEFT_COLUMNS, *names]])


def _numbers(left: pd.DataFrame, checked: list[Checked]) -> NDArray[np.int64]:
    """0, 1, ... within each visit_id, after the row that is stored where there is one."""
    stored: set[str] = set()
    wanted = set(left["visit_id"])
    for part in checked:
        ids = part.frame.loc[part.reason == "", "visit_id"]
        stored.update(ids[ids.isin(wanted)])
    before = left["visit_id"].isin(stored).to_numpy()
    return np.asarray(left.groupby("visit_id", sort=False).cumcount().to_numpy() + before, dtype=np.int64)


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Minutes as whole numbers or None, an empty revisit_of and officer_id as None."""
    frame = frame.copy(deep=False)
    place, minutes = pd.factorize(frame["minutes"].astype(float), use_na_sentinel=False)
    whole = np.array([None if np.isnan(m) else round(m) for m in minutes], dtype=object)
    frame["minutes"] = as_column(whole[place])
    for name in ("revisit_of", "officer_id"):
        frame[name] = frame[name].astype(object).where(frame[name].ne(""), None)
    return frame


def _officers(part: Checked, known: Collection[str]) -> list[Finding]:
    """``officers`` lists all who were there, separated by ";", ``officer_id`` the first; unknown ones are left out."""
    (by_alone, alone), (by_list, listed) = (pd.factorize(part.frame[c]) for c in ("officer_id", "officers"))
    place, pairs = pd.factorize(by_alone.astype(np.int64) * max(len(listed), 1) + by_list)
    texts = [_both(alone[pair // len(listed)], listed[pair % len(listed)]) for pair in pairs.tolist()]
    people = [list(dict.fromkeys(p for p in map(str.strip, _SEPARATORS.split(t)) if p)) for t in texts]
    strangers = np.array([any(p not in known for p in group) for group in people], dtype=bool)
    groups = [[p for p in group if p in known] for group in people]
    joined = np.array([";".join(group) for group in groups], dtype=object)
    first = np.array([group[0] if group else "" for group in groups], dtype=object)
    part.frame["officers"] = as_column(joined[place])
    part.frame["officer_id"] = as_column(first[place])
    unknown = strangers[place]
    if not unknown.any():
        return []
    names = list(dict.fromkeys(p for group in people for p in group if p not in known))
    return [
        Finding(
            "inspections.unknown_officer", Severity.WARNING,
            f"{part.file}: {int(unknown.sum())} visits name officers who are not in the list ({', '.join(names[:5])}); they "
            "are kept without them.", f"{part.file}：{int(unknown.sum())} 次巡查的人员不在名单中，巡查保留，人员略去。",
            where=part.file, value=float(unknown.sum()), unit="rows", details={"officers": names[:1000]},
        )
    ]  # fmt: skip


def _both(alone: str, listed: str) -> str:
    return f"{alone};{listed}" if alone and listed else alone or listed


def _visit_ids(frame: pd.DataFrame, written: pd.Series) -> pd.Series:
    days = pd.Series(days_of(frame["date"]), index=frame.index).astype(str)
    text = frame["entity"] + "|" + days + "|" + written.str.strip().str.lower()
    hashed = pd.util.hash_pandas_object(text.astype(object), index=False).to_numpy()
    return pd.Series(hashed, index=frame.index).map("v{:016x}".format).astype(object)
