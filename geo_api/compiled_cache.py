"""Where compiled code is found when the installation may not be written to.

``ops/warm.py`` leaves the compiled kernels beside their sources. numba uses them there only if it may also write there;
otherwise every user would wait for the compiler once, and a user without a home at every start. So a copy of what was compiled
is taken, once a user, and ``NUMBA_CACHE_DIR`` set to it. Imports nothing that is slow: it runs before every command.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

VARIABLE = "NUMBA_CACHE_DIR"
"""numba's own setting; where it is set already, nothing is done."""

GRIDDING = Path(__file__).resolve().parent.parent / "gridding"
SERVICE = tuple(Path(__file__).resolve().parent / name for name in ("formats", "services", "db"))
"""Other packages with kernels of their own."""


def use_compiled_code(package: Path = GRIDDING) -> Path | None:
    """Point numba to a cache that it can use; the folder, or None where numba finds the cache by itself.

    Args:
        package: folder of the sources whose ``__pycache__`` holds the compiled code.
    """
    if os.environ.get(VARIABLE):
        return None
    compiled = package / "__pycache__"
    if os.access(compiled if compiled.is_dir() else package, os.W_OK):
        return None
    folder = _folder(package)
    _copy(compiled, folder / _name(package))
    if package == GRIDDING:
        for other in SERVICE:
            _copy(other / "__pycache__", folder / _name(other))
    os.environ[VARIABLE] = str(folder)
    return folder


def _name(package: Path) -> str:
    """The folder that numba looks into for a package below a cache of the user's own choice."""
    return f"{package.name}_{hashlib.sha1(str(package).encode(), usedforsecurity=False).hexdigest()}"


def _folder(package: Path) -> Path:
    """A folder of the user's own: below the home, or a fresh one that nobody else can have prepared."""
    try:
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gridward" / _stamp(package)
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home):
            return home
    except (OSError, RuntimeError):  # no home, or one that cannot be written to
        folder = Path(tempfile.mkdtemp(prefix="gridward-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        return folder


def _stamp(package: Path) -> str:
    """Changes with every source, so that the compiled code of an older version is not carried on."""
    digest = hashlib.sha256()
    for source in sorted(file for folder in (package, *SERVICE) for file in folder.glob("*.py")):
        status = source.stat()
        digest.update(f"{source} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]


def _copy(compiled: Path, target: Path) -> None:
    if target.exists():
        return
    draft = Path(tempfile.mkdtemp(dir=target.parent))
    for file in sorted(compiled.glob("*.nb[ic]")) if compiled.is_dir() else []:
        shutil.copy2(file, draft / file.name)
    try:
        draft.rename(target)
    except OSError:  # another process of the same user was faster
        shutil.rmtree(draft, ignore_errors=True)
