"""Connected cells: which are, and how to make them so."""

from __future__ import annotations

import numba as nb
import numpy as np
from numpy.typing import ArrayLike, NDArray

from gridding.csr import Graph, components
from gridding.types import Int32Array


def pieces(labels: Int32Array, a: Int32Array, b: Int32Array) -> tuple[int, Int32Array]:
    """Connected pieces of cells: their number and the piece of each block; every piece lies in one cell."""
    same = labels[a] == labels[b]
    return components(len(labels), a[same], b[same])


def contiguous_within_parts(
    labels: ArrayLike, a: Int32Array, b: Int32Array, cells: int, part: Int32Array | None = None
) -> NDArray[np.bool_]:
    """(cells,) True where a cell is not empty and is one piece in every part of the territory that it lies in.

    Args:
        labels: (blocks,) cell of each block.
        a, b: (m,) neighbours.
        cells: number of cells.
        part: (blocks,) part of the territory of each block; found from the neighbours when None.
    """
    labels = np.asarray(labels, np.int32)
    _, piece = pieces(labels, a, b)
    part = components(len(labels), a, b)[1] if part is None else part
    first = np.unique(piece, return_index=True)[1]
    pieces_of_cell = np.bincount(labels[first], minlength=cells)
    key = np.unique(labels.astype(np.int64) * (int(part.max(initial=0)) + 1) + part)
    parts_of_cell = np.bincount((key // (int(part.max(initial=0)) + 1)).astype(np.int64), minlength=cells)
    connected: NDArray[np.bool_] = (pieces_of_cell > 0) & (pieces_of_cell == parts_of_cell)
    return connected


@nb.njit(cache=True, nogil=True)
def _reconnect(xadj, adj, cost, load, movable, labels, cells):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Give every piece of a cell but its main one to the neighbouring cell with the costliest shared border.

    The main piece is the one with most immovable nodes, then most workload. Pieces with immovable nodes stay.
    Unlabelled nodes (-1) form pieces that all go to a neighbour. Returns the number of pieces left apart.
    """
    n = len(load)
    queue = np.empty(n, np.int32)
    share = np.zeros(cells)
    left = 0
    for _ in range(100):
        piece = np.full(n, -1, np.int32)
        weight = np.zeros(n)
        held = np.zeros(n, np.int32)
        start = np.empty(n, np.int32)
        count = 0
        for s in range(n):
            if piece[s] >= 0:
                continue
            piece[s] = count
            start[count] = s
            queue[0] = s
            head, tail = 0, 1
            while head < tail:
                x = queue[head]
                head += 1
                weight[count] += load[x] + 1e-9
                held[count] += 1 - movable[x]
                for p in range(xadj[x], xadj[x + 1]):
                    y = adj[p]
                    if piece[y] < 0 and labels[y] == labels[s]:
                        piece[y] = count
                        queue[tail] = y
                        tail += 1
            count += 1
        main = np.full(cells, -1, np.int32)
        for c in range(count):
            label = labels[start[c]]
            if label < 0:
                continue
            m = main[label]
            if m < 0 or held[c] > held[m] or (held[c] == held[m] and weight[c] > weight[m]):
                main[label] = c
        moved = 0
        left = 0
        for c in range(count):
            label = labels[start[c]]
            if label >= 0 and main[label] == c:
                continue
            if held[c] > 0:
                left += 1
                continue
            share[:] = 0
            best = -1
            queue[0] = start[c]
            head, tail = 0, 1
            piece[start[c]] = -2
            while head < tail:
                x = queue[head]
                head += 1
                for p in range(xadj[x], xadj[x + 1]):
                    y = adj[p]
                    if piece[y] == c:
                        piece[y] = -2
                        queue[tail] = y
                        tail += 1
                    elif piece[y] != -2 and labels[y] >= 0 and labels[y] != label:
                        share[labels[y]] += cost[p] + 1e-9
                        if best < 0 or share[labels[y]] > share[best]:
                            best = labels[y]
            for q in range(tail):
                piece[queue[q]] = count + 1
            if best < 0:
                left += 1
                continue
            for q in range(tail):
                labels[queue[q]] = best
            moved += 1
        if moved == 0:
            return left
    return left


def reconnect(graph: Graph, labels: Int32Array, cells: int) -> int:
    """Make every cell one piece, in place; returns how many pieces had to be left apart (locks, islands)."""
    return int(_reconnect(graph.xadj, graph.adj, graph.cost, graph.load, graph.movable, labels, cells))
