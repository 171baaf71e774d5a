"""All that is published on a day, as one file: written once for each revision, kept on disk, the same bytes every time."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO

import shapely

from geo_api.errors import BadRequest, TooBusy
from geo_api.services.answers import OfficerOnDuty
from geo_api.services.published import CellList, StationList, list_cells, list_stations, shown_officers
from geo_api.services.snapshot import Snapshot
from gridding.types import GeometryArray
from layers.errors import LayersError

KEPT_FILES = 8
CHUNK = 2**20


PREFIX = "gridward-downloads-"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class UpperLevel:
    """A jurisdiction above the stations: its code, name, the code above it, and its own officers."""

    code: str
    name: str
    parent_code: str
    officers: tuple[OfficerOnDuty, ...]


@dataclass(frozen=True, slots=True)
class Everything:
    """All that is published on a day. Geometry in EPSG:4490; everything sorted by code.

    Attributes:
        on, revision: the day, and the revision of the store: go on from it with ``/v1/changes``.
        recorded_at: the moment whose knowledge this is; None = now.
        upper: bureaus and what is above them.
        stations, cells: as in ``/v1/stations`` and ``/v1/cells``.
        outlines: (stations,) polygons of the stations.
    """

    on: date
    revision: str
    recorded_at: datetime | None
    upper: tuple[UpperLevel, ...]
    stations: StationList
    cells: CellList
    outlines: GeometryArray


def everything(snapshot: Snapshot, *, with_telephones: bool) -> Everything:
    """All that is published on the snapshot's day."""
    territory = snapshot.territory
    stations = list_stations(snapshot, with_telephones=with_telephones)
    known = {s.code for s in territory.stations} | set(snapshot.index_of) | {a.code for a in territory.sub_areas}
    upper = tuple(
        UpperLevel(
            code=code,
            name=territory.names[code],
            parent_code=territory.parents.get(code, ""),
            officers=shown_officers(territory.officers.get(code, ()), with_telephones=with_telephones),
        )
        for code in sorted(set(territory.names) - known)
    )
    return Everything(
        on=snapshot.on,
        revision=snapshot.revision,
        recorded_at=snapshot.recorded_at,
        upper=upper,
        stations=stations,
        cells=list_cells(snapshot, with_telephones=with_telephones),
        outlines=shapely.from_wkb([row.outline_wkb for row in stations.rows]),
    )


@dataclass(frozen=True, slots=True)
class BulkFormat:
    """A file format: how to write it, its suffix and media type."""

    write: Callable[[Everything, Path], None]
    suffix: str
    media_type: str


@dataclass(frozen=True, slots=True)
class BulkFile:
    """A finished file. ``tag``: quoted digest of its bytes, an ETag."""

    path: Path
    name: str
    media_type: str
    size: int
    tag: str


class Downloads:
    """Files of all that is published, made when first asked for. Safe between threads.

    A key names day, revision, moment and telephones, so a change makes a new file; the ones asked for least recently
    go. A file that somebody is reading stays readable until the end.
    """

    def __init__(self, formats: Mapping[str, BulkFormat], kept: int = KEPT_FILES) -> None:
        self._formats, self._kept = formats, kept
        self._files: OrderedDict[tuple[object, ...], BulkFile] = OrderedDict()
        self._lock, self._writing = threading.Lock(), threading.Lock()
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._number = 0

    def open(self, snapshot: Snapshot, form: str, *, with_telephones: bool) -> tuple[BulkFile, BinaryIO]:
        """The file of a snapshot and an open handle on it; BadRequest: no such format."""
        chosen = self._formats.get(form)
        if chosen is None:
            raise BadRequest(f"there is no download {form!r}: it is one of {', '.join(self._formats)}")
        key = (form, snapshot.on, snapshot.recorded_at, snapshot.revision, with_telephones)
        if (held := self._held(key)) is not None:
            return held
        with self._writing:  # one at a time: each may take seconds and much memory
            if (held := self._held(key)) is not None:
                return held
            file = self._write(chosen, snapshot, with_telephones=with_telephones)
            with self._lock:
                self._files[key] = file
                while len(self._files) > self._kept:
                    _, gone = self._files.popitem(last=False)
                    gone.path.unlink(missing_ok=True)
                return file, file.path.open("rb")

    def _held(self, key: tuple[object, ...]) -> tuple[BulkFile, BinaryIO] | None:
        with self._lock:
            if key not in self._files:
                return None
            self._files.move_to_end(key)
            return self._files[key], self._files[key].path.open("rb")

    def _write(self, chosen: BulkFormat, snapshot: Snapshot, *, with_telephones: bool) -> BulkFile:
        if self._folder is None:
            _remove_left_behind()
            self._folder = tempfile.TemporaryDirectory(prefix=f"{PREFIX}{os.getpid()}-")
        self._number += 1
        path = Path(self._folder.name) / f"{self._number}{chosen.suffix}"
        answer = everything(snapshot, with_telephones=with_telephones)
        try:
            chosen.write(answer, path)
        except (OSError, LayersError) as problem:
            path.unlink(missing_ok=True)
            log.error("a download could not be written: %s", problem)
            raise TooBusy("the server has no room to write the file; try again later, or another format") from problem
        digest = hashlib.blake2b(digest_size=12)
        with path.open("rb") as file:
            while block := file.read(CHUNK):
                digest.update(block)
        name = f"gridward-{snapshot.on}-r{snapshot.revision}{chosen.suffix}"
        return BulkFile(path, name, chosen.media_type, path.stat().st_size, f'"{digest.hexdigest()}"')


def _remove_left_behind() -> None:
    """Folders of services that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owner = folder.name.removeprefix(PREFIX).partition("-")[0]
        if owner.isdigit() and Path("/proc/self").exists() and not Path(f"/proc/{owner}").exists():
            shutil.rmtree(folder, ignore_errors=True)
