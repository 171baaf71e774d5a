"""Base units (communities) and barriers from files named on a command line, without a manifest."""

from __future__ import annotations

from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import shapely

from gridding.findings import Finding, Severity
from layers.crs import STORAGE_EPSG
from layers.errors import SourceError
from layers.geometry import polygons
from layers.raw import read_source, split_spec
from layers.sources import read_lines
from layers.values import to_text

CODE_COLUMNS = ("code", "编码", "代码", "adcode", "geoid10", "fips")
NAME_COLUMNS = ("name", "名称", "社区", "社区名称", "town", "village")
BARRIER = "barrier"


def read_base_units(spec: str, *, datum: str) -> tuple[gpd.GeoDataFrame, tuple[Finding, ...]]:
    """Base units of a layer: a frame [code, name, geometry] in EPSG:4490 in the order of the file, and findings.

    The code is a column ``code`` (编码, 代码), else the row's number from 1; the name ``name`` (名称, 社区). A unit without
    a name is called by its code.

    Raises:
        SourceError: a file that cannot be read, or no polygon in it. DatumError.
    """
    path, layer = split_spec(spec)
    raw = read_source(path, layer)
    shapes, there, findings = polygons(raw, datum)
    if not there.any():
        raise SourceError(f"{raw.file}: no polygon among {len(shapes)} features; base units are polygons (communities)")
    columns = {str(c).lower(): c for c in raw.frame.columns}

    def text(names: tuple[str, ...]) -> np.ndarray:
        column = next((columns[n] for n in names if n in columns), None)
        if column is None:
            return np.full(len(shapes), "", dtype=object)
        return np.asarray(to_text(raw.frame[column]), dtype=object)

    code = text(CODE_COLUMNS)
    number = np.array([str(i + 1) for i in range(len(shapes))], dtype=object)
    code = np.where(code == "", number, code)
    frame = gpd.GeoDataFrame(
        {"code": code[there], "name": text(NAME_COLUMNS)[there]}, geometry=shapes[there], crs=STORAGE_EPSG
    )
    return frame, (*raw.findings, *findings, *_overlaps(frame, raw.file))


def _overlaps(frame: gpd.GeoDataFrame, file: str) -> tuple[Finding, ...]:
    """Units that share more than a ten-thousandth of the smaller one: the first counts there."""
    shapes = frame.geometry.to_numpy()
    one, two = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    one, two = one[one < two], two[one < two]
    shared = shapely.area(shapely.intersection(shapes[one], shapes[two]))
    bad = shared > 1e-4 * np.minimum(shapely.area(shapes[one]), shapely.area(shapes[two]))
    if not bad.any():
        return ()
    called = np.where(frame["name"] == "", frame["code"], frame["name"])
    pairs = [f"{called[a]} / {called[b]}" for a, b in zip(one[bad], two[bad], strict=True)]
    return (
        Finding(
            "base_units.overlap",
            Severity.WARNING,
            f"{file}: {len(pairs)} pairs of base units overlap ({', '.join(pairs[:5])}{', ...' if len(pairs) > 5 else ''}); "
            f"where they do, the first in the file counts. Correct their outlines",
            f"{file}：{len(pairs)} 对社区边界重叠（{'、'.join(pairs[:5])}{'等' if len(pairs) > 5 else ''}），"
            "重叠处以文件中靠前者为准，请修正边界",
            where=file,
            value=float(len(pairs)),
            unit="pairs",
        ),
    )


def read_barriers(specs: Iterable[str], *, datum: str) -> tuple[gpd.GeoDataFrame, tuple[Finding, ...]]:
    """Lines that no cell crosses unless it must, all of kind ``barrier``: a frame as of :func:`layers.sources.read_lines`.

    What cannot be a border by its tags (a river in a tunnel, a footway) is left out; outlines of polygons count as lines.
    """
    frame, findings = read_lines(specs, datum=datum)
    return frame.assign(kind=BARRIER), tuple(f for f in findings if f.rule != "lines.no_kind")
