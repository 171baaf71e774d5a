"""Files go into the gazetteer: read, checked, stored all or nothing, every row that is left out told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from geo_api.addresses.divisions import COLUMNS as DIVISION_COLUMNS
from geo_api.addresses.divisions import Divisions
from geo_api.errors import BadRequest
from geo_api.services.addresses.store import GazetteerImport, GazetteerStore
from geo_api.services.load_report import TableCounts
from geo_api.services.register_frames import hex_ewkb
from gridding.findings import Finding
from layers.address_points import (
    GazetteerFile,
    read_address_points,
    read_former_names,
    read_places,
    read_rows,
    read_street_lines,
    rejected_rows,
)

KINDS = ("points", "places", "streets", "former", "divisions")
TABLE_OF = {
    "address_points": "gazetteer_point",
    "places": "gazetteer_place",
    "streets": "gazetteer_street",
    "former_names": "gazetteer_former",
    "divisions": "division",
}
"""Section of a manifest -> table that it goes into."""
NEEDS_DATUM = ("points", "places", "streets")
YEAR_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: rows by what became of them, rows that were left out with reasons, what is doubtful."""

    counts: TableCounts
    rejected: pd.DataFrame
    findings: tuple[Finding, ...]


def import_file(
    store: GazetteerStore,
    kind: str,
    spec: str,
    *,
    datum: str | None = None,
    source: str,
    address: str | None = None,
    lon: str | None = None,
    lat: str | None = None,
    actor: str,
    today: date,
) -> Imported:
    """Import a file of address points, places, streets, former names or divisions.

    A file of the same ``source`` replaces what that source gave before: rows that are gone end today.

    Raises:
        BadRequest: an unknown kind, no datum for coordinates.
        LayersError: a file that cannot be read, columns that are not there.
    """
    if kind not in KINDS:
        raise BadRequest(f"there is nothing called {kind!r} to import: one of {', '.join(KINDS)}")
    if kind in NEEDS_DATUM and not datum:
        raise BadRequest(f"say the datum of the coordinates of {spec}: wgs84, cgcs2000, gcj02, bd09 or EPSG:n")
    read: dict[str, Callable[[], GazetteerFile]] = {
        "points": lambda: read_address_points(spec, datum=datum or "", address=address, lon=lon, lat=lat),
        "places": lambda: read_places(spec, datum=datum or "", lon=lon, lat=lat),
        "streets": lambda: read_street_lines(spec, datum=datum or ""),
        "former": lambda: read_former_names(spec),
        "divisions": lambda: _divisions(spec),
    }
    given = read[kind]()
    frame = given.frame.drop(columns=["file", "row"], errors="ignore")
    if "geometry" in frame:
        frame = frame.assign(geom=hex_ewkb(frame["geometry"])).drop(columns="geometry")
    counts = store.import_rows(GazetteerImport(kind, source, frame), actor=actor, today=today)
    return Imported(counts, given.rejected, given.findings)


def _divisions(spec: str) -> GazetteerFile:
    """Divisions: the columns of :data:`geo_api.addresses.divisions.COLUMNS`."""
    frame, raw = read_rows(spec, ("code", "name", "level"), DIVISION_COLUMNS)
    good, reason = checked_divisions(frame)
    rejected = rejected_rows(raw, reason, frame["name"].to_numpy(dtype=object))
    return GazetteerFile(good, rejected, raw.findings)


def checked_divisions(frame: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """Rows of divisions as texts -> those that can be stored, and (n,) why each row cannot ("" = it can)."""
    texts = frame[list(DIVISION_COLUMNS)]
    _, problems = Divisions.from_rows(texts.to_dict("records"))
    reason = np.full(len(texts), "", dtype=object)
    for problem in problems:
        reason[problem.row - 1] = problem.message
    good = texts[reason == ""]
    year = (good["valid_from"].str.len() == YEAR_DIGITS) | (good["valid_to"].str.len() == YEAR_DIGITS)
    good = good.assign(year_only=year)
    for column in ("valid_from", "valid_to"):
        good[column] = [_as_day(text) for text in good[column]]
    return good.reset_index(drop=True), reason


def gazetteer_frames(files: Mapping[str, GazetteerFile]) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Sections of a manifest as read -> rows of each table that they go into; and the rows that were refused."""
    frames, refused = {}, pd.DataFrame()
    for section, file in files.items():
        frame = file.frame
        if section == "divisions":
            good, reason = checked_divisions(frame)
            bad = reason != ""
            refused = frame[bad][["file", "row"]].assign(reason=reason[bad], value=frame["name"][bad])
            frame = good
        if "geometry" in frame:
            frame = frame.assign(geom=hex_ewkb(frame["geometry"])).drop(columns="geometry")
        frames[TABLE_OF[section]] = frame
    return frames, refused


def _as_day(text: str) -> str | None:
    """A day; of a year, its last day; None for an empty text."""
    return None if not text else f"{text}-12-31" if len(text) == YEAR_DIGITS else text
