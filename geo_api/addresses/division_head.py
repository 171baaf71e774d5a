"""The divisions at the beginning of an address, from a list of divisions, as they are on a day."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from geo_api.addresses.division_names import short_name
from geo_api.addresses.divisions import LEVELS, Division, Divisions
from geo_api.addresses.head import ROADLIKE, Head, read_larger, read_small, skip
from geo_api.addresses.types import Named, Note

_RANK = {level: i for i, level in enumerate(LEVELS)}
_LANDMARKS = frozenset("江河山湖寺桥湾港岛门塔站村镇乡路街里园宫庙")
_ENDINGS = frozenset("省市县区旗盟州")
_BEHIND = re.compile(r"[^\d()]{1,12}?(?:(?:路|街|大道|道|巷|弄|胡同|村)(?:[^\d]{0,3}\d)|镇|乡|街道|社区|[县区市])")
_MOST_ROUNDS = 24
_MOST_NAMED = 6


@dataclass(slots=True)
class _State:
    """What was read so far.

    Attributes:
        context: the deepest division read, as it is on the day; several if it was split since.
        read: level -> (row as written, its text).
    """

    divisions: Divisions
    on: date | None
    head: Head
    context: tuple[Division, ...] = ()
    read: dict[str, tuple[Division, str]] = field(default_factory=dict)


def read_divisions(text: str, divisions: Divisions, on: date | None = None) -> Head:
    """Divisions at the beginning of a normalised text: full, short, former and repeated names.

    A name that several divisions bear is given a code only where the divisions before it, or the home of the list,
    decide between them; otherwise the note ``ambiguous_division`` lists them.
    """
    state = _State(divisions, on, Head(end=skip(text, 0)))
    for _ in range(_MOST_ROUNDS):
        if not _step(text, state):
            break
    head = state.head
    open_end = not state.read or (len(state.context) == 1 and not divisions.has_children(state.context[0].code))
    if open_end and not _known(text, head.end, divisions):  # a county that the list does not have
        read_larger(text, head)
    _fill(state)
    _small(text, state)
    return head


def _step(text: str, state: _State) -> bool:
    """Read one division at the present position."""
    at, head = state.head.end, state.head
    longest = min(state.divisions.longest_name.get(text[at : at + 1], 0), len(text) - at)
    for size in range(longest, 1, -1):
        name = text[at : at + size]
        for full in (True, False):
            rows = state.divisions.named(name) if full else state.divisions.shortened(name)
            if not rows or not _may_end(text, at + size, state, full=full):
                continue
            chosen = _choose(rows, state, name, full=full, followed=partial(_followed, text, at + size, state))
            if chosen is None or (full and _splits_better(text, at + size, chosen, state)):
                continue
            if _part_of_a_name(text, at + size, chosen, state):
                continue
            _take(chosen, name, state, full=full)
            head.end = skip(text, at + size)
            return True
    return False


def _may_end(text: str, end: int, state: _State, *, full: bool) -> bool:
    """Whether a division may end here: not in the middle of a street's name, 四川|北路."""
    rest = text[end : end + 1]
    if full and (rest not in ("路", "街", "巷", "弄") or text.startswith("街道", end)):
        return True
    if (
        full
        or rest in _LANDMARKS
        or rest in _ENDINGS
        or ROADLIKE.match(text, end)
        or text.startswith(("新村", "大厦", "饭店", "酒店"), end)
    ):
        return any(state.divisions.named(name) for name in _names(text, end, state.divisions))
    return True


def _names(text: str, at: int, divisions: Divisions) -> list[str]:
    """What could be a name at a position, the longest first."""
    longest = min(divisions.longest_name.get(text[at : at + 1], 0), len(text) - at)
    return [text[at : at + size] for size in range(longest, 1, -1)]


def _known(text: str, at: int, divisions: Divisions) -> bool:
    """Whether any division of the list is named at a position, in full or short; 云溪 of 云溪县 is no short 云溪区."""
    for name in _names(text, at, divisions):
        if divisions.named(name) or (
            divisions.shortened(name) and text[at + len(name) : at + len(name) + 1] not in _ENDINGS
        ):
            return True
    return False


