"""Rows of PostgreSQL's binary COPY, laid out column by column: each column writes its field into every row of a chunk.

A row is the number of its fields (2 bytes), then for each field its length (4 bytes, -1 = NULL) and its content, all
big-endian (PostgreSQL manual, COPY, "Binary Format").
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]
Mask = NDArray[np.bool_]

NULL_BYTE = 0xFF


@nb.njit(cache=True, nogil=True)
def add_lengths(size: Places, offsets: Places, missing: Mask) -> None:
    """Add to the size of each row what a field of varying length takes beside its 4 bytes of length."""
    for row in range(len(size)):
        if not missing[row]:
            size[row] += offsets[row + 1] - offsets[row]


@nb.njit(cache=True, nogil=True)
def put_counts(out: Bytes, at: Places, fields: int) -> None:
    """Begin every row with the number of its fields; ``at`` (place of each row's next byte) moves on."""
    for row in range(len(at)):
        place = at[row]
        out[place] = (fields >> 8) & 0xFF
        out[place + 1] = fields & 0xFF
        at[row] = place + 2


@nb.njit(cache=True, nogil=True)
def put_fixed(out: Bytes, at: Places, content: Bytes, missing: Mask) -> None:
    """A field of the same length in every row: (rows, width) bytes."""
    width = content.shape[1]
    for row in range(len(at)):
        place = at[row]
        if missing[row]:
            for k in range(4):
                out[place + k] = NULL_BYTE
            at[row] = place + 4
            continue
        out[place] = 0
        out[place + 1] = 0
        out[place + 2] = 0
        out[place + 3] = width
        place += 4
        for k in range(width):
            out[place + k] = content[row, k]
        at[row] = place + width


@nb.njit(cache=True, nogil=True)
def put_varying(out: Bytes, at: Places, content: Bytes, offsets: Places, missing: Mask) -> None:
    """A field of varying length: bytes ``offsets[row]`` to ``offsets[row + 1]`` of ``content``."""
    for row in range(len(at)):
        place = at[row]
        if missing[row]:
            for k in range(4):
                out[place + k] = NULL_BYTE
            at[row] = place + 4
            continue
        begin = offsets[row]
        length = offsets[row + 1] - begin
        out[place] = (length >> 24) & 0xFF
        out[place + 1] = (length >> 16) & 0xFF
        out[place + 2] = (length >> 8) & 0xFF
        out[place + 3] = length & 0xFF
        place += 4
        for k in range(length):
            out[place + k] = content[begin + k]
        at[row] = place + length


def rows_of(fields: list[tuple[Bytes, Places | None, Mask]]) -> Bytes:
    """The bytes of a chunk of rows.

    Args:
        fields: of each column (content, offsets, missing): (rows, width) bytes and None, or a run of bytes and where each
            row's begin, (rows + 1,); (rows,) bool, True = NULL.
    """
    fields = [(_read_only(content), offsets, _read_only(missing)) for content, offsets, missing in fields]
    count = len(fields[0][2])
    size = np.full(count, 2 + 4 * len(fields), np.int64)
    for content, offsets, missing in fields:
        if offsets is None:
            size += np.where(missing, 0, content.shape[1])
        else:
            add_lengths(size, _read_only(offsets), missing)
    at = np.zeros(count, np.int64)
    np.cumsum(size[:-1], out=at[1:])
    out = np.empty(int(size.sum()), np.uint8)
    put_counts(out, at, len(fields))
    for content, offsets, missing in fields:
        if offsets is None:
            put_fixed(out, at, content, missing)
        else:
            put_varying(out, at, content, _read_only(offsets), missing)
    return out


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    """The same array for reading: writable or not, numba compiles each kernel once."""
    view = array.view()
    view.flags.writeable = False
    return view
