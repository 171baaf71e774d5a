"""Far places: cells where travel eats the visits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from geo_api.services.coverage_store import Register, Scope
from geo_api.services.workload.travel import travel_minutes
from geo_api.supervision.frequency import Rules
from gridding.findings import Finding, Severity


def far_findings(scope: Scope, register: Register, rules: Rules, *, most_share: float) -> Iterator[Finding]:
    """Cells whose officers spend more than a share of their hours on the way between visits.

    The way to each visit is estimated from the distances between the entities, whether or not the workload counts it.
    """
    index = {code: i for i, code in enumerate(scope.cell_codes)}
    cell = np.array([index.get(code, -1) for code in register.cell_code], dtype=np.int64)
    ours = np.flatnonzero((cell >= 0) & np.isfinite(register.lon))
    if not len(ours):
        return
    points = np.column_stack([register.lon[ours], register.lat[ours]])
    way = travel_minutes(points, replace(rules.travel, method="distance"), cell[ours])
    kinds: dict[tuple[str, str, bool], tuple[float, float]] = {}
    visits, minutes = np.zeros(len(ours)), np.zeros(len(ours))
    columns = (register.credit_class[ours], register.industry[ours], register.licensed[ours].tolist())
    for n, kind in enumerate(zip(*columns, strict=True)):
        if kind not in kinds:
            letter, industry, licensed = kind
            made = rules.visits_by_kind(letter, industry, licensed=licensed)
            work = sum(k * rules.minutes(industry, name) for name, k in made.items())
            kinds[kind] = sum(made.values()), work
        visits[n], minutes[n] = kinds[kind]
    n_cells = len(scope.cell_codes)
    travel = np.bincount(cell[ours], visits * way, n_cells) / 60
    at_work = np.bincount(cell[ours], minutes, n_cells) / 60
    number = np.bincount(cell[ours], visits, n_cells)
    for i, code in enumerate(scope.cell_codes):
        hours = travel[i] + at_work[i]
        if hours and travel[i] > most_share * hours:
            place = scope.cell_shapes[i].representative_point()
            yield Finding(
                "capacity.far",
                Severity.WARNING,
                f"travel takes {travel[i] / hours:.0%} of the hours of cell {code}: {travel[i]:.0f} of {hours:.0f} hours a "
                f"year, {60 * travel[i] / number[i]:.0f} minutes a visit",
                f"网格 {code} 路途占用 {travel[i] / hours:.0%} 工时（每年 {travel[i]:.0f}/{hours:.0f} 小时），"
                f"平均每次 {60 * travel[i] / number[i]:.0f} 分钟",
                where=code,
                value=round(float(travel[i] / hours), 3),
                limit=most_share,
                unit="fraction",
                at=(float(place.x), float(place.y)),
                details={
                    "travel_hours_per_year": round(float(travel[i]), 1),
                    "hours_per_year": round(float(hours), 1),
                    "minutes_to_a_visit": round(float(60 * travel[i] / number[i]), 1),
                    "cell_code": code,
                },
            )
