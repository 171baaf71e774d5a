"""Every route that needs a key, over PostGIS: not without one, not from elsewhere, not with a key for something else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest

from geo_api.db import open_store
from geo_api.db.store import Store
from geo_api.errors import NotAuthenticated
from geo_api.main import create_app
from geo_api.routes.scopes import scope_of
from geo_api.services.answers import Caller
from geo_api.services.claims.lists import list_claims
from geo_api.services.claims.step import step_claim
from geo_api.services.finder import territory_finder
from geo_api.services.keys import SCOPES
from geo_api.services.load import load
from geo_api.services.register.changes import import_changes
from geo_api.services.reports.desk import Wanted, issue
from geo_api.settings import Settings
from layers.register_changes import changes_of_rows
from tests.geo_api.fakes import FakeStore
from tests.geo_api.life import OPERATOR, published
from tests.geo_api.service import Service, running
from tests.geo_api.town import EAST, LAT, LON, WEST, make_town

pytestmark = pytest.mark.db

BEGIN = date(2020, 1, 2)
ELSEWHERE = "990000001"
CALLERS = {
    "stranger": Caller("admin of another bureau", "admin", ELSEWHERE),
    "neighbour": Caller("admin of the station beside", "admin", EAST),
    "reader": Caller("somebody who reads", "system", WEST),
    "officer": Caller("officer of the station", "officer", WEST),
    **{f"only {scope}": Caller(f"for {scope}", "admin", "", (scope,)) for scope in SCOPES},
}
CELL = f"{WEST}001"
NEW, SENT, DISPUTED = 61, 62, 63
"""Permanent ids of entities that opened last, in the west: one waits to be claimed, one was sent to another cell, one is
disputed. Those of the load are 1 to 60."""
VISIT = {"visit_id": "w2", "entity": str(NEW), "made_on": "2021-01-01"}
CASE = {"source": "12315", "rows": [{"source_id": "7", "title": "a case", "entity": NEW}], "jurisdiction": WEST}
WHY = {"reason": "because"}

ASKED: dict[str, tuple[str, Any]] = {
    "GET /v1/assessment": (f"jurisdiction={WEST}&of=2021-01", None),
    "GET /v1/claims": (f"jurisdiction={WEST}", None),
    "GET /v1/claims/{entity}/form": ("", None),
    "GET /v1/classes/proposals": (f"jurisdiction={WEST}", None),
    "GET /v1/coverage": (f"jurisdiction={WEST}&of=2021-01", None),
    "GET /v1/departments": (f"jurisdiction={WEST}", None),
    "GET /v1/due": (f"jurisdiction={WEST}&on=2021-01-01", None),
    "GET /v1/entities/{code}/history": ("", None),
    "GET /v1/entities/{code}/workload": ("", None),
    "GET /v1/gaps": (f"jurisdiction={WEST}&on=2021-01-01", None),
    "GET /v1/groups": (f"jurisdiction={WEST}", None),
    "GET /v1/inspections": (f"jurisdiction={WEST}", None),
    "GET /v1/inspections/left": (f"jurisdiction={WEST}", None),
    "GET /v1/intervals": (f"jurisdiction={WEST}", None),
    "GET /v1/ledger": (f"jurisdiction={WEST}&on=2021-01-01", None),
    "GET /v1/officers/check": (f"jurisdiction={WEST}", None),
    "GET /v1/posters": (f"jurisdiction={WEST}", None),
    "GET /v1/profiles/{jurisdiction}": ("", None),
    "GET /v1/profiles/{jurisdiction}/versions": ("", None),
    "GET /v1/register/duplicates": (f"jurisdiction={WEST}", None),
    "GET /v1/reports": (f"jurisdiction={WEST}", None),
    "GET /v1/reports/preview": (f"jurisdiction={WEST}&of=2021-01", None),
    "GET /v1/reports/{report_id}": ("", None),
    "GET /v1/reports/{report_id}/check": ("", None),
    "GET /v1/sampling": (f"jurisdiction={WEST}", None),
    "GET /v1/staffing": (f"jurisdiction={WEST}", None),
    "GET /v1/tasks": (f"jurisdiction={WEST}", None),
    "GET /v1/tasks/{task_id}": ("", None),
    "GET /v1/unlicensed": (f"jurisdiction={WEST}", None),
    "GET /v1/visit-plans": (f"cell={CELL}&of=2021-W02", None),
    "GET /v1/visit-plans/{round_id}": ("", None),
    "GET /v1/workload": (f"jurisdiction={WEST}", None),
    "POST /v1/claims": ("", {"steps": [{"entity": str(NEW), "verb": "claim", "officer": "10"}]}),
    "POST /v1/claims/{entity}/accept": ("", {"officer": "10"}),
    "POST /v1/claims/{entity}/claim": ("", {"officer": "10"}),
    "POST /v1/claims/{entity}/decide": ("", {"to": CELL, **WHY}),
    "POST /v1/claims/{entity}/dispute": ("", WHY),
    "POST /v1/claims/{entity}/wrong": ("", {"to": f"{WEST}002", "document": "1", **WHY}),
    "POST /v1/classes/decisions": (f"jurisdiction={WEST}", {"decisions": [{"entity": str(NEW), "to": "A", **WHY}]}),
    "POST /v1/classes/proposals": (f"jurisdiction={WEST}", {"entity": str(NEW), "to": "A", **WHY}),
    "POST /v1/groups": ("", {"jurisdiction": WEST, **WHY}),
    "POST /v1/groups/propose": ("", {"jurisdiction": WEST}),
    "POST /v1/inspections": (f"jurisdiction={WEST}", VISIT),
    "POST /v1/inspections/{visit_id}/withdraw": (f"jurisdiction={WEST}", WHY),
    "POST /v1/officers/leave": ("", {"leave": [{"officer": "10", "valid_from": "2099-01-01"}], **WHY}),
    "POST /v1/officers/propose": ("", {"jurisdiction": WEST, "apply": True, **WHY}),
    "POST /v1/officers/subareas/{code}": (
        "",
        {
            "cell": CELL,
            "shape": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]},
            "datum": "wgs84",
        },
    ),
    "POST /v1/officers/{officer}/assign": ("", {"code": CELL, "post": "deputy"}),
    "POST /v1/officers/{officer}/leave": ("", {}),
    "POST /v1/officers/{officer}/release": ("", {"code": CELL}),
    "POST /v1/officers/{officer}/return": ("", {}),
    "POST /v1/plans/{plan_id}/approve": ("", WHY),
    "POST /v1/plans/{plan_id}/publish": ("", {"valid_from": "2099-01-01"}),
    "POST /v1/plans/{plan_id}/return": ("", WHY),
    "POST /v1/plans/{plan_id}/submit": ("", {}),
    "POST /v1/posters": ("", {"jurisdiction": CELL, "place": "hall"}),
    "POST /v1/register/changes": (
        f"jurisdiction={WEST}",
        {"changes": [{"change": "closed", "source_id": "s0001"}]},
    ),
    "POST /v1/register/different": ("", {"entity": str(NEW), "other": "2", **WHY}),
    "POST /v1/register/same": ("", {"entity": str(NEW), "other": "2", "keep": "2", **WHY}),
    "POST /v1/reports": ("", {"jurisdiction": WEST, "kind": "coverage", "of": "2021-02"}),
    "POST /v1/sampling": ("", {"jurisdiction": WEST, "seed": 1}),
    "POST /v1/tasks": ("", {"title": "a case", "entity": NEW, "jurisdiction": WEST}),
    "POST /v1/tasks/batch": ("", CASE),
    "POST /v1/tasks/campaigns": ("", {"name": "c", "title": "t", "jurisdiction": WEST}),
    "POST /v1/tasks/escalate": ("", {"jurisdiction": WEST}),
    "POST /v1/tasks/{task_id}/{verb}": ("", {}),
    "POST /v1/unlicensed": (f"jurisdiction={WEST}", {"name": "a stall"}),
    "POST /v1/unlicensed/steps": (
        "",
        {"jurisdiction": WEST, "steps": [{"source_id": "n1", "step": "notice", "on": "2021-01-01"}]},
    ),
    "POST /v1/unlicensed/{entity}/steps": ("", {"step": "notice"}),
    "POST /v1/visit-plans": ("", {"cell": CELL, "of": "2021-W02"}),
    "PUT /v1/profiles/{jurisdiction}": ("", {"rules": {}, **WHY}),
}
"""What is asked of each route: of the western station, or of something that lies in it."""
FILES = {"POST /v1/ledger/verify"}
"""Takes a file, which says itself whose report it is: see the tests of reports."""
PARTS = {
    "{code}": str(NEW), "{jurisdiction}": WEST, "{officer}": "10", "{visit_id}": "w1", "{plan_id}": "1",
    "{report_id}": "1", "{task_id}": "1", "{round_id}": "1", "{verb}": "accept",
}  # fmt: skip
CLAIMED = {"/accept": SENT, "/dispute": SENT, "/form": SENT, "/decide": DISPUTED}
"""Which entity's claim."""
REGISTER_WIDE = {"GET /v1/entities/{code}/history", "POST /v1/unlicensed/{entity}/steps"}
"""Entities move between the stations of a bureau: those of one may follow what concerns the whole register."""
MANY = {"POST /v1/claims", "POST /v1/tasks/batch", "POST /v1/unlicensed/steps", "POST /v1/officers/leave"}
"""Each row has a verdict of its own; what is refused is told in it."""
SYSTEM_WRITES = {"POST /v1/tasks", "POST /v1/tasks/batch", "POST /v1/tasks/escalate", "POST /v1/register/changes",
                 "POST /v1/groups/propose", "POST /v1/inspections", "POST /v1/unlicensed/steps"}  # fmt: skip
