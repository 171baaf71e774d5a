"""Files to fill in for what is imported in bulk: heads that the import understands, and rows that show how."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

Contents = tuple[Mapping[str, Sequence[str]], Sequence[Mapping[str, str]]]
"""Our names of columns with their usual heads, and rows as examples."""


def _visits() -> Contents:
    from geo_api.services.visits.take_file import EXAMPLE, HEADS

    return HEADS, (EXAMPLE,)


def _claims() -> Contents:
    from geo_api.services.claims.step_many import COLUMNS, EXAMPLES

    return COLUMNS, EXAMPLES


def _cases() -> Contents:
    from geo_api.services.tasks.rows import COLUMNS, EXAMPLES

    return COLUMNS, EXAMPLES


def _option(contents: Callable[[], Contents]) -> Any:
    """The option: it writes the file and ends the command, whatever else is asked for."""

    def write(path: Path | None) -> None:
        if path is not None:
            _write(path, *contents())
            print(f"{path}: fill it in (the rows are examples) and import it")
            raise typer.Exit

    return typer.Option(
        "--template", help="only write a file to fill in: .csv or .xlsx", metavar="FILE", callback=write, is_eager=True
    )


VisitsTemplate = Annotated[Path | None, _option(_visits)]
ClaimsTemplate = Annotated[Path | None, _option(_claims)]
CasesTemplate = Annotated[Path | None, _option(_cases)]


def _write(path: Path, known: Mapping[str, Sequence[str]], examples: Sequence[Mapping[str, str]]) -> None:
    from geo_api.cli.files import write_bytes
    from geo_api.errors import BadRequest
    from geo_api.formats.sheets import csv_table, xlsx_table

    if path.suffix.lower() not in (".csv", ".xlsx"):
        raise BadRequest(f"{path}: the name of a template must end in .csv or .xlsx")
    if path.exists():
        raise BadRequest(f"{path} is there already: a template never overwrites a file")
    heads = [others[0] for others in known.values()]
    rows = [[row.get(name, "") for name in known] for row in examples]
    write_bytes(path, csv_table(heads, rows) if path.suffix.lower() == ".csv" else xlsx_table(path.stem, heads, rows))
