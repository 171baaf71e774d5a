"""What comes in after the load, as files beside the manifest: which there are, and the commands that import them."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from geo_api.cli.whole_job import REASON, Job
from geo_api.errors import BadRequest

KINDS = ("changes", "claims", "visits", "unlicensed", "leave", "cases")
"""Names that the files begin with, in the order in which they are imported."""
_NAME = re.compile(r"(changes|claims|visits|unlicensed|leave|cases)(?:_(\d{4}-\d\d-\d\d))?\.(?:csv|xlsx)")


@dataclass(frozen=True, slots=True)
class Input:
    """A file that came in: its kind, and the day that stands in its name (None = none does)."""

    path: Path
    kind: str
    day: date | None


def inputs_beside(manifest: Path) -> list[Input]:
    """The files beside a manifest, in the order in which they are imported: by kind, then by day."""
    found = []
    for path in sorted(manifest.parent.iterdir()):
        parts = _NAME.fullmatch(path.name)
        if parts is not None:
            found.append(Input(path, parts[1], date.fromisoformat(parts[2]) if parts[2] else None))
    return sorted(found, key=lambda one: (KINDS.index(one.kind), one.day or date.min, one.path.name))


def import_words(one: Input, job: Job) -> tuple[str, ...]:
    """The command that imports a file."""
    file, here, day = str(one.path), ("--jurisdiction", job.bureau), ("--on", (one.day or job.on).isoformat())
    who = ("--by", "reference operator", "--role", "admin")
    why = ("--reason", REASON, *who)
    datum = ("--datum", job.manifest.datum)
    words: dict[str, tuple[str, ...]] = {
        "changes": ("register", "import", file, *here, *day, *datum, *why),
        "claims": ("claims", "import", file, *who),
        "visits": ("visits", "import", file, *here, *who),
        "unlicensed": ("unlicensed", "import", file, *here, *datum, *why),
        "leave": ("officers", "leave-import", file, *why),
        "cases": ("tasks", "import", file, "--source", "12315", *here, *day, *who),
    }
    return words[one.kind]


def commands_beside(manifest: Path) -> list[tuple[str, tuple[str, ...]]]:
    """Further commands that a dataset brings along in ``commands.txt``: the name of each and its words, one a line.

    ``{here}`` stands for the folder of the manifest; lines that begin with # say something. BadRequest for another line.
    """
    path = manifest.parent / "commands.txt"
    if not path.is_file():
        return []
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, command = line.partition(":")
        words = [word.replace("{here}", str(manifest.parent)) for word in shlex.split(command)]
        if len(words) < 2 or words[0] != "gridward" or not name.strip():
            raise BadRequest(f"{path} line {number}: `name: gridward ...` was expected, not {line!r}")
        found.append((name.strip(), tuple(words[1:])))
    return found
