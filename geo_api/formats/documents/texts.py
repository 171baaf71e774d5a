"""Values as they are printed, and the words around them in both languages."""

from __future__ import annotations

from geo_api.services.documents.model import Column, Document, Language, Value

WORDS: dict[str, dict[Language, str]] = {
    "page": {"zh": "第 {page} 页，共 {pages} 页", "en": "Page {page} of {pages}"},
    "signature": {"zh": "签名", "en": "Signature"},
    "date": {"zh": "日期", "en": "Date"},
    "draft": {"zh": "草稿，未正式印发", "en": "Draft, not issued"},
    "issued": {"zh": "编号 {number}，校验码 {digest}", "en": "No. {number}, digest {digest}"},
    "nothing": {"zh": "无", "en": "None"},
    "overview": {"zh": "概况", "en": "Overview"},
    "missing": {
        "zh": "字体中没有下列字，以〓代替：{found}",
        "en": "The font lacks these characters, shown as 〓: {found}",
    },
}


def word(name: str, language: Language, **given: object) -> str:
    """A word of the frame in a language."""
    return WORDS[name][language].format(**given)


def shown(value: Value, column: Column) -> str:
    """A value as it is printed in its column."""
    if value is None or value == "":
        return ""
    if isinstance(value, int | float):
        if column.kind == "percent":
            return f"{value:.1%}"
        if column.kind == "number":
            return f"{value:,.1f}"
        if column.kind == "whole":
            return f"{value:,.0f}"
    return str(value)


def number_line(document: Document) -> str:
    """Number and digest of an issued document, or that it is a draft."""
    if not document.digest:
        return word("draft", document.language)
    return word("issued", document.language, number=document.number, digest=document.digest[:16])


def texts_of(document: Document) -> str:
    """Every character that is printed."""
    parts = [document.title, document.subtitle, *document.signatures, *document.notes]
    parts += [part for pair in document.particulars for part in pair]
    for table in document.tables:
        parts += [table.title, table.note, table.empty, *(c.title for c in table.columns)]
        parts += [str(value) for row in table.rows for value in row if isinstance(value, str)]
    return "".join(parts)
