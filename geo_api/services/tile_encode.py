"""Mapbox Vector Tile 2.1 (github.com/mapbox/vector-tile-spec): shapes clipped, put on the grid of a tile and encoded."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numba as nb
import numpy as np
from numpy.typing import NDArray

from geo_api.services.tile_shapes import TileShapes

EXTENT = 4096
BUFFER = 64
"""Units on each side beyond the tile, so that lines drawn along its edge do not show."""

TOLERANCE = 0.5
"""Borders may be moved by so much, in units of the tile, before they are rounded to it."""


@dataclass(frozen=True, slots=True)
class TileValues:
    """What the features of a layer say, encoded.

    Attributes:
        keys: names of the attributes.
        ids: (shapes, keys) into the values; -1 = the shape has no such attribute.
        starts: (values + 1,) into ``encoded``, which holds each value as a field of a layer.
    """

    keys: tuple[str, ...]
    ids: NDArray[np.int64]
    starts: NDArray[np.int64]
    encoded: NDArray[np.uint8]


def make_values(keys: Sequence[str], rows: Iterable[Sequence[str | int | float | None]]) -> TileValues:
    """Encode the attributes of shapes, each different value once. ``rows``: one a shape, in the order of ``keys``."""
    known: dict[tuple[type, str | int | float], int] = {}
    ids = [[-1 if v is None else known.setdefault((type(v), v), len(known)) for v in row] for row in rows]
    fields = [_field(4, encode_value(value)) for _, value in known]
    starts = np.concatenate([[0], np.cumsum([len(f) for f in fields])]).astype(np.int64)
    encoded = np.frombuffer(b"".join(fields), np.uint8)
    return TileValues(tuple(keys), np.array(ids, np.int64).reshape(-1, len(keys)), starts, encoded)


def encode_layer(shapes: TileShapes, values: TileValues, name: str, *, z: int, x: int, y: int) -> bytes:
    """The tile with its one layer; b"" where nothing of the shapes is to be seen."""
    scale, margin = float(2**z), BUFFER / EXTENT
    west, north = (x - margin) / scale, (y - margin) / scale
    east, south = (x + 1 + margin) / scale, (y + 1 + margin) / scale
    box = shapes.boxes
    seen = np.flatnonzero((box[:, 0] <= east) & (box[:, 2] >= west) & (box[:, 1] <= south) & (box[:, 3] >= north))
    if not len(seen):
        return b""
    features, said = _features(
        shapes.xy,
        shapes.weight,
        shapes.ring_starts,
        shapes.part_starts,
        shapes.shape_starts,
        shapes.boxes,
        seen,
        values.ids,
        values.starts,
        values.encoded,
        np.array([scale, float(x), float(y), TOLERANCE / EXTENT / scale]),
    )
    if not len(features):
        return b""
    keys = b"".join(_field(3, key.encode()) for key in values.keys)
    end = b"\x28" + _varint(EXTENT) + b"\x78\x02"
    return _field(3, b"".join((_field(1, name.encode()), features.tobytes(), keys, said.tobytes(), end)))


def encode_value(value: str | int | float) -> bytes:
    """A value as the format holds it: text, whole number, or number."""
    if isinstance(value, str):
        return _field(1, value.encode())
    if isinstance(value, int):
        return b"\x30" + _varint((value << 1) ^ (value >> 63))
    return b"\x19" + struct.pack("<d", value)


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


@nb.njit(cache=True, nogil=True)
def _features(xy, weight, ring_starts, part_starts, shape_starts, boxes, seen, ids, starts, encoded, place):  # type: ignore
    """The features of a layer and the values that they name, encoded; ``place``: tiles across, column, row, tolerance."""
    scale, column, row, tolerance = place
    out, filled = np.empty(1 << 16, np.uint8), 0
    said, spoken, named = np.empty(1 << 14, np.uint8), 0, 0
    number = np.full(len(starts), -1, np.int64)
    local = np.empty(ids.shape[1], np.int64)
    longest = 0
    for shape in seen:
        for part in range(shape_starts[shape], shape_starts[shape + 1]):
            for ring in range(part_starts[part], part_starts[part + 1]):
                longest = max(longest, ring_starts[ring + 1] - ring_starts[ring])
    ring_a, ring_b = np.empty((6 * longest + 32, 2)), np.empty((6 * longest + 32, 2))
    grid = np.empty((6 * longest + 32, 2), np.int64)
    body = np.empty(1 << 12, np.uint8)
    low, high = -float(BUFFER), float(EXTENT + BUFFER)
    for n in range(len(seen)):
        shape = seen[n]
        inside = (
            (boxes[shape, 0] * scale - column) * EXTENT >= low
            and (boxes[shape, 2] * scale - column) * EXTENT <= high
            and (boxes[shape, 1] * scale - row) * EXTENT >= low
            and (boxes[shape, 3] * scale - row) * EXTENT <= high
        )
        used, pen_x, pen_y = 0, 0, 0
        for part in range(shape_starts[shape], shape_starts[shape + 1]):
            for ring in range(part_starts[part], part_starts[part + 1]):
                outside = ring == part_starts[part]
                size = 0
                for i in range(ring_starts[ring], ring_starts[ring + 1]):
                    if weight[i] > tolerance:
                        ring_a[size, 0] = (xy[i, 0] * scale - column) * EXTENT
                        ring_a[size, 1] = (xy[i, 1] * scale - row) * EXTENT
                        size += 1
                if not inside:
                    for side in range(4):
                        size = _clip(ring_a, size, ring_b, side, low, high)
                        ring_a, ring_b = ring_b, ring_a
                size, area = _on_grid(ring_a, size, grid)
                if area == 0:
                    if outside:
                        break  # its holes are smaller still
                    continue
                while used + 12 * size + 32 > len(body):
                    body = _grown(body, used)
                used, pen_x, pen_y = _put_ring(grid, size, (area > 0) == outside, body, used, pen_x, pen_y)
        if used:
            for key in range(len(local)):
                value = ids[shape, key]
                if value >= 0 and number[value] < 0:
                    number[value] = named
                    named += 1
                    size = starts[value + 1] - starts[value]
                    while spoken + size > len(said):
                        said = _grown(said, spoken)
                    said[spoken : spoken + size] = encoded[starts[value] : starts[value + 1]]
                    spoken += size
                local[key] = number[value] if value >= 0 else -1
            while filled + used + 12 * len(local) + 64 > len(out):
                out = _grown(out, filled)
            filled = _put_feature(local, body, used, out, filled)
    return out[:filled].copy(), said[:spoken].copy()


@nb.njit(cache=True, nogil=True)
def _clip(ring, size, out, side, low, high):  # type: ignore[no-untyped-def]
    """One side of Sutherland and Hodgman's clipping (Reentrant polygon clipping, 1974); the new number of vertices."""
    axis, limit, sign = side // 2, (low if side % 2 == 0 else high), (1.0 if side % 2 == 0 else -1.0)
    new = 0
    for i in range(size):
        j = i - 1 if i > 0 else size - 1
        here, before = sign * (ring[i, axis] - limit), sign * (ring[j, axis] - limit)
        if (here >= 0) != (before >= 0):
            t = before / (before - here)
            out[new, axis] = limit
            out[new, 1 - axis] = ring[j, 1 - axis] + t * (ring[i, 1 - axis] - ring[j, 1 - axis])
            new += 1
        if here >= 0:
            out[new, 0], out[new, 1] = ring[i, 0], ring[i, 1]
            new += 1
    return new


