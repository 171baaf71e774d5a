"""The divisions at the beginning of an address, told by their endings alone: for use without a list of divisions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from geo_api.addresses.types import Named, Note

PROVINCES = {
    "北京": "北京市", "天津": "天津市", "上海": "上海市", "重庆": "重庆市", "河北": "河北省", "山西": "山西省", "辽宁": "辽宁省",
    "吉林": "吉林省", "黑龙江": "黑龙江省", "江苏": "江苏省", "浙江": "浙江省", "安徽": "安徽省", "福建": "福建省",
    "江西": "江西省", "山东": "山东省", "河南": "河南省", "湖北": "湖北省", "湖南": "湖南省", "广东": "广东省",
    "海南": "海南省", "四川": "四川省", "贵州": "贵州省", "云南": "云南省", "陕西": "陕西省", "甘肃": "甘肃省",
    "青海": "青海省", "台湾": "台湾省", "内蒙古": "内蒙古自治区", "广西": "广西壮族自治区", "西藏": "西藏自治区",
    "宁夏": "宁夏回族自治区", "新疆": "新疆维吾尔自治区", "香港": "香港特别行政区", "澳门": "澳门特别行政区",
}  # fmt: skip
"""Short name -> full name of the provinces; they are few and fixed, so that no list is needed."""

ROADLIKE = re.compile(
    r"[东西南北中上下新老前后外内环一二三四五六七八九十\d]{0,3}(?:支)?(?:路|街|大道|道|大街|巷|弄|胡同|公路|里\d|桥|港|湾|寺|江|河|湖|山\d|路口|号)|[\u4e00-\u9fff](?:路|街|巷|弄|大道)"
)
"""What may not follow a division that is written without its ending: 四川|北路 is a street."""
FILLER = re.compile(r"[ ,、/·-]+|中国(?=[\u4e00-\u9fff])|中华人民共和国")

_STREETISH = r"(?!路|街(?!道)|大道|巷|弄|胡同)"
_CITY = re.compile(
    rf"([^\x00-\u4dff\ua000-\uffff县区省]{{2,8}}?(?:自治州|地区|盟|(?<!县级)市)){_STREETISH}(?!场|民|政|区(?:[东西南北中]|\d))"
)
_COUNTY = re.compile(
    rf"([\u4e00-\u9fff][^\x00-\u4dff\ua000-\uffff镇]{{0,9}}?(?:自治县|自治旗|新区|矿区|林区|特区|县|旗|区|市))(?<!小区)(?<!社区)(?<!园区)(?<!校区)(?<!景区)"
    rf"(?<!游区)(?<!工区)(?<!厂区)(?<!院区)(?<!库区)(?<!发区)(?<!业区)(?<!商区)(?<!住区)(?<!超市)(?<!夜市)(?<!菜市)(?<!门市)"
    rf"{_STREETISH}(?!场|民|政|委|域|府|医|公安|\d)"
)
_TOWN = re.compile(
    rf"([\u4e00-\u9fff]{{1,8}}?(?:街道(?:办事处|办)?|民族乡|镇(?!街道)|乡(?!镇)|苏木|办事处)){_STREETISH}(?!(?:政府|卫生|中心|中学|小学|医院)(?!路|街|巷|大道))"
)
_VILLAGE = re.compile(
    r"([\u4e00-\u9fff]{1,10}?(?:社区|(?<![一二三四五六七八九十])村|居委会|居民委员会))(?:居民委员会|居委会|村民委员会|村委会|民委员会|委会)?"
    rf"(?<!新村)(?<!小村){_STREETISH}(?!口|西|东|南|北|卫生|民|医院|服务|活动|委|道|\d{{1,3}}号)"
)
_STEM = re.compile(r"[^路街道巷弄]{0,12}?(?:路|街|大道|巷)")
_SIDE_STREET = re.compile(r"[东西南北中前后老新正大小横直环一二三四五六七八九十]{1,2}(?:路|街|大道|巷)")
_ROAD_FIRST = re.compile(r"[路街巷弄道]|胡同")


@dataclass(slots=True)
class Head:
    """What the beginning of an address names, and where the rest begins.

    Attributes:
        end: position of the rest.
        levels: province, city, county, town, village -> what was named.
        notes: what was assumed.
    """

    end: int = 0
    levels: dict[str, Named] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)


def skip(text: str, at: int) -> int:
    """Position after blanks and 中国."""
    while found := FILLER.match(text, at):
        at = found.end()
    return at


def read_head(text: str) -> Head:
    """Divisions of a normalised text by their endings (省 市 区 县 镇 乡 街道 村 社区); none of them has a code.

    >>> read_head("上海市上海市浦东新区张江镇科苑路88号").levels["county"].name
    '浦东新区'
    """
    head = Head(end=skip(text, 0))
    read_larger(text, head)
    read_small(text, head)
    return head


def read_larger(text: str, head: Head) -> None:
    """Province, city and county by their endings."""
    while _province(text, head) or _larger(text, head):
        pass


def read_small(text: str, head: Head) -> None:
    """Town and village after the larger divisions, by their endings."""
    for level, pattern in (("town", _TOWN), ("village", _VILLAGE)):
        found = pattern.match(text, head.end)
        if level == "town" and found and level not in head.levels and _plausible(text, found):
            again = pattern.match(text, skip(text, found.end()))  # 川沙新镇川沙镇: the nearer one counts
            if again and _plausible(text, again):
                head.notes.append(Note("several_towns", found[1]))
                found = again
        if found and level not in head.levels and _plausible(text, found):
            name = found[1].removesuffix("办事处").removesuffix("街道办")
            if level == "town" and name != found[1]:
                name = name if name.endswith("街道") else name + "街道"
            head.levels[level] = Named(name, written=found[1])
            head.end = skip(text, found.end())


def _province(text: str, head: Head) -> bool:
    for size in (3, 2):
        full = PROVINCES.get(text[head.end : head.end + size])
        if full is None:
            continue
        short = text[head.end : head.end + size]
        written = next(
            (w for w in (full, short + "省", short + "市", short + "自治区") if text.startswith(w, head.end)), short
        )
        if written == short and ROADLIKE.match(text, head.end + size):
            return False
        known = head.levels.get("province")
        if known and known.name != full:
            return False
        if known:
            head.notes.append(Note("repeated_division", full))
        else:
            head.levels["province"] = Named(full, written=written)
            if written == short:
                head.notes.append(Note("short_division", short, full))
        head.end = skip(text, head.end + len(written))
        return True
    return False


def _larger(text: str, head: Head) -> bool:
    for kind, pattern in (("city", _CITY), ("county", _COUNTY)):
        level = kind
        found = pattern.match(text, head.end)
        if not found or _ROAD_FIRST.search(found[1][:-1]) or _SIDE_STREET.match(text, found.end()):
            continue
        known = head.levels.get(level)
        if known and known.name != found[1]:
            if level == "city" and "county" not in head.levels:  # a city below a prefecture
                level = "county"
            else:
                continue
        elif level == "city" and "county" in head.levels and not known:
            continue
        if known and known.name == found[1]:
            head.notes.append(Note("repeated_division", found[1]))
        else:
            head.levels[level] = Named(found[1], written=found[1])
        head.end = skip(text, found.end())
        return True
    return False


def _plausible(text: str, found: re.Match[str]) -> bool:
    """Not the beginning of a street's name: the street that follows keeps a name of its own (封浜乡|思路 does not)."""
    name = found[1].removesuffix("办事处").removesuffix("办")
    if _ROAD_FIRST.search(name[:-2]) and not name.endswith("街道"):
        return False
    street = _STEM.match(text, found.end())
    if street is None or len(street[0]) >= 3:
        return True
    return _SIDE_STREET.fullmatch(street[0]) is not None and len(found[1]) > 2
