"""Delimited text whose quotation marks are in order and whose rows all fit its header: read by Arrow, a word stored once.

Anything else (torn rows, stray quotation marks, other encodings) is left to :mod:`layers.tables`, which says
what is wrong where. What is read here is what would be read there, in a tenth of the time and of the memory.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_BLOCK = 1 << 22
_QUOTE, _LF, _CR = 34, 10, 13


@dataclass(frozen=True, slots=True)
class CleanTable:
    """What was read.

    Attributes:
        header: names as written.
        columns: of each (n,) trimmed str, equal ones the same object.
        blank: (n,) rows without any text.
    """

    header: list[str]
    columns: list[NDArray[np.object_]]
    blank: NDArray[np.bool_]


def read_clean(data: bytes, delimiter: str) -> CleanTable | None:
    """The table in UTF-8 text; None where it is not as clean as it must be."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    body = data[3:] if data.startswith(b"\xef\xbb\xbf") else data
    header = _header(body, delimiter)
    if not header or not header[-1].strip() or not quotes_in_order(body, ord(delimiter)):
        return None
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(body),
            read_options=arrow_csv.ReadOptions(autogenerate_column_names=True, block_size=_BLOCK),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types={f"f{i}": pa.string() for i in range(len(header))}, strings_can_be_null=False
            ),
        )
    except pa.ArrowException:  # a row that does not fit, a byte that is no UTF-8
        return None
    if table.num_columns != len(header):
        return None
    blank = np.ones(table.num_rows - 1, dtype=bool)
    columns = []
    for i in range(len(header)):
        encoded = table.column(i).slice(1).dictionary_encode().combine_chunks()
        if isinstance(encoded, pa.ChunkedArray):  # no rows
            return None
        words = np.empty(len(encoded.dictionary), dtype=object)
        words[:] = [word.strip() for word in encoded.dictionary.to_pylist()]
        place = encoded.indices.to_numpy()
        columns.append(words[place])
        if blank.any():
            blank &= (words == "")[place]
    return CleanTable(header, columns, blank)


def _header(body: bytes, delimiter: str) -> list[str]:
    """The cells of the first line as written; none where it is blank or longer than a line may be."""
    head = body[:1_000_000].decode("utf-8", "ignore")
    try:
        return next(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter, strict=True), [])
    except csv.Error:
        return []


def quotes_in_order(body: bytes, delimiter: int) -> bool:
    """Whether every quotation mark begins a cell, ends one, or stands doubled inside one.

    Counted from 0, those with even numbers open (or are the second of two), those with odd ones close (or are the first).
    """
    text = np.frombuffer(body, np.uint8)
    edge = np.zeros(256, dtype=bool)
    edge[[delimiter, _LF, _CR, _QUOTE]] = True
    count = 0
    for start in range(0, len(text), _BLOCK):
        at = np.flatnonzero(text[start : start + _BLOCK] == _QUOTE) + start
        opening, closing = at[count % 2 :: 2], at[1 - count % 2 :: 2]
        if len(opening) and opening[0] == 0:
            opening = opening[1:]
        if len(closing) and closing[-1] == len(text) - 1:
            closing = closing[:-1]
        if not edge[text[opening - 1]].all() or not edge[text[closing + 1]].all():
            return False
        count += len(at)
    return count % 2 == 0