def _splits_better(text: str, end: int, chosen: tuple[Division, ...], state: _State) -> bool:
    """Whether the ending belongs to a division inside: 青岛|市北区, not 青岛市|北区."""
    if len(chosen) > 1 or not state.divisions.shortened(short_name(chosen[0].name)):
        return False
    return _followed(text, end - 1, state, chosen[0])


def _part_of_a_name(text: str, end: int, chosen: tuple[Division, ...], state: _State) -> bool:
    """Whether a division far from home only begins a name, with neither division, town nor street and number behind it.

    重庆鸡公煲 and 沙县小吃 are no places in 重庆 and 沙县 for a deployment elsewhere; 重庆渝中区, 重庆民权路28号 are.
    """
    home, divisions = state.divisions.home, state.divisions
    rest = text[end:]
    if not home or state.context or not rest.strip():
        return False
    own = divisions.at(home, state.on)
    near = {c.code for c in divisions.chain(own, state.on)} if own else set()
    for row in chosen:
        if row.code in near or any(c.code == home for c in divisions.chain(row, state.on)):
            return False
    if _known(text, skip(text, end), divisions):
        return False
    return not _BEHIND.match(rest)


def _followed(text: str, at: int, state: _State, above: Division) -> bool:
    """Whether a division inside another one is named at a position."""
    for name in _names(text, at, state.divisions):
        for row in state.divisions.named(name):
            if row.holds(state.on) and above in state.divisions.chain(row, state.on)[:-1]:
                return True
    return False


def _choose(
    rows: Sequence[Division], state: _State, name: str, *, full: bool, followed: Callable[[Division], bool]
) -> tuple[Division, ...] | None:
    """Rows that a name can mean here: one; several where it stays open; None where it is no division here."""
    if state.context:
        known = [r for r in rows if any(r in pair for pair in state.read.values())]
        same = [
            r
            for r in rows
            if any(r.code == c.code for top in state.context for c in state.divisions.chain(top, state.on))
        ]
        if known or same:
            return ((known or same)[0],)
        inside = [r for r in rows if _inside(r, state)]
        if inside:
            return (_latest(inside, state.on)[0],)
        highest = min(_RANK[level] for level in state.read) if state.read else 0
        if full and min(_RANK[r.level] for r in rows) > highest and _RANK[rows[0].level] <= _RANK["county"]:
            note = Note("contradiction", name, state.context[0].name)
            if note not in state.head.notes:
                state.head.notes.append(note)
        return None
    pool = _latest(rows, state.on)
    top = min(_RANK[r.level] for r in pool)
    home = state.divisions.home
    if home:
        local = [r for r in pool if any(c.code == home for c in state.divisions.chain(r, state.on))]
        if len(local) == 1 and (full or top > 0):
            return (local[0],)
    if not full and top >= _RANK["county"]:
        return None
    best = [r for r in pool if _RANK[r.level] == top]
    if (
        not full
        and top == _RANK["city"]
        and len(best) == 1
        and not best[0].code.startswith("0100", 2)
        and not followed(best[0])
    ):
        elsewhere = [r for r in pool if r not in best and best[0] not in state.divisions.chain(r, state.on)]
        if elsewhere:  # 朝阳 alone may be 朝阳区 as well as 朝阳市; a capital of a province is what it seems
            return None
    return tuple(best[:_MOST_NAMED])


def _latest(rows: Sequence[Division], on: date | None) -> Sequence[Division]:
    """Rows that hold on the day; where none does, those that did not become another of them."""
    codes = {r.code for r in rows}
    return [r for r in rows if r.holds(on)] or [r for r in rows if not codes & (set(r.became) - {r.code})] or rows


