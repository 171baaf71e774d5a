"""Places told by other places: crossings, 附近, 对面, 东侧, 往北50米."""

from __future__ import annotations

import re
from dataclasses import dataclass

from geo_api.addresses.types import Relative

BEARINGS = {"北": 0.0, "东北": 45.0, "东": 90.0, "东南": 135.0, "南": 180.0, "西南": 225.0, "西": 270.0, "西北": 315.0}
_KM = ("公里", "KM")
_WAY = "东北|东南|西北|西南|北东|南东|东|西|南|北"
_METRES = r"(?P<m{0}>\d{{1,5}}(?:\.\d)?)(?P<unit{0}>米|M|公里|KM)"
_ROAD = r"[^\x00-/:-@\[-\u4dff\ua000-\uffff号]{1,14}?(?:大道|大街|公路|胡同|高速|[一二三四五六七八九十]环|路|街|巷|道|弄|路名)"
CROSSING = re.compile(
    rf"(?:距离?|位于|在)?(?P<a>{_ROAD})(?:与|和|跟|同|、|/|-|以?及|,)?(?P<b>{_ROAD})(?:的)?(?:相?交(?:叉)?(?:汇|界|接)?(?:处|路口|口|点)?|十字(?:交叉)?路?口|丁字路口|路口|口(?![\u4e00-\u9fff])|转角|拐角)"
)
_JOINED = re.compile(rf"(?P<a>{_ROAD})(?:与|和|跟|/)(?P<b>{_ROAD})$")
_OFFSET = re.compile(
    rf"(?:以|往|向|朝|再|沿路|距)?(?P<way>{_WAY})(?:行|走|方向|侧|面|边|角|部|向)?(?:约|大约)?{_METRES.format(1)}(?:左右|处)?(?P<within>以内|内)?"
    rf"|(?:约|大约|前行|向前)?{_METRES.format(2)}(?:左右|处)?(?P<within2>以内|内)?$"
)
_SIDE = re.compile(rf"以?(?P<way>{_WAY})(?:侧|面|边|首|角|端|头|方向?)$|(?<=[路街道巷号])以?(?P<way2>东|西|南|北)$")
_OPPOSITE = re.compile(r"(?:马路|的)?(?:正|斜)?对(?:面|过)$")
_NEAR = re.compile(r"(?:的)?(?:附近|旁边|旁侧|旁|隔壁|边上|周边|一带|门口|门前|路边|楼下|后面|后门|前面|边|左右|处)$")
_ENDS = frozenset("面过近边侧旁壁带口前后下右处首角端头向东西南北")
_INSIDE = re.compile(r"(?:里面|内|里)$")
_HINT_NEAR = re.compile(r"^(?:临近|靠近|近|临|邻近|邻)(?P<what>.{1,40})$")


@dataclass(frozen=True, slots=True)
class Found:
    """What was found: how the place lies, the two streets of a crossing, the text before and after."""

    relative: Relative | None = None
    crossing: tuple[str, ...] = ()
    before: str = ""
    after: str = ""


def split_crossing(text: str) -> Found | None:
    """A crossing of two streets, with what follows it; None.

    >>> f = split_crossing("学思西路与学政路交叉口南150米")
    >>> f.crossing, f.relative.bearing_deg, f.relative.distance_m
    (('学思西路', '学政路'), 180.0, 150.0)
    """
    found = CROSSING.search(text) or _JOINED.search(text)
    if found is None:
        return None
    after = text[found.end() :].lstrip(", ")
    relative, rest = read_relative(after, anchor="crossing", whole=False)
    return Found(relative, (found["a"], found["b"]), text[: found.start()], rest)


def read_relative(text: str, *, anchor: str, whole: bool = True) -> tuple[Relative | None, str]:
    """How a place lies to an anchor, told at the end of a text (at its beginning with ``whole=False``); and the rest.

    >>> read_relative("明珠广场对面", anchor="place")
    (Relative(kind='opposite', anchor='place', bearing_deg=None, distance_m=None, within=False, text='对面'), '明珠广场')
    """
    found = _OFFSET.search(text) if "米" in text or "M" in text or "公里" in text else None
    if found and (whole or found.start() <= 1):
        way = found["way"] or ""
        metres = float(found["m1"] or found["m2"]) * (1000.0 if (found["unit1"] or found["unit2"]) in _KM else 1.0)
        if metres:
            bearing = BEARINGS.get({"北东": "东北", "南东": "东南"}.get(way, way))
            within = bool(found["within"] or found["within2"])
            kind = "offset" if bearing is not None else "near"
            rest = text[: found.start()]
            rest = (_NEAR.sub("", rest) if whole else rest) + text[found.end() :]
            return Relative(kind, anchor, bearing, metres, within, found[0]), rest
    if text[-1:] not in _ENDS:
        return None, text
    for kind, pattern in (("opposite", _OPPOSITE), ("near", _NEAR), ("side", _SIDE)):
        found = pattern.search(text)
        if found:
            way = (found["way"] or found["way2"]) if kind == "side" else ""
            return Relative(kind, anchor, BEARINGS.get(way), None, False, found[0]), text[: found.start()]
    return None, text


def inside(text: str) -> str:
    """A place without 内 or 里 at its end."""
    return _INSIDE.sub("", text)


def hint_near(hint: str) -> str:
    """What a note in brackets says the place is near to: 广东路 of 近广东路; ""."""
    found = _HINT_NEAR.match(hint)
    return found["what"] if found else ""
