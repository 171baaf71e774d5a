"""Since when a gap is open, clusters, far places, posters, claims and tasks: each rule with a town that breaks it."""

from __future__ import annotations

import tracemalloc
from datetime import date, timedelta

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo_api.db.store import Store
from geo_api.errors import BadRequest, Conflict, NotAllowed, NotFound
from geo_api.services.answers import Caller, GapsAnswer
from geo_api.services.assign import release
from geo_api.services.coverage.report import coverage, days_of
from geo_api.services.gap_kinds import dbscan
from geo_api.services.gap_kinds.dbscan import cluster_labels
from geo_api.services.gaps import find_gaps
from geo_api.services.gaps_page import gaps_frame
from geo_api.services.load import load
from geo_api.services.posters import list_posters, record_poster
from geo_api.supervision.gaps import CLOSES, Gap
from tests.geo_api.life import ADMIN, published
from tests.geo_api.town import BUREAU, EAST, LOADED, TODAY, WEST, Town

PUBLISHED = date(2026, 3, 1)


def gaps(store: Store, code: str = WEST, on: date = TODAY) -> GapsAnswer:
    return find_gaps(store.coverage, code, on, caller=ADMIN, claims=store.claims, tasks=store.tasks)


def of(answer: GapsAnswer, rule: str) -> list[Gap]:
    return [g for g in answer.findings if g.rule == rule]


@pytest.mark.db
def test_every_gap_says_since_when_and_what_closes_it(loaded: Store) -> None:
    without = gaps(loaded, BUREAU)
    assert {g.since for g in of(without, "territory.no_plan")} == {None} or all(
        g.since is not None for g in of(without, "territory.no_plan")
    )
    published(loaded, WEST, PUBLISHED)
    release(loaded.planning, "10", f"{WEST}001", caller=ADMIN, valid_from=date(2026, 5, 1), reason="left")
    answer = gaps(loaded)
    (no_lead,) = of(answer, "staffing.no_lead")
    assert (no_lead.since, no_lead.days) == (date(2026, 5, 1), (TODAY - date(2026, 5, 1)).days)
    assert no_lead.cell_code == f"{WEST}001"
    for gap in answer.findings:
        assert gap.closes, gap.rule
        assert gap.closes_zh, gap.rule
    overdue = of(answer, "coverage.overdue")
    assert all(g.since == date.fromisoformat(g.details["missed_until"]) and g.days == g.value for g in overdue)
    assert [g.value for g in overdue] == sorted((g.value for g in overdue), reverse=True), "the longest first"


@pytest.mark.db
def test_over_tenure_is_so_since_the_years_were_full(loaded: Store) -> None:
    published(loaded, WEST, date(2022, 3, 1))
    answer = gaps(loaded)
    assert {g.since for g in of(answer, "staffing.over_tenure")} == {date(2022, 3, 1) + timedelta(days=1096)}
    assert "staffing.over_tenure" not in gaps(loaded, on=date(2025, 2, 28)).totals
    assert "staffing.over_tenure" in gaps(loaded, on=date(2025, 3, 1)).totals


@pytest.mark.db
def test_unlicensed_entities_close_together_are_a_cluster(loaded: Store, town: Town) -> None:
    shops = town.entities.copy()
    inside = shops.geometry.to_numpy()
    spot = shapely.Point(114.3061, 30.5061)
    chosen = list(range(6))
    for k in chosen:
        inside[k] = shapely.Point(round(spot.x + k * 0.0005, 6), spot.y)  # about 48 m from each to the next
    shops = shops.set_geometry(inside, crs=4490)
    shops["licensed"] = [i not in chosen for i in range(len(shops))]
    shops["opened"] = [date(2026, 1, 1 + k) if k < 6 else date(2020, 1, 1) for k in range(len(shops))]
    load(town.but(entities=shops), loaded.register, today=date(2026, 2, 1))
    (cluster,) = of(gaps(loaded), "cluster.unlicensed")
    assert cluster.value == 6
    assert cluster.details["entity_ids"] == [1, 2, 3, 4, 5, 6]
    assert cluster.area is not None
    assert shapely.geometry.shape(dict(cluster.area)).contains(spot)
    tight = {**town.rules, "coverage": {"cluster_m": 30}}
    load(town.but(entities=shops, rules=tight), loaded.register, today=date(2026, 2, 1))
    assert "cluster.unlicensed" not in gaps(loaded).totals


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=40),
    st.integers(1, 12),
    st.integers(2, 6),
    st.sampled_from([2, 4, dbscan.CROWDED]),
)
def test_clusters_are_those_of_the_definition(
    points: list[tuple[int, int]], within: int, least: int, crowded: int
) -> None:
    x, y = np.array([p[0] for p in points], float), np.array([p[1] for p in points], float)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dbscan, "CROWDED", crowded)
        labels = cluster_labels(x, y, within, least)
    near = np.hypot(x[:, None] - x, y[:, None] - y) <= within if len(x) else np.zeros((0, 0), bool)
    dense = near.sum(axis=1) >= least
    for i in range(len(points)):
        assert (labels[i] >= 0) == bool((near[i] & dense).any()), "in a cluster is who lies near a dense point"
        for j in range(i):
            if dense[i] and dense[j] and near[i, j]:
                assert labels[i] == labels[j]
    for label in range(labels.max(initial=-1) + 1):
        members = np.flatnonzero((labels == label) & dense)
        reached = {int(members[0])}
        while grown := {j for i in reached for j in members.tolist() if near[i, j]} - reached:
            reached |= grown
        assert reached == set(members.tolist()), "dense points of a cluster hang together"


