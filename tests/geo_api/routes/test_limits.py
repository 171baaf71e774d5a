"""What a key is for, how much each caller may ask, and that nobody gets past: by the fast lane or by the routes."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from geo_api.errors import NotAuthenticated
from geo_api.main import create_app
from geo_api.routes.callers import KnownKeys, address_of, counted, key_in
from geo_api.routes.limits import SHARED, shared_buckets
from geo_api.routes.scopes import scope_of
from geo_api.services.answers import Caller
from geo_api.services.keys import SCOPES
from geo_api.services.rate_limits import Buckets
from geo_api.settings import Settings
from tests.geo_api import fakes
from tests.geo_api.fakes import FakeStore
from tests.geo_api.service import Service, running

POINT = "/v1/lookup?lon=114.005&lat=30.004&datum=wgs84"
CAREFUL = "/v1/lookup?address=%E4%BA%BA%E6%B0%91%E8%B7%AF12%E5%8F%B7"
BATCH = {"datum": "wgs84", "lon": [114.005] * 5, "lat": [30.004] * 5}
FREE = {"/health", "/ready"}

HOTLINE = Caller("hotline", "system", "C", ("lookup", "batch"), requests_per_minute=5, points_per_minute=7, key_id=9)


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(fakes.KEYS, "hotline-key", HOTLINE)


@pytest.fixture
def service() -> Iterator[Service]:
    with running() as opened:
        yield opened


def key(name: str) -> dict[str, str]:
    return {"X-API-Key": name}


# ---------------------------------------------------------------------------------------------------- scopes
def test_every_route_needs_a_scope_that_exists() -> None:
    app = create_app(Settings(database_url="postgresql+psycopg://nobody@/nothing"), store=FakeStore())
    wanted = {
        (method, path): scope_of(method.upper(), path)
        for path, item in app.openapi()["paths"].items()
        for method in item
    }
    assert {path for (_, path), scope in wanted.items() if scope is None} == FREE
    assert {scope for scope in wanted.values() if scope} == set(SCOPES)
    assert scope_of("GET", "/ogc/collections/cells/items") == "published"
    assert scope_of("GET", "/v1/unheard-of") == "lookup", "what is new is not free by oversight"
    assert [scope_of("GET", p) for p in ("/", "/docs", "/static/gridward.css", "/ogcx")] == [None] * 4


@pytest.mark.parametrize("path", ["/v1/changes", "/v1/cells", "/v1/plans", "/v1/download/gpkg", "/v1/coverage"])
def test_a_key_is_for_its_scopes_alone(service: Service, path: str) -> None:
    refused = service.get(path, headers=key("hotline-key"))
    assert refused.status_code == 403
    assert refused.json()["code"] == "not_allowed"
    assert "this key is for lookup, batch alone" in refused.json()["detail"]
    assert refused.json()["request_id"] == refused.headers["x-request-id"]
    assert "content-security-policy" in refused.headers


def test_a_key_without_the_scope_of_points_does_not_get_past_by_the_fast_lane(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(fakes.KEYS, "feed-key", Caller("copy", "system", "C", ("changes",)))
    for _ in range(2):
        assert service.get(POINT, headers=key("feed-key")).status_code == 403
    assert service.get("/v1/changes", headers=key("feed-key")).status_code == 200


@pytest.mark.parametrize("path", [POINT, CAREFUL, "/v1/changes", "/v1/cells"])
def test_an_unknown_key_is_said_everywhere(service: Service, path: str) -> None:
    refused = service.get(path, headers=key("gw_unknown"))
    assert (refused.status_code, refused.json()["code"]) == (401, "not_authenticated")
    assert refused.headers["www-authenticate"].startswith("Bearer")


def test_a_key_is_sent_once_as_bearer_or_header() -> None:
    assert key_in([]) is None
    assert key_in([(b"x-api-key", b"k")]) == key_in([(b"authorization", b"bearer  k")]) == b"k"
    assert key_in([(b"authorization", b"Bearer k"), (b"x-api-key", b"k")]) == b"k"
    for wrong in ([(b"authorization", b"Basic k")], [(b"authorization", b"Bearer k"), (b"x-api-key", b"j")]):
        with pytest.raises(NotAuthenticated, match="once"):
            key_in(wrong)


# ---------------------------------------------------------------------------------------------------- limits of keys
def test_a_key_has_its_limit_on_every_way(service: Service) -> None:
    seen = [service.get(path, headers=key("hotline-key")) for path in (POINT, POINT, CAREFUL, POINT, CAREFUL)]
    assert [a.status_code for a in seen] == [200] * 5
    assert [a.headers["ratelimit"].split(";")[1] for a in seen] == ["r=4", "r=3", "r=2", "r=1", "r=0"]
    assert {a.headers["ratelimit-policy"] for a in seen} == {'"requests";q=5;w=60'}
    for path in (POINT, CAREFUL, "/v1/near?lon=114.005&lat=30.004&datum=wgs84&metres=10"):
        refused = service.get(path, headers=key("hotline-key"))
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
        assert 1 <= int(refused.headers["retry-after"]) <= 12
        assert "5 requests a minute" in refused.json()["detail"]
    assert service.get(POINT).status_code == 200, "others go on"
    assert service.get(POINT, headers={"Authorization": "Bearer planner-key"}).status_code == 200


def test_points_of_batches_are_counted(service: Service) -> None:
    assert [service.post("/v1/lookup/batch", json=BATCH, headers=key("hotline-key")).status_code for _ in range(3)] == [
        200, 200, 429
    ]  # fmt: skip
    refused = service.post("/v1/lookup/batch", json=BATCH, headers=key("hotline-key"))
    assert "7 points a minute" in refused.json()["detail"]
    assert 20 <= int(refused.headers["retry-after"]) <= 35, "three points too many, and one more"
    assert service.get(POINT, headers=key("hotline-key")).status_code == 200, "single questions are counted apart"


# ---------------------------------------------------------------------------------------------------- without a key
def test_addresses_have_a_limit_only_where_it_is_set(service: Service) -> None:
    assert all(service.get(POINT).status_code == 200 for _ in range(50))
    assert "ratelimit" not in service.get(POINT).headers
    with running(settings={"limit_requests": 3, "limit_points": 4}) as limited:
        assert [limited.get(p).status_code for p in (POINT, CAREFUL, POINT, POINT, CAREFUL)] == [
            200,
            200,
            200,
            429,
            429,
        ]
        assert [limited.get(p).status_code for p in ("/health", "/ready", "/", "/docs")] == [200] * 4
        assert limited.get(POINT, headers=key("planner-key")).status_code == 200
        elsewhere = {"X-Forwarded-For": "203.0.113.9"}
        assert limited.get(POINT, headers=elsewhere).status_code == 200, "a proxy on this machine tells who asks"
        assert limited.post("/v1/lookup/batch", json=BATCH, headers=elsewhere).status_code == 200
        assert limited.post("/v1/lookup/batch", json=BATCH, headers=elsewhere).status_code == 429


def test_what_counts_as_one_address() -> None:
    assert counted("203.0.113.9") == counted("::ffff:203.0.113.9") != counted("203.0.113.8")
    assert counted("2001:db8:1:2::1") == counted("2001:db8:1:2:ffff::9") != counted("2001:db8:1:3::1")
    assert counted("") == b""

    def scope(host: str, forwarded: str) -> Any:
        return {"client": (host, 1), "headers": [(b"x-forwarded-for", forwarded.encode())]}

    class Trusted(set[str]):
        def get_trusted_client_address(self, text: str) -> tuple[str, int]:
            return next(h for h in reversed(text.split(", ")) if h not in self), 0

    trusted = Trusted({"127.0.0.1"})
    assert address_of(scope("127.0.0.1", "10.0.0.1, 10.0.0.2"), trusted) == counted("10.0.0.2")
    assert address_of(scope("10.0.0.3", "10.0.0.1"), trusted) == counted("10.0.0.3"), "anybody can write that header"


# ---------------------------------------------------------------------------------------------------- revoked, away
def test_a_revoked_key_is_forgotten_when_the_database_tells(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    assert service.get(POINT, headers=key("hotline-key")).status_code == 200
    monkeypatch.delitem(fakes.KEYS, "hotline-key")
    service.store.listeners[-1].on_change()
    assert service.get(POINT, headers=key("hotline-key")).status_code == 401


def test_an_answer_from_before_a_change_is_not_kept() -> None:
    known = KnownKeys(Buckets(), keep_s=60.0, clock=iter([1.0, 2.0, 3.0, 4.0, 5.0]).__next__)
    asked_at = known.now()
    known.doubt()
    known.keep(b"k", HOTLINE, asked_at)
    assert known.fresh(b"k") is None
    assert known.stale(b"k") is not None
    known.drop(b"k")
    assert known.stale(b"k") is None


def test_the_database_is_not_asked_for_every_request_while_it_is_away(service: Service) -> None:
    asked: list[str] = []
    ask = service.store.keys.caller

    def counting(name: str) -> Caller:
        asked.append(name)
        return ask(name)

    service.store.keys.caller = counting  # type: ignore[method-assign]
    assert service.get(POINT, headers=key("hotline-key")).status_code == 200
    service.store.published.away = True
    service.store.listeners[-1].on_change()
    seen = [service.get(POINT, headers=key(name)) for name in ("hotline-key", "hotline-key", "planner-key")]
    assert [a.status_code for a in seen] == [200] * 3
    assert len(asked) == 2, "once before, once while it is away"


def test_while_the_database_is_away_known_keys_go_on_and_points_are_answered(service: Service) -> None:
    assert service.get(POINT, headers=key("hotline-key")).status_code == 200
    service.store.published.away = True
    service.store.listeners[-1].on_change()
    assert service.get(POINT, headers=key("hotline-key")).headers["ratelimit"].startswith('"requests";r=3')
    assert service.get("/v1/changes", headers=key("hotline-key")).status_code == 403
    assert service.get(POINT, headers=key("planner-key")).status_code == 200, "nobody knows yet whose key this is"
    assert service.get("/v1/coverage?jurisdiction=C01", headers=key("planner-key")).status_code == 503


# ---------------------------------------------------------------------------------------------------- log, memory
def test_neither_keys_nor_addresses_nor_queries_come_into_the_log(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    secrets = {"hotline-key", "114.005", "203.0.113.9", "wrong-key", "secret"}
    with caplog.at_level(logging.DEBUG):
        for path in (POINT, CAREFUL, "/v1/changes?since=secret", "/v1/unknown/secret"):
            for name in ("hotline-key", "wrong-key"):
                service.get(path, headers={**key(name), "X-Forwarded-For": "203.0.113.9"})
        service.app.lane._log.flush()  # type: ignore[attr-defined]
    text = "\n".join(r.getMessage() for r in caplog.records if r.name.startswith("geo_api"))
    assert "GET /v1/changes 403" in text
    assert not [s for s in secrets if s in text]


def test_without_shared_memory_each_worker_counts_for_itself(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(SHARED, "/proc/1/fd/none")
    buckets = shared_buckets()
    assert buckets.take(buckets.name(b"x"), 1).given
    assert "each worker for itself" in caplog.text


# ---------------------------------------------------------------------------------------------------- other origins
@contextmanager
def open_to(origins: str) -> Iterator[Service]:
    with running(settings={"cors_origins": origins}) as opened:
        yield opened


def test_pages_of_other_origins_only_where_they_are_set(service: Service) -> None:
    theirs = {"Origin": "https://map.example.org"}
    ask = {**theirs, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "x-api-key"}
    assert "access-control-allow-origin" not in service.get(POINT, headers=theirs).headers
    with open_to("https://map.example.org, http://localhost:5173") as opened:
        for path in (POINT, CAREFUL, "/v1/cells", "/v1/plans/99"):
            answer = opened.get(path, headers=theirs)
            assert answer.headers["access-control-allow-origin"] == "https://map.example.org"
            assert "Origin" in answer.headers["vary"]
            assert "RateLimit" in answer.headers["access-control-expose-headers"]
            assert "access-control-allow-credentials" not in answer.headers
        assert (
            "access-control-allow-origin" not in opened.get(POINT, headers={"Origin": "https://evil.example"}).headers
        )
        assert opened.request("OPTIONS", "/v1/lookup", headers=ask).status_code == 200
        refused = opened.get("/v1/cells", headers={**theirs, **key("gw_unknown")})
        assert (refused.status_code, "access-control-allow-origin" in refused.headers) == (401, True)
    with open_to("*") as opened:
        answer = opened.get(POINT, headers=theirs)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("wrong", ["map.example.org", "https://a.example/path", "*,https://a.example", "null"])
def test_origins_that_mean_nothing_are_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="origins such as"):
        Settings(cors_origins=wrong)  # type: ignore[arg-type]
