"""Batches as CSV, both ways: compiled loops over the bytes, Python's own reader where there are quotation marks."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any

import numpy as np

from geo_api.errors import BadRequest, TooLarge
from geo_api.formats import batch_kernels as kernels
from geo_api.services.batch_lookup import FOUND, STATUS, BatchAnswer, BatchQuestion, as_numbers
from gridding.types import FloatArray

PLACE = ("lon", "lat")
NAMES = ("lon", "lat", "id", "address")
_PLAIN = re.compile(r"[^,\"\r\n]*")
_NUMBER_BYTES = 24
"""Room for a distance in metres."""


@dataclass(frozen=True, slots=True)
class CsvIds:
    """The names of rows as fields of CSV, one after the other; ``offsets`` has one more than there are rows."""

    flat: kernels.Bytes
    offsets: kernels.Offsets

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> str:
        text = self.flat[self.offsets[row] : self.offsets[row + 1]].tobytes().decode()
        return (next(csv.reader([text]), None) or [""])[0]


def batch_from_csv(body: bytes | memoryview, *, max_points: int = 2**31) -> BatchQuestion:
    """CSV (UTF-8) with the columns lon and lat, or address, and id if the rows have names; others are ignored.

    Raises:
        BadRequest: not UTF-8, no such column, or one of them twice.
        TooLarge: more rows than ``max_points``.
    """
    text = np.frombuffer(body, dtype=np.uint8)
    if text.size >= 3 and text[:3].tobytes() == b"\xef\xbb\xbf":
        text = text[3:]
    _check_utf8(text)
    line_end = _first_line(text)
    head = text[:line_end].tobytes().decode()
    if '"' in head or "\r" in head.rstrip("\r"):
        return _by_reader(text, max_points)
    columns = _columns(head.rstrip("\r").split(","))
    if "address" in columns:  # long texts, often quoted: the looking up of them takes far longer than the reading
        return _by_reader(text, max_points)
    rows = int(np.count_nonzero(text[line_end:] == kernels.LF)) + 1
    if rows > max_points + 1:
        _refuse(sum(1 for line in io.BytesIO(text[line_end + 1 :].tobytes()) if line.strip(b"\r\n")), max_points)
    numbers, kinds = np.empty((2, rows)), np.empty((2, rows), np.int8)
    spans = np.empty((rows, 6), np.int64)
    wanted = np.array([columns["lon"], columns["lat"], columns.get("id", -1)], np.int64)
    count = kernels.read_rows(text, min(line_end + 1, text.size), wanted, numbers, kinds, spans)
    if count < 0:
        return _by_reader(text, max_points)
    _refuse(count, max_points)
    numbers, kinds, spans = numbers[:, :count], kinds[:, :count], spans[:count]
    for k in range(2):
        hard = np.flatnonzero(kinds[k] == kernels.HARD)
        if hard.size:
            fields = [text[a:b].tobytes().decode() for a, b in spans[hard, 2 * k : 2 * k + 2].tolist()]
            numbers[k, hard] = as_numbers(fields)
    ids = CsvIds(*kernels.gather(text, spans[:, 4], spans[:, 5])) if "id" in columns else None
    return BatchQuestion(ids, numbers[0], numbers[1])


def _check_utf8(text: kernels.Bytes) -> None:
    if text.size and text.max() < 128:
        return
    try:
        text.tobytes().decode()
    except UnicodeDecodeError as problem:
        raise BadRequest(f"the CSV is not UTF-8 (byte {problem.start}): save it as UTF-8") from None


def _first_line(text: kernels.Bytes) -> int:
    """Where the header ends: at its LF, or at the end of the text."""
    begin = 0
    while begin < text.size:
        found = np.flatnonzero(text[begin : begin + 65_536] == kernels.LF)
        if found.size:
            return begin + int(found[0])
        begin += 65_536
    return int(text.size)


def _columns(names: Sequence[str]) -> dict[str, int]:
    """Name -> position of the columns that count; BadRequest where one is missing or given twice."""
    header = [name.strip().lower() for name in names]
    if "address" not in header:
        missing = [name for name in PLACE if name not in header]
        if missing:
            known = ", ".join(header)
            raise BadRequest(f"the CSV has no column {' and no column '.join(missing)}; its columns: {known}")
    elif any(name in header for name in PLACE):
        raise BadRequest("the CSV has the columns lon or lat beside address: ask for points or for addresses, not both")
    twice = [name for name in NAMES if header.count(name) > 1]
    if twice:
        raise BadRequest(f"the CSV has the column {' and the column '.join(twice)} more than once: leave one")
    return {name: header.index(name) for name in NAMES if name in header}


def _refuse(count: int, most: int) -> None:
    if count > most:
        raise TooLarge(f"{count} rows in one call; at most {most} are allowed: send them in several calls")


def _by_reader(text: kernels.Bytes, max_points: int) -> BatchQuestion:
    rows = csv.reader(io.StringIO(text.tobytes().decode(), newline=""))
    try:
        columns = _columns(next(rows, []))
        table = [row for row in rows if row]
    except csv.Error as problem:
        raise BadRequest(f"the CSV cannot be read at line {rows.line_num}: {problem}") from None
    _refuse(len(table), max_points)
    ids = csv_ids(_column(table, columns["id"])) if "id" in columns else None
    if "address" in columns:
        return BatchQuestion(ids, (), (), addresses=_column(table, columns["address"]))
    return BatchQuestion(ids, as_numbers(_column(table, columns["lon"])), as_numbers(_column(table, columns["lat"])))


def _column(table: list[list[str]], at: int) -> list[Any]:
    try:
        return list(map(itemgetter(at), table))
    except IndexError:  # rows that are too short: their missing values make them invalid
        return [row[at] if at < len(row) else None for row in table]


def csv_ids(values: Sequence[Any]) -> CsvIds:
    """Names of rows as fields of CSV; quoted only where they must be."""
    return CsvIds(*word_list([field(v) for v in values]))


def field(value: Any) -> bytes:
    """A field of CSV."""
    text = "" if value is None else str(value)
    return (text if _PLAIN.fullmatch(text) else '"' + text.replace('"', '""') + '"').encode()


def word_list(words: Sequence[bytes]) -> tuple[kernels.Bytes, kernels.Offsets]:
    """Words one after the other with some slack, and where each begins (one more than there are)."""
    offsets = np.zeros(len(words) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, words), np.int64, count=len(words)), out=offsets[1:])
    text = bytearray(b"".join(words) + bytes(kernels.SLACK))  # writable: one compiled version serves all
    return np.frombuffer(text, np.uint8), offsets


def csv_pieces(answer: BatchAnswer, rows: int = 100_000) -> Iterator[bytes]:
    """The header, then so many rows at a time; ``id`` is the row's number, from 1, where none was given."""
    with_border = answer.border_distance_m is not None
    named = ["id", "cell_code", "status", *(["border_distance_m", "beyond"] if with_border else []), *answer.more]
    yield ",".join(named).encode() + b"\n"
    codes, starts, words, word_starts = _words_of(answer.codes)
    verdict = np.where(answer.status == FOUND, answer.cell, len(answer.codes) + answer.status.astype(np.int32))
    longest = int(np.diff(starts).max()) + int(np.diff(word_starts).max()) + _NUMBER_BYTES
    none_i, none_f = np.empty(0, np.int32), np.empty(0)
    for first in range(0, len(answer.cell), rows):
        part = slice(first, first + rows)
        cell = answer.cell[part]
        ids, id_starts = _ids(answer.ids, first, len(cell))
        room = int(id_starts[-1] - id_starts[0]) if len(id_starts) else 20 * len(cell)
        tails, tail_starts = _tails(answer.more, part)
        room += tails.size
        out = np.empty(room + len(cell) * longest + kernels.SLACK, np.uint8)
        metres: FloatArray = none_f if answer.border_distance_m is None else answer.border_distance_m[part]
        beyond = none_i if answer.beyond is None else answer.beyond[part]
        used = kernels.write_rows(
            out, ids, id_starts, first + 1, verdict[part], words, word_starts, beyond, codes, starts, metres, with_border,
            tails, tail_starts,
        )  # fmt: skip
        yield out[:used].tobytes()


