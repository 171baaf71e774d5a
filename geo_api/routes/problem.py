"""Errors as answers: one table from error to status, one JSON shape ``{code, detail, findings, request_id}``."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from types import MappingProxyType

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from geo_api import errors
from gridding.errors import GriddingError
from gridding.findings import Finding, Severity
from layers.errors import DatumError, LayersError

log = logging.getLogger(__name__)

STATUS: Mapping[type[Exception], int] = MappingProxyType(
    {
        errors.BadRequest: 422,
        errors.NotFound: 404,
        errors.RuleViolation: 422,
        errors.Conflict: 409,
        errors.NotAllowed: 403,
        errors.NotAuthenticated: 401,
        errors.StoreUnavailable: 503,
        errors.TooLarge: 413,
        errors.TooBusy: 503,
        errors.TooManyRequests: 429,
        errors.Interrupted: 503,
        errors.SupervisionError: 422,
        DatumError: 422,
        LayersError: 500,
        GriddingError: 500,
    }
)
"""The one table. A class that is not in it counts as its nearest base that is."""

DATABASE_AWAY = "the database cannot be reached and this answer needs it; try again after a moment"

HTTP_CODES: Mapping[int, str] = MappingProxyType(
    {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 406: "not_acceptable", 413: "too_large"}
)


IN_CHINESE: Mapping[str, str] = MappingProxyType(
    {
        "missing": "缺少",
        "less_than_equal": "不得大于{le}",
        "less_than": "须小于{lt}",
        "greater_than_equal": "不得小于{ge}",
        "greater_than": "须大于{gt}",
        "int": "应为整数",
        "float": "应为数字",
        "finite": "应为数字",
        "bool": "应为 true 或 false",
        "literal": "应为 {expected}",
        "enum": "应为 {expected}",
        "string_too_long": "不得超过{max_length}个字符",
        "too_long": "不得超过{max_length}项",
        "string_too_short": "不得少于{min_length}个字符",
        "too_short": "不得少于{min_length}项",
        "string_type": "应为文本",
        "list_type": "应为列表",
        "dict_type": "应为对象",
        "model_attributes": "应为对象",
        "pattern": "格式应为 {pattern}",
        "date": "应为日期，如2026-01-31",
        "json": "应为 JSON",
        "extra": "没有这个参数",
    }
)
"""Part of pydantic's name of an error -> what is wrong; the first that fits counts."""


def status_of(problem: Exception) -> int:
    """The status that an error is answered with; 500 for what is nobody's mistake but ours."""
    return next((STATUS[kind] for kind in type(problem).__mro__ if kind in STATUS), 500)


def problem_bytes(code: str, detail: str, findings: tuple[Finding, ...] | list[Finding], request_id: str) -> bytes:
    """The one JSON shape."""
    listed = [f.as_dict() for f in findings]
    return orjson.dumps({"code": code, "detail": detail, "findings": listed, "request_id": request_id})


def problem_response(problem: Exception, request_id: str, retry_after_s: int) -> Response:
    """An error of ours as an answer."""
    status = status_of(problem)
    headers: dict[str, str] = {}
    if status == 503:
        headers["retry-after"] = str(retry_after_s)
    if isinstance(problem, errors.TooManyRequests):
        headers["retry-after"] = str(max(1, math.ceil(problem.wait_s)))
    if status == 401:
        headers["www-authenticate"] = 'Bearer realm="gridward"'
    if status == 500:
        code, detail, findings = "fault", "a fault in the service; the log has the details", ()
    elif isinstance(problem, errors.StoreUnavailable):  # its own words may name hosts and paths
        log.warning("request %s: %s", request_id, problem)
        code, detail, findings = problem.code, DATABASE_AWAY, ()
    else:
        code = getattr(problem, "code", "bad_request")
        detail, findings = str(problem), getattr(problem, "findings", ())
    return _answer(request_id, status, code, detail, findings=findings, headers=headers)


def register(app: FastAPI, retry_after_s: int) -> None:
    """Answer every kind of error in the one shape."""

    async def known(request: Request, problem: Exception) -> Response:
        return problem_response(problem, _id(request), retry_after_s)

    async def framework(request: Request, problem: Exception) -> Response:
        status = getattr(problem, "status_code", 500)
        detail = str(getattr(problem, "detail", problem))
        if status == 400:  # what FastAPI says of a body that is no JSON
            status, detail = 422, "the body cannot be read: send JSON in UTF-8"
        if status == 404:
            detail = "no such path; /docs lists the paths that there are"
        headers = dict(getattr(problem, "headers", None) or {})
        if status == 405:
            detail = f"{request.method} is not for this path; /docs says which methods it knows"
            headers["Allow"] = ", ".join(_methods(request)) or headers.get("Allow", "")
        code = HTTP_CODES.get(status, "bad_request" if status < 500 else "fault")
        return _answer(_id(request), status, code, detail, headers=headers)

    async def invalid(request: Request, problem: Exception) -> Response:
        findings = tuple(_finding(e) for e in problem.errors()) if isinstance(problem, RequestValidationError) else ()
        return _answer(_id(request), 422, "bad_request", "; ".join(f.message for f in findings), findings=findings)

    for kind in (errors.SupervisionError, LayersError, GriddingError):
        app.add_exception_handler(kind, known)
    app.add_exception_handler(HTTPException, framework)
    app.add_exception_handler(RequestValidationError, invalid)


def _methods(request: Request) -> list[str]:
    """Methods of every route of the path: each of them knows its own alone."""
    routes = [inner for r in request.app.routes for inner in getattr(getattr(r, "original_router", r), "routes", [r])]
    here = [r for r in routes if r.matches(request.scope)[0] is not Match.NONE]
    return sorted({method for r in here for method in getattr(r, "methods", None) or ()})


def parameter_finding(name: str, message: str, message_zh: str = "") -> Finding:
    """A finding about one parameter of the request, in English and in Chinese."""
    return Finding(
        rule="request.parameter", severity=Severity.ERROR, message=message, message_zh=message_zh, where=name
    )


def _finding(error: Mapping[str, object]) -> Finding:
    location = error.get("loc")
    parts = [str(p) for p in location] if isinstance(location, tuple) else []
    name = ".".join(parts[1:]) or (parts[0] if parts else "request")
    said = str(error.get("msg", "cannot be used"))
    kind = f"{parts[0]} parameter " if parts and parts[0] in ("query", "path", "header") else ""
    return parameter_finding(name, f"{kind}{name}: {said[:1].lower()}{said[1:]}", f"参数 {name}：{_in_chinese(error)}")


def _in_chinese(error: Mapping[str, object]) -> str:
    """What pydantic says of a value, in Chinese."""
    kind, context = str(error.get("type", "")), error.get("ctx")
    limits = context if isinstance(context, Mapping) else {}
    said = next((text for part, text in IN_CHINESE.items() if part in kind), "不能使用此值")
    if "too_short" in kind and limits.get("min_length") == 1:
        return "不得为空"
    values = {name: limits.get(name, "") for name in ("le", "lt", "ge", "gt", "max_length", "min_length", "pattern")}
    return said.format_map({**values, "expected": str(limits.get("expected", "")).replace(" or ", " 或 ")})


def _id(request: Request) -> str:
    known: str = request.scope.get("request_id", "")
    return known


def _answer(
    request_id: str,
    status: int,
    code: str,
    detail: str,
    *,
    findings: tuple[Finding, ...] = (),
    headers: dict[str, str] | None = None,
) -> Response:
    body = problem_bytes(code, detail, findings, request_id)
    return Response(body, status_code=status, media_type="application/json", headers=headers)
