"""Ledgers, assessments and reports over HTTP: a key is needed, formats are what they say."""

from __future__ import annotations

import pytest

from tests.geo_api.service import Service

KEY = {"x-api-key": "approver-key"}
TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "html": "text/html; charset=utf-8",
}
STARTS = {"json": b"{", "csv": b"\xef\xbb\xbf", "xlsx": b"PK", "pdf": b"%PDF", "html": b"<!doctype html>"}
READ = (
    "/v1/ledger?jurisdiction=C01001",
    "/v1/assessment?jurisdiction=C&of=2026-10",
    "/v1/reports/preview?jurisdiction=C&of=2025",
)


@pytest.mark.parametrize("path", [*READ, "/v1/reports", "/v1/reports/1", "/v1/reports/1/check"])
def test_nobody_reads_without_a_key(service: Service, path: str) -> None:
    assert service.get(path).status_code == 401
    assert service.get(path, headers={"x-api-key": "nobody"}).status_code == 401


@pytest.mark.parametrize("form", TYPES)
@pytest.mark.parametrize("path", READ)
def test_formats(service: Service, path: str, form: str) -> None:
    answer = service.get(f"{path}&format={form}", headers=KEY)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == TYPES[form]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.content.startswith(STARTS[form])


def test_a_report_is_issued_once_and_read_again(service: Service) -> None:
    given = {"jurisdiction": "C", "kind": "coverage", "of": "2026-10", "reason": "October"}
    issued = service.post("/v1/reports", json=given, headers=KEY)
    assert issued.status_code == 200, issued.text
    number, digest = issued.json()["report_id"], issued.json()["digest"]
    assert number in [r["report_id"] for r in service.get("/v1/reports", headers=KEY).json()["reports"]]
    shown = service.get(f"/v1/reports/{number}", headers=KEY).json()
    assert shown["report"]["digest"] == digest
    assert shown["figures"]["period"] == "2026-10"
    checked = service.get(f"/v1/reports/{number}/check", headers=KEY).json()
    assert (checked["same"], checked["digest_now"]) == (True, digest)
    book = service.get(f"/v1/reports/{number}?format=xlsx", headers=KEY).content
    verified = service.post("/v1/ledger/verify", content=book, headers=KEY).json()
    assert (verified["verdict"], verified["report"]["report_id"]) == ("issued", number)
    assert service.post("/v1/ledger/verify", content=b"PK no", headers=KEY).status_code == 422


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/v1/assessment?jurisdiction=C", None, 422),
        ("GET", "/v1/assessment?jurisdiction=C&of=2026-13", None, 422),
        ("GET", "/v1/assessment?jurisdiction=C&month=2026-10", None, 422),
        ("GET", "/v1/assessment?jurisdiction=X&of=2026-10", None, 404),
        ("GET", "/v1/assessment?jurisdiction=C&of=2026-10&officer=P9", None, 404),
        ("GET", "/v1/ledger?jurisdiction=C&subject=poems", None, 422),
        ("GET", "/v1/ledger?jurisdiction=C&format=docx", None, 422),
        ("GET", "/v1/reports/99", None, 404),
        ("POST", "/v1/reports", {"jurisdiction": "C", "of": "2190-01"}, 422),
        ("POST", "/v1/reports", {"jurisdiction": "C", "kind": "poem"}, 422),
    ],
)
def test_mistakes_are_told(service: Service, method: str, path: str, body: object, status: int) -> None:
    answer = service.request(method, path, headers=KEY, **({"json": body} if body else {}))
    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]


def test_a_planner_issues_ledgers_of_their_station_alone(service: Service) -> None:
    key = {"x-api-key": "planner-key"}
    assert service.post("/v1/reports", json={"jurisdiction": "C01", "kind": "ledger"}, headers=key).status_code == 200
    assert service.post("/v1/reports", json={"jurisdiction": "C02", "kind": "ledger"}, headers=key).status_code == 403
    assert service.post("/v1/reports", json={"jurisdiction": "C01", "of": "2026-09"}, headers=key).status_code == 403
