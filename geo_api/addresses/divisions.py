"""The divisions of a country as a value: codes and names, each with the days on which it holds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from geo_api.addresses.division_names import short_name

LEVELS = ("province", "city", "county", "town", "village")
COLUMNS = ("code", "name", "level", "parent", "valid_from", "valid_to", "became", "aliases")
"""Columns of a divisions file; the last five may be empty. ``became`` and ``aliases`` hold several values separated by ``|``."""
_CODE = re.compile(r"\d{2,12}")
_LONGEST_CHAIN = 12


@dataclass(frozen=True, slots=True)
class Division:
    """One division under one name; a division that was renamed has a row for each name.

    Attributes:
        code: statistical code: 6 digits down to the county, 9 for a town, 12 for a village (or 12 for all).
        name: full name.
        level: province, city, county, town or village.
        parent: code of the division above on the days of this row; "".
        valid_from: first day; None: since before the list begins.
        valid_to: first day on which the row no longer holds; None: it holds.
        became: codes of what it became after that: one for a change of name or a merger, several for a split; ().
        aliases: other names of the same division, without dates.
        rough_from: of ``valid_from`` only the year is known (the day is then 31 December).
        rough_to: the same for ``valid_to``.
    """

    code: str
    name: str
    level: str
    parent: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    became: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    rough_from: bool = False
    rough_to: bool = False

    def holds(self, on: date | None) -> bool:
        """Whether the row holds on a day; None: the latest state."""
        if on is None:
            return self.valid_to is None
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on < self.valid_to)


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with one row of a divisions file.

    Attributes:
        row: number of the row, the first data row is 1.
        message: English.
        message_zh: Chinese.
    """

    row: int
    message: str
    message_zh: str


class Divisions:
    """All divisions of a country, indexed by name and code; immutable.

    >>> d = Divisions([Division("310000", "上海市", "province"), Division("310101", "黄浦区", "county", "310000")])
    >>> [row.code for row in d.named("黄浦区")], d.chain(d.named("黄浦区")[0])[0].name
    (['310101'], '上海市')
    """

    def __init__(self, rows: Iterable[Division], *, home: str = "") -> None:
        self.rows = tuple(rows)
        self.home = home
        """Code of the division that an address without province and city is looked for in first; "" for none."""

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping[str, str]], *, home: str = "") -> tuple[Divisions, Sequence[RowProblem]]:
        """Divisions of the rows of a file (:data:`COLUMNS`), and what is wrong with rows that were left out.

        Dates are ISO days, or a year where the day is not known.
        """
        good: list[Division] = []
        problems: list[RowProblem] = []
        for number, row in enumerate(rows, start=1):
            wrong = _problems(row)
            problems += [RowProblem(number, *message) for message in wrong]
            if not wrong:
                good.append(_division(row))
        return cls(good, home=home), problems

    def at_home(self, code: str) -> Divisions:
        """The same divisions for a deployment in the division ``code``: its districts win over others of the same name."""
        return Divisions(self.rows, home=code)

    @cached_property
    def _by_code(self) -> dict[str, list[Division]]:
        found: dict[str, list[Division]] = {}
        for row in self.rows:
            found.setdefault(row.code, []).append(row)
        return found

    @cached_property
    def _by_name(self) -> dict[str, list[Division]]:
        found: dict[str, list[Division]] = {}
        for row in self.rows:
            for name in dict.fromkeys((row.name, *row.aliases)):
                found.setdefault(name, []).append(row)
        return found

    @cached_property
    def _by_short(self) -> dict[str, list[Division]]:
        found: dict[str, list[Division]] = {}
        for row in self.rows:
            if row.level in LEVELS[:3] and (short := short_name(row.name)) != row.name:
                found.setdefault(short, []).append(row)
        return found

    @cached_property
    def longest_name(self) -> dict[str, int]:
        """First character -> length of the longest name that begins with it, short names included."""
        longest: dict[str, int] = {}
        for name in (*self._by_name, *self._by_short):
            longest[name[0]] = max(longest.get(name[0], 0), len(name))
        return longest

    def named(self, name: str) -> Sequence[Division]:
        """Rows with this full name or alias."""
        return self._by_name.get(name, ())

    def shortened(self, name: str) -> Sequence[Division]:
        """Rows down to the county whose name without its ending is this one: 武汉, 内蒙古, 浦东."""
        return self._by_short.get(name, ())

    def at(self, code: str, on: date | None) -> Division | None:
        """The row of a code that holds on a day; None."""
        return next((row for row in self._by_code.get(code, ()) if row.holds(on)), None)

    def has_children(self, code: str) -> bool:
        """Whether the list has any division right below a code."""
        return code in self._parents

    @cached_property
    def _parents(self) -> frozenset[str]:
        return frozenset(row.parent for row in self.rows)

    def chain(self, row: Division, on: date | None = None) -> tuple[Division, ...]:
        """Divisions above a row on a day, the highest first, then the row."""
        chain = [row]
        while chain[0].parent and len(chain) < _LONGEST_CHAIN:
            above = self.at(chain[0].parent, on) or next(iter(self._by_code.get(chain[0].parent, ())), None)
            if above is None or above in chain:
                break
            chain.insert(0, above)
        return tuple(chain)

    def successors(self, row: Division, on: date | None) -> tuple[Division, ...]:
        """What a row has become by a day, through all changes in between; the row itself while it holds; () if unknown."""
        if row.holds(on):
            return (row,)
        if on is not None and row.valid_from is not None and on < row.valid_from:
            return self.predecessors(row, on)
        out: dict[str, Division] = {}
        wave, seen = [row], {(row.code, row.name)}
        while wave:
            after = wave.pop()
            for code in after.became:
                for next_row in self._after(code, after):
                    if next_row.holds(on):
                        out[next_row.code] = next_row
                    elif (next_row.code, next_row.name) not in seen:
                        seen.add((next_row.code, next_row.name))
                        wave.append(next_row)
        return tuple(out.values())

    def predecessors(self, row: Division, on: date) -> tuple[Division, ...]:
        """What a row was on a day before it existed; () if unknown."""
        return tuple(r for r in self._before.get(row.code, ()) if r.holds(on) and r != row)

    @cached_property
    def _before(self) -> dict[str, list[Division]]:
        found: dict[str, list[Division]] = {}
        for row in self.rows:
            for code in row.became:
                found.setdefault(code, []).append(row)
        return found

    def _after(self, code: str, row: Division) -> list[Division]:
        """Rows of a code that hold when ``row`` has ended, the earliest alone."""
        ended = row.valid_to or date.min
        rows = [r for r in self._by_code.get(code, ()) if r != row and (r.valid_to is None or r.valid_to > ended)]
        return sorted(rows, key=lambda r: r.valid_from or date.min)[:1]


