"""The coverage of a small city runs, and pandas has the same figures. No assertion on times."""

from __future__ import annotations

from tests.benchmarks import coverage_city
from tests.benchmarks.table import markdown


def test_the_engine_and_pandas_have_the_same_figures() -> None:
    inputs = coverage_city.city_inputs(1_000, 20_000)
    for days in coverage_city.PERIODS.values():
        ours = coverage_city.by_engine(inputs, *days)
        assert sum(due for due, _ in ours.values()) > 0
        assert sum(made for _, made in ours.values()) > 0
        assert coverage_city.differing(ours, coverage_city.by_pandas(inputs, *days)) == 0
    changed = {code: (due, made + 1) for code, (due, made) in ours.items()}
    assert coverage_city.differing(ours, changed) == sum(due > 0 for due, _ in ours.values())


def test_the_table_has_a_row_for_each_period(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setitem(coverage_city.SIZES, "small", (500, 5_000, 1))
    rows = coverage_city.measure("small")
    assert len(markdown("part", rows).splitlines()) == len(rows) + 4 == 6
    assert all(row.ratio for row in rows)
