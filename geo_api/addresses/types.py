"""What an address says, as values: the parts of one address, what they mean, and what was assumed."""

from __future__ import annotations

from dataclasses import dataclass, field

from geo_api.addresses.street_key import readings, street_key


@dataclass(frozen=True, slots=True)
class Named:
    """One division named by an address.

    Attributes:
        name: full name, as it is on the day asked for: ``黄浦区`` (as written where no list of divisions is given).
        code: its code; "" where no list of divisions is given or several divisions could be meant.
        written: as written, ``卢湾区`` or ``黄浦``; "" for a division that only follows from another
            (the province of a city).
    """

    name: str
    code: str = ""
    written: str = ""


@dataclass(frozen=True, slots=True)
class HouseNumber:
    """A number at a street, in a lane, or in a place.

    Attributes:
        base: the number: 12 of 12号, 甲12号, 12-3号, 12号之一, 12-18号.
        prefix: what stands before it: 甲 乙 丙 丁 戊 临 附 新 旧; "".
        suffix: a letter or stem after it, half-width and upper case: ``甲`` of 12甲号, ``A`` of 12A号; "".
        sub: numbers below it, outermost first: ("3",) of 12-3号, 12号-3, 12号附3 and 12号之三; ("3", "1") of 12-3-1号.
        to: last number of a range, 18 of 12-18号 or 12~18号; None. A hyphen is read as a range where the second number
            is the larger one, with the note ``assumed_range``; ``12-3号`` is a sub-number.
        also: other numbers of the same address: (14,) of 12、14号 and 12/14号.

    >>> HouseNumber(12, prefix="甲", sub=("3",)).text
    '甲12-3'
    """

    base: int
    prefix: str = ""
    suffix: str = ""
    sub: tuple[str, ...] = ()
    to: int | None = None
    also: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """Canonical form for comparisons; two spellings of one number have the same text."""
        end = "" if self.to is None else f"~{self.to}"
        more = "".join(f",{n}" for n in self.also)
        return f"{self.prefix}{self.base}{self.suffix}{''.join(f'-{s}' for s in self.sub)}{end}{more}"


@dataclass(frozen=True, slots=True)
class Lane:
    """A numbered lane: 12弄, 3支弄, 5巷, 2条.

    Attributes:
        number: its number.
        kind: 弄, 支弄, 巷, 条, 里 or 胡同.
        to: last number of a range (12-18弄), or None.
    """

    number: int
    kind: str = "弄"
    to: int | None = None

    @property
    def text(self) -> str:
        """Canonical form: ``12弄``."""
        return f"{self.number}{'' if self.to is None else f'~{self.to}'}{self.kind}"


