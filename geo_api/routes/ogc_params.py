"""Parameters of the OGC API, checked before tipg sees them: boxes, filters, formats, and names that nobody knows."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from cql2 import Expr
from fastapi import Query, Request
from fastapi.dependencies.utils import get_flat_params
from tipg.resources.enums import MediaType

from geo_api.errors import BadRequest
from geo_api.routes.ogc_collections import KINDS

LONGEST_FILTER = 4_000
DEEPEST_FILTER = 12
MOST_TERMS = 200

_WORDS = ("and", "or", "not", "like", "between", "in", "isNull", "casei", "div")
_SIGNS = ("=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "/", "^", "%")
_PLACES = ("intersects", "disjoint", "within", "contains", "touches", "overlaps", "crosses", "equals")
_TIMES = ("after", "before", "disjoint", "equals", "intersects")
OPERATORS = frozenset((*_WORDS, *_SIGNS, *(f"s_{p}" for p in _PLACES), *(f"t_{t}" for t in _TIMES)))
"""What a filter may do: anything else would be a function of the database, called by its name."""

SPATIAL_CRS = ("http://www.opengis.net/def/crs/OGC/1.3/CRS84", "http://www.opengis.net/def/crs/OGC/0/CRS84")
_NO_CQL = "the filter is no CQL2; for example: station_code = '420999001' AND name LIKE '城关%'"
CRS_PARAMETERS = ("crs", "bbox-crs", "filter-crs")


async def one_format(f: Annotated[Literal["json"] | None, Query()] = None) -> MediaType:
    """JSON, whatever the browser would rather have: there are no pages here."""
    return MediaType.json


async def queryables_format(f: Annotated[Literal["schemajson", "json"] | None, Query()] = None) -> MediaType:
    """JSON schema."""
    return MediaType.schemajson


async def items_format(
    f: Annotated[Literal["geojson", "json", "csv", "geojsonseq", "ndjson"] | None, Query()] = None,
) -> MediaType:
    """GeoJSON unless asked otherwise; ``f=json`` is a FeatureCollection too, as clients expect."""
    return MediaType.geojson if f in (None, "json") else MediaType[f]


async def checked_bbox(bbox: Annotated[str | None, Query()] = None) -> list[float] | None:
    """West, south, east, north; heights of a box of six numbers are left out."""
    if not bbox:
        return None
    try:
        numbers = [float(part) for part in bbox.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) == 6:
        numbers = [numbers[i] for i in (0, 1, 3, 4)]
    if len(numbers) != 4 or not all(math.isfinite(n) for n in numbers):
        raise BadRequest(f"bbox={bbox[:100]!r}: give west,south,east,north in degrees, such as 114.2,30.5,114.4,30.7")
    west, south, east, north = numbers
    if max(abs(west), abs(east)) > 180 or max(abs(south), abs(north)) > 90 or south > north:
        raise BadRequest(
            f"bbox={bbox[:100]!r}: longitudes from -180 to 180, latitudes from -90 to 90, south below north"
        )
    if west > east:
        raise BadRequest(
            f"bbox={bbox[:100]!r}: west is east of east; ask for the two sides of the 180th meridian apart"
        )
    return numbers


async def checked_filter(
    query: Annotated[str | None, Query(alias="filter")] = None,
    filter_lang: Annotated[Literal["cql2-text", "cql2-json"] | None, Query(alias="filter-lang")] = None,
) -> Expr | None:
    """The filter, if it is short, flat, and uses only the operators of CQL2 itself."""
    if not query:
        return None
    if len(query) > LONGEST_FILTER:
        raise BadRequest(f"the filter has {len(query)} characters; at most {LONGEST_FILTER}")
    try:
        tree = Expr(query).to_json()
    except Exception:  # what it cannot read is reported as a bare Exception
        raise BadRequest(_NO_CQL) from None
    _check(tree, [0])
    try:
        return Expr(tree)
    except Exception:
        raise BadRequest(_NO_CQL) from None


def _check(node: Any, terms: list[int], depth: int = 0) -> None:
    terms[0] += 1
    if depth > DEEPEST_FILTER or terms[0] > MOST_TERMS:
        raise BadRequest(f"the filter has more than {MOST_TERMS} terms or {DEEPEST_FILTER} levels")
    if isinstance(node, dict):
        if "coordinates" in node or "geometries" in node:
            return
        if "op" in node and node["op"] not in OPERATORS:
            raise BadRequest(f"the filter calls {str(node['op'])[:40]!r}; known are {', '.join(sorted(OPERATORS))}")
        children = list(node.values())
    else:
        children = node if isinstance(node, list) else []
    for child in children:
        _check(child, terms, depth + isinstance(child, dict))


async def only_known_names(request: Request) -> None:
    """Refuse a query parameter that nobody would look at, as OGC API Features asks for."""
    route: Any = request.scope.get("route")
    known = {p.alias for p in get_flat_params(route.dependant)}
    kind = KINDS.get(request.path_params.get("collectionId", ""))
    if kind is not None and route.path.endswith("/items"):
        known |= set(kind.attributes)
    if any("\0" in text for text in (request.url.path, *request.query_params.values())):
        raise BadRequest("a value has a character that no text holds (NUL)")
    for name in CRS_PARAMETERS:
        if (value := request.query_params.get(name)) is not None and value not in SPATIAL_CRS:
            raise BadRequest(f"{name}={value[:100]!r}: coordinates here are CRS84 (longitude, latitude), nothing else")
    unknown = sorted({name for name in request.query_params if name not in known and name not in CRS_PARAMETERS})
    if unknown:
        raise BadRequest(f"unknown parameter {', '.join(unknown)}; this path knows: {', '.join(sorted(known))}")
