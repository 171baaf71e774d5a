"""Few, heavy blocks: a balanced plan that exists is found."""

from __future__ import annotations

import numpy as np
import pytest

from gridding.partition import partition_graph


def planted(seed: int, side: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Blocks in a square, of very unequal work, with a hidden plan of three cells (bands of rows) of equal work."""
    rng = np.random.default_rng(seed)
    work = rng.lognormal(0, 1.2, (side, side))
    band = np.arange(side) * 3 // side
    for b in range(3):
        work[band == b] /= work[band == b].sum()
    at = np.arange(side * side).reshape(side, side)
    pairs = np.concatenate(
        [np.stack([at[:, :-1].ravel(), at[:, 1:].ravel()], 1), np.stack([at[:-1].ravel(), at[1:].ravel()], 1)]
    )
    return pairs, work.ravel()


@pytest.mark.parametrize("tolerance", [0.01, 0.003])
@pytest.mark.parametrize("seed", range(6))
def test_a_hidden_plan_of_equal_cells_is_found(seed: int, tolerance: float) -> None:
    pairs, work = planted(seed)
    result = partition_graph(pairs, np.ones(len(pairs)), np.ones(len(pairs)), work, 3, tolerance=tolerance)
    assert result.contiguous.all()
    assert result.max_abs_deviation <= tolerance
