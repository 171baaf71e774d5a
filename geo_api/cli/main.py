"""The command ``gridward``: composition root of the command line.

Exit status: 0 fine; 1 the user's error (one clear line, no traceback); 2 a result that breaks a rule or misses the
tolerance (written all the same, with findings); 3 a fault of Gridward.
"""

from __future__ import annotations

import os
import sys
import traceback
from importlib import import_module
from typing import Annotated

import typer
from typer.exceptions import TyperException

from geo_api.compiled_cache import use_compiled_code
from geo_api.version import VERSION

COMMAND_MODULES = (
    "grid",
    "locate",
    "diagram",
    "sample",
    "demo",
    "database",
    "load",
    "gazetteer",
    "evaluate",
    "plans",
    "officers",
    "groups",
    "keys",
    "profile",
    "workload",
    "sampling",
    "register",
    "claims",
    "unlicensed",
    "visits",
    "due",
    "classes",
    "gaps",
    "intervals",
    "tasks",
    "rounds",
    "ledger",
    "reports",
    "ask",
    "cells",
    "serve",
)
"""Modules of ``geo_api.cli`` that each ``register(app)`` their commands, in the order of the help page."""

USER_ERROR, RULE_BROKEN, FAULT = 1, 2, 3


def make_app() -> typer.Typer:
    """The command line application with every command registered."""
    app = typer.Typer(
        name="gridward",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @app.callback()
    def options(
        version: Annotated[
            bool, typer.Option("--version", help="print the version and leave", is_eager=True, callback=_version)
        ] = False,
    ) -> None:
        """Gridward: grid supervision for market regulators (网格化监管)."""

    for name in COMMAND_MODULES:
        import_module(f"geo_api.cli.{name}").register(app)
    return app


def _version(wanted: bool) -> None:
    if wanted:
        print(f"gridward {VERSION}")
        raise typer.Exit


def run(args: list[str] | None = None) -> None:
    """Run the command and leave with its exit status."""
    sys.exit(exit_status(args))


def exit_status(args: list[str] | None = None) -> int:
    """Run the command and return its exit status; errors go to standard error."""
    use_compiled_code()
    try:
        result = make_app()(args=args, standalone_mode=False)
    except typer.Exit as stop:
        return stop.exit_code
    except typer.Abort:
        return _say("stopped", USER_ERROR)
    except TyperException as problem:  # unknown option, missing argument, a value that is none
        return _usage(problem)
    except BrokenPipeError:
        return 0
    except Exception as problem:
        return _explain(problem)
    return result if isinstance(result, int) else 0


def _usage(problem: TyperException) -> int:
    """What typer says of a wrong command line, in one line; the help page where no command was named at all."""
    words = str(getattr(problem, "format_message", problem.__str__)())
    if words.startswith("Usage:"):
        print(words)
        return 0
    return _say(f"{' '.join(words.split()).rstrip('.')}; see gridward --help", USER_ERROR)


def _explain(problem: Exception) -> int:
    """One clear line for the user's mistake, a traceback only for a fault of ours."""
    if _is_users(problem):
        status = _say(str(problem), USER_ERROR)
        for finding in getattr(problem, "findings", ())[:20]:
            sys.stderr.write(f"  - {finding.message}\n")
        return status
    if os.environ.get("GRIDWARD_DEBUG"):
        traceback.print_exc()
    return _say(
        f"a fault in gridward: {type(problem).__name__}: {problem} (set GRIDWARD_DEBUG=1 for the traceback)", FAULT
    )


def _is_users(problem: Exception) -> bool:
    from geo_api.errors import SupervisionError
    from gridding.errors import GriddingError
    from layers.errors import LayersError

    # OSError: a file or folder that cannot be read or written, a disk that is full
    return isinstance(problem, (GriddingError, LayersError, SupervisionError, OSError))


def _say(text: str, status: int) -> int:
    sys.stderr.write(f"gridward: {text}\n")
    return status
