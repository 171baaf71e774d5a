"""The tables of a coverage report."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from geo_api.services.coverage.tables import CoverageRow
from geo_api.services.documents.model import Column, Language, Table, Value, choose, days_text
from geo_api.services.reports.answer import CoverageReport


def coverage_table(report: CoverageReport, language: Language, by: str) -> Table:
    """Visits due and made by class, station, cell, officer or industry."""
    say = partial(choose, language)
    heads = {
        "class": ("信用分类", "Class"),
        "station": ("监管所", "Station"),
        "cell": ("网格", "Cell"),
        "officer": ("责任人", "Officer"),
        "industry": ("行业", "Industry"),
    }
    rows: Sequence[CoverageRow] = getattr(report, f"by_{by}")
    lines: list[tuple[Value, ...]] = [_figures(row, row.key or say("（无）", "(none)")) for row in rows]
    if lines:
        lines.append(_figures(report.total, say("合计", "Total"), named=False))
    head = say(*heads[by])
    return Table(
        key=head,
        title=say(f"按{head}统计", f"Coverage by {head.lower()}"),
        columns=(
            Column(head, width=15),
            Column(say("名称", "Name"), width=14),
            Column(say("户数", "Entities"), "whole", 9),
            Column(say("应巡查", "Due"), "number", 10),
            Column(say("有效巡查", "Made"), "number", 10),
            Column(say("覆盖率", "Coverage"), "percent", 9),
            Column(say("实际巡查", "Visits"), "number", 10),
            Column(say("未完成周期", "Periods missed"), "whole", 10),
            Column(say("逾期户", "Overdue"), "whole", 9),
            Column(say("最长逾期天数", "Longest, days"), "whole", 10),
            Column(say("应首次巡查", "First visits due"), "whole", 10),
            Column(say("未按期首次巡查", "Not in time"), "whole", 10),
        ),
        rows=tuple(lines),
        total=bool(lines),
        empty=say("无数据", "Nothing"),
    )


def _figures(row: CoverageRow, key: str, *, named: bool = True) -> tuple[Value, ...]:
    return (
        key,
        row.name if named else "",
        row.entities,
        row.due,
        row.made,
        row.share,
        row.visits,
        row.missed,
        row.overdue,
        row.overdue_days_longest,
        row.first_due,
        row.first_missed,
    )


def gaps_table(report: CoverageReport, language: Language) -> Table:
    """Gaps by kind."""
    return Table(
        key=choose(language, "监管盲区", "gaps"),
        title=choose(language, "监管盲区（按类型）", "Coverage gaps by kind"),
        columns=(
            Column(choose(language, "类型", "Kind"), width=40),
            Column(choose(language, "数量", "Number"), "whole", 10),
        ),
        rows=tuple((choose(language, g.name_zh, g.name_en), g.count) for g in report.gaps),
    )


def standing_tables(report: CoverageReport, language: Language) -> tuple[Table, ...]:
    """The state of territory, staff and posters on the last day: those kinds that there are."""
    if not report.standing:
        return ()
    return (
        Table(
            key=choose(language, "现状盲区", "standing gaps"),
            title=choose(
                language,
                "区域、人员、张贴盲区（期末日状况）",
                "Gaps of territory, staff and posters on the last day",
            ),
            columns=(
                Column(choose(language, "类型", "Kind"), width=40),
                Column(choose(language, "数量", "Number"), "whole", 10),
            ),
            rows=tuple((choose(language, g.name_zh, g.name_en), g.count) for g in report.standing if g.count),
            empty=choose(language, "无", "None"),
        ),
    )


def overdue_table(report: CoverageReport, language: Language) -> Table:
    """The entities that are overdue longest."""
    say = partial(choose, language)
    more = report.overdue_total - len(report.overdue)
    return Table(
        key=say("逾期户", "overdue"),
        title=say("逾期未巡查户", "Entities overdue"),
        columns=(
            Column(say("永久编号", "Permanent id"), width=9),
            Column(say("名称", "Name"), width=24),
            Column(say("网格", "Cell"), width=14),
            Column(say("类别", "Class"), width=6),
            Column(say("行业", "Industry"), width=12),
            Column(say("逾期起算日", "Overdue since"), "day", 11),
            Column(say("逾期天数", "Days"), "whole", 8),
            Column(say("最近巡查", "Last visit"), "day", 11),
        ),
        rows=tuple(
            (
                str(row.entity_id),
                row.name,
                row.cell_code,
                row.credit_class,
                row.industry,
                row.since.isoformat(),
                row.days,
                row.last_visit.isoformat() if row.last_visit else "",
            )
            for row in report.overdue
        ),
        note=say(f"另有 {more} 户未列出。", f"{more} more are not listed.") if more else "",
        empty=say("无逾期户", "No entity is overdue"),
    )


def late_table(report: CoverageReport, language: Language) -> Table:
    """What came in after the report before this one."""
    say = partial(choose, language)
    return Table(
        key=say("补录更正", "corrections"),
        title=say("上期报告之后补录的更正", "Recorded after the report before this one"),
        columns=(
            Column(say("报告编号", "Report"), width=9),
            Column(say("报告期", "Period"), width=22),
            Column(say("网格", "Cell"), width=14),
            Column(say("应巡查（已发布）", "Due, issued"), "number", 11),
            Column(say("应巡查（现在）", "Due, now"), "number", 11),
            Column(say("有效巡查（已发布）", "Made, issued"), "number", 11),
            Column(say("有效巡查（现在）", "Made, now"), "number", 11),
        ),
        rows=tuple(
            (
                str(row.report_id),
                days_text(row.period_from, row.period_to, language),
                say("合计", "Total")
                if row.cell_code == "total"
                else row.cell_code or say("不在任何网格", "in no cell"),
                row.due_issued,
                row.due_now,
                row.made_issued,
                row.made_now,
            )
            for row in report.corrections
        ),
        note=say("已发布的报告不作更改。", "The issued report stays as it is.") if report.corrections else "",
        empty=say("无", "None"),
    )
