"""A score taken apart to its records."""

from __future__ import annotations

from collections.abc import Mapping
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
    ids = sorted({int(i) for b in bases.values() if b.record == "entity" for i in b.ids[_worst(b)]})
    names = reports.entity_names(ids, recorded_at)
    return Explanation(
        subject=row.subject,
        code=row.code,
        name=row.name,
        score=row.score,
        band=row.band,
        indicators=tuple(_explained(p, bases[p.key], names) for p in row.points),
        sentence=_sentence(row),
        sentence_zh=_sentence_zh(row),
    )


def _worst(basis: Basis) -> np.ndarray:
    """Positions of the records that are listed: those that cost most first, then by id."""
    lost = basis.of - basis.count if basis.key != "overdue" else basis.count
    order = sorted(range(len(lost)), key=lambda i: (-int(lost[i]), str(basis.ids[i])))
    return np.array(order[:MOST], dtype=np.int64)


def _explained(points: Points, basis: Basis, names: Mapping[int, str]) -> Explained:
    chosen = _worst(basis)
    return Explained(
        key=points.key,
        count=int(basis.count.sum()) / basis.unit,
        of=int(basis.of.sum()) / basis.unit,
        share=points.share,
        points=points.points,
        weight=points.weight,
        records=tuple(
            Record(
                kind=basis.record,
                record_id=str(basis.ids[i]),
                name=names.get(int(basis.ids[i]), "") if basis.record == "entity" else "",
                cell_code=str(basis.by["cell"][i]),
                count=int(basis.count[i]) / basis.unit,
                of=int(basis.of[i]) / basis.unit,
                note=str(basis.notes[i]),
            )
            for i in chosen
        ),
        left_out=len(basis.count) - len(chosen),
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
