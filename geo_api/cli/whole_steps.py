"""The steps of a whole run: load, draw, publish; what came in since; then ordinary commands, as anybody would type them."""

from __future__ import annotations

import contextlib
import io
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING

from geo_api.cli.whole_inputs import commands_beside, import_words, inputs_beside
from geo_api.cli.whole_job import REASON, Job, Step, Took, run_steps
from geo_api.cli.whole_summary import write_summary
from geo_api.errors import BadRequest
from gridding.findings import Severity

if TYPE_CHECKING:
    from pathlib import Path

    from geo_api.services.answers import PlanSummary
    from layers.manifest import Manifest

FINE = (0, 2)
"""Exit status of a command that did its work; 2 = a rule is broken, which is what it was asked to find."""


def run_whole(
    manifest: Manifest,
    *,
    valid_from: date,
    on: date,
    rng_seed: int = 0,
    workers: int | None = None,
    folder: Path,
    tell: Callable[[str], None],
) -> list[Took]:
    """Carry a manifest through all steps.

    Args:
        manifest: of the data.
        valid_from: first day of the plans.
        on: the day that is reported on.
        rng_seed: seed of all randomness.
        workers: processes that draw cells; None = one a core.
        folder: where the answers go; made if missing.
        tell: told each step as it is done.

    Raises:
        BadRequest: steps that could not do their work, after all others.
    """
    from geo_api.db import open_store
    from geo_api.services.station_jobs import cores

    folder.mkdir(parents=True, exist_ok=True)
    with open_store() as store:
        store.ping()
        job = Job(
            store=store, manifest=manifest, valid_from=valid_from, on=on, workers=workers or cores(), rng_seed=rng_seed,
            folder=folder, tell=tell,
        )  # fmt: skip
        took = run_steps(job, steps_of(job))
        page = write_summary(job, took)[0]
    seconds, most = sum(t.seconds for t in took), max(t.peak_mb for t in took)
    tell(f"{'all steps':<14} {seconds:8.2f} s  {most:7.0f} MB; answers in {folder}: begin with {page.name}")
    failed = [t for t in took if t.failed]
    if failed:
        raise BadRequest(
            f"{len(failed)} of {len(took)} steps failed: " + "; ".join(f"{t.name}: {t.said}" for t in failed)
        )
    return took


def load(job: Job) -> str:
    """Load the manifest's data, unless just these files are stored already."""
    from layers.dataset import dataset_digest

    if job.store.register.last_digest(job.manifest.name) == dataset_digest(job.manifest):
        return "already stored"
    from geo_api.services.load import load as run
    from layers import read_dataset

    dataset = read_dataset(job.manifest.path)
    result = run(dataset, job.store.register, actor="reference run", today=job.valid_from)
    entities, visits = len(dataset.entities), len(dataset.inspections)
    return f"{entities:,} entities, {visits:,} visits; {len(result.rejected):,} rows not stored"


def addresses(job: Job) -> str:
    """Read the addresses of the register."""
    from geo_api.services.addresses.store import build
    from geo_api.settings import load_settings

    build(job.store.gazetteer, load_settings().address_region, actor="reference run")
    return "addresses of the register read"


def plans(job: Job) -> str:
    """Draw, submit, approve and publish the plan of every station."""
    from geo_api.services.first_plans import People, first_plans

    people = People(job.person("planner"), job.person("approver"), job.person("admin"))
    made = first_plans(
        job.store,
        job.stations(),
        people,
        valid_from=job.valid_from,
        reason=REASON,
        rng_seed=job.rng_seed,
        workers=job.workers,
    )
    return said_of_plans(made)


def said_of_plans(made: Sequence[PlanSummary]) -> str:
    """How many cells, where the workload is spread worst, and which stations needed a waiver and why."""
    worst = max(made, key=lambda p: p.max_abs_deviation)
    over = [p for p in made if p.max_abs_deviation > p.tolerance]
    why = "; ".join(f"{p.station_code}: {_reason(p)}" for p in over[:3])
    waived = f"{len(over)} waived ({why})" if over else "none waived"
    return (
        f"{len(made)} stations, {sum(p.cells for p in made)} cells; largest deviation {worst.max_abs_deviation:.2%} in "
        f"station {worst.station_code} (tolerance {worst.tolerance:.2%}), {waived}"
    )


