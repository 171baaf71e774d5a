"""Chinese numerals before a unit of an address become digits: 一百零五号 -> 105号. Names keep theirs: 三里屯路, 五一路."""

from __future__ import annotations

import re

_VALUE = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2, "廿": 20, "卅": 30}
_UNIT = {"十": 10, "百": 100, "千": 1000}
_RUN = "0-9零〇○一二三四五六七八九十百千两廿卅"
_BEFORE_UNIT = re.compile(
    rf"([{_RUN}]{{1,9}})(?=支?弄|号(?!路|桥|线)|室|层|单元|栋|幢|座|(?:村民|居民)?小?组(?!路)|队|米|楼(?!梓|外楼)|院(?!校|落)|号院|铺|门(?=[{_RUN}]|$))"
)
_AFTER_NUMBER = re.compile(rf"(?<=号之|号附|弄之|\d附)([{_RUN}]{{1,4}})")
_BEFORE_JOIN = re.compile(
    rf"([零〇一二三四五六七八九十百廿]{{1,6}})(?=(?:[-~、/]|之|至|到)[{_RUN}]{{1,6}}(?:号|室|层|楼|弄))"
)
_FORMAL = re.compile("([壹贰叁肆伍陆柒捌玖拾佰仟零]{2,9})(?=号|室|弄|层|单元)")
_PLAIN = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟", "一二三四五六七八九十百千")
_DIGIT_DASH = re.compile(r"(?<=\d)一(?=\d)")
_HAS = re.compile("[零〇○一二三四五六七八九十两廿卅拾佰]")


def number_value(text: str) -> str | None:
    """Digits of a numeral, by value (一百零五: ``105``) or digit by digit (二〇三: ``203``); None when it is none.

    >>> [number_value(t) for t in ("十二", "廿三", "一百零五", "二〇三", "三十", "两", "一千二百", "百", "12")]
    ['12', '23', '105', '203', '30', '2', '1200', None, '12']
    """
    if text.isascii():
        return text
    if any(c.isascii() for c in text):  # 1〇3 and 二0三 digit by digit
        return (
            "".join(str(_VALUE[c]) if c in _VALUE else c for c in text) if not set(text) & set("十百千廿卅") else None
        )
    if not set(text) & set("十百千廿卅"):
        return "".join(str(_VALUE[c]) for c in text)
    total, digit, last = 0, 0, 10**9
    for i, c in enumerate(text):
        if c in _UNIT:
            unit = _UNIT[c]
            if unit >= last or (digit == 0 and not (c == "十" and (i == 0 or text[i - 1] in "零〇"))):
                return None
            total, digit, last = total + max(digit, 1) * unit, 0, unit
        elif c in "廿卅":
            if i:
                return None
            total, last = _VALUE[c], 10
        else:
            if digit:
                return None
            digit = _VALUE[c]
    return str(total + digit)


def digits(text: str) -> str:
    """All numerals before a unit as digits; idempotent.

    >>> digits("建设一路一百零五号三单元二〇三室")
    '建设一路105号3单元203室'
    """
    if not _HAS.search(text):
        return text
    text = _FORMAL.sub(lambda m: m[1].translate(_PLAIN), text)
    text = _DIGIT_DASH.sub("-", text)
    text = _BEFORE_JOIN.sub(_replace, text)
    text = _BEFORE_UNIT.sub(_replace, text)
    return _AFTER_NUMBER.sub(_replace, text)


def _replace(match: re.Match[str]) -> str:
    run = match[1]
    return number_value(run) or run