def test_a_building_of_twenty_thousand_is_one_cluster_without_a_list_of_its_pairs() -> None:
    rng = np.random.default_rng(20)
    inside = rng.uniform(0, 60, (2, 20_000))  # 200 million pairs within 150 m
    street = np.array([np.arange(130, 550, 70.0), np.full(6, 30.0)])  # 70 m from each to the next
    alone = np.array([[5_000.0], [5_000.0]])
    x, y = np.concatenate([inside, street, alone], axis=1)
    tracemalloc.start()
    try:
        labels = cluster_labels(x, y, 150.0, 5)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (labels[:-1] == 0).all()
    assert labels[-1] == -1
    assert peak < 50e6, "bytes: the pairs alone would take 3.2 GB"


@pytest.mark.db
def test_cells_where_travel_eats_the_visits(loaded: Store, town: Town) -> None:
    published(loaded, WEST, PUBLISHED)
    assert "capacity.far" not in gaps(loaded).totals
    slow = {**town.rules, "travel": {"speed_kmh": 0.2, "longest_minutes": 600}}
    load(town.but(rules=slow), loaded.register, today=LOADED)
    far = of(gaps(loaded), "capacity.far")
    assert [g.where for g in far] == [f"{WEST}00{k}" for k in (1, 2, 3)]
    assert all(0.4 < (g.value or 0) < 1 and g.since == PUBLISHED for g in far)
    lenient = {**slow, "coverage": {"far_travel_share": 1}}
    load(town.but(rules=lenient, digest="3"), loaded.register, today=LOADED)
    assert "capacity.far" not in gaps(loaded).totals


@pytest.mark.db
def test_a_poster_older_than_the_plan_and_a_cell_without_one(loaded: Store) -> None:
    published(loaded, WEST, PUBLISHED)
    assert "poster.none" not in gaps(loaded).totals, "nothing is said where no poster is recorded at all"
    first, second = f"{WEST}001", f"{WEST}002"
    record_poster(loaded.posters, first, "hall", caller=ADMIN, posted_on=date(2026, 4, 1))
    answer = gaps(loaded)
    assert {g.where for g in of(answer, "poster.none")} == {second, f"{WEST}003"}
    assert of(answer, "poster.none")[0].since == PUBLISHED
    assert "poster.none" not in gaps(loaded, on=PUBLISHED + timedelta(days=30)).totals, "there are days to put it up"
    record_poster(loaded.posters, WEST, "gate", caller=ADMIN, posted_on=date(2026, 4, 2))
    assert {"poster.none", "poster.old"}.isdisjoint(gaps(loaded).totals), "the station's poster shows its cells"
    published(loaded, WEST, date(2026, 8, 1), rng_seed=4)
    old = of(gaps(loaded), "poster.old")
    assert {g.where for g in old} == {WEST, first}
    assert {g.since for g in old} == {date(2026, 8, 1)}
    record_poster(loaded.posters, WEST, "gate", caller=ADMIN, posted_on=date(2026, 9, 1))
    assert {g.where for g in of(gaps(loaded), "poster.old")} == {first}


