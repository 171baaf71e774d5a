"""A score taken apart to its records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np

from geo_api.services.assessment.answer import Assessed, Explained, Explanation, Record
from geo_api.services.assessment.basis import TOTAL, Basis
from geo_api.services.assessment.collect import Collected
from geo_api.services.assessment.words import INDICATOR_EN, INDICATOR_ZH
from geo_api.services.reports.store import ReportStore
from geo_api.supervision.assessment import Points

MOST = 500
"""Records listed of one indicator."""


def explain(found: Collected, row: Assessed, reports: ReportStore, recorded_at: datetime | None) -> Explanation:
    """Each indicator of a score with the records that it rests on; their sums are the figures of the score."""
    own = row.code == found.tables.jurisdiction and row.subject != "officer"
    bases = {
        p.key: found.basis_of(p.key, row.subject).only(TOTAL if own else row.subject, row.code) for p in row.points
    }
    split = {key: _by_entity(found, b) if b.record == "cell" else [b] for key, b in bases.items()}
    chosen = {key: _worst(parts) for key, parts in split.items()}
    ids = sorted({int(b.entities[i]) for rows in chosen.values() for b, i in rows} - {0})
    names = reports.entity_names(ids, recorded_at)
    return Explanation(
        subject=row.subject,
        code=row.code,
        name=row.name,
        score=row.score,
        band=row.band,
        indicators=tuple(
            _explained(p, bases[p.key], chosen[p.key], sum(len(b.ids) for b in split[p.key]), names) for p in row.points
        ),
        sentence=_sentence(row),
        sentence_zh=_sentence_zh(row),
    )


def _by_entity(found: Collected, shares: Basis) -> list[Basis]:
    """An officer's shares of cells: a cell that was theirs all the time is told by its entities, the others as shares."""
    entities = found.bases["coverage"]
    parts, kept = [], []
    for i, code in enumerate(shares.ids.tolist()):
        own = entities.only("cell", str(code))
        whole = (int(own.count.sum()), int(own.of.sum())) == (int(shares.count[i]), int(shares.of[i]))
        if whole:
            parts.append(own)
        else:
            kept.append(i)
    return [*parts, shares.rows(np.array(kept, dtype=np.int64))]


def _worst(parts: Sequence[Basis]) -> list[tuple[Basis, int]]:
    """The records that are listed, with their positions: those that cost most first, then by id."""
    ranked = []
    for n, basis in enumerate(parts):
        lost = basis.count if basis.key == "overdue" else basis.of - basis.count
        ranked += [(-int(cost), str(i), n, at) for at, (cost, i) in enumerate(zip(lost, basis.ids, strict=True))]
    return [(parts[n], at) for _, _, n, at in sorted(ranked)[:MOST]]


def _explained(
    points: Points, whole: Basis, chosen: Sequence[tuple[Basis, int]], records: int, names: Mapping[int, str]
) -> Explained:
    return Explained(
        key=points.key,
        count=int(whole.count.sum()) / whole.unit,
        of=int(whole.of.sum()) / whole.unit,
        share=points.share,
        points=points.points,
        weight=points.weight,
        records=tuple(
            Record(
                kind=basis.record,
                record_id=str(basis.ids[i]),
                entity_id=int(basis.entities[i]) or None,
                name=names.get(int(basis.entities[i]), ""),
                cell_code=str(basis.by["cell"][i]),
                count=int(basis.count[i]) / basis.unit,
                of=int(basis.of[i]) / basis.unit,
                note=str(basis.notes[i]),
            )
            for basis, i in chosen
        ),
        left_out=records - len(chosen),
    )


def _sentence(row: Assessed) -> str:
    if row.score is None:
        return f"{row.subject} {row.code} has no score: nothing fell due in the period"
    parts = [
        f"{INDICATOR_EN[p.key]} {p.count:g} of {p.of:g}: {p.points:.1f} of {p.weight:g}"
        for p in row.points
        if p.points is not None
    ]
    weights = sum(p.weight for p in row.points if p.points is not None)
    total = sum(p.points for p in row.points if p.points is not None)
    return f"{row.score:g} = 100 x {total:.1f} / {weights:g} points ({'; '.join(parts)})"


def _sentence_zh(row: Assessed) -> str:
    if row.score is None:
        return f"{row.code} 本期无应办事项，不计分"
    parts = [
        f"{INDICATOR_ZH[p.key]} {p.count:g}/{p.of:g}，得 {p.points:.1f}/{p.weight:g}"
        for p in row.points
        if p.points is not None
    ]
    weights = sum(p.weight for p in row.points if p.points is not None)
    total = sum(p.points for p in row.points if p.points is not None)
    return f"{row.score:g} 分 = 100 × {total:.1f} / {weights:g}（{'；'.join(parts)}）"
