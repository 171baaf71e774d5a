"""Versions of the register -> the days on which each business existed with a class (see supervision.coverage.existing)."""

from __future__ import annotations

import numpy as np

from geo_api.services.coverage.inputs import NEVER, Array, Versions


def existing_days(versions: Versions) -> tuple[Array, Array]:
    """(v,) first day, and first day no longer, of each version; an empty version has end <= start.

    Args:
        versions: sorted by entity, then by day.
    """
    n = len(versions.entity_id)
    if not n:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    closed = versions.closed.astype(np.int64)
    said = closed < NEVER
    last_of_entity = np.append(versions.entity_id[1:] != versions.entity_id[:-1], True)
    overruled = said & ~last_of_entity & np.append(said[1:], False)  # the next version names a closing too
    ended = np.where(said & ~overruled, closed, NEVER)
    # smallest of its own and all later versions' endings: entities are told apart by large steps
    rank = np.cumsum(np.append(True, last_of_entity[:-1]))
    step = np.int64(2**32)
    ended = np.minimum.accumulate((rank * step + ended)[::-1])[::-1] - rank * step
    start = np.maximum(versions.valid_from, versions.opened).astype(np.int64)
    end = np.minimum(np.minimum(versions.valid_to, closed), ended)
    return start, end
