"""One key for all spellings of a street's name."""

from __future__ import annotations

import re

from geo_api.addresses.us_words import KINDS, street_words

_DIGITS = "零一二三四五六七八九"
_NUMBER = re.compile(r"\d{1,4}")
_KIND = re.compile(
    r"(?:大道|大街|公路|胡同|高速|路|街|巷|道|弄|里|线)(?:[零一二三四五六七八九十百东西南北中]{1,3}段)?$"
)
_SPACES = re.compile(r"[\s.·・()-]+")
_SHORTEST = 2
_MOST_READINGS = 10


def chinese_number(number: int) -> str:
    """A number of 0 to 9999 in Chinese, as street names write it.

    >>> [chinese_number(n) for n in (2, 10, 12, 20, 105, 318)]
    ['二', '十', '十二', '二十', '一百零五', '三百一十八']
    """
    if number < 10:
        return _DIGITS[number]
    out, zero = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit:
            out += ("零" if zero else "") + ("" if out == "" and unit == 10 and digit == 1 else _DIGITS[digit]) + name
            zero = False
        elif out:
            zero = True
    return out


def street_key(name: str, region: str = "cn") -> str:
    """Key of a street: numerals in Chinese, no spaces, letters in upper case; the same for all spellings of one name.

    Args:
        name: name as written, normalised.
        region: ``cn``, or ``us``: directions, kinds and ordinals in one spelling.

    >>> street_key("人民2路") == street_key("人民二路"), street_key("South Racine Avenue", "us")
    (True, 'S RACINE AVE')
    """
    if region != "cn":
        return " ".join(street_words(name))
    return _NUMBER.sub(lambda m: chinese_number(int(m[0])), _SPACES.sub("", name).upper())


def readings(name: str, region: str = "cn") -> tuple[str, ...]:
    """Keys that a written street may have: the whole first, then without what may be a place before it.

    >>> readings("新都会翠竹路")
    ('新都会翠竹路', '都会翠竹路', '会翠竹路', '翠竹路')
    """
    key = street_key(name, region)
    if not key:
        return ()
    if region != "cn":
        words = key.split()
        return (key, " ".join(words[:-1])) if len(words) > 1 and words[-1] in KINDS else (key,)
    kind = _KIND.search(key)
    stem = kind.start() if kind else len(key)
    last = max(stem - _SHORTEST, 0)
    return tuple(key[i:] for i in range(min(last, _MOST_READINGS) + 1))
