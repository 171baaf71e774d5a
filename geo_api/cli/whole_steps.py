"""The steps of a whole run: load, draw, publish, staff, visits due and made, gaps, reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from geo_api.cli.whole_job import REASON, Job, Step, Took, run_steps

if TYPE_CHECKING:
    from layers.manifest import Manifest


def run_whole(
    manifest: Manifest,
    *,
    valid_from: date,
    on: date,
    rng_seed: int = 0,
    workers: int | None = None,
    tell: Callable[[str], None],
) -> list[Took]:
    """Carry a manifest through all steps.

    Args:
        manifest: of the data.
        valid_from: first day of the plans.
        on: the day that is reported on.
        rng_seed: seed of all randomness.
        workers: processes that draw cells; None = one a core.
        tell: told each step as it is done.
    """
    from geo_api.db import open_store
    from geo_api.services.station_jobs import cores

    with open_store() as store:
        store.ping()
        job = Job(
            store=store, manifest=manifest, valid_from=valid_from, on=on, workers=workers or cores(), rng_seed=rng_seed,
            folder=manifest.path.parent, tell=tell,
        )  # fmt: skip
        took = run_steps(job, steps_of())
    tell(f"{'all steps':<14} {sum(t.seconds for t in took):8.2f} s  {max(t.peak_mb for t in took):7.0f} MB")
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
    return f"{len(dataset.entities):,} entities, {len(dataset.inspections):,} visits; {len(result.rejected):,} rows not stored"


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
    worst = max(p.max_abs_deviation for p in made)
    missed = sum(p.max_abs_deviation > p.tolerance for p in made)
    return f"{len(made)} stations, {sum(p.cells for p in made)} cells; largest deviation {worst:.2%}, {missed} waived"


def gaps(job: Job) -> str:
    """Find the gaps of the whole bureau."""
    from geo_api.services.gaps import find_gaps

    found = find_gaps(job.store.coverage, job.bureau, job.on, caller=job.person("admin"))
    common = Counter(found.totals).most_common(4)
    return f"{sum(found.totals.values()):,} gaps: " + ", ".join(f"{rule} {n:,}" for rule, n in common)


def steps_of() -> list[tuple[str, Step]]:
    """All steps in their order."""
    return [("load", load), ("addresses", addresses), ("plans", plans), ("gaps", gaps)]
