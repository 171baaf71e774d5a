"""The engine gives what the pure rule gives, and its roll-ups lose nothing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_api.services.coverage.compute import tables_of
from geo_api.services.coverage.inputs import (
    ALWAYS,
    NEVER,
    CoverageInputs,
    Drawn,
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
from geo_api.services.coverage.shares import divided, led
from geo_api.services.coverage.tables import CoverageTables
from geo_api.supervision.coverage import Version, covered, existing, judged_periods, year_before
from geo_api.supervision.frequency import rules_from
from geo_api.supervision.periods import Period

FIRST, LAST = date(2026, 3, 1), date(2026, 4, 1)
INDUSTRIES = ("food", "retail")
CELLS = (("S1", "S1a"), ("S1", "S1b"), ("S2", "S2a"))

edges = st.builds(
    lambda year, month, days: date(year, month, 1) + timedelta(days=days),
    st.integers(2024, 2026),
    st.integers(1, 12),
    st.sampled_from([-1, 0, 14, 15]),
)
"""Days on which calendar periods begin and end."""
days = st.dates(date(2024, 6, 1), date(2026, 6, 1)) | edges
maybe_day = st.none() | days


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[bool, Version]]:
    """Versions of one business, without a gap between them."""
    cuts = sorted(draw(st.lists(days, max_size=3, unique=True)))
    bounds = [None, *cuts, None]
    opened = draw(maybe_day)
    return [
        (
            draw(st.booleans()),
            Version(
                Period(a, b),
                draw(st.sampled_from("ABCD")),
                draw(st.sampled_from(INDUSTRIES)),
                opened,
                draw(maybe_day) if draw(st.integers(0, 3)) == 0 else None,
            ),
        )
        for a, b in pairwise(bounds)
    ]


RULES = [
    {"industry_min_visits": {"food": 6}},
    {"visits_per_year": {"A": 0, "B": 3, "C": 24, "D": 48}},
]


def inputs_of(
    businesses: list[list[tuple[bool, Version]]],
    visits: list[tuple[int, date, tuple[str, ...]]],
    rules: list[tuple[date | None, date | None, dict]],
    places: list[tuple[float, float]] | None = None,
    leads: tuple[LeadRow, ...] = (),
    place: Place | None = None,
) -> CoverageInputs:
    """Businesses 10, 20, ... in a territory of two stations and three cells, each a unit square."""
    rows = [(10 * (i + 1), i, *v) for i, versions in enumerate(businesses) for v in versions]
    spots = places or [(0.5 + i % 4, 0.5) for i in range(len(businesses))]
    letters = tuple("ABCD")
    teams = tuple(sorted({team for _, _, team in visits}))
    squares = [shapely.box(i, 0, i + 1, 1) for i in range(3)]

    def column(get: object, kind: type) -> np.ndarray:
        return np.array([get(row) for row in rows], dtype=kind)  # type: ignore[operator]

    return CoverageInputs(
        place=place or Place("B", "bureau", "all", ("S1", "S2")),
        versions=Versions(
            entity_id=column(lambda r: r[0], np.int64),
            valid_from=column(lambda r: day_number(r[3].valid.start, ALWAYS), np.int32),
            valid_to=column(lambda r: day_number(r[3].valid.end), np.int32),
            opened=column(lambda r: day_number(r[3].opened, ALWAYS), np.int32),
            closed=column(lambda r: day_number(r[3].closed), np.int32),
            credit_class=column(lambda r: letters.index(r[3].credit_class), np.int32),
            industry=column(lambda r: INDUSTRIES.index(r[3].industry), np.int32),
            licensed=column(lambda r: r[2], bool),
            lon=column(lambda r: spots[r[1]][0], float),
            lat=column(lambda r: spots[r[1]][1], float),
            classes=letters,
            industries=INDUSTRIES,
        ),
        visits=Visits(
            np.array([10 * (i + 1) for i, _, _ in visits], np.int64),
            np.array([day_number(day) for _, day, _ in visits], np.int32),
            np.array([teams.index(team) for _, _, team in visits], np.int32),
            teams,
        ),
        profiles=tuple(RulesFrom(day_number(a, ALWAYS), day_number(b), r) for a, b, r in rules),
        stations=(
            StationRow("S1", "one", ALWAYS, NEVER, shapely.box(0, 0, 2, 1)),
            StationRow("S2", "two", ALWAYS, NEVER, shapely.box(2, 0, 3, 1)),
        ),
        plans=(
            PlanRow(1, "S1", ALWAYS, NEVER, ("S1a", "S1b"), ("", ""), np.array(squares[:2], dtype=object)),
            PlanRow(2, "S2", ALWAYS, NEVER, ("S2a",), ("",), np.array(squares[2:], dtype=object)),
        ),
        leads=leads,
    )


def expected(versions: list[tuple[bool, Version]], made_on: list[date], rules: list, first: date, last: date) -> dict:
    """(class, industry) -> due, made of one business by the pure rule; and the end of the last period missed."""
    spans: dict[tuple[str, str, float], list[Period]] = defaultdict(list)
    said = {id(v): licensed for licensed, v in versions}
    for version, life in existing([v for _, v in versions]):
        for a, b, settings_of in rules:
            part, known = life.within(Period(a, b)), rules_from(settings_of)
            licensed = said[id(version)]
            asked = known.visits(version.credit_class, version.industry, licensed=licensed)
            if not part.empty and asked:
                letter = known.class_of(version.credit_class, licensed=licensed)
                spans[letter, version.industry, asked].append(part)
    totals: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    missed = []
    for (letter, industry, asked), parts in spans.items():
        judged = covered(judged_periods(asked, first, last), parts, made_on)
        totals[letter, industry][0] += judged.due
        totals[letter, industry][1] += judged.made
        since = covered(judged_periods(asked, min(first, year_before(last)), last), parts, made_on).overdue_since
        if since:
            missed.append(since)
    return {"totals": {k: v for k, v in totals.items() if v[0]}, "missed": max(missed, default=None)}


visit_days = st.lists(st.tuples(st.integers(0, 2), days, st.sampled_from([("p",), ("p", "q"), ("",)])), max_size=40)
bounds_of_reports = st.sampled_from(
    [
        (date(2026, 3, 1), date(2026, 4, 1)),
        (date(2025, 12, 1), date(2026, 1, 1)),
        (date(2025, 1, 1), date(2026, 1, 1)),
        (date(2026, 2, 10), date(2026, 3, 17)),
        (date(2024, 2, 29), date(2026, 3, 31)),
    ]
)


@settings(max_examples=120, deadline=None)
@given(st.lists(histories(), min_size=1, max_size=3), visit_days, bounds_of_reports, maybe_day)
def test_the_engine_gives_what_the_rule_gives(
    businesses: list, visits: list, report: tuple[date, date], changed: date | None
) -> None:
    first, last = report
    visits = [v for v in visits if v[0] < len(businesses) and v[1] < last]
    rules = [(None, changed, RULES[0]), (changed, None, RULES[1])] if changed else [(None, None, RULES[0])]
    tables = tables_of(inputs_of(businesses, visits, rules), first, last)
    for i, versions in enumerate(businesses):
        made_on = sorted(day for n, day, _ in visits if n == i)
        wanted = expected(versions, made_on, rules, first, last)
        got: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
        if 10 * (i + 1) in tables.entity_ids:
            at = tables.position(10 * (i + 1))
            for row in np.flatnonzero(tables.entity == at).tolist():
                key = tables.classes[tables.credit_class[row]], tables.industries[tables.industry[row]]
                got[key][0] += tables.due_micro[row] / 1e6
                got[key][1] += tables.made_micro[row] / 1e6
            missed = tables.missed_until[at].astype(object)
            assert missed == wanted["missed"]
        assert set(got) - set(wanted["totals"]) == set() or all(
            got[k] == [0, 0] for k in set(got) - set(wanted["totals"])
        )
        for key, (due, made) in wanted["totals"].items():
            assert got[key] == pytest.approx([due, made], abs=1e-9), (i, key)
    conserved(tables)


def conserved(tables: CoverageTables) -> None:
    """Every roll-up has the totals of the whole."""
    (whole,) = roll_up(tables, "total") or (None,)
    if whole is None:
        return
    for by in ("class", "industry", "cell", "officer", "station"):
        rows = roll_up(tables, by)
        for name in ("due", "made"):
            assert sum(round(getattr(r, name) * 1e6) for r in rows) == round(getattr(whole, name) * 1e6), (by, name)
        for name in ("entities", "overdue", "first_due", "first_missed", "visits", "missed"):
            assert sum(getattr(r, name) for r in rows) == getattr(whole, name), (by, name)
    people = roll_up(tables, "visitor")
    assert sum(round(r.made * 1e6) for r in people) == round(whole.made * 1e6), "each visit counts once"
    assert sum(round(r.visits * 1e6) for r in people) == round(whole.visits * 1e6)


def always(letter: str, industry: str = "retail", **more: date) -> list[tuple[bool, Version]]:
    return [(True, Version(Period(None, None), letter, industry, more.get("opened"), more.get("closed")))]


USUAL = [(None, None, {})]


def test_twelve_months_make_the_year() -> None:
    rng = np.random.default_rng(3)
    businesses = [always(letter) for letter in "ABCD"]
    visits = [
        (int(i), date(2025, 1, 1) + timedelta(days=int(d)), ("p",))
        for i, d in zip(rng.integers(0, 4, 60), rng.integers(0, 365, 60), strict=True)
    ]
    inputs = inputs_of(businesses, visits, USUAL)
    year = tables_of(inputs, date(2025, 1, 1), date(2026, 1, 1))
    starts = [date(2025, m, 1) for m in range(1, 13)] + [date(2026, 1, 1)]
    months = [tables_of(inputs, a, b) for a, b in pairwise(starts)]
    assert sum(int(m.due_micro.sum()) for m in months) == int(year.due_micro.sum()) == 42_000_000
    assert sum(int(m.made_micro.sum()) for m in months) == int(year.made_micro.sum())
    assert [m.due for m in months][:3] == [3, 3, 4], (
        "a quarter is judged in its last month, a half-year in June and December"
    )


def test_a_new_name_does_not_halve_the_visits() -> None:
    middle = date(2026, 3, 15)
    renamed = [
        (True, Version(Period(None, middle), "C", "retail")),
        (True, Version(Period(middle, None), "C", "retail")),
    ]
    tables = tables_of(inputs_of([renamed], [(0, date(2026, 3, 3), ("p",))], USUAL), FIRST, LAST)
    assert (tables.due, tables.made) == (1, 1)


def test_a_closing_said_later_ends_what_was_known_before_and_an_opening_again_counts() -> None:
    told, again = date(2026, 3, 20), date(2026, 6, 1)
    versions = [
        (True, Version(Period(None, told), "C", "retail")),
        (True, Version(Period(told, again), "C", "retail", closed=date(2026, 3, 11))),
        (True, Version(Period(again, None), "C", "retail")),
    ]
    march = tables_of(inputs_of([versions], [], USUAL), FIRST, LAST)
    assert march.due == pytest.approx(10 / 31, abs=1e-6)
    assert not march.exists[0]
    june = tables_of(inputs_of([versions], [], USUAL), date(2026, 6, 1), date(2026, 7, 1))
    assert (june.due, june.exists[0]) == (1, True)
    assert tables_of(inputs_of([versions], [], USUAL), date(2026, 4, 1), date(2026, 5, 1)).due == 0


@pytest.mark.parametrize(
    ("day", "months"), [(date(2026, 3, 1), (1, 0)), (date(2026, 3, 31), (1, 0)), (date(2026, 4, 1), (0, 1))]
)
def test_a_visit_counts_in_the_period_of_its_day_and_in_no_other(day: date, months: tuple[int, int]) -> None:
    inputs = inputs_of([always("C")], [(0, day, ("p",))], USUAL)
    march, april = tables_of(inputs, FIRST, LAST), tables_of(inputs, LAST, date(2026, 5, 1))
    assert (march.made, april.made) == months


def test_the_first_visits_count_up_to_what_is_due_and_the_others_earn_nothing() -> None:
    visits = [(0, date(2026, 3, 3), ("p",)), (0, date(2026, 3, 20), ("q",))]
    tables = tables_of(inputs_of([always("C")], visits, USUAL), FIRST, LAST)
    assert {r.key: (r.visits, r.made) for r in roll_up(tables, "visitor")} == {"p": (1, 1), "q": (1, 0)}
    assert tables.made == 1


def test_what_is_due_by_half_or_more_and_not_made_is_missed() -> None:
    opened = [date(2026, 6, 16), date(2026, 6, 17)]  # 15 and 14 of the 30 days of June
    june = tables_of(inputs_of([always("C", opened=o) for o in opened], [], USUAL), date(2026, 6, 1), date(2026, 7, 1))
    assert june.missed_until.astype(str).tolist() == ["2026-07-01", "NaT"]


def test_overdue_is_over_when_somebody_comes() -> None:
    visits = [(0, date(2026, 4, 2), ("p",)), (1, date(2026, 3, 2), ("p",))]
    april = tables_of(inputs_of([always("C"), always("C")], visits, USUAL), date(2026, 4, 1), date(2026, 4, 10))
    assert april.missed_until.astype(str).tolist() == ["2026-04-01", "2026-03-01"]
    assert april.overdue.tolist() == [False, False], "both were visited after the last period that they missed"
    march = tables_of(inputs_of([always("C"), always("C")], visits[1:], USUAL), FIRST, LAST)
    assert march.overdue.tolist() == [True, False]
    later = tables_of(inputs_of([always("C")], [], USUAL), date(2026, 4, 1), date(2026, 4, 10))
    assert later.overdue_days.tolist() == [9]


def test_first_visits_are_due_so_many_days_after_the_opening() -> None:
    opened = date(2026, 2, 20)  # due before 22 March
    businesses = [always("A", opened=opened) for _ in range(3)] + [always("A", opened=date(2019, 1, 1))]
    visits = [(0, date(2026, 3, 21), ("p",)), (1, date(2026, 3, 22), ("p",)), (3, date(2026, 3, 5), ("p",))]
    tables = tables_of(inputs_of(businesses, visits, USUAL), FIRST, LAST)
    assert tables.first_due.astype(str).tolist() == ["2026-03-22"] * 3 + ["NaT"]
    assert tables.first_missed.tolist() == [False, True, True, False]
    assert tables.first_open.tolist() == [False, False, True, False]
    (row,) = roll_up(tables, "total")
    assert (row.first_due, row.first_missed) == (3, 2)
    off = [(None, None, {"coverage": {"first_visit_days": 0}})]
    assert roll_up(tables_of(inputs_of(businesses, visits, off), FIRST, LAST), "total")[0].first_due == 0


def test_leads_share_a_cell_by_days_and_nobody_has_the_rest() -> None:
    leads = (
        LeadRow("S1a", "p1", "", ALWAYS, day_number(date(2026, 3, 11))),
        LeadRow("S1a", "p2", "food", day_number(date(2026, 3, 11)), day_number(date(2026, 3, 21))),
        LeadRow("S1a", "p3", "price", day_number(date(2026, 3, 11)), day_number(date(2026, 3, 21))),
    )
    tables = tables_of(inputs_of([always("C")], [(0, date(2026, 3, 3), ("p1", "x"))], USUAL, leads=leads), FIRST, LAST)
    shares = {r.key: r.due for r in roll_up(tables, "officer")}
    assert shares == pytest.approx({"p1": 10 / 31, "p2": 5 / 31, "p3": 5 / 31, "": 11 / 31}, abs=1e-6)
    assert {r.key: (r.visits, r.made) for r in roll_up(tables, "visitor")} == {"p1": (0.5, 0.5), "x": (0.5, 0.5)}


def test_a_lead_for_everything_stands_before_those_for_one_function() -> None:
    both = [LeadRow("c", "a", "", 0, 10), LeadRow("c", "b", "food", 0, 10)]
    assert led(both, 0, 10) == {"a": 10}
    assert led([], 0, 10) == {"": 10}


@given(st.integers(0, 10**12), st.lists(st.integers(0, 400), min_size=1, max_size=9).filter(any))
def test_nothing_is_lost_in_dividing(total: int, weights: list[int]) -> None:
    parts = divided(total, weights)
    assert sum(parts) == total
    assert all(part >= 0 for part in parts)


def test_station_and_cell_have_their_own_and_the_outside_belongs_to_the_bureau() -> None:
    businesses = [always("C") for _ in range(4)]
    places = [(0.5, 0.5), (1.5, 0.5), (2.5, 0.5), (9.0, 9.0)]
    for place, due in (
        (None, 4),
        (Place("S1", "one", "station", ("S1",)), 2),
        (Place("S1b", "", "cell", ("S1",)), 1),
    ):
        tables = tables_of(inputs_of(businesses, [], USUAL, places, place=place), FIRST, LAST)
        assert tables.due == due
        conserved(tables)
    whole = tables_of(inputs_of(businesses, [], USUAL, places), FIRST, LAST)
    assert {r.key: r.due for r in roll_up(whole, "cell")} == {"": 1, "S1a": 1, "S1b": 1, "S2a": 1}
    assert {r.key: r.due for r in roll_up(whole, "station")} == {"": 1, "S1": 2, "S2": 1}


def test_a_calendar_period_belongs_to_the_cell_on_its_last_day() -> None:
    inputs = inputs_of([always("C")], [], USUAL)
    moved = day_number(date(2026, 3, 31))
    first, second = inputs.plans[0], inputs.plans[0]
    swapped = PlanRow(3, "S1", moved, NEVER, ("S1a", "S1b"), ("", ""), np.array(second.cells[::-1], dtype=object))
    before = PlanRow(1, "S1", ALWAYS, moved, first.cell_codes, first.cell_names, first.cells)
    changed = CoverageInputs(
        inputs.place, inputs.versions, inputs.visits, inputs.profiles, inputs.stations,
        (before, swapped, inputs.plans[1]), (),
    )  # fmt: skip
    assert [r.key for r in roll_up(tables_of(changed, FIRST, LAST), "cell")] == ["S1b"]
    assert [r.key for r in roll_up(tables_of(changed, date(2026, 2, 1), FIRST), "cell")] == ["S1a"]


def test_a_business_drawn_for_a_quota_is_due_one_visit_in_its_year() -> None:
    rules = [(None, None, {"visits_per_year": {"A": 0}, "sampling": {"food": 0.5}})]
    businesses = [always("A", "food"), always("A", "food"), always("C", "food")]
    inputs = inputs_of(businesses, [(0, date(2025, 5, 5), ("p",))], rules)
    drawn = Drawn(np.array([10, 20, 30]), np.array([2025, 2025, 2025]))
    year = tables_of(replace(inputs, drawn=drawn), date(2025, 1, 1), date(2026, 1, 1))
    assert {r.key: (r.due, r.made) for r in roll_up(year, "class")} == {"A": (2, 1), "C": (12, 0)}
    conserved(year)
    other = replace(inputs, drawn=replace(drawn, year=np.array([2024, 2024, 2024])))
    assert tables_of(other, date(2025, 1, 1), date(2026, 1, 1)).due == 12
