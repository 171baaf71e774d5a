"""When a client asks again, how long it waits, and when it gives up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridward import AsyncClient, BadAnswer, Client, NotFound, Retries, ServiceError, TooManyRequests, Unreachable
from gridward.retry import retry_after

HEALTHY = {"status": "ok", "version": "1"}
CHANGES = {"revision": "1", "next": "1", "more": False, "changes": []}


class Script:
    """Answers in turn; an exception is raised."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers, self.asked = list(answers), 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were made, instead of making them; time passes by as much."""
    made: list[float] = []

    async def asleep(seconds: float) -> None:
        made.append(seconds)

    monkeypatch.setattr("gridward.client.time.sleep", made.append)
    monkeypatch.setattr("gridward.async_client.asyncio.sleep", asleep)
    monkeypatch.setattr("gridward.client.time.monotonic", lambda: sum(made))
    return made


def busy(status: int = 503, **headers: str) -> httpx.Response:
    told = {"code": "too_busy", "detail": "later", "findings": [], "request_id": "r-1"}
    return httpx.Response(status, json=told, headers={k.replace("_", "-"): v for k, v in headers.items()})


def pages(*answers: httpx.Response | Exception, retries: Retries | int = 4) -> tuple[Script, Callable[[], list]]:
    script = Script(*answers)
    client = Client("http://t", retries=retries, transport=httpx.MockTransport(script))
    return script, lambda: list(client.changes())


def test_a_read_is_asked_again_until_it_is_answered(waits: list[float]) -> None:
    refused = httpx.ConnectError("refused")
    script, ask = pages(busy(), busy(429), refused, busy(502), httpx.Response(200, json=CHANGES))
    assert ask() == []
    assert script.asked == 5
    assert len(waits) == 4


def test_an_async_read_too(waits: list[float]) -> None:
    script = Script(busy(), httpx.ReadTimeout("slow"), httpx.Response(200, json=CHANGES))

    async def ask() -> list:
        async with AsyncClient("http://t", transport=httpx.MockTransport(script)) as client:
            return [change async for change in client.changes()]

    assert asyncio.run(ask()) == []
    assert (script.asked, len(waits)) == (3, 2)


def test_retry_after_is_honoured(waits: list[float]) -> None:
    _, ask = pages(busy(retry_after="7"), httpx.Response(200, json=CHANGES))
    ask()
    assert 7.0 <= waits[0] <= 7.0 + Retries().first_s


def test_it_gives_up_at_once_where_it_would_have_to_wait_too_long(waits: list[float]) -> None:
    script, ask = pages(busy(429, retry_after="3600"))
    with pytest.raises(TooManyRequests) as caught:
        ask()
    assert (script.asked, waits, caught.value.retry_after_s) == (1, [], 3600.0)
    assert caught.value.request_id == "r-1"


def test_it_gives_up_after_so_many_times(waits: list[float]) -> None:
    script, ask = pages(*[busy()] * 3, retries=2)
    with pytest.raises(ServiceError, match="503 too_busy: later"):
        ask()
    assert script.asked == 3


def test_no_connection_is_said_with_its_cause(waits: list[float]) -> None:
    script, ask = pages(*[httpx.ConnectError("refused")] * 2, retries=1)
    with pytest.raises(Unreachable, match="http://t gave no answer: ConnectError refused") as caught:
        ask()
    assert script.asked == 2
    assert isinstance(caught.value.__cause__, httpx.ConnectError)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422, 500])
def test_a_refusal_is_not_asked_again(waits: list[float], status: int) -> None:
    script, ask = pages(busy(status))
    with pytest.raises(ServiceError):
        ask()
    assert (script.asked, waits) == (1, [])


def test_health_is_asked_once(waits: list[float]) -> None:
    script = Script(busy(), httpx.Response(200, json=HEALTHY))
    client = Client("http://t", transport=httpx.MockTransport(script))
    with pytest.raises(ServiceError):
        client.health()
    assert client.health().version == "1"
    assert waits == []


def test_what_is_no_gridward_service_is_said(waits: list[float]) -> None:
    page = httpx.Response(200, html="<p>router login</p>")
    with pytest.raises(BadAnswer, match="address of a Gridward service"):
        pages(page)[1]()
    with pytest.raises(NotFound, match="a proxy may have given it"):
        pages(httpx.Response(404, html="<p>nothing</p>"))[1]()
    with pytest.raises(ValueError, match="such as http://"):
        Client("127.0.0.1:8000")


@given(
    tried=st.integers(1, 60),
    waited=st.floats(0, 100),
    hint=st.none() | st.floats(0, 100),
    draw=st.floats(0, 1),
    retries=st.builds(Retries, times=st.integers(0, 50), within_s=st.floats(0, 60)),
)
def test_pauses_are_bounded(tried: int, waited: float, hint: float | None, draw: float, retries: Retries) -> None:
    wait = retries.pause(tried, waited, hint, lambda: draw)
    if wait is None:
        longest = (hint or 0.0) + retries.longest_s
        assert tried > retries.times or waited + longest > retries.within_s
    else:
        assert (hint or 0.0) <= wait <= (hint or 0.0) + retries.longest_s
        assert waited + wait <= retries.within_s
        assert tried <= retries.times


def test_retry_after_is_seconds_or_a_date() -> None:
    now = datetime(2026, 3, 10, 4, tzinfo=UTC)
    assert retry_after("5") == 5.0
    assert retry_after("Tue, 10 Mar 2026 04:00:09 GMT", now) == 9.0
    assert retry_after("Tue, 10 Mar 2026 03:00:09 GMT", now) == 0.0
    assert [retry_after(text) for text in (None, "", "soon", "-3")] == [None] * 4
