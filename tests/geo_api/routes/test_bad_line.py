"""Handhelds over a bad line, on a real socket: halves of requests, broken zips, bodies too large, of the wrong kind, killed services."""

from __future__ import annotations

import gzip
import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from geo_api.db import open_store
from geo_api.db.store import Store
from geo_api.services.build_plan import build_plan
from geo_api.services.keys import create_key
from geo_api.services.load import load
from geo_api.services.plan_transitions import approve_plan, submit_plan
from tests.benchmarks.walk.server import Server, serving
from tests.geo_api.life import OPERATOR, SECOND, published
from tests.geo_api.town import BUREAU, EAST, LAT, LOADED, LON, WEST, make_town

pytestmark = [pytest.mark.db, pytest.mark.slow]

HUGE = 50 * 2**20
PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def store(new_database: Callable[[], str]) -> Iterator[Store]:
    with open_store(new_database()) as opened:
        load(make_town(entities=200), opened.register, actor="test", today=LOADED)
        published(opened, WEST, LOADED)
        yield opened


@pytest.fixture(scope="module")
def server(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log: Path = tmp_path_factory.mktemp("service") / "service.log"
    with serving(store.database.url, log, GRIDWARD_BATCH_CONCURRENCY="1", GRIDWARD_WORK_CONCURRENCY="8") as running:
        yield running
        assert running.tracebacks() == []


@pytest.fixture(scope="module")
def key(store: Store) -> str:
    return create_key(store.keys, name="handheld", role="admin", jurisdiction=BUREAU, created_by="test").key


@pytest.fixture(scope="module")
def today(store: Store) -> date:
    return store.profiles.today(BUREAU)


def visits(today: date, name: str, number: int = 3) -> list[dict[str, Any]]:
    return [
        {"visit_id": f"{name}-{n}", "entity": f"s{n:04d}", "made_on": str(today), "result": "pass", "officers": ["11"]}
        for n in range(number)
    ]


def stored(store: Store, name: str) -> int:
    with store.database.connection() as connection:
        row = connection.execute("select count(*) from inspection where visit_id like %s", (f"{name}-%",)).fetchone()
    assert row
    return int(row[0])


def raw(server: Server, key: str, path: str, body: bytes, *headers: str, hang_up: bool = True) -> bytes:
    """Send what is given and hang up; what came back until then, or until the service hangs up."""
    head = [f"POST /v1/{path} HTTP/1.1", "Host: gridward.test", f"X-API-Key: {key}", *headers, "", ""]
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as line:
        line.sendall("\r\n".join(head).encode() + body)
        if hang_up:
            line.shutdown(socket.SHUT_WR)
        pieces = []
        while piece := line.recv(65_536):
            pieces.append(piece)
    return b"".join(pieces)


def send(
    server: Server, key: str, path: str, body: bytes, media_type: str = "application/json", **headers: str
) -> httpx.Response:
    named = {"X-API-Key": key, "Content-Type": media_type, **{k.replace("_", "-"): v for k, v in headers.items()}}
    return httpx.post(f"{server.address}/v1/{path}", content=body, headers=named, timeout=60)


def teaches(answer: httpx.Response, *words: str) -> None:
    said = answer.json()
    assert set(said) == {"code", "detail", "findings", "request_id"}
    assert all(word in said["detail"] for word in words), said


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
@pytest.mark.parametrize(
    "path", [f"inspections?jurisdiction={WEST}", f"register/changes?jurisdiction={BUREAU}", "claims", "tasks"]
)
def test_half_a_request_stores_nothing_and_spoils_nothing(
    server: Server, store: Store, key: str, today: date, path: str, share: float
) -> None:
    body = json.dumps(visits(today, "half")).encode()
    part = body[: int(share * len(body))]
    kind = "Content-Type: application/json"
    answers = [
        raw(server, key, path, part, kind, f"Content-Length: {len(body)}"),
        raw(server, key, path, b"%x\r\n%s" % (len(body), part), kind, "Transfer-Encoding: chunked"),
    ]
    assert not any(a.startswith(b"HTTP/1.1 2") or a.startswith(b"HTTP/1.1 500") for a in answers), answers
    assert stored(store, "half") == 0
    assert httpx.get(f"{server.address}/health").status_code == 200


def test_a_zipped_queue_is_understood(server: Server, store: Store, key: str, today: date) -> None:
    body = gzip.compress(json.dumps(visits(today, "zipped", 20)).encode())
    answer = send(server, key, f"inspections?jurisdiction={BUREAU}", body, Content_Encoding="gzip")
    assert answer.status_code == 200, answer.text
    assert answer.json()["counts"] == {"stored": 20}
    assert stored(store, "zipped") == 20


@pytest.mark.parametrize("path", [f"inspections?jurisdiction={WEST}", f"register/changes?jurisdiction={BUREAU}"])
@pytest.mark.parametrize("damage", ["cut", "garbled", "plain", "bomb"])
def test_a_broken_zip_is_told(server: Server, store: Store, key: str, today: date, path: str, damage: str) -> None:
    plain = json.dumps(visits(today, "broken", 50)).encode()
    whole = gzip.compress(plain)
    middle = len(whole) // 2
    body = {
        "cut": whole[:-20],
        "garbled": whole[:middle] + bytes(b ^ 255 for b in whole[middle : middle + 40]) + whole[middle + 40 :],
        "plain": plain,
        "bomb": gzip.compress(b" " * HUGE),
    }[damage]
    answer = send(server, key, path, body, Content_Encoding="gzip")
    assert answer.status_code == (413 if damage == "bomb" else 422), answer.text
    teaches(answer, "bytes" if damage == "bomb" else "as gzip")
    assert stored(store, "broken") == 0


def test_an_unknown_encoding_is_told(server: Server, key: str, today: date) -> None:
    answer = send(server, key, f"inspections?jurisdiction={WEST}", b"x", Content_Encoding="br")
    assert answer.status_code == 422
    teaches(answer, "'br'", "gzip")


@pytest.mark.parametrize(
    "path",
    [
        f"inspections?jurisdiction={WEST}", f"register/changes?jurisdiction={BUREAU}", "ledger/verify", "claims", "tasks",
        "tasks/batch", "tasks/campaigns", f"unlicensed?jurisdiction={WEST}", f"classes/decisions?jurisdiction={WEST}",
        "officers/propose", "groups", "reports", "sampling", "posters", "visit-plans",
    ],
)  # fmt: skip
def test_a_body_of_50_mb_is_refused_before_it_is_read(server: Server, key: str, path: str) -> None:
    length = f"Content-Length: {HUGE}"
    answer = raw(server, key, path, b"[", "Content-Type: application/json", length, "Connection: close", hang_up=False)
    assert answer.startswith(b"HTTP/1.1 413"), answer[:200]
    assert b" bytes: send it in several calls" in answer


@pytest.mark.parametrize("path", [f"inspections?jurisdiction={WEST}", "tasks"])
def test_a_body_whose_length_is_not_said_is_refused_when_it_grows_too_large(
    server: Server, key: str, path: str
) -> None:
    def pieces() -> Iterator[bytes]:
        yield b'[{"x": "'
        for _ in range(40):
            yield b"a" * 2**20

    try:
        answer = httpx.post(f"{server.address}/v1/{path}", content=pieces(), headers={"X-API-Key": key}, timeout=60)
    except httpx.TransportError:
        return  # the service hung up while we still sent
    assert answer.status_code == 413, answer.text
    teaches(answer, "bytes")


BODIES: dict[str, tuple[bytes, str]] = {
    "text": (b"visit 1: all well", "text/plain"),
    "xml": (b"<visit id='1'/>", "application/xml"),
    "form": (b"visit_id=1&entity=2", "application/x-www-form-urlencoded"),
    "nothing": (b"", "application/json"),
    "a number": (b"5", "application/json"),
    "null": (b"null", "application/json"),
    "lists in lists": (b"[[[]]]", "application/json"),
    "deep": (b"[" * 200_000, "application/json"),
    "deep and closed": (b"[" * 900 + b"]" * 900, "application/json"),
    "latin1": ('{"visit_id": "1", "entity": "é"}'.encode("latin1"), "application/json"),
    "utf-16": ('{"visit_id": "1"}'.encode("utf-16"), "application/json"),
    "nul": (
        b'{"visit_id": "a\\u0000b", "entity": "s0001\\u0000", "made_on": "2026-03-01", "title": "\\u0000"}',
        "application/json",
    ),
    "half a surrogate": (
        b'{"visit_id": "\\ud800", "entity": "s0001", "made_on": "2026-03-01", "title": "\\ud800"}',
        "application/json",
    ),
    "not a number": (b'{"visit_id": NaN, "minutes": Infinity}', "application/json"),
    "a very long number": (b'{"visit_id": ' + b"9" * 5000 + b"}", "application/json"),
    "no zip": (b"PK not a workbook", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


@pytest.mark.parametrize("what", BODIES)
@pytest.mark.parametrize(
    "path",
    [
        f"inspections?jurisdiction={WEST}", f"register/changes?jurisdiction={BUREAU}", "ledger/verify", "claims", "tasks",
        "tasks/batch", f"unlicensed?jurisdiction={WEST}", f"classes/decisions?jurisdiction={WEST}", "visit-plans", "reports",
    ],
)  # fmt: skip
def test_a_body_of_the_wrong_kind_is_told(server: Server, key: str, path: str, what: str) -> None:
    body, media_type = BODIES[what]
    answer = send(server, key, path, body, media_type)
    assert answer.status_code in (200, 404, 413, 415, 422), answer.text
    if answer.status_code != 200:
        assert len(answer.json()["detail"]) > 10
    else:
        assert path == "ledger/verify" or answer.json().get("counts") == {"refused": 1}, answer.text


Bodies = dict[str, dict[str, Any] | list[dict[str, Any]]]


@pytest.fixture(scope="module")
def writes(store: Store) -> Bodies:
    """What is under way when the service dies: visits, an import, a report, a publication, a case."""
    today: date = store.profiles.today(BUREAU)
    plan = build_plan(store.planning, EAST, caller=OPERATOR, cells=2, tolerance=0.2).plan_id
    submit_plan(store.planning, plan, caller=OPERATOR)
    approve_plan(store.planning, plan, caller=SECOND)
    visits = [
        {"visit_id": f"k-{n}", "entity": f"s{n:04d}", "made_on": str(today), "result": "pass", "officers": ["11"]}
        for n in range(50)
    ]
    opened = [
        {"change": "opened", "source_id": f"k{n}", "name": f"新店{n}", "credit_class": "A", "lon": LON + 0.003, "lat": LAT + 0.003}
        for n in range(20)
    ]  # fmt: skip
    return {
        f"inspections?jurisdiction={BUREAU}": visits,
        f"register/changes?jurisdiction={BUREAU}&datum=cgcs2000": {"changes": opened},
        "reports": {"jurisdiction": WEST, "of": "2026-02", "reason": "月报"},
        f"plans/{plan}/publish": {"valid_from": str(today + timedelta(days=2)), "reason": "公布"},
        "tasks": {"title": "投诉", "entity": 1, "source": "12315", "source_id": "k-1"},
    }


def counted(store: Store) -> dict[str, int]:
    """Rows of every table, by name."""
    with store.database.connection() as connection:
        names = [
            r[0] for r in connection.execute("select relname from pg_stat_user_tables where schemaname = 'gridward'")
        ]
        return {
            name: connection.execute(f'select count(*) from gridward."{name}"').fetchone()[0]  # type: ignore[index,arg-type]
            for name in sorted(names)
        }


def waiting(connection: psycopg.Connection) -> int:
    """Writers that wait for a lock."""
    connection.execute("select pg_stat_clear_snapshot()")
    row = connection.execute(
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    ).fetchone()
    return int(row[0]) if row else 0


def test_a_service_killed_while_it_writes_half_stores_nothing_and_the_repeat_succeeds(
    server: Server, store: Store, key: str, writes: Bodies
) -> None:
    """Whoever sends again gets what they asked for, once."""

    def post(path: str) -> httpx.Response:
        return httpx.post(
            f"{server.address}/v1/{path}", json=writes[path], headers={"X-API-Key": key}, timeout=PATIENCE_S
        )

    before = counted(store)
    with store.database.dedicated() as holder, ThreadPoolExecutor(len(writes)) as people:
        holder.autocommit = False
        holder.execute("lock table gridward.event in exclusive mode")  # written last in each transaction
        sent: dict[str, Future[httpx.Response]] = {path: people.submit(post, path) for path in writes}
        end = time.monotonic() + PATIENCE_S
        # a report that comes after a writer looks again and again whether it has ended: that is no waiting for a lock
        while waiting(holder) < len(writes) - 1 and not any(f.done() for f in sent.values()) and time.monotonic() < end:
            time.sleep(0.05)
        reached = waiting(holder)
        server.kill()
        holder.rollback()
    answered = {path: f.result().text for path, f in sent.items() if f.done() and not f.exception()}
    assert reached >= len(writes) - 1, f"not in the middle of it nor waiting for one who was: {answered}"
    told = {path: f.exception() or f.result().text for path, f in sent.items()}
    assert all(isinstance(said, httpx.TransportError) for said in told.values()), told
    end = time.monotonic() + PATIENCE_S
    while counted(store) != before and time.monotonic() < end:
        time.sleep(0.1)
    assert counted(store) == before, "the database itself takes back what was not finished"
    server.start()
    for path in writes:
        answer = post(path)
        assert answer.status_code in (200, 201), (path, answer.text)
    after = counted(store)
    assert after["inspection"] - before["inspection"] == 50
    assert after["entity"] - before["entity"] == 20
    for path in writes:
        assert post(path).status_code in (200, 409), path
    again = counted(store)
    assert {t: n for t, n in again.items() if n != after[t] and t not in ("event",)} == {}, "sent again nothing changes"
