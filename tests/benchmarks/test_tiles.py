"""The smallest size of the tile benchmark runs, on PostGIS and with stock tipg beside. No assertion on times."""

from __future__ import annotations

import os

import pytest

from tests.benchmarks import tiles


@pytest.mark.db
@pytest.mark.slow
def test_tiles_run() -> None:
    if not os.environ.get("DATABASE_URL"):
        pytest.skip("DATABASE_URL is not set: these tests need PostGIS (./run.sh test sets one up)")
    rows = tiles.measure("small")
    assert len(rows) == 2 * len(tiles.SIZES["small"].zooms) + 2
    assert all(row.ours and row.peer for row in rows)


def test_without_a_database_it_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert tiles.measure("small") == []
