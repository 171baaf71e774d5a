"""Asking over HTTP: each question with its status, seconds and bytes, and what is wrong with its answer."""

from __future__ import annotations

import contextlib
import io
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson

SHOWN = 400
ENOUGH = 1e-6
"""Figures may differ by this in the last digits of a sum."""


class Refused(Exception):
    """An answer whose status was not expected: it is noted already."""


@dataclass
class Asked:
    """One question: who asked, what, with which status, in how many seconds, how many bytes; ``faults``: what is wrong."""

    question: str
    by: str
    status: int
    seconds: float
    size: int
    faults: list[str] = field(default_factory=list)


class Walk:
    """Asks on behalf of people with keys and keeps the book of it. A fault ends its part of the walk, not the walk."""

    def __init__(
        self, client: httpx.Client, keys: Mapping[str, str], tell: Callable[[str], None] = lambda _: None
    ) -> None:
        self._client, self.keys, self._tell = client, dict(keys), tell
        self._part = ""
        self.asked: list[Asked] = []

    @property
    def faults(self) -> list[str]:
        """All that is wrong, with the question that it is about."""
        return [f"{a.question} ({a.by}): {fault}" for a in self.asked for fault in a.faults]

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """A part of the walk; what goes wrong in it is noted."""
        self._part = name
        try:
            yield
        except Refused:
            pass
        except Exception as problem:
            self.check(False, f"the walk cannot go on here: {problem!r}")

    def ask(
        self,
        path: str,
        body: Any = None,
        *,
        by: str = "admin",
        method: str = "",
        status: int | tuple[int, ...] = 200,
        content: bytes | None = None,
        media_type: str = "",
        **params: Any,
    ) -> Any:
        """Ask one question; the answer, parsed where it is JSON. Another status than expected is a fault."""
        given = {k: v for k, v in params.items() if v is not None}
        method = method or ("GET" if body is None and content is None else "POST")
        headers = {"X-API-Key": self.keys[by]} if by in self.keys else {}
        if media_type:
            headers["Content-Type"] = media_type
        how: dict[str, Any] = {"content": content} if content is not None else {} if body is None else {"json": body}
        path, _, query = path.partition("?")
        given |= dict(word.split("=", 1) for word in query.split("&") if word)
        begun = time.perf_counter()
        answer = self._client.request(method, f"/v1/{path}", params=given, headers=headers, **how)
        took = time.perf_counter() - begun
        told = ", ".join(f"{k}={v}" for k, v in given.items())
        self.asked.append(
            Asked(f"{self._part}: {method} {path} {told}".rstrip(), by, answer.status_code, took, len(answer.content))
        )
        self._tell(f"{answer.status_code} {took:7.3f} s {len(answer.content):>10,} B  {self.asked[-1].question}")
        if answer.status_code not in ((status,) if isinstance(status, int) else status):
            self.check(False, f"status {answer.status_code}, expected {status}: {answer.text[:SHOWN]}")
            raise Refused
        if answer.status_code >= 400:
            self._teaches(answer)
        if "json" not in answer.headers["content-type"]:
            return answer.content
        return orjson.loads(answer.content)

    def ask_by(self, path: str, key: str, **params: Any) -> Any:
        """The same where the question itself has a parameter ``by``."""
        return self.ask(f"{path}?by={key}", **params)

    def _teaches(self, answer: httpx.Response) -> None:
        """A refusal has the one shape of errors and says in words what is wrong."""
        said = answer.json()
        self.check(len(said.get("detail", "")) > 20 and "Traceback" not in answer.text, f"it teaches nothing: {said}")

    def check(self, fine: bool, else_: str) -> bool:
        """Note a fault of the last answer unless it is fine."""
        if not fine:
            if not self.asked:
                self.asked.append(Asked(self._part, "", 0, 0.0, 0))
            self.asked[-1].faults.append(else_)
            self._tell(f"  ! {else_}")
        return fine

    def equal(self, ours: object, theirs: object, what: str) -> None:
        """Note a fault unless both are the same, numbers but for rounding."""
        found = difference(ours, theirs)
        self.check(not found, f"{what}: {found}")

    def typed(self, *words: str, form: str = "json") -> Any:
        """What a command answers in the same database, as JSON or as the bytes of its file."""
        from geo_api.cli.main import exit_status

        said, wrong = io.StringIO(), io.StringIO()
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / f"answer.{form}"
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(wrong):
                status = exit_status([*words, "-o", str(file)])
            if status not in (0, 2):
                self.check(False, f"gridward {' '.join(words)}: {wrong.getvalue().strip()[:SHOWN]}")
                raise Refused
            content = file.read_bytes()
        return orjson.loads(content) if form == "json" else content


def difference(ours: object, theirs: object, path: str = "") -> str:
    """Where two answers differ first, "" = nowhere."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        if ours.keys() != theirs.keys():
            return f"{path or 'top'}: {sorted(ours.keys() ^ theirs.keys())} in one of them only"
        pairs = [(f"{path}.{k}", ours[k], theirs[k]) for k in ours]
    elif isinstance(ours, list) and isinstance(theirs, list):
        if len(ours) != len(theirs):
            return f"{path or 'top'}: {len(ours)} and {len(theirs)} items"
        pairs = [(f"{path}[{n}]", a, b) for n, (a, b) in enumerate(zip(ours, theirs, strict=True))]
    elif isinstance(ours, float | int) and isinstance(theirs, float | int):
        return "" if abs(ours - theirs) <= ENOUGH * max(1.0, abs(ours)) else f"{path}: {ours} and {theirs}"
    else:
        return "" if ours == theirs else f"{path or 'top'}: {ours!r} and {theirs!r}"
    return next((found for where, a, b in pairs if (found := difference(a, b, where))), "")
