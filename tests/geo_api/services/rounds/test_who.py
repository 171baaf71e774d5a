"""Who goes on which day: pairs, shares, leave and substitutes."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_api.db.store import Store
from geo_api.errors import BadRequest
from geo_api.services.answers import PublishedTerritory
from geo_api.services.rounds.make import make_plan
from geo_api.services.rounds.model import Place, VisitPlan
from geo_api.services.rounds.plan import Asked
from geo_api.services.rounds.who import Whose, duties, share_out
from geo_api.services.staffing.leave import leave
from geo_api.supervision.absences import Absence
from geo_api.supervision.periods import Period
from geo_api.supervision.profile import profile_from
from geo_api.supervision.rounds_rules import rounds_rules
from tests.geo_api.life import OPERATOR
from tests.geo_api.town import EAST

MONDAY = date(2026, 5, 4)
DAYS = tuple(MONDAY + timedelta(days=n) for n in range(5))
TUESDAY_ON = Period(DAYS[1], DAYS[3])


def of(officer: str, *absences: Absence, holders: tuple[str, ...] = ("li", "wang")) -> Whose:
    cells = ("c1",)
    return Whose(officer, officer, cells, frozenset(cells), "s", ("s",), {"c1": holders}, absences)


def away(officer: str, substitute: str = "", period: Period = TUESDAY_ON) -> Absence:
    return Absence(0, officer, substitute, "leave", period)


def gone_to(whose: Whose, share: str) -> list[tuple[set[str], bool]]:
    return [({o for _, o in d.owners}, d.there) for d in duties(whose, share, DAYS)]


def test_a_pair_goes_without_whoever_is_away() -> None:
    expected = [({""}, True), ({""}, False), ({""}, False), ({""}, True), ({""}, True)]
    assert gone_to(of("li", away("li")), "pair") == expected
    assert gone_to(of("wang", away("li")), "pair") == [({""}, True)] * 5


def test_where_nobody_is_there_nobody_goes() -> None:
    both = (away("li"), away("wang"))
    assert [bool(owners) for owners, _ in gone_to(of("li", *both), "pair")] == [True, False, False, True, True]
    assert [bool(owners) for owners, _ in gone_to(of("", *both), "pair")] == [True, False, False, True, True]
    held = (away("li", "sun"), away("wang"))
    assert all(owners for owners, _ in gone_to(of("", *held), "pair"))
    assert [bool(o) for o, _ in gone_to(of("", *held, away("sun")), "pair")] == [True, False, False, True, True]


def test_who_stands_in_goes_to_the_share_of_whom_they_stand_in_for() -> None:
    absences = (away("li", "wang"),)
    both, own = ({"li", "wang"}, True), ({"wang"}, True)
    assert gone_to(of("wang", *absences), "split") == [own, both, both, own, own]
    assert gone_to(of("li", *absences), "split")[1] == (set(), False)
    sun = replace(of("sun", away("li", "sun")), own=frozenset())
    assert [owners for owners, _ in gone_to(sun, "split")] == [set(), {"li"}, {"li"}, set(), set()]
    assert [owners for owners, _ in gone_to(sun, "pair")] == [set(), {""}, {""}, set(), set()]


def place(entity_id: int, lon: float, lat: float) -> Place:
    return Place(entity_id, "", "", "food", "A", licensed=True, lon=lon, lat=lat, cell_code="c1")


@given(st.lists(st.tuples(st.floats(114, 115), st.floats(30, 31)), unique=True), st.integers(1, 4))
def test_shares_hold_every_place_once_and_are_the_same_for_each_officer(at: list[tuple[float, float]], n: int) -> None:
    people = tuple("abcd"[:n])
    places = [place(k, *lonlat) for k, lonlat in enumerate(at)]
    shares = [share_out(of(who, holders=people), "split", DAYS, places) for who in people]
    owners = [shares[0].owner(p) for p in places]
    assert all([s.owner(p) for p in places] == owners for s in shares)
    assert {cell for cell, _ in owners} <= {"c1"}
    lon, lat = Counter(x for x, _ in at), Counter(y for _, y in at)
    ties = max([0, *lon.values(), *lat.values()])
    sizes = Counter(who for _, who in owners)
    assert max(sizes.values(), default=0) - min(sizes[who] for who in people) <= 2 * max(ties, 1)


def test_whoever_is_away_all_week_has_no_share_unless_somebody_stands_in() -> None:
    places = [place(k, 114 + k / 100, 30) for k in range(10)]
    week = Period(DAYS[0], None)
    alone = share_out(of("wang", away("li", period=week)), "split", DAYS, places)
    assert {alone.owner(p) for p in places} == {("c1", "wang")}
    held = share_out(of("wang", away("li", "sun", week)), "split", DAYS, places)
    assert Counter(held.owner(p)[1] for p in places) == {"li": 5, "wang": 5}
    assert held.owner(places[0]) == ("c1", "li")
    assert held.owner(places[0], taken_by="wang") == ("c1", "wang"), "a task belongs to whoever took it"


def test_the_setting_is_checked() -> None:
    assert rounds_rules({}).share == "pair"
    assert rounds_rules({"share": "split"}).share == "split"
    with pytest.raises(BadRequest, match="share"):
        rounds_rules({"share": "alone"})


# ------------------------------------------------------------------------------------------------------- on PostGIS
@pytest.fixture(scope="module")
def may(town_store: Store) -> PublishedTerritory:
    return town_store.published.territory(MONDAY)


@pytest.fixture(scope="module")
def three(town_store: Store, may: PublishedTerritory) -> tuple[str, str, str]:
    """Lead and deputy of a cell; the lead is on leave on two days, and an officer of another cell stands in."""
    cells = [c.code for c in may.cells if c.station_code == EAST]
    lead, deputy = (o.officer_id for o in may.officers[cells[0]][:2])
    other = next(o.officer_id for o in may.officers[cells[1]] if o.officer_id not in (lead, deputy))
    leave(
        town_store.staffing, lead, caller=OPERATOR, valid_from=DAYS[1], valid_to=DAYS[3], substitute=other, reason="x"
    )
    return lead, deputy, other


class Sharing:
    """The town's rules with ``[rules.rounds] share``."""

    def __init__(self, store: Store, share: str) -> None:
        self._rounds, self._share = store.rounds, share

    def __getattr__(self, name: str) -> object:
        return getattr(self._rounds, name)

    def profile(self, code: str, on: date) -> object:
        return profile_from(
            {"rounds": {"share": self._share, "visits_per_day": 200, "hours_per_day": 24}}, timezone="UTC"
        )


