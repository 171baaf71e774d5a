"""Findings of the engine get codes and places."""

from __future__ import annotations

from gridding.findings import Finding, Severity
from gridding.naming import in_codes


def test_cell_and_block_are_named() -> None:
    finding = Finding(
        "balance.tolerance",
        Severity.ERROR,
        "cell 1 deviates; block 7 is heavy",
        "网格 1 偏差",
        "cell 1",
        details={"cell": 1, "block": 7},
    )
    (named,) = in_codes([finding], ["A002", "A001"], lambda block: (float(block), 30.0))
    assert named.message == "cell A001 deviates; block 7 is heavy"
    assert named.message_zh == "网格 A001 偏差"
    assert named.where == "cell A001"
    assert named.at == (7.0, 30.0)
    assert named.details == {"cell": "A001", "block": 7}


def test_findings_without_a_cell_stay_as_they_are() -> None:
    finding = Finding("part.bridged", Severity.INFO, "a cell may have a piece on either side of 3 gaps")
    assert in_codes([finding], ["A001"], lambda block: (0.0, 0.0)) == (finding,)
