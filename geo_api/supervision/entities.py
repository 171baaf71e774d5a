"""The entity register: addresses as keys for exact matches."""

from __future__ import annotations

import re
import unicodedata

_SPACES = re.compile(r"\s+")
_NUMBER_WORDS = str.maketrans({"號": "号", "樓": "楼", "幢": "栋", "棟": "栋", "﹣": "-"})
_DASHES = re.compile(r"[‐‑‒–—―－﹘﹣~～]+")
_PUNCTUATION = re.compile(r"[,，.。;；、'\"“”‘’()（）\[\]【】]")


def normalise_address(address: str) -> str:
    """A register address as a key for exact matches; "" for an address without a letter or digit.

    Full-width characters become half-width (NFKC), letters lower case, every kind of dash ``-``; 號, 樓, 棟 and 幢
    are written 号, 楼, 栋; spaces and punctuation go. Numerals are left as they are: 一 and 1 differ. Two addresses
    with the same key are the same place only if the register says so: callers abstain when the hits disagree.

    >>> normalise_address("人民路 １２號")
    '人民路12号'
    """
    text = _fold(_fold(address))  # what is taken out may bring an accent to its letter
    return text if any(c.isalnum() for c in text) else ""


def _fold(text: str) -> str:
    text = _DASHES.sub("-", unicodedata.normalize("NFKC", text)).casefold()
    return _PUNCTUATION.sub("", _SPACES.sub("", text).translate(_NUMBER_WORDS))
