"""One table a part: what, ours, peer, ratio, goal, and where a goal can be decided whether it is met."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

HEAD = ("what", "ours", "peer", "ratio", "goal", "met")


@dataclass(frozen=True)
class Row:
    """A line of the table.

    Attributes:
        what: what was measured.
        ours, peer: figures with their units.
        ratio: ours / peer, "" where there is no peer.
        goal: what is aimed at, "" = nothing was set.
        met: whether it is reached; None where there is no goal or nothing to judge by.
        figures: the same figures as bare numbers, for the history.
    """

    what: str
    ours: str
    peer: str = ""
    ratio: str = ""
    goal: str = ""
    met: bool | None = None
    figures: Mapping[str, float] = field(default_factory=dict)


def markdown(title: str, rows: Iterable[Row]) -> str:
    """The table as Markdown, readable as it stands; the last column only where some goal was decided."""
    rows = list(rows)
    verdict = {True: "yes", False: "**no**", None: ""}
    cells = [HEAD, *((r.what, r.ours, r.peer, r.ratio, r.goal, verdict[r.met]) for r in rows)]
    if all(r.met is None for r in rows):
        cells = [line[:-1] for line in cells]
    widths = [max(len(text) for text in column) for column in zip(*cells, strict=True)]
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
