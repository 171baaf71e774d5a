"""The OpenAPI description: FastAPI's, with the shapes and examples that it has no place for."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from geo_api.routes.inspections import ReportedVisit
from geo_api.routes.lookup import EXAMPLE
from geo_api.routes.register import ChangedEntities
from geo_api.routes.schemas import BatchColumns, FeatureCollection
from geo_api.routes.scopes import scope_of
from geo_api.routes.tasks import CaseBody

DOOR: dict[str, dict[str, Any]] = {
    str(status): {
        "description": text,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status, text in (
        (401, "The API key is unknown or was revoked"),
        (403, "The API key is not for this: its scopes"),
        (429, "More requests or points than the limit of the key or the address: again after `Retry-After` seconds"),
    )
}
"""What may be answered to every request, before a route sees it."""


def install(app: FastAPI, base_path: str) -> None:
    """Make ``app.openapi()`` give the complete description; it is built once, on first need. ``base_path``: where a proxy shows it."""

    def description() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _complete(
                get_openapi(
                    title=app.title,
                    version=app.version,
                    description=app.description,
                    routes=app.routes,
                    servers=[{"url": base_path}] if base_path else None,
                )
            )
        return app.openapi_schema

    app.openapi = description  # type: ignore[method-assign]


def _complete(api: dict[str, Any]) -> dict[str, Any]:
    """Add the shapes that bodies and answers refer to by name, and the example whose nulls FastAPI leaves out."""
    _, extra = models_json_schema(
        [
            (BatchColumns, "validation"),
            (ReportedVisit, "validation"),
            (CaseBody, "validation"),
            (ChangedEntities, "validation"),
            (FeatureCollection, "serialization"),
        ],
        ref_template="#/components/schemas/{model}",
    )
    api["components"]["schemas"].update(extra["$defs"])
    answer = api["paths"]["/v1/lookup"]["get"]["responses"]["200"]["content"]["application/json"]
    answer["example"] = EXAMPLE
    for path, item in api["paths"].items():
        for method, operation in item.items():
            if scope_of(method.upper(), path) is not None:
                for status, described in DOOR.items():
                    operation["responses"].setdefault(status, described)
    return api
