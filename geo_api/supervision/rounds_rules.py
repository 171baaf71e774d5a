"""How rounds are planned, as data (``[rules.rounds]``): days and hours. Ways are those of ``[rules.travel]``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from geo_api.supervision.section import SectionReader

SECTION = "rounds"
SHARES = ("pair", "split")


@dataclass(frozen=True, slots=True)
class RoundRules:
    """What a bureau has decided about rounds.

    Attributes:
        visits_per_day: visits of one round, at most.
        hours_per_day: hours of one round, travel included, at most.
        weekdays: days of the week with rounds, 1 = Monday.
        days_off: single days without rounds (holidays).
        starts: station code -> (longitude, latitude) of its office, where rounds begin and end; a station that is not
            named begins in the middle of its territory.
        share: "pair" = the officers of a cell go together (an inspection takes two); "split" = each goes alone, to a share
            of the cell's places.
    """

    visits_per_day: int = 8
    hours_per_day: float = 6.0
    weekdays: tuple[int, ...] = (1, 2, 3, 4, 5)
    days_off: tuple[date, ...] = ()
    starts: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    share: str = "pair"

    def working_days(self, first: date, end: date) -> Iterator[date]:
        """Days with rounds in [first, end).

        >>> [d.day for d in RoundRules().working_days(date(2026, 11, 6), date(2026, 11, 10))]
        [6, 9]
        """
        for n in range((end - first).days):
            day = first + timedelta(days=n)
            if day.isoweekday() in self.weekdays and day not in self.days_off:
                yield day


def rounds_rules(settings: Mapping[str, Any]) -> RoundRules:
    """``[rules.rounds]``; BadRequest with every problem."""
    table, usual = SectionReader(SECTION, settings), RoundRules()
    rules = RoundRules(
        visits_per_day=table.number("visits_per_day", usual.visits_per_day, low=1, high=200, whole=True),
        hours_per_day=table.number("hours_per_day", usual.hours_per_day, low=0.5, high=24),
        weekdays=_weekdays(table),
        days_off=_days(table),
        starts=_starts(table),
        share=_share(table, usual.share),
    )
    table.done()
    return rules


NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _weekdays(table: SectionReader) -> tuple[int, ...]:
    named = table.texts("weekdays", NAMES[:5], of=NAMES)
    if not named:
        table.wrong("weekdays", "at least one day of the week", "至少一个工作日")
    return tuple(sorted(NAMES.index(name) + 1 for name in named))


def _share(table: SectionReader, usual: str) -> str:
    share = table.text("share", usual)
    if share not in SHARES:
        table.wrong("share", f'"pair" or "split", not {share!r}', '"pair"（同行）或 "split"（分片）')
    return share


def _days(table: SectionReader) -> tuple[date, ...]:
    days = []
    for text in table.texts("days_off"):
        try:
            days.append(date.fromisoformat(text))
        except ValueError:
            table.wrong("days_off", f"days such as 2026-10-01, not {text!r}", "日期，如 2026-10-01")
    return tuple(sorted(days))


def _starts(table: SectionReader) -> dict[str, tuple[float, float]]:
    found = {}
    for code, place in table.table("starts").items():
        right = isinstance(place, list | tuple) and len(place) == 2
        if right and all(isinstance(v, int | float) and not isinstance(v, bool) for v in place):
            lon, lat = float(place[0]), float(place[1])
            if abs(lon) <= 180 and abs(lat) <= 90:
                found[code] = (lon, lat)
                continue
        table.wrong("starts", f"code = [longitude, latitude] in degrees, not {code} = {place!r}", "[经度，纬度]")
    return found
