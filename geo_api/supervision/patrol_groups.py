"""Patrol groups: adjacent cells of one station that act together. Their rules, and what a division into groups costs. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from geo_api.supervision.periods import Period
from gridding.findings import Finding, Severity


@dataclass(frozen=True, slots=True)
class Group:
    """A patrol group: its code, its name, and the codes of its cells, sorted."""

    code: str
    name: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A recorded membership: a cell in a group for a period."""

    group_code: str
    cell_code: str
    period: Period


@dataclass(frozen=True, slots=True)
class GroupProblem:
    """Cells to be divided into groups.

    Attributes:
        hours: cell code -> work, hours a year.
        neighbours: cell code -> codes that it borders on.
        groups: how many groups there should be.
        smallest: fewest cells of a group.
        present: groups in force, to be kept where they are as good.
    """

    hours: Mapping[str, float]
    neighbours: Mapping[str, frozenset[str]]
    groups: int
    smallest: int = 2
    present: tuple[frozenset[str], ...] = ()

    @property
    def fair_hours(self) -> float:
        """Work of a group if all had the same."""
        return sum(self.hours.values()) / max(self.groups, 1)


def group_cost(problem: GroupProblem, cells: frozenset[str]) -> int:
    """What a group costs: per mille off the fair work; a group that is too small or not connected much more.

    A present group costs a little less, so that groups change only for a reason.
    """
    fair = problem.fair_hours
    off = round(1000 * abs(sum(problem.hours[c] for c in cells) - fair) / fair) if fair else 0
    missing = max(0, problem.smallest - len(cells))
    return off + 5000 * missing + (0 if cells in problem.present else 50)


def connected(cells: Collection[str], neighbours: Mapping[str, frozenset[str]]) -> bool:
    """Whether one can go from every cell to every other through cells of the group."""
    left = set(cells)
    if not left:
        return True
    todo = [min(left)]
    left.discard(todo[0])
    while todo:
        near = neighbours.get(todo.pop(), frozenset()) & left
        left -= near
        todo += near
    return not left


def connected_sets(
    neighbours: Mapping[str, frozenset[str]], codes: Iterable[str], largest: int
) -> Iterator[frozenset[str]]:
    """Every connected set of at most ``largest`` cells, single cells included, each once, smaller ones first."""
    layer = {frozenset({code}) for code in codes}
    allowed = frozenset(code for s in layer for code in s)
    for size in range(1, largest + 1):
        yield from sorted(layer, key=sorted)
        if size < largest:
            layer = {
                s | {near} for s in layer for code in s for near in neighbours.get(code, frozenset()) & allowed - s
            }


def group_findings(
    groups: Iterable[Group], codes: Iterable[str], neighbours: Mapping[str, frozenset[str]], *, smallest: int
) -> tuple[Finding, ...]:
    """Cells in no group or in several, groups that are too small, not adjacent, or name cells that are not drawn."""
    wanted, groups = sorted(codes), list(groups)
    found: list[Finding] = []
    of: dict[str, list[str]] = {code: [] for code in wanted}
    for group in groups:
        strange = [c for c in group.cells if c not in of]
        if strange:
            found.append(_finding(
                "groups.unknown_cell", Severity.ERROR, group.code,
                f"patrol group {group.code} names {', '.join(strange)}: no cell in force there; set the groups anew",
                f"巡查组 {group.code} 含有未生效的网格 {'、'.join(strange)}，请重新划组",
            ))  # fmt: skip
        for code in group.cells:
            if code in of:
                of[code].append(group.code)
        if len(group.cells) < smallest:
            alone = all(not neighbours.get(c) for c in group.cells)
            why = "; it has no neighbour in its station" if alone else ": join it to a neighbour"
            why_zh = "，所内无相邻网格" if alone else "，请与相邻网格合并"
            found.append(_finding(
                "groups.too_small", Severity.WARNING, group.code,
                f"patrol group {group.code} has {len(group.cells)} cell(s), at least {smallest} are expected{why}",
                f"巡查组 {group.code} 只有 {len(group.cells)} 个网格，至少应有 {smallest} 个{why_zh}",
                value=len(group.cells), limit=smallest,
            ))  # fmt: skip
        if not connected(group.cells, neighbours):
            found.append(_finding(
                "groups.not_adjacent", Severity.ERROR, group.code,
                f"the cells of patrol group {group.code} ({', '.join(group.cells)}) do not border on each other",
                f"巡查组 {group.code} 的网格（{'、'.join(group.cells)}）不相邻",
            ))  # fmt: skip
    for code, names in of.items():
        if not names:
            found.append(_finding(
                "groups.cell_without", Severity.WARNING, code,
                f"cell {code} is in no patrol group: propose groups, or add it to one of its neighbours'",
                f"网格 {code} 未编入巡查组",
            ))  # fmt: skip
        elif len(names) > 1:
            found.append(_finding(
                "groups.cell_twice", Severity.ERROR, code,
                f"cell {code} is in the patrol groups {', '.join(names)}: leave it in one",
                f"网格 {code} 同时属于巡查组 {'、'.join(names)}",
            ))  # fmt: skip
    return tuple(found)


def _finding(rule: str, severity: Severity, where: str, message: str, message_zh: str, *, value: float | None = None,
             limit: float | None = None) -> Finding:  # fmt: skip
    return Finding(rule, severity, message, message_zh, where=where, value=value, limit=limit,
                   unit="cells" if value is not None else "")  # fmt: skip
