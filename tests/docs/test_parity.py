"""Whoever knows a route knows its command: one name for one parameter."""

from __future__ import annotations

import pytest

from geo_api.main import create_app
from geo_api.settings import Settings
from tests.docs.test_docs import commands
from tests.geo_api.fakes import FakeStore

PAIRS = {
    ("get", "/v1/lookup"): "gridward lookup",
    ("get", "/v1/stations"): "gridward stations",
    ("get", "/v1/cells"): "gridward cells list",
    ("get", "/v1/cells/{code}"): "gridward cells show",
    ("get", "/v1/cells/{code}/lineage"): "gridward cells lineage",
    ("get", "/v1/relations"): "gridward cells relations",
    ("get", "/v1/near"): "gridward cells near",
    ("get", "/v1/levels"): "gridward cells levels",
    ("get", "/v1/entities/{code}"): "gridward entity",
    ("get", "/v1/changes"): "gridward changes",
    ("get", "/v1/inspections"): "gridward visits list",
    ("get", "/v1/due"): "gridward due",
    ("get", "/v1/classes/proposals"): "gridward classes propose",
    ("post", "/v1/classes/proposals"): "gridward classes suggest",
    ("get", "/v1/inspections/left"): "gridward visits left",
    ("post", "/v1/inspections/{visit_id}/withdraw"): "gridward visits withdraw",
    ("get", "/v1/profiles/{jurisdiction}"): "gridward profile show",
    ("get", "/v1/entities/{code}/workload"): "gridward explain",
    ("get", "/v1/workload"): "gridward workload",
    ("get", "/v1/staffing"): "gridward staffing",
    ("get", "/v1/sampling"): "gridward sampling list",
    ("get", "/v1/profiles/{jurisdiction}/versions"): "gridward profile list",
    ("get", "/v1/ledger"): "gridward ledger",
    ("get", "/v1/assessment"): "gridward assess",
    ("get", "/v1/reports/preview"): "gridward report",
    ("get", "/v1/reports"): "gridward reports list",
    ("post", "/v1/reports"): "gridward reports issue",
    ("get", "/v1/reports/{report_id}"): "gridward reports show",
    ("get", "/v1/reports/{report_id}/check"): "gridward reports check",
    ("get", "/v1/officers/check"): "gridward officers check",
    ("post", "/v1/officers/propose"): "gridward officers propose",
    ("post", "/v1/officers/subareas/{code}"): "gridward officers subarea",
    ("post", "/v1/officers/{officer}/assign"): "gridward officers assign",
    ("post", "/v1/officers/{officer}/release"): "gridward officers release",
    ("post", "/v1/officers/{officer}/leave"): "gridward officers leave",
    ("post", "/v1/officers/leave"): "gridward officers leave-import",
    ("post", "/v1/officers/{officer}/return"): "gridward officers return",
    ("get", "/v1/groups"): "gridward groups list",
    ("post", "/v1/groups/propose"): "gridward groups propose",
    ("post", "/v1/groups"): "gridward groups set",
    ("get", "/v1/departments"): "gridward departments",
    ("get", "/v1/visit-plans"): "gridward rounds plan",
    ("post", "/v1/visit-plans"): "gridward rounds keep",
    ("get", "/v1/visit-plans/{round_id}"): "gridward rounds kept",
    ("get", "/v1/tasks"): "gridward tasks list",
    ("post", "/v1/tasks"): "gridward tasks open",
    ("get", "/v1/tasks/{task_id}"): "gridward tasks show",
    ("post", "/v1/tasks/{task_id}/{verb}"): "gridward tasks step",
    ("post", "/v1/tasks/batch"): "gridward tasks import",
    ("post", "/v1/tasks/campaigns"): "gridward tasks campaign",
    ("post", "/v1/tasks/escalate"): "gridward tasks escalate",
    ("get", "/v1/claims"): "gridward claims list",
    ("post", "/v1/claims"): "gridward claims import",
    ("post", "/v1/claims/{entity}/claim"): "gridward claims claim",
    ("post", "/v1/claims/{entity}/wrong"): "gridward claims wrong",
    ("post", "/v1/claims/{entity}/accept"): "gridward claims accept",
    ("post", "/v1/claims/{entity}/dispute"): "gridward claims dispute",
    ("post", "/v1/claims/{entity}/decide"): "gridward claims decide",
    ("get", "/v1/claims/{entity}/form"): "gridward claims form",
    ("post", "/v1/register/changes"): "gridward register import",
    ("get", "/v1/register/duplicates"): "gridward register duplicates",
    ("post", "/v1/register/same"): "gridward register same",
    ("post", "/v1/register/different"): "gridward register different",
    ("get", "/v1/entities/{code}/history"): "gridward register history",
    ("get", "/v1/unlicensed"): "gridward unlicensed list",
    ("post", "/v1/unlicensed"): "gridward unlicensed add",
    ("post", "/v1/unlicensed/steps"): "gridward unlicensed import",
    ("post", "/v1/unlicensed/{entity}/steps"): "gridward unlicensed step",
    ("get", "/v1/coverage"): "gridward coverage",
    ("get", "/v1/gaps"): "gridward gaps",
    ("get", "/v1/posters"): "gridward posters list",
    ("post", "/v1/posters"): "gridward posters record",
    ("get", "/v1/download/{form}"): "gridward export",
    ("get", "/v1/intervals"): "gridward intervals",
}
OF_FILES = {"output", "form", "shape", "changes", "columns", "encoding", "by", "role", "key", "each_cell", "template"}
"""Where an answer goes and in which format, a shape or a list in a file: the body of a request; who asks: its header."""


@pytest.fixture(scope="module")
def paths() -> dict[str, dict[str, dict]]:
    app = create_app(Settings(database_url="postgresql+psycopg://nobody@/nothing"), store=FakeStore())
    described: dict[str, dict[str, dict]] = app.openapi()["paths"]
    shapes = app.openapi()["components"]["schemas"]
    for item in described.values():
        for operation in item.values():
            operation["in_body"] = _in_body(operation, shapes)
    return described


def _in_body(operation: dict, shapes: dict[str, dict]) -> set[str]:
    """Names of the fields of a request's JSON body."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    options = [content, *content.get("anyOf", [])]
    named = [shapes.get(o["$ref"].rpartition("/")[2], {}) for o in options if "$ref" in o]
    return {name for shape in named for name in shape.get("properties", {})}


@pytest.mark.parametrize("route", PAIRS, ids=lambda r: r[1])
def test_route_and_command_have_the_same_parameters(paths: dict[str, dict[str, dict]], route: tuple[str, str]) -> None:
    method, path = route
    asked = {"form" if p["name"] == "format" else p["name"] for p in paths[path][method].get("parameters", ())}
    asked |= paths[path][method]["in_body"]
    offered = {p.name for p in commands()[PAIRS[route]].params} - {"help"}
    assert asked - OF_FILES == offered - OF_FILES
