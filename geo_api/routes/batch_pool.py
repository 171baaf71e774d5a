"""Batches in processes of their own, so that single lookups never wait for them.

A worker process holds what is published, without officers, and a point index of its own; it gets a territory when it
asks for a day that it does not hold. Bodies and answers are
files. It knows no network, and the database only for the gazetteer, once addresses are asked for. One that dies
takes the call that it works on with it (503) and is replaced.
"""

from __future__ import annotations

import logging
import queue
import socket
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol

from geo_api.errors import Interrupted
from geo_api.services.answers import PublishedTerritory
from geo_api.services.batch_lookup import BatchCall

log = logging.getLogger(__name__)

MODULE = "geo_api.batch_worker"
HELD = 3
"""Territories that a worker holds; the service knows which without asking."""

STUCK_S = 300.0
END_S = 2.0


@dataclass(frozen=True, slots=True)
class Picture:
    """A day's territory under a name that says whether a worker holds it already, and its age for the answer."""

    key: tuple[Any, ...]
    territory: PublishedTerritory
    age_s: float | None


Pictures = Callable[[date | None, datetime | str | None], Picture]


@dataclass(frozen=True, slots=True)
class AddressSetup:
    """What a worker needs to match addresses by itself: it reads the gazetteer from the database when first asked.

    Attributes:
        database_url: None = addresses cannot be asked for.
        region: whose forms of address.
        threshold: confidence below which it abstains.
        near_border_m: as in single answers.
    """

    database_url: str | None
    region: str = "cn"
    threshold: float = 0.9
    near_border_m: float = 10.0


class BatchRunner(Protocol):
    """Answers calls; :meth:`answer` blocks, and is called in threads."""

    def answer(self, call: BatchCall, body: Path, answer: Path) -> Any:
        """Media type and rows of the answer that was written; the errors of ``formats.batch_call.answer_call``."""
        ...

    def start(self) -> None:
        """Start the processes."""
        ...

    def warm(self) -> None:
        """Make ready what today's calls need; returns at once."""
        ...

    def close(self) -> None:
        """End the processes."""
        ...


class Worker:
    """One worker process and the line to it."""

    def __init__(self, setup: AddressSetup) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-m", MODULE, str(theirs.fileno())]
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        self._line = Connection(ours.detach())
        self.holds: OrderedDict[tuple[Any, ...], None] = OrderedDict()
        self.tell("setup", setup)  # not by the command line, which everybody on the machine can read

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def tell(self, *message: Any) -> None:
        """Send a message."""
        self._line.send(message)

    def hear(self) -> tuple[Any, ...]:
        """The next message; EOFError when the worker is gone or says nothing for minutes."""
        if not self._line.poll(STUCK_S):
            raise EOFError("no answer")
        message: tuple[Any, ...] = self._line.recv()
        return message

    def show(self, word: str, picture: Picture) -> None:
        """Send a picture, its territory only where the worker does not hold it."""
        known = picture.key in self.holds
        self.tell(word, picture.key, None if known else stripped(picture.territory), picture.age_s)
        remember(self.holds, picture.key, None)

    def end(self) -> None:
        """Close the line, which ends the process, and wait for that."""
        self._line.close()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def remember(held: OrderedDict[tuple[Any, ...], Any], key: tuple[Any, ...], value: Any) -> None:
    """Keep the last :data:`HELD` of them; both ends of the line do the same."""
    held[key] = value
    held.move_to_end(key)
    while len(held) > HELD:
        held.popitem(last=False)


def stripped(territory: PublishedTerritory) -> PublishedTerritory:
    """What a batch needs: no officers, no names."""
    return replace(territory, officers={}, names={}, parents={})


class BatchPool:
    """So many workers; calls beyond that wait in their threads."""

    def __init__(self, size: int, pictures: Pictures, setup: AddressSetup | None = None) -> None:
        self._pictures, self._size, self._setup = pictures, size, setup or AddressSetup(None)
        self._idle: queue.LifoQueue[Worker] = queue.LifoQueue()

    def start(self) -> None:
        """See :class:`BatchRunner`."""
        for _ in range(self._size):
            self._idle.put(Worker(self._setup))
        self.warm()

    def answer(self, call: BatchCall, body: Path, answer: Path) -> Any:
        """See :class:`BatchRunner`. Interrupted where the worker dies meanwhile."""
        worker = self._idle.get()
        try:
            worker.tell("call", call, body, answer, self._likely(call, worker))
            while True:
                word, *said = worker.hear()
                if word == "need":
                    try:
                        worker.show("picture", self._pictures(*said))
                    except (EOFError, OSError):
                        raise
                    except Exception as problem:  # the worker passes it on, so that both ends keep in step
                        worker.tell("problem", problem)
                elif word == "problem":
                    raise said[0]
                elif word == "fault":
                    raise RuntimeError(f"a batch failed: {said[0]}")
                else:
                    return said[0]
        except (EOFError, OSError) as problem:
            worker = self._replaced(worker)
            raise Interrupted(
                "the process that worked on this batch ended; nothing is lost, send it again"
            ) from problem
        finally:
            self._idle.put(worker)

    def _likely(self, call: BatchCall, worker: Worker) -> tuple[tuple[Any, ...], float | None] | None:
        """Key and age of today's picture where the worker holds it and will most likely want it: it need not ask then."""
        if call.on is not None or call.recorded_at is not None:
            return None
        try:
            picture = self._pictures(None, None)
        except Exception as problem:  # who asks for it meets the same trouble and reports it
            log.debug("no picture of today: %s", problem)
            return None
        if picture.key not in worker.holds:
            return None
        remember(worker.holds, picture.key, None)
        return picture.key, picture.age_s

    def _replaced(self, worker: Worker) -> Worker:
        log.warning("batch worker %d ended; another one takes its place", worker.pid)
        worker.end()
        return Worker(self._setup)

    def warm(self) -> None:
        """Show today's territory to the idle workers, in a thread."""
        threading.Thread(target=self._warm, name="gridward-batch-warm", daemon=True).start()

    def _warm(self) -> None:
        taken: list[Worker] = []
        try:
            picture = self._pictures(None, None)
            while True:
                worker = self._idle.get_nowait()
                taken.append(worker)
                if picture.key not in worker.holds:
                    worker.show("warm", picture)
        except queue.Empty:
            pass
        except Exception as problem:  # the next call meets the same trouble and reports it
            log.debug("workers not warmed: %s", problem)
        finally:
            for worker in taken:
                self._idle.put(worker)

    def pids(self) -> list[int]:
        """Process ids of the idle workers."""
        return [worker.pid for worker in list(self._idle.queue)]

    def close(self) -> None:
        """See :class:`BatchRunner`; calls under way are given a moment."""
        for _ in range(self._size):
            try:
                self._idle.get(timeout=END_S).end()
            except queue.Empty:
                return


class BatchThreads:
    """Batches in threads of the service itself, which share its snapshots."""

    def __init__(self, answer_call: Callable[..., Any], snapshots: Callable[..., Any], match: Any = None) -> None:
        self._answer_call, self._snapshots, self._match = answer_call, snapshots, match

    def answer(self, call: BatchCall, body: Path, answer: Path) -> Any:
        """See :class:`BatchRunner`."""
        return self._answer_call(call, body, answer, self._snapshots, self._match)

    def start(self) -> None:
        """Nothing to start."""

    def warm(self) -> None:
        """Nothing to make ready."""

    def close(self) -> None:
        """Nothing to end."""
