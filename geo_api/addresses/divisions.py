"""The divisions of a country as a value: codes and names with the days on which they hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from geo_api.addresses.head import Head, read_head


@dataclass(frozen=True, slots=True)
class Division:
    """One division under one name.

    Attributes:
        code: statistical code, 6, 9 or 12 digits as the file has it.
        name: full name.
        level: province, city, county, town or village.
        parent: code of the division above; "".
        valid_from: first day, or None: since before the list begins.
        valid_to: first day on which it no longer holds, or None.
        became: codes of what it became; ().
        aliases: other names of it, without dates.
    """

    code: str
    name: str
    level: str
    parent: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    became: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


class Divisions:
    """All divisions, indexed by name; immutable."""

    def __init__(self, rows: Iterable[Division]) -> None:
        self.rows = tuple(rows)

    def read_head(self, text: str, on: date | None = None) -> Head:
        """The divisions at the beginning of a normalised text."""
        return read_head(text)
