"""One table a part: what, ours, peer, ratio, goal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

HEAD = ("what", "ours", "peer", "ratio", "goal")


@dataclass(frozen=True)
class Row:
    """A line of the table; ``ratio`` is ours / peer, "" where there is no peer."""

    what: str
    ours: str
    peer: str = ""
    ratio: str = ""
    goal: str = ""


def markdown(title: str, rows: Iterable[Row]) -> str:
    """The table as Markdown, readable as it stands."""
    cells = [HEAD, *((r.what, r.ours, r.peer, r.ratio, r.goal) for r in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(HEAD))]
    lines = ["| " + " | ".join(text.ljust(w) for text, w in zip(line, widths, strict=True)) + " |" for line in cells]
    lines.insert(1, "| " + " | ".join("-" * w for w in widths) + " |")
    return "\n".join([f"## {title}", "", *lines, ""])


def seconds(value: float) -> str:
    """Seconds or milliseconds or microseconds, three digits."""
    if value >= 1:
        return f"{value:.2f} s"
    return f"{value * 1e3:.3g} ms" if value >= 1e-3 else f"{value * 1e6:.3g} us"


def rate(count: float, took_s: float) -> str:
    """So many a second."""
    value = count / took_s
    if value >= 1e6:
        return f"{value / 1e6:.1f} M/s"
    return f"{value / 1e3:.0f} k/s" if value >= 1e4 else f"{value:,.0f}/s"


def ratio(ours: float, peer: float) -> str:
    """``ours / peer``, two or three digits."""
    if not peer:
        return ""
    value = ours / peer
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