@nb.njit(cache=True, nogil=True)
def _on_grid(ring, size, grid):  # type: ignore[no-untyped-def]
    """Round to units, leave out repeats; (vertices, twice the signed area, positive = clockwise on the screen)."""
    new = 0
    for i in range(size):
        x, y = np.int64(np.floor(ring[i, 0] + 0.5)), np.int64(np.floor(ring[i, 1] + 0.5))
        if new == 0 or x != grid[new - 1, 0] or y != grid[new - 1, 1]:
            grid[new, 0], grid[new, 1] = x, y
            new += 1
    while new > 1 and grid[0, 0] == grid[new - 1, 0] and grid[0, 1] == grid[new - 1, 1]:
        new -= 1
    area = 0
    for i in range(new):
        j = i + 1 if i + 1 < new else 0
        area += grid[i, 0] * grid[j, 1] - grid[j, 0] * grid[i, 1]
    return new, (area if new > 2 else 0)


@nb.njit(cache=True, nogil=True)
def _put_ring(grid, size, forward, body, used, pen_x, pen_y):  # type: ignore[no-untyped-def]
    """MoveTo, LineTo, ClosePath; the pen stays at the last vertex."""
    for n in range(size):
        i = n if forward else size - 1 - n
        if n == 0:
            used = _put(body, used, 9)
        elif n == 1:
            used = _put(body, used, (size - 1) << 3 | 2)
        dx, dy = grid[i, 0] - pen_x, grid[i, 1] - pen_y
        used = _put(body, used, (dx << 1) ^ (dx >> 63))
        used = _put(body, used, (dy << 1) ^ (dy >> 63))
        pen_x, pen_y = grid[i, 0], grid[i, 1]
    return _put(body, used, 15), pen_x, pen_y


@nb.njit(cache=True, nogil=True)
def _put_feature(local, body, used, out, filled):  # type: ignore[no-untyped-def]
    """Tags, type and geometry with their lengths."""
    tags = 0
    for key in range(len(local)):
        if local[key] >= 0:
            tags += _size(key) + _size(local[key])
    whole = 1 + _size(tags) + tags + 2 + 1 + _size(used) + used
    out[filled] = 0x12
    filled = _put(out, filled + 1, whole)
    out[filled] = 0x12
    filled = _put(out, filled + 1, tags)
    for key in range(len(local)):
        if local[key] >= 0:
            filled = _put(out, filled, key)
            filled = _put(out, filled, local[key])
    out[filled], out[filled + 1], out[filled + 2] = 0x18, 0x03, 0x22
    filled = _put(out, filled + 3, used)
    out[filled : filled + used] = body[:used]
    return filled + used


@nb.njit(cache=True, nogil=True)
def _put(out, at, value):  # type: ignore[no-untyped-def]
    while value > 127:
        out[at] = value & 127 | 128
        value >>= 7
        at += 1
    out[at] = value
    return at + 1


@nb.njit(cache=True, nogil=True)
def _size(value):  # type: ignore[no-untyped-def]
    size = 1
    while value > 127:
        value >>= 7
        size += 1
    return size


@nb.njit(cache=True, nogil=True)
def _grown(array, filled):  # type: ignore[no-untyped-def]
    bigger = np.empty(2 * len(array), np.uint8)
    bigger[:filled] = array[:filled]
    return bigger
