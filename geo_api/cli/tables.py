"""Tables on standard output: aligned and cut to its width on a terminal, tab-separated in a pipe."""

from __future__ import annotations

import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

GAP = 2
"""Blanks between two columns."""
WIDEST = 36
"""No column of several is wider; what is longer is cut."""


def print_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under their heads; None is an empty field."""
    texts = [["" if value is None else str(value) for value in row] for row in rows]
    if not sys.stdout.isatty():
        for row in [list(head), *texts]:
            print("\t".join(field.replace("\t", " ") for field in row))
        return
    for line in fitted(head, texts, shutil.get_terminal_size().columns):
        print(line)


def fitted(head: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Lines of at most ``width`` cells: one a row, the first columns, as many as fit; what is left out is told below.

    >>> fitted(["no.", "name"], [["7", "好味餐馆"], ["12", "x"]], 20)
    ['no.  name', '7    好味餐馆', '12   x']
    """
    table = [[" ".join(field.split()) for field in row] for row in [head, *rows]]
    widest = max(WIDEST, width // 2)
    wide = [min(widest, max(_cells(row[n]) for row in table)) for n in range(len(head))]
    kept = 0
    while kept < len(head) and sum(wide[: kept + 1]) + GAP * kept <= width:
        kept += 1
    kept = max(1, kept)
    lines = [
        (" " * GAP).join(_padded(field, size) for field, size in zip(row[:kept], wide, strict=False)).rstrip()
        for row in table
    ]
    if kept < len(head):
        lines.append(f"(not shown for want of room: {', '.join(head[kept:])})")
    return lines


def show_rows(
    answer: object,
    form: str,
    output: Path | None,
    head: Sequence[str],
    rows: Iterable[Sequence[object]],
    said: str = "",
) -> None:
    """An answer as a table with its most useful columns and a line below (``form`` "table"), or whole in a format.

    To a file (``output``) it goes in the format given, else in that of the file's ending.
    """
    from geo_api.cli.ledger import write_answer

    if form != "table" or output is not None:
        write_answer(answer, None if form == "table" else form, output)
        return
    print_table(head, list(rows))
    if said:
        print(said)


def _cells(text: str) -> int:
    """How many cells of a terminal a text takes: a Chinese character takes two."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _padded(text: str, width: int) -> str:
    """A text cut or filled to a width."""
    if _cells(text) > width:
        while text and _cells(text) > width - 1:
            text = text[:-1]
        text += "…"
    return text + " " * (width - _cells(text))
