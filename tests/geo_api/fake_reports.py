"""Issued reports in memory, for routes that are asked without a database: a town in which nothing happens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime

from geo_api.errors import NotFound
from geo_api.services.answers import Caller
from geo_api.services.ledger.store import LedgerRows
from geo_api.services.reports.store import IssuedReport, NewReport, ReportRow, Settings
from tests.geo_api.fake_tasks import FakeTasks

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)


class FakeReports:
    """Implements ``ReportStore`` and ``LedgerReader``."""

    def __init__(self) -> None:
        self.issued: list[IssuedReport] = []

    def ancestors(self, code: str) -> tuple[str, ...]:
        return FakeTasks().ancestors(code)

    def today(self, code: str) -> date:
        return NOW.date()

    def moment(self) -> datetime:
        return NOW

    def settings(self, code: str, on: date, recorded_at: datetime | None) -> Settings:
        return Settings({}, "d" * 32, "小镇")

    def claims(self, code: str, fell_before: date, recorded_at: datetime | None) -> tuple[()]:
        return ()

    def notices(self, code: str, first: date, end: date, recorded_at: datetime | None) -> tuple[()]:
        return ()

    def entity_names(self, ids: Sequence[int], recorded_at: datetime | None) -> Mapping[int, str]:
        return {}

    def names(self, on: date, recorded_at: datetime | None) -> Mapping[str, str]:
        return {}

    def issue(self, report: NewReport, *, caller: Caller, reason: str) -> ReportRow:
        given = asdict(report)
        content = {name: given.pop(name) for name in ("figures", "documents")}
        number = len(self.issued) + 1
        row = ReportRow(
            report_id=number, issued_at=NOW, issued_by=caller.name, role=caller.role, reason=reason, **given
        )
        self.issued.append(IssuedReport(row, **content))
        return row

    def reports(
        self, *, jurisdictions: Sequence[str] | None, kind: str = "", before: datetime | None = None, limit: int = 1000
    ) -> tuple[ReportRow, ...]:
        rows = [r.row for r in reversed(self.issued)]
        return tuple(
            r for r in rows if (jurisdictions is None or r.jurisdiction_code in jurisdictions) and kind in ("", r.kind)
        )[:limit]

    def below(self, code: str) -> tuple[str, ...]:
        return (code,)

    def report(self, report_id: int) -> IssuedReport:
        if not 1 <= report_id <= len(self.issued):
            raise NotFound(f"there is no issued report {report_id}")
        return self.issued[report_id - 1]

    def rows(self, code: str, on: date, recorded_at: datetime | None, **_: object) -> LedgerRows:
        return LedgerRows({}, {}, "d" * 32, (), (), (), ())