@dataclass(frozen=True, slots=True)
class Relative:
    """A place told by another one.

    Attributes:
        kind: ``near`` (附近, 近, 旁, 门口, 隔壁), ``opposite`` (对面, 斜对面), ``side`` (东侧, 西面: on that side of the
            anchor) or ``offset`` (往北50米: away from the anchor).
        anchor: what it is relative to: ``crossing`` (of :attr:`ParsedAddress.crossing`), ``address`` (street and number
            of the same text), ``street`` (without a number), ``place``, or ``hint`` (a note in brackets, then :attr:`text` tells it).
        bearing_deg: clockwise from north, of 东 90, 西南 225; None.
        distance_m: metres; None.
        within: the distance is an upper limit (100米以内).
        text: as written.
    """

    kind: str
    anchor: str = "address"
    bearing_deg: float | None = None
    distance_m: float | None = None
    within: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Something assumed, cut or not understood.

    Attributes:
        code: a key of :data:`geo_api.addresses.notes.NOTES`, which has an English and a Chinese sentence for each.
        what: the text or division that it is about; never a telephone number or a person.
        instead: what it was read as; "".
        since: first day on which that holds, ISO; "".
    """

    code: str
    what: str = ""
    instead: str = ""
    since: str = ""


@dataclass(frozen=True, slots=True)
class ParsedAddress:
    """The parts of one address.

    ``上海市卢湾区淮海中路123弄4号2单元301室(近瑞金二路)`` on 2026-01-01 has province 上海市, county 黄浦区 (written 卢湾区, with
    the note ``renamed_division``), street 淮海中路, lanes (123弄,), number 4, unit 2, room 301, hints (近瑞金二路,).

    Attributes:
        raw: as given.
        text: normalised: half-width, simplified, numerals as digits; without telephone numbers and persons.
        region: ``cn``, or ``us`` for street-and-number addresses.
        province: 省, 自治区, 直辖市; None when neither written nor known.
        city: prefecture (地级市, 地区, 自治州, 盟).
        county: county, district, city below a prefecture.
        town: 镇, 乡, 街道, 苏木.
        village: 村, 社区, 居委会.
        street: name of the street as written, normalised: 人民二路; "".
        lanes: numbered lanes, outermost first.
        number: house number at the street, or in the last lane; None.
        courtyard: ``12`` of 12号院 (then :attr:`number` is 12 as well when no other number precedes it); "".
        building: label of 栋, 幢, 座, 号楼: ``5``, ``A``, ``东``; "".
        unit: label of 单元, 门, 梯; "".
        floor: 3 of 3层, 3楼, 3F, F3; -1 of B1, 负一楼, 地下一层; None.
        room: label of 室, 房, 铺: ``301``, ``301-302``, ``A12``; "".
        group: 7组, 3队 of a village; "".
        crossing: the two streets of a crossing, as written; ().
        relative: how the place lies to what is named; None.
        place: name of a compound, market, building or business: 明珠广场; "". Of an address without a street the
            number and all below it are those of the place.
        hints: notes in brackets, without their brackets.
        remainder: what was not understood.
        notes: what was assumed.
        zip_code: postal code; "".
    """

    raw: str
    text: str
    region: str = "cn"
    province: Named | None = None
    city: Named | None = None
    county: Named | None = None
    town: Named | None = None
    village: Named | None = None
    street: str = ""
    lanes: tuple[Lane, ...] = ()
    number: HouseNumber | None = None
    courtyard: str = ""
    building: str = ""
    unit: str = ""
    floor: int | None = None
    room: str = ""
    group: str = ""
    crossing: tuple[str, ...] = ()
    relative: Relative | None = None
    place: str = ""
    hints: tuple[str, ...] = ()
    remainder: str = ""
    notes: tuple[Note, ...] = field(default=())
    zip_code: str = ""

    @property
    def street_key(self) -> str:
        """Canonical key of the street: 人民二路 and 人民2路 have the same; "" without a street."""
        return street_key(self.street, self.region)

    @property
    def street_readings(self) -> tuple[str, ...]:
        """Keys of what the street may be called, the fullest first.

        A village's name or that of a district may be part of it (石桥村中心路, 金山嘴老街), and what was read as a
        street may begin with a place (绿地新都会翠竹路 is 翠竹路): the first reading that a gazetteer knows is the street.
        """
        own = readings(self.street, self.region)
        before = self.village.written if self.village else self._short()
        if before and own and before + self.street in self.text:
            return (street_key(before + self.street, self.region), *own)
        return own

    @property
    def place_readings(self) -> tuple[str, ...]:
        """What the place may be called: 火车站 after a short 上海 may be 上海火车站."""
        if not self.place:
            return ()
        whole = self._short() + self.place
        return (self.place, whole) if whole != self.place and whole in self.text else (self.place,)

    def _short(self) -> str:
        """The last division that was written without its ending; ""."""
        return next((note.what for note in reversed(self.notes) if note.code == "short_division"), "")

    def key(self) -> str:
        """Canonical key of the site: street, lanes, number; of the place where there is no street. For exact equality.

        Divisions, building, unit, floor and room are not in it; a village (村) is, for 中心路 exists in each of them.
        "" when the address names no site; equal keys in different counties or towns are different sites.

        >>> ParsedAddress("", "", street="人民2路", number=HouseNumber(12)).key()
        '人民二路|12'
        """
        crossing = "&".join(sorted(street_key(s, self.region) for s in self.crossing))
        village = f"{self.village.name}/" if self.village and self.village.name.endswith("村") else ""
        head = self.street_key or ("" if crossing else f"@{self.place}" if self.place else "")
        if not head:
            if crossing:
                return f"x:{crossing}"
            return f"{village}|{self.number.text}" if village and self.number else ""
        lanes = "".join(f"|{lane.text}" for lane in self.lanes)
        return f"{village}{head}{lanes}{f'|{self.number.text}' if self.number else ''}"

    def has(self, code: str) -> bool:
        """Whether a note with this code was made."""
        return any(note.code == code for note in self.notes)
