"""``GET /v1/lookup``: who answers for this place, on this day.

Today's points are the hot path: parsed by hand, answered from memory in the event loop, without the database.
"""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from geo_api.errors import BadRequest
from geo_api.routes.deps import OPTIONAL_KEY, Context, DirectRoute, optional_caller, parse_day, parse_moment
from geo_api.routes.problem import parameter_finding
from geo_api.routes.schemas import problems
from geo_api.services.answers import LookupAnswer
from geo_api.services.datums import ACCEPTED_TEXT
from geo_api.services.entity_lookup import BY
from gridding.findings import Finding
from layers.datum import to_storage_one

router = APIRouter(route_class=DirectRoute, tags=["lookup"])

KNOWN = ("lon", "lat", "datum", "address", *BY, "function", "on", "recorded_at")
MISSING = {
    "lon": ("lon is missing: the longitude of the point", "缺少经度 lon"),
    "lat": ("lat is missing: the latitude of the point", "缺少纬度 lat"),
    "datum": (
        f"datum is missing: say what lon and lat are in; it is never guessed. One of {ACCEPTED_TEXT}",
        "缺少坐标系 datum：坐标取自哪里，从不猜测。cgcs2000（测绘成果）、wgs84（手机、GPS）、gcj02（高德、腾讯）、"
        "bd09（百度）或 EPSG:n",
    ),
}
"""What a point cannot do without: in English, in Chinese."""

HOT_DATUMS = {b"wgs84": "wgs84", b"cgcs2000": "cgcs2000", b"gcj02": "gcj02", b"bd09": "bd09"}


class JsonBytes(Response):
    """JSON bytes with the least ceremony."""

    def __init__(self, body: bytes) -> None:
        self.status_code, self.body, self.background = 200, body, None
        self.raw_headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body})


def _parameter(name: str, schema: dict[str, Any], description: str, example: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description,
            "example": example}  # fmt: skip


EXAMPLE = {
    "status": "found",
    "on": "2026-01-31",
    "lon": 113.95,
    "lat": 30.52,
    "cell": {
        "code": "420999001003",
        "name": "第003网格",
        "station_code": "420999001",
        "station_name": "城关监管所",
    },
    "officers": [
        {
            "officer_id": "O-017",
            "name": "王建国",
            "title": "四级主办",
            "role": "lead",
            "function": "",
            "telephone": "0712-5550117",
            "answers_for": "420999001003",
            "since": "2026-01-01",
            "until": None,
            "absent": False,
            "substitutes_for": None,
        }
    ],
    "plan": {"plan_id": 3, "version": 1, "valid_from": "2026-01-01", "valid_to": None},
    "border": {"near": True, "distance_m": 6.4, "beyond": "420999001004"},
    "fallback": None,
    "sub_area": None,
    "patrol_group": {"code": "420999001-G01", "name": "城关监管所第1巡查组"},
    "nearest": None,
    "nearest_distance_m": None,
    "matched_address": None,
    "method": None,
    "confidence": None,
    "error_m": None,
    "candidates": [],
    "notes": [],
    "snapshot_age_s": None,
}

DESCRIPTION = f"""
Give a point (`lon`, `lat` and `datum`, all required), or an `address`, or an entity by `credit_code`,
`registration_no`, `name` or `entity` (an entity code of any age, or a permanent id), or a `cell` code of any age.

* `datum` says what the coordinates are in: {ACCEPTED_TEXT}. It is never guessed.
* `status` is `found`; `outside` (`nearest` names the nearest cell and `nearest_distance_m` how far it is);
  `unpublished` (no cell is in force there on that day: `officers` are the station's or the
  bureau's); for addresses also `ambiguous` (`candidates`) and `not_found`.
* A point on a shared border belongs to one cell, by rule: the station first, then the lowest code. `border` says how
  far the border is, whether that is near, and which cell lies beyond.
* Where a cell has no officers, or all of them are away, those of the station or the bureau answer, and `fallback` says
  so. An officer on leave is named with `absent: true`; who stands in has the same `role` and names the absent officer in
  `substitutes_for`.
* `function` asks for one department: the officers who hold that function, and those who hold all; where a cell has
  none of them, those of the station or the bureau.
* `sub_area` is the part of the cell that the point lies in, with its own officers, where a cell is divided;
  `patrol_group` the group that the cell acts with.
* An address is read in any spelling. `matched_address`, `method`, `confidence`, `error_m` and `notes` say what was
  matched, how, how sure that is and what was assumed; where that is not sure enough nobody is named, and `candidates`
  lists the cells that come into question.
* An entity is answered where exactly one cell comes into question; several, or names that are only similar, are
  `ambiguous`. Its place is told only to callers with an API key, its name and address to nobody.
* Telephone numbers are shown for today; for other days, and with `recorded_at`, only to callers with an API key.
* `lon` and `lat` of the answer are in CGCS2000.
"""


