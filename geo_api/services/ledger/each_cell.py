"""The ledgers of all cells of a jurisdiction, one by one: one public function, :func:`each_cell`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from geo_api.errors import NotFound
from geo_api.services.answers import Caller
from geo_api.services.finder import territory_finder
from geo_api.services.ledger.answer import Ledger
from geo_api.services.ledger.read import READERS, ledger_in
from geo_api.services.ledger.store import LedgerReader
from geo_api.services.ports import PublishedReader
from geo_api.services.snapshot import build_snapshot, cells_under
from geo_api.supervision.roles import require


def each_cell(
    store: LedgerReader,
    published: PublishedReader,
    code: str,
    *,
    on: date,
    caller: Caller,
    recorded_at: datetime | None = None,
) -> tuple[int, Iterator[Ledger]]:
    """How many cells a code has on a day, and the ledger of each by code, read one at a time.

    Raises:
        NotFound: no such code, or none of its cells is in force that day. NotAllowed: not the caller's to read.
    """
    above = store.ancestors(code)
    require(caller.role, caller.jurisdiction, allowed=READERS, ancestors=above, to=f"read the ledgers of {code}")
    snapshot = build_snapshot(published.territory(on, recorded_at), territory_finder, recorded_at=recorded_at)
    cells = [code] if code in snapshot.index_of else sorted(snapshot.cells[i].code for i in cells_under(snapshot, code))
    if not cells:
        raise NotFound(f"{code} has no cell in force on {on}; `gridward plans list` shows its plans")
    return len(cells), (ledger_in(store, snapshot, cell) for cell in cells)
