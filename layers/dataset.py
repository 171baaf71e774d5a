"""A manifest -> the dataset of a bureau: checked frames in the storage datum, and a report of every row left out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridding.findings import Finding, Severity
from layers.address_points import GazetteerFile
from layers.classes import classes_of
from layers.crs import STORAGE_EPSG
from layers.datum import datum_fit
from layers.errors import LayersError, SchemaError, SourceError
from layers.gazetteer import read_gazetteer_sections
from layers.manifest import Manifest, Source, read_manifest
from layers.raw import RawLayer, check_file, read_source, side_files
from layers.registers import assignments, entities, officers
from layers.schema import TABLES, missing_columns, rejected_frame
from layers.sections import REGISTER, SECTIONS
from layers.sources import lines_of, no_lines
from layers.territory import coded_polygons, jurisdictions
from layers.visits import inspections

Read = dict[str, list[tuple[Source, RawLayer]]]


@dataclass(frozen=True, slots=True)
class Dataset:
    """Everything a manifest names, checked. All geometry is in EPSG:4490; text is "" where there is none.

    Attributes:
        name: of the manifest.
        titles: {"zh": ..., "en": ...}.
        timezone: IANA name; days are days there.
        datum: as declared in the manifest.
        digest: sha256 (hex) over the manifest and the bytes of every file.
        rules, diagram: those sections of the manifest, only what it sets.
        bureau: code, name, name_en.
        jurisdictions: [code, name, name_en, level (1 bureau, the last one stations), parent_code, geometry MultiPolygon].
        boundary_lines: [kind, name, geometry LineString]; kind is one of ``layers.lines.KINDS``.
        base_units: [code, name, kind, geometry MultiPolygon].
        markets: [code, name, exclusive (bool), geometry MultiPolygon].
        sub_areas: parts of cells with officers of their own: [code, name, cell (a code), geometry MultiPolygon].
        entities: [source_id (unique), name, credit_code, registration_no, address, industry, credit_class (of the place),
            licensed (bool), opened, closed, licence_until (date or None), workload (hours a year or NaN), geometry Point or
            None].
        officers: [officer_id (unique), name, title, telephone, station_code, joined (date or None), function].
        assignments: [officer_id, jurisdiction_code, role (lead, deputy, first, direct), function, valid_from (date),
            valid_to (date or None)].
        inspections: [visit_id (unique), entity (a source_id), date, kind (daily, special, priority), officer_id (or
            None), result (pass, minor, fail, none), officers (all who were there, separated by ";"), purpose, findings,
            notice_no, rectify_by (date or None), revisit_of (visit_id or None), minutes (or None), file, row].
        visits_left: rows of visits that are not in ``inspections``, with the reason, as of :mod:`layers.visits`.
        gazetteer: what addresses are found by besides, by section, as of :mod:`layers.gazetteer`.
        rejected: [file, row (as the user sees it), reason, value]: every row that is in none of the frames above.
        findings: what was assumed, repaired, dropped or is doubtful.
    """

    name: str
    titles: Mapping[str, str]
    timezone: str
    datum: str
    digest: str
    rules: Mapping[str, Any]
    diagram: Mapping[str, Any]
    bureau: Mapping[str, str]
    jurisdictions: gpd.GeoDataFrame
    boundary_lines: gpd.GeoDataFrame
    base_units: gpd.GeoDataFrame
    markets: gpd.GeoDataFrame
    sub_areas: gpd.GeoDataFrame
    entities: gpd.GeoDataFrame
    officers: pd.DataFrame
    assignments: pd.DataFrame
    inspections: pd.DataFrame
    visits_left: pd.DataFrame
    gazetteer: Mapping[str, GazetteerFile]
    rejected: pd.DataFrame
    findings: tuple[Finding, ...]

    def counts(self) -> dict[str, int]:
        """Rows by table, and ``rejected``."""
        tables = ("jurisdictions", "boundary_lines", "base_units", "markets", *REGISTER[4:], "rejected")
        return {t: len(getattr(self, t)) for t in tables}


def read_dataset(path: str | Path, *, progress: Callable[[str], None] | None = None) -> Dataset:
    """Read all that a manifest names.

    Args:
        path: the manifest.
        progress: called with a short text as each file and table is begun.

    Raises:
        SchemaError: mistakes in the manifest, or columns that files do not have; all at once.
        SourceError: files that cannot be read, all at once; a ring that is not closed; no boundary line at all.
        DatumError: coordinates that are none.
    """
    say = progress or (lambda _: None)
    manifest = read_manifest(path)
    read = _read_all(manifest, say)
    _check_columns(read)

    gazetteer = read_gazetteer_sections(read)
    say("stations")
    places, *rejects, notes = jurisdictions(read["stations"], manifest.bureau, manifest.upper)
    findings = [*notes]
    say("boundary lines")
    boundary, notes = _boundary_lines(read["lines"])
    findings += notes
    base_units, rejected, notes = coded_polygons("base_units", read["base_units"])
    findings += notes
    markets, rejected_markets, more = coded_polygons("markets", read["markets"])
    findings += more
    areas, rejected_areas, more = coded_polygons("sub_areas", read["sub_areas"])
    findings += more
    rejects += [rejected, rejected_markets, rejected_areas]

    say("entities")
    outline = places.geometry.iloc[0]
    lines = boundary.geometry.to_numpy()
    register, rejected, notes = entities(
        read["entities"],
        outline.bounds,
        lambda x, y, datum: datum_fit(x, y, lines, outline, datum),
        classes_of(manifest.rules),
    )
    if not len(register):
        raise SchemaError(_no_entity(rejected))
    findings += [*notes, *_outside(register, outline)]
    rejects.append(rejected)
    say("officers, assignments, inspections")
    codes = set(places["code"])
    staff, rejected, notes = officers(read["officers"], codes)
    findings += notes
    rejects.append(rejected)
    known = set(staff["officer_id"])
    duties, rejected, notes = assignments(read["assignments"], known, codes | set(areas["code"]))
    findings += notes
    rejects.append(rejected)
    visits, left, rejected, notes = inspections(_in_turn(read.pop("inspections")), set(register["source_id"]), known)
    findings += notes
    rejects.append(rejected)
    for file in gazetteer.values():
        rejects.append(file.rejected)
        findings += file.findings
    return Dataset(
        name=manifest.name,
        titles={"zh": manifest.title_zh, "en": manifest.title_en},
        timezone=manifest.timezone,
        datum=manifest.datum,
        digest=dataset_digest(manifest),
        rules=manifest.rules,
        diagram=manifest.diagram,
        bureau={"code": manifest.bureau.code, "name": manifest.bureau.name, "name_en": manifest.bureau.name_en},
        jurisdictions=places,
        boundary_lines=boundary,
        base_units=base_units,
        markets=markets,
        sub_areas=areas,
        entities=register,
        officers=staff,
        assignments=duties,
        inspections=visits,
        visits_left=left,
        gazetteer=gazetteer,
        rejected=rejected_frame(rejects),
        findings=tuple(findings),
    )


def _in_turn(parts: list[tuple[Source, RawLayer]]) -> Iterator[tuple[Source, RawLayer]]:
    """Each part once, and no longer held here: files of visits are large."""
    parts.reverse()
    while parts:
        yield parts.pop()


def _read_all(manifest: Manifest, say: Callable[[str], None]) -> Read:
    """Every file of every section; whatever cannot be read is reported together."""
    problems: list[LayersError] = []
    read: Read = {name: [] for name in SECTIONS}
    for _, path in manifest.files():
        try:
            check_file(path)
        except LayersError as problem:
            problems.append(problem)
    for section, source, path in [] if problems else manifest.named():
        say(f"{section}: {path.name}")
        try:
            read[section].append((source, read_source(path, source.layer, encoding=source.encoding)))
        except LayersError as problem:
            problems.append(problem)
    if problems:
        findings = tuple(f for p in problems for f in p.findings)
        raise SourceError(f"{manifest.path}: " + "; ".join(dict.fromkeys(map(str, problems))), findings)
    return read


def _check_columns(read: Read) -> None:
    missing = [
        finding
        for section, parts in read.items()
        for source, raw in parts
        if section in TABLES and not source.options.get("groups")
        for finding in missing_columns(section, raw, source.columns, source.defaults, source.key)
    ]
    if missing:
        raise SchemaError("; ".join(f.message for f in missing), tuple(missing))


def _boundary_lines(parts: list[tuple[Source, RawLayer]]) -> tuple[gpd.GeoDataFrame, tuple[Finding, ...]]:
    frames, findings = [], []
    for source, raw in parts:
        frame, notes = lines_of(raw, source.datum, **source.options)
        frames.append(frame)
        findings += [*raw.findings, *notes]
    if not parts:
        message = "The manifest names no boundary lines ([[lines]]); cells can then follow only the stations' outlines."
        findings.append(Finding("lines.none", Severity.WARNING, message, "清单中没有边界线。"))
        empty = {"kind": pd.Series(dtype=object), "name": pd.Series(dtype=object)}
        return gpd.GeoDataFrame(empty, geometry=[], crs=STORAGE_EPSG), tuple(findings)
    whole = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=STORAGE_EPSG)
    if not len(whole):
        raise SourceError(no_lines([raw.file for _, raw in parts]))
    return whole, tuple(findings)


def _no_entity(rejected: pd.DataFrame) -> str:
    if not len(rejected):
        return "entities: the files have a header and no rows; expected one row per entity"
    counts = rejected["reason"].str.split(",").str[0].value_counts().head(5)
    told = "; ".join(f"{reason}: {count}" for reason, count in counts.items())
    return f"entities: none of the {len(rejected)} rows can be stored ({told})"


def _outside(register: gpd.GeoDataFrame, outline: Any) -> list[Finding]:
    """Entities outside the territory are stored and counted; if all are, it is the wrong file or datum."""
    shapes = register.geometry.to_numpy()
    located = ~shapely.is_missing(shapes)
    if not located.any():
        return []
    x, y = shapely.get_x(shapes[located]), shapely.get_y(shapes[located])
    shapely.prepare(outline)
    outside = ~shapely.intersects_xy(outline, x, y)
    if not outside.any():
        return []
    if outside.all():
        raise SchemaError(
            f"none of the {len(x)} located entities lies in the territory: they are at {_box(x, y)}, the stations at "
            f"{_box(*np.asarray(outline.bounds).reshape(2, 2).T)}; is it the right file, and the right datum?"
        )
    first = register.loc[located, "source_id"][outside].head(5).tolist()
    return [
        Finding(
            "entities.outside", Severity.WARNING,
            f"{int(outside.sum())} of {len(x)} located entities lie outside every station ({', '.join(first)}, ...); they "
            "are stored and count as gaps.", f"{int(outside.sum())} 个主体位于辖区之外。",
            value=float(outside.sum()), unit="entities", details={"first": first},
        )
    ]  # fmt: skip


def _box(x: Any, y: Any) -> str:
    return f"{np.min(x):.4f}..{np.max(x):.4f}, {np.min(y):.4f}..{np.max(y):.4f}"


def dataset_digest(manifest: Manifest) -> str:
    """sha256 (hex) over a manifest and its files, by contents and names as written.

    The same data in another folder has the same digest.
    """
    whole = hashlib.sha256(manifest.path.read_bytes())
    for name, path in manifest.files():
        for file in side_files(path):
            whole.update(f"\0{name}{file.suffix}\0".encode())
            whole.update(hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()
