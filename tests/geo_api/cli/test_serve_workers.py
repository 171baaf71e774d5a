"""``gridward serve --workers 2`` as an operator starts it: all workers see a change, and none is left behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psutil
import pytest

from geo_api.db import open_store
from geo_api.services.load import load
from tests.geo_api.life import published
from tests.geo_api.town import LAT, LOADED, LON, WEST, make_town

pytestmark = [pytest.mark.db, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_S = 60.0


@contextmanager
def served(url: str, workers: int) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    run = f"from geo_api.cli.main import run; run(['serve', '--port', '{port}', '--workers', '{workers}'])"
    environment = {**os.environ, "DATABASE_URL": url, "GRIDWARD_POLL_S": "1", "GRIDWARD_OGC": "false"}
    process = subprocess.Popen([sys.executable, "-c", run], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    try:
        yield port, process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def statuses(port: int, questions: int) -> list[str]:
    """The answers to one question, each over a connection of its own, so that every worker is asked."""
    found = []
    for _ in range(questions):
        with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
            connection.request("GET", f"/v1/lookup?lon={LON + 0.003}&lat={LAT + 0.003}&datum=wgs84")
            found.append(json.loads(connection.getresponse().read())["status"])
    return found


def batch_processes(pid: int) -> list[Any]:
    below = psutil.Process(pid).children(recursive=True)
    return [child for child in below if "geo_api.batch_worker" in child.cmdline()]


def until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            if done():
                return
        except (OSError, psutil.Error):
            pass
        assert time.monotonic() < end
        time.sleep(0.2)


def test_every_worker_sees_a_change_and_none_is_left_behind(new_database: Callable[[], str]) -> None:
    url = new_database()
    with open_store(url) as store:
        load(make_town(), store.register, actor="test", today=LOADED)
        with served(url, 2) as (port, process):
            until(lambda: statuses(port, 30) == ["unpublished"] * 30)
            until(lambda: len(batch_processes(process.pid)) == 2)  # one each
            children: list[Any] = psutil.Process(process.pid).children(recursive=True)
            assert url not in " ".join(" ".join(c.cmdline()) for c in children)
            published(store, WEST, date(2026, 2, 1))
            until(lambda: statuses(port, 30) == ["found"] * 30)
        _gone, alive = psutil.wait_procs(children, timeout=20)
        assert not alive, [p.cmdline() for p in alive]
