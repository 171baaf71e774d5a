"""The OpenAPI description of the OGC part: version 3.0, which OGC clients read, and of what is answered here."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi


def install(app: FastAPI) -> None:
    """Make ``app.openapi()`` give the description; it is built once, on first need."""

    def description() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
                openapi_version="3.0.3",
            )
            app.openapi_schema = _as_3_0(made)
        return app.openapi_schema

    app.openapi = description  # type: ignore[method-assign]


def _as_3_0(node: Any) -> Any:
    """The same in the words of OpenAPI 3.0, without the HTML that tipg would offer."""
    if isinstance(node, list):
        return [_as_3_0(n) for n in node if n != "html"]
    if not isinstance(node, dict):
        return node
    made = {k: _as_3_0(v) for k, v in node.items() if k not in ("text/html", "const", "examples")}
    if "const" in node:
        made["enum"] = [node["const"]]
    options = made.get("anyOf", [])
    if {"type": "null"} in options:
        rest = [o for o in options if o != {"type": "null"}]
        del made["anyOf"]
        made |= (
            {**rest[0], "nullable": True}
            if len(rest) == 1 and "$ref" not in rest[0]
            else {"anyOf": rest, "nullable": True}
        )
    return made