"""What a system of another office may do: hand cases over, run the day, send changes, files and visits, ask for a proposal."""
ABOVE = {
    "POST /v1/classes/decisions", "POST /v1/claims/{entity}/decide", "POST /v1/groups", "POST /v1/officers/propose",
    "POST /v1/officers/subareas/{code}", "POST /v1/officers/{officer}/assign", "POST /v1/officers/{officer}/leave",
    "POST /v1/officers/{officer}/release", "POST /v1/officers/{officer}/return", "POST /v1/plans/{plan_id}/approve",
    "POST /v1/plans/{plan_id}/publish", "POST /v1/plans/{plan_id}/return", "POST /v1/register/different",
    "POST /v1/register/same", "POST /v1/reports", "POST /v1/sampling", "POST /v1/tasks/campaigns",
    "POST /v1/tasks/escalate", "PUT /v1/profiles/{jurisdiction}", "POST /v1/officers/leave",
}  # fmt: skip
"""Not for officers: planners and approvers above them decide."""


def with_a_key() -> list[str]:
    app = create_app(Settings(database_url="postgresql+psycopg://nobody@/nothing"), store=FakeStore())
    return [
        f"{method.upper()} {path}"
        for path, item in app.openapi()["paths"].items()
        for method, route in item.items()
        if route.get("security") and {} not in route["security"]
    ]


