"""Findings of the partition engine, which knows cells and blocks by index, in the words of a plan: codes and places."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from gridding.findings import Finding

_CELL = re.compile(r"(\bcell |网格 )(\d+)\b")


def in_codes(
    findings: Sequence[Finding], code_of_label: Sequence[str], place_of_block: Callable[[int], tuple[float, float]]
) -> tuple[Finding, ...]:
    """The findings with cell codes for cell indices, and the place of the block that each is about.

    Args:
        findings: of :func:`gridding.partition.partition_graph`; ``details`` hold ``cell`` and ``block``.
        code_of_label: (cells,) code of each label.
        place_of_block: longitude and latitude of a block.
    """
    return tuple(_named(f, code_of_label, place_of_block) for f in findings)


def _named(finding: Finding, codes: Sequence[str], place: Callable[[int], tuple[float, float]]) -> Finding:
    cell, block = finding.details.get("cell"), finding.details.get("block")
    at = finding.at if finding.at or block is None else place(int(block))
    if cell is None:
        return replace(finding, at=at)

    def code(match: re.Match[str]) -> str:
        return match[1] + codes[int(match[2])]

    return replace(
        finding,
        at=at,
        message=_CELL.sub(code, finding.message),
        message_zh=_CELL.sub(code, finding.message_zh),
        where=_CELL.sub(code, finding.where),
        details={**finding.details, "cell": codes[int(cell)]},
    )