def _problems(row: Mapping[str, str]) -> list[tuple[str, str]]:
    """English and Chinese sentence for each thing wrong with a row."""
    wrong: list[tuple[str, str]] = []
    missing = [c for c in COLUMNS[:3] if not (row.get(c) or "").strip()]
    if missing:
        wrong.append((f"no {', '.join(missing)}; each row needs code, name and level", f"缺少{'、'.join(missing)}"))
    code = (row.get("code") or "").strip()
    if code and not _CODE.fullmatch(code):
        wrong.append((f"code {code!r}: expected 2 to 12 digits", f"代码{code!r}应为2至12位数字"))
    level = (row.get("level") or "").strip()
    if level and level not in LEVELS:
        wrong.append(
            (f"level {level!r}: expected one of {', '.join(LEVELS)}", f"层级{level!r}应为{'、'.join(LEVELS)}之一")
        )
    for column in ("valid_from", "valid_to"):
        try:
            _day((row.get(column) or "").strip())
        except ValueError:
            value = row.get(column)
            wrong.append(
                (f"{column} {value!r}: expected a day like 2015-11-04, or a year", f"{column} {value!r}应为日期或年份")
            )
    return wrong


def _division(row: Mapping[str, str]) -> Division:
    value = {c: (row.get(c) or "").strip() for c in COLUMNS}
    (start, rough), (end, vague) = _day(value["valid_from"]), _day(value["valid_to"])
    several = [tuple(v for v in value[c].split("|") if v) for c in ("became", "aliases")]
    return Division(
        value["code"],
        value["name"],
        value["level"],
        value["parent"],
        start,
        end,
        several[0],
        several[1],
        rough or vague,
    )


def _day(text: str) -> tuple[date | None, bool]:
    """Day of an ISO date, and whether only its year is known."""
    if not text:
        return None, False
    if len(text) == 4 and text.isdigit():
        return date(int(text), 12, 31), True
    return date.fromisoformat(text), False
