"""All that comes in after a load, as files that lie beside the manifest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from geo_api.sample.afterwards.changes import Changes


@dataclass(frozen=True)
class Afterwards:
    """What comes in: daily changes, claims and first visits, hotline cases by the day of their file, leave, steps of the unlicensed."""

    changes: Changes
    claims: pd.DataFrame
    visits: pd.DataFrame
    cases: dict[date, pd.DataFrame]
    leave: pd.DataFrame
    unlicensed: pd.DataFrame


def afterwards_tables(those: Afterwards) -> dict[str, pd.DataFrame]:
    """File name -> table; the day of the import stands in the name where it counts."""
    return {
        **{f"changes_{day}.csv": table for day, table in those.changes.files.items()},
        "claims.csv": those.claims,
        "visits.csv": those.visits,
        **{f"cases_{day}.csv": table for day, table in those.cases.items()},
        "leave.csv": those.leave,
        "unlicensed.csv": those.unlicensed,
    }
