"""Plain street-and-number addresses: "333 W 35TH ST", "2301-2305 W DEVON AVE", "STATE ST & MADISON ST"."""

from __future__ import annotations

import re
import unicodedata

from geo_api.addresses.normalise import LONGEST
from geo_api.addresses.types import HouseNumber, Named, Note, ParsedAddress
from geo_api.addresses.us_words import DIRECTIONS, KINDS, NAME_KINDS, UNITS, street_words

_COMMAS = re.compile(r" ?, ?")
_SPACES = re.compile(r"[\s.]+")
_BRACKETS = re.compile(r"\(([^()]*)\)?")
_PHONE = re.compile(r"(?:\+?1[ -])?(?<!\d)\(?\d{3}\)?[ -]\d{3}-\d{4}(?!\d)")
_NUMBER = re.compile(
    r"(?P<n>\d{1,6})(?P<half>[ -]1/2)?(?:-?(?P<letter>[A-Z]))?(?: ?- ?(?P<to>\d{1,6})(?: 1/2)?)?"
    r"(?: ?[,&] ?(?P<also>\d{1,6}))?(?=[ ,]|$)"
)
_ZIP = re.compile(r"(?:^|[ ,])(?P<state>[A-Z]{2})?[ ,]*(?P<zip>\d{5})(?:-\d{4})?(?: USA?)?$")
_STATE = re.compile(r", ?[A-Z]{2}$")
_CROSS = re.compile(r" (?:&|AND|AT|@) |(?<=[A-Z]) ?/ ?(?=[A-Z])")
_ORDINAL = re.compile(r"\d{1,4}(?:ST|ND|RD|TH)$")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-"))


def parse_us(text: str, region: str = "us") -> ParsedAddress:
    """Read a street-and-number address.

    Number (with 1/2, letter, range: 4949-51 is 4949 to 4951), direction, name and kind of the street in one spelling, unit,
    floor, building; a grid coordinate in brackets (2700W) is a hint; of two streets with & or AND a crossing.

    >>> a = parse_us("1255 South State Street #3")
    >>> a.number.text, a.street, a.room
    ('1255', 'S STATE ST', '3')
    >>> parse_us("State St. & Madison St.").crossing
    ('STATE ST', 'MADISON ST')
    """
    notes = [Note("too_long", str(LONGEST))] if len(text) > LONGEST else []
    flat = normalise_us(text)
    clean, cut = _PHONE.subn(" ", flat)
    notes += [Note("phone_cut")] if cut else []
    hints = tuple(h.strip() for h in _BRACKETS.findall(clean) if h.strip())
    body = " ".join(_BRACKETS.sub(" ", clean).replace("(", " ").replace(")", " ").split())
    number, rest, assumed = _number(body)
    notes += [Note("assumed_range", assumed)] if assumed else []
    zip_code, rest = _zip(rest)
    units = _Units()
    rest = units.take(rest)
    first, *behind = [part.strip() for part in rest.split(",") if part.strip()] or [""]
    crossing: tuple[str, ...] = ()
    street, extra = "", ""
    halves = _CROSS.split(first) if number is None else [first]
    if len(halves) == 2 and all(_is_street(h) for h in halves):
        one, two = (" ".join(street_words(h)) for h in halves)
        crossing = (one, two)
    elif number is not None or _is_street(first):
        street, extra = _street(first)
    place = "" if street or crossing else first
    city = Named(behind[0], written=behind[0]) if behind and behind[0] else None
    if not (street or crossing or place):
        notes.append(Note("no_site"))
    remainder = " ".join([*([extra] if extra else []), *behind[1:]])
    return ParsedAddress(
        raw=text,
        text=" ".join(clean.split()),
        region=region,
        city=city,
        street=street,
        number=number,
        building=units.building,
        unit=units.unit,
        floor=units.floor,
        room=units.room,
        crossing=crossing,
        place=place,
        hints=hints,
        remainder=remainder,
        notes=tuple(notes),
        zip_code=zip_code,
    )


def normalise_us(text: str) -> str:
    """Upper case, one kind of dash, single spaces, no full stops; idempotent."""
    for _ in range(4):
        before, text = text, _once(text)
        if text == before:
            break
    return text


