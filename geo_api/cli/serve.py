"""``gridward serve``: the HTTP service."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("serve", help="Serve lookups, plans, coverage and diagrams over HTTP.")(serve)


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on (GRIDWARD_HOST; default 127.0.0.1).")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (GRIDWARD_PORT; default 8000).")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes (GRIDWARD_WORKERS; default 1).")] = None,
) -> None:
    """Serve until stopped. Settings come from the environment; the options win."""
    import uvicorn

    from geo_api.settings import load_settings

    settings = load_settings(host=host, port=port, workers=workers)
    settings.require_database()
    # every worker process reads its settings anew
    os.environ.update(
        GRIDWARD_HOST=settings.host, GRIDWARD_PORT=str(settings.port), GRIDWARD_WORKERS=str(settings.workers)
    )
    with _shared_limits(settings.workers):
        uvicorn.run(
            "geo_api.main:create_app",
            factory=True,
            host=settings.host,
            port=settings.port,
            workers=settings.workers,
            loop="uvloop",
            http="httptools",
            ws="none",
            access_log=False,
            log_config=log_config(),
            server_header=False,
            proxy_headers=False,  # the application does it itself, behind its fast lane
            timeout_graceful_shutdown=10,
        )


@contextmanager
def _shared_limits(workers: int) -> Iterator[None]:
    """Memory in which several workers count what each caller has asked for; it ends with this process."""
    from geo_api.routes.limits import SHARED
    from geo_api.services.rate_limits import memory

    if workers == 1:
        yield
        return
    descriptor = memory()
    os.environ[SHARED] = f"/proc/{os.getpid()}/fd/{descriptor}"
    try:
        yield
    finally:
        del os.environ[SHARED]
        os.close(descriptor)


def log_config() -> dict[str, Any]:
    """Logging to standard error, one line an event, for uvicorn and for ourselves."""
    from geo_api.routes.access_log import handlers

    return {
        "version": 1,
        "disable_existing_loggers": False,
        **handlers(),
        "loggers": {
            "uvicorn": {"handlers": ["err"], "level": "INFO", "propagate": False},
            "geo_api": {"handlers": ["err"], "level": "INFO", "propagate": False},
        },
    }
