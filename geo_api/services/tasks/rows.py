"""Rows of cases as they come in: from a hotline's export, from a list over HTTP; what is wrong with each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from geo_api.errors import BadRequest

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "source_id": ("工单号", "工单编号", "编号", "案件编号", "登记编号"),
    "title": ("标题", "事项", "诉求", "诉求内容", "内容"),
    "address": ("地址", "事发地址", "详细地址"),
    "entity": ("主体编号", "统一社会信用代码", "社会信用代码", "信用代码", "credit_code"),
    "due": ("期限", "办结期限", "截止日期"),
    "kind": ("任务类型", "类型"),
    "function": ("职能",),
}
"""Our name of a column, and the heads that it also goes by."""
EXAMPLES = (
    {"source_id": "2026-0871", "title": "超市销售过期食品", "address": "人民路12号", "due": "2026-11-30"},
    {"source_id": "2026-0872", "title": "无证经营", "entity": "91350100M000100Y43"},
)
"""Rows for a template."""
LONGEST = {"source_id": 100, "title": 2000, "address": 500, "entity": 100, "due": 40, "kind": 40, "function": 40}
LAST_ID = 2**62


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One row; ``entity``: a permanent id, ``credit_code``: or that of the entity; ``problems``: why it cannot be taken."""

    row: int
    source_id: str
    title: str
    address: str = ""
    entity: int | None = None
    credit_code: str = ""
    due: date | None = None
    kind: str = ""
    function: str = ""
    problems: tuple[str, ...] = ()


def case_row(number: int, given: Mapping[str, Any]) -> CaseRow:
    """A row from its fields, whatever is in them.

    >>> case_row(2, {"source_id": "7", "title": "smell", "address": "人民路1号", "due": "2026/3/9"}).due
    datetime.date(2026, 3, 9)
    """
    problems = [f"there is no column {name!r}" for name in given if name not in COLUMNS]
    texts = {}
    for name in COLUMNS:
        value = given.get(name)
        if not isinstance(value, str | int | None) or isinstance(value, bool):
            problems.append(f"{name}: a text was expected")
            value = None
        text = "" if value is None else str(value).replace("\x00", "").strip()
        if len(text) > LONGEST[name]:
            problems.append(f"{name}: {len(text)} characters, at most {LONGEST[name]}")
            text = text[: LONGEST[name]]
        texts[name] = text
    if not texts["source_id"]:
        problems.append(
            "source_id is missing: without the number of its source a case would be opened each time it is sent"
        )
    if not texts["title"]:
        problems.append("title is missing: what is to be done")
    if bool(texts["address"]) == bool(texts["entity"]):
        problems.append("give the address or the entity, one of the two")
    elif texts["address"] and not any(c.isalnum() for c in texts["address"]):
        problems.append(f"address {texts['address']!r} has no letter or digit")
    due, wrong = _day(texts["due"])
    entity, code = texts["entity"].removesuffix(".0"), ""
    if len(entity) == 18 or not (entity.isascii() and entity.isdigit()):
        entity, code = "", entity.upper()
    elif not 1 <= int(entity) <= LAST_ID:
        problems.append(f"entity {entity!r}: a permanent id or a credit code was expected")
        entity = ""
    return CaseRow(
        row=number,
        source_id=texts["source_id"],
        title=texts["title"],
        address=texts["address"],
        entity=int(entity) if entity else None,
        credit_code=code,
        due=due,
        kind=texts["kind"],
        function=texts["function"],
        problems=(*problems, *wrong),
    )


def _day(text: str) -> tuple[date | None, tuple[str, ...]]:
    """The day that a text begins with: 2026-03-09, 2026/3/9, with or without a time."""
    if not text:
        return None, ()
    try:
        year, month, day = text.split(" ", maxsplit=1)[0].split("T", maxsplit=1)[0].replace("/", "-").split("-")
        found = date(int(year), int(month), int(day))
        if not 1900 <= found.year < 2200:
            raise ValueError
    except ValueError:
        return None, (f"due {text!r}: a day such as 2026-11-30 was expected",)
    return found, ()


def read_cases(
    path: Path, *, columns: Mapping[str, str] | None = None, encoding: str | None = None
) -> tuple[tuple[CaseRow, ...], tuple[str, ...]]:
    """The rows of a CSV or XLSX, those that cannot be read too, and the columns that were not used.

    Args:
        path: the file.
        columns: our name of a column -> its name in the file, where they differ; common Chinese heads are known.
        encoding: of a CSV, where it is neither UTF-8 nor found out.

    Raises:
        BadRequest: an unknown column, or one that is not there. SourceError: a file that cannot be read.
    """
    from layers.raw import read_source

    raw = read_source(path, encoding=encoding)
    heads = [str(c) for c in raw.frame.columns]
    used = _heads(heads, columns or {}, path.name)
    values = raw.frame[list(used.values())].astype(str).to_numpy()
    rows = [
        case_row(int(number), dict(zip(used, row, strict=True)))
        for number, row in zip(raw.rows.tolist(), values, strict=True)
    ]
    for number, reason, value in raw.rejected.itertuples(index=False):
        rows.append(CaseRow(int(number), "", "", problems=(f"{reason}: {value}",)))
    unused = tuple(h for h in heads if h not in used.values())
    return tuple(sorted(rows, key=lambda r: r.row)), unused


def _heads(heads: list[str], named: Mapping[str, str], file: str) -> dict[str, str]:
    """Our names -> heads of the file; BadRequest with everything that is wrong."""
    wrong = [f"there is no column {name!r}: cases have {', '.join(COLUMNS)}" for name in named if name not in COLUMNS]
    found = {}
    for name, others in COLUMNS.items():
        wanted = (named[name],) if name in named else (name, *others)
        there = [h for h in heads if h.strip() in wanted]
        if len(there) > 1:
            wrong.append(f"{' and '.join(there)} both say {name}: choose one with --columns {name}=HEAD")
        if there:
            found[name] = there[0]
        elif name in named or name in ("source_id", "title"):
            also = "" if name in named else f" (or {', '.join(others)})"
            wrong.append(f"no column {wanted[0]!r}{also} for {name}")
    if "address" not in found and "entity" not in found:
        wrong.append("no column for address or entity: where is it?")
    if wrong:
        raise BadRequest(f"{file}: {'; '.join(wrong)}. Its columns are {', '.join(heads)}; name them with --columns")
    return found
