"""One named file -> its rows as they are: GeoPackage, GeoJSON, Shapefile, OpenStreetMap, CSV, XLSX.

Nothing is interpreted here: columns keep their names, coordinates their CRS. Whatever is wrong with the file itself
(missing, empty, cut off, of another kind, no such layer) becomes one :class:`SourceError` sentence.
"""

from __future__ import annotations

import struct
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridding.findings import Finding, Severity
from layers.errors import SourceError
from layers.tables import read_csv, read_xlsx

TABLE_KINDS = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm")
MAP_KINDS = (".gpkg", ".geojson", ".json", ".shp", ".osm", ".pbf")
_EXPECTED = "expected GeoPackage (.gpkg), GeoJSON, Shapefile (.shp), OpenStreetMap (.osm.pbf), CSV or XLSX"
_OSM_TAGS = ("highway", "waterway", "railway")


@dataclass(frozen=True, slots=True)
class RawLayer:
    """One layer or table as read.

    Attributes:
        file: name of the file, with the layer where one was chosen (``city.gpkg:streets``): for messages.
        frame: attributes, own column names; text columns trimmed where the file is a table.
        rows: (n,) numbers of the rows as the user sees them: spreadsheet row, GeoPackage fid, feature 1, 2, ...
        geometry: (n,) shapely geometries in the file's own CRS, None for a table; an entry is None where the feature
            has no geometry or one that cannot be built (see ``broken``).
        crs: the file's own CRS as text, None when it has none.
        broken: row -> what is wrong with the geometry and where, for geometries that cannot be built.
        rejected: [row, reason, value] of rows that could not be read at all.
        findings: what was assumed or doubtful.
    """

    file: str
    frame: pd.DataFrame
    rows: NDArray[np.int64]
    geometry: NDArray[np.object_] | None
    crs: str | None
    broken: dict[int, str]
    rejected: pd.DataFrame
    findings: tuple[Finding, ...]


def split_spec(spec: str | Path) -> tuple[Path, str | None]:
    r"""``F[:LAYER]`` -> file and layer; the drive letter of ``C:\data\city.gpkg`` is no file.

    The longest beginning that exists as a file wins, so file and layer names may contain colons.
    """
    text = str(spec)
    cuts = [i for i, c in enumerate(text) if c == ":"]
    for cut in (len(text), *reversed(cuts)):
        if Path(text[:cut]).is_file():
            return Path(text[:cut]), text[cut + 1 :] or None
    last = cuts[-1] if cuts else -1
    if last > 1 and not set(text[last + 1 :]) & set("/\\"):
        return Path(text[:last]), text[last + 1 :] or None
    return Path(text), None


def read_source(path: str | Path, layer: str | None = None, *, encoding: str | None = None) -> RawLayer:
    """Read one layer or table of a file.

    Args:
        path: the file.
        layer: layer or sheet; may be left out where there is only one.
        encoding: of CSV and Shapefile text; default UTF-8, else GB18030 with a finding.

    Raises:
        SourceError: one sentence: what is wrong with which file, and what to do.
    """
    path = Path(path)
    check_file(path)
    suffix = path.suffix.lower()
    if suffix in TABLE_KINDS:
        if layer is not None and suffix not in {".xlsx", ".xlsm"}:
            raise SourceError(f"{path}: no layer {layer!r}; a {suffix} file has no layers")
        table = read_xlsx(path, layer) if suffix in {".xlsx", ".xlsm"} else read_csv(path, encoding)
        name = f"{path.name}:{layer}" if layer else path.name
        return RawLayer(name, table.frame, table.rows, None, None, {}, table.rejected, table.findings)
    return _read_map(path, layer, encoding)


def check_file(path: Path) -> None:
    """Raise SourceError unless the file is there, not empty, and of a kind that can be read."""
    if path.is_dir():
        raise SourceError(f"{path}: is a folder; {_EXPECTED}")
    if not path.is_file():
        raise SourceError(f"{path}: no such file{_near(path)}")
    suffix = path.suffix.lower()
    if suffix not in (*TABLE_KINDS, *MAP_KINDS):
        hint = "; save it as .xlsx" if suffix in {".xls", ".et", ".ods"} else ""
        raise SourceError(f"{path}: files of kind {suffix or '(none)'} cannot be read; {_EXPECTED}{hint}")
    if path.stat().st_size == 0:
        raise SourceError(f"{path}: empty file (0 bytes); {_EXPECTED}")


def side_files(path: Path) -> tuple[Path, ...]:
    """The file and the companions that are read with it (a Shapefile's .dbf, .shx, .prj, .cpg), sorted."""
    if path.suffix.lower() != ".shp":
        return (path,)
    found = (_companion(path, s) for s in (".dbf", ".shx", ".prj", ".cpg"))
    return (path, *(p for p in found if p is not None))


def _companion(path: Path, suffix: str) -> Path | None:
    return next((p for s in (suffix, suffix.upper()) if (p := path.with_suffix(s)).is_file()), None)


