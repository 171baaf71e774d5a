"""The last territory that was read, kept on disk, so that a service can start while the database is away.

One file a database, readable by its owner alone, written whole or not at all; its time of change says when the
database last confirmed it. A file that is damaged, or of another version, counts as none.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import numpy as np
import orjson
from pydantic import TypeAdapter, ValidationError

from geo_api.services.answers import (
    CellRow,
    OfficerOnDuty,
    PatrolGroupRef,
    PlanRef,
    PublishedTerritory,
    StationRow,
    SubAreaRow,
)

log = logging.getLogger(__name__)

MAGIC = b"gridward territory\n"
DIGEST = 32
WORD = 8
CONFIRM_EVERY_S = 5.0


class KeptSnapshot:
    """The file of one database in a folder.

    Args:
        folder: made if missing, for the owner alone.
        database: the database's address; its digest names the file, so that no deployment starts with another's map.
    """

    def __init__(self, folder: Path, database: str) -> None:
        self._folder = folder
        name = hashlib.blake2b(database.encode(), digest_size=8).hexdigest()
        self.path = folder / f"territory-{name}.gridward"
        self._confirmed = float("-inf")

    def save(self, territory: PublishedTerritory) -> None:
        """Keep it; trouble is logged, the service goes on."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            number, name = tempfile.mkstemp(prefix=".territory-", dir=self._folder)  # 0600
            try:
                with os.fdopen(number, "wb") as file:
                    for part in _encoded(territory):
                        file.write(part)
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(self.path)
            except BaseException:
                with suppress(OSError):
                    Path(name).unlink()
                raise
        except OSError as problem:
            log.warning("the snapshot could not be kept in %s: %s", self._folder, problem.strerror or problem)

    def confirm(self) -> None:
        """The database has just said that it is still true."""
        now = time.monotonic()
        if now - self._confirmed >= CONFIRM_EVERY_S:
            self._confirmed = now
            with suppress(OSError):
                os.utime(self.path)

    def load(self) -> tuple[PublishedTerritory, float] | None:
        """The territory and the seconds since the database last confirmed it; None where there is none to be had."""
        try:
            age_s = max(0.0, time.time() - self.path.stat().st_mtime)
            return _decoded(self.path.read_bytes()), age_s
        except FileNotFoundError:
            return None
        except (OSError, ValueError, ValidationError) as problem:
            log.warning("the kept snapshot %s cannot be used: %s", self.path, type(problem).__name__)
            return None


def _shape() -> bytes:
    """Names of all fields that are kept: another version of the service may have others."""
    kinds = (PublishedTerritory, StationRow, CellRow, PlanRef, OfficerOnDuty, SubAreaRow, PatrolGroupRef)
    named = [[kind.__name__, *(f.name for f in fields(kind))] for kind in kinds if is_dataclass(kind)]
    return hashlib.blake2b(orjson.dumps(named), digest_size=DIGEST).digest()


def _encoded(territory: PublishedTerritory) -> Iterator[bytes]:
    """Magic, shape, JSON without geometry, geometry, and a digest of all that."""
    geometry = [
        *(s.outline_wkb for s in territory.stations),
        *(c.wkb for c in territory.cells),
        *(a.wkb for a in territory.sub_areas),
    ]
    bare = replace(
        territory,
        stations=tuple(replace(s, outline_wkb=b"") for s in territory.stations),
        cells=tuple(replace(c, wkb=b"") for c in territory.cells),
        sub_areas=tuple(replace(a, wkb=b"") for a in territory.sub_areas),
    )
    text = orjson.dumps(bare, default=lambda value: "")
    lengths = np.fromiter(map(len, geometry), np.int64, count=len(geometry)).tobytes()
    sizes = np.array([len(text), len(geometry)], np.int64).tobytes()
    digest = hashlib.blake2b(digest_size=DIGEST)
    for part in (MAGIC, _shape(), sizes, text, lengths, *geometry):
        digest.update(part)
        yield part
    yield digest.digest()


def _decoded(data: bytes) -> PublishedTerritory:
    """The other way round; ValueError for anything but what :func:`_encoded` wrote."""
    head = len(MAGIC) + DIGEST
    whole, digest = memoryview(data)[:-DIGEST], data[-DIGEST:]
    if data[:head] != MAGIC + _shape() or hashlib.blake2b(whole, digest_size=DIGEST).digest() != digest:
        raise ValueError("not a territory of this version, or damaged")
    text_size, count = np.frombuffer(data, np.int64, 2, head).tolist()
    at = head + 2 * WORD
    territory = TypeAdapter(PublishedTerritory).validate_json(data[at : at + text_size])
    at += text_size
    bounds = at + WORD * count + np.concatenate([[0], np.cumsum(np.frombuffer(data, np.int64, count, at))])
    geometry = [data[a:b] for a, b in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)]
    stations, cells = len(territory.stations), len(territory.cells)
    outlines, polygons, parts = geometry[:stations], geometry[stations : stations + cells], geometry[stations + cells :]
    return replace(
        territory,
        stations=tuple(replace(s, outline_wkb=g) for s, g in zip(territory.stations, outlines, strict=True)),
        cells=tuple(replace(c, wkb=g) for c, g in zip(territory.cells, polygons, strict=True)),
        sub_areas=tuple(replace(a, wkb=g) for a, g in zip(territory.sub_areas, parts, strict=True)),
    )
