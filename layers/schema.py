"""Canonical columns of every table, and the check that turns a raw layer into accepted and rejected rows.

A row is rejected where it could not be stored truthfully: no id, no readable day of a visit, a class that nobody knows.
A doubtful value that a row can do without (an opening date, a workload) is dropped with a finding, and the row is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridding.findings import Finding, Severity
from layers.classes import Classes
from layers.raw import RawLayer
from layers.values import all_text, to_bools, to_codes, to_dates, to_half_width, to_numbers, to_text

REJECTED_COLUMNS = ("file", "row", "reason", "value")
"""Columns of a frame of rejected rows: file (and layer), row as the user sees it, why, and the value that is wrong."""


@dataclass(frozen=True, slots=True)
class Column:
    """A canonical column.

    Attributes:
        name: its name here.
        kind: text, code (half width, upper case, no blanks), phone, number, bool, date, choice or coordinate.
        required: a file without it (and without a default) is refused, a row without a value rejected.
        strict: a value that cannot be read rejects the row; otherwise the value is dropped and counted.
        default: value where the file has none.
        choices: accepted spellings (lower case) -> value, for ``choice``.
    """

    name: str
    kind: str = "text"
    required: bool = False
    strict: bool = False
    default: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """The canonical columns of one kind of table."""

    name: str
    columns: tuple[Column, ...]


def _choices(**spellings: str) -> dict[str, str]:
    return {text: value for value, texts in spellings.items() for text in (value, *texts.split())}


KINDS_OF_VISIT = _choices(
    daily="日常 日常巡查 日常检查 日常监管 routine",
    special="专项 专项检查 专项整治 专项巡查",
    priority="重点 重点检查 重点巡查",
)
RESULTS = _choices(
    **{
        "pass": "合格 通过 符合 符合要求 未发现问题 良好",
        "minor": "基本合格 基本符合 责令改正 限期整改 限期改正 整改",
        "fail": "不合格 不通过 不符合 立案 停业",
        "none": "无 未评定 未检查",
    }
)
ROLES = _choices(lead="主责 组长 网格长", deputy="副责 组员 协管", first="第一责任人 第一", direct="直接责任人 直接")

TABLES: Mapping[str, Table] = {
    t.name: t
    for t in (
        Table(
            "stations",
            (Column("code", required=True), Column("name", required=True), Column("name_en"), Column("parent_code")),
        ),
        Table("base_units", (Column("code", required=True), Column("name"), Column("kind"))),
        Table(
            "markets",
            (Column("code", required=True), Column("name"), Column("exclusive", "bool", strict=True, default="true")),
        ),
        Table("sub_areas", (Column("code", required=True), Column("name"), Column("cell", required=True))),
        Table(
            "entities",
            (
                Column("source_id", required=True),
                Column("name", required=True),
                Column("credit_code", "code"),
                Column("registration_no", "code"),
                Column("address"),
                Column("industry"),
                Column("credit_class", "choice", strict=True, choices=Classes().spellings()),
                Column("licensed", "bool", strict=True, default="true"),
                Column("opened", "date"),
                Column("closed", "date"),
                Column("licence_until", "date"),
                Column("workload", "number"),
                Column("lon", "coordinate"),
                Column("lat", "coordinate"),
            ),
        ),
        Table(
            "officers",
            (
                Column("officer_id", required=True),
                Column("name", required=True),
                Column("title"),
                Column("telephone", "phone"),
                Column("station_code"),
                Column("joined", "date"),
                Column("function"),
            ),
        ),
        Table(
            "assignments",
            (
                Column("officer_id", required=True),
                Column("jurisdiction_code", required=True),
                Column("role", "choice", required=True, strict=True, choices=ROLES),
                Column("function"),
                Column("valid_from", "date", required=True, strict=True),
                Column("valid_to", "date", strict=True),
            ),
        ),
        Table(
            "inspections",
            (
                Column("visit_id"),
                Column("entity", required=True),
                Column("date", "date", required=True, strict=True),
                Column("kind", "choice", strict=True, default="daily", choices=KINDS_OF_VISIT),
                Column("officer_id"),
                Column("result", "choice", strict=True, default="none", choices=RESULTS),
                Column("officers"),
                Column("purpose"),
                Column("findings"),
                Column("notice_no"),
                Column("rectify_by", "date"),
                Column("revisit_of"),
                Column("minutes", "number"),
            ),
        ),
    )
}
_NAME_MAY_BE_EMPTY = {("entities", "name")}  # a stall without a signboard is still a place to inspect
_NEEDED = {("entities", "credit_class")}  # or a default: it decides how often a business is visited
_EXPECTED = {
    "number": "a number", "bool": "yes or no (1/0, true/false, 是/否)", "date": "a day such as 2024-01-05",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Checked:
    """A checked layer.

    Attributes:
        frame: every row with the canonical columns (dates as date or None, text "" where empty), in the file's order.
        reason: (n,) why a row is rejected, "" where it is accepted.
        value: (n,) the value that is wrong.
        file, rows: where each row comes from.
        rejected: rows that could not be read at all, as :data:`REJECTED_COLUMNS`.
        findings: values dropped or doubtful.
    """

    frame: pd.DataFrame
    reason: NDArray[np.object_]
    value: NDArray[np.object_]
    file: str
    rows: NDArray[np.int64]
    rejected: pd.DataFrame
    findings: tuple[Finding, ...]

    def reject(self, mask: Any, reason: Any, value: Any) -> None:
        """Reject rows that are not rejected yet; ``reason`` and ``value`` are one text or (n,) texts."""
        chosen = np.asarray(mask, dtype=bool) & (self.reason == "")
        self.reason[chosen] = np.broadcast_to(np.asarray(reason, dtype=object), chosen.shape)[chosen]
        self.value[chosen] = np.broadcast_to(np.asarray(value, dtype=object), chosen.shape)[chosen]


@dataclass(frozen=True, slots=True)
class Words:
    """A column as its different values, the first ones first, and where each stands: what is true of a word is asked once.

    A year of visits has 365 days, and all the officers of a city are a few hundred.
    """

    each: pd.Series
    place: NDArray[np.intp] | None

    def spread(self, values: Any) -> Any:
        """What is known of the different values, for every row."""
        array = values.to_numpy() if isinstance(values, pd.Series) else np.asarray(values)
        return array if self.place is None else array[self.place]


def words_of(given: pd.Series, *, as_text: bool = True) -> Words:
    """The different values of a column of text; where a GIS file has other types, of what they are as text.

    Without ``as_text`` such a column stays as it is, so that numbers stay numbers.
    """
    if not all_text(given):
        if not as_text:
            return Words(given, None)
        given = to_text(given)
    place, each = pd.factorize(given.to_numpy(dtype=object))
    return Words(pd.Series(each, dtype=object), place)


def as_column(values: NDArray[Any]) -> pd.Series:
    """A column of the same values and type: pandas must not make another kind of text of it."""
    return pd.Series(values, dtype=values.dtype, copy=False)


def column_of(table: str, column: str, raw: RawLayer, mapped: Mapping[str, str]) -> str | None:
    """The file's column for a canonical one: the one that the manifest names, else the one of the same name."""
    if column in mapped:
        return mapped[column] if mapped[column] in raw.frame.columns else None
    same = [str(c) for c in raw.frame.columns if str(c).lower() == column]
    return same[0] if same else None


