"""What a proposal says of itself: which rules it breaks, how many officers are short, and what would help. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from math import ceil

from geo_api.supervision.staffing import LEAD, Post, Staffing, StaffingProblem
from gridding.findings import Finding, Severity

PART_WORDS = {
    "no_lead": ("cells without a lead", "无主责的网格（个）"),
    "short": ("officers missing in cells", "缺员（人）"),
    "tenure": ("officers kept although they have been there too long", "超期未轮换（人）"),
    "pairing": ("cells without anybody experienced", "无经验人员的网格（个）"),
    "idle": ("officers without a cell", "未分配网格的人员（人）"),
    "spread": ("cells apart from the others of their officer", "不相邻的网格（个）"),
    "lead_new": ("leads who are not experienced", "由新人担任主责（个）"),
    "change": ("posts given anew, leads changed", "变动（项）"),
    "over_capacity": ("work above the hours of a year, % of a fair part", "超出年工时（%）"),
    "balance": ("work off the fair part, % summed over officers", "偏离平均工作量（%）"),
}
"""Each part of the cost: in English, in Chinese."""


def explain(problem: StaffingProblem, answer: Staffing, *, where: str, function: str = "") -> tuple[Finding, ...]:
    """Which rules the answer breaks and why nothing better was to be had; empty where it breaks none."""
    told = f" for {function}" if function else ""
    return tuple(
        f
        for f in (
            *_leadless(problem, answer),
            *_short(problem, answer, where, told),
            *_new(problem, answer, where),
            *_stayed(problem, answer),
            *_over(problem, where, told),
            *_apart(problem, answer, where),
        )
    )


def nobody(where: str, cells: int, function: str = "") -> Finding:
    """There is no officer to assign."""
    told, told_zh = (f" for {function}", f"“{function}”") if function else ("", "")
    return Finding(
        "staffing.nobody",
        Severity.ERROR,
        f"{where} has no officer{told} to answer for its {cells} cell(s): load the register of officers, or ask the bureau "
        "for some",
        f"{where} 没有可分配的{told_zh}监管员（{cells} 个网格）",
        where=where,
        value=0,
        limit=cells,
        unit="officers",
        details={"function": function} if function else {},
    )


def _leadless(problem: StaffingProblem, answer: Staffing) -> Iterable[Finding]:
    led = {p.cell_code for p in answer.posts if p.role == LEAD}
    for cell in problem.cells:
        if cell.code not in led:
            yield Finding(
                "staffing.no_lead",
                Severity.ERROR,
                f"nobody can lead cell {cell.code}: every officer has as many cells as allowed; allow more "
                "([rules.staffing] cells_per_officer_max), or add an officer",
                f"网格 {cell.code} 无人可任主责：监管员负责的网格数已达上限",
                where=cell.code,
            )


def _short(problem: StaffingProblem, answer: Staffing, where: str, told: str) -> Iterable[Finding]:
    missing = int(answer.part("short").amount)
    if not missing:
        return
    posts, most = sum(problem.wanted().values()), problem.cells_per_officer_max
    there = Counter(p.cell_code for p in answer.posts)
    bare = sorted(code for code, n in problem.wanted().items() if there[code] < n)
    more = ceil(missing / most) if most else problem.officers_per_cell - len(problem.officers)
    why = f"{len(problem.officers)} officer(s){told}"
    why += f" with at most {most} cell(s) each hold {most * len(problem.officers)} posts of {posts}" if most else ""
    yield Finding(
        "staffing.short",
        Severity.ERROR,
        f"{where} is {missing} officer(s) short in {', '.join(bare)}: {why}. What would help: {max(more, 1)} more officer(s), "
        'fewer and larger cells, or the one-officer scheme ([rules.staffing] scheme = "single")',
        f"{where} 缺 {missing} 人次（{'、'.join(bare)}）：可增加 {max(more, 1)} 名监管员、减少网格，或改用单人制",
        where=where,
        value=missing,
        limit=0,
        unit="officers",
        details={"cells": bare},
    )


def _new(problem: StaffingProblem, answer: Staffing, where: str) -> Iterable[Finding]:
    if not answer.part("pairing").amount:
        return
    people = {o.officer_id: o for o in problem.officers}
    with_one = {p.cell_code for p in answer.posts if people[p.officer_id].experienced}
    bare = sorted({c.code for c in problem.cells} - with_one)
    number = sum(o.experienced for o in problem.officers)
    yield Finding(
        "staffing.two_new",
        Severity.WARNING,
        f"{len(bare)} cell(s) of {where} have nobody experienced ({', '.join(bare)}): {number} of {len(people)} officers are. "
        "What would help: an experienced officer from another station, or a lower experienced_years",
        f"{where} 有 {len(bare)} 个网格无经验丰富的监管员（{'、'.join(bare)}）：共 {number} 名",
        where=where,
        value=len(bare),
        limit=0,
        unit="cells",
        details={"cells": bare},
    )


def _stayed(problem: StaffingProblem, answer: Staffing) -> Iterable[Finding]:
    for post in answer.posts:
        if (post.officer_id, post.cell_code) in problem.stayed_too_long:
            yield Finding(
                "staffing.over_tenure",
                Severity.WARNING,
                f"officer {post.officer_id} stays in cell {post.cell_code} beyond the tenure limit: everybody else costs more. "
                "What would help: an exchange with another station, or a higher weight of tenure",
                f"监管员 {post.officer_id} 在网格 {post.cell_code} 超期未轮换，可与其他监管所交流",
                where=post.cell_code,
                details={"officers": [post.officer_id]},
            )


def _over(problem: StaffingProblem, where: str, told: str) -> Iterable[Finding]:
    work = sum(c.hours_per_year for c in problem.cells)
    able = sum(o.hours_per_year for o in problem.officers)
    if not able or work <= able:
        return
    each = able / len(problem.officers)
    more = ceil((work - able) / each)
    yield Finding(
        "staffing.over_capacity",
        Severity.WARNING,
        f"the cells of {where} need {work:.0f} hours of visits a year, its {len(problem.officers)} officer(s){told} have "
        f"{able:.0f}: {more} more officer(s) would carry it",
        f"{where} 每年需巡查 {work:.0f} 小时，现有人员仅 {able:.0f} 小时，尚缺 {more} 人",
        where=where,
        value=round(work, 1),
        limit=round(able, 1),
        unit="hours_per_year",
        details={"officers_short": more},
    )


def _apart(problem: StaffingProblem, answer: Staffing, where: str) -> Iterable[Finding]:
    if not answer.part("spread").amount:
        return
    cells: dict[str, set[str]] = defaultdict(set)
    for post in answer.posts:
        cells[post.officer_id].add(post.cell_code)
    apart = {
        who: sorted(mine)
        for who, mine in sorted(cells.items())
        if not any(mine <= {home} | problem.neighbours.get(home, frozenset()) for home in mine)
    }
    yield Finding(
        "staffing.apart",
        Severity.INFO,
        f"cells of one officer that do not border on each other in {where}: "
        + "; ".join(f"{who}: {', '.join(mine)}" for who, mine in apart.items()),
        f"{where} 有监管员负责的网格不相邻：" + "；".join(f"{who}：{'、'.join(mine)}" for who, mine in apart.items()),
        where=where,
        value=answer.part("spread").amount,
        limit=0,
        unit="cells",
        details={"officers": list(apart)},
    )


def changed(problem: StaffingProblem, posts: Iterable[Post]) -> tuple[tuple[Post, ...], tuple[Post, ...]]:
    """Posts that begin and posts that end, compared with those held."""
    wanted, held = set(posts), set(problem.held)
    return tuple(sorted(wanted - held)), tuple(sorted(held - wanted))
