"""Tables on standard output: columns aligned on a terminal, tab-separated in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Sequence


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
