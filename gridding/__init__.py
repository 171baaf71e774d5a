"""Pure numbers and geometry of grid supervision: boundary lines -> blocks -> balanced cells, and point -> cell.

Names are loaded on first use, so that ``gridding.findings`` costs nothing to those who need only that.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOME = {
    "BaseUnits": "types",
    "BlockGraph": "types",
    "Blocks": "types",
    "BoundaryLines": "types",
    "BuildParams": "types",
    "BuildResult": "build",
    "CellLocator": "locate",
    "Finding": "findings",
    "GeometryError": "errors",
    "GriddingError": "errors",
    "Infeasible": "errors",
    "LineKind": "types",
    "PartitionResult": "types",
    "PresentPlan": "keep",
    "Severity": "findings",
    "TerritoryLocator": "territory",
    "TilingError": "errors",
    "TilingReport": "types",
    "Topology": "types",
    "block_graph": "adjacency",
    "build_cells": "build",
    "check_tiling": "tiling",
    "dissolve": "blocks",
    "make_blocks": "blocks",
    "partition_graph": "partition",
}

__all__ = sorted(_HOME)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'gridding' has no attribute {name!r}")
    return getattr(import_module(f"gridding.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