ROUTES = sorted({*with_a_key()} - FILES)


class Keys:
    """The callers of this page by their keys."""

    def caller(self, key: str) -> Caller:
        if key not in CALLERS:
            raise NotAuthenticated("unknown")
        return CALLERS[key]


@pytest.fixture(scope="module")
def store(new_database: Callable[[], str]) -> Iterator[Store]:
    """The western station: a plan, somebody who opened lately, a task, a visit plan, a report."""
    with open_store(new_database()) as store:
        load(make_town(entities=60), store.register, today=date(2020, 1, 1))
        published(store, WEST, BEGIN)
        place = {"name": "新店", "credit_class": "A", "lon": LON + 0.003, "lat": LAT + 0.003}
        new = [{"change": "opened", "source_id": f"n{n}", **place} for n in (1, 2, 3)]
        assert import_changes(store.life, changes_of_rows(new, "wgs84"), WEST, caller=OPERATOR).fell == 3
        here = list_claims(store.claims, WEST, caller=OPERATOR, on=store.profiles.today(WEST)).claims[0].cell_code
        other = CELL if here != CELL else f"{WEST}002"
        for entity in (SENT, DISPUTED):
            step_claim(store.claims, str(entity), "wrong", caller=OPERATOR, to=other, document="1", reason="its door")
        step_claim(store.claims, str(DISPUTED), "dispute", caller=OPERATOR, reason="no")
        issue(store, Wanted("ledger", WEST, on=date(2021, 1, 1)), caller=OPERATOR)
        store.keys = Keys()  # type: ignore[assignment]
        yield store


