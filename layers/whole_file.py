"""Files that are there whole or not at all: written beside their place under another name, then moved there."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from layers.errors import SourceError


def check_target(path: Path, *, suffix: str | None = None, inputs: Iterable[str | Path] = ()) -> None:
    """Raise SourceError where a result could not be written, before the work for it begins.

    Args:
        path: the file that is to be written.
        suffix: how its name must end.
        inputs: files that are read, none of which may be overwritten.
    """
    if path.is_dir():
        raise SourceError(f"{path}: is a folder; name a file in it")
    if not path.parent.is_dir():
        raise SourceError(f"{path.parent}: no such folder; make it first, or choose another place for {path.name}")
    if suffix is not None and path.suffix.lower() != suffix:
        raise SourceError(f"{path}: the name must end in {suffix}")
    if path.exists() and any(Path(name).exists() and path.samefile(name) for name in inputs):
        raise SourceError(f"{path}: is one of the files that are read; choose another name, so that it is not lost")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise SourceError(f"{path}: may not be written: no right to write into the folder {path.parent.absolute()}")


def write_whole(path: Path, data: bytes) -> None:
    """Write a file, or leave what was there before.

    Raises:
        SourceError: the folder is missing or may not be written to, the disk is full.
    """
    check_target(path)
    try:
        number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        draft = Path(name)
        try:
            with os.fdopen(number, "wb") as file:
                file.write(data)
            draft.chmod(0o666 & ~_umask())
            draft.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                draft.unlink()
            raise
    except OSError as problem:
        raise SourceError(f"{path}: cannot be written: {problem.strerror or problem}") from problem


def _umask() -> int:
    """Rights that new files do not get; it can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
