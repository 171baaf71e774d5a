"""What is done to addresses on forms and on the telephone: one function for each kind of dirt."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

_NUMBER = re.compile(r"(\d+)((?:-\d+)?号.*)")
_WIDE = str.maketrans("0123456789-()ABCDEF", "０１２３４５６７８９－（）ＡＢＣＤＥＦ")
_CHINESE = "〇一二三四五六七八九"
_TELLING = frozenset("东西南北中上下前后新老大小一二三四五六七八九十")
_COMMON = "安平华新民和光明文化建设丰泰康宁兴隆福德永昌青云龙凤金玉石桥溪河山林湖园春秋红白"
_LETTERS = "ABCDEFGH"


@dataclass(frozen=True)
class Parts:
    """A register address in pieces: county (or ""), town, village (or ""), street, number, the rest from 号 on; all streets."""

    county: str
    town: str
    street: str
    number: int
    rest: str
    streets: tuple[str, ...]

    @property
    def whole(self) -> str:
        """The address as it was."""
        return f"{self.county}{self.town}{self.street}{self.number}{self.rest}"

    @property
    def plain(self) -> str:
        """Street and number with 号, without what follows."""
        return f"{self.street}{self.number}号"


def split(address: str, county: str, towns: tuple[str, ...], streets: dict[str, None]) -> Parts | None:
    """The pieces of a register address; None where it is not county, town, street, number. ``streets``: all, as keys."""
    head = county if address.startswith(county) else ""
    tail = address[len(head) :]
    town = next((t for t in towns if tail.startswith(t)), "")
    tail = tail[len(town) :]
    found = re.search(r"\d+(?:-\d+)?号", tail)
    if found is None:
        return None
    street = tail[: found.start()]
    parts = _NUMBER.fullmatch(tail[found.start() :])
    if street not in streets or parts is None:
        return None
    return Parts(head, town, street, int(parts[1]), parts[2], tuple(streets))


def fullwidth(p: Parts, rng: np.random.Generator) -> str:
    """Digits, hyphens and brackets typed full-width, with a blank here and there."""
    text = p.whole.translate(_WIDE)
    return text.replace(p.street, p.street + "　" * int(rng.integers(2))) if rng.random() < 0.5 else text


def no_district(p: Parts, rng: np.random.Generator) -> str:
    """Street and number alone."""
    return f"{p.street}{p.number}{p.rest}" if rng.random() < 0.7 else p.plain


def numerals(p: Parts, rng: np.random.Generator) -> str:
    """The number in Chinese, by value or digit by digit."""
    said = spoken(p.number) if rng.random() < 0.6 else "".join(_CHINESE[int(d)] for d in str(p.number))
    return f"{p.county}{p.town}{p.street}{said}号" if rng.random() < 0.5 else f"{p.street}{said}号"


def one_wrong_character(p: Parts, rng: np.random.Generator) -> str:
    """One character of a street's name (three or more) wrong, so that no other street is as near."""
    from geo_api.addresses.confusables import confusable

    if len(p.street) < 3 or any(c.isdigit() or c == "村" for c in p.street):
        return ""
    for at in rng.permutation(len(p.street) - 1):
        old = p.street[at]
        if old in _TELLING:
            continue
        likely = [c for street in _sample(p, rng) for c in street if confusable(old, c)]
        pool = likely if likely and rng.random() < 0.6 else [c for c in _COMMON if c not in _TELLING]
        new = str(rng.choice(pool))
        wrong = p.street[:at] + new + p.street[at + 1 :]
        near = [
            s for s in p.streets if len(s) == len(wrong) and sum(x != y for x, y in zip(s, wrong, strict=True)) <= 1
        ]
        if new != old and near == [p.street]:
            return f"{p.county}{p.town}{wrong}{p.number}{p.rest}"
    return ""


def _sample(p: Parts, rng: np.random.Generator) -> list[str]:
    return [p.streets[i] for i in rng.integers(0, len(p.streets), 60)]


def nearby(p: Parts, rng: np.random.Generator) -> str:
    """附近, 旁边, 对面 behind the number."""
    return f"{p.county}{p.town}{p.plain}{rng.choice(['附近', '旁边', '对面', '斜对面', '旁', '门口'])}"


def traditional(p: Parts, rng: np.random.Generator) -> str:
    """Traditional characters throughout."""
    return _to_traditional(p.whole if rng.random() < 0.6 else p.plain)


