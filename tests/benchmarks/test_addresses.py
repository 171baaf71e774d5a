"""The smallest size of the benchmark of addresses runs, and what it counts are the goals. No assertion on times."""

from __future__ import annotations

import pytest

from tests.benchmarks import addresses
from tests.benchmarks.table import markdown


def test_the_sample_reaches_its_goals_in_the_smallest_size() -> None:
    rows = addresses._sample("small")
    assert [row.met for row in rows] == [True, True, True]
    assert len(markdown("part", rows).splitlines()) == len(rows) + 4


def test_times_are_measured_on_as_many_addresses_as_asked() -> None:
    rows = addresses._million("small")
    assert rows[0].what.startswith("5,000 addresses")
    assert all(row.figures["p50_ms"] <= row.figures["p99_ms"] for row in rows[1:])


@pytest.mark.real
def test_real_records_are_found_through_the_others_with_few_wrong_cells() -> None:
    records = addresses._chicago()
    if records is None:
        pytest.skip("the data folder is not there")
    (row,) = addresses._hidden(records, "small")
    assert row.figures["hit"] >= 0.6
    assert row.figures["wrong"] <= 0.025
    assert row.figures["exact text hit"] <= row.figures["hit"]
