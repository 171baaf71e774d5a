"""What a load did, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pandas as pd

    from gridding.findings import Finding


@dataclass(frozen=True, slots=True)
class TableCounts:
    """Rows of one table.

    ``given`` in the dataset, ``new``, ``changed`` (a new version), ``same``, ``ended`` (no longer in the dataset,
    closed from today) and ``kept`` (no longer in the dataset, left as they are).
    """

    given: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    ended: int = 0
    kept: int = 0

    @property
    def touched(self) -> int:
        """Rows that the load added or replaced."""
        return self.new + self.changed + self.ended


@dataclass(frozen=True, slots=True)
class Stored:
    """What the store did with the frames: counts by table, and rows that it could not store, with the reason."""

    counts: dict[str, TableCounts]
    refused: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class LoadResult:
    """The outcome of a load.

    Attributes:
        dataset: its name.
        digest: sha256 over manifest and files.
        unchanged: the very same files were loaded last time, or nothing in them differs from what is stored.
        counts: by table; empty when the digest alone decided.
        rejected: every row that is not stored: file, row, reason, value.
        findings: what is doubtful.
    """

    dataset: str
    digest: str
    unchanged: bool
    counts: dict[str, TableCounts]
    rejected: pd.DataFrame
    findings: tuple[Finding, ...] = field(default=())


class RegisterStore(Protocol):
    """Where a dataset goes."""

    def last_digest(self, dataset: str) -> str | None:
        """Digest of the dataset's last load; None before the first."""
        ...

    def store_dataset(
        self, dataset: str, digest: str, frames: dict[str, pd.DataFrame], *, actor: str, today: date, rejected: int
    ) -> Stored:
        """Store the frames in one transaction; RuleViolation with all findings when they contradict what is stored."""
        ...
