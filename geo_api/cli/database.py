"""``gridward migrate``: bring the database up to date."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("migrate")(migrate)


def migrate() -> None:
    """Create Gridward's tables in the database of DATABASE_URL, or bring them up to date.

    Needs, once, a login that may create extensions and roles. Doing it again changes nothing.
    """
    from geo_api.db.engine import database_url
    from geo_api.db.migrate import migrate as run

    done = run(database_url())
    if done.before == done.after:
        print(f"database is up to date (schema {done.after})")
    else:
        print(f"database migrated: schema {done.before or 'empty'} -> {done.after}")
