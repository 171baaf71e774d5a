"""What day it is: the one clock of the service, so that a day is asked for in one way and tests can hold it still."""

from __future__ import annotations

from datetime import date, datetime, tzinfo
from zoneinfo import ZoneInfo


def now(zone: tzinfo) -> datetime:
    """The present moment in a time zone."""
    return datetime.now(zone)


def today_in(zone: str | tzinfo) -> date:
    """Today in a time zone, given as such or by its IANA name such as "Asia/Shanghai"."""
    return now(ZoneInfo(zone) if isinstance(zone, str) else zone).date()
