"""The steps of a whole run: load, draw, publish, staff, visits due and made, gaps, reports."""

from __future__ import annotations

from collections import Counter

from geo_api.cli.whole_job import REASON, Job, Step


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