@pytest.fixture(scope="module")
def service(store: Store) -> Iterator[Service]:
    with running(store=store, make_finder=territory_finder, now=None) as opened:
        CALLERS["operator"] = OPERATOR
        visit = {**VISIT, "visit_id": "w1", "made_on": str(store.profiles.today(WEST)), "officers": ["10"]}
        for path, body in (
            ("/v1/tasks", ASKED["POST /v1/tasks"][1]),
            ("/v1/visit-plans", ASKED["POST /v1/visit-plans"][1]),
            (f"/v1/inspections?jurisdiction={WEST}", visit),
        ):
            opened.post(path, headers={"X-API-Key": "operator"}, json=body).raise_for_status()
        yield opened
        del CALLERS["operator"]


def ask(service: Service, route: str, key: str | None) -> tuple[int, str]:
    method, path = route.split(" ")
    entity = next((str(of) for end, of in CLAIMED.items() if path.endswith(end)), str(NEW))
    for name, value in {**PARTS, "{entity}": entity}.items():
        path = path.replace(name, value)
    query, body = ASKED[route]
    answer = service.request(
        method, f"{path}?{query}".rstrip("?"), headers={"X-API-Key": key} if key else {}, json=body
    )
    return answer.status_code, answer.text


def test_the_table_names_every_route_that_needs_a_key() -> None:
    assert set(ASKED) == set(ROUTES)


@pytest.mark.parametrize("route", ROUTES)
def test_nobody_without_a_key(service: Service, route: str) -> None:
    assert ask(service, route, None)[0] == 401


@pytest.mark.parametrize("route", ROUTES)
def test_nobody_from_elsewhere_whatever_their_role(service: Service, route: str) -> None:
    for key in ("stranger", "neighbour"):
        if key == "neighbour" and route in REGISTER_WIDE:
            continue
        status, text = ask(service, route, key)
        if route in MANY:
            assert "may not" in text, (key, status, text)
        else:
            assert status == 403, (key, status, text)


@pytest.mark.parametrize("route", [r for r in ROUTES if not r.startswith("GET")])
def test_who_only_reads_writes_nothing(service: Service, route: str) -> None:
    if route in SYSTEM_WRITES:
        return
    status, text = ask(service, route, "reader")
    assert "may not" in text if route in MANY else status == 403, (status, text)


@pytest.mark.parametrize("route", sorted(ABOVE))
def test_what_is_decided_above_is_not_for_officers(service: Service, route: str) -> None:
    status, text = ask(service, route, "officer")
    assert "may not" in text if route in MANY else status == 403, (status, text)


def test_a_key_with_a_scope_is_for_nothing_else(service: Service) -> None:
    for route in ROUTES:
        wanted = scope_of(*route.split(" "))
        assert wanted not in ("lookup", "batch", "published", "changes", "download"), f"{route} is not for everybody"
        other = "lookup"
        status, text = ask(service, route, f"only {other}")
        assert (status, "this key is for" in text) == (403, True), (route, text)
