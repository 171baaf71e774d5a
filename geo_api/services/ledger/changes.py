"""Every change of who answers, out of the posts as they were held."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby

from geo_api.services.ledger.answer import LedgerChange, LedgerPost


def changes_of(posts: Sequence[LedgerPost], on: date) -> tuple[LedgerChange, ...]:
    """Beginnings and ends of posts, new names and titles within a post, up to and with the day; newest first.

    Rows of one post that meet (an assignment that was recorded in parts) are one post.
    """
    found: list[LedgerChange] = []

    def key(post: LedgerPost) -> tuple[str, str, str, str]:
        return post.code, post.officer_id, post.role, post.function

    for _, rows in groupby(sorted(posts, key=lambda p: (*key(p), p.since or date.min)), key=key):
        before: LedgerPost | None = None
        for post in rows:
            meets = before is not None and before.until is not None and before.until == post.since
            if before is not None and not meets:
                found += _ended(before, on)
            if not meets:
                found += [_change(post, post.since, "began")] if post.since is not None else []
            elif before is not None and post.since is not None:
                found += _renamed(before, post, post.since)
            before = post
        if before is not None:
            found += _ended(before, on)
    found = [c for c in found if c.day <= on]
    order = {"began": 0, "retitled": 1, "renamed": 2, "ended": 3}
    found.sort(key=lambda c: (c.code, c.officer_id, c.role, c.function, order[c.what]))
    found.sort(key=lambda c: c.day, reverse=True)
    return tuple(found)


def _ended(post: LedgerPost, on: date) -> list[LedgerChange]:
    return [_change(post, post.until, "ended")] if post.until is not None and post.until <= on else []


def _renamed(before: LedgerPost, post: LedgerPost, day: date) -> list[LedgerChange]:
    found = []
    if before.name != post.name:
        found.append(_change(post, day, "renamed", f"{before.name} → {post.name}"))
    if before.title != post.title:
        found.append(_change(post, day, "retitled", f"{before.title} → {post.title}"))
    return found


def _change(post: LedgerPost, day: date | None, what: str, detail: str = "") -> LedgerChange:
    return LedgerChange(
        day or date.min, what, post.code, post.officer_id, post.name, post.title, post.role, post.function, detail
    )
