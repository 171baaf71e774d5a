"""Columns of files as people name them: our names, and the usual heads of Chinese files."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence


def columns_by_head(
    heads: Iterable[object], known: Mapping[str, Sequence[str]], said: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Our name of a column -> its head in a file: as said, else our own name, else the first of its usual heads there.

    Width, case and blanks of heads tell nothing apart; a head is used once.

    >>> columns_by_head(["主体编号", " 日期 ", "备注"], {"entity": ("主体编号", "主体"), "on": ("办理日期", "日期")})
    {'entity': '主体编号', 'on': ' 日期 '}
    """
    there = {_plain(head): str(head) for head in heads}
    found = dict(said or {})
    taken = {_plain(head) for head in found.values()}
    for name, others in known.items():
        if name in found:
            continue
        head = next((h for h in map(_plain, (name, *others)) if h in there and h not in taken), None)
        if head is not None:
            found[name] = there[head]
            taken.add(head)
    return found


def _plain(head: object) -> str:
    return "".join(unicodedata.normalize("NFKC", str(head)).casefold().split())