def plans(store: Store, territory: PublishedTerritory, share: str, *officers: str) -> list[VisitPlan]:
    def one(officer: str) -> VisitPlan:
        asked = Asked(MONDAY, MONDAY + timedelta(days=7), officer)
        return make_plan(Sharing(store, share), store.due, store.profiles, territory, asked, caller=OPERATOR)  # type: ignore[arg-type]

    return [one(officer) for officer in officers]


def gone(plan: VisitPlan) -> set[int | None]:
    return {s.entity_id for d in plan.days for s in d.stops}


def test_a_plan_has_no_round_on_a_day_of_leave(
    town_store: Store, may: PublishedTerritory, three: tuple[str, str, str]
) -> None:
    lead, _, other = plans(town_store, may, "pair", *three)
    assert not {d.day for d in lead.days} & set(DAYS[1:3])
    assert "rounds.away" in {f.rule for f in lead.findings}
    stops = sum(len(d.stops) for d in lead.days)
    assert stops + len(lead.not_planned) == lead.due > 0
    assert set(other.cells) > {lead.cells[0]}
    assert lead.cells[0] not in {s.cell_code for d in other.days if d.day not in DAYS[1:3] for s in d.stops}


def test_shared_out_nobody_is_visited_by_two(
    town_store: Store, may: PublishedTerritory, three: tuple[str, str, str]
) -> None:
    lead, deputy, _ = plans(town_store, may, "split", *three)
    cell = lead.cells[0]
    shares = [{n for n in gone(p) | {x.entity_id for x in p.not_planned} if n} for p in (lead, deputy)]
    assert all(shares)
    assert not shares[0] & shares[1]
    (together,) = plans(town_store, may, "pair", three[1])
    due = {s.entity_id for d in together.days for s in d.stops if s.cell_code == cell}
    due |= {n.entity_id for n in together.not_planned if n.cell_code == cell}
    assert {e for e in due if e} <= shares[0] | shares[1]
