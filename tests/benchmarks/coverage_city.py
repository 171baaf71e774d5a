"""Visits due and made of a city, from arrays to figures by cell: the engine beside a plain pandas group-by of the same rule.

The engine does more at the same time: who is overdue since when, first visits, shares of the officers in charge.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

import numpy as np
import shapely

from geo_api.services.coverage.compute import tables_of
from geo_api.services.coverage.inputs import (
    ALWAYS,
    EPOCH,
    NEVER,
    CoverageInputs,
    LeadRow,
    Place,
    PlanRow,
    RulesFrom,
    StationRow,
    Versions,
    Visits,
    day_number,
)
from geo_api.services.coverage.roll_up import roll_up
from geo_api.supervision.coverage import judged_periods
from tests.benchmarks.coverages import coverage
from tests.benchmarks.table import Row, ratio, seconds
from tests.benchmarks.timing import in_turn

SIDE = 16
SIZES = {"small": (5_000, 90_000, 2), "full": (110_000, 2_000_000, 5)}
"""Businesses, visits in two years, rounds."""
CLASSES, SHARE, VISITS_A_YEAR = tuple("ABCD"), (0.4, 0.35, 0.2, 0.05), (2, 4, 12, 24)
INDUSTRIES = ("retail", "services")
PERIODS = {"a month": (date(2026, 10, 1), date(2026, 11, 1)), "a year": (date(2025, 11, 1), date(2026, 11, 1))}
BACK = 730

Figures = dict[str, tuple[float, float]]
"""Cell code -> visits due and made."""


def city_inputs(businesses: int, visits: int, seed: int = 7) -> CoverageInputs:
    """A square city of 16 stations with 16 cells each, each cell with its lead; the same for the same arguments."""
    rng = np.random.default_rng([businesses, visits, seed])
    cells = coverage(SIDE, 40)
    west, south, east, north = shapely.total_bounds(cells)
    rows = [np.arange(k * SIDE, (k + 1) * SIDE) for k in range(SIDE)]
    codes = [tuple(f"{k:02}{i:03}" for i in range(SIDE)) for k in range(SIDE)]
    letter = rng.choice(len(CLASSES), businesses, p=SHARE).astype(np.int32)
    always, never = np.full(businesses, ALWAYS, np.int32), np.full(businesses, NEVER, np.int32)
    wish = np.array(VISITS_A_YEAR)[letter]
    who = rng.choice(businesses, visits, p=wish / wish.sum())
    last = day_number(PERIODS["a month"][1])
    return CoverageInputs(
        place=Place("city", "city", "all", tuple(f"{k:02}" for k in range(SIDE))),
        versions=Versions(
            entity_id=np.arange(businesses),
            valid_from=always,
            valid_to=never,
            opened=always,
            closed=never,
            credit_class=letter,
            industry=rng.integers(0, len(INDUSTRIES), businesses).astype(np.int32),
            licensed=np.ones(businesses, bool),
            lon=rng.uniform(west, east, businesses),
            lat=rng.uniform(south, north, businesses),
            classes=CLASSES,
            industries=INDUSTRIES,
        ),
        visits=Visits(who, rng.integers(last - BACK, last, visits), np.full(visits, -1, np.int32), ()),
        profiles=(RulesFrom(ALWAYS, NEVER, {"visits_per_year": dict(zip(CLASSES, VISITS_A_YEAR, strict=True))}),),
        stations=tuple(
            StationRow(f"{k:02}", "", ALWAYS, NEVER, shapely.union_all(cells[mine])) for k, mine in enumerate(rows)
        ),
        plans=tuple(
            PlanRow(k, f"{k:02}", ALWAYS, NEVER, codes[k], codes[k], cells[mine]) for k, mine in enumerate(rows)
        ),
        leads=tuple(LeadRow(code, f"P{code}", "", ALWAYS, NEVER) for own in codes for code in own),
    )


def by_engine(inputs: CoverageInputs, first: date, last: date) -> Figures:
    """By the engine of Gridward."""
    return {row.key: (row.due, row.made) for row in roll_up(tables_of(inputs, first, last), "cell")}


def by_pandas(inputs: CoverageInputs, first: date, last: date) -> Figures:
    """By pandas: the calendar period of each visit, a group-by, at most what is due, a sum by cell."""
    import pandas as pd

    versions, visits = inputs.versions, inputs.visits
    shapes = np.concatenate([plan.cells for plan in inputs.plans])
    codes = np.array([code for plan in inputs.plans for code in plan.cell_codes] + [""], dtype=object)
    at = np.full(len(versions.entity_id), len(shapes))
    row, cell = shapely.STRtree(shapes).query(shapely.points(versions.lon, versions.lat), predicate="intersects")
    np.minimum.at(at, row, cell)
    shops = pd.DataFrame({"entity": versions.entity_id, "letter": versions.credit_class, "cell": codes[at]})
    made = pd.DataFrame({"entity": visits.entity_id, "day": visits.day})
    made["letter"] = versions.credit_class[made["entity"]]
    found = []
    for letter, a_year in enumerate(VISITS_A_YEAR):
        periods = judged_periods(a_year, first, last)
        mine = shops[shops["letter"] == letter]
        due = mine.groupby("cell").size() * sum(p.visits for p in periods)
        if not periods:
            continue
        bounds = [*(p.start for p in periods), periods[-1].end]
        edges = np.array([(day - EPOCH) // timedelta(days=1) for day in bounds])
        own = made[made["letter"] == letter]
        own = own.assign(period=np.searchsorted(edges, own["day"], side="right") - 1)
        own = own[(own["period"] >= 0) & (own["period"] < len(periods))]
        counted = own.groupby(["entity", "period"]).size().clip(upper=periods[0].visits).groupby("entity").sum()
        done = mine.set_index("entity")["cell"].to_frame().join(counted.rename("made")).groupby("cell")["made"].sum()
        found.append(pd.DataFrame({"due": due, "made": done}))
    total = pd.concat(found).groupby(level=0).sum()
    return {str(code): (float(due), float(made)) for code, due, made in total.itertuples()}


def differing(ours: Figures, theirs: Figures) -> int:
    """Cells with other figures; those in which nothing is due count as none."""
    codes = {code for figures in (ours, theirs) for code, (due, _) in figures.items() if due}
    none = (0.0, 0.0)
    return sum(not np.allclose(ours.get(c, none), theirs.get(c, none), atol=1e-6) for c in codes)


def measure(size: str) -> list[Row]:
    """A month and a year of a city whose register and visits are read already."""
    businesses, visits, rounds = SIZES["small" if size == "small" else "full"]
    inputs = city_inputs(businesses, visits)
    rows = []
    for name, days in PERIODS.items():
        took = in_turn(rounds, {"ours": partial(by_engine, inputs, *days), "pandas": partial(by_pandas, inputs, *days)})
        ours, theirs = took["ours"], took["pandas"]
        if wrong := differing(ours.answer, theirs.answer):
            raise AssertionError(f"{wrong} cells have other figures by pandas in {name}")
        rows.append(
            Row(
                f"{name}, {businesses:,} businesses, {visits:,} visits, {SIDE * SIDE} cells: due and made by cell",
                f"{seconds(ours.median_s)} ({seconds(ours.median_cpu_s)} CPU)",
                f"pandas {seconds(theirs.median_s)} ({seconds(theirs.median_cpu_s)} CPU)",
                ratio(ours.median_cpu_s, theirs.median_cpu_s),
                figures={"ours_s": ours.median_s, "ours_cpu_s": ours.median_cpu_s, "pandas_cpu_s": theirs.median_cpu_s},
            )
        )
    return rows
