"""What both clients share: headers, errors, answers that are kept, and when to try again. No network here."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import httpx

from gridward.answers import Download, Finding
from gridward.asking import Answered, Ask, Day, Moment, said
from gridward.decode import decode
from gridward.errors import BadAnswer, GridwardError, ServiceError, Unreachable, kind_of
from gridward.retry import AGAIN, Retries, retry_after

T = TypeVar("T")

KEPT = 64
"""Answers with an ETag that are kept, and asked for again with ``If-None-Match``."""

FORMS = {".gpkg": "gpkg", ".geojson": "geojson", ".json": "geojson", ".parquet": "parquet"}


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer and the ETag that it came with."""

    tag: str
    answer: Any


def headers_of(ask: Ask[Any], kept: Kept | None) -> dict[str, str]:
    """Headers of a question, with the ETag of the answer that is kept."""
    return {**ask.headers, **({"if-none-match": kept.tag} if kept else {})}


class Core:
    """The state of a client beside its connections; safe between threads."""

    def __init__(self, base_url: str, key: str | None, retries: Retries | int, agent: str) -> None:
        if not base_url.startswith(("http://", "https://")):
            raise ValueError(f"base_url={base_url!r}: the address of a service, such as http://127.0.0.1:8000")
        self.retries = Retries(times=retries) if isinstance(retries, int) else retries
        self.headers = {"user-agent": agent, "accept-encoding": "gzip"}
        if key:
            self.headers["authorization"] = f"Bearer {key}"
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()
        self._lock = threading.Lock()

    def kept(self, ask: Ask[Any]) -> Kept | None:
        """The last answer to the same question, where it is kept."""
        with self._lock:
            return self._kept.get(_name(ask)) if ask.kept else None

    def take(self, ask: Ask[T], answered: Answered, kept: Kept | None) -> T:
        """The answer; a ServiceError where the service refused, BadAnswer where it cannot be read."""
        if answered.status == 304 and kept is not None:
            unchanged: T = kept.answer
            return unchanged
        if answered.status != 200:
            raise error_of(answered.status, answered.headers, answered.body)
        try:
            answer = ask.read(answered)
        except (ValueError, KeyError) as problem:
            raise BadAnswer(
                f"{ask.method} {ask.path}: {problem}; is this the address of a Gridward service?"
            ) from problem
        if ask.kept and (tag := answered.headers.get("etag")):
            with self._lock:
                self._kept[_name(ask)] = Kept(tag, answer)
                self._kept.move_to_end(_name(ask))
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
        return answer

    def pause(self, failure: GridwardError, *, again: bool, tried: int, waited_s: float) -> float:
        """Seconds to wait before the next try; raises the failure where there is to be none."""
        hint = failure.retry_after_s if isinstance(failure, ServiceError) else None
        passing = isinstance(failure, Unreachable) or (isinstance(failure, ServiceError) and failure.status in AGAIN)
        wait = self.retries.pause(tried, waited_s, hint) if again and passing else None
        if wait is None:
            raise failure
        return wait


def _name(ask: Ask[Any]) -> Hashable:
    return ask.path, tuple(sorted(ask.params.items()))


def error_of(status: int, headers: Mapping[str, str], body: bytes) -> ServiceError:
    """The error that an answer tells."""
    try:
        told: Any = json.loads(body)
    except ValueError:
        told = None
    told = told if isinstance(told, dict) else {}
    findings: tuple[Finding, ...] = ()
    with suppress(ValueError, TypeError):
        findings = tuple(decode(Finding, f) for f in told.get("findings", ()))
    return kind_of(status)(
        status,
        str(told.get("code", "unknown")),
        str(told.get("detail", "the answer is none of a Gridward service; a proxy may have given it")),
        findings,
        str(told.get("request_id") or headers.get("x-request-id", "")),
        retry_after(headers.get("retry-after")),
    )


def unreachable(base_url: httpx.URL, problem: httpx.RequestError) -> Unreachable:
    """No answer came."""
    failure = Unreachable(f"{base_url} gave no answer: {type(problem).__name__} {problem}".rstrip())
    failure.__cause__ = problem
    return failure


class Fetch:
    """A file on its way: a download goes beside its place first and is there whole or not at all."""

    def __init__(self, path: str | Path, form: str | None, on: Day, recorded_at: Moment, etag: str | None) -> None:
        self.path = Path(path)
        form = form or FORMS.get(self.path.suffix.lower())
        if form not in FORMS.values():
            raise ValueError(f"form={form!r}: give form='gpkg', 'geojson' or 'parquet', or a path that ends so")
        self.url, self.params = f"/v1/download/{form}", said(on=on, recorded_at=recorded_at)
        self.headers = {"if-none-match": etag} if etag else {}
        self.part = self.path.with_name(f".{self.path.name}.{uuid4().hex}.part")

    def done(self, headers: Mapping[str, str]) -> Download:
        """The file is complete: put it in its place."""
        self.part.replace(self.path)
        size = self.path.stat().st_size
        return Download(str(self.path), size, headers.get("x-gridward-revision", ""), headers.get("etag", ""))

    def drop(self) -> None:
        """Remove what is not complete."""
        self.part.unlink(missing_ok=True)
