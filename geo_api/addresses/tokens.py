"""The pieces of an address after its divisions: streets, lanes, numbers, buildings, units, floors, rooms; text between."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from geo_api.addresses.types import HouseNumber

_CJK = "\u4e00-\u9fff"
_N = r"\d{1,5}(?!\d)"
_STEM = "甲乙丙丁戊己庚辛"
_LABEL = rf"(?:[A-Z]{{0,2}}\d{{1,4}}[A-Z]?|[A-Z]{{1,2}}|[{_STEM}])"
_JOINED = rf"(?:(?:[-~/、,]|至|到|之|附|-附)(?:[{_STEM}附临]?\d{{1,5}}[A-Z{_STEM}]?(?!\d)))"
_MORE = (
    r"(?:之\d{1,3}(?!\d)|-?附\d{1,3}(?:号(?!楼|院|栋|幢|座))?|(?:[-~、,]|至|到)\d{1,5}号(?![楼栋幢院])"
    r"|-\d{1,4}(?![\d-]|至|到|层|楼|室)|内\d{1,3}号|[甲乙丙丁戊](?![级方等种]))"
)
_NUMBER = rf"(?:[{_STEM}附临新旧]|新编)?{_N}(?:[{_STEM}]|[A-Z](?![A-Z\d])(?=号|-|[~/、]))?{_JOINED}{{0,4}}"
_ROOM_TEXT = r"[A-Z]{0,3}-?\d{1,5}[A-Z]?(?:[-~、/,至][A-Z]{0,2}\d{1,5}[A-Z]?(?!\d)){0,4}"

_TOKEN = re.compile(
    rf"(?=[0-9A-Z{_STEM}附临新旧第地负东西南北中主副前后])(?:"  # most characters begin no piece: one look at them
    + "|".join(
        (
            rf"(?P<lane>(?P<lane_n>{_N})(?:[-~至](?P<lane_to>{_N}))?(?P<lane_kind>支弄|弄|巷|胡同|条(?=\d|$)|里(?=\d)))",
            rf"(?P<building>(?:第?{_LABEL}(?:[-~、]\d{{1,3}})?(?:号楼(?![上下])|号栋|号幢|栋|幢|座(?![{_CJK}]?[城园])|号房(?!屋))|\d{{1,3}}#楼|[东西南北中主副前后](?:座|楼(?![层上下])|塔|栋|幢)))楼?",
            rf"(?P<court>(?P<court_n>[{_STEM}]?{_N}[{_STEM}]?)号(?:大)?院(?![{_CJK}]?[校区])内?)",
            rf"(?P<unit>第?(?P<unit_n>{_LABEL})(?:单元|门洞|梯(?!口)|号门(?![面头市店诊]))|(?P<unit_m>\d{{1,2}})门(?=\d))",
            r"(?P<floor>(?:地下|负)(?P<floor_b>\d{1,2})(?:层|楼)|(?P<floor_u>地下室)|(?<![A-Z])B(?P<floor_c>\d)(?:层|楼|F)"
            r"|第?(?P<floor_n>(?<![A-Z\d])\d{1,2})(?:[-~、]\d{1,2})?(?:层|楼(?![栋幢]))|(?<![A-Z])[FL](?P<floor_f>\d{1,2})(?:层|楼)"
            r"|(?<![A-Z\d-])(?P<floor_e>\d{1,2})F(?:层|楼)?(?![A-Z])|(?<![A-Z])F(?P<floor_g>\d)(?!\d)|(?<![A-Z])B(?P<floor_h>\d)(?=[-,(]|$))",
            rf"(?P<room>(?P<room_n>{_ROOM_TEXT})(?:号?(?:室|房间|房|铺位|商铺|店铺|店面|门面房|门面|铺面|铺|摊位|档口|档|柜台|柜|间|户))(?![{_CJK}]?[校区学]))",
            r"(?P<group>(?:第)?(?P<group_n>\d{1,2})(?:村民小组|居民小组|小组|组(?!路)|生产队|社(?=\d|$)|队(?=\d|$)))",
            rf"(?P<number>第?(?P<number_n>{_NUMBER})(?<!\D0)号(?!线|楼(?![上下])|栋|幢|院|出口|口|码头|桥|门[^面]|公路|仓|厅|馆|高炉|店(?!面))(?P<number_m>{_MORE})?)",
            rf"(?P<bare>(?<![A-Z\d-]){_LABEL}(?:-\d{{1,5}}){{1,3}}[A-Z]?(?![\dA-Z-])|(?<![A-Z\d-])[A-Z]{{0,2}}\d{{1,5}}(?:[A-Z]|[甲乙丙丁](?![级方等种]))?(?:-[A-Z]\d{{0,4}}|[之附]\d{{1,3}}(?:-\d{{1,3}})?|[~、/]\d{{1,5}})?(?![\dA-Z-]|[路街巷道环期区]|马路|大[道街]|支路|号[路线]|[国省县乡]道))",
        )
    )
    + ")"
)
_STREET = re.compile(
    rf"(?:大道|大街|公路|胡同|辅路|支路|环线|快速路|高速|(?<!铁)路(?![街巷])|街(?![道坊区心办市路巷弄])|(?<![频街隧通轨人弯车])道(?=\d|[{_STEM}]\d|$|[东西南北]侧|与|和|交|口|[(])|巷(?!子?口)|弄(?!堂|口))"
    r"(?:[东西南北中]?[零一二三四五六七八九十百\d]{1,3}段|[东西南北中]段)?"
)
_BEFORE_NAME = re.compile(rf"[{_CJK}A-Z0-9·]{{1,18}}$")
_AFTER_ROAD = re.compile(
    r"(?:桥(?!西|东|南|北|路|街)|口[^与和]|[村镇乡](?!\d)|小区|新村|社区|花园|小学|中学|学校|医院|局|车站|站(?!\d?路)|广场|市场|商城|大厦|大楼|公寓|派出所|银行|工区|公园|家园|苑|店|菜)"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece: its kind (``street``, ``lane``, ..., ``text``), its text and the match that found it (None for text)."""

    kind: str
    text: str
    match: re.Match[str] | None = None


