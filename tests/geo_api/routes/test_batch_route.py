"""POST /v1/lookup/batch over HTTP."""

from __future__ import annotations

import threading

from geo_api.routes.gate import Gate
from tests.geo_api.service import Service, running

CSV = {"content-type": "text/csv"}


def test_columns_in_columns_out(service: Service) -> None:
    body = {
        "datum": "wgs84",
        "id": ["a", 2, None],
        "lon": [114.005, "x", 114.00995],
        "lat": [30.005, 30.0, 30.005],
    }
    answer = service.post("/v1/lookup/batch", json=body)
    assert answer.status_code == 200
    assert answer.json() == {
        "on": "2026-03-10",
        "snapshot_age_s": None,
        "id": ["a", 2, None],
        "cell_code": ["C01001", None, "C01001"],
        "status": ["found", "invalid", "found"],
        "border_distance_m": [556.6, None, 5.57],
        "beyond": ["C01002", None, "C01002"],
    }


def test_the_border_can_be_left_out(service: Service) -> None:
    body = {"datum": "wgs84", "lon": [114.005], "lat": [30.005], "border": False}
    assert set(service.post("/v1/lookup/batch", json=body).json()) == {"on", "snapshot_age_s", "cell_code", "status"}
    asked = service.post("/v1/lookup/batch?datum=wgs84&border=false", content=b"lon,lat\n114.005,30.005\n", headers=CSV)
    assert asked.text == "id,cell_code,status\n1,C01001,found\n"


def test_csv_in_csv_out(service: Service) -> None:
    answer = service.post(
        "/v1/lookup/batch?datum=wgs84", content=b"id,lon,lat\na,114.005,30.02\nb,114.015,30.005\n", headers=CSV
    )
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.text == ("id,cell_code,status,border_distance_m,beyond\na,,outside,,\nb,C01002,found,556.6,C01001\n")


def test_a_past_day_in_the_body_or_the_query(service: Service) -> None:
    body = {"datum": "wgs84", "lon": [114.005], "lat": [30.005]}
    assert service.post("/v1/lookup/batch", json={**body, "on": "2020-01-01"}).json()["status"] == ["unpublished"]
    assert service.post("/v1/lookup/batch?on=2025-06-01", json=body).json()["on"] == "2025-06-01"
    clash = service.post("/v1/lookup/batch?on=2025-06-01", json={**body, "on": "2020-01-01"})
    assert clash.status_code == 422
    assert "say it once" in clash.json()["detail"]


def test_refusals_have_the_one_shape(service: Service) -> None:
    cases = [
        ({"json": {"lon": [1], "lat": [1]}}, 422, "datum is missing"),
        ({"json": {"datum": "mars", "lon": [1], "lat": [1]}}, 422, "unknown datum"),
        ({"json": {"datum": "wgs84", "lon": [1, 2], "lat": [1]}}, 422, "same length"),
        ({"content": b"{", "headers": {"content-type": "application/json"}}, 422, "not JSON"),
        ({"content": b"lon,lat\n1,2\n", "headers": CSV}, 422, "datum is missing"),
        (
            {"content": b"<x/>", "headers": {"content-type": "text/xml"}},
            422,
            "application/json, text/csv, application/vnd.apache.arrow.stream",
        ),
    ]
    for named, status, part in cases:
        answer = service.post("/v1/lookup/batch", **named)
        assert answer.status_code == status, named
        assert set(answer.json()) == {"code", "detail", "findings", "request_id"}
        assert part in answer.json()["detail"]


def test_too_many_points_and_too_large_bodies_are_413() -> None:
    with running(settings={"max_batch_points": 2, "max_body_mb": 0.001}) as service:
        body = {"datum": "wgs84", "lon": [1, 2, 3], "lat": [1, 2, 3]}
        many = service.post("/v1/lookup/batch", json=body)
        assert (many.status_code, many.json()["code"]) == (413, "too_large")
        assert "at most 2" in many.json()["detail"]
        large = service.post("/v1/lookup/batch", content=b" " * 2000, headers=CSV)
        assert (large.status_code, large.json()["code"]) == (413, "too_large")

        async def pieces():  # type: ignore[no-untyped-def]  # a body that does not say how long it is
            for _ in range(4):
                yield b" " * 500

        streamed = service.post("/v1/lookup/batch", content=pieces(), headers=CSV)
        assert streamed.status_code == 413


