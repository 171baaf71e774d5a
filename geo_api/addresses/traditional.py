"""Traditional characters read as simplified ones (OpenCC's tables, built once)."""

from __future__ import annotations

import re
from functools import cache

from opencc import OpenCC

_KEEP = frozenset("乾著瞭麽藉覆夥於徵甯")
"""Characters that are simplified as well, in names: 乾县, 徵; they change only in a text with other traditional ones."""
_FORMS = str.maketrans({"號": "号", "樓": "楼", "臺": "台", "衖": "弄", "衚": "胡", "衕": "同", "甯": "宁"})


@cache
def _converter() -> OpenCC:
    return OpenCC("t2s")


@cache
def _table() -> dict[int, str]:
    """Code point -> simplified character, for each CJK character that has another simplified form."""
    every = [chr(c) for c in (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000), *range(0xF900, 0xFB00))]
    turned = _converter().convert("\n".join(every)).split("\n")
    pairs = zip(every, turned, strict=True)
    return {ord(a): b for a, b in pairs if a != b and len(b) == 1 and a not in _KEEP}


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile("[" + "".join(map(chr, _table())) + "]")


def simplified(text: str) -> str:
    """The text in simplified characters; phrases decide where a character has two simplified forms. Idempotent.

    >>> simplified("臺北市中正區重慶南路")
    '台北市中正区重庆南路'
    """
    text = text.translate(_FORMS)
    if not _pattern().search(text):
        return text
    return str(_converter().convert(text)).translate(_table())


def is_traditional(text: str) -> bool:
    """Whether a text has a character that only traditional writing has."""
    return _pattern().search(text) is not None
