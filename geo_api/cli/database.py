"""``gridward migrate``: bring the database up to date."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("migrate")(migrate)


def migrate() -> None:
    """Create Gridward's tables in the database of DATABASE_URL, or bring them up to date.

    Needs, once, a login that may create extensions and roles. Doing it again changes nothing. Addresses that this version
    reads in another way are read anew, as 'gridward gazetteer build' does.
    """
    from geo_api.cli.people import login_name
    from geo_api.db import open_store
    from geo_api.db.engine import database_url
    from geo_api.db.migrate import migrate as run
    from geo_api.services.addresses.store import build
    from geo_api.settings import load_settings

    done = run(database_url())
    if done.before == done.after:
        print(f"database is up to date (schema {done.after})")
    else:
        print(f"database migrated: schema {done.before or 'empty'} -> {done.after}")
    with open_store() as store:
        read = build(store.gazetteer, load_settings().address_region, actor=login_name())
    if read:
        print(f"{read} addresses read anew by this version")
