"""What scores rest on, as arrays: each record once, with its cell, station and officer, so that every roll-up adds up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from geo_api.supervision.assessment import Tally

TOTAL = "total"


@dataclass(frozen=True)
class Basis:
    """The records behind one indicator.

    Attributes:
        key: the indicator.
        record: what a record is: "entity", "claim", "task", "notice", "cell".
        unit: ``count`` and ``of`` are whole numbers of 1 / unit.
        count, of: (n,) int64: so many of so many.
        ids: (n,) of the records. ``entities``: (n,) the business of each, 0 = none. ``notes``: (n,) a word on each, or empty.
        by: "cell", "station", "officer" -> (n,) codes; a basis that knows no officers has none.
    """

    key: str
    record: str
    unit: int
    count: np.ndarray
    of: np.ndarray
    ids: np.ndarray
    entities: np.ndarray
    notes: np.ndarray
    by: Mapping[str, np.ndarray]

    def tallies(self, subject: str) -> dict[str, Tally]:
        """The sums by code of a subject; for "total" under the key ``total``."""
        if subject == TOTAL:
            return {TOTAL: Tally(int(self.count.sum()), int(self.of.sum()), self.unit)}
        codes, at = np.unique(self.by[subject].astype(str), return_inverse=True)
        count, of = np.zeros(len(codes), np.int64), np.zeros(len(codes), np.int64)
        np.add.at(count, at, self.count)
        np.add.at(of, at, self.of)
        return {
            str(code): Tally(c, o, self.unit) for code, c, o in zip(codes, count.tolist(), of.tolist(), strict=True)
        }

    def only(self, subject: str, code: str) -> Basis:
        """The records of one subject."""
        if subject == TOTAL:
            return self
        return self.rows(self.by[subject].astype(str) == code)

    def rows(self, kept: np.ndarray) -> Basis:
        """Some of the records: positions, or a mask."""
        return Basis(
            self.key,
            self.record,
            self.unit,
            self.count[kept],
            self.of[kept],
            self.ids[kept],
            self.entities[kept],
            self.notes[kept],
            {name: codes[kept] for name, codes in self.by.items()},
        )


def basis(
    key: str,
    record: str,
    *,
    count: Any,
    of: Any,
    ids: Any,
    by: Mapping[str, Any],
    unit: int = 1,
    entities: Any = None,
    notes: Any = None,
) -> Basis:
    """A basis out of columns of any kind."""
    counts = np.asarray(count, dtype=np.int64)
    texts = np.full(len(counts), "", dtype=object) if notes is None else np.asarray(notes, dtype=object)
    return Basis(
        key,
        record,
        unit,
        counts,
        np.asarray(of, dtype=np.int64),
        np.asarray(ids, dtype=object),
        np.zeros(len(counts), np.int64) if entities is None else np.asarray(entities, dtype=np.int64),
        texts,
        {name: np.asarray(codes, dtype=object) for name, codes in by.items()},
    )
