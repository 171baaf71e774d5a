"""A visit plan as one page to print: a map and a list to tick for each day; no script, nothing from outside."""

from __future__ import annotations

import math
from datetime import timedelta
from html import escape

from geo_api.services.rounds.model import NotPlanned, RoundDay, Stop, VisitPlan

WIDTH, HEIGHT, MARGIN = 520, 340, 30
ROOM, PUSHES, GOLDEN = 19.0, 60, 2.399963
"""Points between two numbers on the map; how often they are pushed apart; the angle for those at one place."""
NARROWEST_DEG = 0.003
"""No map shows less than about 300 m."""
STYLE = """
:root{color-scheme:light}*{box-sizing:border-box}
body{font:15px/1.5 "Noto Sans CJK SC","Noto Sans SC","Microsoft YaHei","PingFang SC",system-ui,sans-serif;color:#191e24;
background:#fff;max-width:1100px;margin:0 auto;padding:24px}
h1{font-size:26px;line-height:1.25;margin:0}h2{font-size:18px;margin:0}p{margin:4px 0}.muted{color:#5d6670}
section{border-top:2px solid #191e24;margin-top:24px;padding-top:12px}.day{display:grid;grid-template-columns:minmax(0,1fr);gap:12px}
svg{width:100%;max-width:560px;height:auto;border:1px solid #c5ccd4;background:#f7f8fa;justify-self:center}
.cell{fill:#fff;stroke:#98a1ac;stroke-width:1.2}.way{fill:none;stroke:#1f5fa8;stroke-width:2;stroke-linejoin:round}
.stop{fill:#1f5fa8}.late{fill:#b3261e}.start{fill:#191e24}.to{stroke:#5d6670;stroke-width:1}text{font-size:11px;font-weight:600;fill:#fff;text-anchor:middle}
.wrap{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:13px}
th,td{border:1px solid #98a1ac;padding:4px 7px;text-align:left;vertical-align:top;overflow-wrap:anywhere}
th{background:#e8edf3;font-weight:600;white-space:nowrap}td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td.over{color:#b3261e;font-weight:600}td.box{width:34px;text-align:center;font-size:17px}.sign{display:flex;gap:8px;margin-top:14px}
.sign i{flex:0 1 180px;border-bottom:1px solid #191e24}
td a{color:inherit}
@media screen and (max-width:600px){body{padding:14px}.wrap table,.wrap tbody{display:block}.wrap thead{display:none}
.wrap tr{display:grid;grid-template-columns:30px minmax(0,1fr) auto;gap:2px 10px;padding:10px 8px;border:1px solid #c5ccd4;
border-radius:8px;margin-bottom:8px}.wrap td{border:0;padding:0;font-size:15px}.wrap td:empty{display:none}
.wrap td.n{grid-row:1/6;font-size:18px;font-weight:600;text-align:left}.wrap td.box{grid-column:3;grid-row:1/3;font-size:26px;line-height:1}
.wrap td.name{grid-column:2;grid-row:1;font-weight:600}.wrap td.place,.wrap td.why,.wrap td.due,.wrap td.more{grid-column:2/4}
.wrap td.place{grid-column:2;grid-row:2}.wrap td.place a{display:inline-block;min-height:32px;color:#1f5fa8}
.wrap td.more{font-size:13px;color:#5d6670}
.wrap td[data-h]::before{content:attr(data-h) " "}.left tr{grid-template-columns:minmax(0,1fr)}
.left td.name,.left td.place,.left td.why,.left td.due,.left td.more{grid-column:1;grid-row:auto}}
@media print{@page{size:A4;margin:13mm}body{max-width:none;padding:0;font-size:10pt}table{font-size:8.5pt}
section{break-before:page;border-top:0;margin-top:0}section:first-of-type{break-before:auto}tr,svg{break-inside:avoid}
thead{display:table-header-group}.wrap{overflow:visible}svg{max-width:120mm}}
"""
WORDS = {
    "zh": {
        "title": "巡查路线", "for": "监管员", "cells": "网格", "from": "起点", "visits": "户", "km": "公里（直线）", "hours": "小时",
        "no": "序", "name": "名称", "address": "地址", "class": "分类", "why": "事由", "due": "期限", "last": "上次巡查",
        "done": "完成", "left": "未排入", "full": "排不下", "unplaced": "无坐标", "away": "缺勤", "over": "逾期{n}天", "reason": "原因",
        "signed": "巡查人", "nothing": "这段时间没有到期的巡查。", "summary": "到期 {due} 户，排入 {planned} 户，共 {days} 天。",
        "id": "（{}）", "weekday": "周一 周二 周三 周四 周五 周六 周日",
    },
    "en": {
        "title": "Rounds", "for": "officer", "cells": "cells", "from": "from", "visits": "visits", "km": "km as the crow flies",
        "hours": "h", "no": "no.", "name": "name", "address": "address", "class": "class", "why": "why", "due": "due",
        "last": "last visit", "done": "done", "left": "Not planned", "full": "no room", "unplaced": "no place known", "away": "away",
        "over": "{n} days late", "reason": "reason", "signed": "visited by", "nothing": "Nothing is due in this time.",
        "summary": "{due} places are due, {planned} planned on {days} days.", "id": " ({})", "weekday": "Mon Tue Wed Thu Fri Sat Sun",
    },
}  # fmt: skip


