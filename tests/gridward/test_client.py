"""Both clients against the real application in this process, and against a server in another one."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely

from gridward import (
    AsyncClient,
    BadRequest,
    Client,
    NotAuthenticated,
    NotFound,
    Unavailable,
)
from tests.geo_api.fakes import TODAY
from tests.geo_api.service import Service, running
from tests.gridward.serving import ThroughService, server

INSIDE = (114.005, 30.005)


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with running() as running_service:
        yield running_service


@pytest.fixture
def wire(service: Service) -> ThroughService:
    return ThroughService(service)


@pytest.fixture
def client(wire: ThroughService) -> Iterator[Client]:
    with Client("http://gridward.test", retries=0, transport=wire) as opened:
        yield opened


def test_who_answers_for_a_point(client: Client) -> None:
    answer = client.point(*INSIDE, datum="wgs84")
    assert (answer.status, answer.on) == ("found", TODAY)
    assert answer.cell is not None
    assert answer.cell.code == "C01001"
    assert [o.name for o in answer.officers] == ["王芳", "赵敏"]
    assert answer.plan is not None
    assert answer.plan.valid_from == date(2025, 1, 1)
    earlier = client.point(*INSIDE, datum="wgs84", on=date(2025, 6, 1))
    assert [o.name for o in earlier.officers] == ["李强", "赵敏"]
    assert client.point(*INSIDE, datum="wgs84", on="2025-06-01") == earlier
    assert client.point(*INSIDE, datum="wgs84", recorded_at=datetime(2026, 3, 1, 8)).status == "found"


def test_who_answers_for_an_address_an_entity_a_code(client: Client) -> None:
    assert client.address("人民路12号").matched_address is not None
    assert client.address("解放路999号").status == "not_found"
    assert client.find(cell="C01001").cell == client.point(*INSIDE, datum="wgs84").cell


def test_refusals_are_exceptions_with_all_that_was_said(client: Client) -> None:
    with pytest.raises(BadRequest) as caught:
        client.point(*INSIDE, datum="moon")
    assert (caught.value.status, caught.value.code) == (422, "bad_request")
    assert "moon" in caught.value.detail
    assert caught.value.request_id
    with pytest.raises(BadRequest) as caught:
        client.find()
    assert {f.where for f in caught.value.findings} == {"lon", "lat", "datum"}
    with pytest.raises(NotAuthenticated):
        client.coverage("C01")
    with pytest.raises(NotFound):
        client.lineage("C99999")


def test_a_key_is_sent_and_never_shown(wire: ThroughService) -> None:
    client = Client("http://gridward.test", key="planner-key", transport=wire)
    assert client.coverage("C01").jurisdiction == "C01"
    assert client.coverage("C01", of="2026-02", by="class").rows[0].share == 0.8
    assert client.gaps("C01").findings[0].closes
    assert wire.asked[-1].headers["authorization"] == "Bearer planner-key"
    assert "planner-key" not in repr(client)


@pytest.mark.parametrize("form", ["json", "arrow"])
def test_batches_of_lists_arrays_and_series(client: Client, form: str) -> None:
    lon, lat = [114.005, 114.015, 120.0, 114.005], [30.005, 30.005, 30.0, None]
    expected = ["C01001", "C01002", None, None]
    asked: list[tuple[Any, Any]] = [
        (lon, lat),
        (np.array(lon), np.array(lat, float)),
        (pd.Series(lon), pd.Series(lat)),
        (pa.array(lon), pa.array(lat)),
        (tuple(map(str, lon)), (*lat[:3], "north")),
    ]
    for x, y in asked:
        answer = client.batch(x, y, datum="wgs84", id=["a", "b", "c", "d"], form=form)
        assert answer.cell_code == expected
        assert answer.status == ["found", "found", "outside", "invalid"]
        assert answer.id == ["a", "b", "c", "d"]
        assert answer.on == TODAY
    bare = client.batch(lon, lat, datum="wgs84", border=False, form=form)
    assert (len(bare), bare.beyond, list(bare.columns())) == (4, [], ["cell_code", "status"])
    framed = pd.DataFrame({"lon": lon}).assign(**bare.columns())
    assert framed["cell_code"].tolist()[:2] == ["C01001", "C01002"]


def test_both_forms_of_a_batch_say_the_same(client: Client) -> None:
    lon, lat = np.linspace(113.99, 114.04, 50), np.full(50, 30.005)
    assert client.batch(lon, lat, datum="gcj02", form="json") == client.batch(lon, lat, datum="gcj02", form="arrow")


def test_batches_of_addresses_and_tables(client: Client) -> None:
    answer = client.batch_addresses(["人民路12号", None, "解放路999号"])
    assert answer.status == ["found", "invalid", "not_found"]
    assert answer.method[0] == "exact"
    table = pa.table({"id": [7, 8], "lon": [114.005, 114.015], "lat": [30.005, 30.005]})
    found = client.batch_table(table, datum="wgs84")
    assert found.column("cell_code").to_pylist() == ["C01001", "C01002"]
    assert found.column("id").to_pylist() == [7, 8]


def test_a_batch_that_cannot_be_asked_is_refused_before_it_is_sent(client: Client, wire: ThroughService) -> None:
    with pytest.raises(ValueError, match=r"different length: {'lon': 1, 'lat': 2}"):
        client.batch([1.0], [1.0, 2.0], datum="wgs84")
    with pytest.raises(ValueError, match="'json' or 'arrow'"):
        client.batch([1.0], [1.0], datum="wgs84", form="xml")
    assert wire.asked == []


def test_without_pyarrow_batches_go_as_json(
    client: Client, wire: ThroughService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gridward.columns.find_spec", lambda _: None)
    assert client.batch([114.005], [30.005], datum="wgs84").cell_code == ["C01001"]
    assert wire.asked[-1].headers["content-type"] == "application/json"


def test_what_is_published(client: Client, wire: ThroughService) -> None:
    assert [c.code for c in client.cells().cells] == ["C01001", "C01002", "C02001"]
    assert [c.code for c in client.cells(under="C02").cells] == ["C02001"]
    assert [s.code for s in client.stations().stations] == ["C01", "C02"]
    assert client.cell("C01001").status == "in_force"
    assert len(client.geojson("cells")["features"]) == 3
    assert client.lineage("C01001").versions[0].plan.plan_id == 1
    with pytest.raises(ValueError, match="'cells' or 'stations'"):
        client.geojson("plans")


def test_what_did_not_change_is_not_sent_again(client: Client, wire: ThroughService) -> None:
    first = client.cells()
    assert client.cells() is first
    assert "if-none-match" in wire.asked[-1].headers
    assert client.cells(under="C01") is not first


def test_relations(client: Client) -> None:
    assert [c.cell.code for c in client.relations("touches", of="C01001").cells] == ["C01002"]
    for shape in ("POINT (114.005 30.005)", shapely.Point(INSIDE), {"type": "Point", "coordinates": INSIDE}):
        found = client.relations("covers", shape=shape, datum="wgs84")
        assert [c.cell.code for c in found.cells] == ["C01001"]
    assert [c.cell.code for c in client.near(*INSIDE, datum="wgs84", metres=600).cells] == ["C01001", "C01002"]
    assert [row.level for row in client.levels(*INSIDE, datum="wgs84").levels] == ["cell", "station", "bureau"]


def test_a_feed_of_changes_resumes_where_it_was_left(client: Client) -> None:
    every = list(client.changes())
    assert len(every) > 2
    feed = client.changes(limit=1)
    first = next(iter(feed))
    assert (first, feed.token) == (every[0], first.token)
    resumed = client.changes(since=feed.token, limit=1)
    assert list(resumed) == every[1:]
    assert list(resumed) == []
    assert resumed.revision == client.cells().revision


def test_a_download_is_there_whole_or_not_at_all(
    client: Client, wire: ThroughService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = client.download(tmp_path / "all.geojson")
    assert file is not None
    assert (file.size, file.revision) == ((tmp_path / "all.geojson").stat().st_size, client.cells().revision)
    assert client.download(tmp_path / "again.geojson", etag=file.etag) is None

    def broken(request: httpx.Request) -> httpx.Response:
        def body() -> Iterator[bytes]:
            yield b"half"
            raise httpx.RemoteProtocolError("broken off")

        return httpx.Response(200, content=body())

    with pytest.raises(Exception, match="broken off"):
        Client("http://t", retries=1, transport=httpx.MockTransport(broken)).download(tmp_path / "half.gpkg")
    assert [p.name for p in tmp_path.iterdir()] == ["all.geojson"]
    with pytest.raises(ValueError, match="give form="):
        client.download(tmp_path / "all.shp")


def test_the_database_away_is_said(service: Service, client: Client) -> None:
    service.store.published.away = True
    try:
        assert client.point(*INSIDE, datum="wgs84").status == "found"
        with pytest.raises(Unavailable) as caught:
            client.point(*INSIDE, datum="wgs84", on="2025-03-03")
    finally:
        service.store.published.away = False
    assert caught.value.retry_after_s == 2.0


def test_both_clients_ask_the_same() -> None:
    def shape(kind: type) -> dict[str, list[str]]:
        return {n: [str(p) for p in inspect.signature(m).parameters.values()] for n, m in methods(kind)}

    def methods(kind: type) -> list[tuple[str, Any]]:
        return [(n, m) for n, m in inspect.getmembers(kind, inspect.isfunction) if not n.startswith("_")]

    assert shape(Client) == shape(AsyncClient)
    assert all(inspect.getdoc(m) for _, m in methods(Client))


def test_the_async_client(service: Service, tmp_path: Path) -> None:
    async def ask() -> None:
        async with AsyncClient("http://gridward.test", transport=httpx.ASGITransport(service.app)) as client:
            assert (await client.health()).status == "ok"
            assert (await client.ready()).cells == 3
            answer = await client.point(*INSIDE, datum="wgs84")
            assert answer.cell is not None
            assert (await client.batch([114.005], [30.005], datum="wgs84")).cell_code == [answer.cell.code]
            feed = client.changes(limit=1)
            seen = [change async for change in feed]
            assert len(seen) > 2
            file = await client.download(tmp_path / "all.parquet")
            assert file is not None
            assert file.size == (tmp_path / "all.parquet").stat().st_size
            with pytest.raises(NotFound):
                await client.lineage("C99999")

    service.portal.call(ask)


def test_a_server_in_another_process(tmp_path: Path) -> None:
    with server() as url, Client(url) as client:
        assert client.health().status == "ok"
        with ThreadPoolExecutor(4) as threads:
            points = [(114.005, 30.005), (114.015, 30.005)] * 20
            answers = list(threads.map(lambda p: client.point(*p, datum="wgs84"), points))
        assert [a.cell.code for a in answers if a.cell] == ["C01001", "C01002"] * 20
        lon = np.full(500, 114.005)
        assert set(client.batch(lon, lon * 0 + 30.005, datum="wgs84").cell_code) == {"C01001"}
        file = client.download(tmp_path / "all.gpkg")
        assert file is not None
        assert (tmp_path / "all.gpkg").read_bytes()[:6] == b"SQLite"
    with pytest.raises(Exception, match="gave no answer"):
        Client(url, retries=0).health()
