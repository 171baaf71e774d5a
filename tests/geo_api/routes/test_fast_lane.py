"""The fast lane answers as the route behind it would, and leaves everything else to it."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from geo_api.routes.access_log import Lines
from tests.geo_api.service import Service, running

INSIDE = "/v1/lookup?lon=114.005&lat=30.004&datum=wgs84"
PLAIN = (
    INSIDE,
    "/v1/lookup?datum=gcj02&lat=30.004&lon=114.011",
    "/v1/lookup?lon=114.005&lat=30.02&datum=bd09",
    INSIDE + "&on=2026-03-10",
)
OTHERS = (
    "/v1/lookup?lon=30.004&lat=114.005&datum=wgs84",
    "/v1/lookup?lon=30.004&lat=29.005&datum=wgs84&x=1",
    INSIDE + "&on=2025-06-01",
    "/v1/lookup?address=%E4%BA%BA%E6%B0%91%E8%B7%AF12%E5%8F%B7",
    "/v1/lookup?lon=nan&lat=30&datum=wgs84",
    "/v1/lookup?lon=1e2&lat=30&datum=EPSG:4490",
    "/v1/lookup/",
)


def shown(answer: Any) -> tuple[int, bytes, dict[str, str]]:
    return answer.status_code, answer.content, dict(answer.headers)


@pytest.mark.parametrize("path", PLAIN)
def test_it_answers_what_the_route_answers_header_for_header(service: Service, path: str) -> None:
    named = {"x-request-id": "same"}
    assert lane_takes(service, path)
    fast = service.get(path, headers=named)
    service.app.lane = None  # type: ignore[attr-defined]
    assert shown(fast) == shown(service.get(path, headers=named))


def lane_takes(service: Service, path: str, method: str = "GET") -> bool:
    where, _, query = path.partition("?")
    scope = {"type": "http", "path": where, "query_string": query.encode(), "method": method, "headers": []}

    async def ask() -> bool:
        return service.app.lane.answer(scope) is not None  # type: ignore[attr-defined]

    return service.portal.call(ask)


@pytest.mark.parametrize("path", OTHERS)
def test_it_leaves_everything_else_to_the_route(service: Service, path: str) -> None:
    assert not lane_takes(service, path)


def test_it_leaves_other_methods_and_callers_that_are_not_admitted(service: Service) -> None:
    assert not lane_takes(service, INSIDE, "POST")
    assert lane_takes(service, INSIDE)
    service.app.lane.admit = lambda scope: None  # type: ignore[attr-defined]
    assert not lane_takes(service, INSIDE)
    assert service.get(INSIDE).status_code == 200, "the route decides"


def test_below_a_base_path_it_answers_with_and_without_it() -> None:
    with running(settings={"base_path": "/gridward"}) as service:
        assert lane_takes(service, INSIDE)
        assert lane_takes(service, "/gridward" + INSIDE)
        assert not lane_takes(service, "/other" + INSIDE)


def test_lines_are_held_together_and_keep_their_order_and_times(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="geo_api.access"):
        for n in range(3):
            service.get(INSIDE, headers={"x-request-id": f"fast-{n}"})
        service.get("/health", headers={"x-request-id": "slow"})
    records = [r for r in caplog.records if r.name == "geo_api.access"]
    text = "\n".join(map(Lines().format, records)).splitlines()
    assert [line.split()[-1] for line in text] == ["fast-0", "fast-1", "fast-2", "slow"]
    assert all(" INFO geo_api.access: GET /" in line for line in text)
    assert [line[:23] for line in text] == sorted(line[:23] for line in text)
    assert "114.005" not in "".join(text)


def test_no_line_is_held_where_none_is_wanted(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="geo_api.access"), running(settings={"access_log": False}) as service:
        service.get(INSIDE)
    assert not [r for r in caplog.records if r.name == "geo_api.access"]