def test_when_full_it_says_so_at_once_and_lookups_go_on() -> None:
    with running(settings={"batch_concurrency": 1, "batch_queue": 0}) as service:
        begun, may_end = threading.Event(), threading.Event()
        gate: Gate = service.app.state.context.batches

        def slow() -> None:
            begun.set()
            may_end.wait(20)

        async def hold() -> None:
            await gate.do(slow)

        held = service.portal.start_task_soon(hold)
        assert begun.wait(20)
        refused = service.post("/v1/lookup/batch", json={"datum": "wgs84", "lon": [], "lat": []})
        assert (refused.status_code, refused.json()["code"]) == (503, "too_busy")
        assert int(refused.headers["retry-after"]) > 0
        assert service.get("/v1/lookup?lon=114.005&lat=30.004&datum=wgs84").status_code == 200
        may_end.set()
        held.result(timeout=20)
        accepted = service.post("/v1/lookup/batch", json={"datum": "wgs84", "lon": [], "lat": []})
        assert accepted.status_code == 200


def test_batches_are_answered_while_the_database_is_away(service: Service) -> None:
    service.store.published.away = True
    service.keeper.refresh()
    answer = service.post("/v1/lookup/batch", json={"datum": "wgs84", "lon": [114.005], "lat": [30.005]})
    assert answer.json()["cell_code"] == ["C01001"]
    assert answer.json()["snapshot_age_s"] is not None


ADDRESSES = ["人民路12号", None, "", "远方路9号", "人民路12号", "长江路5号", 7]


def test_addresses_are_answered_as_if_each_were_asked_alone(service: Service) -> None:
    body = service.post("/v1/lookup/batch", json={"address": ADDRESSES}).json()
    assert len(body["status"]) == len(ADDRESSES)
    for i, text in enumerate(ADDRESSES):
        if not isinstance(text, str) or not text:
            assert (body["status"][i], body["cell_code"][i]) == ("invalid", None)
            continue
        alone = service.get("/v1/lookup", params={"address": text}).json()
        assert body["status"][i] == alone["status"]
        assert body["cell_code"][i] == (alone["cell"] and alone["cell"]["code"])
        for name in ("matched_address", "method", "confidence"):
            assert body[name][i] == alone[name], name
        codes = {c["cell"]["code"] for c in alone["candidates"] if c["cell"]}
        assert set(body["candidates"][i]) == codes
    assert "found" in body["status"]


def test_addresses_as_csv_and_arrow_say_the_same(service: Service) -> None:
    import csv
    import io

    import pyarrow as pa

    columns = service.post("/v1/lookup/batch", json={"address": ["人民路12号", "长江路5号, 一楼"]}).json()
    text = 'id,address\na,人民路12号\nb,"长江路5号, 一楼"\n'.encode()
    lines = list(csv.DictReader(io.StringIO(service.post("/v1/lookup/batch", content=text, headers=CSV).text)))
    table, sink = pa.table({"address": ["人民路12号", "长江路5号, 一楼"]}), pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    kind = {"content-type": "application/vnd.apache.arrow.stream"}
    reply = service.post("/v1/lookup/batch", content=sink.getvalue().to_pybytes(), headers=kind)
    arrow = pa.ipc.open_stream(reply.content).read_all()
    for name in ("status", "cell_code", "matched_address", "method"):
        assert [line[name] for line in lines] == [v or "" for v in columns[name]], name
        assert arrow[name].to_pylist() == columns[name], name
    assert arrow["candidates"].to_pylist() == columns["candidates"]
    assert [line["id"] for line in lines] == ["a", "b"]


def test_points_and_addresses_do_not_go_together(service: Service) -> None:
    both = {"address": ["x"], "lon": [1], "lat": [1], "datum": "wgs84"}
    assert "not both" in service.post("/v1/lookup/batch", json=both).json()["detail"]
    text = b"lon,lat,address\n1,2,x\n"
    assert "not both" in service.post("/v1/lookup/batch", content=text, headers=CSV).json()["detail"]
