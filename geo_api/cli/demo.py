"""``gridward demo``: a manifest carried through the whole job, for a first look and for tests."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from geo_api.services.load_report import RegisterStore
    from layers.manifest import Manifest

REASON = "first plans of a demonstration, all parts played by one operator"


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("demo")(demo)


def demo(
    manifest: Annotated[Path, typer.Argument(help="manifest of the data", metavar="MANIFEST")],
    valid_from: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="first day of the plans, may be past")
    ] = datetime(2025, 11, 1),
    seed: Annotated[int, typer.Option(min=0, help="seed of all randomness")] = 0,
    diagrams: Annotated[Path | None, typer.Option(help="folder for the diagrams", metavar="FOLDER")] = None,
    rejected: Annotated[
        Path | None, typer.Option(help="table of the rows that were not stored", metavar="FILE")
    ] = None,
    whole: Annotated[
        bool,
        typer.Option("--whole", help="go on: staff, coverage, gaps, classes, due lists, report; with times and memory"),
    ] = False,
    on: Annotated[
        str | None, typer.Option("--on", help="with --whole: the day reported on (default today)", metavar="DATE")
    ] = None,
    out: Annotated[
        Path, typer.Option("-o", "--out", help="with --whole: folder for the answers", metavar="FOLDER")
    ] = Path("run"),
) -> None:
    """Load a manifest, draw, submit, approve and publish a plan for every station, write the diagrams.

    Done again, it changes nothing. An office does these steps one by one, each by the person whose it is.
    """
    from zoneinfo import ZoneInfo

    from geo_api.db import open_store
    from geo_api.db.diagram_views import DiagramViews
    from geo_api.services.addresses.store import build as read_addresses
    from geo_api.services.answers import Caller
    from geo_api.services.diagram_files import diagram_files
    from geo_api.services.first_plans import People, first_plans
    from geo_api.settings import load_settings
    from layers.manifest import read_manifest

    print(f"reading {manifest}", flush=True)
    names = read_manifest(manifest)
    if whole:
        from geo_api.cli.people import day
        from geo_api.cli.whole_steps import run_whole

        reported = day(on, "--on") if on else datetime.now(ZoneInfo(names.timezone)).date()
        run_whole(names, valid_from=valid_from.date(), on=reported, rng_seed=seed, folder=out, tell=_tell)
        return
    with open_store() as store:
        _load_once(names, store.register, valid_from.date(), rejected)
        read_addresses(store.gazetteer, load_settings().address_region, actor="demonstration")
        today = datetime.now(ZoneInfo(names.timezone)).date()
        bureau = names.bureau.code
        people = People(
            planner=Caller("demo planner", "planner", bureau),
            approver=Caller("demo approver", "approver", bureau),
            publisher=Caller("demo admin", "admin", bureau),
        )
        stations = [s.code for s in store.published.territory(today).stations if s.bureau_code == bureau]
        first_plans(store, stations, people, valid_from=valid_from.date(), reason=REASON, rng_seed=seed, tell=_tell)
        if diagrams is not None:
            background, codes = DiagramViews(store.database), (bureau, *stations)
            for path in diagram_files(store.published, background, load_settings(), codes, diagrams, on=today):
                _tell(f"diagram {path}")


def _tell(line: str) -> None:
    print(f"  {line}", flush=True)


def _load_once(manifest: Manifest, register: RegisterStore, today: date, rejected: Path | None) -> None:
    """Load the manifest's data, unless just these files are stored already: then nothing is read."""
    from layers.dataset import dataset_digest

    if rejected is None and register.last_digest(manifest.name) == dataset_digest(manifest):
        _tell("already stored")
        return
    from geo_api.services.load import load
    from layers import read_dataset

    dataset = read_dataset(manifest.path)
    result = load(dataset, register, actor="demonstration", today=today)
    _tell(
        f"{len(dataset.entities)} entities, {len(dataset.inspections)} inspections stored; "
        f"{len(result.rejected)} rows not stored"
    )
    if rejected is not None:
        result.rejected.to_csv(rejected, index=False)
