from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.geo_api.service import Service, running


@pytest.fixture
def service() -> Iterator[Service]:
    with running() as running_service:
        yield running_service
