"""Daily changes of the register: rows of a file or of a request -> checked columns; what cannot be read has its reason."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridding.findings import Finding, Severity
from layers.errors import SourceError
from layers.places import coordinate_columns, places
from layers.raw import RawLayer, read_source
from layers.schema import Column, Table, check_layer
from layers.values import to_text

CHANGES = {
    "opened": "opened 开业 新设 设立 设立登记 新增 登记",
    "changed": "changed 变更 变更登记 修改",
    "moved": "moved 迁移 迁址 搬迁 住所变更 地址变更",
    "closed": "closed 注销 注销登记 关闭 吊销 歇业",
    "reopened": "reopened 恢复 恢复营业 重新开业 撤销注销",
}
"""What may happen to an entity -> how it may be written."""

HEADS = {
    "change": "变更类型 类型 事项 业务类型",
    "source_id": "主体编号 编号 内部编号",
    "credit_code": "统一社会信用代码 信用代码 社会信用代码",
    "registration_no": "注册号 登记号",
    "date": "日期 变更日期 核准日期 登记日期 办理日期",
    "name": "名称 企业名称 主体名称 字号",
    "address": "地址 住所 经营场所 经营地址",
    "industry": "行业 行业类别",
    "credit_class": "信用分类 信用等级 分类 等级",
    "licensed": "有无执照 是否有照 持照",
    "licence_until": "许可有效期至 许可证有效期至 有效期至",
    "opened": "成立日期 开业日期",
    "lon": "经度",
    "lat": "纬度",
}
"""Column -> heads by which files of registrars name it."""

TABLE = Table(
    "register_changes",
    (
        Column(
            "change", "choice", required=True, strict=True,
            choices={word: name for name, words in CHANGES.items() for word in words.split()},
        ),
        Column("source_id"),
        Column("credit_code", "code"),
        Column("registration_no", "code"),
        Column("date", "date", strict=True),
        Column("name"),
        Column("address"),
        Column("industry"),
        Column("credit_class", "code"),
        Column("licensed", "bool", strict=True, default="true"),
        Column("opened", "date", strict=True),
        Column("licence_until", "date", strict=True),
        Column("lon", "coordinate"),
        Column("lat", "coordinate"),
    ),
)  # fmt: skip
COLUMNS = tuple(c.name for c in TABLE.columns)


@dataclass(frozen=True, slots=True)
class Changes:
    """Checked rows.

    Attributes:
        file: where they come from, for messages.
        frame: canonical columns of :data:`TABLE` without coordinates; dates as date or None, texts "" where empty.
        rows: (n,) numbers of the rows as the user sees them.
        reason, value: (n,) why a row cannot be used ("" = it can), and the value that is wrong.
        lon, lat: (n,) degrees, EPSG:4490, NaN where there are none.
        said: column -> (n,) whether the row says something in it.
        findings: what was assumed or doubtful.
    """

    file: str
    frame: pd.DataFrame
    rows: NDArray[np.int64]
    reason: NDArray[np.object_]
    value: NDArray[np.object_]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    said: Mapping[str, NDArray[np.bool_]]
    findings: tuple[Finding, ...]


def read_changes(path: str | Path, datum: str | None) -> Changes:
    """The rows of a CSV or XLSX file. SourceError: the file itself cannot be read."""
    return check_changes(read_source(path), datum)


def changes_of_rows(rows: Sequence[Mapping[str, Any]], datum: str | None, *, name: str = "request") -> Changes:
    """Rows as a request gives them, numbered from 1."""
    columns = list(dict.fromkeys(str(k) for row in rows for k in row))
    frame = pd.DataFrame([[row.get(c) for c in columns] for row in rows], columns=columns, dtype=object)
    frame = frame.apply(to_text) if len(frame) else frame
    nothing = pd.DataFrame({"row": [], "reason": [], "value": []})
    numbers = np.arange(1, len(frame) + 1, dtype=np.int64)
    return check_changes(RawLayer(name, frame, numbers, None, None, {}, nothing, ()), datum)


def changes_of_csv(body: bytes, datum: str | None, *, name: str = "request") -> Changes:
    """Rows of a CSV text (UTF-8, else GB18030). SourceError: it cannot be read."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "request.csv"
        path.write_bytes(body)
        try:
            raw = read_source(path)
        except SourceError as problem:
            raise SourceError(str(problem).replace(str(path), name)) from None
    return check_changes(replace(raw, file=name), datum)


def check_changes(raw: RawLayer, datum: str | None) -> Changes:
    """Canonical columns out of a table; heads in Chinese are understood."""
    raw = replace(raw, frame=_named(raw.frame))
    part = check_layer(TABLE, raw)
    said = {
        name: to_text(raw.frame[name]).ne("").to_numpy() if name in raw.frame else np.zeros(len(raw.frame), dtype=bool)
        for name in COLUMNS
    }
    unknown = [c for c in raw.frame.columns if c not in COLUMNS]
    lon, lat = (np.full(len(raw.frame), np.nan) for _ in range(2))
    pair = coordinate_columns([c for c in raw.frame.columns if c in ("lon", "lat")], None, None, raw.file)
    if pair is not None and (said["lon"] | said["lat"]).any():
        if datum is None:
            part.reject(
                said["lon"] | said["lat"], "coordinates without a datum: say what they are in, it is never guessed", ""
            )
        else:
            found = places(raw.frame[pair[0]], raw.frame[pair[1]], datum)
            part.reject(found.reason != "", found.reason, found.value)
            there = pd.notna(found.points)
            lon[there] = [p.x for p in found.points[there]]
            lat[there] = [p.y for p in found.points[there]]
    findings = (*raw.findings, *part.findings, *_broken(raw), *_ignored(raw.file, unknown))
    return Changes(raw.file, part.frame, part.rows, part.reason, part.value, lon, lat, said, findings)


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    """Columns under their canonical names."""
    names = {word: name for name, words in HEADS.items() for word in (name, *words.split())}
    taken: dict[str, str] = {}
    for column in map(str, frame.columns):
        name = names.get(column.strip().lower())
        if name and name not in taken.values():
            taken[column] = name
    return frame.rename(columns=taken)


def _broken(raw: RawLayer) -> list[Finding]:
    """Rows that could not be taken apart into columns."""
    return [
        Finding(
            "register.unreadable_row", Severity.ERROR, f"{raw.file} row {row}: {reason}", f"{raw.file} 第 {row} 行无法读取",
            where=f"{raw.file} row {row}",
        )
        for row, reason in zip(raw.rejected["row"], raw.rejected["reason"], strict=True)
    ]  # fmt: skip


def _ignored(file: str, unknown: Sequence[str]) -> list[Finding]:
    if not unknown:
        return []
    listed = ", ".join(map(str, unknown))
    return [
        Finding(
            "register.unknown_column", Severity.WARNING, f"{file}: columns that are not read: {listed}",
            f"{file}：未使用的列 {listed}", where=file,
        )
    ]  # fmt: skip