def pieces(text: str) -> Iterator[Piece]:
    """The pieces of a normalised text, from left to right; nothing is left out.

    >>> [(p.kind, p.text) for p in pieces("科苑路88弄3号明珠广场2层")]
    [('street', '科苑路'), ('lane', '88弄'), ('number', '3号'), ('text', '明珠广场'), ('floor', '2层')]
    """
    at = 0
    for found in _TOKEN.finditer(text):
        if found.start() > at:
            yield from _streets(text[at : found.start()], text[found.start() :])
        yield Piece(str(found.lastgroup and _kind(found)), found[0], found)
        at = found.end()
    if at < len(text):
        yield from _streets(text[at:], "")


_KINDS = ("lane", "building", "court", "unit", "floor", "room", "group", "number", "bare")


def _kind(found: re.Match[str]) -> str:
    return next(kind for kind in _KINDS if found[kind] is not None)


def _streets(text: str, after: str) -> Iterator[Piece]:
    """Streets by their endings, and what stands between them."""
    at = 0
    for found in _STREET.finditer(text):
        if found.start() < at:
            continue
        name = _BEFORE_NAME.search(text[at : found.start()])
        if name is None or _AFTER_ROAD.match(text, found.end()):
            continue
        start = at + name.start()
        if start > at:
            yield Piece("text", text[at:start])
        yield Piece("street", text[start : found.end()])
        at = found.end()
    if at < len(text):
        yield Piece("text", text[at:])


_FIRST = re.compile(rf"(新编|[{_STEM}附临新旧])?(\d{{1,5}})([{_STEM}A-Z])?")
_REST = re.compile(rf"([-~/、,]|至|到|之|附|-附|内)([{_STEM}附临]?)(\d{{1,5}})([A-Z{_STEM}]?)")
_FARTHEST = 60


def house_number(text: str, more: str = "") -> tuple[HouseNumber, bool]:
    """A house number of its text before 号 and after it, and whether a hyphen was read as a range.

    >>> house_number("甲12", "之1")[0].text, house_number("3069-3073")[0].text, house_number("12-3")[0].text
    ('甲12-1', '3069~3073', '12-3')
    """
    first = _FIRST.match(text)
    if first is None:
        raise ValueError(f"{text!r} is no house number; expected digits, as in 12, 甲12 or 12-3")
    base, suffix = int(first[2]), first[3] or ""
    sub: list[str] = []
    also: list[int] = []
    to: int | None = None
    assumed = False
    rest = [*_REST.finditer(text, first.end()), *_REST.finditer(more)]
    for i, part in enumerate(rest):
        sign, value = part[1], int(part[3])
        if sign in "~至到" and value > base and not sub:
            to = value
        elif sign in "、,/":
            if value != base:
                also.append(value)
            if sub or i + 1 < len(rest):
                also += [int(p[3]) for p in rest[i + 1 :] if p[1] in "、,/" and int(p[3]) != base]
                break
        elif sign == "-" and not part[2] and not part[4] and len(rest) == 1 and base < value <= base + _FARTHEST:
            if more and not more.endswith("号"):  # 12号-14
                sub.append(str(value))
            else:
                to, assumed = value, True
        else:
            sub.append(f"{part[2].replace('附', '')}{value}{part[4]}")
    if more and more[0] in _STEM:
        suffix = more[0]
    return HouseNumber(base, first[1] or "", suffix, tuple(sub), to, tuple(also)), assumed
