"""``gridward grid --keep``: what is asked for, and what is said of the changes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import geopandas as gpd

    from gridding.build import BuildResult

SHOWN = 10
"""So many of the largest transfers are printed."""


def check_kept(
    keep: Path | None, lock: list[str] | None, realigned: Path | None, cells: int | None, staff: int | None
) -> None:
    """Refuse a number of cells that is not told, or told twice, and what goes with ``--keep`` only.

    Raises:
        BadRequest: all mistakes at once.
    """
    from geo_api.errors import BadRequest
    from geo_api.services.realignment import check_realignment

    mistakes = []
    if keep is None:
        for name, given in (("--lock", lock), ("--realignment", realigned)):
            if given:
                mistakes.append(f"{name} needs --keep PLAN.gpkg, the plan in force")
    if cells is not None and staff is not None:
        mistakes.append("--cells N or --staff N says how many cells are drawn: not both")
    elif cells is None and staff is None and keep is None:
        mistakes.append("--cells N or --staff N says how many cells are drawn: one of them is needed")
    if realigned is not None:
        try:
            check_realignment(realigned)
        except BadRequest as mistake:
            mistakes.append(str(mistake))
    if mistakes:
        raise BadRequest("; ".join(mistakes))


def cells_kept(keep: Path | None, cells: int | None, staff: int | None, officers_per_cell: float) -> int:
    """Number of cells: as asked or as the staff can hold; with ``--keep`` and neither, as many as that plan has.

    Raises:
        SourceError: ``--keep`` names no plan file. BadRequest: a plan without usable cells.
    """
    from geo_api.services.grid_inputs import cells_wanted
    from geo_api.services.grid_keep import cells_of_plan

    if keep is not None and cells is None and staff is None:
        return len(cells_of_plan(keep))
    return cells_wanted(cells, staff, officers_per_cell)


def print_changes(result: BuildResult, realignment: gpd.GeoDataFrame | None, path: Path | None) -> None:
    """Say what moved, from whom to whom, and write the list where one is asked for."""
    from geo_api.services.grid_keep import write_realignment
    from gridding.compare import Change

    change = result.change
    if change is None or realignment is None:
        return
    if path is not None:
        write_realignment(path, realignment)
    places = f"layer realignment{'' if path is None else f' and {path}'}"
    print(f"{len(change.moved)} entities with {change.moved_workload_share:.2%} of the workload change cell: {places}")
    moves = [link for link in change.links if link.change is not Change.KEPT]
    moves.sort(key=lambda link: (-link.workload, link.old, link.new))
    for link in moves[:SHOWN]:
        print(
            f"  {link.old or '(no cell)'} -> {link.new or '(no cell)'}: {link.entities} entities, "
            f"{link.workload:.1f} hours a year ({link.change})"
        )
    if len(moves) > SHOWN:
        print(f"  ... and {len(moves) - SHOWN} more pairs of cells")
