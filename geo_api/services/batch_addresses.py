"""Many addresses in one call: each is answered as if it were asked alone; what is no text spoils only its own row."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from geo_api.services.addresses.ask import many
from geo_api.services.answers import LookupAnswer
from geo_api.services.ask import AddressBook
from geo_api.services.batch_lookup import INVALID, STATUS, BatchAnswer, BatchQuestion
from geo_api.services.snapshot import Snapshot

Matcher = Callable[[Snapshot, Sequence[str]], list[LookupAnswer]]
"""The answer to each of many addresses, in the cells of a snapshot; same order."""


def matcher(book: AddressBook, *, threshold: float, near_border_m: float) -> Matcher:
    """Matches addresses with the gazetteer that a book lends."""

    def match(snapshot: Snapshot, texts: Sequence[str]) -> list[LookupAnswer]:
        gazetteer, how = book.current()
        return many(
            gazetteer, snapshot, texts, threshold=threshold, near_border_m=near_border_m, divisions=how.divisions,
            age_s=book.age_s(),
        )  # fmt: skip

    return match


def look_up_addresses(
    snapshot: Snapshot, question: BatchQuestion, match: Matcher, *, age_s: float | None = None
) -> BatchAnswer:
    """Look all addresses up; "invalid" where a row has no text with a letter or digit."""
    texts = question.addresses or ()
    asked = [i for i, text in enumerate(texts) if isinstance(text, str) and any(c.isalnum() for c in text)]
    answers = match(snapshot, [texts[i] for i in asked])
    n, position = len(texts), {status: i for i, status in enumerate(STATUS)}
    cell, beyond = np.full(n, -1, np.int32), np.full(n, -1, np.int32)
    metres, status = np.full(n, np.nan), np.full(n, INVALID, np.int8)
    matched: list[str | None] = [None] * n
    method: list[str | None] = [None] * n
    confidence: list[float | None] = [None] * n
    candidates: list[list[str]] = [[] for _ in range(n)]
    for i, answer in zip(asked, answers, strict=True):
        status[i] = position[answer.status]
        if answer.snapshot_age_s is not None:
            age_s = max(age_s or 0.0, answer.snapshot_age_s)
        if answer.cell is not None:
            cell[i] = snapshot.index_of[answer.cell.code]
        if answer.border is not None:
            metres[i] = answer.border.distance_m
            beyond[i] = snapshot.index_of.get(answer.border.beyond or "", -1)
        matched[i], method[i], confidence[i] = answer.matched_address, answer.method, answer.confidence
        candidates[i] = list(dict.fromkeys(c.cell.code for c in answer.candidates if c.cell is not None))
    with_border = question.border is not False
    return BatchAnswer(
        on=snapshot.on,
        ids=question.ids,
        cell=cell,
        status=status,
        border_distance_m=metres if with_border else None,
        beyond=beyond if with_border else None,
        codes=tuple(ref.code for ref in snapshot.refs),
        snapshot_age_s=age_s,
        more={"matched_address": matched, "method": method, "confidence": confidence, "candidates": candidates},
    )
