from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_api.sample.codes import ALPHABET, credit_codes, registration_numbers, spoil_check

WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]
REAL = ["91350100M000100Y43", "91110000802100433B", "91310000631696382C"]


def is_valid(code: str) -> bool:
    """GB 32100-2015 and, for positions 9 to 17, GB 11714, written from the standard's formulas."""
    organisation = sum((int(c, 36)) * w for c, w in zip(code[8:16], [3, 7, 9, 10, 5, 8, 4, 2], strict=True))
    eleven = {10: "X", 11: "0"}.get(11 - organisation % 11, str(11 - organisation % 11))
    total = sum(ALPHABET.index(c) * w for c, w in zip(code[:17], WEIGHTS, strict=True))
    return len(code) == 18 and code[16] == eleven and ALPHABET.index(code[17]) == (31 - total % 31) % 31


@pytest.mark.parametrize("code", REAL)
def test_the_check_of_this_test_accepts_published_codes(code: str) -> None:
    assert is_valid(code)
    assert not is_valid(code[:-1] + ("2" if code[-1] != "2" else "3"))


@given(st.integers(0, 2**32), st.integers(1, 3000))
def test_codes_are_valid_and_different(seed: int, n: int) -> None:
    kind = np.random.default_rng(seed).integers(1, 4, n)
    codes = credit_codes(kind, "990101", np.random.default_rng(seed))
    assert len(set(codes)) == n
    assert all(is_valid(c) for c in codes[:200])
    assert [c[:8] for c in codes] == [f"9{k}990101" for k in kind]


def test_a_spoilt_code_differs_in_its_last_character_alone() -> None:
    codes = credit_codes(np.full(50, 2), "990101", np.random.default_rng(1))
    spoilt = spoil_check(codes)
    assert [c[:-1] for c in spoilt] == [c[:-1] for c in codes]
    assert not any(is_valid(c) for c in spoilt)


def test_registration_numbers_end_in_the_iso_7064_digit() -> None:
    assert registration_numbers("110108", np.array([1])) == ["110108000000016"]
    numbers = registration_numbers("990101", np.arange(100))
    for number in numbers:
        rest = 10
        for digit in number[:-1]:
            rest = ((rest + int(digit)) % 10 or 10) * 2 % 11
        assert (rest + int(number[-1])) % 10 == 1
