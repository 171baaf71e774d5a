"""The requests that the pages for integrators show are understood by the service as they stand there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.geo_api.service import Service, running

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("copies.md", "relations.md")


def requests() -> list[str]:
    found = []
    for page in PAGES:
        text = (ROOT / "docs/integrators" / page).read_text(encoding="utf-8").replace("\\\n", " ")
        found += re.findall(r"^ {4,}(curl .*)$", text, re.M)
    return found


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with running() as running_service:
        yield running_service


def test_the_pages_show_requests() -> None:
    assert len(requests()) > 10


@pytest.mark.parametrize("command", requests())
def test_a_documented_request_is_understood(service: Service, command: str) -> None:
    words = shlex.split(command)[1:]
    url, query, body, headers, get = "", [], None, {}, "-G" in words
    while words:
        word = words.pop(0)
        if word in ("--data-urlencode", "-d"):
            query.append(words.pop(0).split("=", 1)) if get else (body := words.pop(0))
        elif word == "-H":
            name, value = words.pop(0).split(": ")
            headers[name] = value
        elif word.startswith("http"):
            url = word.removeprefix("http://127.0.0.1:8000")
    method = "GET" if body is None else "POST"
    answer = service.request(method, url, params=dict(query) or None, content=body, headers=headers)
    known = {200, 404, 409}  # the codes are those of the sample county; this service holds another one
    assert answer.status_code in known, answer.text
    assert "no such path" not in answer.text
