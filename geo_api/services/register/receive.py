"""Daily changes as they come in, a file, rows or CSV: read, checked, imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from geo_api.errors import BadRequest, TooLarge
from geo_api.services.register.store import ImportAnswer, LifeStore

MOST_ROWS = 100_000


def receive_changes(
    store: LifeStore,
    given: Path | bytes | Sequence[Mapping[str, Any]],
    jurisdiction: str,
    *,
    datum: str | None,
    **how: Any,
) -> ImportAnswer:
    """Import a file, a CSV text or rows; ``how`` as :func:`geo_api.services.register.changes.import_changes` takes it.

    Raises:
        BadRequest: a file or text that cannot be read, an unknown datum. TooLarge: more than :data:`MOST_ROWS` rows.
    """
    # pandas and the readers of files: loaded when somebody imports
    from geo_api.services.register.changes import import_changes
    from layers.errors import LayersError
    from layers.register_changes import changes_of_csv, changes_of_rows, read_changes

    try:
        if isinstance(given, bytes):
            changes = changes_of_csv(given, datum)
        elif isinstance(given, Path):
            changes = read_changes(given, datum)
        else:
            changes = changes_of_rows(given, datum)
    except LayersError as problem:
        raise BadRequest(str(problem)) from problem
    if len(changes.rows) > MOST_ROWS:
        raise TooLarge(f"{len(changes.rows)} rows: at most {MOST_ROWS} in one import, split the file")
    return import_changes(store, changes, jurisdiction, **how)