def missing_columns(
    table: str, raw: RawLayer, mapped: Mapping[str, str], defaults: Mapping[str, str], key: str
) -> list[Finding]:
    """One finding per column that the manifest names, or that is required, and that the file does not have."""
    there = ", ".join(map(str, raw.frame.columns)) or "none"
    out = []
    for column in TABLES[table].columns:
        if column_of(table, column.name, raw, mapped) is not None:
            continue
        if column.name in mapped:
            what = f"{raw.file} has no column {mapped[column.name]!r} ({key}.columns.{column.name})"
        elif (column.required or (table, column.name) in _NEEDED) and column.name not in defaults:
            what = (
                f'{raw.file} has no column for {column.name}: name it in {key}.columns = {{{column.name} = "..."}}, or '
                f"set {key}.defaults.{column.name}"
            )
        else:
            continue
        message = f"{what}; its columns are: {there}"
        out.append(Finding("schema.missing_column", Severity.ERROR, message, f"缺少列 {column.name}", where=raw.file))
    return out


def check_layer(
    table: str | Table,
    raw: RawLayer,
    *,
    columns: Mapping[str, str] | None = None,
    maps: Mapping[str, Mapping[str, str]] | None = None,
    defaults: Mapping[str, str] | None = None,
    choices: Mapping[str, Mapping[str, str]] | None = None,
) -> Checked:
    """Canonical columns out of a raw layer, all but coordinates.

    Args:
        table: a key of :data:`TABLES`, or a table of another kind.
        raw: the layer.
        columns: canonical name -> column of the file.
        maps: canonical name -> {value of the file: value here}, compared without regard to case; "*" stands for all others.
        defaults: canonical name -> value for empty cells.
        choices: canonical name -> accepted spellings (lower case) -> value, where they are not the usual ones.
    """
    spec = TABLES[table] if isinstance(table, str) else table
    size = len(raw.frame)
    reason, value = np.full(size, "", dtype=object), np.full(size, "", dtype=object)
    rejected = raw.rejected.assign(file=raw.file)[list(REJECTED_COLUMNS)]
    out = Checked(pd.DataFrame(index=range(size)), reason, value, raw.file, raw.rows, rejected, ())
    findings: list[Finding] = []
    for column in spec.columns:
        if column.kind == "coordinate":
            continue
        if choices and column.name in choices:
            column = replace(column, choices=choices[column.name])  # noqa: PLW2901
        source = column_of(spec.name, column.name, raw, columns or {})
        given = raw.frame[source] if source is not None else pd.Series("", index=range(size), dtype=object)
        words = words_of(given, as_text=column.kind != "number")
        default = (defaults or {}).get(column.name, column.default)
        written = to_text(words.each)
        text = _mapped(written, (maps or {}).get(column.name, {}))
        text = text.where(text.ne(""), default) if default else text
        values, bad_words = _parsed(column, text if text is not written or default else words.each)
        out.frame[column.name] = as_column(words.spread(values))
        if column.required and (spec.name, column.name) not in _NAME_MAY_BE_EMPTY:
            out.reject(words.spread(text.eq("")), f"no {column.name}", "")
        if not bad_words.any():
            continue
        bad = words.spread(bad_words)
        if column.strict:
            shown = words.spread(written.to_numpy(dtype=object))
            out.reject(bad, f"{column.name} not understood, expected {_wanted(column)}", shown)
        else:
            shown = as_column(words.spread(written))
            findings.append(dropped(column.name, bad, raw.file, raw.rows, shown, _wanted(column)))
    return Checked(out.frame, reason, value, raw.file, raw.rows, rejected, tuple(findings))