@lru_cache(maxsize=4)
def _words_of(codes: tuple[str, ...]) -> tuple[kernels.Bytes, kernels.Offsets, kernels.Bytes, kernels.Offsets]:
    """Codes, the last one empty, and what stands for a cell and a status; kept, because batches of a day share them."""
    fields = [*map(field, codes)]
    found = b"," + STATUS[FOUND].encode()
    verdicts = [*(code + found for code in fields), *(b"," + status.encode() for status in STATUS)]
    return *word_list([*fields, b""]), *word_list(verdicts)


def _tails(more: Mapping[str, Sequence[Any]], part: slice) -> tuple[kernels.Bytes, kernels.Offsets]:
    """``,field,field`` of each row; lists are joined by blanks."""
    if not more:
        return np.empty(0, np.uint8), np.empty(0, np.int64)
    rows = zip(*(values[part] for values in more.values()), strict=True)
    return word_list([b"".join(b"," + field(" ".join(v) if isinstance(v, list) else v) for v in row) for row in rows])


def _ids(ids: Any, first: int, count: int) -> tuple[kernels.Bytes, kernels.Offsets]:
    if isinstance(ids, CsvIds):
        return ids.flat, ids.offsets[first : first + count + 1]
    if ids is None:
        return np.empty(0, np.uint8), np.empty(0, np.int64)
    return word_list([field(v) for v in ids[first : first + count]])


def batch_csv(answer: BatchAnswer) -> bytes:
    """One line a row, in the order asked."""
    return b"".join(csv_pieces(answer))
