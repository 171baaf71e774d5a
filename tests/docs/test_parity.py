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
    ("get", "/v1/download/{form}"): "gridward export",
}
OF_FILES = {"output", "form", "shape"}
"""Where an answer goes and in which format, and a shape in a file: the body of a request."""


@pytest.fixture(scope="module")
def paths() -> dict[str, dict[str, dict]]:
    app = create_app(Settings(database_url="postgresql+psycopg://nobody@/nothing"), store=FakeStore())
    described: dict[str, dict[str, dict]] = app.openapi()["paths"]
    return described


@pytest.mark.parametrize("route", PAIRS, ids=lambda r: r[1])
def test_route_and_command_have_the_same_parameters(paths: dict[str, dict[str, dict]], route: tuple[str, str]) -> None:
    method, path = route
    asked = {"form" if p["name"] == "format" else p["name"] for p in paths[path][method]["parameters"]}
    offered = {p.name for p in commands()[PAIRS[route]].params} - {"help"}
    assert asked - OF_FILES == offered - OF_FILES
