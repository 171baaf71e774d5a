"""What holds for every route there is: HEAD like GET, security headers, a request id, and a log that names nobody."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from geo_api.main import create_app
from geo_api.settings import Settings
from tests.geo_api.fakes import FakeStore
from tests.geo_api.service import Service, running

PATH_VALUES = {
    "{code}": "C01001",
    "{officer}": "O-1",
    "{plan_id}": "2",
    "{visit_id}": "v1",
    "{task_id}": "1",
    "{round_id}": "1",
    "{report_id}": "1",
    "{verb}": "accept",
    "{form}": "geojson",
}
QUERIES = {
    "/v1/lookup": "lon=114.005&lat=30.004&datum=EPSG:4490",
    "/v1/near": "lon=114.005&lat=30.004&datum=wgs84&metres=5",
    "/v1/levels": "lon=114.005&lat=30.004&datum=wgs84",
    "/v1/relations": "relation=covers&wkt=POINT(114.005 30.004)&datum=wgs84",
    "/v1/coverage": "jurisdiction=C01",
    "/v1/gaps": "jurisdiction=C01",
    "/v1/posters": "jurisdiction=C01",
    "/v1/changes": "since=2026-01-01",
}
SECRET = "planner-key"
SAFE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'self'",
}


def described() -> list[tuple[str, str]]:
    app = create_app(Settings(database_url="postgresql+psycopg://nobody@/nothing"), store=FakeStore())
    return [(method.upper(), path) for path, item in app.openapi()["paths"].items() for method in item]


ROUTES = described()
PAGES = [("GET", path) for path in ("/", "/docs", "/openapi.json", "/favicon.ico", "/static/gridward.css", "/nowhere")]


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with running() as opened:
        yield opened


def url(path: str) -> str:
    for name, value in PATH_VALUES.items():
        path = path.replace(name, value)
    return f"{path}?{QUERIES.get(path, '')}".rstrip("?")


@pytest.mark.parametrize(("method", "path"), [*ROUTES, *PAGES])
def test_security_headers_and_a_request_id(service: Service, method: str, path: str) -> None:
    answer = service.request(method, url(path), headers={"x-request-id": "mine-1"})
    assert answer.status_code < 500
    assert answer.headers["x-request-id"] == "mine-1"
    assert {name: answer.headers[name].split(";")[0] for name in SAFE} == SAFE


@pytest.mark.parametrize("path", [path for method, path in [*ROUTES, *PAGES] if method == "GET"])
def test_head_is_get_without_the_body(service: Service, path: str) -> None:
    named = {"x-request-id": "same", "X-API-Key": SECRET, "Accept-Encoding": "identity"}
    got, head = service.get(url(path), headers=named), service.request("HEAD", url(path), headers=named)
    assert head.status_code == got.status_code
    assert head.content == b""
    assert dict(head.headers) == dict(got.headers)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_the_log_names_nobody(service: Service, caplog: pytest.LogCaptureFixture, method: str, path: str) -> None:
    secrets = {"X-API-Key": SECRET, "X-Forwarded-For": "203.0.113.77", "User-Agent": "agent-of-somebody"}
    with caplog.at_level(logging.DEBUG):
        service.request(method, url(path), headers=secrets, content=b'{"body": "told in confidence"}')
        service.app.lane._log.flush()  # type: ignore[attr-defined]
    text = "\n".join(r.getMessage() for r in caplog.records if r.name.startswith(("geo_api", "uvicorn", "fastapi")))
    assert f"{method} {url(path).partition('?')[0]} " in text
    for told in (SECRET, "203.0.113.77", "agent-of-somebody", "114.005", "datum", "confidence", "since"):
        assert told not in text
