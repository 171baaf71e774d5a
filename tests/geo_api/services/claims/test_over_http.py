"""Claims over HTTP with the keys of officers: of those who claim at once one has it, the others are told who."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from geo_api.db.store import Store
from geo_api.services.finder import territory_finder
from geo_api.services.keys import create_key
from tests.geo_api.service import Service, running
from tests.geo_api.services.claims.conftest import Arrivals, Ground
from tests.geo_api.town import BUREAU, WEST


@pytest.fixture(scope="module")
def service(towns: Store) -> Iterator[Service]:
    with running(store=towns, make_finder=territory_finder, now=None, settings={"ogc": False}) as made:
        yield made


def key_of(store: Store, officer: str) -> dict[str, str]:
    made = create_key(
        store.keys, name=f"phone of {officer}", role="officer", jurisdiction=BUREAU, created_by="me", officer=officer
    )
    return {"X-API-Key": made.key}


def test_of_many_who_claim_at_once_one_has_it(
    towns: Store, service: Service, arrivals: Arrivals, ground: Ground
) -> None:
    today = towns.claims.today(BUREAU)
    cell = ground.west[0]
    people = sorted({*ground.officers[cell], "10"})
    stranger = next(o for c in ground.east for o in ground.officers[c] if o not in people)
    keys = {officer: key_of(towns, officer) for officer in (*people, stranger)}
    for entity in arrivals.at(*[ground.at(cell)] * 4, on=today):
        start = Barrier(len(keys))

        def claim(officer: str, entity: int = entity, start: Barrier = start) -> tuple[str, int, dict[str, object]]:
            start.wait(30)
            answer = service.post(f"/v1/claims/{entity}/claim", headers=keys[officer], json={})
            return officer, answer.status_code, answer.json()

        with ThreadPoolExecutor(len(keys)) as together:
            outcomes = list(together.map(claim, keys))
        (winner,) = [officer for officer, status, _ in outcomes if status == 200]
        for officer, status, body in outcomes:
            if officer == winner:
                assert body["claim"]["officer_id"] == winner  # type: ignore[index]
                continue
            assert (status, body["code"]) == (409, "conflict")
            told = str(body["detail"])
            if officer == stranger and "does not answer" in told:
                assert f"its officers are: {', '.join(ground.officers[cell])}" in told
            else:
                assert (
                    f"is claimed since {today} by {winner}: it cannot be claimed now; what can be done now: wrong"
                    in told
                )
            assert body["findings"][0]["message_zh"]  # type: ignore[index]
        assert service.post(f"/v1/claims/{entity}/claim", headers=keys[winner], json={}).status_code == 200, (
            "sent again"
        )
        with towns.claims.look() as work:
            claimed = work.claim(entity)
        assert claimed is not None
        assert [(s.step, s.actor, s.officer_id) for s in claimed.steps[1:]] == [("claimed", winner, winner)]


def test_a_key_says_who_it_is(towns: Store, service: Service, arrivals: Arrivals, ground: Ground) -> None:
    cell = ground.west[0]
    mine = next(o for o in ground.officers[cell])
    other = next(o for o in ("11", "12", "13") if o != mine)
    (entity,) = arrivals.at(ground.at(cell), on=towns.claims.today(BUREAU))
    refused = service.post(f"/v1/claims/{entity}/claim", headers=key_of(towns, mine), json={"officer": other})
    assert refused.status_code == 403
    assert f"this key is of officer {mine}, and the request names {other}" in refused.json()["detail"]
    visit = {
        "visit_id": "http-own-1",
        "entity": str(entity),
        "made_on": f"{towns.claims.today(BUREAU)}",
        "officers": [other],
    }
    answer = service.post(f"/v1/inspections?jurisdiction={WEST}", headers=key_of(towns, mine), json=visit)
    assert (answer.status_code, answer.json()["findings"][0]["where"]) == (422, "officers")
