"""Tables on standard output: columns aligned on a terminal, tab-separated in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path


def print_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows under their heads; None is an empty field."""
    texts = [["" if value is None else str(value) for value in row] for row in rows]
    if not sys.stdout.isatty():
        for row in [list(head), *texts]:
            print("\t".join(field.replace("\t", " ") for field in row))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(*head, box=None, pad_edge=False)
    for row in texts:
        table.add_row(*row)
    Console(highlight=False, markup=False).print(table)


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
