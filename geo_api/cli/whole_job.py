"""A dataset carried through the whole of supervision, step by step: what each took in time and memory is told.

Each step looks at what is there already and does only what is missing: a run that was broken off is taken up where it stopped, and
one done again changes nothing.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from geo_api.errors import SupervisionError
from geo_api.services.answers import Caller

if TYPE_CHECKING:
    from geo_api.db.store import Store
    from layers.manifest import Manifest

REASON = "reference run, all parts played by one operator"


@dataclass(frozen=True)
class Job:
    """What the steps of a run share.

    Attributes:
        store: the database.
        manifest: of the data.
        valid_from: first day of the plans.
        on: the day that is reported on.
        workers: processes for what can be done side by side.
        rng_seed: seed of all randomness.
        folder: where what is written goes.
        tell: told each line.
    """

    store: Store
    manifest: Manifest
    valid_from: date
    on: date
    workers: int
    rng_seed: int
    folder: Path
    tell: Callable[[str], None]

    @property
    def bureau(self) -> str:
        """Code of the bureau."""
        return self.manifest.bureau.code

    def stations(self) -> list[str]:
        """Codes of the bureau's stations."""
        return [s.code for s in self.store.published.territory(self.on).stations if s.bureau_code == self.bureau]

    def person(self, role: str) -> Caller:
        """Somebody of the bureau with a role."""
        return Caller(f"reference {role}", role, self.bureau)


@dataclass(frozen=True, slots=True)
class Took:
    """A step done: name, what it said, seconds, and the most memory (MB) that this process held so far."""

    name: str
    said: str
    seconds: float
    peak_mb: float
    failed: bool = False


Step = Callable[[Job], str]
NEEDED = 3
"""Load, addresses, plans: whatever follows needs them."""


def run_steps(job: Job, steps: Iterable[tuple[str, Step]]) -> list[Took]:
    """Take each step in turn and tell what it took; a step that cannot do its work is told, and the others go on.

    Without the first three, which the others need: there an error ends the run.
    """
    done: list[Took] = []
    for name, do in steps:
        begun = perf_counter()
        try:
            said, failed = do(job), False
        except SupervisionError as problem:
            if len(done) < NEEDED:
                raise
            said, failed = str(problem), True
        took = Took(name, said, perf_counter() - begun, peak_mb(), failed)
        done.append(took)
        fault = "FAILED: " if failed else ""
        job.tell(f"{took.name:<14} {took.seconds:8.2f} s  {took.peak_mb:7.0f} MB  {fault}{took.said}")
    return done


def peak_mb() -> float:
    """The most memory that this process held so far, MB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
