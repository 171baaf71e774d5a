"""What is set apart before ordinary cells are drawn: exclusive cells, fixed cells, giant blocks, pockets behind them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from gridding.csr import Pairs, components
from gridding.errors import Infeasible
from gridding.findings import Finding, Severity
from gridding.giants import explain_giants, find_giants
from gridding.types import FloatArray, Int32Array, IntArray

EXCLUSIVE, GIANT, FIXED = "exclusive", "giant", "fixed"
KNOT = 0.8
"""Share of a target from which a block is looked at for what hangs on it alone."""
KNOTS = 40
"""So many of the heaviest are looked at, each time."""


@dataclass(slots=True)
class Carved:
    """Cells that are decided, and what is left.

    Attributes:
        cell: (blocks,) index of the decided cell of each block, -1 = still to be partitioned.
        kinds: "exclusive", "giant" or "fixed", per decided cell.
        cells: number of ordinary cells to draw from the rest.
        target: workload of an ordinary cell; 0 where the rest has no work.
        findings: what was set apart, and why.
        bound: lower bound of the largest deviation from the mean of giants and ordinary cells, which giants prove.
    """

    cell: Int32Array
    kinds: list[str]
    cells: int
    target: float
    findings: list[Finding] = field(default_factory=list)
    bound: float = 0.0


def carve(
    pairs: Pairs,
    workload: FloatArray,
    cells: int,
    tolerance: float,
    exclusive: Int32Array,
    fixed: Int32Array,
    held: np.ndarray,
    locks: int,
) -> Carved:
    """Set apart exclusive groups, fixed cells and giants; pockets too small for a cell join what encloses them.

    Args:
        pairs: neighbours.
        workload: (blocks,).
        cells: cells asked for, all kinds together.
        tolerance: balance asked for.
        exclusive: (blocks,) exclusive group, -1 = none.
        fixed: (blocks,) label of the fixed cell, -1 = none.
        held: (blocks,) bool, blocks of cells with a lock: never taken as giants.
        locks: number of labels with a lock: so many ordinary cells are left at least.

    Raises:
        Infeasible: more decided cells than cells, or none left for the remaining blocks.
    """
    out = Carved(np.full(len(workload), -1, np.int32), [], cells, 0.0)
    for label in np.unique(fixed[fixed >= 0]):
        out.cell[fixed == label] = len(out.kinds)
        out.kinds.append(FIXED)
    _set_exclusive_apart(out, pairs, exclusive, workload)
    left = int((out.cell < 0).sum())
    out.cells = cells - len(out.kinds)
    if out.cells < 0 or (out.cells == 0 and left):
        raise Infeasible(
            f"{cells} cells are asked for, but {len(out.kinds)} are taken by exclusive areas and fixed cells and {left} "
            f"blocks lie outside of them: ask for at least {len(out.kinds) + (1 if left else 0)} cells"
        )
    if left < out.cells:
        raise Infeasible(
            f"{out.cells} ordinary cells cannot be made of {left} blocks: ask for at most {left + len(out.kinds)} cells, "
            f"or add boundary lines so that there are more blocks"
        )
    if left:
        _set_giants_apart(out, pairs, workload, tolerance, held, max(locks, _asunder(out, pairs), 1))
    return out


def _asunder(out: Carved, pairs: Pairs) -> int:
    """Into how many pieces fixed cells cut a part of the territory, at most: a cell each, if none is to have two of them."""
    if FIXED not in out.kinds:
        return 1
    count, part = components(len(out.cell), pairs.a, pairs.b)
    fixed = np.isin(out.cell, [c for c, kind in enumerate(out.kinds) if kind == FIXED])
    inner = ~fixed[pairs.a] & ~fixed[pairs.b]
    piece = components(len(out.cell), pairs.a[inner], pairs.b[inner])[1]
    first = np.unique(np.where(fixed, -1, piece), return_index=True)[1]
    return int(np.bincount(part[first[~fixed[first]]], minlength=count).max())


def _set_exclusive_apart(out: Carved, pairs: Pairs, exclusive: Int32Array, workload: FloatArray) -> None:
    free = out.cell < 0
    group = np.where(free, exclusive, -1)
    inside = (group[pairs.a] == group[pairs.b]) & (group[pairs.a] >= 0)
    count, piece = components(len(group), pairs.a[inside], pairs.b[inside])
    weight = np.bincount(piece, workload, minlength=count)
    size = np.bincount(piece, minlength=count)
    for g in np.unique(group[group >= 0]):
        candidates = np.unique(piece[group == g])
        main = candidates[np.lexsort((candidates, -size[candidates], -weight[candidates]))[0]]
        out.cell[piece == main] = len(out.kinds)
        out.kinds.append(EXCLUSIVE)
        if len(candidates) > 1:
            apart = int((group == g).sum() - size[main])
            out.findings.append(
                Finding(
                    rule="exclusive.apart",
                    severity=Severity.WARNING,
                    message=(
                        f"exclusive area {g} is in {len(candidates)} pieces; its heaviest piece is a cell, {apart} "
                        f"blocks of the others go to ordinary cells: draw the pieces as areas of their own if they matter"
                    ),
                    message_zh=(
                        f"独立片区 {g} 由 {len(candidates)} 个不相连部分组成；工作量最大的部分单独成格，"
                        f"其余 {apart} 个基本单元划入普通网格"
                    ),
                    where=f"exclusive area {g}",
                    details={"group": int(g), "pieces": len(candidates), "blocks_elsewhere": apart},
                )
            )


def _set_giants_apart(
    out: Carved, pairs: Pairs, workload: FloatArray, tolerance: float, held: np.ndarray, keep: int
) -> None:
    giants: list[int] = []
    decided = len(out.kinds)
    while True:
        rest = np.flatnonzero(out.cell < 0)
        found = find_giants(workload, rest, out.cells, tolerance, held, out.cells - keep)
        out.target = found.target
        for block in found.blocks:
            out.cell[block] = len(out.kinds)
            out.kinds.append(GIANT)
            out.cells -= 1
            giants.append(int(block))
        if _pockets(out, pairs, workload, tolerance, held):
            continue
        knot = _knot(out, pairs, workload, tolerance, held) if out.cells > keep else None
        if knot is None:
            break
        out.cell[knot] = len(out.kinds)
        out.kinds.append(GIANT)
        out.cells -= 1
        giants.append(knot)
    notes, out.bound = explain_giants(giants, decided, out.cell, pairs, workload, out.cells)
    out.findings += notes


def _knot(out: Carved, pairs: Pairs, workload: FloatArray, tolerance: float, held: np.ndarray) -> int | None:
    """A heavy block that other blocks hang on alone, so that no cell within the tolerance can hold it; heaviest first.

    What hangs on it and is too light for a cell of its own must share its cell, wherever the borders are drawn.
    """
    rest = out.cell < 0
    inner = rest[pairs.a] & rest[pairs.b]
    heavy = np.flatnonzero(rest & ~held & (workload > KNOT * out.target)) if out.target > 0 else np.empty(0, np.int64)
    whole = components(len(rest), pairs.a[inner], pairs.b[inner])[1] if len(heavy) else None
    for block in heavy[np.lexsort((heavy, -workload[heavy]))][:KNOTS]:
        edges = inner & (pairs.a != block) & (pairs.b != block)
        count, comp = components(len(rest), pairs.a[edges], pairs.b[edges])
        mine = rest & (whole == whole[block]) if whole is not None else rest
        mine[block] = False
        work = np.bincount(comp[mine], workload[mine], minlength=count)
        present = np.bincount(comp[mine], minlength=count) > 0
        hanging = work[present & (work < (1 - tolerance) * out.target)]
        if present.sum() > 1 and workload[block] + hanging.sum() > out.target * (1 + tolerance):
            return int(block)
    return None


def _pockets(out: Carved, pairs: Pairs, workload: FloatArray, tolerance: float, held: np.ndarray) -> bool:
    """Join pockets too small for a cell to the decided cell with the longest shared border; True if any was joined."""
    rest = out.cell < 0
    both = rest[pairs.a] & rest[pairs.b]
    count, comp = components(len(rest), pairs.a[both], pairs.b[both])
    work = np.bincount(comp[rest], workload[rest], minlength=count)
    size = np.bincount(comp[rest], minlength=count)
    share_of_cell = work / out.target if out.target > 0 else size * out.cells / max(int(size.sum()), 1)
    locked = np.bincount(comp[rest], held[rest], minlength=count) > 0
    kinds = np.array([k != FIXED for k in out.kinds], bool)
    share: dict[int, dict[int, float]] = {}
    for x, y in ((pairs.a, pairs.b), (pairs.b, pairs.a)):
        touch = np.flatnonzero(rest[x] & ~rest[y])
        touch = touch[kinds[out.cell[y[touch]]]] if len(touch) else touch
        for e in touch:
            c = int(comp[x[e]])
            cell = int(out.cell[y[e]])
            by_cell = share.setdefault(c, {})
            by_cell[cell] = by_cell.get(cell, 0.0) + float(pairs.length_m[e])
    live = np.flatnonzero(size > 0)
    spare = int(size.sum()) - out.cells
    surplus = len(live) - out.cells
    joined = False
    cut_off: dict[int, list[IntArray]] = {}
    for c in live[np.lexsort((live, work[live]))]:
        # the last component is never given away: somebody must be the ordinary cells
        small = share_of_cell[c] < 1 - tolerance or surplus > 0
        if not small or c not in share or locked[c] or size[c] > spare or size[c] == size.sum():
            continue
        cell = min(share[int(c)], key=lambda k: (-share[int(c)][k], k))
        blocks = np.flatnonzero(rest & (comp == c))
        out.cell[blocks] = cell
        cut_off.setdefault(cell, []).append(blocks)
        spare -= int(size[c])
        surplus -= 1
        joined = True
    for cell, pockets in sorted(cut_off.items()):
        out.findings.append(_pocket_finding(pockets, workload, out.target, out.kinds[cell], cell))
    return joined


def _pocket_finding(pockets: list[IntArray], workload: FloatArray, target: float, kind: str, cell: int) -> Finding:
    blocks = np.sort(np.concatenate(pockets))
    share = math.fsum(workload[blocks]) / target if target > 0 else 0.0
    word = {GIANT: "giant block", EXCLUSIVE: "exclusive area"}[kind]
    word_zh = {GIANT: "超大基本单元", EXCLUSIVE: "独立片区"}[kind]
    return Finding(
        rule="block.pocket",
        severity=Severity.WARNING if share > 0.05 else Severity.INFO,
        message=(
            f"{len(blocks)} blocks in {len(pockets)} places, such as block {blocks[0]}, are cut off by a {word} and join its "
            f"cell; together they have {share:.1%} of an ordinary cell's workload"
        ),
        message_zh=(
            f"基本单元 {blocks[0]} 等 {len(blocks)} 个单元（{len(pockets)} 处，共占单个网格工作量的 {share:.1%}）"
            f"被{word_zh}隔断，并入其网格"
        ),
        where=f"block {blocks[0]}",
        value=round(share, 6),
        unit="fraction of target",
        details={
            "blocks": [int(b) for b in blocks[:100]],
            "count": len(blocks),
            "places": len(pockets),
            "decided_cell": cell,
        },
    )
