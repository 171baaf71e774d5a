"""The sample county of the default seed, made once and written once."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo_api.sample.county import County, make_county
from geo_api.sample.write import write_county


@pytest.fixture(scope="session")
def county() -> County:
    return make_county()


@pytest.fixture(scope="session")
def written(county: County, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("county") / "sample"
    write_county(county, folder)
    return folder
