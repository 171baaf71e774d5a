"""A batch from the file of its body to the file of its answer: read, looked up and written in pieces."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

from geo_api.errors import BadRequest, TooLarge
from geo_api.formats.batch import batch_from_json, json_pieces
from geo_api.formats.batch_arrow import arrow_pieces, batch_from_arrow
from geo_api.formats.batch_csv import batch_from_csv, csv_pieces
from geo_api.formats.registry import MEDIA_TYPES
from geo_api.services import datums
from geo_api.services.batch_addresses import Matcher, look_up_addresses
from geo_api.services.batch_lookup import BatchAnswer, BatchCall, BatchQuestion, look_up_batch
from geo_api.services.datums import ACCEPTED_TEXT
from geo_api.services.snapshot import Snapshot
from gridding.types import FloatArray
from layers.datum import datum_name

READERS: dict[str, Callable[..., BatchQuestion]] = {
    "json": batch_from_json, "csv": batch_from_csv, "arrow": batch_from_arrow
}  # fmt: skip
WRITERS: dict[str, Callable[[BatchAnswer], Iterator[bytes]]] = {
    "json": json_pieces, "csv": csv_pieces, "arrow": arrow_pieces
}  # fmt: skip
PIECE = 2**20


class Pictures(Protocol):
    """Gives the snapshot of a day, and how old it is where that must be said."""

    def __call__(self, on: date | None, recorded_at: datetime | str | None) -> tuple[Snapshot, float | None]:
        """None, None = today's, as held in memory."""
        ...


@dataclass(frozen=True, slots=True)
class Finished:
    """What became of a call: the media type of the answer, and how many rows it has."""

    media_type: str
    rows: int


def answer_call(
    call: BatchCall, body: Path, answer: Path, pictures: Pictures, match: Matcher | None = None
) -> Finished:
    """Answer a call.

    Raises:
        BadRequest, TooLarge: the body cannot be used; the sentence says why.
        StoreUnavailable: the day asked for needs the database, which is away.
    """
    asked = _read(call, body)
    if asked.addresses is not None:
        if match is None:
            raise BadRequest("addresses cannot be asked for in this deployment: ask for points (lon, lat, datum)")
        asked = merged(call, asked)
        snapshot, age_s = pictures(asked.on, asked.recorded_at)
        found = look_up_addresses(snapshot, asked, match, age_s=age_s)
    else:
        found = _points(call, asked, pictures)
    with answer.open("wb") as file:
        for piece in _gzip(WRITERS[call.form](found)) if call.gzip_answer else WRITERS[call.form](found):
            file.write(piece)
    return Finished(MEDIA_TYPES[call.form], len(found.cell))


def merged(call: BatchCall, asked: BatchQuestion) -> BatchQuestion:
    """What body and query say together; BadRequest where they contradict each other."""
    wrong: list[str] = []
    both: dict[str, Any] = {}
    for name in ("datum", "on", "recorded_at"):
        said, in_query = getattr(asked, name), getattr(call, name)
        if said is not None and in_query is not None and said != in_query:
            wrong.append(f"{name} is {said} in the body and {in_query} in the query: say it once")
        both[name] = in_query if said is None else said
    if wrong:
        raise BadRequest("; ".join(wrong))
    return replace(asked, **both, border=asked.border if call.border is None else call.border)


def _points(call: BatchCall, asked: BatchQuestion, pictures: Pictures) -> BatchAnswer:
    question = merged(call, asked)
    if question.datum is None:
        raise BadRequest(f"datum is missing: say what lon and lat are in, with ?datum= or in the JSON: {ACCEPTED_TEXT}")
    datum = datum_name(question.datum)  # an unknown one is refused before any work

    def to_storage(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        return datums.arrays_to_storage(x, y, datum)

    snapshot, age_s = pictures(question.on, question.recorded_at)
    return look_up_batch(snapshot, question, to_storage, age_s=age_s)


def _read(call: BatchCall, body: Path) -> BatchQuestion:
    read = READERS[call.form]
    most = max(call.max_points, call.max_addresses)
    if body.stat().st_size == 0:
        asked = read(b"", max_points=most)
    elif call.gzipped:
        asked = read(b"".join(_gunzip(body, call.max_bytes)), max_points=most)
    else:
        asked = read(body.read_bytes(), max_points=most)
    most = call.max_points if asked.addresses is None else call.max_addresses
    if len(asked) > most:
        kind = "points" if asked.addresses is None else "addresses"
        raise TooLarge(f"{len(asked)} {kind} in one call; at most {most} are allowed: send them in several calls")
    return asked


def _gunzip(body: Path, most: int) -> Iterator[bytes]:
    """The body out of its compression; TooLarge above the limit, BadRequest where it is no gzip."""
    unzip, size = zlib.decompressobj(wbits=31), 0
    with body.open("rb") as file:
        try:
            while data := file.read(PIECE):
                while data:
                    piece = unzip.decompress(data, PIECE)
                    size += len(piece)
                    if size > most:
                        raise TooLarge(f"the body is larger than {most} bytes when unzipped: send it in several calls")
                    yield piece
                    data = unzip.unconsumed_tail
                    if unzip.eof and (data := unzip.unused_data):  # several members, one after the other
                        unzip = zlib.decompressobj(wbits=31)
        except zlib.error as problem:
            raise BadRequest(f"Content-Encoding says gzip, but the body is none: {problem}") from None
    if not unzip.eof:
        raise BadRequest("the gzip body ends too early: send it again")


def _gzip(pieces: Iterable[bytes]) -> Iterator[bytes]:
    pack = zlib.compressobj(level=1, wbits=31)
    for piece in pieces:
        yield pack.compress(piece)
    yield pack.flush()