@pytest.mark.db
def test_posters_are_dated_and_what_hung_before_stays_known(loaded: Store) -> None:
    published(loaded, WEST, PUBLISHED)
    record_poster(loaded.posters, WEST, " hall ", caller=ADMIN, posted_on=date(2026, 4, 1))
    record_poster(loaded.posters, WEST, "hall", caller=ADMIN, posted_on=date(2026, 6, 1), drawn_for=date(2026, 5, 30))

    def hanging(on: date) -> list[date]:
        found = list_posters(loaded.posters, BUREAU, on, caller=ADMIN).posters
        assert all(p.plan_id for p in found)
        return [p.drawn_for for p in found]

    assert hanging(date(2026, 3, 31)) == []
    assert hanging(date(2026, 5, 31)) == [date(2026, 4, 1)]
    assert hanging(date(2026, 6, 1)) == [date(2026, 5, 30)]
    record_poster(loaded.posters, WEST, "hall", caller=ADMIN, posted_on=date(2026, 7, 1), removed=True)
    assert hanging(date(2026, 6, 30)) == [date(2026, 5, 30)]
    assert hanging(date(2026, 7, 1)) == []
    with pytest.raises(NotFound, match="no poster"):
        record_poster(loaded.posters, WEST, "hall", caller=ADMIN, posted_on=date(2026, 7, 2), removed=True)
    with pytest.raises(BadRequest, match="place is empty"):
        record_poster(loaded.posters, WEST, "  ", caller=ADMIN, posted_on=date(2026, 7, 2))
    with pytest.raises(BadRequest, match="has come"):
        record_poster(loaded.posters, WEST, "x", caller=ADMIN, posted_on=TODAY, drawn_for=TODAY + timedelta(days=1))
    with pytest.raises(NotAllowed, match="outside"):
        record_poster(loaded.posters, EAST, "x", caller=Caller("x", "officer", WEST), posted_on=TODAY)
    with pytest.raises(NotFound):
        list_posters(loaded.posters, "9", TODAY, caller=ADMIN)
    with loaded.database.connection() as connection:
        verbs = connection.execute("select verb from event where subject = %s order by id", (f"poster:{WEST}",))
        assert [v for (v,) in verbs.fetchall()] == ["post", "post", "take_down"]
    with pytest.raises(Conflict, match="changed"), loaded.database.writing() as connection:
        connection.execute("update poster set recorded_to = null")


@pytest.mark.db
def test_coverage_of_a_period_for_those_who_may_see_it(loaded: Store) -> None:
    published(loaded, WEST, PUBLISHED)

    def asked(code: str = WEST, caller: Caller = ADMIN, **more: object) -> object:
        return coverage(loaded.coverage, code, caller=caller, today=TODAY, **more)  # type: ignore[arg-type]

    month = coverage(loaded.coverage, WEST, caller=ADMIN, today=TODAY, of="2026-10", by="cell")
    assert (month.period, month.period_from, month.period_to) == ("2026-10", date(2026, 10, 1), date(2026, 11, 1))
    assert [r.key for r in month.rows] == [f"{WEST}00{k}" for k in (1, 2, 3)]
    assert month.total is not None
    assert sum(r.due for r in month.rows) == pytest.approx(month.total.due)
    assert sum(month.due.values()) == pytest.approx(month.total.due)
    assert month.totals["coverage.overdue"] == month.total.overdue
    listed = [g.rule for g in month.findings]
    assert {rule: listed.count(rule) for rule in set(listed)} == month.totals
    with pytest.raises(NotAllowed):
        asked(EAST, Caller("x", "officer", WEST))
    with pytest.raises(NotFound):
        asked("9")
    with pytest.raises(BadRequest, match="by is one of"):
        asked(by="weather")


def test_a_period_is_said_once_and_ends_today() -> None:
    nothing: dict[str, None] = {"on": None, "of": None, "period_from": None, "period_to": None}
    assert days_of(TODAY, **nothing) == (date(2025, 11, 21), TODAY)
    assert days_of(TODAY, **{**nothing, "of": "2026"}) == (date(2026, 1, 1), TODAY)
    assert days_of(TODAY, **{**nothing, "of": "2026-Q3"}) == (date(2026, 7, 1), date(2026, 10, 1))
    for wrong in (
        {"of": "2026-10", "on": TODAY},
        {"period_from": date(2026, 1, 1)},
        {"period_from": date(2026, 2, 1), "period_to": date(2026, 2, 1)},
        {"of": "2027-01"},
        {"on": TODAY + timedelta(days=1)},
        {"of": "2026-13"},
    ):
        with pytest.raises(BadRequest):
            days_of(TODAY, **{**nothing, **wrong})  # type: ignore[arg-type]


@pytest.mark.db
def test_the_map_holds_every_gap_that_has_a_place(loaded: Store) -> None:
    answer = gaps(loaded, BUREAU)
    frame = gaps_frame(answer)
    assert len(frame) == sum(1 for g in answer.findings if g.at or g.area)
    assert frame.geometry.notna().all()


def test_each_kind_of_gap_names_what_closes_it_in_both_languages() -> None:
    assert all(english and chinese for english, chinese in CLOSES.values())
