"""Old codes and lineage on PostGIS: versions, successors, shares; entities by old codes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import pytest

from geo_api.db import open_store
from geo_api.db.store import Store
from geo_api.errors import NotFound
from geo_api.services.answers import PlanSummary
from geo_api.services.lineage import Became, lineage, standing
from geo_api.services.load import load
from tests.geo_api.life import published
from tests.geo_api.town import LOADED, TODAY, WEST, make_town

pytestmark = pytest.mark.db
SECOND = date(2026, 6, 1)
THIRD = TODAY + timedelta(days=30)


class Lived(NamedTuple):
    store: Store
    first: PlanSummary
    second: PlanSummary
    third: PlanSummary
    before_third: datetime


@pytest.fixture(scope="module")
def lived(new_database: Callable[[], str]) -> Iterator[Lived]:
    """Five cells, then three, then (next month) four."""
    with open_store(new_database()) as store:
        load(make_town(entities=200), store.register, actor="test", today=LOADED)
        first = published(store, WEST, LOADED, cells=5, tolerance=0.6)
        second = published(store, WEST, SECOND, cells=3, tolerance=0.6, rng_seed=1)
        moment = datetime.now(UTC)
        yield Lived(store, first, second, published(store, WEST, THIRD, cells=4, tolerance=0.6, rng_seed=2), moment)


def codes(store: Store, on: date) -> set[str]:
    return {c.code for c in store.published.territory(on).cells}


def test_every_version_links_to_what_was_there_before_and_after(lived: Lived) -> None:
    for code in codes(lived.store, LOADED) | codes(lived.store, SECOND) | codes(lived.store, THIRD):
        story = lineage(lived.store.history, code=code, on=TODAY)
        starts = [v.plan.valid_from for v in story.versions]
        assert starts == sorted(starts)
        for version in story.versions:
            begins, ends = version.plan.valid_from, version.plan.valid_to
            assert bool(version.predecessors) == (begins != LOADED)
            assert bool(version.successors) == (ends is not None)
            for side, day in ((version.predecessors, begins - timedelta(days=1)), (version.successors, ends)):
                if side:
                    assert day is not None
                    assert sum(k.share_of_area for k in side) == pytest.approx(1.0, abs=1e-3)
                    assert sum(k.share_of_entities or 0.0 for k in side) == pytest.approx(1.0, abs=1e-3)
                    assert {k.cell.code for k in side} <= codes(lived.store, day)
                    assert all((k.change is Became.KEPT) == (k.cell.code == code) for k in side)


def test_links_are_the_same_from_either_end(lived: Lived) -> None:
    old = {c: lineage(lived.store.history, code=c, on=TODAY).versions[0] for c in codes(lived.store, LOADED)}
    new = {c: lineage(lived.store.history, code=c, on=TODAY) for c in codes(lived.store, SECOND)}
    for code, version in old.items():
        for link in version.successors:
            (there,) = [v for v in new[link.cell.code].versions if v.plan.plan_id == lived.second.plan_id]
            (back,) = [k for k in there.predecessors if k.cell.code == code]
            assert (back.change, back.entities) == (link.change, link.entities)
            assert back.share_of_other_area == pytest.approx(link.share_of_area, abs=1e-6)
            assert (
                link.change
                in {
                    (True, True): {Became.KEPT, Became.TRANSFERRED},
                    (True, False): {Became.SPLIT},
                    (False, True): {Became.MERGED},
                    (False, False): {Became.REPLACED, Became.RENAMED},
                }[code in new, link.cell.code in old]
            )


def test_where_a_code_stands_on_a_day(lived: Lived) -> None:
    ended = codes(lived.store, LOADED) - codes(lived.store, SECOND) - codes(lived.store, THIRD)
    assert len(ended) >= 2
    for code in ended:
        where = standing(lived.store.history, code=code, on=TODAY)
        assert (where.status, where.since) == ("superseded", SECOND)
        assert {k.cell.code for k in where.successors} <= codes(lived.store, TODAY)
        later = standing(lived.store.history, code=code, on=THIRD)
        assert {k.plan.plan_id for k in later.successors} == {lived.third.plan_id}
        assert standing(lived.store.history, code=code, on=LOADED).status == "in_force"
        early = standing(lived.store.history, code=code, on=LOADED - timedelta(days=1))
        assert (early.status, early.since, early.successors) == ("not_yet", LOADED, ())
    with pytest.raises(NotFound):
        standing(lived.store.history, code=f"{WEST}999", on=TODAY)


def test_what_was_known_then_knows_nothing_of_later_plans(lived: Lived) -> None:
    (code, *_) = sorted(codes(lived.store, SECOND))
    then = lineage(lived.store.history, code=code, on=TODAY, recorded_at=lived.before_third)
    assert lived.third.plan_id not in {v.plan.plan_id for v in then.versions}
    assert then.versions[-1].plan.valid_to is None
    now = lineage(lived.store.history, code=code, on=TODAY)
    assert next(v for v in now.versions if v.plan.plan_id == lived.second.plan_id).plan.valid_to == THIRD


def test_plan_and_posts_say_from_when_to_when(lived: Lived) -> None:
    territory = lived.store.published.territory(TODAY)
    assert {(c.plan.valid_from, c.plan.valid_to) for c in territory.cells} == {(SECOND, THIRD)}
    posts = [o for c in territory.cells for o in territory.officers.get(c.code, ())]
    assert posts
    for post in posts:
        assert post.since is not None
        assert post.since <= TODAY
        assert post.until is None or post.until > TODAY


def test_an_entity_keeps_its_id_under_every_code(lived: Lived) -> None:
    history = lived.store.history
    (hit,) = history.entities("registration_no", f"{7:015d}", TODAY)
    dated = history.entity_codes(entity_id=hit.entity_id)
    for one in dated:
        bearers = history.entity_codes(code=one.code)
        assert one in bearers
        assert one.code == f"{one.cell_code}{one.serial:05d}"
    plans = [c.plan.plan_id for c in dated]
    assert plans == [p.plan_id for p in (lived.first, lived.second, lived.third) if p.plan_id in plans]


def test_entities_by_number_and_name(lived: Lived) -> None:
    history = lived.store.history
    (by_number,) = history.entities("registration_no", f"{9:015d}", TODAY)
    (by_name,) = history.entities("name", "商店9", TODAY)
    assert by_number == by_name
    assert by_name.exact
    assert (by_name.entity_id,) == tuple(h.entity_id for h in history.entities("id", str(by_name.entity_id), TODAY))
    similar = history.entities("name", "商店199号", TODAY)
    assert similar
    assert not any(h.exact for h in similar)
    for by, value in (("credit_code", "91350100M000100Y43"), ("name", "%"), ("registration_no", "")):
        assert history.entities(by, value, TODAY) == ()
    assert history.entities("registration_no", f"{9:015d}", TODAY, datetime(2020, 1, 1, tzinfo=UTC)) == ()
