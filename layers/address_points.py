"""Files for the gazetteer: points with an address or a name, lines of streets, tables of former names and divisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridding.findings import Finding
from layers.errors import SchemaError
from layers.geometry import lines, points
from layers.places import coordinate_columns, places
from layers.raw import RawLayer, read_source, split_spec
from layers.values import to_text

ID_COLUMNS = ("id", "point_id", "place_id", "编号", "序号")
ADDRESS_COLUMNS = ("address", "地址", "住所", "门牌地址", "标准地址")
STREET_COLUMNS = ("street", "道路", "街道名称", "路名")
NUMBER_COLUMNS = ("number", "house_number", "门牌号", "门牌")
DISTRICT_COLUMNS = ("district", "adname", "区县", "区", "县")
NAME_COLUMNS = ("name", "名称", "地名", "道路名称")
KIND_COLUMNS = ("kind", "category", "类别", "type")


@dataclass(frozen=True, slots=True)
class GazetteerFile:
    """What a file for the gazetteer gave.

    Attributes:
        frame: the rows that can be used. rejected: [file, row, reason, value] of those that cannot.
        findings: what was assumed or is doubtful.
    """

    frame: pd.DataFrame
    rejected: pd.DataFrame
    findings: tuple[Finding, ...]


def read_address_points(
    spec: str, *, datum: str, address: str | None = None, lon: str | None = None, lat: str | None = None
) -> GazetteerFile:
    """Points with an address: a frame [point_id, address, geometry Point in EPSG:4490].

    The address is one column, or street and number; a column of districts is put before it. The id is a column (id,
    编号), else the row's number.

    Raises:
        SourceError, SchemaError, DatumError: a file that cannot be read, columns that are not there, a wrong datum.
    """
    return address_points_of(_read(spec), datum=datum, address=address, lon=lon, lat=lat)


def address_points_of(
    raw: RawLayer, *, datum: str, address: str | None = None, lon: str | None = None, lat: str | None = None
) -> GazetteerFile:
    """:func:`read_address_points` of a layer that is read already; the frame has ``file`` and ``row`` too."""
    texts = _text(raw, (address,) if address else ADDRESS_COLUMNS)
    street, number = _text(raw, STREET_COLUMNS), _text(raw, NUMBER_COLUMNS)
    if address and texts is None:
        raise SchemaError(f"{raw.file}: no column {address!r}; its columns are: {_columns(raw)}")
    if texts is None:
        if street is None or number is None:
            raise SchemaError(
                f"{raw.file}: no column of addresses ({', '.join(ADDRESS_COLUMNS)}) and none of streets and numbers; "
                f"name it with --address; its columns are: {_columns(raw)}"
            )
        numbered = np.array([n if not n or n[-1] in "号號" else f"{n}号" for n in number], dtype=object)
        texts = np.where((street == "") | (number == ""), "", street + numbered)
    district = _text(raw, DISTRICT_COLUMNS)
    if district is not None:
        texts = np.where(texts == "", "", district + texts)
    shapes, reason, findings = _points(raw, datum, lon, lat)
    reason = np.where(texts == "", "no address", reason)
    return _sorted_out(raw, {"point_id": _ids(raw), "address": texts, "geometry": shapes}, reason, findings)


def read_places(spec: str, *, datum: str, lon: str | None = None, lat: str | None = None) -> GazetteerFile:
    """Named places: a frame [place_id, name, kind, geometry Point in EPSG:4490]. Raises as the above."""
    return places_of(_read(spec), datum=datum, lon=lon, lat=lat)


def places_of(raw: RawLayer, *, datum: str, lon: str | None = None, lat: str | None = None) -> GazetteerFile:
    """:func:`read_places` of a layer that is read already."""
    names = _needed(raw, NAME_COLUMNS)
    shapes, reason, findings = _points(raw, datum, lon, lat)
    reason = np.where(names == "", "no name", reason)
    kind = _text(raw, KIND_COLUMNS)
    columns = {"place_id": _ids(raw), "name": names, "kind": "" if kind is None else kind, "geometry": shapes}
    return _sorted_out(raw, columns, reason, findings)


def read_street_lines(spec: str, *, datum: str) -> GazetteerFile:
    """Lines of named streets: a frame [name, geometry LineString in EPSG:4490]; lines without a name are rejected."""
    return street_lines_of(_read(spec), datum=datum)


def street_lines_of(raw: RawLayer, *, datum: str) -> GazetteerFile:
    """:func:`read_street_lines` of a layer that is read already."""
    names = _needed(raw, NAME_COLUMNS)
    shapes, index, findings = lines(raw, datum)
    lost = np.setdiff1d(np.arange(len(raw.rows)), index)
    reason = np.where(names == "", "no name", "")
    reason[lost] = "no line"
    named = names[index] != ""
    frame = pd.DataFrame({"name": names[index][named], "geometry": shapes[named]})
    return GazetteerFile(frame, _rejected(raw, reason, names), (*raw.findings, *findings))


def read_rows(spec: str, needed: tuple[str, ...], known: tuple[str, ...]) -> tuple[pd.DataFrame, RawLayer]:
    """A table as text: its columns ``known`` (those that are missing are empty) and its rows' numbers.

    Raises:
        SourceError; SchemaError: a column of ``needed`` is not there (all at once).
    """
    raw = _read(spec)
    return rows_of(raw, needed, known), raw


def rows_of(raw: RawLayer, needed: tuple[str, ...], known: tuple[str, ...]) -> pd.DataFrame:
    """:func:`read_rows` of a layer that is read already."""
    missing = [c for c in needed if c not in raw.frame.columns]
    if missing:
        raise SchemaError(f"{raw.file}: no column {', '.join(missing)}; its columns are: {_columns(raw)}")
    blank = pd.Series("", index=range(len(raw.rows)), dtype=object)
    frame = pd.DataFrame({c: to_text(raw.frame[c]) if c in raw.frame.columns else blank for c in known})
    return frame.assign(row=raw.rows)


def read_former_names(spec: str) -> GazetteerFile:
    """Former names: a frame [kind (street or place), former, name, since (ISO day or None)]."""
    return former_names_of(_read(spec))


def former_names_of(raw: RawLayer) -> GazetteerFile:
    """:func:`read_former_names` of a layer that is read already."""
    frame = rows_of(raw, ("former", "name"), ("kind", "former", "name", "since"))
    kind = frame["kind"].replace("", "street")
    days = pd.to_datetime(frame["since"], format="%Y-%m-%d", errors="coerce")
    reason = np.where((frame["former"] == "") | (frame["name"] == ""), "no former or no present name", "")
    reason = np.where(~kind.isin(["street", "place"]), "kind is street or place", reason)
    reason = np.where((frame["since"] != "") & days.isna(), "since is no day as YYYY-MM-DD", reason)
    since = pd.Series([d.date().isoformat() if not pd.isna(d) else None for d in days], dtype=object)
    out = pd.DataFrame({"kind": kind, "former": frame["former"], "name": frame["name"], "since": since})
    rejected = _rejected(raw, np.asarray(reason, dtype=object), frame["former"].to_numpy(dtype=object))
    return GazetteerFile(out[reason == ""].reset_index(drop=True), rejected, raw.findings)


def rejected_rows(raw: RawLayer, reason: NDArray[np.object_], value: NDArray[np.object_]) -> pd.DataFrame:
    """[file, row, reason, value] of the rows that have a reason, after those that could not be read at all."""
    return _rejected(raw, reason, value)


def _read(spec: str) -> RawLayer:
    path, layer = split_spec(spec)
    return read_source(path, layer)


def _columns(raw: RawLayer) -> str:
    return ", ".join(map(str, raw.frame.columns)) or "none"


def _text(raw: RawLayer, names: tuple[str, ...]) -> NDArray[np.object_] | None:
    lower = {str(c).lower(): c for c in reversed(list(raw.frame.columns))}
    column = next((lower[n.lower()] for n in names if n.lower() in lower), None)
    return None if column is None else np.asarray(to_text(raw.frame[column]), dtype=object)


def _needed(raw: RawLayer, names: tuple[str, ...]) -> NDArray[np.object_]:
    found = _text(raw, names)
    if found is None:
        raise SchemaError(f"{raw.file}: no column {' or '.join(names)}; its columns are: {_columns(raw)}")
    return found


def _ids(raw: RawLayer) -> NDArray[np.object_]:
    ids = _text(raw, ID_COLUMNS)
    numbers = np.array([str(n) for n in raw.rows.tolist()], dtype=object)
    return numbers if ids is None else np.where(ids == "", numbers, ids)


def _points(
    raw: RawLayer, datum: str, lon: str | None, lat: str | None
) -> tuple[NDArray[np.object_], NDArray[np.object_], tuple[Finding, ...]]:
    if raw.geometry is not None:
        return points(raw, datum)
    pair = coordinate_columns(list(map(str, raw.frame.columns)), lon, lat, raw.file)
    if pair is None:
        raise SchemaError(f"{raw.file}: no columns of longitude and latitude; its columns are: {_columns(raw)}")
    there = places(raw.frame[pair[0]], raw.frame[pair[1]], datum)
    nowhere = shapely.is_missing(there.points) & (there.reason == "")
    return there.points, np.where(nowhere, "no coordinates", there.reason), ()


def _sorted_out(
    raw: RawLayer, columns: Mapping[str, object], reason: NDArray[np.object_], findings: tuple[Finding, ...]
) -> GazetteerFile:
    """The rows that can be used: those with a reason go, and of rows with one id all but the first."""
    frame = pd.DataFrame(columns)
    ids = frame.iloc[:, 0]
    usable = reason == ""
    twice = usable & ids.where(usable).duplicated().to_numpy() & usable
    reason = np.where(twice, "this id is in the file before", reason)
    value = np.asarray(frame.iloc[:, 1], dtype=object)
    good = reason == ""
    frame = frame.assign(file=raw.file, row=raw.rows)
    return GazetteerFile(frame[good].reset_index(drop=True), _rejected(raw, reason, value), (*raw.findings, *findings))


def _rejected(raw: RawLayer, reason: NDArray[np.object_], value: NDArray[np.object_]) -> pd.DataFrame:
    bad = reason != ""
    own = pd.DataFrame({"file": raw.file, "row": raw.rows[bad], "reason": reason[bad], "value": value[bad]})
    return pd.concat([raw.rejected.assign(file=raw.file)[["file", "row", "reason", "value"]], own], ignore_index=True)
