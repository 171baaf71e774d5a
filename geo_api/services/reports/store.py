"""What reports need of the store: issued reports, figures of claims and notices, settings of a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from geo_api.services.answers import Caller


@dataclass(frozen=True, slots=True)
class NewReport:
    """A report to be issued; ``figures`` and ``documents`` are plain JSON, ``digest`` is of both."""

    kind: str
    subject: str
    jurisdiction_code: str
    period_from: date
    period_to: date
    recorded_at: datetime
    profile_digest: str
    figures: Mapping[str, Any]
    documents: Mapping[str, Any]
    digest: str


@dataclass(frozen=True, slots=True)
class ReportRow:
    """An issued report without its content. ``period_to`` is the first day after it."""

    report_id: int
    kind: str
    subject: str
    jurisdiction_code: str
    period_from: date
    period_to: date
    recorded_at: datetime
    issued_at: datetime
    issued_by: str
    role: str
    reason: str
    profile_digest: str
    digest: str


@dataclass(frozen=True, slots=True)
class IssuedReport:
    """An issued report with its content, as it was stored."""

    row: ReportRow
    figures: Mapping[str, Any] = field(default_factory=dict)
    documents: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClaimCase:
    """A claim: the cell that the entity fell into, and the day on which somebody first acted; None = nobody has."""

    entity_id: int
    claim_no: int
    cell_code: str
    fell_on: date
    acted_on: date | None
    lapsed_on: date | None


@dataclass(frozen=True, slots=True)
class NoticeCase:
    """A rectification notice whose deadline lies in a period, and the first visit to the business after it.

    ``lon``, ``lat``: of the business on the day of the deadline, None = unlocated. ``seen_on``: the first
    later visit, if it was made by the deadline.
    """

    visit_id: str
    entity_id: int
    rectify_by: date
    seen_on: date | None
    lon: float | None
    lat: float | None


@dataclass(frozen=True, slots=True)
class Settings:
    """``[rules]`` of the bureau on a day, its digest, the name of a jurisdiction, the time zone."""

    rules: Mapping[str, Any]
    digest: str
    name: str
    timezone: str = "UTC"


def issued_before(report_id: int) -> str:
    """What is said where a report was issued before."""
    return f"this report was issued before, as number {report_id}: what was issued stays; later visits show in the next report"


class ReportStore(Protocol):
    """Where reports are kept, and what else they are made of."""

    def ancestors(self, code: str) -> tuple[str, ...]:
        """The code of a jurisdiction or cell and of every level above it, lowest first; NotFound."""
        ...

    def today(self, code: str) -> date:
        """Today in the time zone of the bureau."""
        ...

    def moment(self) -> datetime:
        """A moment up to which everything that was recorded can be read: no change of before is under way any more."""
        ...

    def settings(self, code: str, on: date, recorded_at: datetime | None) -> Settings:
        """The settings that hold for a code on a day."""
        ...

    def claims(self, code: str, fell_before: date, recorded_at: datetime | None) -> tuple[ClaimCase, ...]:
        """Claims of a bureau's register that fell before a day."""
        ...

    def notices(self, code: str, first: date, end: date, recorded_at: datetime | None) -> tuple[NoticeCase, ...]:
        """Notices of a bureau's register whose deadline lies in [first, end)."""
        ...

    def entity_names(self, ids: Sequence[int], recorded_at: datetime | None) -> Mapping[int, str]:
        """Names of entities, those without one left out."""
        ...

    def names(self, on: date, recorded_at: datetime | None) -> Mapping[str, str]:
        """Names of officers by id, on a day."""
        ...

    def issue(self, report: NewReport, *, caller: Caller, reason: str) -> ReportRow:
        """Store a report and record who issued it; Conflict where the same one was issued before."""
        ...

    def reports(
        self, *, jurisdictions: Sequence[str] | None, kind: str = "", before: datetime | None = None, limit: int = 1000
    ) -> tuple[ReportRow, ...]:
        """Issued reports, newest first; ``jurisdictions`` None = all; ``before``: issued up to that moment."""
        ...

    def below(self, code: str) -> tuple[str, ...]:
        """The code, every jurisdiction below it, and their cells."""
        ...

    def report(self, report_id: int) -> IssuedReport:
        """One issued report; NotFound."""
        ...
