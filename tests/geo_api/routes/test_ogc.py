"""The OGC API over PostGIS, asked over ASGI: what it shows of which day, to whom it links, what it refuses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

from geo_api.db import open_store
from geo_api.db.engine import conninfo
from geo_api.db.store import Store
from geo_api.services.finder import territory_finder
from geo_api.services.load import load
from tests.geo_api.fakes import TODAY, FakeStore
from tests.geo_api.life import published
from tests.geo_api.service import Service, running
from tests.geo_api.town import BUREAU, EAST, LAT, LOADED, LON, SIDE, WEST, make_town

REDRAWN = date(2026, 3, 1)
ITEMS = "/ogc/collections/cells/items"


@pytest.fixture(scope="module")
def url(new_database: Callable[[], str]) -> str:
    return new_database()


@pytest.fixture(scope="module")
def town_store(url: str) -> Iterator[Store]:
    """Two stations of three cells each; from ``REDRAWN`` on the western one has four."""
    with open_store(url) as store:
        load(make_town(), store.register, actor="test", today=LOADED)
        for station in (WEST, EAST):
            published(store, station, LOADED)
        published(store, WEST, REDRAWN, cells=4, rng_seed=3)
        yield store


@pytest.fixture(scope="module")
def ogc(url: str, town_store: Store) -> Iterator[Service]:
    """The service on ``TODAY``, 2026-03-10."""
    with running(store=town_store, settings={"database_url": url}, make_finder=territory_finder) as service:
        yield service


def codes(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [f["properties"]["code"] for f in answer.json()["features"]]


pytestmark = pytest.mark.db


def test_a_client_finds_its_way_from_the_landing_page_to_the_items(ogc: Service) -> None:
    """The requests that QGIS makes when a connection is added and a layer is opened."""
    for root in ("/ogc", "/ogc/"):
        landing = ogc.get(root).json()
        links = {link["rel"]: link for link in landing["links"]}
        assert links["self"]["href"] == "http://gridward.test/ogc/"
    assert links["service-desc"]["type"] == "application/vnd.oai.openapi+json;version=3.0"
    described = ogc.get(links["service-desc"]["href"])
    assert described.headers["content-type"] == links["service-desc"]["type"]
    items = described.json()["paths"]["/collections/{collectionId}/items"]["get"]
    (limit,) = [p["schema"] for p in items["parameters"] if p["name"] == "limit"]
    assert (limit["default"], limit["maximum"]) == (1_000, 10_000)
    conforms = ogc.get(links["conformance"]["href"]).json()["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in conforms
    assert "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core" in conforms
    assert not [c for c in conforms if "html" in c]
    (data,) = [link["href"] for link in landing["links"] if link["rel"] == "data" and "{" not in link["href"]]
    collections = {c["id"]: c for c in ogc.get(data).json()["collections"]}
    assert set(collections) == {"cells", "stations", "cell_versions", "station_versions"}
    west, south, east, north = collections["cells"]["extent"]["spatial"]["bbox"][0]
    assert (west, south, east, north) == pytest.approx((LON, LAT, LON + 2 * SIDE, LAT + SIDE))
    for collection in collections.values():
        single = next(link["href"] for link in collection["links"] if link["rel"] == "collection")
        assert ogc.get(single).json()["id"] == collection["id"]
        address = next(link["href"] for link in collection["links"] if link["rel"] == "items")
        page = ogc.get(f"{address}?limit=10&bbox={west},{south},{east},{north}")
        assert page.headers["content-type"] == "application/geo+json"
        assert page.json()["numberReturned"] > 0
        one = page.json()["features"][0]
        assert ogc.get(f"{address}/{one['id']}").json()["geometry"] == one["geometry"]


def test_today_is_the_deployments_today_and_other_days_have_addresses_of_their_own(ogc: Service) -> None:
    now = codes(ogc.get(ITEMS))
    assert len(now) == 7
    before = REDRAWN - timedelta(days=1)
    for address in (f"/ogc/on/{before}/collections/cells/items", f"{ITEMS}?on={before}", f"{ITEMS}?datetime={before}"):
        assert len(codes(ogc.get(address))) == 6, address
    assert codes(ogc.get(f"{ITEMS}?datetime=2026-02-28T15:59:59Z")) == codes(ogc.get(f"{ITEMS}?on={before}"))
    assert codes(ogc.get(f"{ITEMS}?datetime=2026-02-28T16:00:00Z")) == now, "midnight of the deployment, not of UTC"
    assert codes(ogc.get(f"/ogc/on/{LOADED - timedelta(days=1)}/collections/cells/items")) == []
    ogc.clock.moment = ogc.clock.moment - timedelta(days=10)
    try:
        assert len(codes(ogc.get(ITEMS))) == 6, "on the last day of the first plan"
    finally:
        ogc.clock.moment = ogc.clock.moment + timedelta(days=10)


def test_links_of_a_past_day_stay_on_that_day(ogc: Service) -> None:
    root = "http://gridward.test/ogc/on/2026-02-01"
    for path in (
        "",
        "/collections",
        "/collections/cells",
        "/collections/cells/items?limit=2",
        "/collections/cells/tiles",
    ):
        body = ogc.get(f"/ogc/on/2026-02-01{path}").text
        addresses = re.findall(r'"(http://gridward\.test[^"]*)"', body)
        assert addresses, path
        assert all(a.startswith(root) for a in addresses), path


def test_all_versions_are_there_with_the_days_that_they_were_in_force(ogc: Service) -> None:
    versions = "/ogc/collections/cell_versions/items"
    rows = [f["properties"] for f in ogc.get(versions).json()["features"]]
    assert len(rows) == 10
    assert len({r["id"] for r in rows}) == 10
    ended = [r for r in rows if r["valid_to"] is not None]
    assert {(r["station_code"], r["valid_from"], r["valid_to"]) for r in ended} == {(WEST, str(LOADED), str(REDRAWN))}
    for day, count in (
        ("2026-02-01", 6),
        ("2026-03-01T00:00:00%2B08:00", 7),
        ("2025-12-31", 0),
        ("..%2F2026-02-01", 6),
    ):
        assert len(codes(ogc.get(f"{versions}?datetime={day}"))) == count, day
    assert len(codes(ogc.get(f"{versions}?datetime=2026-02-01/2026-03-02"))) == 10
    assert len(codes(ogc.get(f"{versions}?datetime=2026-03-01/.."))) == 7
    one = rows[0]["id"]
    assert ogc.get(f"{versions}/{quote(one)}").json()["properties"]["id"] == one


def test_items_are_those_of_the_api(ogc: Service) -> None:
    ours = {f["id"]: f for f in ogc.get("/v1/cells").json()["features"]}
    there = {f["id"]: f for f in ogc.get(ITEMS).json()["features"]}
    assert set(ours) == set(there)
    for code, feature in there.items():
        shape = ours[code]["geometry"]
        rings = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
        assert feature["geometry"] == {"type": "MultiPolygon", "coordinates": rings}
        said, shown = feature["properties"], ours[code]["properties"]
        for name in ("code", "name", "station_code", "station_name", "plan_version", "valid_from", "area_m2"):
            assert said[name] == shown[name], name
        for officer in shown["officers"]:
            assert f"{officer['name']} ({officer['role']})" in said["officers"]
            assert said["answers_for"] == officer["answers_for"]


def test_nothing_of_owners_and_no_telephone_is_shown(ogc: Service) -> None:
    for day in ("", "/on/2026-02-01"):
        for name in ("cells", "stations", "cell_versions", "station_versions"):
            body = ogc.get(f"/ogc{day}/collections/{name}/items").text
            assert "027-8" not in body
            assert "商店" not in body
            assert "人民路" not in body


def test_boxes_attributes_and_filters_choose_rows(ogc: Service) -> None:
    corner = f"{LON},{LAT},{LON + 0.0005},{LAT + 0.0005}"
    assert len(codes(ogc.get(f"{ITEMS}?bbox={corner}"))) == 1
    assert len(codes(ogc.get(f"{ITEMS}?bbox={LON},{LAT},0,{LON + 0.0005},{LAT + 0.0005},10"))) == 1
    assert codes(ogc.get(f"{ITEMS}?bbox=10,10,11,11")) == []
    assert len(codes(ogc.get(f"{ITEMS}?station_code={EAST}"))) == 3
    first = codes(ogc.get(ITEMS))[0]
    for condition, count in {
        f"code = '{first}'": 1,
        f"station_code = '{WEST}' AND plan_version = 2": 4,
        "name LIKE '城西%'": 4,
        f"code IN ('{first}', 'x')": 1,
        "valid_from >= DATE('2026-03-01')": 4,
        "valid_to IS NULL": 7,
        f"S_INTERSECTS(geom, POINT({LON + 0.0001} {LAT + 0.0001}))": 1,
        "casei(code) = casei('X')": 0,
        "code = 'o''clock; drop table cell'": 0,
        "NOT (plan_version = 1 OR area_m2 < 0)": 4,
    }.items():
        assert len(codes(ogc.get(f"{ITEMS}?filter={quote(condition)}"))) == count, condition
    as_json = '{"op": "=", "args": [{"property": "plan_version"}, 2]}'
    assert len(codes(ogc.get(f"{ITEMS}?filter-lang=cql2-json&filter={quote(as_json)}"))) == 4
    assert codes(ogc.get(f"{ITEMS}?sortby=-code"))[::-1] == codes(ogc.get(ITEMS))
    only = ogc.get(f"{ITEMS}?properties=name&limit=1").json()["features"][0]
    assert list(only["properties"]) == ["name"]


def test_pages_follow_each_other_without_gap_or_repeat(ogc: Service) -> None:
    found, address = [], f"{ITEMS}?limit=3"
    while address:
        page = ogc.get(address).json()
        assert page["numberMatched"] == 7
        found += [f["id"] for f in page["features"]]
        address = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
    assert found == codes(ogc.get(ITEMS))


@pytest.mark.parametrize(
    "query",
    [
        "bbox=1,2,3",
        "bbox=a,b,c,d",
        "bbox=nan,1,2,3",
        "bbox=200,1,201,2",
        "bbox=1,5,2,3",
        "limit=0.5",
        "limit=-1",
        "offset=99999999999999999999",
        "sortby=nothing",
        "geom-column=nothing",
        "simplify=nan",
        "datetime=yesterday",
        "datetime=2026-01-01/2025-01-01",
        "datetime=1/2/3",
        "datetime=2026-03-01T/..",
        "on=2026-02-30",
        "crs=http://www.opengis.net/def/crs/EPSG/0/4490",
        "f=html",
        "nobody=knows",
        "ids=%00",
        "filter=" + quote("area_m2 / 0 = 1"),
        "filter=" + quote("code ="),
        "filter=" + quote("code > 5"),
        "filter=" + quote("nothing = 1"),
        "filter=" + quote("pg_sleep(10) = 1"),
        "filter=" + quote("set_config('role', 'none', false) = 'none'"),
        "filter=" + quote("lower(code) = 'a'"),
        "filter=" + quote(" OR ".join(["code = 'a'"] * 150)),
        "filter=" + quote("code = 'a'" + " " * 5_000),
        "filter-lang=cql2-json&filter=" + quote('{"op": "pg_sleep", "args": [1]}'),
    ],
)
def test_what_cannot_be_used_is_refused_in_our_shape(ogc: Service, query: str) -> None:
    answer = ogc.get(f"{ITEMS}?{query}")
    assert answer.status_code == 400, answer.text[:300]
    body = answer.json()
    assert body["code"] == "bad_request"
    assert body["detail"]
    assert body["request_id"] == answer.headers["x-request-id"]


def test_a_style_of_a_column_that_is_not_there_is_refused(ogc: Service) -> None:
    answer = ogc.get("/ogc/collections/cells/tiles/WebMercatorQuad/style.json?geom-column=nothing")
    assert (answer.status_code, answer.json()["detail"]) == (400, "there is no such column")


def test_a_limit_above_the_largest_page_is_the_largest_page(ogc: Service) -> None:
    assert len(codes(ogc.get(f"{ITEMS}?limit=1000000"))) == 7


@pytest.mark.parametrize(
    "path", ["/nothing", "/collections/owners", "/collections/cells/items/X", "/on/today", "/on/2026-02-30/", "/on/"]
)
def test_what_is_not_there_is_not_found(ogc: Service, path: str) -> None:
    answer = ogc.get(f"/ogc{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_two_different_days_are_refused(ogc: Service) -> None:
    assert ogc.get("/ogc/on/2026-02-01/collections/cells/items?on=2026-02-02").status_code == 400


@pytest.mark.parametrize("kind", ["text/html", "text/html,application/xhtml+xml,*/*;q=0.8", "*/*"])
def test_browsers_get_json_too_and_nothing_points_outside(ogc: Service, kind: str) -> None:
    paths = ("", "/conformance", "/collections", "/collections/cells", "/collections/cells/queryables", "/api",
             "/collections/cells/items?limit=1", "/tileMatrixSets", "/collections/cells/tiles",
             "/collections/cells/tiles/WebMercatorQuad/style.json", "/collections/cells/tiles/WebMercatorQuad/tilejson.json")  # fmt: skip
    names = ("http://www.opengis.net/", "https://json-schema.org/draft/")  # they name a standard; nobody loads them
    for path in paths:
        answer = ogc.get(f"/ogc{path}", headers={"accept": kind})
        assert "json" in answer.headers["content-type"], path
        assert "html" not in answer.headers["content-type"], path
        for address in re.findall(r"https?://[^\"'\s)]+", answer.text):
            ours = address.startswith("http://gridward.test")
            example = path == "/api" or address in ("http://example.org",)
            assert ours or example or address.startswith(names), (path, address)


def test_rows_come_as_csv_and_lines_too(ogc: Service) -> None:
    table = ogc.get(f"{ITEMS}?f=csv").text
    assert len(table.splitlines()) == 8
    assert "MULTIPOLYGON" in table
    assert len(ogc.get(f"{ITEMS}?f=geojsonseq").text.splitlines()) == 7
    assert ogc.get(f"{ITEMS}?f=json").json()["type"] == "FeatureCollection"


def test_links_are_right_behind_a_proxy(url: str, town_store: Store) -> None:
    settings = {"database_url": url, "base_path": "/gridward"}
    with running(store=town_store, settings=settings, make_finder=territory_finder) as service:
        for path in ("/gridward/ogc", "/ogc"):  # a proxy may or may not strip its prefix
            links = service.get(path).json()["links"]
            assert {link["href"].split("/ogc")[0] for link in links} == {"http://gridward.test/gridward"}
        page = service.get("/gridward/ogc/collections/cells/items?limit=2").json()
        following = next(link["href"] for link in page["links"] if link["rel"] == "next")
        assert following.startswith("http://gridward.test/gridward/ogc/collections/cells/items?")
        assert len(codes(service.get(following))) == 2
        tiles = service.get("/gridward/ogc/collections/cells/tiles").text
        assert "http://gridward.test/gridward/ogc/collections/cells/tiles/WebMercatorQuad" in tiles


def test_without_a_database_lookups_and_tiles_go_on_and_items_say_so() -> None:
    with running(settings={"database_url": "postgresql://nobody@/nothing?host=/nowhere"}) as service:
        answer = service.get(ITEMS)
        assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
        assert answer.headers["retry-after"]
        assert "nowhere" not in answer.text
        assert service.get("/ready").status_code == 200
        assert service.get("/ogc").status_code == 200
        assert service.get("/ogc/collections/cells").json()["extent"]["spatial"]["bbox"][0] == [
            114.0,
            30.0,
            114.03,
            30.01,
        ]
        assert service.get("/ogc/collections/cells/tiles/WebMercatorQuad/14/13380/6758").status_code in (200, 204)


def test_it_goes_on_when_the_database_has_dropped_its_connections(ogc: Service, url: str) -> None:
    assert len(codes(ogc.get(ITEMS))) == 7
    with psycopg.connect(conninfo(url), autocommit=True) as admin:
        (dropped,) = admin.execute(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity "
            "where application_name = 'gridward-ogc' and datname = current_database()"
        ).fetchone() or (0,)
    assert dropped
    answers = [ogc.get(ITEMS) for _ in range(4)]
    assert {a.status_code for a in answers} <= {200, 503}
    assert len(codes(answers[-1])) == 7


def test_a_path_that_is_not_there_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", logger="geo_api.access"), running() as service:
        service.get("/ogc/conformance")
        service.get("/ogc/somebodys-address-12")
        service.get("/ogc/on/2026-01-01/collections/cells/13-Main-Street")
    lines = [record.getMessage() for record in caplog.records if record.name == "geo_api.access"]
    assert [line for line in lines if "/ogc/conformance" in line], lines
    assert not [line for line in lines if "somebodys" in line or "Main-Street" in line]


def test_a_setting_turns_it_off() -> None:
    with running(store=FakeStore(), settings={"ogc": False}) as service:
        assert service.get("/ogc").status_code == 404
        assert service.get("/ready").json()["on"] == str(TODAY)


def test_it_stays_out_of_the_description_of_the_api(ogc: Service) -> None:
    assert not [path for path in ogc.get("/openapi.json").json()["paths"] if path.startswith("/ogc")]
    assert BUREAU in ogc.get("/ogc/collections/stations/items").text
