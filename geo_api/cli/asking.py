"""What commands that ask share: the lookup over an open store, moments as options, answers on standard output."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from geo_api import clock
from geo_api.errors import BadRequest

if TYPE_CHECKING:
    from geo_api.db.store import Store
    from geo_api.services.ask import LookupService
    from geo_api.services.entity_lookup import EntityLookup
    from geo_api.services.snapshot import Snapshot
    from geo_api.settings import Settings

On = Annotated[str | None, typer.Option("--on", help="the day asked about (default today)", metavar="DATE")]
RecordedAt = Annotated[
    str | None,
    typer.Option("--recorded-at", help="answer from what was recorded at this moment (default now)", metavar="MOMENT"),
]
Output = Annotated[Path | None, typer.Option("-o", "--output", help="write to a file", metavar="FILE")]
Lon = Annotated[float, typer.Option("--lon", help="longitude, degrees (x, east, for a projected EPSG:n)")]
Lat = Annotated[float, typer.Option("--lat", help="latitude, degrees (y, north, for a projected EPSG:n)")]
Datum = Annotated[str, typer.Option("--datum", help="what they are in: wgs84, cgcs2000, gcj02, bd09, EPSG:n")]
Table = Annotated[str, typer.Option("--format", help="json or csv")]


def known_at(recorded_at: str | None) -> datetime | None:
    """``--recorded-at`` as a moment; without an offset it is in the deployment's time zone."""
    from geo_api.settings import load_settings

    return moment(recorded_at, load_settings()) if recorded_at else None


@dataclass(frozen=True, slots=True)
class Asking:
    """An open store with what answers from it; ``on`` and ``moment`` as given, ``on`` never None."""

    store: Store
    settings: Settings
    lookup: LookupService
    entities: EntityLookup
    on: date
    moment: datetime | None
    todays: bool

    def snapshot(self) -> Snapshot:
        """The snapshot of the day asked about."""
        return self.lookup.snapshot(self.on, self.moment)


@contextmanager
def asking(on: str | None, recorded_at: str | None) -> Iterator[Asking]:
    """Open the store of the settings, for one question."""
    from geo_api.cli.people import day
    from geo_api.db import open_store
    from geo_api.services.addresses.keeper import GazetteerKeeper
    from geo_api.services.ask import LookupService
    from geo_api.services.entity_lookup import EntityLookup
    from geo_api.services.finder import territory_finder
    from geo_api.services.keeper import SnapshotKeeper
    from geo_api.settings import load_settings

    settings = load_settings()
    asked = day(on, "--on") if on else None
    known = moment(recorded_at, settings) if recorded_at else None
    with open_store(settings.database_url) as store:
        keeper: SnapshotKeeper[Any] = SnapshotKeeper(
            store.published, territory_finder, lambda _: None, now=lambda: clock.now(settings.zone)
        )
        book = GazetteerKeeper(store.gazetteer, region=settings.address_region)
        near = settings.near_border_m
        lookup = LookupService(keeper, book, near_border_m=near, address_confidence=settings.address_confidence)
        entities = EntityLookup(lookup, keeper, store.history, near_border_m=near)
        today = keeper.today()
        todays = asked in (None, today) and known is None
        yield Asking(store, settings, lookup, entities, asked or today, known, todays)


def moment(text: str, settings: Settings) -> datetime:
    """A moment in ISO 8601; without an offset in the deployment's time zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadRequest(f"--recorded-at {text!r}: a moment such as 2026-01-31T12:00:00Z was expected") from None
    return found if found.tzinfo else found.replace(tzinfo=settings.zone)


def show(answer: object, form: str, output: Path | None) -> None:
    """An answer in a format, to a file or to standard output (JSON indented)."""
    import orjson

    from geo_api.cli.files import write_bytes
    from geo_api.formats.registry import render

    body, _ = render(answer, form)
    if output is not None:
        write_bytes(output, body)
        return
    if form == "json":
        body = orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2)
    sys.stdout.write(body.decode("utf-8-sig").rstrip("\n") + "\n")
