"""Names of divisions without their endings: 湖北省 湖北, 恩施土家族苗族自治州 恩施."""

from __future__ import annotations

import re

_PEOPLES = (
    *(
        "壮族",
        "回族",
        "维吾尔族",
        "维吾尔",
        "苗族",
        "彝族",
        "土家族",
        "藏族",
        "蒙古族",
        "蒙古",
        "布依族",
        "侗族",
        "瑶族",
        "白族",
    ),
    *(
        "哈尼族",
        "朝鲜族",
        "哈萨克族",
        "哈萨克",
        "黎族",
        "傣族",
        "畲族",
        "傈僳族",
        "仡佬族",
        "东乡族",
        "拉祜族",
        "水族",
        "佤族",
    ),
    *(
        "纳西族",
        "羌族",
        "土族",
        "仫佬族",
        "锡伯族",
        "锡伯",
        "柯尔克孜",
        "达斡尔族",
        "景颇族",
        "毛南族",
        "撒拉族",
        "布朗族",
    ),
    *(
        "塔吉克",
        "阿昌族",
        "普米族",
        "鄂温克族",
        "怒族",
        "独龙族",
        "鄂伦春",
        "裕固族",
        "保安族",
        "京族",
        "满族",
        "各族",
        "德昂族",
    ),
)
_ENDING = re.compile(
    r"(?P<stem>.{2,}?)(?P<peoples>(?:" + "|".join(sorted(_PEOPLES, key=len, reverse=True)) + r")*)"
    r"(?P<end>自治区|特别行政区|自治州|自治县|自治旗|新区|地区|林区|特区|省|市|盟|县|区|旗)$"
)
_SHORTEST = 2


def short_name(name: str) -> str:
    """A division's name without its ending; the name itself where fewer than two characters would be left.

    >>> [short_name(n) for n in ("湖北省", "恩施土家族苗族自治州", "浦东新区", "沙县", "内蒙古自治区", "积石山保安族东乡族撒拉族自治县")]
    ['湖北', '恩施', '浦东', '沙县', '内蒙古', '积石山']
    """
    found = _ENDING.fullmatch(name)
    if found is None or len(found["stem"]) < _SHORTEST:
        return name
    if found["peoples"] and not found["end"].startswith("自治"):
        return name.removesuffix(found["end"])
    return found["stem"]
