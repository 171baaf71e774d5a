"""Snapshots: sorted, immutable, and who answers where a cell has nobody."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest

from geo_api.services.snapshot import build_snapshot, cells_under
from tests.geo_api.fakes import PlainFinder, county, officer


def test_cells_are_sorted_by_code_whatever_the_order_read() -> None:
    territory = county()
    snapshot = build_snapshot(replace(territory, cells=territory.cells[::-1]), PlainFinder)
    assert [c.code for c in snapshot.cells] == ["C01001", "C01002", "C02001"]
    assert [r.code for r in snapshot.refs] == [c.code for c in snapshot.cells]
    assert snapshot.index_of == {"C01001": 0, "C01002": 1, "C02001": 2}
    assert snapshot.polygons[0].bounds == (114.0, 30.0, 114.01, 30.01)


def test_officers_fall_back_to_the_station_then_the_bureau_and_it_says_so() -> None:
    snapshot = build_snapshot(county(), PlainFinder)
    assert [o.name for o in snapshot.officers[0]] == ["王芳", "赵敏"]
    assert [o.name for o in snapshot.officers[1]] == ["刘洋"]
    assert [o.name for o in snapshot.officers[2]] == ["陈静"]
    assert snapshot.fallback == (None, "station", "bureau")


def test_nobody_at_any_level_is_nobody() -> None:
    snapshot = build_snapshot(replace(county(), officers={}), PlainFinder)
    assert snapshot.officers == ((), (), ())
    assert snapshot.fallback == (None, None, None)


def test_a_circle_of_parents_ends() -> None:
    territory = replace(county(), officers={}, parents={"C01001": "C01", "C01": "C", "C": "C01"})
    assert build_snapshot(territory, PlainFinder).officers[0] == ()


def test_a_level_between_station_and_bureau_answers_first() -> None:
    parents = {**county().parents, "C02": "D", "D": "C"}
    territory = replace(
        county(), parents=parents, officers={"D": (officer("D", "周杰"),), "C": (officer("C", "陈静"),)}
    )
    snapshot = build_snapshot(territory, PlainFinder)
    assert [o.name for o in snapshot.officers[2]] == ["周杰"]
    assert snapshot.fallback[2] == "sub-bureau"


def test_nothing_published_is_a_snapshot_without_finder() -> None:
    snapshot = build_snapshot(replace(county(), cells=(), stations=()), PlainFinder)
    assert snapshot.finder is None
    assert snapshot.refs == ()


def test_a_snapshot_cannot_be_changed() -> None:
    snapshot = build_snapshot(county(), PlainFinder)
    with pytest.raises(FrozenInstanceError):
        snapshot.finder = None  # type: ignore[misc]


@pytest.mark.parametrize(
    ("code", "cells"), [("C01", [0, 1]), ("C02", [2]), ("C", [0, 1, 2]), ("C01001", []), ("nowhere", [])]
)
def test_cells_under_a_jurisdiction(code: str, cells: list[int]) -> None:
    assert cells_under(build_snapshot(county(), PlainFinder), code) == cells
