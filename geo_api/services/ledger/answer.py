"""What a ledger says, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class LedgerEntity:
    """An entity of the ledger.

    Attributes:
        entity_id: permanent id. ``code``: its entity code in the plan in force, "" where the plan does not know it.
        credit_class: the class that counts; an unlicensed entity has that of the unlicensed.
        key_industry: whether its industry is one of the key industries.
        cell_code: "" = in no cell.
        last_visit: of any kind, up to the day of the ledger; None = never.
    """

    entity_id: int
    code: str
    name: str
    credit_code: str
    registration_no: str
    address: str
    industry: str
    credit_class: str
    licensed: bool
    key_industry: bool
    opened: date | None
    cell_code: str
    last_visit: date | None


@dataclass(frozen=True, slots=True)
class LedgerCount:
    """Entities of an industry: in all, by class (in the order of :attr:`Ledger.classes`), without a licence."""

    industry: str
    key_industry: bool
    entities: int
    by_class: tuple[int, ...]
    unlicensed: int


@dataclass(frozen=True, slots=True)
class LedgerPlace:
    """Totals of a part: a cell of a station, or a station of a bureau; code "" = what lies in no cell.

    ``head``: who leads it. ``by_class``: in the order of :attr:`Ledger.classes`.
    """

    code: str
    name: str
    head: str
    entities: int
    by_class: tuple[int, ...]
    unlicensed: int
    key_industry: int
    officers: int


@dataclass(frozen=True, slots=True)
class LedgerPost:
    """An officer's post as it was held: days [``since``, ``until``), None = open. One row for each name or title borne."""

    code: str
    officer_id: str
    name: str
    title: str
    telephone: str
    role: str
    function: str
    since: date | None
    until: date | None


@dataclass(frozen=True, slots=True)
class LedgerChange:
    """A change of who answers: ``what`` is "began", "ended", "renamed" or "retitled"; ``detail``: from what to what."""

    day: date
    what: str
    code: str
    officer_id: str
    name: str
    title: str
    role: str
    function: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class LedgerMarket:
    """A key market; ``exclusive``: it is a cell of its own."""

    code: str
    name: str
    exclusive: bool
    cell_code: str


@dataclass(frozen=True, slots=True)
class UnlicensedCase:
    """An unlicensed business from discovery to licence or removal.

    ``state``: the last step. ``steps``: day, step, officer, note. ``ended``: whether that step ends the case.
    """

    entity_id: int
    name: str
    address: str
    industry: str
    cell_code: str
    discovered: date | None
    state: str
    state_since: date | None
    ended: bool
    steps: tuple[tuple[date, str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger of a jurisdiction on a day.

    Attributes:
        jurisdiction, name: of the cell, station or bureau; ``level``: "cell", "station" or "bureau" (any level above).
        station_code, station_name: of a cell; "" otherwise.
        on: the day. ``recorded_at``: None, or the moment whose knowledge this is; printed in ``timezone``.
        profile_digest: of the rules in force that day.
        plan: version of the plan in force of a cell or station, "" without one.
        classes: credit classes, best first; ``by_class`` counts follow them, entities of another class come last as "".
        entities: the list, for a cell; for a station or bureau empty unless asked for.
        total: number of entities, and by class.
        counts: by industry; they add up to ``total``.
        places: totals of its parts; they add up to ``total``.
        key_industries: names. ``markets``: the key markets in it.
        posts: who answers and answered for it (a cell, a station: also for its cells), by code and time.
        changes: every change of them up to the day, newest first.
        unlicensed: cases, those going on first.
    """

    jurisdiction: str
    name: str
    level: str
    station_code: str
    station_name: str
    on: date
    recorded_at: datetime | None
    profile_digest: str
    plan: str
    classes: tuple[str, ...]
    entities: tuple[LedgerEntity, ...]
    total: LedgerCount
    counts: tuple[LedgerCount, ...]
    places: tuple[LedgerPlace, ...]
    key_industries: tuple[str, ...]
    markets: tuple[LedgerMarket, ...]
    posts: tuple[LedgerPost, ...]
    changes: tuple[LedgerChange, ...]
    unlicensed: tuple[UnlicensedCase, ...]
    timezone: str = "UTC"