def plan_page(plan: VisitPlan, language: str = "zh") -> bytes:
    """The page, in Chinese or English."""
    words = WORDS[language]
    whose = (
        f"{plan.officer_name}{words['id'].format(plan.officer_id)}"
        if plan.officer_id
        else f"{words['cells']} {('、' if language == 'zh' else ', ').join(plan.cells)}"
    )
    planned = sum(len(d.stops) for d in plan.days)
    last = f"{plan.period_from} – {plan.period_to - timedelta(days=1)}"
    title = f"{words['title']} {whose} {last}"
    summary = words["summary"].format(due=plan.due, planned=planned, days=len(plan.days))
    parts = [
        "<!doctype html>",
        f'<html lang="{"zh-CN" if language == "zh" else "en"}"><head><meta charset="utf-8">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>",
        f"<h1>{escape(words['title'] + ('：' if language == 'zh' else ': ') + whose)}</h1>",
        f'<p class="muted">{escape(last)} · {escape(words["cells"])} {escape(", ".join(plan.cells))} · '
        f"{escape(words['from'])} {escape(plan.start_name)}</p>",
        f"<p>{escape(summary if plan.due else words['nothing'])}</p>",
    ]
    parts += [f'<p class="muted">{escape(f.message_zh if language == "zh" else f.message)}</p>' for f in plan.findings]
    parts += [_day(plan, day, language) for day in plan.days]
    parts.append(_left(plan.not_planned, language))
    parts.append(
        f'<p class="muted">Gridward · {escape(plan.on.isoformat())} · {escape(plan.digest[:12])}</p></body></html>'
    )
    return "\n".join(p for p in parts if p).encode("utf-8", "replace")


def _day(plan: VisitPlan, day: RoundDay, language: str) -> str:
    words = WORDS[language]
    hours = (day.visit_minutes + day.way_minutes) / 60
    weekday = words["weekday"].split()[day.day.weekday()]
    told = (
        f"{len(day.stops)} {words['visits']} · {day.length_m / 1000:.1f} {words['km']} · {hours:.1f} {words['hours']}"
    )
    head = "".join(
        f'<th scope="col">{escape(words[name])}</th>'
        for name in ("no", "name", "address", "class", "why", "due", "last", "done")
    )
    rows = "\n".join(_row(s, language) for s in day.stops)
    return (
        f'<section><h2>{day.day} {escape(weekday)}</h2><p class="muted">{escape(told)}</p><div class="day">'
        f'{round_map(plan, day)}<div class="wrap"><table><thead><tr>{head}</tr></thead><tbody>\n{rows}\n</tbody></table>'
        f'</div></div><p class="sign">{escape(words["signed"])}<i></i><i></i></p></section>'
    )


def _row(stop: Stop, language: str) -> str:
    words = WORDS[language]
    late = f" · {words['over'].format(n=stop.overdue_days)}" if stop.overdue_days else ""
    there = (
        f'<a href="geo:{stop.lat:.6f},{stop.lon:.6f}">{escape(stop.address or stop.name)}</a>'  # opens the phone's map
    )
    return (
        f'<tr><td class="n">{stop.position}</td><td class="name">{escape(stop.name)}</td><td class="place">{there}</td>'
        f'<td class="more"{_headed(words["class"])}>{escape(stop.credit_class)}</td>'
        f'<td class="why">{escape(_whys(stop.why, language))}</td>'
        f'<td class="due{" over" if late else ""}">{stop.due_on}{escape(late)}</td>'
        f'<td class="more"{_headed(words["last"]) if stop.last_visit else ""}>{stop.last_visit or ""}</td>'
        '<td class="box">☐</td></tr>'
    )


def _headed(text: str) -> str:
    """The head of a column, for screens on which there are no columns."""
    return f' data-h="{escape(text)}"'


