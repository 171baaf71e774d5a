"""Chicago, whole: every row is stored or reported."""

from pathlib import Path
from time import perf_counter

import pandas as pd
import pytest
import shapely

from layers import read_dataset

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "../shared/data"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not (DATA / "chicago.gpkg").is_file(), reason="../shared/data is absent"),
]


@pytest.fixture(scope="module")
def chicago():
    begun = perf_counter()
    dataset = read_dataset(ROOT / "data/chicago/manifest.toml")
    return dataset, perf_counter() - begun


def test_the_counts(chicago):
    dataset, _ = chicago
    counts = dataset.counts()
    assert counts == {
        "jurisdictions": 11,
        "boundary_lines": 28395,
        "base_units": 0,
        "markets": 0,
        "sub_areas": 0,
        "entities": 12327,
        "officers": 100,
        "assignments": 32,
        "inspections": 52_201,
        "rejected": 42_908,
    }


def test_every_visit_is_stored_or_reported(chicago):
    dataset, _ = chicago
    file = "chicago_inspection_visits_all.csv"
    for name, given, stored in ((file, 67_497, 24_733), ("chicago_inspections.csv", 27_600, 27_468)):
        rejected = dataset.rejected[dataset.rejected.file == name]
        assert (dataset.inspections.file == name).sum() == stored
        assert stored + len(rejected) == given
        assert rejected.row.is_unique
    rejected = dataset.rejected[dataset.rejected.file == file]
    assert dataset.inspections.visit_id.is_unique
    assert dataset.inspections.entity.isin(dataset.entities.source_id).all()
    source = pd.read_csv(DATA / file, dtype=str, keep_default_na=False)
    unmatched = rejected[rejected.reason == "unmatched: no such entity"]
    assert (source.license.iloc[unmatched.row - 2].to_numpy() == unmatched.value.to_numpy()).all()
    assert 0.30 < len(unmatched) / 67_497 < 0.36


def test_stations_are_connected_and_make_up_the_covered_city(chicago):
    dataset, _ = chicago
    bureau, stations = dataset.jurisdictions.geometry.iloc[0], dataset.jurisdictions.geometry.iloc[1:]
    assert [len(s.geoms) for s in stations] == [1] * 10
    outline = shapely.from_wkb(
        shapely.to_wkb(
            pytest.importorskip("geopandas").read_file(DATA / "chicago.gpkg", layer="covered_boundary").geometry[0]
        )
    )
    assert shapely.symmetric_difference(bureau, outline).area < 1e-8
    per_station = [int(shapely.contains(s, dataset.entities.geometry.to_numpy()).sum()) for s in stations]
    assert sum(per_station) == 11_437
    assert min(per_station) > 500


def test_it_takes_seconds(chicago):
    assert chicago[1] < 30  # 2 to 4 s alone; the machine is shared


def test_the_files_are_not_gcj02(chicago):
    assert [f.rule for f in chicago[0].findings if f.rule.startswith("datum")] == []
