"""Coverage reports and assessments as documents to be printed and signed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial

from geo_api.services.assessment.answer import Assessed, Assessment, Explanation
from geo_api.services.assessment.words import INDICATOR_EN, INDICATOR_ZH
from geo_api.services.documents.model import Column, Document, Language, Table, Value, choose, days_text, moment_text
from geo_api.services.reports.answer import CoverageReport
from geo_api.services.reports.tables import coverage_table, gaps_table, late_table, overdue_table, standing_tables

BANDS = {
    "excellent": ("优秀", "excellent"),
    "passing": ("合格", "passing"),
    "failing": ("不合格", "failing"),
    "none": ("不计分", "not scored"),
}
SUBJECTS = {
    "bureau": ("局", "Bureau"),
    "station": ("监管所", "Station"),
    "cell": ("网格", "Cell"),
    "officer": ("监管员", "Officer"),
}
LENGTHS = {"month": ("月度", "Monthly"), "quarter": ("季度", "Quarterly"), "year": ("年度", "Yearly")}
SIGNATURES = (("制表", "Drawn up by"), ("审核", "Checked by"), ("负责人", "Head"))


def report_document(report: CoverageReport, language: Language) -> Document:
    """The report of a period."""
    say = partial(choose, language)
    zh, en = LENGTHS[report.length]
    tables = [
        coverage_table(report, language, "class"),
        gaps_table(report, language),
        *standing_tables(report, language),
    ]
    if report.by_station:
        tables.append(coverage_table(report, language, "station"))
    if report.by_cell:
        tables.append(coverage_table(report, language, "cell"))
    tables += [coverage_table(report, language, "officer"), coverage_table(report, language, "industry")]
    tables += [*_scores(report.assessment, language), overdue_table(report, language), late_table(report, language)]
    return Document(
        title=say(f"巡查监管{zh}报告", f"{en} supervision report"),
        subtitle=f"{report.name} {report.jurisdiction} {report.period}".strip(),
        language=language,
        particulars=(
            (say("报告期", "Period"), days_text(report.period_from, report.period_to, language)),
            (say("经济户口", "Entities"), f"{report.total.entities:,}"),
            (say("应巡查次数", "Visits due"), f"{report.total.due:,.1f}"),
            (say("有效巡查次数", "Visits made of them"), f"{report.total.made:,.1f}"),
            (say("覆盖率", "Coverage"), _percent(report.total.share)),
            (say("逾期户", "Entities overdue"), f"{report.overdue_total:,}"),
            *_moment(report.recorded_at, report.timezone, report.profile_digest, language),
        ),
        tables=tuple(tables),
        signatures=tuple(say(*s) for s in SIGNATURES),
        notes=(
            say(
                "应巡查次数按日历周期计算，期内结束的周期计入本期；同一周期内超出应巡查次数的巡查不计入有效次数。",
                "Visits are due by calendar period; periods that ended in the report's period are judged. Visits beyond what "
                "a period asks for do not count as made.",
            ),
            *_score_notes(report.assessment, language),
        ),
        wide=True,
    )


def assessment_document(assessment: Assessment, language: Language) -> Document:
    """The assessment of a period; with an explanation, the records of one score."""
    say = partial(choose, language)
    zh, en = LENGTHS[assessment.length]
    explained = assessment.explanation
    return Document(
        title=say(f"{zh}考核结果", f"{en} assessment"),
        subtitle=f"{assessment.name} {assessment.jurisdiction} {assessment.period}".strip(),
        language=language,
        particulars=(
            (say("考核期", "Period"), days_text(assessment.period_from, assessment.period_to, language)),
            (say("优秀", "Excellent from"), f"{assessment.excellent:g}"),
            (say("合格", "Passing from"), f"{assessment.passing:g}"),
            *_moment(assessment.recorded_at, assessment.timezone, assessment.profile_digest, language),
        ),
        tables=(
            *_scores(assessment, language),
            _weights(assessment, language),
            *(_records(explained, language) if explained else ()),
        ),
        signatures=tuple(say(*s) for s in SIGNATURES),
        notes=_score_notes(assessment, language),
        wide=True,
    )


# ---------------------------------------------------------------------------------------------------- scores
def _scores(assessment: Assessment, language: Language) -> Iterable[Table]:
    for subject in SUBJECTS:
        rows = [r for r in assessment.rows if r.subject == subject]
        if rows:
            yield _score_table(assessment, rows, subject, language)
    yield _corrections(assessment, language)


def _score_table(assessment: Assessment, rows: Sequence[Assessed], subject: str, language: Language) -> Table:
    say = partial(choose, language)
    keys = [w.key for w in assessment.weights if subject in w.of]
    weight = {w.key: w.weight for w in assessment.weights if subject in w.of}
    head = say(*SUBJECTS[subject])
    formal = rows[0].formal
    extra = (Column(say("不合格网格", "Cells failing"), "whole", 9), Column(say("督办", "Marked"), width=8))
    lines = []
    for row in rows:
        points = {p.key: p.points for p in row.points}
        line: list[Value] = [row.code, row.name, row.score, say(*BANDS[row.band])]
        line += [points.get(key) for key in keys]
        if subject == "station":
            line += [len(row.cells_failing), say("是", "yes") if row.marked else ""]
        line += [row.failures or None, say(row.consequence_zh, row.consequence_en)]
        lines.append(tuple(line))
    label = say(f"{head}考核", f"Scores: {head.lower()}")
    return Table(
        key=label.replace(":", ""),
        title=label + ("" if formal else say("（参考，非考核周期）", " (for information)")),
        columns=(
            Column(head, width=14),
            Column(say("名称", "Name"), width=12),
            Column(say("得分", "Score"), "number", 7),
            Column(say("等次", "Band"), width=8),
            *(Column(f"{_indicator(key, language)} /{weight[key]:g}", "number", 9) for key in keys),
            *(extra if subject == "station" else ()),
            Column(say("连续不合格", "Failures in a row"), "whole", 8),
            Column(say("后果", "What follows"), width=18),
        ),
        rows=tuple(lines),
    )


def _corrections(assessment: Assessment, language: Language) -> Table:
    say = partial(choose, language)
    return Table(
        key=say("整改通知", "orders"),
        title=say("不合格网格整改通知", "Corrections ordered for cells that fail"),
        columns=(
            Column(say("网格", "Cell"), width=14),
            Column(say("监管所", "Station"), width=14),
            Column(say("主责", "Lead"), width=12),
            Column(say("得分", "Score"), "number", 8),
            Column(say("要求", "Order"), width=40),
        ),
        rows=tuple(
            (c.cell_code, c.station_code, c.officer_id, c.score, say(c.order_zh, c.order_en))
            for c in assessment.corrections
        ),
        empty=say("无", "None"),
    )


def _weights(assessment: Assessment, language: Language) -> Table:
    say = partial(choose, language)
    return Table(
        key=say("权重", "weights"),
        title=say("指标权重", "Table of weights"),
        columns=(
            Column(say("指标", "Indicator"), width=24),
            Column(say("权重", "Weight"), "number", 8),
            Column(say("满分值", "Full from"), "percent", 9),
            Column(say("零分值", "None from"), "percent", 9),
            Column(say("考核对象", "Of"), width=24),
        ),
        rows=tuple(
            (
                _indicator(w.key, language),
                w.weight,
                w.full,
                w.zero,
                ("、" if language == "zh" else ", ").join(say(*SUBJECTS[s]) for s in w.of),
            )
            for w in assessment.weights
        ),
    )


def _records(explained: Explanation, language: Language) -> Iterable[Table]:
    say = partial(choose, language)
    for one in explained.indicators:
        label = _indicator(one.key, language)
        listed: list[tuple[Value, ...]] = [
            (r.record_id, r.name, r.cell_code, r.count, r.of, r.note) for r in one.records
        ]
        if one.left_out:
            rest = [one.count - sum(r.count for r in one.records), one.of - sum(r.of for r in one.records)]
            listed.append((say(f"其余 {one.left_out} 条", f"{one.left_out} more"), "", "", *rest, ""))
        if listed:
            listed.append((say("合计", "Total"), "", "", one.count, one.of, ""))
        yield Table(
            key=label,
            title=f"{label}: {explained.code} {explained.name}".strip(),
            columns=(
                Column(say("记录", "Record"), width=16),
                Column(say("名称", "Name"), width=24),
                Column(say("网格", "Cell"), width=14),
                Column(say("计", "Count"), "number", 9),
                Column(say("应", "Of"), "number", 9),
                Column(say("说明", "Note"), width=14),
            ),
            rows=tuple(listed),
            total=bool(listed),
            empty=say("本期无记录", "No record in the period"),
        )


def _score_notes(assessment: Assessment, language: Language) -> tuple[str, ...]:
    notes = [
        choose(
            language,
            "得分 = 100 × 各项得分之和 / 有依据的指标权重之和；"
            f"{assessment.excellent:g} 分及以上为优秀，{assessment.passing:g} 分及以上为合格。",
            "score = 100 x sum of points / sum of the weights of indicators that have a basis; "
            f"{assessment.excellent:g} or more is excellent, {assessment.passing:g} or more passes.",
        )
    ]
    if any(r.marked for r in assessment.rows):
        notes.append(choose(language, f"督办：{assessment.mark_zh}。", f"Marked: {assessment.mark_en}."))
    if assessment.explanation is not None:
        notes.append(choose(language, assessment.explanation.sentence_zh, assessment.explanation.sentence))
    return tuple(notes)


def _indicator(key: str, language: Language) -> str:
    return choose(language, INDICATOR_ZH[key], INDICATOR_EN[key])


def _moment(moment: object, zone: str, digest: str, language: Language) -> tuple[tuple[str, str], ...]:
    rows = []
    if isinstance(moment, datetime):
        rows.append((choose(language, "数据截至", "As recorded at"), moment_text(moment, zone)))
    if digest:
        rows.append((choose(language, "规则校验码", "Digest of the rules"), digest[:12]))
    return tuple(rows)


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"