def _whys(why: tuple[tuple[str, str, str], ...], language: str) -> str:
    return ("；" if language == "zh" else "; ").join(w[2 if language == "zh" else 1] for w in why)


def _left(rows: tuple[NotPlanned, ...], language: str) -> str:
    if not rows:
        return ""
    words = WORDS[language]
    head = "".join(
        f'<th scope="col">{escape(words[name])}</th>' for name in ("name", "address", "why", "due", "reason")
    )
    body = "\n".join(
        "<tr>"
        + "".join(
            f'<td class="{kind}">{escape(text)}</td>'
            for kind, text in (
                ("name", n.name), ("place", n.address), ("why", _whys(n.why, language)), ("due", str(n.due_on)),
                ("more", words[n.reason]),
            )
        )
        + "</tr>"
        for n in rows
    )  # fmt: skip
    return (
        f"<section><h2>{escape(words['left'])} ({len(rows)})</h2>"
        f'<div class="wrap left"><table><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table></div></section>'
    )


def round_map(plan: VisitPlan, day: RoundDay) -> str:
    """A small map of a day's round: the cells, the way, numbered stops; north is up."""
    places = [(plan.start_lon, plan.start_lat), *((s.lon, s.lat) for s in day.stops)]
    to_paper = _Paper(places)
    rings = "".join(f'<path class="cell" d="{to_paper.path(ring)}Z"/>' for ring in plan.outlines)
    way = to_paper.path([*places, places[0]])
    x, y = to_paper(*places[0])
    marks = [f'<rect class="start" x="{x - 6:.1f}" y="{y - 6:.1f}" width="12" height="12"/>']
    true = [to_paper(s.lon, s.lat) for s in day.stops]
    for stop, at, (x, y) in zip(day.stops, true, _apart(true), strict=True):
        kind = "late" if stop.overdue_days else "stop"
        marks.append(
            f'<path class="to" d="M{at[0]:.1f} {at[1]:.1f}L{x:.1f} {y:.1f}"/>'
            f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="9"/>'
            f'<text x="{x:.1f}" y="{y + 4:.1f}">{stop.position}</text>'
        )
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{day.day}">{rings}'
        f'<path class="way" d="{way}"/>{"".join(marks)}</svg>'
    )


def _apart(places: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The same places pushed apart until no number hides another; the same answer every time."""
    at = [list(p) for p in places]
    for _ in range(PUSHES):
        for i, one in enumerate(at):
            for j in range(i):
                other = at[j]
                dx, dy = one[0] - other[0], one[1] - other[1]
                away = math.hypot(dx, dy)
                if away >= ROOM:
                    continue
                if away < 1e-3:  # the same house: one after the other
                    dx, dy, away = math.cos(i * GOLDEN), math.sin(i * GOLDEN), 1.0
                push = (ROOM - away) / 2 / away
                one[0], one[1] = one[0] + dx * push, one[1] + dy * push
                other[0], other[1] = other[0] - dx * push, other[1] - dy * push
    low, high_x, high_y = 10.0, WIDTH - 10.0, HEIGHT - 10.0
    return [(min(max(x, low), high_x), min(max(y, low), high_y)) for x, y in at]


class _Paper:
    """Degrees -> points on the paper, so that some places fill it; a degree of longitude is shortened as at the place."""

    def __init__(self, places: list[tuple[float, float]]) -> None:
        lons, lats = [p[0] for p in places], [p[1] for p in places]
        self._narrow = math.cos(math.radians((min(lats) + max(lats)) / 2))
        self._west, self._north = min(lons), max(lats)
        width = (max(lons) - min(lons)) * self._narrow
        height = max(lats) - min(lats)
        wider, higher = max(NARROWEST_DEG - width, 0.0), max(NARROWEST_DEG - height, 0.0)
        self._west, self._north = self._west - wider / 2 / self._narrow, self._north + higher / 2
        width, height = width + wider, height + higher
        self._scale = min((WIDTH - 2 * MARGIN) / width, (HEIGHT - 2 * MARGIN) / height)
        self._left = (WIDTH - width * self._scale) / 2
        self._top = (HEIGHT - height * self._scale) / 2

    def __call__(self, lon: float, lat: float) -> tuple[float, float]:
        x = self._left + (lon - self._west) * self._narrow * self._scale
        return x, self._top + (self._north - lat) * self._scale

    def path(self, places: tuple[tuple[float, float], ...] | list[tuple[float, float]]) -> str:
        """An SVG path through places."""
        return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in (self(*p) for p in places))
