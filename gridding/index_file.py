"""The compiled index as a file that is read in place: a second job, or another process, waits for no building.

Eight bytes that name the format, the length of a header, the header (JSON: version, byte order, what the index is made
of, a digest of the polygons and one of the rest), then the arrays one after another, each at a multiple of 64 bytes.
A file that is cut short, was changed, was written by another version or belongs to other polygons is refused.
"""

from __future__ import annotations

import json
import mmap
import os
import sys
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from gridding.border_chains import Rings
from gridding.borders import Index
from gridding.edge_boxes import EdgeBoxes
from gridding.edge_grid import EdgeGrid
from gridding.errors import GeometryError
from gridding.types import Int32Array

_MAGIC = b"GWINDEX\n"
VERSION = 1
_AGAIN = "Build the index again and save it"


def digest_of(rings: Rings, station_of: Int32Array | None) -> str:
    """A digest of polygons: of every coordinate, and of which ring, and which cell, belongs to which."""
    mixed = blake2b(b"cells" if station_of is None else b"stations", digest_size=16)
    stations = np.empty(0, np.int32) if station_of is None else station_of
    for part in (rings.xy, rings.first, rings.cell, rings.shell, stations):
        mixed.update(np.ascontiguousarray(part).view(np.uint8).data)
    return mixed.hexdigest()


def save_index(path: str | Path, index: Index, polygons: str) -> None:
    """Write an index to a file, whole or not at all; ``polygons`` is their digest."""
    arrays = _arrays(index)
    places: dict[str, tuple[str, tuple[int, ...], int]] = {}
    at = 0
    for name, array in arrays.items():
        places[name] = (array.dtype.name, array.shape, at)
        at += -(-array.nbytes // 64) * 64
    body = bytearray(at)
    for name, array in arrays.items():
        begin = places[name][2]
        body[begin : begin + array.nbytes] = np.ascontiguousarray(array).tobytes()
    header: dict[str, Any] = {
        "version": VERSION,
        "byte_order": sys.byteorder,
        "polygons": polygons,
        "numbers": _numbers(index),
        "arrays": places,
    }
    header["digest"] = _digest(header, body)
    text = json.dumps(header).encode()
    text += b" " * (-(len(_MAGIC) + 8 + len(text)) % 64)
    target = Path(path)
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with draft.open("wb") as file:
            for part in (_MAGIC, len(text).to_bytes(8, "little"), text, body):
                file.write(part)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def load_index(path: str | Path, polygons: str | None) -> Index:
    """The index of a file, read in place.

    ``polygons`` is the digest of the polygons that it must have been made of; None = whatever it was made of.

    Raises:
        GeometryError: what is wrong with the file, and what to do. OSError: it cannot be read.
    """
    header, body = _opened(Path(path))
    if header["version"] != VERSION or header["byte_order"] != sys.byteorder:
        raise GeometryError(
            f"{path} holds an index of version {header['version']} in {header['byte_order']}-endian order, expected "
            f"version {VERSION} in {sys.byteorder}-endian order. {_AGAIN}"
        )
    if polygons is not None and header["polygons"] != polygons:
        raise GeometryError(f"{path} holds the index of other polygons (or of the same in another order). {_AGAIN}")
    if _digest(header, body) != header["digest"]:
        raise GeometryError(f"{path} is damaged: its content does not match its digest. {_AGAIN}")
    arrays = {
        name: np.frombuffer(body, kind, int(np.prod(shape)), at).reshape(shape)
        for name, (kind, shape, at) in header["arrays"].items()
    }
    numbers = header["numbers"]
    grid = EdgeGrid(
        **{name: arrays[name] for name in EdgeGrid._fields if name in arrays},
        side=numbers["side"],
        scratch=numbers["scratch"],
    )
    boxes = EdgeBoxes(arrays["box"], arrays["offset"])
    return Index(
        grid,
        arrays["fine"],
        boxes,
        arrays["run_first"],
        arrays["runs"],
        arrays["metric"],
        numbers["cells"],
        numbers["widest"],
    )


def _opened(path: Path) -> tuple[dict[str, Any], memoryview]:
    """The header of a file, and what follows it, mapped into memory."""
    with path.open("rb") as file:
        start = file.read(len(_MAGIC) + 8)
        length = int.from_bytes(start[len(_MAGIC) :], "little")
        size = path.stat().st_size
        if start[: len(_MAGIC)] != _MAGIC:
            raise GeometryError(f"{path} is no index of a locator: expected a file that CellLocator.save() wrote")
        begin = len(_MAGIC) + 8 + length
        try:
            if begin > size:
                raise ValueError("cut short")
            header = json.loads(file.read(length))
            if not {"version", "byte_order", "polygons", "numbers", "arrays", "digest"} <= set(header):
                raise ValueError("incomplete")
        except ValueError as problem:
            raise GeometryError(f"{path} is damaged: its header cannot be read. {_AGAIN}") from problem
        # Copied where it is written to, which nobody does: compiled code takes writeable arrays alone.
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        return header, memoryview(mapped)[begin:]


def _digest(header: dict[str, Any], body: bytearray | memoryview) -> str:
    """A digest of the content, and of what the header says of it."""
    mixed = blake2b(json.dumps([header["polygons"], header["numbers"], header["arrays"]]).encode(), digest_size=16)
    mixed.update(body)
    return mixed.hexdigest()


def _arrays(index: Index) -> dict[str, np.ndarray]:
    """All arrays of an index, by name."""
    parts = (index.grid, index.boxes, index)
    return {
        name: part for whole in parts for name, part in whole._asdict().items() if isinstance(part, np.ndarray)
    }  # fmt: skip


def _numbers(index: Index) -> dict[str, int]:
    return {
        "side": index.grid.side,
        "scratch": index.grid.scratch,
        "cells": index.cells,
        "widest": index.widest,
    }
