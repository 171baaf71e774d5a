"""What the gazetteer needs of the store, and how its frames become the gazetteer in memory."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd
import shapely

import geo_api.addresses
from geo_api.addresses.divisions import Divisions
from geo_api.addresses.parse import parse
from geo_api.addresses.street_key import street_key
from geo_api.services.addresses.gazetteer import (
    EVER,
    NEVER,
    ROW_COLUMNS,
    Gazetteer,
    Line,
    day_number,
    lines_by_street,
    make_gazetteer,
    stem,
)
from geo_api.services.addresses.site import COLUMNS, NOTHING, PLACE, sites_frame
from geo_api.services.load_report import TableCounts

log = logging.getLogger(__name__)
BATCH = 20_000


@dataclass(frozen=True, slots=True)
class GazetteerFrames:
    """The gazetteer as read from the store.

    Attributes:
        revision: the store's, when it was read.
        rows: columns of :data:`geo_api.services.addresses.gazetteer.ROW_COLUMNS`, and ``address``: the text where the
            parser has not read it yet, else "".
        lines: name, geometry (EPSG:4490).
        places: name, lon, lat, valid_from, valid_to (dates or None). markets: name, geometry, valid_from, valid_to.
        former: kind ("street", "place"), former, name, since (date or None).
    """

    revision: str
    rows: pd.DataFrame
    lines: pd.DataFrame
    places: pd.DataFrame
    markets: pd.DataFrame
    former: pd.DataFrame


@dataclass(frozen=True, slots=True)
class GazetteerImport:
    """Rows of one file: ``kind`` is points, places, streets, former or divisions; ``source`` names the file's origin."""

    kind: str
    source: str
    frame: pd.DataFrame


class GazetteerReader(Protocol):
    """Reads the gazetteer; every method may raise StoreUnavailable."""

    def revision(self) -> str:
        """A token that changes whenever a place, an address or a name may have changed."""
        ...

    def divisions(self) -> tuple[list[dict[str, str]], str, str]:
        """The rows of the divisions, and code and name of the deployment's own county or city."""
        ...

    def read(self, version: str) -> GazetteerFrames:
        """Everything that the gazetteer is made of; ``version`` of the parser whose readings are wanted."""
        ...


class GazetteerStore(GazetteerReader, Protocol):
    """Reads and fills the gazetteer."""

    def unparsed(self, version: str) -> list[str]:
        """Address texts that this version of the parser has not read yet."""
        ...

    def store_parses(self, version: str, frame: pd.DataFrame, *, actor: str) -> int:
        """Keep what addresses say; returns how many were new."""
        ...

    def import_rows(self, given: GazetteerImport, *, actor: str, today: date) -> TableCounts:
        """Store the rows of one file, all or nothing."""
        ...