def _mapped(text: pd.Series, table: Mapping[str, str]) -> pd.Series:
    if not table:
        return text
    lower = {k.strip().lower(): v for k, v in table.items()}
    found = text.str.lower().map(lower)
    if "*" in lower:  # whatever else is written; an empty cell stays empty
        found = found.where(found.notna() | text.eq(""), lower["*"])
    return found.where(found.notna(), text).astype(object)


def _parsed(column: Column, values: pd.Series) -> tuple[Any, NDArray[np.bool_]]:
    nothing = np.zeros(len(values), dtype=bool)
    match column.kind:
        case "code":
            return to_codes(values), nothing
        case "phone":
            return to_half_width(to_text(values)), nothing
        case "number":
            numbers, bad = to_numbers(values)
            bad |= numbers < 0
            return np.where(bad, np.nan, numbers), bad
        case "bool":
            return to_bools(values, empty=False)
        case "date":
            return to_dates(values)
        case "choice":
            text = to_half_width(to_text(values))
            chosen = text.str.lower().map(column.choices)
            return chosen.where(chosen.notna(), "").to_numpy(dtype=object), (chosen.isna() & text.ne("")).to_numpy()
    return to_text(values), nothing


def _wanted(column: Column) -> str:
    if column.kind == "choice":
        return ", ".join(dict.fromkeys(column.choices.values()))
    return _EXPECTED.get(column.kind, "text")


def dropped(
    name: str, bad: NDArray[np.bool_], file: str, rows: NDArray[np.int64], written: pd.Series, wanted: str
) -> Finding:
    """The finding for values that a row can do without and that could not be read."""
    sample = ", ".join(f"row {r}: {v!r}" for r, v in zip(rows[bad][:3], written[bad].iloc[:3], strict=True))
    return Finding(
        "schema.value_dropped",
        Severity.WARNING,
        f"{file}: {int(bad.sum())} values of {name} were not understood and left empty, expected {wanted} ({sample}).",
        f"{file}：{int(bad.sum())} 个 {name} 值无法识别，已留空。",
        where=file,
        value=float(bad.sum()),
        unit="rows",
        details={"rows": rows[bad][:1000].tolist()},
    )


def accepted(parts: Iterable[Checked], extra: Mapping[str, Any] | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The accepted rows of several checked layers in one frame, text as object columns of str; and all rejected ones."""
    good, bad = [], []
    for part in parts:
        keep = part.reason == ""
        good.append(part.frame if keep.all() else part.frame[keep])
        bad.append(part.rejected)
        bad.append(
            pd.DataFrame(
                {"file": part.file, "row": part.rows[~keep], "reason": part.reason[~keep], "value": part.value[~keep]}
            )
        )
    frame = pd.concat(good, ignore_index=True) if good else pd.DataFrame()
    text = [c for c in frame.columns if pd.api.types.is_string_dtype(frame[c].dtype)]
    return frame.astype(dict.fromkeys(text, object)), rejected_frame(bad)


def rejected_frame(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Rejected rows of several parts: file, row, reason, value."""
    filled = [p for p in parts if len(p)]
    if not filled:
        return pd.DataFrame({"file": [], "row": np.zeros(0, np.int64), "reason": [], "value": []}).astype(
            {"file": object, "reason": object, "value": object}
        )
    out = pd.concat(filled, ignore_index=True)[list(REJECTED_COLUMNS)]
    return out.astype({"file": object, "row": np.int64, "reason": object, "value": object})
