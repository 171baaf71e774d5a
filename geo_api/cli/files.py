"""Files that commands write."""

from __future__ import annotations

from pathlib import Path

from geo_api.errors import BadRequest


def write_bytes(path: Path, body: bytes) -> None:
    """Write a file; BadRequest when that is not possible."""
    try:
        path.write_bytes(body)
    except OSError as problem:
        raise BadRequest(f"{path}: cannot be written ({problem.strerror}); choose another file") from problem


def write_whole(path: Path, body: bytes) -> None:
    """Write a file beside its place and put it there when it is complete: an interrupted run leaves no half file."""
    beside = path.with_name(f".{path.name}.part")
    write_bytes(beside, body)
    try:
        beside.replace(path)
    except OSError as problem:
        beside.unlink(missing_ok=True)
        raise BadRequest(f"{path}: cannot be written ({problem.strerror}); choose another file") from problem
