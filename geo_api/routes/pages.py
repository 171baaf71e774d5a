"""The service's own pages: a landing page, and the API's description read from its OpenAPI. Nothing from outside."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from geo_api.routes.deps import ContextDep, tagged

STATIC = Path(__file__).resolve().parent.parent / "static"

router = APIRouter(tags=["service"], include_in_schema=False)


@router.get("/")
async def landing(request: Request, context: ContextDep) -> Response:
    """Ask for a place, open a diagram; in the deployment's language, switched on the page."""
    page = (STATIC / "index.html").read_bytes()
    page = page.replace(b'data-lang="zh"', b'data-lang="%b"' % context.settings.language.encode())
    return tagged(request, page, "text/html; charset=utf-8")


@router.get("/docs")
async def docs(request: Request) -> Response:
    """Every route, its parameters, answers and errors."""
    return tagged(request, docs_page(request.app.openapi()).encode(), "text/html; charset=utf-8")


@router.get("/favicon.ico")
async def favicon(request: Request) -> Response:
    """Browsers ask for it whatever a page says."""
    return tagged(request, (STATIC / "favicon.svg").read_bytes(), "image/svg+xml")


def docs_page(api: Mapping[str, Any]) -> str:
    """The OpenAPI description as one page."""
    operations = [
        (path, method, operation)
        for path, item in api["paths"].items()
        for method, operation in item.items()
        if isinstance(operation, dict)
    ]
    index = "".join(
        f'<li><a href="#{_anchor(o)}"><code>{m.upper()} {escape(p)}</code></a> {escape(o.get("summary", ""))}</li>'
        for p, m, o in operations
    )
    sections = "".join(_section(*each) for each in operations)
    title = f"{escape(api['info']['title'])} {escape(api['info']['version'])}"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="favicon.ico"><link rel="stylesheet" href="static/gridward.css"></head><body><main>'
        f'<p><a href="./">← Gridward</a></p><h1>{title}</h1>{_paragraphs(api["info"].get("description", ""))}'
        '<p>As a file for programs: <a href="openapi.json">openapi.json</a></p>'
        f"<ul>{index}</ul>{sections}</main></body></html>"
    )


def _section(path: str, method: str, operation: Mapping[str, Any]) -> str:
    parameters = "".join(
        f"<tr><td><code>{escape(p['name'])}</code></td><td>{escape(p['in'])}{' *' if p.get('required') else ''}</td>"
        f"<td>{escape(_kind(p.get('schema', {})))}</td><td>{escape(p.get('description', ''))}</td></tr>"
        for p in operation.get("parameters", [])
    )
    table = f"<table><tr><th>parameter</th><th>in</th><th>type</th><th></th></tr>{parameters}</table>"
    body = operation.get("requestBody", {}).get("content", {})
    answers = "".join(
        f"<tr><td>{status}</td><td>{escape(', '.join(answer.get('content', {})))}</td>"
        f"<td>{escape(answer.get('description', ''))}</td></tr>"
        for status, answer in sorted(operation["responses"].items())
    )
    success = operation["responses"].get("200", {}).get("content", {})
    return (
        f'<section id="{_anchor(operation)}"><h2><code>{method.upper()} {escape(path)}</code></h2>'
        f"<p><b>{escape(operation.get('summary', ''))}</b>{' 🔑' if _needs_key(operation) else ''}</p>"
        f"{_paragraphs(operation.get('description', ''))}{table if parameters else ''}"
        f"{_examples('Body', body)}<table><tr><th>status</th><th>type</th><th></th></tr>{answers}</table>"
        f"{_examples('Answer', success)}</section>"
    )


def _examples(title: str, content: Mapping[str, Any]) -> str:
    shown = []
    for media_type, described in content.items():
        if (example := described.get("example")) is not None:
            plain = isinstance(example, str)
            text = example if plain else orjson.dumps(example, option=orjson.OPT_INDENT_2).decode()
            shown.append(f"<p>{title}, <code>{escape(media_type)}</code>:</p><pre>{escape(text)}</pre>")
    return "".join(shown)


def _paragraphs(text: str) -> str:
    """Paragraphs, lists and `code` of the little Markdown that descriptions use."""
    blocks = []
    for block in text.strip().split("\n\n"):
        if block.startswith("* "):
            items = "".join(f"<li>{_code(item)}</li>" for item in ("\n" + block).split("\n* ")[1:])
            blocks.append(f"<ul>{items}</ul>")
        elif block:
            blocks.append(f"<p>{_code(block)}</p>")
    return "".join(blocks)


def _code(text: str) -> str:
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(parts))


def _kind(schema: Mapping[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(kind for s in schema["anyOf"] if (kind := _kind(s)) != "null")
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    return str(schema.get("format") or schema.get("type") or schema.get("const") or "")


def _needs_key(operation: Mapping[str, Any]) -> bool:
    security = operation.get("security", [])
    return bool(security) and {} not in security


def _anchor(operation: Mapping[str, Any]) -> str:
    return escape(operation.get("operationId", ""), quote=True)
