"""Unified social credit codes (GB 32100-2015) and 15-digit registration numbers, many at a time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CHARS = np.array(list(ALPHABET))
_WEIGHTS = np.array([3**i % 31 for i in range(17)])
_ORG_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORG_VALUE = np.array([_ORG_ALPHABET.index(c) for c in ALPHABET])
_ORG_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])
_ORG_CHECK = np.array([ALPHABET.index(c) for c in "0123456789X"])


def credit_codes(kind: NDArray[np.int64], division: str, rng: np.random.Generator) -> NDArray[np.str_]:
    """Valid codes, all different: 9, ``kind``, division, organisation code, check character.

    Args:
        kind: one digit per code: 1 enterprise, 2 sole trader, 3 cooperative.
        division: 6 digits.
        rng: source of the organisation codes.

    Returns:
        n strings of 18 characters, the organisation code (positions 9-17) and the whole each with its check character.
    """
    n = len(kind)
    values = np.empty((n, 17), dtype=np.int64)
    values[:, 0] = 9
    values[:, 1] = kind
    values[:, 2:8] = [int(c) for c in division]
    values[:, 8:10] = ALPHABET.index("M"), ALPHABET.index("A")
    serial = rng.choice(31**6, size=n, replace=False) if n < 2000 else np.unique(rng.integers(0, 31**6, 2 * n))
    serial = rng.permutation(serial)[:n]
    values[:, 10:16] = serial[:, None] // 31 ** np.arange(5, -1, -1) % 31
    organisation = (11 - _ORG_VALUE[values[:, 8:16]] @ _ORG_WEIGHTS % 11) % 11  # 10 is written X
    values[:, 16] = _ORG_CHECK[organisation]
    check = (31 - values @ _WEIGHTS % 31) % 31
    letters = _CHARS[np.column_stack([values, check])]
    return np.ascontiguousarray(letters).view("<U18").ravel()


def spoil_check(codes: NDArray[np.str_]) -> NDArray[np.str_]:
    """The codes with a wrong last character."""
    last = np.array([ALPHABET.index(c[-1]) for c in codes], dtype=np.int64)
    return np.char.add(codes.astype("<U17"), _CHARS[(last + 7) % 31])


def registration_numbers(division: str, serials: NDArray[np.int64]) -> list[str]:
    """15-digit numbers: division, 8-digit serial, check digit of ISO 7064 mod 11,10."""
    bodies = [f"{division}{serial:08d}" for serial in serials]
    return [body + str(_mod_11_10(body)) for body in bodies]


def _mod_11_10(body: str) -> int:
    rest = 10
    for digit in body:
        rest = ((rest + int(digit)) % 10 or 10) * 2 % 11
    return (11 - rest) % 10
