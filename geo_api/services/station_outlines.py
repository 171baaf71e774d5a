"""The stations of a layer: their names, codes and outlines, noded once together so that they tile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geo_api.errors import BadRequest
from geo_api.services.grid_outline import from_network
from gridding.findings import Finding
from gridding.outlines import node_outlines
from gridding.types import GeometryArray, Projection
from layers.crs import local_metres
from layers.geometry import polygons
from layers.raw import read_source, split_spec
from layers.values import to_codes, to_text

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Stations:
    """Stations in the order of their codes.

    Attributes:
        codes: each station's code, the prefix of the codes of its cells.
        names: each station's name.
        outlines: (n,) noded together; neighbours share every vertex of their border.
        to_metres: the projection for all of them.
        bounds: west, south, east, north of all.
        findings: what reading them found.
    """

    codes: tuple[str, ...]
    names: tuple[str, ...]
    outlines: GeometryArray
    to_metres: Projection
    bounds: tuple[float, float, float, float]
    findings: tuple[Finding, ...]

    def __len__(self) -> int:
        return len(self.codes)


def read_stations(
    spec: str, *, datum: str, name_column: str, code_column: str | None = None, prefix: str = ""
) -> Stations:
    """The features of a layer as stations.

    Features of one name are one station, in several parts. Without a column of codes the stations are numbered in the
    order of their names, with as many digits as the last one needs and at least three.

    Args:
        spec: ``FILE`` or ``FILE:LAYER``.
        datum: of longitudes and latitudes.
        name_column, code_column: columns of the layer.
        prefix: goes before each station's code.

    Raises:
        BadRequest: a column that is not there, features without name or code, one code for two names: all at once.
        LayersError, GriddingError: outlines that cannot be read or noded.
    """
    if from_network(spec):
        raise BadRequest("--stations COLUMN needs --outline FILE[:LAYER], the layer whose features are the stations")
    raw = read_source(*split_spec(spec))
    columns = [str(c) for c in raw.frame.columns]
    missing = [c for c in (name_column, code_column) if c is not None and c not in columns]
    if missing:
        raise BadRequest(
            f"{raw.file}: no column {', '.join(map(repr, missing))} (--stations, --station-codes); its columns are: "
            f"{', '.join(columns) or 'none'}"
        )
    shapes, there, findings = polygons(raw, datum)
    if not there.any():
        raise BadRequest(f"{raw.file}: no polygon among {len(shapes)} features; every station needs its outline")
    names = to_text(raw.frame[name_column]).to_numpy(dtype=object)[there]
    rows = np.asarray(raw.rows)[there]
    given = None if code_column is None else to_codes(raw.frame[code_column]).to_numpy(dtype=object)[there]
    _refuse_blank(raw.file, rows, name_column, names, code_column, given)
    # the order of the features must not matter: parts of a station in the order of their bounds
    order = np.lexsort((*shapely.bounds(shapes[there]).T[::-1], names.astype(str)))
    station_names, first, of_feature = np.unique(names[order].astype(str), return_index=True, return_inverse=True)
    if given is None:
        digits = max(3, len(str(len(station_names))))
        codes = np.array([f"{prefix}{i + 1:0{digits}d}" for i in range(len(station_names))], dtype=object)
    else:
        codes = np.array([f"{prefix}{code}" for code in given[order][first]], dtype=object)
        _refuse_ambiguous(raw.file, code_column or "", station_names, of_feature, given[order])
    parts = shapes[there][order]
    outlines = np.array(
        [shapely.union_all(parts[of_feature == i]) for i in range(len(station_names))], dtype=object
    )  # fmt: skip
    rank = np.argsort(codes.astype(str), kind="stable")
    west, south, east, north = shapely.total_bounds(outlines).tolist()
    to_metres = local_metres((west, south, east, north))
    return Stations(
        codes=tuple(str(c) for c in codes[rank]),
        names=tuple(str(n) for n in station_names[rank]),
        outlines=node_outlines(outlines[rank], to_metres),
        to_metres=to_metres,
        bounds=(west, south, east, north),
        findings=(*raw.findings, *findings),
    )


def _refuse_blank(
    file: str,
    rows: np.ndarray,
    name_column: str,
    names: np.ndarray,
    code_column: str | None,
    codes: np.ndarray | None,
) -> None:
    problems = []
    for column, values in ((name_column, names), (code_column, codes)):
        if values is None:
            continue
        blank = np.flatnonzero(values == "")
        if len(blank):
            shown = ", ".join(str(rows[i]) for i in blank[:SHOWN])
            problems.append(f"{len(blank)} features have no {column} (feature {shown}{', ...' * (len(blank) > SHOWN)})")
    if problems:
        raise BadRequest(f"{file}: {'; '.join(problems)}: every station needs one")


def _refuse_ambiguous(file: str, column: str, names: np.ndarray, of_feature: np.ndarray, codes: np.ndarray) -> None:
    pairs = {(str(names[i]), str(code)) for i, code in zip(of_feature, codes, strict=True)}
    of_code: dict[str, list[str]] = {}
    of_name: dict[str, list[str]] = {}
    for name, code in sorted(pairs):
        of_code.setdefault(code, []).append(name)
        of_name.setdefault(name, []).append(code)
    problems = [f"code {c} stands for {' and '.join(n)}" for c, n in of_code.items() if len(n) > 1]
    problems += [f"{n} has the codes {' and '.join(c)}" for n, c in of_name.items() if len(c) > 1]
    if problems:
        raise BadRequest(f"{file}: column {column}: {'; '.join(problems[:SHOWN])}: one code for one name was expected")
