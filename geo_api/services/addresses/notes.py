"""Notes of an answer to an address: what was assumed, in English and Chinese."""

from __future__ import annotations

from collections.abc import Iterable

from geo_api.addresses import notes as parsing
from geo_api.addresses.types import Note
from geo_api.services.answers import AnswerNote

SAYS: dict[str, tuple[str, str]] = {
    "similar_street": ("{what} was read as {instead}: one character differs", "“{what}”按“{instead}”查找（一字之差）"),
    "similar_place": ("{what} was read as {instead}: the names are alike", "“{what}”按“{instead}”查找（名称相近）"),
    "renamed_street": ("{what} is now {instead}", "“{what}”现名“{instead}”"),
    "renamed_place": ("{what} is now {instead}", "“{what}”现名“{instead}”"),
    "interpolated": ("number {what} is not known; it lies between {instead}", "门牌{what}未登记，按{instead}推算"),
    "number_near": (
        "number {what} is not known; the nearest known one is {instead}",
        "门牌{what}未登记，最近的已知门牌为{instead}",
    ),
    "lane_mouth": ("the number in lane {what} is not known: the mouth of the lane", "{what}内门牌未登记，按弄口计"),
    "elsewhere": (
        "{what} is named, and nothing is known there; what is known is in {instead}",
        "地址写明“{what}”，该地无登记资料；现有资料在{instead}",
    ),
    "other_division": (
        "{what} is named, but what was matched lies in another one or is not known there",
        "地址写明“{what}”，所匹配的地点不在该处或未在该处登记",
    ),
    "number_unknown": ("{what} is not known in {instead}", "{instead}没有登记{what}"),
}


def answer_notes(read: Iterable[Note], matched: Iterable[tuple[str, str, str]]) -> tuple[AnswerNote, ...]:
    """Notes of the parser and of the match, each once."""
    out = [AnswerNote(n.code, parsing.sentence(n), parsing.sentence(n, "zh")) for n in read]
    for code, what, instead in matched:
        english, chinese = (text.format(what=what, instead=instead) for text in SAYS[code])
        out.append(AnswerNote(code, english, chinese))
    return tuple(dict.fromkeys(out))