def _once(text: str) -> str:
    text = unicodedata.normalize("NFKC", text[:LONGEST].translate(_DASHES)).upper()[:LONGEST]
    return _COMMAS.sub(", ", _SPACES.sub(" ", text)).strip(" ,")


def _number(text: str) -> tuple[HouseNumber | None, str, str]:
    """House number at the beginning, the rest, and a range that was assumed."""
    found = _NUMBER.match(text)
    if found is None or _ORDINAL.match(text.split(" ", 1)[0]):
        return None, text, ""
    rest = text[found.end() :].strip(" ,")
    if not rest or (rest.split()[0] in KINDS and len(rest.split()) == 1):  # "35 ST" is a street
        return (None, text, "") if rest else (HouseNumber(int(found["n"])), "", "")
    base, to = int(found["n"]), found["to"]
    sub: tuple[str, ...] = ("1/2",) if found["half"] else ()
    also = (int(found["also"]),) if found["also"] else ()
    if to is None:
        return HouseNumber(base, suffix=found["letter"] or "", sub=sub, also=also), rest, ""
    digits = found["n"]
    end = int(digits[: len(digits) - len(to)] + to) if len(to) < len(digits) else int(to)
    if end <= base:
        return HouseNumber(base, suffix=found["letter"] or "", sub=(*sub, to)), rest, ""
    return HouseNumber(base, suffix=found["letter"] or "", sub=sub, to=end), rest, found[0].strip()


def _zip(text: str) -> tuple[str, str]:
    found = _ZIP.search(text)
    if found:
        return found["zip"], text[: found.start()].strip(" ,")
    state = _STATE.search(text)
    return "", text[: state.start()].strip(" ,") if state else text


def _is_street(text: str) -> bool:
    words = text.strip(" ,").split()
    return (len(words) > 1 and (words[-1] in KINDS or words[0] in DIRECTIONS or words[-1] in DIRECTIONS)) or bool(
        len(words) == 1 and words[0].isalpha() and len(words[0]) > 3
    )


def _street(text: str) -> tuple[str, str]:
    """Street in one spelling, and what stands behind its kind: "S WABASH AVE" and "FL" of "37 S WABASH AVE FL"."""
    words = [w.strip(",") for w in text.split()]
    end = len(words)
    start = 1 if words and words[0] in DIRECTIONS and len(words) > 1 else 0
    for i in range(start + 1, len(words)):
        kind = KINDS.get(words[i])
        if kind and not (
            kind in NAME_KINDS and i + 1 < len(words) and (words[i + 1] in KINDS or words[i + 1] in DIRECTIONS)
        ):
            end = i + 1
            if end < len(words) and words[end] in DIRECTIONS:
                end += 1
            if any(w in KINDS and KINDS[w] not in NAME_KINDS for w in words[end : end + 1]):
                end += 1
            break
    return " ".join(street_words(" ".join(words[:end]))), " ".join(words[end:])


class _Units:
    """Building, unit, floor, room, cut off the text behind the street."""

    def __init__(self) -> None:
        self.building = self.unit = self.room = ""
        self.floor: int | None = None

    def take(self, text: str) -> str:
        """The text without its unit designators."""
        out, at = [], 0
        for found in UNITS.finditer(text):
            if found.start() == 0 and found["hash"] is None:
                continue
            out.append(text[at : found.start()].rstrip(","))
            at = found.end()
            self._one(found)
        return " ".join(" ".join([*out, text[at:]]).split())

    def _one(self, found: re.Match[str]) -> None:
        label = found["label"] or found["letters"] or found["hash"] or ""
        kind, word = found["kind"] or "", found["word"] or ""
        if found["nth"] or kind in ("FLOOR", "FLR", "FL", "LEVEL", "LVL"):
            digits = found["nth"] or label
            self.floor = int(digits) if digits.isdigit() else self.floor
        elif word in ("BSMT", "BASEMENT"):
            self.floor = -1
        elif kind in ("BUILDING", "BLDG"):
            self.building = label
        elif word:
            self.unit = self.unit or word
        else:
            self.room = self.room or label
