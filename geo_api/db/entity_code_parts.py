"""What a written entity code may be made of."""

from __future__ import annotations

LONGEST_SERIAL = 9


def code_parts(text: str) -> tuple[list[str], list[int], list[int]]:
    """Cell codes, serials and digits of the serial that an entity code may be made of: the layout of its plan decides."""
    digits = len(text) - len(text.rstrip("0123456789"))
    widths = list(range(1, min(digits, len(text) - 1, LONGEST_SERIAL) + 1))
    return [text[:-w] for w in widths], [int(text[-w:]) for w in widths], widths
