"""What is due: the lists of the profile over all entities at once, and who is in charge."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from geo_api.errors import BadRequest, NotFound
from geo_api.services.answers import Caller, PublishedTerritory
from geo_api.services.on_duty import answering
from geo_api.services.visits.due_model import Days, DueAnswer, DueInputs, DueReader, DueRow, DueTable
from geo_api.services.visits.due_periods import first_missed
from geo_api.services.visits.model import LISTED, MOST_LISTED, READERS
from geo_api.services.visits.within import cells_below
from geo_api.supervision.due_rules import DueList, DueRules
from geo_api.supervision.roles import require

if TYPE_CHECKING:
    from geo_api.services.profiles.store import ProfileStore
    from geo_api.supervision.profile import Profile
    from gridding.types import IntArray

NO_DAY = np.datetime64("NaT", "D")
WORDS = {
    "licence_until": ("licence until {}", "许可有效期至 {}"),
    "rectify_by": ("to be put right by {}", "整改期限 {}"),
    "fail": ("failed on {}, not visited since", "{} 检查不合格，此后未回访"),
    "minor": ("faults found on {}, not visited since", "{} 发现问题，此后未回访"),
    "opened": ("opened on {}, never visited", "{} 开业，尚未巡查"),
    "anniversary": ("the year up to {} without a visit", "截至 {} 的年度内未检查"),
    "last_visit": ("last visited on {}", "上次巡查 {}"),
    "period_end": ("too few visits in the period that ends on {}", "截至 {} 的周期内巡查次数不足"),
    "unlicensed": ("unlicensed, last followed up on {}", "无照经营，上次跟踪 {}"),
}
"""What a list counts from, in English and Chinese."""


def find_due(
    store: DueReader,
    profiles: ProfileStore,
    jurisdiction: str,
    *,
    caller: Caller,
    on: date | None = None,
    until: date | None = None,
    list_name: str | None = None,
    officer: str | None = None,
    recorded_at: datetime | None = None,
    limit: int = LISTED,
) -> DueAnswer:
    """What is due in a bureau, station or cell on a day.

    Args:
        store: where visits and entities are read.
        profiles: where the rules are.
        jurisdiction: bureau, station or cell.
        caller: who asks.
        on: the day; default: today.
        until: what falls due up to this day, and what each list warns of by then; default: the day itself.
        list_name: only this list.
        officer: only what this officer is in charge of.
        recorded_at: as it was recorded then.
        limit: at most so many rows; the counts are over all.

    Raises:
        BadRequest: a limit out of range, ``until`` before ``on``. NotFound: no such jurisdiction or list.
        NotAllowed: not the caller's to see.
    """
    if not 1 <= limit <= MOST_LISTED:
        raise BadRequest(f"limit = {limit}: 1 to {MOST_LISTED} was expected")
    ancestors = store.ancestors(jurisdiction)
    require(
        caller.role, caller.jurisdiction, allowed=READERS, ancestors=ancestors, to=f"see what is due in {jurisdiction}"
    )
    day = on or profiles.today(jurisdiction)
    last = until or day
    if last < day:
        raise BadRequest(f"until = {last} is before on = {day}")
    lists = None if list_name is None else (list_name,)
    table = due_table(store, profiles, jurisdiction, day, last, lists=lists, officer=officer, recorded_at=recorded_at)
    chosen = np.ones(len(table.entity), dtype=bool)
    if officer is not None:
        code, pairs = _pairs(table)
        theirs = [officer in charge_of(table.inputs.territory, cell, table.lists[k])[0] for cell, k in pairs]
        chosen = np.array(theirs, dtype=bool)[code]
    counts = {each.name: int((chosen & (table.list_no == k)).sum()) for k, each in enumerate(table.lists)}
    late = {
        each.name: int((chosen & (table.list_no == k) & (table.late_days > 0)).sum())
        for k, each in enumerate(table.lists)
    }
    at = np.flatnonzero(chosen)
    rows = _rows(table, at[:limit])
    return DueAnswer(jurisdiction, day, last, counts, late, rows, len(at) > limit)


def due_rows(
    store: DueReader,
    profiles: ProfileStore,
    jurisdiction: str,
    on: date,
    until: date,
    *,
    lists: Sequence[str] | None = None,
    recorded_at: datetime | None = None,
) -> tuple[DueRow, ...]:
    """All that is due in a jurisdiction, for other use cases: see :func:`find_due`; nobody's rights are asked."""
    table = due_table(store, profiles, jurisdiction, on, until, lists=lists, recorded_at=recorded_at)
    return _rows(table, np.arange(len(table.entity)))


