"""Tasks over HTTP, from a fake store: keys, scopes, shapes, mistakes."""

from __future__ import annotations

import io
from collections.abc import Iterator

import openpyxl
import pytest

from geo_api.services.answers import Caller
from tests.geo_api import fakes
from tests.geo_api.service import Service, running

PLANNER, APPROVER = {"X-API-Key": "planner-key"}, {"X-API-Key": "approver-key"}


@pytest.fixture
def service() -> Iterator[Service]:
    with running() as opened:
        yield opened


def open_one(service: Service, **more: object) -> dict:
    body = {"title": "expired food", "entity": 1, "source": "12315", "source_id": "7", **more}
    answer = service.post("/v1/tasks", json=body, headers=APPROVER)
    assert answer.status_code == 200, answer.text
    found: dict = answer.json()
    return found


def test_nobody_without_a_key(service: Service) -> None:
    for method, path in (("GET", "/v1/tasks"), ("GET", "/v1/tasks/1"), ("POST", "/v1/tasks/1/accept")):
        assert service.request(method, path).status_code == 401
    assert service.post("/v1/tasks", json={"title": "x", "entity": 1}).status_code == 401


def test_a_key_for_tasks_is_for_tasks_alone(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(fakes.KEYS, "tasks-key", Caller("hotline", "system", "C", ("tasks",)))
    assert service.get("/v1/tasks", headers={"X-API-Key": "tasks-key"}).status_code == 200
    assert service.get("/v1/plans", headers={"X-API-Key": "tasks-key"}).status_code == 403
    monkeypatch.setitem(fakes.KEYS, "feed-key", Caller("copy", "system", "C", ("changes",)))
    assert service.get("/v1/tasks", headers={"X-API-Key": "feed-key"}).status_code == 403


def test_from_open_to_closed(service: Service) -> None:
    first = open_one(service)
    assert (first["task"]["state"], first["repeated"]) == ("assigned", False)
    assert open_one(service)["repeated"] is True
    path = f"/v1/tasks/{first['task']['task_id']}"
    assert service.post(f"{path}/done", json={"note": "removed"}, headers=PLANNER).json()["task"]["state"] == "done"
    refused = service.post(f"{path}/close", headers=PLANNER)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    assert service.post(f"{path}/close", headers=APPROVER).json()["task"]["state"] == "closed"
    assert service.post(f"{path}/accept", headers=APPROVER).status_code == 409
    assert [s["step"] for s in service.get(path, headers=APPROVER).json()["steps"]] == [
        "opened", "assigned", "done", "closed",
    ]  # fmt: skip


def test_lists_in_every_format(service: Service) -> None:
    open_one(service, title="=1+1")
    listed = service.get("/v1/tasks", headers=APPROVER).json()
    assert [t["title"] for t in listed["tasks"]] == ["=1+1"]
    text = service.get("/v1/tasks?format=csv", headers=APPROVER).content.decode("utf-8-sig")
    assert text.startswith("task_id,kind,title,state,due_on")
    assert "'=1+1" in text
    sheet = openpyxl.load_workbook(io.BytesIO(service.get("/v1/tasks?format=xlsx", headers=APPROVER).content)).active
    assert sheet["A1"].value == "task_id"
    assert sheet["C2"].value == "'=1+1"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/tasks", {"title": "x"}, 422),
        ("/v1/tasks", {"title": "x", "entity": 99}, 404),
        ("/v1/tasks", {"title": "x", "entity": 1, "on": "2199-01-01"}, 422),
        ("/v1/tasks", {"title": "x", "entity": 1, "colour": "red"}, 422),
        ("/v1/tasks/99/accept", {}, 404),
        ("/v1/tasks/1/forget", {}, 422),
        ("/v1/tasks/campaigns", {"name": "n", "title": "t", "jurisdiction": "C", "entities": [77]}, 422),
        ("/v1/tasks/campaigns", {"name": "n", "title": "t", "jurisdiction": "X99"}, 404),
    ],
)
def test_mistakes_are_told(service: Service, path: str, body: dict, status: int) -> None:
    answer = service.post(path, json=body, headers=APPROVER)
    assert answer.status_code == status
    assert answer.json()["detail"]


def test_a_campaign_and_the_daily_run(service: Service) -> None:
    body = {"name": "food", "title": "check", "jurisdiction": "C", "industry": "food", "on": "2026-01-05"}
    opened = service.post("/v1/tasks/campaigns", json=body, headers=APPROVER).json()
    assert (opened["opened"], opened["by_cell"]) == (2, {"C01001": 2})
    assert service.post("/v1/tasks/campaigns", json=body, headers=APPROVER).json()["already"] == 2
    assert service.post("/v1/tasks/campaigns", json=body, headers=PLANNER).status_code == 403
    ran = service.post("/v1/tasks/escalate", headers=APPROVER).json()
    assert ran["moved"] == 0
    assert service.post("/v1/tasks/escalate", headers=APPROVER).json()["escalated"] == 0


def test_a_batch_answers_row_by_row(service: Service) -> None:
    rows = [
        {"source_id": "1", "title": "expired food", "entity": 1},
        {"source_id": "1", "title": "expired food", "entity": "1"},
        {"source_id": "2", "title": "expired food", "entity": 99},
        {"source_id": "3", "title": ["x"], "entity": 1, "colour": "red"},
    ]
    body = {"source": "12315", "rows": rows}
    answer = service.post("/v1/tasks/batch", json=body, headers=APPROVER)
    assert answer.status_code == 200, answer.text
    assert [r["verdict"] for r in answer.json()["rows"]] == ["opened", "repeated", "refused", "refused"]
    assert "colour" in answer.json()["rows"][3]["message"]
    assert service.post("/v1/tasks/batch", json=body, headers=APPROVER).json()["counts"]["repeated"] == 2
    assert service.post("/v1/tasks/batch", json=body).status_code == 401
    for wrong in ({"source": "12315", "rows": []}, {"source": "", "rows": rows}, {"source": "x", "rows": rows * 300}):
        assert service.post("/v1/tasks/batch", json=wrong, headers=APPROVER).status_code == 422
