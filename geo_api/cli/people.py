"""Who acts at the command line, and days as options."""

from __future__ import annotations

import getpass
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from geo_api.errors import BadRequest
from geo_api.services.answers import Caller

if TYPE_CHECKING:
    from geo_api.db.store import Store

By = Annotated[
    str | None, typer.Option("--by", help="who does it, as recorded (default: the login name)", metavar="NAME")
]
Role = Annotated[str, typer.Option("--role", help="in which role: planner, approver, officer or admin")]
Key = Annotated[
    str | None,
    typer.Option("--key", envvar="GRIDWARD_KEY", help="API key to act with instead of --by and --role", metavar="KEY"),
]
Reason = Annotated[str, typer.Option("--reason", help="why, as recorded")]


def caller(store: Store, *, by: str | None, role: str, key: str | None, scope: str = "plans:write") -> Caller:
    """The caller that a key stands for; without one, somebody who has the database and therefore may act anywhere.

    NotAllowed for a key that is not for ``scope``.
    """
    if key:
        from geo_api.services.keys import require_scope

        known = store.keys.caller(key)
        require_scope(known, scope)
        return known
    from geo_api.supervision.roles import EVERYWHERE, ROLES

    if role not in ROLES:
        raise BadRequest(f"there is no role {role!r}: it is one of {', '.join(ROLES)}")
    return Caller(by or login_name(), role, EVERYWHERE)


def login_name() -> str:
    """The name of the login; "operator" where there is none (a container without users)."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "operator"


def only_bureau() -> str:
    """Where nobody says which jurisdiction: the one bureau of the deployment.

    Raises:
        BadRequest: there are several. NotFound: there is none yet.
    """
    from geo_api.db import open_store

    with open_store() as store:
        return store.tasks.top()


def day(text: str, option: str) -> date:
    """A day given as YYYY-MM-DD."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise BadRequest(f"{option} {text!r}: a day as YYYY-MM-DD was expected") from None


def pairs(texts: list[str] | None) -> dict[str, str]:
    """``--columns OURS=THEIRS`` as our name of a column -> its name in a file."""
    given = texts or []
    wrong = [text for text in given if "=" not in text or text.startswith("=") or text.endswith("=")]
    if wrong:
        raise BadRequest(f"--columns {wrong[0]!r}: OURS=THEIRS was expected, such as date=inspection_date")
    return dict(text.partition("=")[::2] for text in given)