def due_table(
    store: DueReader,
    profiles: ProfileStore,
    jurisdiction: str,
    on: date,
    until: date,
    *,
    lists: Sequence[str] | None = None,
    officer: str | None = None,
    recorded_at: datetime | None = None,
) -> DueTable:
    """The same as arrays: over 110,000 entities no row is made before it is asked for.

    With an ``officer`` no more is read than the cells in which the officer is in charge of something.

    Raises:
        NotFound: no such jurisdiction, or no such list in the profile of the day.
    """
    register = store.register_of(jurisdiction)
    profile = profiles.row(jurisdiction, on, recorded_at).profile()
    chosen = _lists(profile.section("due"), lists)
    kinds = profile.section("coverage").kinds

    def cells(territory: PublishedTerritory) -> set[str] | None:
        below = None if register.top else cells_below(territory.parents, jurisdiction)
        if officer is None:
            return below
        of = territory.parents if below is None else below
        return {cell for cell in of if any(officer in charge_of(territory, cell, each)[0] for each in chosen)}

    inputs = store.due_inputs(register, on, kinds, recorded_at, cells=cells)
    inside = np.ones(len(inputs.entity_id), dtype=bool)
    if not register.top:
        inside = np.isin(inputs.cell, list(cells_below(inputs.territory.parents, jurisdiction)))

    def counted(ids: IntArray, starts: Days) -> dict[int, int]:
        return store.counts_since(ids, starts, on, kinds, recorded_at)

    parts = [
        _one(each, number, inputs, inside, profile, np.datetime64(on, "D"), np.datetime64(until, "D"), counted)
        for number, each in enumerate(chosen)
    ]
    entity, list_no, due_on, from_day, subject = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((entity, list_no, due_on))
    return DueTable(on, chosen, inputs, entity[order], list_no[order], due_on[order], from_day[order], subject[order])


def _lists(rules: DueRules, names: Sequence[str] | None) -> tuple[DueList, ...]:
    if names is None:
        return rules.lists
    odd = [name for name in names if rules.named(name) is None]
    if odd:
        there = ", ".join(each.name for each in rules.lists)
        raise NotFound(f"there is no list {', '.join(odd)}; the profile has {there}")
    return tuple(each for each in rules.lists if each.name in names)


Part = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def _one(
    each: DueList,
    number: int,
    inputs: DueInputs,
    inside: np.ndarray,
    profile: Profile,
    on: Any,
    until: Any,
    counted: Callable[[IntArray, Days], dict[int, int]],
) -> Part:
    """The rows of one list."""
    if each.classes:
        rules = profile.rules
        letters = np.where(inputs.licensed, inputs.credit_class, rules.classes.unlicensed)
        inside = inside & np.isin(letters, each.classes)
    if each.industries:
        inside = inside & np.isin(inputs.industry, each.industries)
    subject: np.ndarray | None = None
    if each.counts_from == "rectify_by":
        at, from_day, subject = _notices(inputs, inside)
    elif each.counts_from == "period_end":
        from_day = first_missed(inputs, profile.rules, inside, on, counted, look_back=each.look_back_days)
        at = np.flatnonzero(~np.isnat(from_day))
        from_day = from_day[at]
    else:
        whole = _counted_from(each.counts_from, inputs)
        at = np.flatnonzero(inside & ~np.isnat(whole))
        from_day = whole[at]
    due_on = from_day + np.timedelta64(each.days, "D")
    listed = due_on - np.timedelta64(each.lead_days, "D") <= until
    if each.look_back_days:
        listed &= due_on > on - np.timedelta64(each.look_back_days, "D")
    texts = np.full(len(at), "", dtype=object) if subject is None else subject
    return at[listed], np.full(int(listed.sum()), number), due_on[listed], from_day[listed], texts[listed]


def _counted_from(what: str, inputs: DueInputs) -> Days:
    """(n,) the day that a list counts from; NaT where it asks nothing."""
    never = np.isnat(inputs.last)
    if what == "licence_until":
        return inputs.licence_until
    if what in ("fail", "minor"):
        found = inputs.fail if what == "fail" else inputs.minor
        return np.where(inputs.last > found, NO_DAY, found)
    if what == "opened":
        seen = ~never & ~(inputs.last < inputs.opened)  # a visit before the opening is no first visit
        return np.where(seen, NO_DAY, inputs.opened)
    if what == "anniversary":
        return _anniversaries(inputs.opened, inputs.last)
    if what == "last_visit":
        return inputs.last
    discovered = np.where(np.isnat(inputs.opened), inputs.since, inputs.opened)
    return np.where(inputs.licensed, NO_DAY, np.where(np.isnat(inputs.followed), discovered, inputs.followed))


