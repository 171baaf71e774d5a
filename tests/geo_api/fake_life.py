"""The register's life and claims in memory: an empty register, whatever is brought in is stored nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

import numpy as np

from geo_api.errors import NotFound
from geo_api.services.claims.store import FallCounts
from geo_api.services.register.duplicates import Living
from geo_api.services.register.store import RegisterScope
from geo_api.services.register.unlicensed import FileRow
from geo_api.supervision.unlicensed import FileStep

TODAY = date(2026, 3, 10)
PARENTS = {"C": "", "C01": "C", "C02": "C"}


def ancestors(code: str) -> tuple[str, ...]:
    """The code and the levels above it, of the small county of the fakes."""
    found = [code[:3]] if code[:3] in PARENTS and len(code) > 3 else []
    if code not in PARENTS and not found:
        raise NotFound(f"there is no jurisdiction or cell {code!r}")
    up = [code, *found]
    while PARENTS.get(up[-1]):
        up.append(PARENTS[up[-1]])
    return tuple(up)


class _Reads:
    ancestors = staticmethod(ancestors)

    def parents(self) -> dict[str, str]:
        return PARENTS

    def today(self, _code: str) -> date:
        return TODAY

    def rules(self, *_: Any) -> tuple[Any, ...]:
        return ()

    def entity(self, named: str, _on: date) -> int:
        raise NotFound(f"there is no entity {named!r}")


class FakeClaims(_Reads):
    """Nobody waits."""

    def claims(self, *_: Any, **__: Any) -> tuple[Any, ...]:
        return ()

    def cells_of(self, *_: Any) -> dict[int, str]:
        return {}

    def people(self, *_: Any) -> dict[str, tuple[Any, ...]]:
        return {}

    @contextmanager
    def change(self) -> Iterator[FakeClaims]:
        yield self

    look = change

    @contextmanager
    def change_many(self, _asked: Sequence[Any]) -> Iterator[FakeClaims]:
        yield self


class FakeLife(_Reads):
    """Nobody is registered; who is reported gets the id 7."""

    def __init__(self) -> None:
        self.step_taken: FileStep | None = None

    def scope(self, code: str, _on: date) -> RegisterScope:
        return RegisterScope(ancestors(code)[-1], "fake", {})

    def bureau_of(self, entity: str, on: date) -> str:
        self.entity(entity, on)
        return "C"

    def living(self, *_: Any) -> Living:
        none, place = np.zeros(0, dtype=object), np.zeros(0)
        return Living(np.zeros(0, np.int64), none, none, none, none, none, place, place, np.zeros(0, dtype=bool))

    def different(self) -> frozenset[tuple[int, int]]:
        return frozenset()

    def unlicensed(self, *_: Any) -> tuple[FileRow, ...]:
        return ()

    @contextmanager
    def register_change(self, _scope: RegisterScope) -> Iterator[FakeLife]:
        yield self

    same_change = unlicensed_change = register_change

    def held_until(self) -> tuple[Any, ...]:
        return ()

    def by_client(self, _client_id: str) -> None:
        return None

    def known(self, _keys: Sequence[Any]) -> tuple[Any, ...]:
        return ()

    def add(self, additions: Sequence[Any]) -> tuple[int, ...]:
        return tuple(range(7, 7 + len(additions)))

    def change(self, _changes: Sequence[Any]) -> frozenset[int]:
        return frozenset()

    def fall(self, *_: Any, **__: Any) -> FallCounts:
        return FallCounts()

    def outside(self, *_: Any) -> tuple[int, ...]:
        return ()

    def record(self, *_: Any, **__: Any) -> None:
        return None

    discard = record

    def step(self, _entity: int, _number: int, step: FileStep, **_: Any) -> None:
        self.step_taken = step

    def file(self, entity_id: int, _on: date) -> FileRow:
        steps = (self.step_taken,) if self.step_taken else ()
        return FileRow(entity_id, "x", "", "", None, None, None, None, steps)
