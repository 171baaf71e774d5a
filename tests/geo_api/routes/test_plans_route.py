"""Plans over HTTP: what is open, what needs a key, the steps of a plan's life."""

from __future__ import annotations

from datetime import date

import pytest

from tests.geo_api.service import Service

PLANNER = {"Authorization": "Bearer planner-key"}
APPROVER = {"X-API-Key": "approver-key"}


def test_without_a_key_only_what_is_or_was_published(service: Service) -> None:
    body = service.get("/v1/plans").json()
    assert [p["plan_id"] for p in body["plans"]] == [1]
    assert "created_by" not in body["plans"][0]
    assert "findings" not in body["plans"][0]
    assert service.get("/v1/plans/1").json()["state"] == "published"
    assert service.get("/v1/plans/2").status_code == 404
    assert service.get("/v1/plans/2/cells").status_code == 404
    assert service.get("/v1/plans/1/cells").headers["content-type"] == "application/geo+json"


def test_with_a_key_all_and_in_full(service: Service) -> None:
    body = service.get("/v1/plans", headers=PLANNER).json()
    assert [p["plan_id"] for p in body["plans"]] == [3, 2, 1]
    assert body["plans"][0]["findings"][0]["rule"] == "balance.deviation"
    assert [p["plan_id"] for p in service.get("/v1/plans?state=draft", headers=PLANNER).json()["plans"]] == [2]
    assert [p["plan_id"] for p in service.get("/v1/plans?station=C02", headers=PLANNER).json()["plans"]] == [3]
    assert service.get("/v1/plans/2", headers=PLANNER).json()["created_by"] == "planner of C01"
    assert service.get("/v1/plans/2/cells", headers=PLANNER).status_code == 200


def test_a_plans_life(service: Service) -> None:
    assert service.post("/v1/plans/2/submit", headers=PLANNER).json()["state"] == "submitted"
    approved = service.post("/v1/plans/2/approve", headers=APPROVER, json={"waive_balance": True, "reason": "两处市场"})
    assert approved.json()["state"] == "approved"
    published = service.post("/v1/plans/2/publish", headers=APPROVER, json={"valid_from": "2026-04-01"})
    assert published.json()["state"] == "published"
    submit, approve, publish = service.store.supervision.calls
    assert submit[2]["caller"].name == "planner of C01"
    assert (approve[2]["waive_balance"], approve[2]["reason"]) == (True, "两处市场")
    assert publish[2]["valid_from"] == date(2026, 4, 1)


def test_a_return_needs_a_reason(service: Service) -> None:
    refused = service.post("/v1/plans/3/return", headers=APPROVER, json={})
    assert refused.status_code == 422
    assert "reason" in refused.json()["detail"]
    returned = service.post("/v1/plans/3/return", headers=APPROVER, json={"reason": "跨河"})
    assert returned.json()["state"] == "returned"


@pytest.mark.parametrize("step", ["submit", "return", "approve", "publish"])
def test_every_step_needs_a_key(service: Service, step: str) -> None:
    body = {"reason": "x", "valid_from": "2026-04-01"} if step == "publish" else {"reason": "x"}
    without = service.post(f"/v1/plans/2/{step}", json=body)
    assert (without.status_code, without.json()["code"]) == (401, "not_authenticated")
    unknown = service.post(f"/v1/plans/2/{step}", json=body, headers={"X-API-Key": "no"})
    assert unknown.status_code == 401
    assert service.store.supervision.calls == []


def test_refusals_pass_through_with_their_findings(service: Service) -> None:
    gap = service.post("/v1/plans/2/submit", headers=PLANNER, json={"reason": "gap"})
    assert (gap.status_code, gap.json()["code"]) == (422, "rule_violation")
    assert gap.json()["findings"][0] == {
        "rule": "tiling.gap",
        "severity": "error",
        "message": "a gap of 3 m2",
        "where": "C01",
        "value": 3.0,
        "at": [114.0, 30.0],
    }
    assert service.post("/v1/plans/3/approve", headers=PLANNER).status_code == 403
    assert service.post("/v1/plans/1/submit", headers=PLANNER).status_code == 409
    assert service.post("/v1/plans/99/submit", headers=PLANNER).status_code == 404


def test_unknown_keys_of_a_body_are_refused(service: Service) -> None:
    answer = service.post("/v1/plans/3/approve", headers=APPROVER, json={"waive": True})
    assert answer.status_code == 422
    assert answer.json()["findings"][0]["where"] == "waive"


def test_the_database_away_is_503_with_retry_after(service: Service) -> None:
    service.store.published.away = True
    for answer in (service.get("/v1/plans"), service.post("/v1/plans/2/submit", headers=PLANNER)):
        assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
        assert int(answer.headers["retry-after"]) > 0