def _near(path: Path) -> str:
    if not path.parent.is_dir():
        return f" (there is no folder {path.parent} either)"
    same = sorted(p.name for p in path.parent.iterdir() if p.suffix.lower() == path.suffix.lower() and p.is_file())[:5]
    return f"; the folder has: {', '.join(same)}" if same else ""


def _read_map(path: Path, layer: str | None, encoding: str | None) -> RawLayer:
    import pyogrio

    _check_whole(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            layers = [(str(n), t) for n, t in pyogrio.list_layers(path)]
            chosen = _choose(path, layer, layers)
            meta, fids, wkb, columns = pyogrio.raw.read(
                path, layer=chosen, return_fids=True, datetime_as_string=True, encoding=_dbf_encoding(path, encoding)
            )
    except SourceError:
        raise
    except Exception as problem:  # GDAL reports through several exception classes
        raise SourceError(
            f"{path}: cannot be read as {_kind(path)} ({_reason(problem)}); it is damaged, cut off or of another kind"
        ) from problem
    findings: tuple[Finding, ...] = ()
    # Every column as objects or numbers, as GDAL has them: pandas must not turn codes into anything.
    frame = pd.DataFrame(
        {
            str(n): pd.Series(v, dtype=object if v.dtype == object else None)
            for n, v in zip(meta["fields"], columns, strict=True)
        },
        index=range(len(wkb)) if wkb is not None else None,
    )
    if path.suffix.lower() == ".shp":
        frame, findings = _dbf_text(path, frame, encoding)
    rows = np.asarray(fids, np.int64) if path.suffix.lower() == ".gpkg" else np.arange(1, len(frame) + 1)
    name = f"{path.name}:{chosen}" if len(layers) > 1 else path.name
    if wkb is None:
        return RawLayer(name, frame, rows, None, None, {}, _nothing(), findings)
    if path.suffix.lower() in {".osm", ".pbf"}:
        frame, keep = _osm_tags(frame)
        frame, rows, wkb = frame[keep].reset_index(drop=True), rows[keep], wkb[keep]
    with np.errstate(invalid="ignore"):  # coordinates that are no numbers are said with their feature, not here
        geometry = shapely.from_wkb(wkb, on_invalid="ignore")
    there = np.array([w is not None for w in wkb], dtype=bool)
    broken = {int(rows[i]): _what_is_broken(wkb[i]) for i in np.flatnonzero(there & shapely.is_missing(geometry))}
    crs = None if meta.get("crs") in (None, "") else str(meta["crs"])
    return RawLayer(name, frame, rows, geometry, crs, broken, _nothing(), findings)


def _nothing() -> pd.DataFrame:
    return pd.DataFrame({"row": np.zeros(0, np.int64), "reason": [], "value": []})


def _choose(path: Path, layer: str | None, layers: list[tuple[str, Any]]) -> str:
    names = [n for n, _ in layers]
    if not names:
        raise SourceError(f"{path}: has no layer")
    if path.suffix.lower() in {".osm", ".pbf"} and layer is None:
        return "lines"
    if layer is not None:
        if layer in names:
            return layer
        if len(names) == 1 and path.suffix.lower() in {".geojson", ".json", ".shp"}:
            return names[0]  # one layer, whose name is an accident of the file's
        raise SourceError(f"{path}: no layer {layer!r}; its layers are: {', '.join(names)}")
    spatial = [n for n, t in layers if t is not None] or names
    if len(spatial) > 1:
        raise SourceError(
            f"{path}: has {len(spatial)} layers ({', '.join(spatial)}); name the one to read, such as "
            f"{path.name}:{spatial[0]}"
        )
    return spatial[0]


def _kind(path: Path) -> str:
    kinds = {".gpkg": "a GeoPackage", ".shp": "a Shapefile", ".osm": "OpenStreetMap data", ".pbf": "OpenStreetMap data"}
    return kinds.get(path.suffix.lower(), "GeoJSON")


def _reason(problem: BaseException) -> str:
    text = str(problem).strip().split("; It might help")[0].splitlines()[0]
    return text[-160:] if "not recognized" not in text else "its content is not that of such a file"


def _check_whole(path: Path) -> None:
    """Cut-off files that GDAL would read in part, or complain about at length."""
    suffix, size = path.suffix.lower(), path.stat().st_size
    with path.open("rb") as file:
        head = file.read(100)
    if suffix == ".gpkg":
        if not head.startswith(b"SQLite format 3\0"):
            raise SourceError(f"{path}: cannot be read as a GeoPackage: its content is not that of such a file")
        page = struct.unpack(">H", head[16:18])[0] if len(head) == 100 else 0
        pages, valid = (struct.unpack(">I", head[28:32])[0], head[24:28] == head[92:96]) if page else (0, False)
        expected = pages * (65536 if page == 1 else page) if valid else 0
    elif suffix == ".shp":
        missing = [m for m in (".shx", ".dbf") if _companion(path, m) is None]
        if missing:
            names = " and ".join(path.stem + s for s in missing)
            raise SourceError(f"{path}: a Shapefile is several files; {names} must lie beside it")
        if len(head) < 100 or head[:4] != b"\0\0\x27\x0a":
            raise SourceError(f"{path}: cannot be read as a Shapefile: its content is not that of such a file")
        expected = 2 * struct.unpack(">I", head[24:28])[0]
        _check_dbf(path)
    else:
        return
    if size < expected:
        raise SourceError(f"{path}: cut off: {size} of {expected} bytes are there; copy it again")


def _check_dbf(path: Path) -> None:
    dbf = _companion(path, ".dbf")
    if dbf is None:
        return
    with dbf.open("rb") as file:
        head = file.read(12)
    count, header, record = struct.unpack("<IHH", head[4:12]) if len(head) == 12 else (1, 32, 1)
    if dbf.stat().st_size < header + count * record:
        raise SourceError(f"{dbf}: cut off: {dbf.stat().st_size} of {header + count * record} bytes; copy it again")


def _dbf_encoding(path: Path, encoding: str | None) -> str | None:
    if path.suffix.lower() != ".shp":
        return None
    return encoding or (None if _companion(path, ".cpg") else "ISO-8859-1")


def _dbf_text(path: Path, frame: pd.DataFrame, encoding: str | None) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """Text of a Shapefile that does not say its encoding: read byte for byte, then UTF-8, else GB18030."""
    if encoding is not None or _companion(path, ".cpg"):
        return frame, ()
    text = frame.select_dtypes(include=object)
    pieces = {c: c for c in map(str, frame.columns)}
    for column in text:
        pieces.update({v: v for v in text[column].dropna().unique().tolist()})
    raw = {k: k.encode("latin-1", "replace") for k in pieces}
    if all(v.isascii() for v in raw.values()):
        return frame, ()
    used = "utf-8"
    try:
        decoded = {k: v.decode("utf-8") for k, v in raw.items()}
    except UnicodeDecodeError:
        used = "gb18030"
        decoded = {k: v.decode("gb18030", "replace") for k, v in raw.items()}
    for column in text:
        frame[column] = frame[column].map(decoded, na_action="ignore")
    frame = frame.rename(columns=decoded)
    return frame, (
        Finding(
            "source.encoding_assumed",
            Severity.WARNING,
            f"{path.name}: does not say its encoding (no .cpg file), read as {used.upper()}; if names look wrong, "
            "declare encoding = in the manifest.",
            f"{path.name}：未注明编码，已按 {used.upper()} 读取。",
            where=path.name,
            details={"encoding": used},
        ),
    )


def _osm_tags(frame: pd.DataFrame) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """Only streets, waterways and railways; tags that GDAL leaves in ``other_tags`` become columns."""
    other = frame["other_tags"] if "other_tags" in frame else pd.Series("", index=frame.index, dtype=object)
    other = other.fillna("").astype(str)
    for tag in (*_OSM_TAGS, "tunnel"):
        inside = other.str.extract(rf'"{tag}"=>"([^"]*)"')[0].astype(object)
        own = frame[tag] if tag in frame else pd.Series(None, index=frame.index, dtype=object)
        frame[tag] = own.where(own.notna(), inside)
    tagged = frame[list(_OSM_TAGS)].notna().any(axis=1).to_numpy()
    areas = "building" in frame  # the layer multipolygons: everything that was asked for
    return frame, tagged | areas


def _what_is_broken(wkb: bytes) -> str:
    """Why GEOS refuses a geometry, with a place in the file's own coordinates."""
    try:
        for ring in _rings(wkb):
            if len(ring) < 4:
                return f"a ring of {len(ring)} points (expected at least 4) at {ring[0][0]:.7f}, {ring[0][1]:.7f}"
            if ring[0][:2] != ring[-1][:2]:
                return (
                    f"a ring that is not closed: it begins at {ring[0][0]:.7f}, {ring[0][1]:.7f} and ends at "
                    f"{ring[-1][0]:.7f}, {ring[-1][1]:.7f}"
                )
    except (struct.error, IndexError, KeyError):
        pass
    return "a geometry that cannot be built (too few points?)"


def _rings(wkb: bytes) -> list[list[tuple[float, ...]]]:
    """All rings of a (multi)polygon in WKB, as point lists."""
    rings: list[list[tuple[float, ...]]] = []

    def walk(at: int) -> int:
        order = "<" if wkb[at] == 1 else ">"
        code, count = struct.unpack_from(f"{order}II", wkb, at + 1)
        dims = 2 + (1 if code & 0x80000000 or code % 10000 // 1000 in (1, 3) else 0)
        dims += 1 if code & 0x40000000 or code % 10000 // 1000 in (2, 3) else 0
        base = (code & 0x0FFFFFFF) % 1000
        at += 9
        if base == 3:
            for _ in range(count):
                (points,) = struct.unpack_from(f"{order}I", wkb, at)
                values = struct.unpack_from(f"{order}{points * dims}d", wkb, at + 4)
                rings.append([values[i : i + dims] for i in range(0, len(values), dims)])
                at += 4 + 8 * dims * points
        elif base in (4, 5, 6, 7):
            for _ in range(count):
                at = walk(at)
        return at

    walk(0)
    return rings
