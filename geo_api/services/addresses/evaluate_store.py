"""The evaluation of what a deployment has: its gazetteer and its published cells."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from geo_api.errors import BadRequest
from geo_api.services import datums
from geo_api.services.addresses.evaluate import MATCH, Evaluation, checked, evaluate, from_memory
from geo_api.services.addresses.store import GazetteerReader, read_gazetteer, reading
from geo_api.services.finder import FinderFactory, territory_finder
from geo_api.services.ports import PublishedReader
from geo_api.services.snapshot import build_snapshot


def evaluate_store(
    gazetteers: GazetteerReader,
    published: PublishedReader,
    truth: pd.DataFrame,
    *,
    datum: str,
    region: str,
    on: date,
    threshold: float,
    make_finder: FinderFactory = territory_finder,
) -> Evaluation:
    """Ask every address of a test set on a day; see :func:`geo_api.services.addresses.evaluate.evaluate`.

    Raises:
        BadRequest: a test set that cannot be used (every fault at once), or nothing is published on that day.
        DatumError: an unknown datum.
    """
    truth = checked(truth)
    snapshot = build_snapshot(published.territory(on), make_finder)
    if snapshot.finder is None:
        raise BadRequest(f"no cell is published on {on}: publish plans first (gridward demo does it for a sample)")
    placed = np.isfinite(truth["lon"].to_numpy(dtype=float)) & np.isfinite(truth["lat"].to_numpy(dtype=float))
    lon, lat = truth["lon"].to_numpy(dtype=float, copy=True), truth["lat"].to_numpy(dtype=float, copy=True)
    lon[placed], lat[placed] = datums.arrays_to_storage(lon[placed], lat[placed], datum)
    cells = np.full(len(truth), -1, dtype=np.int32)
    cells[placed] = snapshot.finder.cells_of(lon[placed], lat[placed])
    nowhere = placed & (cells < 0) & (truth["expected"] == MATCH).to_numpy(dtype=bool)
    if nowhere.all() and len(truth):
        raise BadRequest(f"not one place of the test set lies in a cell; is {datum} the datum of its coordinates?")
    how = reading(gazetteers, region)
    ask = from_memory(read_gazetteer(gazetteers, how), snapshot, how.divisions)
    for text in truth["text"].head(20):  # what is compiled at the first call is no part of an answer's time
        ask(text)
    return evaluate(truth.assign(lon=lon, lat=lat), ask, cells, threshold)
