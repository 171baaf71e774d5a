"""The sample county carried through the whole job by commands, once for all tests of this folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from geo_api.cli.main import exit_status
from geo_api.main import create_app
from geo_api.settings import Settings
from tests.geo_api.conftest import new_database, server_url, template

__all__ = ["new_database", "server_url", "template"]

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def county(new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folder with the diagrams and rejected rows of the sample; ``DATABASE_URL`` names its database."""
    folder = tmp_path_factory.mktemp("county")
    before = os.environ.get("DATABASE_URL")
    os.environ["DATABASE_URL"] = new_database()
    try:
        assert exit_status(["migrate"]) == 0
        manifest = str(ROOT / "data/sample/manifest.toml")
        rejected = ["--rejected", str(folder / "rejected.csv")]
        assert exit_status(["demo", manifest, "--diagrams", str(folder / "diagrams"), *rejected]) == 0
        yield folder
    finally:
        if before is None:
            del os.environ["DATABASE_URL"]
        else:
            os.environ["DATABASE_URL"] = before


@pytest.fixture(scope="module")
def client(county: Path) -> Iterator[TestClient]:
    """The service over the sample's database."""
    with TestClient(create_app(Settings(access_log=False))) as asking:
        yield asking
