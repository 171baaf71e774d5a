"""Open many cases in one go: each gets its verdict, what is refused keeps nothing else back, sent again nothing changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from geo_api.errors import BadRequest, NotAllowed
from geo_api.services.answers import Caller, LookupAnswer, PublishedTerritory
from geo_api.services.tasks.model import NewTask, TaskStore
from geo_api.services.tasks.open import (
    OPENERS,
    Wanted,
    assigned,
    at_address,
    at_entity,
    differences,
    incomplete,
    task_of,
)
from geo_api.services.tasks.people import Roster
from geo_api.services.tasks.rows import CaseRow
from geo_api.supervision.roles import require
from geo_api.supervision.tasks_rules import TaskRules

MOST = 1000
VERDICTS = ("opened", "waiting", "repeated", "conflict", "refused")


class ManyAddresses(Protocol):
    """Finds the cells of many addresses, or abstains."""

    def addresses(self, texts: Sequence[str], *, on: date | None = None) -> list[LookupAnswer]:
        """One answer each, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Batch:
    """Cases of one source. ``kind`` and ``function``: where a row names none; ``jurisdiction`` as in :class:`Wanted`."""

    rows: tuple[CaseRow, ...]
    source: str
    kind: str = "case"
    function: str = ""
    jurisdiction: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a row.

    ``verdict``: "opened" (given to the officers of the cell), "waiting" (opened, a dispatcher has to assign it), "repeated"
    (it stood already), "conflict" (its number stands for something else), "refused"; ``message`` says why.
    """

    row: int
    source_id: str
    verdict: str
    task_id: int | None = None
    cell_code: str = ""
    due_on: date | None = None
    officers: tuple[str, ...] = ()
    message: str = ""


@dataclass(frozen=True, slots=True)
class BatchTasks:
    """The verdict on each row, in order; ``counts``: how many of each."""

    on: date
    source: str
    counts: dict[str, int]
    rows: tuple[Verdict, ...]


def open_batch(
    store: TaskStore, lookup: ManyAddresses, territory: PublishedTerritory, batch: Batch, *, caller: Caller
) -> BatchTasks:
    """Open the cases of a batch on the territory's day, in one transaction; a number of the source is opened once.

    Raises:
        BadRequest: no source, more than ``MOST`` rows. NotFound: no such jurisdiction.
    """
    on = territory.on
    if not batch.source.strip():
        raise BadRequest("source is missing: whose numbers are these, e.g. 12315?")
    if len(batch.rows) > MOST:
        raise BadRequest(f"{len(batch.rows)} rows: send at most {MOST} at a time")
    home = batch.jurisdiction or caller.jurisdiction or store.top()
    rules, above = store.rules(home, on), store.ancestors(home)
    told: dict[int, Verdict] = {}
    wanted: dict[int, Wanted] = {}
    for n, row in enumerate(batch.rows):
        one = Wanted(
            row.kind or batch.kind, row.title, row.address, row.entity, row.due, batch.source.strip(), row.source_id,
            row.function or batch.function, home,
        )  # fmt: skip
        checked = one if row.entity or row.address else replace(one, entity=0)  # its credit code is looked up below
        wrong = row.problems or tuple(incomplete(checked, rules, on))
        if wrong:
            told[n] = Verdict(row.row, row.source_id, "refused", message="; ".join(wrong))
        else:
            wanted[n] = one
    tasks, lost = _placed(store, lookup, batch, wanted, rules, on)
    told |= {n: _verdict(batch.rows[n], "refused", message=why) for n, why in lost.items()}
    roster = Roster(territory, rules)
    for n, task in list(tasks.items()):
        place = task.cell_code or home
        try:
            within = _above(territory, task.cell_code) if task.cell_code else above
            require(caller.role, caller.jurisdiction, allowed=OPENERS, ancestors=within, to=f"open a task in {place}")
        except NotAllowed as problem:
            told[n] = _verdict(batch.rows[n], "refused", message=str(problem))
            del tasks[n]
    with store.change() as work:
        known = {key: (row.task_id, row.task) for key, row in work.known([_key(t) for t in tasks.values()]).items()}
        new: dict[tuple[str, str], int] = {}
        for n, task in tasks.items():
            if _key(task) not in known:
                new.setdefault(_key(task), n)
        ids = work.open([tasks[n] for n in new.values()], caller=caller)
        opened = dict(zip(new.values(), ids, strict=True))
        known |= {_key(tasks[n]): (task_id, tasks[n]) for n, task_id in opened.items()}
        given = {
            task_id: assigned(tasks[n], caller)
            for n, task_id in opened.items()
            if tasks[n].cell_code and roster.of(tasks[n].cell_code, tasks[n].function)[0]
        }
        work.add_steps(given)
        for n, task in tasks.items():
            task_id, was = known[_key(task)]
            if n in opened:
                told[n] = _opened(batch.rows[n], task_id, task, roster, given=task_id in given)
            elif differs := differences(was, task):
                said = f"stands for task {task_id} already, with another {' and '.join(differs)}"
                told[n] = _verdict(batch.rows[n], "conflict", task_id, f"{task.source} {task.source_id} {said}")
            else:
                told[n] = _verdict(batch.rows[n], "repeated", task_id, f"stands already as task {task_id}")
        counts = Counter(v.verdict for v in told.values())
        shown = {name: counts[name] for name in VERDICTS}
        if opened:
            work.event(
                caller=caller,
                verb="task_import",
                subject=f"jurisdiction:{home}",
                reason="",
                payload={"source": batch.source, **shown},
            )
    return BatchTasks(on, batch.source.strip(), shown, tuple(told[n] for n in range(len(batch.rows))))


def _placed(
    store: TaskStore,
    lookup: ManyAddresses,
    batch: Batch,
    wanted: dict[int, Wanted],
    rules: TaskRules,
    on: date,
) -> tuple[dict[int, NewTask], dict[int, str]]:
    """The task of each row, at its entity or address: all looked up at once; and the rows whose entity is not known."""
    codes = sorted({batch.rows[n].credit_code for n in wanted} - {""})
    bearers = store.by_credit_code(codes, on) if codes else {}
    at: dict[int, int] = {}
    lost: dict[int, str] = {}
    for n in wanted:
        row = batch.rows[n]
        if row.credit_code and len(bearers.get(row.credit_code, ())) != 1:
            several = row.credit_code in bearers
            lost[n] = (
                f"{'several entities bear' if several else 'no entity bears'} the credit code {row.credit_code} on {on}"
            )
        elif row.credit_code or row.entity is not None:
            at[n] = row.entity or bearers[row.credit_code][0]
    home = next(iter(wanted.values())).jurisdiction if wanted else ""
    ids = sorted(set(at.values()))
    targets = {t.entity_id: t for t in store.targets(home, on, industry="", credit_class="", ids=ids)} if ids else {}
    lost |= {n: f"there is no entity {i} in the register of {home} on {on}" for n, i in at.items() if i not in targets}
    texts = list(dict.fromkeys(w.address for n, w in wanted.items() if n not in at and n not in lost))
    answers = dict(zip(texts, lookup.addresses(texts, on=on), strict=True)) if texts else {}
    tasks = {}
    for n, one in wanted.items():
        if n not in lost:
            task = task_of(one, home, rules, on)
            tasks[n] = at_entity(task, targets[at[n]]) if n in at else at_address(task, answers[one.address])
    return tasks, lost


def _above(territory: PublishedTerritory, code: str) -> list[str]:
    """A cell and every level above it."""
    found = [code]
    while (up := territory.parents.get(found[-1], "")) and up not in found:
        found.append(up)
    return found


def _key(task: NewTask) -> tuple[str, str]:
    return (task.source, task.source_id)


def _verdict(row: CaseRow, verdict: str, task_id: int | None = None, message: str = "") -> Verdict:
    return Verdict(row.row, row.source_id, verdict, task_id, message=message)


def _opened(row: CaseRow, task_id: int, task: NewTask, roster: Roster, *, given: bool) -> Verdict:
    people, _ = roster.of(task.cell_code, task.function) if given else ((), None)
    return Verdict(
        row=row.row,
        source_id=row.source_id,
        verdict="opened" if given else "waiting",
        task_id=task_id,
        cell_code=task.cell_code,
        due_on=task.due_on,
        officers=tuple(f"{o.name} ({o.officer_id})" for o in people),
        message="" if given else f"a dispatcher has to assign it: {task.note or 'nobody answers there'}",
    )
