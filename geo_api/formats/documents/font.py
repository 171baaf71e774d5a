"""The font of printed documents, how wide its characters are, and where lines break."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import layers

FONT = Path(layers.__file__).parent / "static" / "fonts" / "GridwardSansSC.ttf"
"""GB 2312 and Latin, vendored: a bare machine prints Chinese."""
SYSTEM_FONTS = (
    (Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"), 2),
    (Path("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc"), 2),
)
"""Fonts of the system, with the number of the face, for characters that the vendored font lacks (rare names)."""
GETA = "〓"
"""Stands for a character that no font has, as printers have always done."""
NO_BREAK_BEFORE = frozenset("，。、；：？！）】》〉」』”’％%,.;:?!)]}")


@lru_cache(maxsize=4)
def advances(path: Path = FONT, number: int = 0) -> Mapping[int, float]:
    """Code point -> width in 1/1000 of the size, of a font."""
    from fontTools.ttLib import TTFont

    font = TTFont(path, fontNumber=number, lazy=True)
    scale, widths = 1000 / font["head"].unitsPerEm, font["hmtx"].metrics
    return {code: widths[name][0] * scale for code, name in (font.getBestCmap() or {}).items()}


def system_font(systems: Sequence[tuple[Path, int]] = SYSTEM_FONTS) -> tuple[Path, int] | None:
    """A font of the system with many more characters; None where there is none."""
    return next((found for found in systems if found[0].is_file()), None)


def missing(text: str, *fonts: Mapping[int, float]) -> tuple[str, ...]:
    """Characters of a text that no font has, sorted; white space and control characters are none."""
    known = [font.keys() for font in fonts]
    return tuple(
        c for c in sorted(set(text)) if c.isprintable() and not c.isspace() and not any(ord(c) in k for k in known)
    )


class Ruler:
    """Measures texts and breaks them into lines.

    Args:
        fonts: the fonts in the order in which a character is looked for.
    """

    def __init__(self, *fonts: Mapping[int, float]) -> None:
        self._widths: dict[int, float] = {}
        for font in reversed(fonts):
            self._widths |= font

    def width(self, text: str, size: float) -> float:
        """Width of a text in points, at a size in points."""
        widths = self._widths
        return sum(widths.get(ord(c), 1000.0) for c in text) * size / 1000

    def lines(self, text: str, size: float, room: float) -> list[str]:
        """The text in lines no wider than ``room`` points: broken at spaces, between Chinese characters, else anywhere."""
        found: list[str] = []
        for paragraph in text.splitlines() or [""]:
            found += self._lines(paragraph, size, room)
        return found or [""]

    def _lines(self, text: str, size: float, room: float) -> list[str]:
        if self.width(text, size) <= room:
            return [text]
        found, start, used, last = [], 0, 0.0, 0
        i = 0
        while i < len(text):
            step = self._widths.get(ord(text[i]), 1000.0) * size / 1000
            if used + step > room and i > start:
                cut = last if last > start else i
                found.append(text[start:cut].rstrip())
                start = cut
                while start < len(text) and text[start] == " ":
                    start += 1
                i, used, last = start, 0.0, start
                continue
            used += step
            i += 1
            if _may_break(text, i):
                last = i
        if start < len(text):
            found.append(text[start:].rstrip())
        return found or [""]


def _may_break(text: str, at: int) -> bool:
    """Whether a line may end before position ``at``."""
    if at >= len(text):
        return True
    before, after = text[at - 1], text[at]
    if after in NO_BREAK_BEFORE:
        return False
    return before in " -/_" or ord(before) > 0x2E80 or ord(after) > 0x2E80
