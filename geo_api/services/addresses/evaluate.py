"""How well addresses are answered, measured against places that are known: hits, wrong cells, abstentions, metres, time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo_api.addresses.divisions import Divisions
from geo_api.errors import BadRequest
from geo_api.services.addresses.ask import verdicts
from geo_api.services.addresses.gazetteer import Gazetteer
from geo_api.services.addresses.plane import Plane
from geo_api.services.addresses.verdict import FOUND, OUTSIDE, Verdict
from geo_api.services.snapshot import Snapshot
from gridding.findings import Finding, Severity
from gridding.types import FloatArray

COLUMNS = ("id", "text", "kind", "lon", "lat", "expected")
MATCH, AMBIGUOUS, NONE = "match", "ambiguous", "none"
EXPECTED = (MATCH, AMBIGUOUS, NONE)
THRESHOLDS = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99)
CLEAN, DIRTY, UNANSWERABLE = "all clean", "all dirty", "nobody to be named"

Answer = tuple[str, int, float, float, float, str]
"""Status at threshold 0, cell, confidence, lon, lat, method of the likeliest cell."""
Ask = Callable[[str], Answer]


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the rows of one kind, at one threshold.

    Attributes:
        kind: kind of rows. rows: how many.
        hits: the right cell was named. wrong: another cell was, or one where nobody was to be named. abstained: no cell.
        median_m, p95_m: distance of the answers from the true places, metres; nan where there is none.
        p50_ms, p99_ms: time of one answer.
    """

    kind: str
    rows: int
    hits: int
    wrong: int
    abstained: int
    median_m: float
    p95_m: float
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The measures of a test set.

    Attributes:
        threshold: least confidence at which a cell is named.
        tallies: one for each kind of rows, then all clean, all dirty, and those where nobody is to be named.
        curve: (threshold, tally of all rows that have a place) at other thresholds.
        reliability: (confidence from, to, answers, mean confidence, share that is right): are confidences what they say?
        outcomes: one row each: id, kind, text, expected, status, right, cell, confidence, method, metres.
    """

    threshold: float
    tallies: tuple[Tally, ...]
    curve: tuple[tuple[float, Tally], ...]
    reliability: tuple[tuple[float, float, int, float, float], ...]
    outcomes: pd.DataFrame


def checked(truth: pd.DataFrame) -> pd.DataFrame:
    """The rows of a test set; BadRequest with every fault of its columns and values, rows by their number."""
    missing = [c for c in COLUMNS if c not in truth.columns]
    if missing:
        raise BadRequest(f"the test set has no column {', '.join(missing)}; it needs {', '.join(COLUMNS)}")
    truth = truth.assign(expected=truth["expected"].astype(str), text=truth["text"].fillna("").astype(str))
    strange = ~truth["expected"].isin(EXPECTED)
    nowhere = (truth["expected"] == MATCH) & (truth["lon"].isna() | truth["lat"].isna())
    findings = [
        Finding("evaluate.expected", Severity.ERROR, f"row {i + 2}: expected is {value!r}; one of {', '.join(EXPECTED)}",
                f"第{i + 2}行：expected 为“{value}”，应为 {'、'.join(EXPECTED)} 之一", where=f"row {i + 2}")
        for i, value in truth["expected"][strange].items()
    ] + [
        Finding("evaluate.place", Severity.ERROR, f"row {i + 2}: a row to be matched needs lon and lat",
                f"第{i + 2}行：expected 为 match 时必须有 lon 和 lat", where=f"row {i + 2}")
        for i in truth.index[nowhere]
    ]  # fmt: skip
    if findings:
        raise BadRequest(
            f"{len(findings)} rows of the test set cannot be used; first: {findings[0].message}", tuple(findings)
        )
    return truth.reset_index(drop=True)


def evaluate(truth: pd.DataFrame, ask: Ask, true_cells: NDArray[np.int32], threshold: float) -> Evaluation:
    """Ask every row and count.

    Args:
        truth: a frame as of :func:`checked`, places in EPSG:4490.
        ask: one address -> :data:`Answer`; timed one by one.
        true_cells: (rows,) the cell of the true place, -1 outside.
        threshold: least confidence at which a cell is named.
    """
    rows, took = [], np.empty(len(truth))
    for i, text in enumerate(truth["text"]):
        begun = time.perf_counter()
        rows.append(ask(text))
        took[i] = 1000 * (time.perf_counter() - begun)
    out = truth[["id", "kind", "text", "expected"]].assign(true_cell=true_cells)
    out[["status", "cell", "confidence", "lon", "lat", "method"]] = pd.DataFrame(rows, index=out.index)
    out["metres"] = _metres(truth, out)
    out["ms"] = took
    out["to_match"] = out["expected"] == MATCH
    out["same"] = out["to_match"] & (out["cell"] == out["true_cell"])
    out["right"] = out["same"] & _named(out, threshold)
    groups = [(kind, (out["kind"] == kind).to_numpy(dtype=bool)) for kind in dict.fromkeys(out["kind"])]
    groups += [
        (CLEAN, (out["kind"] == "clean").to_numpy(dtype=bool)),
        (DIRTY, out["kind"].str.startswith("dirty").to_numpy(dtype=bool)),
        (UNANSWERABLE, ~out["to_match"].to_numpy(dtype=bool)),
    ]
    placed = out[out["to_match"]]
    return Evaluation(
        threshold=threshold,
        tallies=tuple(_tally(kind, out[which], threshold) for kind, which in groups if which.any()),
        curve=tuple((t, _tally("all", placed, t)) for t in THRESHOLDS),
        reliability=_reliability(out),
        outcomes=out,
    )


def from_memory(gazetteer: Gazetteer, snapshot: Snapshot, divisions: Divisions | None = None) -> Ask:
    """Asks the gazetteer as the service does, at threshold 0: the likeliest cell, however unsure."""

    def ask(text: str) -> Answer:
        ((_, verdict),) = verdicts(gazetteer, snapshot, [text], threshold=0.0, divisions=divisions)
        return likeliest(verdict)

    return ask


def likeliest(verdict: Verdict) -> Answer:
    """The likeliest cell of a verdict."""
    if not verdict.chances or verdict.status not in (FOUND, OUTSIDE):
        return verdict.status, -1, 0.0, np.nan, np.nan, ""
    top = verdict.chances[0]
    return verdict.status, top.cell, top.confidence, top.lon, top.lat, top.best.method


def _named(out: pd.DataFrame, threshold: float) -> NDArray[np.bool_]:
    return np.asarray((out["cell"] >= 0) & (out["confidence"] >= threshold), dtype=bool)


def _metres(truth: pd.DataFrame, out: pd.DataFrame) -> FloatArray:
    lon, lat = truth["lon"].to_numpy(dtype=float), truth["lat"].to_numpy(dtype=float)
    plane = Plane(float(np.nanmedian(lon)), float(np.nanmedian(lat)))
    apart = plane.to_xy(lon, lat) - plane.to_xy(out["lon"].to_numpy(dtype=float), out["lat"].to_numpy(dtype=float))
    return np.asarray(np.hypot(*apart.T))


def _tally(kind: str, rows: pd.DataFrame, threshold: float) -> Tally:
    named = _named(rows, threshold)
    hits = int((named & rows["same"]).sum())
    metres = rows["metres"][named].dropna().to_numpy()
    ms = rows["ms"].to_numpy()
    return Tally(
        kind,
        len(rows),
        hits,
        int(named.sum()) - hits,
        int((~named).sum()),
        *(np.quantile(metres, [0.5, 0.95]).tolist() if len(metres) else (np.nan, np.nan)),
        *np.quantile(ms, [0.5, 0.99]).tolist(),
    )


def _reliability(out: pd.DataFrame) -> tuple[tuple[float, float, int, float, float], ...]:
    edges = (0.0, 0.25, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0 + 1e-9)
    answered = out[out["cell"] >= 0]
    table = []
    for low, high in pairwise(edges):
        part = answered[(answered["confidence"] >= low) & (answered["confidence"] < high)]
        if len(part):
            table.append((low, min(high, 1.0), len(part), float(part["confidence"].mean()), float(part["same"].mean())))
    return tuple(table)


def report(found: Evaluation) -> Iterable[str]:
    """The evaluation as lines of text."""
    yield f"a cell is named from a confidence of {found.threshold:g} on"
    yield f"{'kind':28s} {'rows':>6s} {'hit':>8s} {'wrong':>8s} {'abstain':>8s} {'med m':>7s} {'p95 m':>7s} {'p50 ms':>7s} {'p99 ms':>7s}"
    for tally in found.tallies:
        yield _line(tally.kind, tally)
    yield "all that have a place, at other thresholds"
    for threshold, tally in found.curve:
        yield _line(f"  {threshold:g}", tally)
    yield "confidence: what is said, what is right"
    for low, high, count, said, right in found.reliability:
        yield f"  {low:5.2f} .. {high:4.2f} {count:6d} answers   said {said:6.3f}   right {right:6.3f}"


def _line(name: str, tally: Tally) -> str:
    rows = max(tally.rows, 1)
    shares = " ".join(f"{100 * n / rows:7.2f}%" for n in (tally.hits, tally.wrong, tally.abstained))
    return f"{name:28s} {tally.rows:6d} {shares} {tally.median_m:7.1f} {tally.p95_m:7.1f} {tally.p50_ms:7.2f} {tally.p99_ms:7.2f}"