@cache
def _converter() -> Callable[[str], str]:
    from opencc import OpenCC

    convert: Callable[[str], str] = OpenCC("s2t").convert
    return convert


def _to_traditional(text: str) -> str:
    return _converter()(text)


def sub_number(p: Parts, rng: np.random.Generator) -> str:
    """A gate or a part of the house: 号之一, 附2号, -3号, 甲."""
    k = int(rng.integers(1, 6))
    form = str(rng.choice(["{n}号之" + _CHINESE[k], "{n}号附" + str(k), f"{{n}}-{k}号", "{n}号-" + str(k), "{n}号甲"]))
    return f"{p.county}{p.town}{p.street}{form.format(n=p.number)}"


def building(p: Parts, rng: np.random.Generator) -> str:
    """Building, unit and room behind the number."""
    b, u, r = int(rng.integers(1, 9)), int(rng.integers(1, 4)), int(rng.integers(1, 7)) * 100 + int(rng.integers(1, 5))
    tail = str(rng.choice([f"院{b}栋{u}单元{r}", f"{b}幢{u}单元{r}室", f"{b}-{u}-{r}", f"{_LETTERS[b - 1]}座{r}室"]))
    return f"{p.county}{p.town}{p.street}{p.number}号{tail}"


def punctuation(p: Parts, rng: np.random.Generator) -> str:
    """Blanks, commas, dots and dashes between the parts."""
    mark = str(rng.choice([" ", "，", "-", ",", " · ", "/", "、", "  "]))
    return mark.join(part for part in (p.county, p.town, p.street, f"{p.number}号") if part)


def telephone(p: Parts, rng: np.random.Generator) -> str:
    """Telephone number and name of a person behind the address; both invented."""
    number = f"1{rng.choice([30, 50, 80])}0000{int(rng.integers(0, 9999)):04d}"
    name = str(rng.choice(["张伟", "李娜", "王先生", "陈女士", "赵敏"]))
    return str(rng.choice([f"{p.whole} {name} {number}", f"{p.whole}，电话：{number}", f"{p.whole}{number}"]))


def doubled(p: Parts, rng: np.random.Generator) -> str:
    """County or town twice, or a short form before the long one."""
    county, town = p.county or "云溪县", p.town
    return (
        str(rng.choice([f"{county}{county}{town}", f"{county}{town}{county}{town}", f"{county}{town}{town}"])) + p.plain
    )


def without_unit(p: Parts, rng: np.random.Generator) -> str:
    """The number without 号, or with # or No."""
    form = str(rng.choice(["{}", "{}#", "{}號", "No.{}"]))
    return f"{p.county}{p.town}{p.street}{form.format(p.number)}"


def misread(p: Parts, rng: np.random.Generator) -> str:
    """As text recognition reads it: O for 0, 一 for a hyphen, blanks inside."""
    text = f"{p.street}{p.number}{p.rest}"
    for old, new in (("0", "O"), ("-", "一")):
        at = text.find(old, len(p.street) + 1)
        if at > 0 and text[at - 1].isdigit():
            text = text[:at] + new + text[at + 1 :]
    return f"{p.county} {p.town} {text}"


def brackets(p: Parts, rng: np.random.Generator) -> str:
    """A note in brackets: near another street, a shop, 'shopfront'."""
    other = _sample(p, rng)[0]
    return f"{p.county}{p.town}{p.plain}" + str(
        rng.choice([f"(近{other})", "（一楼门面）", "[沿街商铺]", f"（{other}口）"])
    )


def lane(p: Parts, rng: np.random.Generator) -> str:
    """Another word for a lane: 12弄3号 said as 12弄内3号, 12弄-3, 12弄3."""
    if not re.search(r"\d弄$", p.street):
        return ""
    form = str(rng.choice(["{}内{}号", "{}-{}号", "{}{}", "{} {}号"]))
    return p.town + form.format(p.street, p.number)


def spoken(number: int) -> str:
    """A number as it is said: 一百零五."""
    from geo_api.addresses.street_key import chinese_number

    return chinese_number(number)


DIRT: dict[str, Callable[[Parts, np.random.Generator], str]] = {
    f.__name__: f
    for f in (
        fullwidth, no_district, numerals, one_wrong_character, nearby, traditional, sub_number, building, punctuation,
        telephone, doubled, without_unit, misread, brackets, lane,
    )
}  # fmt: skip
"""Kind -> what is done; "" where it cannot be done to an address."""
