"""Compiled code is found where the installation is read-only."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from geo_api import compiled_cache
from geo_api.compiled_cache import VARIABLE, use_compiled_code

KERNEL = """
import numba
@numba.njit("i8(i8)", cache=True)
def twice(n):
    return 2 * n
hits = sum(twice.stats.cache_hits.values())
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed package whose kernel was compiled, and which may not be written to any more."""
    folder = tmp_path / "installed" / "kernels"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "twice.py").write_text(KERNEL)
    assert run(folder, {}) == "0", "compiled"
    assert run(folder, {}) == "1", "found beside the source"
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(compiled_cache.os, "access", lambda path, mode: False)
    return folder


def run(package: Path, environment: dict[str, str]) -> str:
    """How many kernels a fresh process found in the cache."""
    done = subprocess.run(
        [sys.executable, "-c", f"from {package.name} import twice; print(twice.hits)"],
        cwd=package.parent,
        env={k: v for k, v in os.environ.items() if k != VARIABLE} | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_another_user_finds_what_was_compiled(package: Path, tmp_path: Path) -> None:
    folder = use_compiled_code(package)
    assert folder is not None
    assert folder.is_relative_to(tmp_path / "home")
    assert os.environ[VARIABLE] == str(folder)
    assert run(package, {VARIABLE: str(folder)}) == "1"


def test_a_newer_version_has_a_cache_of_its_own(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = use_compiled_code(package)
    monkeypatch.delenv(VARIABLE)
    assert use_compiled_code(package) == first
    monkeypatch.delenv(VARIABLE)
    (package / "twice.py").write_text(KERNEL + "\n# newer\n")
    assert use_compiled_code(package) != first


def test_without_a_home_the_copy_is_made_elsewhere(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = package / "twice.py" / "home"  # a folder cannot be made below a file
    monkeypatch.setenv("XDG_CACHE_HOME", str(nowhere))
    folder = use_compiled_code(package)
    assert folder is not None
    assert run(package, {VARIABLE: str(folder)}) == "1"
    assert folder.stat().st_mode & 0o077 == 0, "nobody else can put code there"


def test_nothing_is_done_where_it_is_not_needed(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "/somewhere")
    assert use_compiled_code(package) is None
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setattr(compiled_cache.os, "access", lambda path, mode: True)
    assert use_compiled_code(package) is None
    assert VARIABLE not in os.environ