@router.get(
    "/v1/lookup",
    summary="Which cell, which officers: one point, address, entity or cell code, on a day",
    description=DESCRIPTION,
    operation_id="lookup",
    response_model=None,
    responses={
        200: {
            "model": LookupAnswer,
            "description": "Who answers",
            "content": {"application/json": {"example": EXAMPLE}},
        },
        **problems(401, 422, 503),
    },
    openapi_extra={
        "parameters": [
            _parameter("lon", {"type": "number"}, "Longitude, degrees (x, east, for a projected EPSG:n)", 113.95),
            _parameter("lat", {"type": "number"}, "Latitude, degrees (y, north, for a projected EPSG:n)", 30.52),
            _parameter("datum", {"type": "string"}, f"What lon and lat are in: {ACCEPTED_TEXT}", "wgs84"),
            _parameter("address", {"type": "string"}, "Instead of a point: an address", "人民路12号"),
            _parameter("credit_code", {"type": "string"}, "Unified social credit code", "91350100M000100Y43"),
            _parameter("registration_no", {"type": "string"}, "Registration number", "350100100000001"),
            _parameter("name", {"type": "string"}, "Name of an entity, as registered", "云溪小吃店"),
            _parameter("entity", {"type": "string"}, "Entity code of any age, or permanent id", "42099900100300017"),
            _parameter("cell", {"type": "string"}, "Cell code of any age", "420999001003"),
            _parameter(
                "function", {"type": "string"}, "Only officers who hold this function, or all functions", "food"
            ),
            _parameter("on", {"type": "string", "format": "date"}, "The day asked about; default: today", "2026-01-31"),
            _parameter(
                "recorded_at",
                {"type": "string", "format": "date-time"},
                "Answer from what was recorded at this moment; default: now",
                "2026-01-31T12:00:00Z",
            ),
        ],
        **OPTIONAL_KEY,
    },
)
async def lookup(request: Request) -> Response:
    """Today's points from memory; everything else by :func:`careful_lookup`."""
    context: Context = request.app.state.context
    body = hot_answer(context, request.scope["query_string"])
    return await careful_lookup(request, context) if body is None else JsonBytes(body)


def hot_answer(context: Context, query: bytes) -> bytes | None:
    """The answer to a plain and flawless question about a point, today; None for every other question."""
    held = context.keeper.current
    asked = hot_query(query)
    if asked is None or held is None:
        return None
    lon, lat, datum, on = asked
    if on is not None and on != held.snapshot.on.isoformat().encode():
        return None
    if datum != "wgs84" and datum != "cgcs2000":  # noqa: PLR1714  (two comparisons are faster than a tuple)
        lon, lat = to_storage_one(lon, lat, datum)
    answer: bytes = held.prepared.point(lon, lat, context.keeper.age_s())
    return answer


