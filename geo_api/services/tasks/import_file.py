"""Cases of a hotline's export: read, opened thousand by thousand, each row with its verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from geo_api.services.answers import Caller, PublishedTerritory
from geo_api.services.tasks.batch import MOST, VERDICTS, Batch, BatchTasks, ManyAddresses, Verdict, open_batch
from geo_api.services.tasks.model import TaskStore
from geo_api.services.tasks.rows import read_cases


def import_cases(
    store: TaskStore,
    lookup: ManyAddresses,
    territory: PublishedTerritory,
    path: Path,
    batch: Batch,
    *,
    caller: Caller,
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
) -> tuple[BatchTasks, tuple[str, ...]]:
    """Open the cases of a CSV or XLSX; the verdict on each row, and the columns that were not used.

    Rows are stored a thousand at a time: after an interruption the same file is sent again, and nothing is opened twice.

    Args:
        store, lookup, territory, caller: as for :func:`geo_api.services.tasks.batch.open_batch`.
        path: the file.
        batch: source and what holds where a row says nothing; its rows are those of the file.
        columns, encoding: as for :func:`geo_api.services.tasks.rows.read_cases`.

    Raises:
        BadRequest, SourceError: the file; what is wrong with a single row is told in its verdict.
    """
    rows, unused = read_cases(path, columns=columns, encoding=encoding)
    verdicts: list[Verdict] = []
    for first in range(0, max(len(rows), 1), MOST):
        part = replace(batch, rows=rows[first : first + MOST])
        verdicts += open_batch(store, lookup, territory, part, caller=caller).rows
    counts = Counter(v.verdict for v in verdicts)
    return BatchTasks(
        territory.on, batch.source.strip(), {name: counts[name] for name in VERDICTS}, tuple(verdicts)
    ), unused
