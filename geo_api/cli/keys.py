"""``gridward keys ...``: API keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from geo_api.cli.people import By

if TYPE_CHECKING:
    from geo_api.services.keys import KeyRow


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    keys = typer.Typer(help="Make, list and revoke API keys.", no_args_is_help=True)
    keys.command("create")(create)
    keys.command("list")(show_list)
    keys.command("revoke")(revoke)
    app.add_typer(keys, name="keys")


def create(
    role: Annotated[str, typer.Option(help="planner, approver, officer, system or admin")],
    jurisdiction: Annotated[str, typer.Option(help="code that the key is bound to")],
    name: Annotated[
        str | None, typer.Option(help="whose key it is; recorded with everything done with it; default: role and code")
    ] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option(
            help="what it is for: lookup, batch, published, changes, download, plans:read, plans:write, coverage, "
            "register, officers, inspections, tasks, reports; several times; default: all that the role allows"
        ),
    ] = None,
    officer: Annotated[
        str,
        typer.Option(
            help="id of the officer whose it is: it acts as this officer alone, and no longer when they have left",
            metavar="ID",
        ),
    ] = "",
    limit: Annotated[int | None, typer.Option(help="requests a minute; default: no limit", metavar="N")] = None,
    limit_points: Annotated[
        int | None, typer.Option(help="points and addresses of batches a minute; default: no limit", metavar="N")
    ] = None,
    by: By = None,
) -> None:
    """Make a key. It is shown now and never again; only its digest is kept."""
    from geo_api.cli.people import login_name
    from geo_api.db import open_store
    from geo_api.services.keys import create_key

    with open_store() as store:
        made = create_key(
            store.keys,
            name=name or (f"officer {officer}" if officer else f"{role} {jurisdiction}"),
            role=role,
            jurisdiction=jurisdiction,
            created_by=by or login_name(),
            scopes=[word.strip() for given in scope or () for word in given.split(",")],
            requests_per_minute=limit,
            points_per_minute=limit_points,
            officer=officer,
        )
    whose = f", as officer {made.row.officer} alone" if made.row.officer else ""
    print(made.key)
    typer.echo(
        f"key {made.row.key_id} of {made.row.name}: {role} in {jurisdiction}{whose}, for {_scopes(made.row)}, "
        f"{_limits(made.row)}. It is not shown again; "
        "send it as the header X-API-Key",
        err=True,
    )


def show_list() -> None:
    """List the keys; never the keys themselves."""
    from geo_api.cli.tables import print_table
    from geo_api.db import open_store

    with open_store() as store:
        rows = store.keys.keys()
    print_table(
        ["key", "name", "officer", "role", "jurisdiction", "for", "limits", "made", "by", "revoked"],
        [
            [
                k.key_id,
                k.name,
                k.officer or None,
                k.role,
                k.jurisdiction,
                _scopes(k),
                _limits(k),
                f"{k.created_at:%Y-%m-%d %H:%M}",
                k.created_by,
                f"{k.revoked_at:%Y-%m-%d %H:%M}" if k.revoked_at else None,
            ]
            for k in rows
        ],
    )


def _scopes(key: KeyRow) -> str:
    return ", ".join(key.scopes) or "all that the role allows"


def _limits(key: KeyRow) -> str:
    parts = ((key.requests_per_minute, "requests"), (key.points_per_minute, "points"))
    return ", ".join(f"{n} {what} a minute" for n, what in parts if n is not None) or "no limit"


def revoke(
    key_id: Annotated[int, typer.Argument(help="number of the key, as listed", metavar="KEY")], by: By = None
) -> None:
    """Make a key useless at once."""
    from geo_api.cli.people import login_name
    from geo_api.db import open_store

    with open_store() as store:
        store.keys.revoke(key_id, revoked_by=by or login_name())
    print(f"key {key_id} is revoked")