def hot_query(query: bytes) -> tuple[float, float, str, bytes | None] | None:
    """(lon, lat, datum, on) of a plain and flawless point question; None for anything else.

    Only what needs no decoding and no explanation: each of lon, lat and datum once, perhaps ``on``, numbers in range.
    """
    if b"%" in query or b"+" in query or b"_" in query:
        return None
    lon = lat = math.nan
    datum: str | None = None
    on: bytes | None = None
    pairs = query.split(b"&")
    for pair in pairs:
        name, _, value = pair.partition(b"=")
        try:
            if name == b"lon":
                lon = float(value)
            elif name == b"lat":
                lat = float(value)
            elif name == b"datum":
                datum = HOT_DATUMS.get(value)
            elif name == b"on":
                on = value
            else:
                return None
        except ValueError:
            return None
    if datum is None or len(pairs) != (3 if on is None else 4):
        return None
    if -180.0 <= lon <= 180.0 and -90.0 <= lat <= 90.0:
        return lon, lat, datum, on
    return None


async def careful_lookup(request: Request, context: Context) -> Response:
    """Every other question: addresses, other days, EPSG codes, and all that has to be explained."""
    asked = _parameters(request.scope["query_string"])
    on, recorded_at = parse_day(asked.get("on")), parse_moment(asked.get("recorded_at"), context.settings)
    caller = await optional_caller(request, context)
    named: dict[str, Any] = {"on": on, "recorded_at": recorded_at, "with_telephones": caller is not None}
    named["function"] = asked.get("function", "").strip() or None
    if "address" in asked:
        answer = await context.work.do(context.lookup.address, asked["address"], **named)
    elif (by := next((n for n in BY if n in asked), None)) is not None:
        named["with_telephones"] |= context.is_todays(on) and not recorded_at
        answer = await context.work.do(context.entities.find, by, asked[by], with_place=caller is not None, **named)
    else:
        lon, lat, datum = _point(asked)
        gate = context.work if context.is_todays(on) and not recorded_at else context.days
        answer = await gate.do(context.lookup.point, lon, lat, datum=datum, **named)
    body, _ = context.formats.render(answer, "json")
    return JsonBytes(body)


def _parameters(query: bytes) -> dict[str, str]:
    """The query's parameters; BadRequest for unknown, repeated, contradictory and missing ones, all at once."""
    try:
        pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=50)
    except ValueError:
        raise BadRequest("the query cannot be read: percent-encode it as UTF-8") from None
    asked = dict(pairs)
    findings: list[Finding] = []
    for name in sorted(asked):
        if name not in KNOWN:
            known = ", ".join(KNOWN)
            text = f"unknown parameter {name!r}; known: {known}"
            findings.append(parameter_finding(name, text, f"没有参数“{name}”；可用的参数：{known}"))
        elif sum(n == name for n, _ in pairs) > 1:
            findings.append(parameter_finding(name, f"{name} is given more than once", f"参数 {name} 重复"))
    if asker := next((n for n in ("address", *BY) if n in asked), ""):
        findings += [
            parameter_finding(
                n,
                f"{n} does not go with {asker}: give a point, or an address, or one other; not both",
                f"{n} 不能与 {asker} 同用：坐标、地址或其他条件，只给一种",
            )
            for n in ("lon", "lat", "datum", *BY)
            if n in asked and n != asker
        ]
        if len(asked.get("address", "")) > 500:
            text = "the address is longer than 500 characters"
            findings.append(parameter_finding("address", text, "地址超过500个字符"))
    else:
        findings += [parameter_finding(n, *said) for n, said in MISSING.items() if not asked.get(n, "").strip()]
        for name in ("lon", "lat"):
            if asked.get(name, "").strip() and not math.isfinite(_number(asked[name])):
                text = f"{name} is {asked[name]!r}; expected a number, such as 113.95"
                findings.append(parameter_finding(name, text, f"{name} 是“{asked[name]}”，应为数字，如113.95"))
    if findings:
        raise BadRequest("; ".join(f.message for f in findings), tuple(findings))
    return asked


def _point(asked: dict[str, str]) -> tuple[float, float, str]:
    return _number(asked["lon"]), _number(asked["lat"]), asked["datum"]


def _number(text: str) -> float:
    try:
        return math.nan if "_" in text else float(text)
    except ValueError:
        return math.nan
