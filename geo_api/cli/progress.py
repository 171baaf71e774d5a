"""Progress and findings on standard error, so that standard output stays for results."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable

from gridding.findings import Finding

SHOWN = 12
"""Findings printed before the rest is left to the report."""


def progress_line() -> Callable[[str], None]:
    """A function that prints each stage with the seconds since the start."""
    begun = time.perf_counter()

    def tell(stage: str) -> None:
        sys.stderr.write(f"{time.perf_counter() - begun:7.1f} s  {stage}\n")
        sys.stderr.flush()

    return tell


def print_findings(findings: Iterable[Finding]) -> None:
    """Print the first findings, one a line, and how many more there are."""
    rows = list(findings)
    for finding in rows[:SHOWN]:
        sys.stderr.write(f"{finding.severity:8s} {finding.rule}: {finding.message}{_place(finding)}\n")
    if len(rows) > SHOWN:
        sys.stderr.write(f"         and {len(rows) - SHOWN} more findings\n")


def _place(finding: Finding) -> str:
    """Where to look: a planner cannot find block 23074, but can find a longitude and latitude."""
    if finding.at is None or f"{finding.at[0]}, {finding.at[1]}" in finding.message:
        return ""
    return f" (near {finding.at[0]:.6f}, {finding.at[1]:.6f})"
