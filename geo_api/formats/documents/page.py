"""A document as one HTML page: to be read and printed, no script, nothing from outside."""

from __future__ import annotations

from html import escape

from geo_api.formats.documents.texts import number_line, shown, word
from geo_api.services.documents.model import Column, Document, Table

STYLE = """
:root{color-scheme:light}*{box-sizing:border-box}
body{font:15px/1.5 "Noto Sans CJK SC","Noto Sans SC","Microsoft YaHei","PingFang SC",system-ui,sans-serif;color:#191e24;
background:#fff;max-width:1100px;margin:0 auto;padding:24px}
h1{font-size:26px;line-height:1.25;margin:0 0 4px;text-align:center}.sub{text-align:center;color:#5d6670;margin:0 0 20px}
h2{font-size:18px;margin:28px 0 8px}dl{display:grid;grid-template-columns:max-content 1fr max-content 1fr;gap:4px 16px;margin:0}
dt{color:#5d6670}dd{margin:0}.wrap{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:13px}
th,td{border:1px solid #98a1ac;padding:4px 7px;text-align:left;vertical-align:top;overflow-wrap:anywhere}
th{background:#e8edf3;font-weight:600}td.n,th.n{text-align:right}td.n{font-variant-numeric:tabular-nums;white-space:nowrap}
tr.total td{background:#f4f6f9;font-weight:600}.note,footer{color:#5d6670;font-size:13px}
.sign{display:grid;grid-template-columns:1fr 1fr;gap:26px 32px;margin:32px 0 20px}.sign div{display:flex;gap:8px}
.sign i{flex:1;border-bottom:1px solid #191e24;min-width:60px}.sign i.d{flex:0 0 90px}
@media(max-width:640px){body{padding:14px}dl,.sign{grid-template-columns:max-content 1fr}.sign{grid-template-columns:1fr}}
@media print{@page{size:A4 %s;margin:15mm}body{max-width:none;padding:0;font-size:10.5pt}table{font-size:8.5pt}
thead{display:table-header-group}tr,.sign{break-inside:avoid}h2{break-after:avoid}.wrap{overflow:visible}}
"""


def document_page(document: Document) -> bytes:
    """The page."""
    language = document.language
    parts = [
        "<!doctype html>",
        f'<html lang="{"zh-CN" if language == "zh" else "en"}"><head><meta charset="utf-8">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
        'img-src data:">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(document.title)}</title>",
        f"<style>{STYLE.replace('%s', 'landscape' if document.wide else 'portrait')}</style></head><body>",
        f"<h1>{escape(document.title)}</h1>",
        f'<p class="sub">{escape(document.subtitle)}</p>',
    ]
    pairs = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in document.particulars)
    parts.append(f"<dl>{pairs}</dl>" if pairs else "")
    parts += [_table(table, document) for table in document.tables]
    if document.signatures:
        date = escape(word("date", language))
        lines = (f'<div>{escape(s)}<i></i>{date}<i class="d"></i></div>' for s in document.signatures)
        parts.append(f'<div class="sign">{"".join(lines)}</div>')
    parts += [f'<p class="note">{escape(note)}</p>' for note in document.notes]
    parts.append(f"<footer>{escape(number_line(document))}</footer></body></html>")
    return "\n".join(part for part in parts if part).encode("utf-8", "replace")


def _table(table: Table, document: Document) -> str:
    head = "".join(f'<th scope="col"{_side(c)}>{escape(c.title)}</th>' for c in table.columns)
    rows = []
    for n, row in enumerate(table.rows):
        cells = "".join(f"<td{_side(c)}>{escape(shown(v, c))}</td>" for v, c in zip(row, table.columns, strict=True))
        total = table.total and n == len(table.rows) - 1
        rows.append(f"<tr{' class=total' if total else ''}>{cells}</tr>")
    title = f"<h2>{escape(table.title)}</h2>"
    note = f'<p class="note">{escape(table.note)}</p>' if table.note else ""
    if not rows:
        return f'{title}<p class="note">{escape(table.empty or word("nothing", document.language))}</p>{note}'
    body = "\n".join(rows)
    return (
        f'{title}<div class="wrap"><table><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table></div>{note}'
    )


def _side(column: Column) -> str:
    """Numbers stand to the right."""
    return " class=n" if column.kind in ("whole", "number", "percent") else ""