def _anniversaries(opened: Days, last: Days) -> Days:
    """The end of the first year from the opening on that has no visit, after the last one that has."""
    there = ~np.isnat(opened)
    out = np.full(len(opened), NO_DAY)
    months, day = opened[there].astype("datetime64[M]"), None
    day = (opened[there] - months.astype("datetime64[D]")).astype(np.int64)
    visited = last[there]
    seen = visited >= opened[there]
    gone = (visited.astype("datetime64[M]") - months).astype(np.int64)
    gone = np.where(seen, gone, 0)
    in_month = (visited - visited.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64)
    full = np.where(seen, (gone - (in_month < day)) // 12, 0)  # whole years between opening and last visit
    years = np.where(seen, full + 2, 1)
    target = months + (12 * years).astype("timedelta64[M]")
    longest = ((target + 1).astype("datetime64[D]") - target.astype("datetime64[D]")).astype(np.int64) - 1
    out[there] = target.astype("datetime64[D]") + np.minimum(day, longest)
    return out


def _notices(inputs: DueInputs, inside: np.ndarray) -> tuple[IntArray, Days, np.ndarray]:
    """Open notices: index of the entity, deadline, visit_id."""
    if not inputs.notices:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype="datetime64[D]"), np.zeros(0, dtype=object)
    ids, visits, deadline = zip(*inputs.notices, strict=True)
    at = np.searchsorted(inputs.entity_id, ids)
    known = at < len(inputs.entity_id)
    known[known] &= inputs.entity_id[at[known]] == np.array(ids)[known]
    known[known] &= inside[at[known]]
    return at[known], np.array(deadline, dtype="datetime64[D]")[known], np.array(visits, dtype=object)[known]


Charge = tuple[tuple[str, ...], tuple[str, ...], str]


def charge_of(territory: PublishedTerritory, cell: str, each: DueList) -> Charge:
    """Ids and names of the officers in charge of what a list says of a cell, and the code that they answer for."""
    station = territory.parents.get(cell, "")
    people, _level = answering(territory, cell, station, each.function or None) if cell else ((), None)
    there = [o for o in people if not o.absent]
    if each.who == "lead":
        leads = [o for o in there if o.role == "lead"] or [o for o in there if o.role == "first"] or there
        there = leads[:1]
    unique = {o.officer_id: o for o in there}
    return tuple(unique), tuple(o.name for o in unique.values()), there[0].answers_for if there else ""


def _pairs(table: DueTable) -> tuple[IntArray, list[tuple[str, int]]]:
    """(r,) number of the pair (cell, list) of each row, and the pairs that there are."""
    cells, cell = np.unique(table.inputs.cell[table.entity].astype(str), return_inverse=True)
    pairs, code = np.unique(cell * len(table.lists) + table.list_no, return_inverse=True)
    return code, [(str(cells[p // len(table.lists)]), int(p % len(table.lists))) for p in pairs.tolist()]


def _rows(table: DueTable, at: IntArray) -> tuple[DueRow, ...]:
    inputs, out = table.inputs, []
    charge: dict[tuple[str, int], Charge] = {}
    due_on, from_day = table.due_on[at].astype(object), table.from_day[at].astype(object)
    for n, r in enumerate(at.tolist()):
        e, k = int(table.entity[r]), int(table.list_no[r])
        each, cell = table.lists[k], inputs.cell[e]
        said: date = from_day[n] - timedelta(days=1) if each.counts_from == "period_end" else from_day[n]
        why, why_zh = WORDS[each.counts_from]
        if (cell, k) not in charge:
            charge[cell, k] = charge_of(inputs.territory, cell, each)
        people, names, code = charge[cell, k]
        out.append(
            DueRow(
                entity_id=int(inputs.entity_id[e]),
                name=inputs.name[e],
                address=inputs.address[e],
                credit_class=inputs.credit_class[e],
                industry=inputs.industry[e],
                cell_code=cell,
                list=each.name,
                title_zh=each.title_zh,
                title_en=each.title_en,
                due_on=due_on[n],
                late_days=int(table.late_days[r]),
                why=why.format(said),
                why_zh=why_zh.format(said),
                officers=people,
                officer_names=names,
                answers_for=code,
                subject=table.subject[r],
                credit_code=inputs.credit_code[e],
            )
        )
    return tuple(out)
