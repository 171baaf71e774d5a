"""A process that answers batches for the service: ``python -m geo_api.batch_worker FD``, started by the service alone.

It reads calls from its line, answers them from the territories that it holds, and ends when the line is closed.
"""

from __future__ import annotations

import logging
import os
import sys
import traceback
from collections import OrderedDict
from collections.abc import Sequence
from datetime import date, datetime
from multiprocessing.connection import Connection
from typing import Any

from geo_api.compiled_cache import use_compiled_code
from geo_api.errors import BadRequest, SupervisionError
from geo_api.routes.batch_pool import AddressSetup, remember
from geo_api.services.addresses.keeper import GazetteerKeeper
from geo_api.services.answers import LookupAnswer, PublishedTerritory
from geo_api.services.snapshot import Snapshot, build_snapshot
from gridding.errors import GriddingError
from layers.errors import LayersError

NICE = 10
"""Single lookups come first."""


class Held:
    """The snapshots that this worker holds."""

    def __init__(self, line: Connection) -> None:
        self._line = line
        self._snapshots: OrderedDict[tuple[Any, ...], Snapshot] = OrderedDict()
        self._today: tuple[tuple[Any, ...], float | None] | None = None

    def expect(self, today: tuple[tuple[Any, ...], float | None] | None) -> None:
        """What the service says today's snapshot is and how old, for the call at hand; None = it must be asked."""
        self._today = today
        if today is not None:
            remember(self._snapshots, today[0], self._snapshots[today[0]])

    def __call__(self, on: date | None, recorded_at: datetime | str | None) -> tuple[Snapshot, float | None]:
        """The snapshot of a day: the service says which it is, and sends it if need be."""
        if self._today is not None and on is None and recorded_at is None:
            return self._snapshots[self._today[0]], self._today[1]
        self._line.send(("need", on, recorded_at))
        word, *said = self._line.recv()
        if word == "problem":
            raise said[0]
        key, territory, age_s = said
        return self.keep(key, territory), age_s

    def keep(self, key: tuple[Any, ...], territory: PublishedTerritory | None) -> Snapshot:
        """The snapshot of that name, built where it came with its territory."""
        from geo_api.services.finder import territory_finder

        if territory is None:
            snapshot = self._snapshots[key]
        else:
            last = next(reversed(self._snapshots.values()), None)
            snapshot = build_snapshot(territory, territory_finder, before=last)
        remember(self._snapshots, key, snapshot)
        return snapshot


class Addresses:
    """Matches addresses with a gazetteer of its own, read when first asked for and compared at every call."""

    def __init__(self, setup: AddressSetup) -> None:
        self._setup = setup
        self._book: GazetteerKeeper | None = None

    def __call__(self, snapshot: Snapshot, texts: Sequence[str]) -> list[LookupAnswer]:
        """See :data:`geo_api.services.batch_addresses.Matcher`."""
        from geo_api.services.batch_addresses import matcher

        setup = self._setup
        if self._book is None:
            from geo_api.db import open_store

            if setup.database_url is None:
                raise BadRequest("addresses cannot be asked for in this deployment: ask for points (lon, lat, datum)")
            self._book = GazetteerKeeper(open_store(setup.database_url).gazetteer, region=setup.region)
        self._book.refresh()
        match = matcher(self._book, threshold=setup.threshold, near_border_m=setup.near_border_m)
        return match(snapshot, texts)


def serve(line: Connection) -> None:
    """Answer until the line is closed."""
    from geo_api.formats.batch_call import answer_call

    held, addresses = Held(line), Addresses(AddressSetup(None))
    while True:
        word, *said = line.recv()
        if word == "warm":
            held.keep(said[0], said[1])
            continue
        if word == "setup":
            addresses = Addresses(said[0])
            continue
        call, body, answer, today = said
        held.expect(today)
        try:
            line.send(("done", answer_call(call, body, answer, held, addresses)))
        except (SupervisionError, LayersError, GriddingError) as problem:
            line.send(("problem", problem))
        except (EOFError, BrokenPipeError, ConnectionResetError):
            raise
        except Exception:
            line.send(("fault", traceback.format_exc()))


def main(descriptor: int) -> None:
    """Serve the line of that file descriptor."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    use_compiled_code()
    os.nice(NICE)
    try:
        serve(Connection(descriptor))
    except (EOFError, BrokenPipeError, ConnectionResetError, KeyboardInterrupt):
        return


if __name__ == "__main__":
    main(int(sys.argv[1]))
