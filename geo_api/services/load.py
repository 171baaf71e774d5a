"""Load a dataset into the store: one transaction, and loading twice changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from geo_api.clock import today_in
from geo_api.services.addresses.imports import gazetteer_frames
from geo_api.services.load_report import LoadResult, RegisterStore, Stored
from geo_api.services.profiles.layout_findings import layout_findings
from geo_api.services.register_frames import register_frames
from geo_api.supervision.profile import profile_from
from gridding.findings import Finding, Severity
from gridding.outlines import node_outlines
from layers.crs import local_metres

if TYPE_CHECKING:
    from layers import Dataset


def load(
    dataset: Dataset, store: RegisterStore, *, actor: str = "gridward load", today: date | None = None
) -> LoadResult:
    """Store a dataset as read by ``layers.read_dataset``.

    Parts of cells wait for the plan that draws their cell: a dataset that names some is compared as a whole each time.
    Rows that are already stored stay as they are; rows that differ become new versions from ``today`` (default: today
    in the dataset's time zone); boundary lines, base units and markets that are gone end today; entities, officers,
    assignments and visits that are gone are kept and reported.

    Raises:
        BadRequest: settings in ``[rules]`` that cannot be used, all at once.
        RuleViolation: the dataset contradicts itself or what is stored; nothing was changed.
        StoreUnavailable: the database went away; nothing was changed.
    """
    doubts = layout_findings(dataset.jurisdictions, profile_from(dataset.rules))
    if store.last_digest(dataset.name) == dataset.digest and not len(dataset.sub_areas):
        return LoadResult(dataset.name, dataset.digest, True, {}, dataset.rejected, tuple(dataset.findings))
    named, refused = gazetteer_frames(dataset.gazetteer)
    rejected = pd.concat([dataset.rejected, refused], ignore_index=True) if len(refused) else dataset.rejected
    stored = store.store_dataset(
        dataset.name,
        dataset.digest,
        register_frames(replace(dataset, jurisdictions=noded(dataset.jurisdictions))) | named,
        actor=actor,
        today=today or today_in(dataset.timezone),
        rejected=len(rejected),
    )
    return LoadResult(
        dataset=dataset.name,
        digest=dataset.digest,
        unchanged=not any(c.touched for c in stored.counts.values()),
        counts=stored.counts,
        rejected=_with_refused(rejected, stored),
        findings=(*dataset.findings, *doubts, *_kept_findings(stored)),
    )


def noded(places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The jurisdictions with the stations' outlines noded together, so that neighbours share their borders exactly."""
    level = places["level"].to_numpy()
    stations = np.flatnonzero((level > 1) & (level == level.max()))
    stations = stations[np.argsort(places["code"].to_numpy()[stations], kind="stable")]
    shapes = places.geometry.to_numpy().copy()
    shapes[stations] = node_outlines(shapes[stations], local_metres(tuple(places.total_bounds)))
    return places.set_geometry(gpd.GeoSeries(shapes, index=places.index, crs=places.crs))


def _with_refused(rejected: pd.DataFrame, stored: Stored) -> pd.DataFrame:
    """The rejected rows of the files and those that the store refused, in one frame."""
    if not stored.refused:
        return rejected
    more = pd.DataFrame(
        [{"file": table, "row": key, "reason": reason, "value": ""} for table, key, reason in stored.refused]
    )
    return pd.concat([rejected.astype(object), more.astype(object)], ignore_index=True)


def _kept_findings(stored: Stored) -> list[Finding]:
    return [
        Finding(
            "load.kept",
            Severity.WARNING,
            f"{counts.kept} row(s) of {table} are no longer in the dataset: they stay in the register; "
            "close them there if they are gone",
            f"{table} 有 {counts.kept} 条记录已不在数据集中，登记簿予以保留",
            where=table,
            value=counts.kept,
            unit="rows",
        )
        for table, counts in stored.counts.items()
        if counts.kept
    ]