def _reason(plan: PlanSummary) -> str:
    """What the plan says of a missed tolerance."""
    told = sorted(
        (f for f in plan.findings if f.severity is not Severity.INFO), key=lambda f: f.severity is not Severity.ERROR
    )
    balance = [f for f in told if "balance" in f.rule] or told
    return balance[0].message if balance else f"{plan.max_abs_deviation:.2%}"


@dataclass(frozen=True, slots=True)
class Typed:
    """A command as typed.

    Attributes:
        name: what the step is called.
        words: the command.
        file: where it writes to (-o), "" = its answer on standard output.
        done: what its error says when it was done before, "" = it may be done again and again.
    """

    name: str
    words: tuple[str, ...]
    file: str = ""
    done: str = ""


def typed(job: Job) -> list[Typed]:
    """The commands after publication; all ask or change something of the bureau on the day that is reported on."""
    here, day = ("--jurisdiction", job.bureau), job.on.isoformat()
    month = f"{job.on.replace(day=1) - timedelta(days=1):%Y-%m}"  # the last one that is over
    first = ("--from", job.valid_from.isoformat())
    why = ("--reason", REASON, "--by", "reference approver", "--role", "admin")
    station = job.stations()[0]
    came_in = [
        Typed(" ".join(filter(None, (one.kind, str(one.day or "")))), import_words(one, job))
        for one in inputs_beside(job.manifest.path)
    ]
    cell = min(c.code for c in job.store.published.territory(job.on).cells if c.station_code == station)
    week = "{}-W{:02d}".format(*job.on.isocalendar()[:2])
    risky = ("--industry", job.manifest.diagram.get("key_industries", [""])[-1])
    return [
        Typed("staff", ("officers", "propose", *here, *first, "--apply", *why)),
        Typed("groups", ("groups", "set", *here, *first, *why)),
        *came_in,
        Typed("staff check", ("officers", "check", *here, "--on", day)),
        Typed("departments", ("departments", *here, "--level", "station", "--on", day), "departments.xlsx"),
        Typed("claims list", ("claims", "list", *here, "--on", day)),
        Typed("unlicensed list", ("unlicensed", "list", *here, "--on", day)),
        Typed("month", ("coverage", *here, "--of", month, "--by", "station")),
        Typed("year", ("coverage", *here, "--on", day, "--by", "cell"), "coverage.xlsx"),
        Typed("intervals", ("intervals", *here)),
        Typed("gaps", ("gaps", *here, "--on", day), "gaps.geojson"),
        Typed("classes", ("classes", "propose", *here, "--on", day)),
        Typed("due", ("due", *here, "--on", day)),
        Typed("rounds", ("rounds", "plan", "--cell", cell, "--of", week), "rounds.html"),
        Typed("campaign", ("tasks", "campaign", "spot-check", "--title", "专项检查", *here, *risky, "--on", day)),
        Typed("escalate", ("tasks", "escalate", *here)),
        Typed("assessment", ("assess", *here, "--of", month), "assessment.xlsx"),
        Typed("report", ("report", *here, "--of", month), "report.pdf"),
        Typed("issue", ("reports", "issue", *here, "--of", month, *why), done="was issued before"),
        Typed("ledger", ("ledger", "--jurisdiction", cell, "--on", day), "ledger.xlsx"),
        Typed("spread", ("cells", "spread", *here, "--on", day)),
        *[Typed(name, words) for name, words in commands_beside(job.manifest.path)],
    ]


def as_typed(command: Typed, job: Job) -> str:
    """Run a command in this process; its answer goes into a file of its own."""
    from geo_api.cli.main import exit_status

    words = [*command.words, *(("-o", str(job.folder / command.file)) if command.file else ())]
    said, wrong = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(wrong):
        status = exit_status(words)
    if status not in FINE and command.done and command.done in wrong.getvalue():
        return "done before"
    if status not in FINE:
        raise BadRequest(f"gridward {shlex.join(words)}: {wrong.getvalue().strip() or f'exit status {status}'}")
    text = said.getvalue()
    (job.folder / f"{command.name.replace(' ', '-')}.txt").write_text(text, encoding="utf-8")
    lines = text.count("\n")
    where = f" -> {command.file}" if command.file else ""
    return f"gridward {shlex.join(command.words)}{where} ({lines:,} lines)"


def steps_of(job: Job) -> Iterator[tuple[str, Step]]:
    """All steps in their order; the commands are known when the stations are."""
    yield from (("load", load), ("addresses", addresses), ("plans", plans))
    yield from ((c.name, partial(as_typed, c)) for c in typed(job))
