"""From what speaks for a cell to the probability that it is the right one: tables fitted on addresses that are known.

``share`` is the part of the possible places (weighted by likelihood) that lies in the cell. It is no probability yet:
methods differ in how well their places are known. The tables give, for each method, the part of right cells among
answers of about that share. They were fitted on 12,900 answers: the sample county of seed 11 (its test set, twice, cut
into 25 cells each), 2,500 records each of Shanghai, Chicago (about 100 records a cell) and Haidian (townships, and 100
records a cell), each record hidden and found through the others; read off in bins of share, ascending, pulled towards
less where a bin held few. What ``gridward evaluate addresses`` and the benchmark print comes from other counties, cells
and records.

A street that is named with one wrong character has a table of its own. Its rates are those of two experiments: of 200
misspelt streets all were the right one; of streets that the gazetteer lacks, 1.3 % (Shanghai) to 6.5 % (the sample) are
taken for another that has the number, 0.1 % where the characters sound or look alike. Half of the unknown names are
taken to be slips.
"""

from __future__ import annotations

from bisect import bisect_right

Curve = tuple[tuple[float, float], ...]
"""(share, probability), ascending in both."""

CURVES: dict[str, Curve] = {
    "exact": (
        (0.0, 0.0),
        (0.25, 0.1),
        (0.5, 0.35),
        (0.75, 0.77),
        (0.85, 0.87),
        (0.92, 0.985),
        (0.97, 0.996),
        (1.0, 0.998),
    ),
    "number": ((0.0, 0.0), (0.5, 0.35), (0.75, 0.77), (0.85, 0.9), (0.92, 0.975), (0.97, 0.99), (1.0, 0.993)),
    "lane": ((0.0, 0.0), (0.4, 0.3), (0.6, 0.8), (0.85, 0.95), (0.95, 0.97), (1.0, 0.98)),
    "interpolated": (
        (0.0, 0.0),
        (0.4, 0.07),
        (0.6, 0.6),
        (0.75, 0.73),
        (0.85, 0.86),
        (0.92, 0.965),
        (0.97, 0.993),
        (1.0, 0.995),
    ),
    "crossing": ((0.0, 0.0), (0.4, 0.2), (0.6, 0.6), (0.8, 0.85), (0.95, 0.97), (1.0, 0.99)),
    "relative": (
        (0.0, 0.0),
        (0.4, 0.4),
        (0.6, 0.6),
        (0.75, 0.72),
        (0.85, 0.8),
        (0.93, 0.87),
        (0.97, 0.9),
        (1.0, 0.975),
    ),
    "place": ((0.0, 0.0), (0.6, 0.12), (0.75, 0.35), (0.9, 0.8), (0.95, 0.9), (1.0, 0.915)),
    "street": (
        (0.0, 0.0),
        (0.2, 0.1),
        (0.4, 0.42),
        (0.6, 0.62),
        (0.75, 0.84),
        (0.92, 0.88),
        (0.96, 0.98),
        (1.0, 0.985),
    ),
}
ONE_WRONG: Curve = (
    (0.0, 0.0),
    (0.5, 0.4),
    (0.75, 0.85),
    (0.8, 0.93),
    (0.86, 0.955),
    (0.92, 0.97),
    (0.95, 0.985),
    (1.0, 0.985),
)
"""Where the street is named with one wrong character."""


def confidence(method: str, share: float, *, fuzzy: bool = False) -> float:
    """The calibrated probability that a cell is the right one."""
    sure = read_off(CURVES[method], share)
    return min(sure, read_off(ONE_WRONG, share)) if fuzzy else sure


def read_off(curve: Curve, share: float) -> float:
    """The curve at a share, between its points in a straight line."""
    i = min(max(bisect_right(curve, (share, 2.0)), 1), len(curve) - 1)
    (x0, y0), (x1, y1) = curve[i - 1], curve[i]
    return y0 + (y1 - y0) * (min(share, x1) - x0) / (x1 - x0)
