"""Files of the unlicensed: found, warned, guided, then licensed or gone; some wait for long."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo_api.sample import codes
from geo_api.sample.workdays import spread

STEPS = ("notice", "guided", "referred", "licensed", "removed")
_TAKEN = (0.93, 0.75, 0.07, 0.36, 0.2)
"""Share of the files that come to each step, if they live that long; who is licensed is not removed."""
_AFTER = ((3, 18), (15, 70), (40, 120), (60, 330), (50, 260))
"""Days after the discovery."""
_NOTES = (
    "责令改正，限期办理营业执照", "已上门指导，材料齐备即可申请", "抄告：住所性质需先行认定", "", "已停止经营，招牌拆除",
)  # fmt: skip


def unlicensed_steps(
    entities: pd.DataFrame, officer: NDArray[np.object_], division: str, on: date, rng: np.random.Generator
) -> pd.DataFrame:
    """The steps of all files up to the day before ``on``, by day.

    Args:
        entities: source_id, licensed, opened (the day of the discovery).
        officer: (n,) id of who looks after each.
        division: 6-digit code, for new credit codes.
        on: the day on which the register is as it is.
        rng: randomness.

    Returns:
        Frame with source_id, step, on (datetime64[D]), officer, note, credit_code, credit_class.
    """
    own = np.flatnonzero(~entities["licensed"].to_numpy())
    found = entities["opened"].to_numpy().astype("datetime64[D]")[own]
    luck = rng.random((len(own), len(STEPS)))
    taken = luck < _TAKEN
    taken[:, 4] = ~taken[:, 3] & (luck[:, 4] < _TAKEN[4] / (1 - _TAKEN[3]))
    days = np.empty((len(own), len(STEPS)), dtype="datetime64[D]")
    for k, (low, high) in enumerate(_AFTER):
        begin, end = found + np.timedelta64(low, "D"), found + np.timedelta64(high, "D")
        days[:, k] = spread(begin, end, rng.random(len(own)))
    settled = np.fmin(*(np.where(taken[:, k], days[:, k], np.datetime64("NaT")) for k in (3, 4)))
    taken[:, :3] &= ~(days[:, :3] >= settled[:, None])
    taken &= days < np.datetime64(on)
    row, step = np.nonzero(taken)
    made = pd.DataFrame(
        {
            "source_id": entities["source_id"].to_numpy(dtype=object)[own[row]],
            "step": np.array(STEPS, dtype=object)[step],
            "on": days[row, step],
            "officer": officer[own[row]],
            "note": np.array(_NOTES, dtype=object)[step],
        }
    )
    licensed = step == 3
    fresh = codes.credit_codes(np.full(len(made), 2), division, rng)
    made["credit_code"] = np.where(licensed, fresh, "")
    made["credit_class"] = np.where(licensed, "C", "")
    return made.iloc[np.lexsort((step, made["source_id"], made["on"]))].reset_index(drop=True)


def gone_on(entities: pd.DataFrame, steps: pd.DataFrame) -> NDArray[np.datetime64]:
    """(n,) the day on which each entity is gone: it closed, or was removed; NaT = it is there."""
    removed = steps[steps["step"] == "removed"].set_index("source_id")["on"]
    gone = removed.reindex(entities["source_id"]).to_numpy().astype("datetime64[D]")
    return np.asarray(np.fmin(entities["closed"].to_numpy().astype("datetime64[D]"), gone))
