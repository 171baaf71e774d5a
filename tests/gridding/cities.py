"""Small seeded cities for tests of the partition: planar block graphs with lines, workloads, islands and markets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class City:
    """A block graph as the partition takes it."""

    pairs: np.ndarray
    border_length_m: np.ndarray
    border_cost: np.ndarray
    workload: np.ndarray
    centres: np.ndarray

    @property
    def blocks(self) -> int:
        return len(self.workload)

    @property
    def request(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        return self.pairs, self.border_length_m, self.border_cost, self.workload


def grid_city(
    rows: int,
    columns: int,
    seed: int = 0,
    *,
    zero_share: float = 0.2,
    missing: float = 0.0,
    skew: float = 1.0,
    islands: int = 1,
    whole: bool = False,
) -> City:
    """A bent street grid: every fourth street is a main street, a river runs through, blocks are merged at random.

    Args:
        rows, columns: blocks of each island before merging.
        seed: of all randomness.
        zero_share: share of blocks without any work.
        missing: share of street segments that are missing, so that two blocks are one.
        skew: sigma of the lognormal workload.
        islands: number of equal parts with water between them.
        whole: whole workloads.
    """
    rng = np.random.default_rng(seed)
    number = np.arange(rows * columns).reshape(rows, columns)
    right = np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()], 1)
    down = np.stack([number[:-1].ravel(), number[1:].ravel()], 1)
    kind_right = np.tile(np.where(np.arange(1, columns) % 4 == 0, 0.3, 1.0), rows)
    kind_down = np.repeat(np.where(np.arange(1, rows) % 4 == 0, 0.3, 1.0), columns)
    kind_down[np.repeat(np.arange(1, rows) == rows // 2, columns)] = 0.08
    pairs, factor = np.concatenate([right, down]), np.concatenate([kind_right, kind_down])
    length = rng.lognormal(0, 0.35, len(pairs)) * 110
    centres = np.stack(np.divmod(np.arange(rows * columns), columns)[::-1], 1) * 110.0 + rng.normal(
        0, 15, (rows * columns, 2)
    )
    root = np.arange(rows * columns)
    for e in np.flatnonzero((rng.random(len(pairs)) < missing) & (factor == 1.0)):
        a, b = root[pairs[e]]
        if (root == a).sum() + (root == b).sum() <= 4:
            root[root == b] = a
    _, block = np.unique(root, return_inverse=True)
    n = int(block.max()) + 1
    work = rng.lognormal(0, skew, n) * 20
    work[rng.random(n) < zero_share] = 0
    if whole:
        work = np.round(work)
    inner = block[pairs[:, 0]] != block[pairs[:, 1]]
    parts = [(pairs[inner], length[inner], factor[inner])]
    ab, lengths, factors = (np.concatenate(x) for x in zip(*parts, strict=True))
    ab = block[ab]
    first = np.unique(block, return_index=True)[1]
    shift = np.arange(islands)
    return City(
        np.concatenate([ab + i * n for i in shift]),
        np.tile(lengths, islands),
        np.tile(lengths * factors, islands),
        np.concatenate([work * (1 + 0.37 * i) for i in shift]),
        np.concatenate([centres[first] + [i * (columns + 5) * 110.0, 0] for i in shift]),
    )
