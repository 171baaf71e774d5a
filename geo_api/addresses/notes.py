"""What the parser assumed, cut or did not understand: one sentence for each code, in English and in Chinese."""

from __future__ import annotations

from geo_api.addresses.types import Note

NOTES: dict[str, tuple[str, str]] = {
    "too_long": ("only the first {what} characters were read", "只读取了前{what}个字符"),
    "phone_cut": ("a telephone number was left out", "已略去电话号码"),
    "person_cut": ("what seems to be a person's name was left out", "已略去疑似人名"),
    "traditional": ("traditional characters were read as simplified ones", "繁体字按简体字读取"),
    "short_division": ("{what} was read as {instead}", "“{what}”读作“{instead}”"),
    "repeated_division": ("{what} stands there more than once", "“{what}”重复出现"),
    "renamed_division": ("{what} is {instead} since {since}", "“{what}”自{since}起为“{instead}”"),
    "split_division": ("{what} was divided among {instead} on {since}", "“{what}”已于{since}分属“{instead}”"),
    "gone_division": ("{what} existed until {since} only", "“{what}”仅存在至{since}"),
    "not_yet": ("{what} exists since {since} only; it was {instead}", "“{what}”自{since}起才设立，此前为“{instead}”"),
    "ambiguous_division": ("{what} may be {instead}", "“{what}”可能是“{instead}”"),
    "contradiction": ("{what} does not lie in {instead}", "“{what}”不属于“{instead}”"),
    "assumed_number": ("{what} was read as a house number", "“{what}”读作门牌号"),
    "assumed_range": ("{what} was read as a range of numbers", "“{what}”读作门牌号区间"),
    "assumed_room": ("{what} was read as building, unit, room", "“{what}”读作楼栋、单元、室"),
    "several_streets": (
        "of several streets the one before the number counts, not {what}",
        "取门牌号前的道路，不取“{what}”",
    ),
    "several_towns": ("of several towns the last one counts, not {what}", "取最后的乡镇，不取“{what}”"),
    "second_number": ("{what} is a further address", "“{what}”是另一处地址"),
    "repaired": ("{what} was read as {instead}", "“{what}”按“{instead}”读取"),
    "unknown_street": ("an unnamed street", "道路无名"),
    "no_site": ("no street, number or place was found", "没有读出道路、门牌号或地名"),
}


def sentence(note: Note, lang: str = "en") -> str:
    """The note as a sentence in English (``en``) or Chinese (``zh``)."""
    return NOTES[note.code][lang == "zh"].format(what=note.what, instead=note.instead, since=note.since)
