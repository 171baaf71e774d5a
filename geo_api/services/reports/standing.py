"""Gaps of territory, entities, staff and posters on the last day of a report."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

from geo_api.errors import NotFound
from geo_api.services.gap_kinds.far import far_findings
from geo_api.services.gap_kinds.posters import poster_gaps
from geo_api.services.gaps import capacity_findings, within
from geo_api.services.gaps_entities import entity_findings
from geo_api.services.gaps_territory import territory_findings
from geo_api.services.reports.answer import GapCount
from geo_api.supervision.officers import staffing_findings, tenure_findings
from geo_api.supervision.profile import profile_from

if TYPE_CHECKING:
    from geo_api.services.coverage_store import CoverageStore

NAMES = {
    "territory.no_station": ("不属任何监管所的区域", "ground of no station"),
    "territory.no_plan": ("无划分方案的监管所", "stations without a plan"),
    "territory.no_cell": ("不属任何网格的区域", "ground of no cell"),
    "territory.two_cells": ("网格重叠的区域", "ground of two cells"),
    "territory.sub_area": ("越出网格的分区", "sub-areas beyond their cell"),
    "entity.no_plan": ("所在监管所无方案的户", "entities of stations without a plan"),
    "entity.outside": ("位置在辖区外的户", "entities placed outside"),
    "entity.impossible_place": ("坐标有误的户", "entities in an impossible place"),
    "entity.unlocated": ("未定位的户", "entities not located"),
    "entity.unlicensed": ("无照户", "unlicensed entities"),
    "staffing.too_few": ("人员不足的网格", "cells with too few officers"),
    "staffing.over_tenure": ("超过轮岗年限的监管员", "officers over the tenure limit"),
    "capacity.over": ("工作量超出人力的网格", "cells with more work than hours"),
    "capacity.far": ("路途过长的网格", "cells where travel eats the visits"),
    "poster.none": ("未张贴示意图", "cells without a poster"),
    "poster.old": ("示意图过期", "posters older than the plan"),
}
"""Kinds that are told; cells without a lead and entities in no cell are among the gaps that are computed again."""


def standing_gaps(store: CoverageStore, jurisdiction: str, on: date) -> tuple[GapCount, ...]:
    """Numbers by kind on a day; none for a cell, or where there was no jurisdiction that day.

    For what was known at a moment give the coverage of the store as recorded then.
    """
    try:
        scope = store.scope(jurisdiction, on)
    except NotFound:
        return ()
    profile = profile_from(scope.rules)
    rules, counted = profile.rules, profile.section("coverage")
    fewest = profile.section("staffing").officers_per_cell_min
    ours = within(scope, store.register(jurisdiction, on))
    dates = store.gap_dates(scope.cell_codes, scope.station_codes, on)
    posters = store.posters([scope.code, *scope.station_codes, *scope.cell_codes], on)
    found = Counter(
        f.rule
        for findings in (
            territory_findings(scope),
            entity_findings(scope, ours.register, ours.station, rules.classes.unlicensed),
            staffing_findings(scope.cell_codes, scope.duties, fewest=fewest),
            tenure_findings(scope.duties, on, longest_years=rules.tenure_years),
            capacity_findings(scope, ours, rules),
            far_findings(scope, ours.register, rules, most_share=counted.far_travel_share),
            poster_gaps(scope, posters, dates, on, days=counted.poster_days),
        )
        for f in findings
    )
    return tuple(GapCount(kind, found[kind], *names) for kind, names in NAMES.items())
