"""Issued figures against those computed again, also by a later version."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import pytest

from geo_api.services.documents.canonical import digest_of
from geo_api.services.reports.check import check_report
from geo_api.services.reports.issue import Made
from geo_api.services.reports.store import IssuedReport

ISSUED: dict[str, Any] = {
    "rows": [{"cell_code": "C1", "due": 4.0}],
    "by_class": {"A": 3.0},
    "gaps": {"staffing.no_lead": 1},
}


def checked(now: dict[str, Any]) -> Any:
    issued = SimpleNamespace(figures=ISSUED, documents={}, row=None)
    return check_report(cast(IssuedReport, issued), cast(Made, SimpleNamespace(figures=now)))


def test_fields_that_a_later_version_adds_are_no_difference() -> None:
    now = {**ISSUED, "timezone": "Asia/Shanghai", "rows": [{"cell_code": "C1", "due": 4.0, "name_en": "Cell 1"}]}
    answer = checked(now)
    assert not answer.differences
    assert answer.digest_now == digest_of(ISSUED, {})


@dataclass(frozen=True)
class Other:
    what: str
    figures: dict[str, Any]


@pytest.mark.parametrize(
    "other",
    [
        Other("figures.rows[0].due", {**ISSUED, "rows": [{"cell_code": "C1", "due": 5.0}]}),
        Other("figures.by_class.D", {**ISSUED, "by_class": {"A": 3.0, "D": 1.0}}),
        Other("figures.gaps.staffing.too_few", {**ISSUED, "gaps": {"staffing.no_lead": 1, "staffing.too_few": 2}}),
        Other("figures.by_class.A", {**ISSUED, "by_class": {}}),
        Other("figures.rows", {**ISSUED, "rows": []}),
    ],
    ids=lambda o: o.what,
)
def test_figures_that_differ_are_named(other: Other) -> None:
    assert [d.split(":")[0] for d in checked(other.figures).differences] == [other.what]


def test_the_state_of_territory_and_staff_is_compared_where_it_can_be_computed_again() -> None:
    told = {"standing": [{"kind": "staffing.too_few", "count": 1}]}
    now = cast(Made, SimpleNamespace(figures={"standing": [{"kind": "staffing.too_few", "count": 2}]}))
    for figures, same in ((told, True), ({**told, "standing_as_recorded": True}, False)):
        now.figures = {**now.figures, **{k: v for k, v in figures.items() if k != "standing"}}  # type: ignore[misc]
        issued = SimpleNamespace(figures=figures, documents={}, row=None)
        assert check_report(cast(IssuedReport, issued), now).same is same
