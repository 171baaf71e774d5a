"""Batches in processes of their own: right answers, other days, workers that die, senders that stall."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from geo_api.errors import BadRequest, Interrupted, StoreUnavailable
from geo_api.routes import spool
from geo_api.routes.batch_pool import HELD, BatchPool, Picture
from geo_api.services.batch_lookup import BatchCall
from geo_api.services.finder import territory_finder
from tests.geo_api.fakes import TODAY, county, officer
from tests.geo_api.service import Service, running

POINTS = {"datum": "wgs84", "lon": [114.005, 114.015, None, 120.0], "lat": [30.005, 30.005, 30.0, 30.0]}
CODES = ["C01001", "C01002", None, None]


@pytest.fixture(scope="module")
def pooled() -> Iterator[Service]:
    with running(make_finder=territory_finder) as service:
        yield service


def pool_of(service: Service) -> Any:
    return service.app.state.context.batch_runner


def asked(service: Service, **more: Any) -> Any:
    return service.post("/v1/lookup/batch", json={**POINTS, **more})


def test_a_worker_answers_as_single_questions_are_answered(pooled: Service) -> None:
    body = asked(pooled).json()
    assert body["cell_code"] == CODES
    assert body["status"] == ["found", "found", "invalid", "outside"]
    for lon, lat, metres, beyond in zip(
        POINTS["lon"][:2], POINTS["lat"][:2], body["border_distance_m"], body["beyond"], strict=False
    ):
        alone = pooled.get(f"/v1/lookup?lon={lon}&lat={lat}&datum=wgs84").json()
        assert (alone["border"]["distance_m"], alone["border"]["beyond"]) == (metres, beyond)


def test_another_day_is_read_by_the_service_and_shown_to_the_worker(pooled: Service) -> None:
    assert asked(pooled, on="2025-06-01").json()["on"] == "2025-06-01"
    moment = asked(pooled, recorded_at="2026-01-31T12:00:00+08:00")
    assert moment.status_code == 200, moment.text
    assert pooled.store.published.reads[-1][1] is not None
    assert asked(pooled, recorded_at="yesterday").status_code == 422


def test_mistakes_come_back_as_what_they_are(pooled: Service) -> None:
    assert asked(pooled, datum="mars").json()["code"] == "bad_request"
    pooled.store.published.away = True
    refused = asked(pooled, on="2024-01-01")
    pooled.store.published.away = False
    assert (refused.status_code, refused.json()["code"]) == (503, "store_unavailable")
    assert asked(pooled).json()["cell_code"] == CODES, "the worker is still in step"


def test_a_change_reaches_the_worker(pooled: Service) -> None:
    published = pooled.store.published
    published.replacement = replace(
        county(), cells=tuple(replace(c, code=c.code.replace("C01001", "C01009")) for c in county().cells)
    )
    published.number += 1
    assert pooled.keeper.refresh()
    assert asked(pooled).json()["cell_code"][0] == "C01009"
    published.replacement, published.number = None, published.number + 1
    assert pooled.keeper.refresh()
    assert asked(pooled).json()["cell_code"] == CODES


def test_a_killed_worker_fails_one_call_clearly_and_the_next_works(pooled: Service) -> None:
    pool = pool_of(pooled)
    pooled.keeper.refresh()
    (pid,) = pool.pids()
    os.kill(pid, signal.SIGSTOP)
    failed: list[Any] = []
    caller = threading.Thread(target=lambda: failed.append(asked(pooled)))
    caller.start()
    os.kill(pid, signal.SIGKILL)
    caller.join(timeout=60)
    assert not caller.is_alive()
    (answer,) = failed
    assert (answer.status_code, answer.json()["code"]) == (503, "interrupted")
    assert int(answer.headers["retry-after"]) > 0
    assert asked(pooled).json()["cell_code"] == CODES
    assert pool.pids() != [pid]


def test_workers_end_with_the_service(tmp_path: Path) -> None:
    pool = BatchPool(2, lambda on, recorded_at: Picture((on,), county(), None))
    pool.start()
    pids = pool.pids()
    pool.close()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_the_pool_keeps_in_step_with_what_a_worker_holds(tmp_path: Path) -> None:
    shown: list[Any] = []

    def pictures(on: date | None, recorded_at: Any) -> Picture:
        day = on or TODAY
        if day.year == 2020:
            raise StoreUnavailable("away")
        shown.append(day)
        return Picture((day,), county(day), None)

    pool = BatchPool(1, pictures)
    pool.start()
    try:
        for _ in range(2):
            for day in range(1, HELD + 3):
                body, answer = tmp_path / "body", tmp_path / "answer"
                body.write_bytes(b"lon,lat\n114.005,30.005\n")
                call = BatchCall("csv", datum="wgs84", on=date(2026, 1, day))
                assert pool.answer(call, body, answer).rows == 1
                assert answer.read_bytes().startswith(b"id,cell_code")
                assert b"C01001,found" in answer.read_bytes()
        with pytest.raises(StoreUnavailable):
            pool.answer(BatchCall("csv", datum="wgs84", on=date(2020, 1, 1)), body, answer)
        body.write_bytes(b"x\n")
        with pytest.raises(BadRequest, match="no column lon"):
            pool.answer(BatchCall("csv", datum="wgs84"), body, answer)
        body.unlink()
        with pytest.raises(RuntimeError, match="FileNotFoundError"):
            pool.answer(BatchCall("csv", datum="wgs84"), body, answer)
    finally:
        pool.close()


def test_what_is_sent_to_a_worker_names_no_officer() -> None:
    from geo_api.routes.batch_pool import stripped

    whole = replace(county(), officers={"C01": (officer("C01", "孙丽"),)})
    assert "孙丽" in repr(whole)
    assert "孙丽" not in repr(stripped(whole))


def test_an_interruption_is_an_error_of_the_service() -> None:
    assert Interrupted("x").code == "interrupted"


# ---------------------------------------------------------------------------------------------------- bodies
def test_a_sender_that_stalls_is_let_go_and_holds_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    import anyio

    monkeypatch.setattr(spool, "GRACE_S", 0.2)
    with running(settings={"batch_concurrency": 1, "batch_queue": 0}) as service:

        async def halting():  # type: ignore[no-untyped-def]
            yield b"lon,lat\n"
            service.app.state.seen = service.app.state.context.batches.inside
            await anyio.sleep(5)
            yield b"1,2\n"

        slow = service.post("/v1/lookup/batch?datum=wgs84", content=halting(), headers={"content-type": "text/csv"})
        assert slow.status_code == 422
        assert "nothing of the body came" in slow.json()["detail"]
        assert service.app.state.seen == 0
        assert service.app.state.context.uploads.inside == 0


def test_a_sender_that_drips_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    import anyio

    monkeypatch.setattr(spool, "GRACE_S", 0.3)
    with running() as service:

        async def dripping():  # type: ignore[no-untyped-def]
            for _ in range(40):
                yield b" "
                await anyio.sleep(0.05)

        slow = service.post("/v1/lookup/batch?datum=wgs84", content=dripping(), headers={"content-type": "text/csv"})
        assert "comes too slowly" in slow.json()["detail"]


def test_nothing_is_left_of_bodies_and_answers(
    pooled: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert asked(pooled).status_code == 200
    assert asked(pooled, datum="mars").status_code == 422
    assert list(tmp_path.iterdir()) == []
    assert pooled.app.state.context.uploads.inside == 0
