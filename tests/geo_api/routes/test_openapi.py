"""The OpenAPI description: complete, and kept by the service (schemathesis, in this process)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from geo_api.main import create_app
from geo_api.settings import Settings
from tests.geo_api.fakes import Clock, FakeStore, PlainFinder
from tests.geo_api.service import Service, draw_plainly

UNDESCRIBED = {"/", "/docs", "/favicon.ico", "/openapi.json"}


def application() -> FastAPI:
    return create_app(
        Settings(poll_s=3600.0, access_log=False),
        store=FakeStore(),
        make_finder=PlainFinder,
        draw=draw_plainly,
        now=Clock(),
    )


APP = application()
SCHEMA = schemathesis.openapi.from_asgi("/openapi.json", APP)


def operations(api: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in api["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def test_every_route_is_described(service: Service) -> None:
    api = service.get("/openapi.json").json()
    described = {(path, method) for path, method, _ in operations(api)}
    assert described >= {
        ("/v1/lookup", "get"),
        ("/v1/lookup/batch", "post"),
        ("/v1/stations", "get"),
        ("/v1/cells", "get"),
        ("/v1/cells/{code}", "get"),
        ("/v1/plans", "get"),
        ("/v1/plans/{plan_id}", "get"),
        ("/v1/plans/{plan_id}/cells", "get"),
        *((f"/v1/plans/{{plan_id}}/{step}", "post") for step in ("submit", "return", "approve", "publish")),
        ("/v1/coverage", "get"),
        ("/diagram/{code}", "get"),
        ("/health", "get"),
        ("/ready", "get"),
    }
    tried = {path: service.get(path).status_code for path in UNDESCRIBED}
    assert set(tried.values()) == {200}, "pages for people, which are not part of the API"


def test_every_operation_says_what_it_does_and_how_it_fails() -> None:
    names = []
    for path, method, operation in operations(APP.openapi()):
        where = f"{method} {path}"
        assert operation["summary"], where
        names.append(operation["operationId"])
        assert operation["responses"]["200"]["content"], where
        failing = {s for s in operation["responses"] if int(s) >= 400}
        assert failing or path == "/health", where
        for status in failing:
            answer = operation["responses"][status]
            assert answer["content"]["application/json"]["schema"]["$ref"].endswith("/Problem"), (where, status)
        for parameter in operation.get("parameters", []):
            assert parameter.get("description") or parameter["schema"].get("enum"), (where, parameter["name"])
    assert len(names) == len(set(names))


def test_changing_and_coverage_need_a_key_in_the_description_too() -> None:
    for path, method, operation in operations(APP.openapi()):
        closed = (method == "post" and path.startswith("/v1/plans/")) or path == "/v1/coverage"
        assert ("401" in operation["responses"]) >= closed
        if closed:
            assert operation["security"]
            assert {} not in operation["security"]


def test_lookup_has_an_example_of_question_and_answer() -> None:
    lookup = APP.openapi()["paths"]["/v1/lookup"]["get"]
    assert {p["name"] for p in lookup["parameters"]} == {
        "lon", "lat", "datum", "address", "on", "recorded_at",
        "credit_code", "registration_no", "name", "entity", "cell", "function",
    }  # fmt: skip
    assert all("example" in p for p in lookup["parameters"])
    example = lookup["responses"]["200"]["content"]["application/json"]["example"]
    fields = APP.openapi()["components"]["schemas"]["LookupAnswer"]["properties"]
    assert set(example) == set(fields)


@SCHEMA.auth()
class WithKey:
    """Sends a key; the check of ignored authentication then asks again without it."""

    def get(self, case: Any, context: Any) -> str:
        return "approver-key"

    def set(self, case: Any, data: str, context: Any) -> None:
        case.headers["X-API-Key"] = data


@SCHEMA.parametrize()
@settings(
    max_examples=20,
    derandomize=True,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_the_service_keeps_its_description(case: Any) -> None:
    # a question that fits its types may still be unanswerable (a point in the sea, a plan that is not there)
    case.call_and_validate(excluded_checks=[positive_data_acceptance])
