"""The page for integrators is true: its commands are run, as they stand there, against the sample county."""

from __future__ import annotations

import doctest
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from geo_api.cli.demo import REASON
from geo_api.db import open_store
from geo_api.services.addresses.store import build
from geo_api.services.answers import Caller
from geo_api.services.first_plans import People, first_plans
from geo_api.services.load import load
from gridward import Client
from layers import read_dataset

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/integrators/README.md"
SERVED = "http://127.0.0.1:8000"
PATIENCE_S = 90.0

pytestmark = [
    pytest.mark.db,
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed"),
]


@dataclass(frozen=True)
class Step:
    """A block of the page: shell commands or Python, and the answer that the page shows (a part of it)."""

    kind: str
    text: str
    shown: Any


def steps() -> list[Step]:
    """The blocks of the page in their order."""
    found: list[Step] = []
    blocks = re.compile(r"^```(json|python)\n(.*?)^```$|((?:^ {4}[^\n]*\n)+)", re.M | re.S)
    for kind, fenced, indented in blocks.findall(PAGE.read_text(encoding="utf-8")):
        if kind == "json":
            found[-1] = Step(found[-1].kind, found[-1].text, json.loads(fenced))
        else:
            found.append(Step(kind or "shell", fenced or re.sub(r"^ {4}", "", indented, flags=re.M), None))
    return found


@pytest.fixture(scope="module")
def sample(new_database: Callable[[], str]) -> str:
    """A database with the sample county, the plan of its first station in force."""
    url = new_database()
    with open_store(url) as store:
        load(read_dataset(ROOT / "data/sample/manifest.toml"), store.register, actor="test", today=date(2025, 11, 1))
        build(store.gazetteer, "cn", actor="test")
        people = People(*(Caller(role, role, "990101") for role in ("planner", "approver", "admin")))
        begun = date(2025, 11, 1)
        first_plans(store, ["990101001"], people, valid_from=begun, reason=REASON, rng_seed=0, tell=lambda _: None)
    return url


@pytest.fixture(scope="module")
def environment(sample: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the commands run in."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    tools = tmp_path_factory.mktemp("tools")
    command = tools / "gridward"
    command.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom geo_api.cli.main import run\nrun()\n"
    )
    command.chmod(0o755)
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "DATABASE_URL": sample, "GRIDWARD_PORT": str(port), "PATH": path, "no_proxy": "127.0.0.1"}


@pytest.fixture(scope="module")
def address(environment: dict[str, str]) -> Iterator[str]:
    """The address of ``gridward serve`` on the sample."""
    process = subprocess.Popen(["gridward", "serve"], env=environment, cwd=ROOT, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{environment['GRIDWARD_PORT']}"
    try:
        until = time.monotonic() + PATIENCE_S
        while not _is_ready(url):
            assert process.poll() is None, "the service ended"
            assert time.monotonic() < until, "the service did not become ready"
            time.sleep(0.2)
        yield url
    finally:
        process.terminate()
        process.wait(30)


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/ready", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def test_the_examples_in_the_client_hold(address: str) -> None:
    with Client(address) as service:
        named = {"service": service, "Client": lambda _: Client(address)}
        runner, found = doctest.DocTestRunner(), doctest.DocTestFinder().find(Client, "Client", globs=named)
        for examples in found:
            runner.run(examples, clear_globs=False)
    assert runner.tries > 8
    assert not runner.failures


def holds(shown: Any, answer: Any) -> bool:
    """Whether an answer has what the page shows: the keys shown, and of lists something that holds each element."""
    if isinstance(shown, dict):
        return isinstance(answer, dict) and all(k in answer and holds(v, answer[k]) for k, v in shown.items())
    if isinstance(shown, list) and shown:
        return isinstance(answer, list) and all(any(holds(s, a) for a in answer) for s in shown)
    return bool(shown == answer)


def test_what_the_page_shows_is_compared() -> None:
    assert holds({"a": [{"b": 1}]}, {"a": [{"b": 2}, {"b": 1, "c": 3}], "d": 4})
    assert not holds({"a": [{"b": 1}]}, {"a": [{"b": 2}]})
    assert not holds({"a": []}, {"a": [1]})
    assert len([s for s in steps() if s.shown is not None]) > 8


def test_every_command_of_the_page_runs_and_answers_what_it_shows(
    address: str, environment: dict[str, str], tmp_path: Path
) -> None:
    for step in steps():
        text = step.text.replace(SERVED, address)
        if step.kind == "python":
            command = [sys.executable, "-c", text]
        else:
            text = text.replace("curl ", "curl -sS --fail-with-body " if "moon" not in text else "curl -sS ")
            command = [
                "bash",
                "-euc",
                f"[ ! -f state ] || . ./state\n{text}\ndeclare -p KEY > state 2> /dev/null || true",
            ]
        named = {**environment, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            command, cwd=tmp_path, env=named, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, f"{step.text}\n{done.stdout}\n{done.stderr}"
        if step.shown is not None:
            answer = json.loads(done.stdout.splitlines()[-1])
            assert holds(step.shown, answer), f"{step.text}\nanswers {done.stdout}"