@cache
def parser_digest() -> str:
    """Changes whenever the code changes that reads addresses."""
    digest = hashlib.sha256()
    folder = Path(geo_api.addresses.__file__).parent
    for path in sorted([*folder.glob("*.py"), Path(__file__).with_name("site.py")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


@dataclass(frozen=True)
class Reading:
    """How addresses are read in a deployment: the region's forms, the divisions, and the version of both."""

    region: str
    divisions: Divisions | None
    version: str
    home: frozenset[str] = frozenset()


def reading(store: GazetteerReader, region: str) -> Reading:
    """How addresses are read with what the store knows of divisions."""
    rows, home, bureau = store.divisions()
    if not rows:
        return Reading(region, None, f"{region}:{parser_digest()}", named_in(bureau))
    divisions, _ = Divisions.from_rows(rows, home=home)
    digest = hashlib.sha256(repr((rows, home)).encode()).hexdigest()[:12]
    own = divisions.at(home, None)
    above = frozenset(stem(row.name) for row in divisions.chain(own)) if own is not None else named_in(bureau)
    return Reading(region, divisions, f"{region}:{parser_digest()}:{digest}", above)


def named_in(bureau: str) -> frozenset[str]:
    """The divisions that a bureau's name names, without their kind: 武汉 of 武汉市市场监督管理局; where no list knows its code."""
    read = parse(bureau)
    return frozenset(stem(d.name) for d in (read.province, read.city, read.county) if d is not None)


def read_gazetteer(store: GazetteerReader, how: Reading) -> Gazetteer:
    """The gazetteer of everything that the store knows now."""
    frames = store.read(how.version)
    rows = frames.rows
    unread = (rows["address"] != "").to_numpy(dtype=bool)
    if unread.any():
        log.warning("%d places have addresses that were not read yet: run `gridward gazetteer build`", unread.sum())
        sites = sites_frame(rows["address"][unread].unique(), how.region, how.divisions)
        late = rows.loc[unread, ["address", "lon", "lat", "since", "until"]].merge(sites, on="address")
        late = late.drop(columns="address").drop_duplicates()
        rows = pd.concat([rows[~unread], late], ignore_index=True)
    rows = rows[list(ROW_COLUMNS)]
    named = [_places(frames.places), _markets(frames.markets)]
    return make_gazetteer(
        pd.concat([rows, *(n for n in named if len(n))], ignore_index=True),
        lines=street_lines(frames.lines, how),
        aliases=_aliases(frames.former, how),
        revision=frames.revision,
        region=how.region,
        home=how.home,
    ).prepare()


def _days(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    return {
        "since": np.array([day_number(_day(d), EVER) for d in frame["valid_from"]], dtype=np.int32),
        "until": np.array([day_number(_day(d), NEVER) for d in frame["valid_to"]], dtype=np.int32),
    }


def _day(value: object) -> date | None:
    return value if isinstance(value, date) and not pd.isna(value) else None  # type: ignore[call-overload]


def _named(
    names: pd.Series | np.ndarray, lon: np.ndarray, lat: np.ndarray, days: dict[str, np.ndarray]
) -> pd.DataFrame:
    blank = {c: getattr(NOTHING, c) for c in COLUMNS}
    shown = [str(n) for n in names]
    return pd.DataFrame(blank | {"head": [PLACE + n for n in shown], "name": shown, "lon": lon, "lat": lat} | days)[
        list(ROW_COLUMNS)
    ]


def _places(frame: pd.DataFrame) -> pd.DataFrame:
    return (
        _named(frame["name"], frame["lon"].to_numpy(), frame["lat"].to_numpy(), _days(frame)) if len(frame) else frame
    )


def _markets(frame: pd.DataFrame) -> pd.DataFrame:
    """Each market at a point within it and at points well inside its corners."""
    if not len(frame):
        return frame
    shapes = frame["geometry"].to_numpy(dtype=object)
    corners, of = shapely.get_coordinates(shapes, return_index=True)
    middles = shapely.get_coordinates(shapely.point_on_surface(shapes))
    inner = middles[of] + 0.7 * (corners - middles[of])
    kept = shapely.contains_xy(shapes[of], inner[:, 0], inner[:, 1])
    at = np.vstack([middles, inner[kept]])
    which = np.concatenate([np.arange(len(frame)), of[kept]])
    days = {name: values[which] for name, values in _days(frame).items()}
    return _named(frame["name"].to_numpy()[which], at[:, 0], at[:, 1], days)


def street_lines(frame: pd.DataFrame, how: Reading) -> dict[str, list[Line]]:
    """Frame of name, geometry -> street key -> its lines, apart for each village that a name begins with."""
    if not len(frame):
        return {}
    known = {}
    for name in frame["name"].unique():
        parsed = parse(name, region=how.region)
        whole = street_key(name, how.region)
        known[name] = (parsed.street_key or whole, parsed.village.name if parsed.village and parsed.street else "")
    keys = pd.DataFrame([known[n] for n in frame["name"]], columns=["key", "village"])
    keys["geometry"] = frame["geometry"].to_numpy(dtype=object)
    return lines_by_street(keys[keys["key"] != ""])


def _aliases(frame: pd.DataFrame, how: Reading) -> dict[str, tuple[str, str, date | None]]:
    out: dict[str, tuple[str, str, date | None]] = {}
    for kind, former, name, since in frame.itertuples(index=False, name=None):
        key = (lambda text: street_key(text, how.region)) if kind == "street" else (lambda text: PLACE + text)
        out[key(former)] = (key(name), name, _day(since))
    return out


def build(store: GazetteerStore, region: str, *, actor: str, tell: object = None) -> int:
    """Read every address that was not read yet and keep what it says; returns how many. Done again, it does nothing."""
    how = reading(store, region)
    texts, done = store.unparsed(how.version), 0
    for start in range(0, len(texts), BATCH):
        part = texts[start : start + BATCH]
        done += store.store_parses(how.version, sites_frame(part, region, how.divisions), actor=actor)
        if callable(tell):
            tell(done, len(texts))
    return done
