"""``gridward grid``: the line that sums the plan up."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gridding.build import BuildResult


def summary(result: BuildResult, tolerance: float) -> str:
    """Cells, blocks, entities, balance and proof of a plan, without its name."""
    from geo_api.services.grid_stations import counted

    cells, metrics = len(result.codes), result.metrics
    return (
        f"{counted(cells, 'cell')} from {counted(result.blocks.topology.blocks, 'block')}, "
        f"{int(result.entities.sum())} {'entity' if result.entities.sum() == 1 else 'entities'}; "
        f"{_balance(result, tolerance)}, {int(metrics['contiguous_cells'])} contiguous, "
        f"tiling {'exact' if result.tiling.exact else 'BROKEN'}"
    )


def _balance(result: BuildResult, tolerance: float) -> str:
    if bool((result.exclusive | result.locked).all()):
        return "no cell is balanced, all are locked or exclusive"
    return f"largest deviation {result.metrics['max_abs_deviation']:.2%} (tolerance {tolerance:.2%})"
