"""Column names of the entities in a plan file: GeoPackage takes a name once, in whatever case, and keeps some for itself."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd

from gridding.findings import Finding, Severity
from layers.errors import SchemaError

RESERVED = ("cell_code", "fid", "geom", "geometry")
"""Names that a plan file gives to columns of its own."""

MOST_COLUMNS = 1900
"""A GeoPackage table holds 2,000 columns, some of them its own."""


def with_free_names(entities: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, tuple[Finding, ...]]:
    """The entities with column names that a plan file can hold, and a finding that says which were changed.

    Raises:
        SchemaError: more columns than a plan file can hold.
    """
    shape = entities.geometry.name
    columns = [str(c) for c in entities.columns if c != shape]
    if len(columns) > MOST_COLUMNS:
        raise SchemaError(
            f"the entities have {len(columns)} columns, a plan file holds {MOST_COLUMNS}: leave out those not needed"
        )
    names = free_names(columns)
    changed = {old: new for old, new in zip(columns, names, strict=True) if old != new}
    if not changed:
        return entities, ()
    told = ", ".join(f"{old} -> {new}" for old, new in list(changed.items())[:5])
    note = Finding(
        "entities.columns_renamed",
        Severity.INFO,
        f"{len(changed)} columns of the entities have other names in the plan file, where theirs are taken: {told}"
        f"{', ...' if len(changed) > 5 else ''}.",
        f"规划文件中有 {len(changed)} 个字段改名：{told}。",
        value=float(len(changed)),
        unit="columns",
        details={"columns": changed},
    )
    return entities.rename(columns=changed), (note,)


def free_names(columns: Sequence[str]) -> list[str]:
    """The names with ``source_`` before those that are reserved or there already in another case; none comes twice."""
    seen = set(RESERVED)
    first = []
    for column in columns:
        first.append(column.lower() not in seen)
        seen.add(column.lower())
    names = []
    for column, keep in zip(columns, first, strict=True):
        name = column if keep else f"source_{column}"
        tail = 2
        while not keep and name.lower() in seen:
            name = f"source_{column}_{tail}"
            tail += 1
        seen.add(name.lower())
        names.append(name)
    return names
