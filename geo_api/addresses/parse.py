"""One address, from its text to its parts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date

from geo_api.addresses.division_head import read_divisions
from geo_api.addresses.divisions import Divisions
from geo_api.addresses.head import read_head
from geo_api.addresses.noise import clean
from geo_api.addresses.normalise import LONGEST, fold, normalise, spaced_numbers
from geo_api.addresses.relative import hint_near, inside, read_relative, split_crossing
from geo_api.addresses.tokens import Piece, house_number, pieces
from geo_api.addresses.traditional import is_traditional
from geo_api.addresses.types import HouseNumber, Lane, Note, ParsedAddress, Relative
from geo_api.addresses.us import parse_us

_LOOSE = re.compile(r"[()]")
_JUNK = re.compile(r"^[ ,、。.:/~-]+|[ ,、。.:/~-]+$")
_JOINS = re.compile("[交口与和/角]")
_LEADING = re.compile(r"^(?:距离?|位于|座落于|坐落于|在)(?=[\u4e00-\u9fff])")
_JOINED_BY = re.compile(r"^[到至和与及或是在、,]+(?=[\u4e00-\u9fff]{2})")
_STRIPS = frozenset(("步行街", "商业街", "美食街", "小吃街", "商业步行街"))
_EMPTY = frozenset(
    (
        "口",
        "路口",
        "街口",
        "及",
        "号",
        "楼上",
        "楼下",
        "的",
        "处",
        "第",
        "与",
        "至",
        "路北",
        "路南",
        "路东",
        "路西",
        "地址",
        "村委会",
        "村民委员会",
    )
)
_UNNAMED = ("未知路名", "无名路", "未命名路", "无名道路")


def parse(
    text: str, *, divisions: Divisions | None = None, on: date | None = None, region: str = "cn"
) -> ParsedAddress:
    """Read one address. Never raises on any text; the time is linear in its length, of which 300 characters are read.

    Args:
        text: the address as written.
        divisions: the divisions of the country, for codes, short and former names; without them, divisions are told by
            their endings and have no codes.
        on: the day whose names count; None: the latest.
        region: ``cn``, or ``us`` for street-and-number addresses ("333 W 35TH ST").

    >>> a = parse("上海市浦东新区张江镇科苑路８８弄三号明珠广场二层２０３室(近广东路)")
    >>> a.county.name, a.town.name, a.street, a.lanes[0].text, a.number.text, a.place, a.floor, a.room, a.hints
    ('浦东新区', '张江镇', '科苑路', '88弄', '3', '明珠广场', 2, '203', ('近广东路',))
    """
    if region != "cn":
        return parse_us(text, region)
    notes: list[Note] = []
    if len(text) > LONGEST:
        notes.append(Note("too_long", str(LONGEST)))
    if is_traditional(text[:LONGEST]):
        notes.append(Note("traditional"))
    cleaned = clean(fold(text))
    flat = normalise(cleaned.text)
    notes += [Note(code) for code, cut in (("phone_cut", cleaned.phone), ("person_cut", cleaned.person)) if cut]
    notes += [Note("assumed_number", number) for number in spaced_numbers(cleaned.text)]
    read = _Reader()
    body = read.take_brackets(flat)
    head = read_head(body) if divisions is None else read_divisions(body, divisions, on)
    read.settled = "village" in head.levels
    read.body(_LEADING.sub("", body[head.end :]))
    read.hinted()
    if not (read.street or read.place or read.crossing or read.number or read.group or read.building):
        notes.append(Note("no_site"))
    level = head.levels.get
    return ParsedAddress(
        raw=text,
        text=flat,
        province=level("province"),
        city=level("city"),
        county=level("county"),
        town=level("town"),
        village=level("village"),
        street=read.street,
        lanes=tuple(read.lanes),
        number=read.number,
        courtyard=read.courtyard,
        building=read.building,
        unit=read.unit,
        floor=read.floor,
        room=read.room,
        group=read.group,
        crossing=read.crossing,
        relative=read.relative,
        place=read.place,
        hints=tuple(read.hints),
        remainder=" ".join(read.remainder),
        notes=tuple(notes + head.notes + read.notes),
        zip_code=cleaned.zip_code,
    )


@dataclass(slots=True)
class _Reader:
    """The parts found so far, filled from left to right."""

    street: str = ""
    lanes: list[Lane] = field(default_factory=list)
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
    hints: list[str] = field(default_factory=list)
    remainder: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    loose: str = ""
    settled: bool = False

    def take_brackets(self, text: str) -> str:
        """The text without its brackets, which become hints; a bracket that holds the address itself is opened."""
        if "(" not in text and ")" not in text:
            return text
        out: list[str] = []
        for part, inside_brackets in _by_brackets(text):
            if not inside_brackets or _holds_address(part, "".join(out)):
                out.append(f" {part} " if inside_brackets else part)
            elif part:
                self.hints.append(part)
        return _JUNK.sub("", "".join(out))

    def body(self, text: str) -> None:
        """Crossing first, then pieces."""
        found = split_crossing(text) if _JOINS.search(text) else None
        if found and not any(p.kind == "number" for p in pieces(found.before)):
            self.crossing = found.crossing
            self.relative = found.relative
            text = found.before + (" " if found.before and found.after else "") + found.after
            if self.relative is None and found.before:
                side, rest = read_relative(_JUNK.sub("", found.before), anchor="crossing")
                if side and rest.endswith(("路", "街", "道", "巷")):
                    self.relative, text = side, rest + " " + found.after
            elif found.before:
                side, rest = read_relative(_JUNK.sub("", found.before), anchor="address")
                if side and side.kind == "side":
                    text = rest + " " + found.after
        else:
            relative, rest = read_relative(text, anchor="address")
            if relative and (rest or self.settled):
                self.relative, text = relative, rest
        for piece in pieces(_JUNK.sub("", text)):
            getattr(self, f"_{piece.kind}")(piece)
        if self.loose:  # a street behind the number that has none of its own is part of a name
            self._named(self.loose)
        if self.relative and self.relative.anchor == "address" and not self.number:
            self.relative = replace(self.relative, anchor="place" if self.place else "street")
        if self.street in _UNNAMED or any(c in _UNNAMED for c in self.crossing):
            self.notes.append(Note("unknown_street"))

    def hinted(self) -> None:
        """What the notes in brackets add: a crossing, something near."""
        for hint in self.hints:
            found = split_crossing(hint)
            if found and not self.crossing and not self.number:
                self.crossing, self.relative = found.crossing, self.relative or found.relative
            elif (
                self.relative is None and not self.number and (hint_near(hint) or hint.endswith(("附近", "旁", "对面")))
            ):
                self.relative = Relative("opposite" if hint.endswith("对面") else "near", "hint", text=hint)

    def _street(self, piece: Piece) -> None:
        if not self.street:
            self.street = piece.text
        elif piece.text in _STRIPS:
            self._named(piece.text)
        elif self.number is None and not self.lanes:
            self.notes.append(Note("several_streets", self.street))
            self.street = piece.text
        elif piece.text.startswith(("近", "靠近", "临近")):
            self.hints.append(piece.text)
        else:
            self.loose += piece.text

    def _lane(self, piece: Piece) -> None:
        found = _match(piece)
        if self._second(piece):
            return
        if self.number is not None:
            self._named(piece.text)
            return
        to = found["lane_to"]
        self.lanes.append(Lane(int(found["lane_n"]), found["lane_kind"], int(to) if to else None))

    def _number(self, piece: Piece) -> None:
        found = _match(piece)
        if self._second(piece):
            return
        if (self.building or self.unit) and not (self.street or self.lanes):  # 小区8栋401号
            self.room = self.room or found["number_n"]
        elif self.number is None:
            self.number, assumed = house_number(found["number_n"], found["number_m"] or "")
            if assumed:
                self.notes.append(Note("assumed_range", found["number_n"]))
        elif self.building or self.floor is not None or self.unit or self.place:
            self.room = self.room or found["number_n"]  # a stall or shop: 812号农产品市场A区055号
        else:
            self.building = found["number_n"]

    def _second(self, piece: Piece) -> bool:
        """Whether a number belongs to a further street of the text."""
        if not self.loose:
            return False
        self.notes.append(Note("second_number", _JOINED_BY.sub("", self.loose) + piece.text))
        self.remainder.append(self.loose + piece.text)
        self.loose = ""
        return True

    def _court(self, piece: Piece) -> None:
        label = _match(piece)["court_n"]
        if self.number is None:
            self.number, _ = house_number(label)
        self.courtyard = self.courtyard or label

    def _building(self, piece: Piece) -> None:
        label = re.sub(r"^第|(?:号楼|号栋|号幢|号房|#楼|栋|幢|座|楼|塔)+$", "", piece.text)
        if self.building:
            self.remainder.append(piece.text)
        else:
            self.building = label.lstrip("0") or label

    def _unit(self, piece: Piece) -> None:
        found = _match(piece)
        self.unit = self.unit or (found["unit_n"] or found["unit_m"]).lstrip("0")

    def _floor(self, piece: Piece) -> None:
        groups = _match(piece).groupdict()
        below = next(
            (groups[k] for k in ("floor_b", "floor_c", "floor_h") if groups[k]), "1" if groups["floor_u"] else ""
        )
        above = next((groups[k] for k in ("floor_n", "floor_f", "floor_e", "floor_g") if groups[k]), "")
        if self.floor is None:
            self.floor = -int(below) if below else int(above or 0)

    def _room(self, piece: Piece) -> None:
        label = _match(piece)["room_n"]
        inside_it = self.number or self.building or self.unit or self.floor is not None or self.place
        if not inside_it and (self.street or self.lanes) and "号" in piece.text and label[0].isdigit():
            self.number, _ = house_number(label)  # 秀禾路380号商铺
        else:
            self.room = self.room or label

    def _group(self, piece: Piece) -> None:
        self.group = self.group or _match(piece)["group_n"]

    def _bare(self, piece: Piece) -> None:
        """Digits without a unit: a number behind a street, rooms behind a number, 4-3-2 as building, unit, room."""
        parts = piece.text.split("-")
        inner = self.building or self.unit or self.floor is not None
        here = self.street or self.place or self.lanes or self.settled
        if self.number is None and not inner and here and parts[0][:1].isdigit():
            if len(parts) == 3 and not self.street:  # 4-1-102 of a compound
                self._inner(piece.text, parts)
            elif self.lanes and len(parts) == 2 and len(parts[1]) > 2 and parts[0].isdigit():  # 58弄11-802
                self.number = HouseNumber(int(parts[0]))
                self.room = self.room or parts[1]
                self.notes.append(Note("assumed_room", piece.text))
            else:
                self.number, _ = house_number(piece.text)
                self.notes.append(Note("assumed_number", piece.text))
        else:
            self._inner(piece.text, parts)

    def _inner(self, text: str, parts: list[str]) -> None:
        rooms = len(parts) == 2 and (len(parts[0]) > 2 or self.lanes or self.floor is not None)  # 209-210, F2层02-01
        if len(parts) > 1 and not rooms and not self.building and not self.unit and all(p.isdigit() for p in parts):
            self.building, self.room = parts[0], self.room or parts[-1]
            self.unit = parts[1] if len(parts) > 2 else ""
            self.notes.append(Note("assumed_room", text))
        elif not self.room:
            self.room = text
        else:
            self.remainder.append(text)

    def _text(self, piece: Piece) -> None:
        text = inside(_JUNK.sub("", self.loose + piece.text))
        self.loose = ""
        if text and text not in _EMPTY:
            self._named(text)

    def _named(self, text: str) -> None:
        self.loose = ""
        if not self.place and any("\u4e00" <= c <= "\u9fff" or c.isalpha() for c in text):
            self.place = text
        else:
            self.remainder.append(text)


def _by_brackets(text: str) -> list[tuple[str, bool]]:
    """Parts of a text outside and inside of its outermost brackets; one that is not closed ends with the text."""
    parts: list[tuple[str, bool]] = []
    depth, start = 0, 0
    for i, c in enumerate(text):
        if c == "(" or (c == ")" and depth):
            if (c == "(" and depth == 0) or (c == ")" and depth == 1):
                parts.append((_LOOSE.sub("", _JUNK.sub("", text[start:i])) if depth else text[start:i], depth > 0))
                start = i + 1
            depth += 1 if c == "(" else -1
    parts.append((_LOOSE.sub("", text[start:]), depth > 0))
    return parts


def _match(piece: Piece) -> re.Match[str]:
    if piece.match is None:
        raise ValueError(f"the piece {piece.text!r} was not found by a pattern")
    return piece.match


def _holds_address(inner: str, before: str) -> bool:
    """Whether a bracket holds the address itself: it has a street and number, and none stands before it."""
    if not any(p.kind in ("number", "lane", "bare") for p in pieces(inner)):
        return False
    return not any(p.kind in ("number", "lane") for p in pieces(before)) and not inner.endswith(("附近", "旁", "对面"))
