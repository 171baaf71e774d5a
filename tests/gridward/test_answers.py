"""The client's answers and the service's OpenAPI description say the same."""

from __future__ import annotations

import json
import re
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest

from geo_api.main import create_app
from geo_api.settings import Settings
from gridward import answers
from gridward.decode import decode
from tests.geo_api.fakes import FakeStore

OURS = {
    name: kind
    for name, kind in vars(answers).items()
    if is_dataclass(kind) and name != "Download"  # a file on this machine
}
NOT_ASKED = {"Feature", "FeatureCollection", "Became", "Severity"}  # mappings and words
PATHS = (
    "/v1/lookup", "/v1/lookup/batch", "/v1/entities/{code}", "/v1/stations", "/v1/cells", "/v1/cells/{code}",
    "/v1/cells/{code}/lineage", "/v1/changes", "/v1/relations", "/v1/relations/shape", "/v1/near", "/v1/levels",
    "/v1/coverage", "/v1/gaps", "/health", "/ready",
)  # fmt: skip
"""What the client asks; what supervision does day by day is asked over HTTP itself."""


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    app = create_app(Settings(database_url="postgresql+psycopg://nobody@/nothing"), store=FakeStore())
    described: dict[str, Any] = app.openapi()
    return described


@pytest.fixture(scope="module")
def schemas(description: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = description["components"]["schemas"]
    return described


def named_in(part: Any) -> set[str]:
    """Names of the schemas that a part of a description refers to."""
    return set(re.findall(r"#/components/schemas/(\w+)", json.dumps(part)))


def test_every_answer_that_the_client_asks_for_has_a_type(description: dict[str, Any], schemas: dict[str, Any]) -> None:
    asked = [verb["responses"]["200"] for path in PATHS for verb in description["paths"][path].values()]
    found: set[str] = set()
    more = named_in(asked)
    while more:
        found |= more
        more = named_in([schemas[name] for name in more]) - found
    assert found - NOT_ASKED == set(OURS) - {"Finding"}, "findings come with refusals"


@pytest.mark.parametrize("name", OURS)
def test_fields_and_types_are_those_of_the_service(schemas: dict[str, Any], name: str) -> None:
    described, hints = schemas[name]["properties"], get_type_hints(OURS[name])
    assert set(described) == {f.name for f in fields(OURS[name])}
    for field, schema in described.items():
        assert agrees(schema, hints[field], schemas), f"{name}.{field}: {schema} and {hints[field]}"


def agrees(schema: dict[str, Any], kind: Any, schemas: dict[str, Any]) -> bool:
    """Whether values of the schema are read as that type."""
    if kind is Any:
        return True
    if "$ref" in schema:
        target = schema["$ref"].rsplit("/", 1)[1]
        return kind is str if "enum" in schemas[target] else OURS.get(target) is kind
    if "anyOf" in schema:
        parts = [s for s in schema["anyOf"] if s != {"type": "null"}]
        inner = [k for k in get_args(kind) if k is not type(None)]
        nullable = get_origin(kind) in (Union, types.UnionType) and len(inner) == 1
        return nullable and len(parts) < len(schema["anyOf"]) and agrees(parts[0], inner[0], schemas)
    if schema.get("type") == "array":
        if "prefixItems" in schema:
            return kind == tuple[float, float]
        return get_origin(kind) in (tuple, list) and agrees(schema["items"], get_args(kind)[0], schemas)
    if schema.get("type") == "object":
        return get_origin(kind) is Mapping
    simple = {"string": str, "number": float, "integer": int, "boolean": bool}
    formats = {"date": date, "date-time": datetime}
    return kind is formats.get(schema.get("format", ""), simple.get(schema.get("type", "")))


def test_the_comparison_sees_a_difference(schemas: dict[str, Any]) -> None:
    properties = schemas["LookupAnswer"]["properties"]
    assert not agrees(properties["on"], str, schemas)
    assert not agrees(properties["cell"], answers.CellRef, schemas), "it may be null"
    assert not agrees(properties["cell"], answers.PlanRef | None, schemas)
    assert not agrees(properties["officers"], tuple[str, ...], schemas)


def test_what_a_newer_service_says_more_is_left_out() -> None:
    ref = {"code": "1", "name": "x", "station_code": "2", "station_name": "y", "colour": "red"}
    assert decode(answers.CellRef, ref) == answers.CellRef("1", "x", "2", "y")


@pytest.mark.parametrize(
    "value", [None, [], "text", {}, {"near": "yes", "distance_m": 1, "beyond": None}, {"near": True, "distance_m": "1"}]
)
def test_what_is_no_answer_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="no BorderInfo"):
        decode(answers.BorderInfo, value)


def test_answers_cannot_be_changed() -> None:
    answer = decode(answers.BorderInfo, {"near": True, "distance_m": 1, "beyond": None})
    with pytest.raises(AttributeError):
        answer.near = False  # type: ignore[misc]
