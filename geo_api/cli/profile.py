"""``gridward profile ...``: the rules of a bureau, from which day on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from geo_api.cli.asking import On, Output, RecordedAt
from geo_api.cli.people import By, Key, Role, only_bureau

File = Annotated[Path, typer.Argument(help="the rules: a TOML file with [rules], as in a manifest", metavar="FILE")]
Jurisdiction = Annotated[
    str,
    typer.Option(
        help="code of the bureau (default: the only bureau)",
        metavar="CODE",
        default_factory=only_bureau,
        show_default=False,
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    profile = typer.Typer(help="The rules of a bureau: check, set from a day on, show, list.", no_args_is_help=True)
    profile.command("check")(check)
    profile.command("set")(set_rules)
    profile.command("show")(show_rules)
    profile.command("list")(list_versions)
    app.add_typer(profile, name="profile")


def check(file: File) -> None:
    """Check a file of rules: every mistake at once. Needs no database."""
    from geo_api.services.profiles.answers import effective
    from geo_api.services.profiles.read_file import read_profile_file
    from geo_api.supervision.profile import profile_from

    profile = profile_from(read_profile_file(file))
    print(f"{file}: {len(profile.settings)} settings, all usable; {len(effective(profile))} with the defaults")


def set_rules(
    file: File,
    jurisdiction: Jurisdiction,
    reason: Annotated[str, typer.Option("--reason", help="why, as recorded")],
    valid_from: Annotated[str | None, typer.Option("--from", help="first day (default today)", metavar="DATE")] = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Give a bureau these rules from a day on; the days before keep theirs. An earlier day is for admins."""
    from geo_api.cli.people import caller, day
    from geo_api.cli.progress import print_findings
    from geo_api.db import open_store
    from geo_api.services.profiles.read_file import read_profile_file
    from geo_api.services.profiles.set_profile import set_profile

    settings = read_profile_file(file)
    first = day(valid_from, "--from") if valid_from else None
    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope="register")
        answer = set_profile(store.profiles, jurisdiction, settings, caller=who, valid_from=first, reason=reason)
    until = f" until {answer.version.valid_to}" if answer.version.valid_to else ""
    print(f"rules of {answer.version.bureau_code} hold from {answer.version.valid_from}{until}")
    print_findings(answer.findings)


def show_rules(
    jurisdiction: Annotated[
        str,
        typer.Option(
            help="code of the bureau, of a station or a cell (default: the only bureau)",
            metavar="CODE",
            default_factory=only_bureau,
            show_default=False,
        ),
    ],
    on: On = None,
    recorded_at: RecordedAt = None,
    form: Annotated[str, typer.Option("--format", help="toml (what is set) or json (with every default)")] = "toml",
    output: Output = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """Show the rules that count on a day, as they were recorded at a moment."""
    from geo_api.cli.asking import moment, show
    from geo_api.cli.people import caller, day
    from geo_api.db import open_store
    from geo_api.services.profiles.show_profile import show_profile
    from geo_api.settings import load_settings

    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope="register")
        asked = day(on, "--on") if on else None
        known = moment(recorded_at, load_settings()) if recorded_at else None
        answer = show_profile(store.profiles, jurisdiction, caller=who, on=asked, recorded_at=known)
    show(answer, form, output)


def list_versions(
    jurisdiction: Annotated[
        str,
        typer.Option(
            help="code of the bureau, of a station or a cell (default: the only bureau)",
            metavar="CODE",
            default_factory=only_bureau,
            show_default=False,
        ),
    ],
    form: Annotated[str, typer.Option("--format", help="table, json, csv or xlsx")] = "table",
    output: Output = None,
    by: By = None,
    role: Role = "admin",
    key: Key = None,
) -> None:
    """List the versions of the rules of a bureau: from when to when, who set them, why."""
    from geo_api.cli.people import caller
    from geo_api.cli.tables import show_rows
    from geo_api.db import open_store
    from geo_api.services.profiles.show_profile import list_profiles

    with open_store() as store:
        who = caller(store, by=by, role=role, key=key, scope="register")
        answer = list_profiles(store.profiles, jurisdiction, caller=who)
    rows = [
        [v.valid_from, v.valid_to, v.actor or v.source, v.recorded_at.strftime("%Y-%m-%d %H:%M"), v.reason]
        for v in answer.versions
    ]
    show_rows(answer, form, output, ["from", "to", "by", "recorded", "reason"], rows)
