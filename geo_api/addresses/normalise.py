"""One spelling for the same characters: half-width, simplified, numerals as digits. Nothing is looked up or left out."""

from __future__ import annotations

import re
import unicodedata

from geo_api.addresses.numerals import digits
from geo_api.addresses.traditional import simplified

LONGEST = 300
"""Characters read of one address; what follows is cut."""

_PLAIN = re.compile(r"[\u4e00-\u9fff\u3007A-Z0-9 ()#,./~-]*")
_SIGNS = str.maketrans(
    {
        **dict.fromkeys("‐‑‒–—―−─━ー﹣－﹘", "-"),
        **dict.fromkeys("～〜∼˜⁓", "~"),
        **dict.fromkeys("（〔［[{【〖《〈「『﹙｛", "("),
        **dict.fromkeys("）〕］]}】〗》〉」』﹚｝", ")"),
        **dict.fromkeys("，﹐；;。｡﹔|｜\t\r\n\u3000\xa0", " "),
        **dict.fromkeys("、､﹑", "、"),
        **dict.fromkeys("＃№﹟", "#"),
        **dict.fromkeys("·・•‧∙．﹒", "·"),
        **dict.fromkeys("／∕⁄\\＼", "/"),
        **dict.fromkeys("\"'“”‘’＂＇`´", ""),
        "︰": ":", "：": ":", "﹕": ":", "○": "〇", "◯": "〇", "⼀": "一",
    }
)  # fmt: skip
_NUMBER_SIGN = re.compile(r"(?:(?<![A-Z])N[O0]\.? ?|#)(?=\d)|(?<=\d)#")
_LETTER_O = re.compile(r"(?<=\d)[Oo](?=[\dOo号號室弄楼之附甲乙~\-一—])|(?<=\d)[lI](?=\d)")
_SPACE = re.compile(r" {2,}")
_SPACE_CJK = re.compile(r"(?<=[^\x00-\x7f]) +(?=[^\x00-\x7f])|(?<=[^\x00-\x7f]) +(?=\d)|(?<=\d) +(?=[^\x00-\x7f])")
_SPACE_DIGITS = re.compile(r"(?<![\dA-Z.-])\d(?: \d)+(?= ?号(?![楼栋幢院房门店]))")
_SPACE_SIGN = re.compile(r"(?<=\d) *([-~/、]) *(?=\d)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufe00-\ufe0f]")
_ROUNDS = 4


def normalise(text: str) -> str:
    """A Chinese address in one spelling; idempotent, never raises, linear in the (limited) length.

    Full-width characters become half-width (NFKC), letters upper case, traditional characters simplified (號 号, 樓 楼,
    臺 台), every kind of dash, bracket, number sign and space one, Chinese numerals before a unit digits (十二号 12号,
    二〇三室 203室; not in names: 三里屯路), a 一 between digits a dash, the letter O among digits 0.
    Divisions, telephone numbers and notes in brackets stay.

    >>> normalise("人民路 １２號 三單元２〇３室（近廣東路）")
    '人民路12号3单元203室(近广东路)'
    """
    text = text[:LONGEST]
    for _ in range(_ROUNDS):  # NFKC may bring forth what another step reads; nearly always the first round is the last
        before, text = text, _once(text)
        if text == before:
            break
    return text


def fold(text: str) -> str:
    """The characters in one spelling, but blanks and numerals as they are: what :func:`normalise` does first."""
    text = text[:LONGEST]
    if not _PLAIN.fullmatch(text):
        text = _CONTROL.sub("", text)
        text = unicodedata.normalize("NFKC", text.translate(_SIGNS)).translate(_SIGNS)
    return simplified(_LETTER_O.sub(lambda m: "0" if m[0] in "Oo" else "1", text).upper())


def spaced_numbers(text: str) -> list[str]:
    """House numbers of a folded text whose digits stand apart: they are one number, not the first digit.

    >>> spaced_numbers("育 英 街 7 6 号")
    ['76']
    """
    return [found[0].replace(" ", "") for found in _SPACE_DIGITS.finditer(_SPACE.sub(" ", text))]


def _once(text: str) -> str:
    text = fold(text)
    text = _NUMBER_SIGN.sub(lambda m: "号" if m[0] == "#" and m.start() and text[m.start() - 1].isdigit() else "", text)
    if " " in text:
        text = _SPACE_DIGITS.sub(lambda m: m[0].replace(" ", ""), _SPACE.sub(" ", text))
        text = _SPACE_SIGN.sub(r"\1", _SPACE_CJK.sub("", text))
    text = text.strip(" ,")
    return digits(text)[:LONGEST]
