"""Sections of a manifest that say what addresses are found by: address points, places, streets, former names, divisions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from gridding.findings import Finding, Severity
from layers.address_points import (
    GazetteerFile,
    address_points_of,
    former_names_of,
    places_of,
    rejected_rows,
    rows_of,
    street_lines_of,
)
from layers.errors import SchemaError
from layers.manifest import Source
from layers.raw import RawLayer
from layers.schema import rejected_frame
from layers.sections import GAZETTEER_COLUMNS
from layers.values import to_text

Parts = Sequence[tuple[Source, RawLayer]]
_AGAIN = "this id is in another file of the section already"


def read_gazetteer_sections(read: Mapping[str, Parts]) -> dict[str, GazetteerFile]:
    """What the sections of a manifest give, by section; those that it does not have are left out.

    Returns:
        Frames as of :mod:`layers.address_points`; ``divisions`` are texts still, with ``file`` and ``row``.

    Raises:
        SchemaError: columns that files do not have, all at once.
    """
    problems: list[Finding] = []
    out: dict[str, GazetteerFile] = {}
    for section in GAZETTEER_COLUMNS:
        files = []
        for source, raw in read.get(section, ()):
            try:
                files.append(_READ[section](_canonical(section, source, raw), source.datum))
            except SchemaError as problem:
                message = f"{source.key}: {problem}"
                problems.append(Finding("schema.missing_column", Severity.ERROR, message, where=raw.file))
        if files:
            out[section] = _together(section, files)
    if problems:
        raise SchemaError("; ".join(p.message for p in problems), tuple(problems))
    return out


def _canonical(section: str, source: Source, raw: RawLayer) -> RawLayer:
    """The layer with the columns that the manifest names under the names that are read; maps and defaults done."""
    frame = raw.frame.copy()
    lost = [f"{c!r} ({source.key}.columns.{name})" for name, c in source.columns.items() if c not in frame.columns]
    if lost:
        raise SchemaError(
            f"{raw.file} has no column {', '.join(lost)}; its columns are: {', '.join(map(str, frame.columns)) or 'none'}"
        )
    named = {name: frame[column] for name, column in source.columns.items()}
    frame = frame.assign(**named)
    for name in (*source.maps, *source.defaults):
        text = to_text(frame[name]) if name in frame else pd.Series("", index=frame.index, dtype=object)
        table = {k.strip().lower(): v for k, v in source.maps.get(name, {}).items()}
        found = text.str.lower().map(table)
        found = found.where(found.notna() | text.eq(""), table.get("*", np.nan))
        text = found.where(found.notna(), text)
        frame[name] = text.where(text.ne(""), source.defaults.get(name, ""))
    return replace(raw, frame=frame)


def _divisions(raw: RawLayer, datum: str) -> GazetteerFile:
    frame = rows_of(raw, ("code", "name", "level"), GAZETTEER_COLUMNS["divisions"])
    nothing = np.full(len(frame), "", dtype=object)
    return GazetteerFile(frame.assign(file=raw.file), rejected_rows(raw, nothing, nothing), raw.findings)


_READ: dict[str, Callable[[RawLayer, str], GazetteerFile]] = {
    "address_points": lambda raw, datum: address_points_of(raw, datum=datum),
    "places": lambda raw, datum: places_of(raw, datum=datum),
    "streets": lambda raw, datum: street_lines_of(raw, datum=datum),
    "former_names": lambda raw, datum: former_names_of(raw),
    "divisions": _divisions,
}
_KEYS = {"address_points": "point_id", "places": "place_id"}


def _together(section: str, files: Sequence[GazetteerFile]) -> GazetteerFile:
    """Several files as one; an id that an earlier file had is rejected."""
    frames, rejected, seen = [], [f.rejected for f in files], set[str]()
    for file in files:
        frame = file.frame
        if section in _KEYS:
            ids = frame[_KEYS[section]]
            again = ids.isin(seen)
            seen |= set(ids)
            rejected.append(
                pd.DataFrame({"file": frame["file"], "row": frame["row"], "reason": _AGAIN, "value": ids})[again]
            )
            frame = frame[~again]
        frames.append(frame)
    whole = pd.concat(frames, ignore_index=True)
    if section != "divisions":
        whole = whole.drop(columns=["file", "row"], errors="ignore")
    return GazetteerFile(whole, rejected_frame(rejected), tuple(f for file in files for f in file.findings))
