"""``gridward serve`` in a process of its own on a free port of loopback, with its log in a file; stopped, or killed outright."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.benchmarks.inputs import ROOT

START_S = 90.0


class Server:
    """The service on a port that stays the same from start to start."""

    def __init__(self, url: str, log: Path, **settings: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port: int = probe.getsockname()[1]
        self.log = log
        self._environment = {**os.environ, "DATABASE_URL": url, "GRIDWARD_OGC": "false", **settings}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        run = f"from geo_api.cli.main import run; run(['serve', '--port', '{self.port}'])"
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", run],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        end = time.monotonic() + START_S
        while True:
            try:
                if httpx.get(f"{self.address}/ready", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            assert self._process.poll() is None, self.log.read_text(errors="replace")[-2000:]
            assert time.monotonic() < end, "the service does not start"
            time.sleep(0.1)

    def stop(self) -> None:
        """Ask it to end; nothing where it does not run."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """End it and its batch processes with no chance to tidy up, as when the power fails."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def tracebacks(self) -> list[str]:
        """Last lines of the tracebacks in its log."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        found = []
        for n, line in enumerate(lines):
            if line.startswith("Traceback"):
                found.append(next((text for text in lines[n + 1 :] if text and not text.startswith(" ")), line))
        return found


@contextmanager
def serving(url: str, log: Path, **settings: str) -> Iterator[Server]:
    """A server that runs; stopped at the end."""
    server = Server(url, log, **settings)
    try:
        server.start()
        yield server
    finally:
        server.stop()
