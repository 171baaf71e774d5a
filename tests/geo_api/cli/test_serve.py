"""``gridward serve``: settings from the environment and the options, and clear refusals."""

from __future__ import annotations

import os
from typing import Any

import pytest
import typer

from geo_api.cli import serve as command
from geo_api.errors import BadRequest
from geo_api.routes.limits import SHARED
from geo_api.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "GRIDWARD_DATABASE_URL", "GRIDWARD_PORT", "GRIDWARD_HOST", "GRIDWARD_WORKERS"):
        monkeypatch.delenv(name, raising=False)


def test_options_win_over_the_environment_and_reach_the_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}
    monkeypatch.setattr("uvicorn.run", lambda app, **named: asked.update(named, app=app, env=dict(os.environ)))
    monkeypatch.setenv("DATABASE_URL", "postgresql+psycopg://nobody@/nothing")
    monkeypatch.setenv("GRIDWARD_PORT", "9001")
    monkeypatch.setenv("GRIDWARD_WORKERS", "3")
    command.serve(host="0.0.0.0", port=9002, workers=None)
    assert (asked["app"], asked["factory"]) == ("geo_api.main:create_app", True)
    assert (asked["host"], asked["port"], asked["workers"]) == ("0.0.0.0", 9002, 3)
    assert asked["access_log"] is False, "uvicorn's own access log has queries in it"
    assert load_settings().port == 9002, "what a worker process reads"
    assert asked["env"][SHARED].startswith("/proc/"), "workers count together"
    assert SHARED not in os.environ


def test_without_a_database_it_says_what_to_set() -> None:
    with pytest.raises(BadRequest, match="set DATABASE_URL"):
        command.serve(host=None, port=None, workers=None)


def test_every_wrong_setting_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDWARD_PORT", "eighty")
    monkeypatch.setenv("GRIDWARD_TIMEZONE", "Mars/Olympus")
    monkeypatch.setenv("GRIDWARD_BASE_PATH", "a b")
    with pytest.raises(BadRequest) as caught:
        load_settings()
    for name in ("GRIDWARD_PORT", "GRIDWARD_TIMEZONE", "GRIDWARD_BASE_PATH"):
        assert name in str(caught.value)


def test_settings_are_read_once_and_cannot_be_changed() -> None:
    settings = Settings(base_path="gridward/", key_industries="食品, 药品")  # type: ignore[arg-type]
    assert settings.base_path == "/gridward"
    assert settings.key_industries == ("食品", "药品")
    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1  # type: ignore[misc]


def test_the_command_has_its_options() -> None:
    app = typer.Typer()
    command.register(app)
    (registered,) = app.registered_commands
    assert registered.name == "serve"
