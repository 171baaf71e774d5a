"""Writes tiny .osm.pbf files, so that reading them can be tested without keeping binary data.

Only what is needed of the format: one header block, one data block with dense nodes and ways, uncompressed.
"""

from __future__ import annotations

import struct
from pathlib import Path


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _zigzag(value: int) -> bytes:
    return _varint(value << 1 if value >= 0 else (-value << 1) - 1)


def _field(number: int, content: bytes | int) -> bytes:
    if isinstance(content, int):
        return _varint(number << 3) + _varint(content)
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _deltas(values: list[int]) -> bytes:
    return b"".join(_zigzag(b - a) for a, b in zip([0, *values], values, strict=False))


def _block(kind: str, content: bytes) -> bytes:
    blob = _field(1, content) + _field(2, len(content))
    header = _field(1, kind.encode()) + _field(3, len(blob))
    return struct.pack(">I", len(header)) + header + blob


def write_pbf(path: Path, ways: list[tuple[list[tuple[float, float]], dict[str, str]]]) -> Path:
    """Ways as (lon, lat) lists with tags."""
    strings = [""]
    places: list[tuple[float, float]] = []
    content = b""
    for number, (points, tags) in enumerate(ways, 1):
        first = len(places) + 1
        places += points
        words = [text for pair in tags.items() for text in pair]
        strings += dict.fromkeys(w for w in words if w not in strings)
        content += _field(
            3,
            _field(1, number)
            + _field(2, b"".join(_varint(strings.index(k)) for k in tags))
            + _field(3, b"".join(_varint(strings.index(v)) for v in tags.values()))
            + _field(8, _deltas(list(range(first, first + len(points))))),
        )
    dense = _field(1, _deltas(list(range(1, len(places) + 1))))
    dense += _field(8, _deltas([round(lat * 1e7) for _, lat in places]))
    dense += _field(9, _deltas([round(lon * 1e7) for lon, _ in places]))
    table = b"".join(_field(1, s.encode()) for s in strings)
    data = _field(1, table) + _field(2, _field(2, dense)) + _field(2, content)
    header = _field(4, b"OsmSchema-V0.6") + _field(4, b"DenseNodes")
    path.write_bytes(_block("OSMHeader", header) + _block("OSMData", data))
    return path
