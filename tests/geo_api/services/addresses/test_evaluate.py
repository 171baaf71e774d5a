"""The measures themselves: what counts as right, wrong and abstained; confidences; what the sample reaches."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_api.errors import BadRequest
from geo_api.services.addresses.calibrate import CURVES, ONE_WRONG, confidence
from geo_api.services.addresses.evaluate import Answer, checked, evaluate, report
from geo_api.services.addresses.found import METHODS

ROWS = [
    ("1", "right", "clean", 114.0, 30.0, "match"),
    ("2", "wrong", "clean", 114.0, 30.0, "match"),
    ("3", "unsure", "dirty_x", 114.0, 30.0, "match"),
    ("4", "nothing", "nonexistent", np.nan, np.nan, "none"),
    ("5", "invented", "nonexistent", np.nan, np.nan, "none"),
]
ANSWERS: dict[str, Answer] = {
    "right": ("found", 7, 0.99, 114.0001, 30.0, "exact"),
    "wrong": ("found", 8, 0.97, 114.0, 30.0, "exact"),
    "unsure": ("found", 7, 0.6, 114.0, 30.0, "interpolated"),
    "nothing": ("not_found", -1, 0.0, np.nan, np.nan, ""),
    "invented": ("found", 3, 0.96, 114.0, 30.0, "exact"),
}


def frame() -> pd.DataFrame:
    return pd.DataFrame(ROWS, columns=["id", "text", "kind", "lon", "lat", "expected"])


def test_hits_wrong_cells_and_abstentions_are_counted() -> None:
    found = evaluate(checked(frame()), ANSWERS.__getitem__, np.array([7, 7, 7, -1, -1], dtype=np.int32), 0.95)
    by_kind = {t.kind: (t.rows, t.hits, t.wrong, t.abstained) for t in found.tallies}
    assert by_kind["clean"] == (2, 1, 1, 0)
    assert by_kind["all dirty"] == (1, 0, 0, 1)
    assert by_kind["nobody to be named"] == (2, 0, 1, 1)
    assert found.tallies[0].p95_m == pytest.approx(9.2, abs=0.5)
    lowest = dict(found.curve)[0.5]
    assert (lowest.hits, lowest.wrong) == (2, 1)
    assert any("clean" in line for line in report(found))


def test_a_test_set_that_cannot_be_used_says_every_fault() -> None:
    with pytest.raises(BadRequest, match="no column kind, lon"):
        checked(frame()[["id", "text", "lat", "expected"]])
    bad = frame()
    bad.loc[0, "expected"], bad.loc[1, "lon"] = "maybe", np.nan
    with pytest.raises(BadRequest) as raised:
        checked(bad)
    assert [f.where for f in raised.value.findings] == ["row 2", "row 3"]


@pytest.mark.parametrize("curve", [*CURVES.values(), ONE_WRONG])
def test_confidence_never_falls_with_the_share(curve: tuple[tuple[float, float], ...]) -> None:
    shares, sure = zip(*curve, strict=True)
    assert list(shares) == sorted(set(shares))
    assert list(sure) == sorted(sure)
    assert (shares[0], sure[0], shares[-1]) == (0.0, 0.0, 1.0)
    assert sure[-1] < 1


@given(st.sampled_from(METHODS), st.floats(0, 1), st.booleans())
def test_a_wrong_character_never_makes_surer(method: str, share: float, fuzzy: bool) -> None:
    sure = confidence(method, share, fuzzy=fuzzy)
    assert 0 <= sure <= confidence(method, share) < 1
