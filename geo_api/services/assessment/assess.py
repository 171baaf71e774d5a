"""The scores of a jurisdiction in a period: one public function, :func:`assess`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from geo_api.errors import BadRequest, NotFound
from geo_api.services.answers import Caller
from geo_api.services.assessment.answer import Assessed, Assessment, Correction, Weight
from geo_api.services.assessment.basis import TOTAL
from geo_api.services.assessment.collect import AssessmentStore, Collected, collect
from geo_api.services.assessment.explain import explain
from geo_api.supervision.assessment import Mark, Score, Tally, failures_in_a_row, mark, score, what_follows
from geo_api.supervision.assessment_rules import AssessmentRules
from geo_api.supervision.report_periods import ReportPeriod
from geo_api.supervision.roles import require

READERS = frozenset({"planner", "approver", "officer", "system"})
SCORED = ("assessment", "coverage")
"""Kinds of report that hold scores."""
LOOKED_BACK = 3
"""Failures in a row that are told even where nothing more follows from them."""
ORDER = ("bureau", "station", "cell", "officer")


def assess(
    store: AssessmentStore,
    jurisdiction: str,
    period: ReportPeriod,
    *,
    caller: Caller,
    recorded_at: datetime | None = None,
    officer: str | None = None,
    cell: str | None = None,
    explained: bool = False,
) -> Assessment:
    """Scores of a bureau, station or cell, of its parts and of their officers.

    Args:
        store: where the records are.
        jurisdiction: code of a bureau, station or cell.
        period: month, quarter or year.
        caller: who asks.
        recorded_at: from what was recorded then; None = now.
        officer, cell: only this officer, this cell.
        explained: take apart the score of that officer or cell, without either that of the jurisdiction.

    Raises:
        NotFound: no such code, or nobody of that id has a score there. NotAllowed: not the caller's to read.
    """
    reports = store.reports
    what = f"read the assessment of {jurisdiction}"
    require(caller.role, caller.jurisdiction, allowed=READERS, ancestors=reports.ancestors(jurisdiction), to=what)
    found = gather(store, jurisdiction, period, recorded_at)
    answer = assessed(store, found, jurisdiction, period, recorded_at)
    rows = answer.rows
    if officer is not None or cell is not None:
        wanted = ("officer", officer) if officer is not None else ("cell", cell)
        rows = tuple(r for r in rows if (r.subject, r.code) == wanted)
        if not rows:
            raise NotFound(f"{wanted[0]} {wanted[1]} has no score in {jurisdiction} for {period.label}")
    return replace(
        answer, rows=rows, explanation=explain(found, rows[0], reports, recorded_at) if explained and rows else None
    )


def gather(store: AssessmentStore, jurisdiction: str, period: ReportPeriod, recorded_at: datetime | None) -> Collected:
    """The records of a period, read together with those of the one before it where its bands were not issued.

    Raises:
        BadRequest: the period has not begun. NotFound: no such jurisdiction then.
    """
    today = store.reports.today(jurisdiction)
    if period.start > today:
        raise BadRequest(f"{period.label} begins on {period.start}, today is {today}: nothing has been due in it yet")
    before = period.before()
    wanted = () if issued_bands(store, jurisdiction, before, recorded_at) is not None else ((before.start, before.end),)
    return collect(store, jurisdiction, period.start, period.end, recorded_at=recorded_at, before=wanted)


def assessed(
    store: AssessmentStore,
    found: Collected,
    jurisdiction: str,
    period: ReportPeriod,
    recorded_at: datetime | None,
) -> Assessment:
    """The scores of what was collected."""
    rules: AssessmentRules = found.profile.section("assessment")
    names = {**found.snapshot.territory.names, **store.reports.names(period.last_day, recorded_at)}
    names[jurisdiction] = found.settings.name or names.get(jurisdiction, "")
    scores = all_scores(found, jurisdiction, rules)
    rows = _History(store, found, jurisdiction, period, rules, recorded_at).rows(scores, names)
    return Assessment(
        jurisdiction=jurisdiction,
        name=names[jurisdiction],
        period=period.label,
        length=period.length,
        period_from=period.start,
        period_to=period.end,
        recorded_at=recorded_at,
        profile_digest=found.settings.digest,
        excellent=rules.excellent,
        passing=rules.passing,
        weights=tuple(Weight(i.key, i.weight, i.full, i.zero, i.of) for i in rules.indicators),
        rows=tuple(rows),
        corrections=_corrections(rows, found, rules),
        mark_zh=rules.mark_zh,
        mark_en=rules.mark_en,
        timezone=found.settings.timezone,
    )


def all_scores(found: Collected, jurisdiction: str, rules: AssessmentRules) -> dict[tuple[str, str], Score]:
    """(subject, code) -> score: of the jurisdiction itself, its stations, their cells, the officers."""
    tables = found.tables
    cells = {c for c in tables.cells if c}
    own_level = "cell" if jurisdiction in cells else "station" if jurisdiction in tables.stations else "bureau"
    subjects = {"cell": "cell", "station": "station", "bureau": "bureau"}
    scores: dict[tuple[str, str], Score] = {}
    total = {key: basis.tallies(TOTAL)[TOTAL] for key, basis in found.bases.items()}
    scores[subjects[own_level], jurisdiction] = score(own_level, total, rules)
    parts = {"bureau": ("station", "cell", "officer"), "station": ("cell", "officer"), "cell": ("officer",)}[own_level]
    for part in parts:
        tallies: dict[str, dict[str, Tally]] = {}
        for key in found.bases:
            for code, tally in found.basis_of(key, part).tallies(part).items():
                if code:
                    tallies.setdefault(code, {})[key] = tally
        for code in sorted(tallies):
            scores[part, code] = score(part, tallies[code], rules)
    return scores


class _History:
    """Scores with what came before them: bands of earlier periods, as issued or as computed."""

    def __init__(
        self,
        store: AssessmentStore,
        found: Collected,
        jurisdiction: str,
        period: ReportPeriod,
        rules: AssessmentRules,
        recorded_at: datetime | None,
    ) -> None:
        self._store, self._found, self._jurisdiction, self._period = store, found, jurisdiction, period
        self._rules, self._recorded_at = rules, recorded_at
        self._known: dict[int, Mapping[tuple[str, str], str]] = {}

    def rows(self, scores: Mapping[tuple[str, str], Score], names: Mapping[str, str]) -> list[Assessed]:
        """All scores as they are answered."""
        found = self._found
        stations = dict(zip(found.tables.cells, found.tables.cell_station.tolist(), strict=True))
        of_cell = {c: found.tables.stations[s] for c, s in stations.items() if c}
        rows = []
        for (subject, code), one in sorted(scores.items(), key=lambda item: (ORDER.index(item[0][0]), item[0][1])):
            formal = self._rules.periods[subject] == self._period.length
            failures = failures_in_a_row(one, self._before(subject, code)) if formal and one.fails else 0
            follows = what_follows(subject, failures, self._rules)
            marks = Mark(0, (), marked=False)
            if subject == "station":
                below = {c: s for (kind, c), s in scores.items() if kind == "cell" and of_cell.get(c) == code}
                marks = mark(below, self._rules)
            rows.append(
                Assessed(
                    subject=subject,
                    code=code,
                    name=names.get(code, ""),
                    station_code=of_cell.get(code, "") if subject == "cell" else "",
                    formal=formal,
                    score=one.score,
                    band=one.band,
                    points=one.points,
                    failures=failures,
                    consequence_zh=follows.zh if follows else "",
                    consequence_en=follows.en if follows else "",
                    cells_scored=marks.scored,
                    cells_failing=marks.failing,
                    marked=marks.marked,
                )
            )
        return rows

    def _before(self, subject: str, code: str) -> Sequence[str]:
        """Bands of the periods before, latest first, as far as something follows from them."""
        found = []
        for steps in range(1, max(LOOKED_BACK, self._rules.longest(subject))):
            band = self._bands(steps).get((subject, code), "none")
            found.append(band)
            if band != "failing":
                break
        return found

    def _bands(self, steps: int) -> Mapping[tuple[str, str], str]:
        if steps not in self._known:
            period = self._period.before(steps)
            issued = issued_bands(self._store, self._jurisdiction, period, self._recorded_at)
            self._known[steps] = self._computed(period) if issued is None else issued
        return self._known[steps]

    def _computed(self, period: ReportPeriod) -> Mapping[tuple[str, str], str]:
        try:
            found = collect(
                self._store,
                self._jurisdiction,
                period.start,
                period.end,
                recorded_at=self._recorded_at,
                read=self._found.read,
            )
        except NotFound:  # the jurisdiction is younger than that
            return {}
        rules: AssessmentRules = found.profile.section("assessment")
        return {key: s.band for key, s in all_scores(found, self._jurisdiction, rules).items()}


def issued_bands(
    store: AssessmentStore, jurisdiction: str, period: ReportPeriod, recorded_at: datetime | None
) -> Mapping[tuple[str, str], str] | None:
    """The bands of a period that were issued: they count, whatever was recorded later. None = they were not."""
    for row in store.reports.reports(jurisdictions=[jurisdiction], before=recorded_at):
        if row.kind in SCORED and (row.period_from, row.period_to) == (period.start, period.end):
            figures = store.reports.report(row.report_id).figures
            rows = figures["rows"] if row.kind == "assessment" else figures["assessment"]["rows"]
            return {(r["subject"], r["code"]): r["band"] for r in rows}
    return None


def _corrections(rows: Sequence[Assessed], found: Collected, rules: AssessmentRules) -> tuple[Correction, ...]:
    tables = found.tables
    leads = {c: tables.officers[o] for c, o in zip(tables.cells, tables.cell_officer.tolist(), strict=True) if c}
    return tuple(
        Correction(r.code, r.station_code, leads.get(r.code, ""), r.score, rules.correction_zh, rules.correction_en)
        for r in rows
        if r.subject == "cell" and r.formal and r.band == "failing"
    )
