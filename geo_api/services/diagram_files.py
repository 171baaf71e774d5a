"""Use case: supervision diagrams as files that open from disk, with no server and no network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from geo_api.errors import BadRequest
from geo_api.services.ports import PublishedReader
from geo_api.settings import Settings
from geo_api.version import VERSION

if TYPE_CHECKING:
    from geo_api.services.diagram_draw import BackgroundReader


def diagram_files(
    published: PublishedReader,
    background: BackgroundReader,
    settings: Settings,
    codes: Iterable[str],
    folder: Path,
    *,
    on: date,
) -> Iterator[Path]:
    """Write ``CODE.html`` for each jurisdiction as published on a day, and yield each path as it is written.

    Pages that are there and show the same day, revision and version of Gridward are left as they are.

    Raises:
        BadRequest: the folder cannot be made.
        NotFound: a jurisdiction without published cells on that day.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise BadRequest(f"{folder}: cannot be made: {problem.strerror}") from problem
    stamp = folder / ".drawn"
    drawn = f"{on} {published.revision()} {settings.language} {VERSION}"
    if stamp.exists() and stamp.read_text() == drawn:
        codes = [code for code in codes if not (folder / f"{code}.html").exists()]
        if not codes:
            return
    # loaded when something is to be drawn, so that a second start takes no time
    from geo_api.services.diagram_draw import DiagramDrawer
    from geo_api.services.finder import territory_finder
    from geo_api.services.snapshot import build_snapshot

    snapshot = build_snapshot(published.territory(on), territory_finder)
    draw = DiagramDrawer(background, settings, assets_prefix=None)
    for code in codes:
        path = folder / f"{code}.html"
        path.write_text(draw(snapshot, code, settings.language, with_telephones=True), encoding="utf-8")
        yield path
    stamp.write_text(drawn)