def _inside(row: Division, state: _State) -> bool:
    """Whether a row lies in what was read before, under its name of the day or a former one."""
    codes = {c.code for c in state.context} | {pair[0].code for pair in state.read.values()}
    deepest = max((_RANK[level] for level in state.read), default=-1)
    if _RANK[row.level] <= deepest:
        return False
    tops = {c.code for c in state.context}
    for version in (row, *state.divisions.successors(row, state.on)):
        above = {c.code for c in state.divisions.chain(version, state.on)[:-1]}
        if above & tops or (above & codes and version.parent in codes):
            return True
    return False


def _take(chosen: tuple[Division, ...], name: str, state: _State, *, full: bool) -> None:
    """Take a division as read: note short, repeated, former and open names."""
    head, first = state.head, chosen[0]
    if len(chosen) > 1:
        named = "、".join("".join(c.name for c in state.divisions.chain(r, state.on)) for r in chosen)
        head.notes.append(Note("ambiguous_division", name, named))
        head.levels[first.level] = Named(first.name if full else name, written=name)
        state.read[first.level] = (first, name)
        state.context = chosen
        return
    if any(first in pair or first.name == pair[0].name for pair in state.read.values()):
        head.notes.append(Note("repeated_division", first.name))
        return
    if state.context and any(
        first.code == c.code for top in state.context for c in state.divisions.chain(top, state.on)[:-1]
    ):
        head.notes.append(Note("repeated_division", first.name))
        return
    if not full:
        head.notes.append(Note("short_division", name, first.name))
    now = state.divisions.successors(first, state.on)
    if now != (first,):
        before = first.valid_from is not None and state.on is not None and state.on < first.valid_from
        day, rough = (first.valid_from, first.rough_from) if before else (first.valid_to, first.rough_to)
        since = day.isoformat()[: 4 if rough else 10] if day else ""
        words = "、".join(r.name for r in now)
        ended = "renamed_division" if len(now) == 1 else "split_division" if now else "gone_division"
        code = "not_yet" if before else ended
        head.notes.append(Note(code, first.name, words, since))
    state.read[first.level] = (first, name)
    state.context = now or (first,)


def _fill(state: _State) -> None:
    """Named levels from the deepest division: what was written, and what follows from it."""
    if not state.context or (len(state.context) > 1 and not _split(state)):
        return
    head = state.head
    written = {level: text for level, (_, text) in state.read.items()}
    if len(state.context) > 1:  # split since, and nothing below decides
        common = state.divisions.chain(state.context[0], state.on)[:-1]
        for row in common:
            head.levels[row.level] = Named(row.name, row.code, written.get(row.level, ""))
        level = next(reversed(state.read))
        head.levels[level] = Named(state.read[level][0].name, "", written[level])
        return
    for row in state.divisions.chain(state.context[0], state.on):
        code = row.code if row.holds(state.on) else ""  # dissolved, and nothing is known of what came after
        head.levels[row.level] = Named(row.name, code, written.get(row.level, ""))
    for level, (row, text) in state.read.items():
        if level not in head.levels:
            head.levels[level] = Named(row.name, "" if not row.holds(state.on) else row.code, text)


def _split(state: _State) -> bool:
    """Whether several divisions are open because one was split, not because a name is ambiguous."""
    return any(note.code == "split_division" for note in state.head.notes)


def _small(text: str, state: _State) -> None:
    """Town and village: by the list where it has them, else by their endings."""
    head = state.head
    before = dict(head.levels)
    read_small(text, head)
    for level in ("town", "village"):
        named = head.levels.get(level)
        if named is None or level in before:
            continue
        above = {n.code for k, n in head.levels.items() if n.code and _RANK[k] < _RANK[level]}
        rows = [r for r in state.divisions.named(named.name) if r.level == level and r.holds(state.on)]
        rows = [r for r in rows if not above or {c.code for c in state.divisions.chain(r, state.on)} & above]
        if len(rows) == 1:
            for row in state.divisions.chain(rows[0], state.on):
                old = head.levels.get(row.level)
                head.levels[row.level] = Named(row.name, row.code, old.written if old else "")
