"""``gridward keys``: what a key is for and how much it may ask for, as options and in the list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from geo_api.cli.main import exit_status
from geo_api.cli.people import caller
from geo_api.errors import NotAllowed
from geo_api.services.answers import Caller
from geo_api.services.keys import Grant, KeyRow


class Keys:
    """Keys in memory."""

    def __init__(self) -> None:
        self.rows: list[KeyRow] = []

    def add(self, key: str, grant: Grant, *, name: str, created_by: str) -> KeyRow:
        limits = (grant.scopes, grant.requests_per_minute, grant.points_per_minute)
        made = datetime(2026, 1, 2, tzinfo=UTC)
        self.rows.append(
            KeyRow(len(self.rows) + 1, name, grant.role, grant.jurisdiction, made, created_by, None, *limits)
        )
        return self.rows[-1]

    def keys(self) -> tuple[KeyRow, ...]:
        return tuple(self.rows)


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    keys = Keys()

    @contextmanager
    def store() -> Iterator[Any]:
        yield SimpleNamespace(keys=keys)

    monkeypatch.setattr("geo_api.db.open_store", store)

    def command(*args: str) -> tuple[int, str, str]:
        status = exit_status(list(args))
        said = capsys.readouterr()
        return status, said.out, said.err

    return command


MADE = ("keys", "create", "--role", "system", "--jurisdiction", "420999", "--by", "me")


def test_scopes_and_limits_are_options(run: Run) -> None:
    status, key, said = run(
        *MADE, "--scope", "batch,lookup", "--scope", "changes", "--limit", "600", "--limit-points", "1000"
    )
    assert status == 0
    assert key.startswith("gw_")
    assert "for lookup, batch, changes, 600 requests a minute, 1000 points a minute" in said
    run(*MADE)
    _, listed, _ = run("keys", "list")
    assert "600 requests a minute, 1000 points a minute" in listed
    assert "all that the role allows" in listed
    assert "no limit" in listed
    assert key.strip() not in listed


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--scope", "moon"], "there is no scope 'moon': it is one of lookup, batch"),
        (["--limit", "0"], "a limit of 0 requests a minute"),
        (["--limit-points", "-5"], "a limit of -5 points a minute"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(run: Run, options: list[str], said: str) -> None:
    status, out, err = run(*MADE, *options)
    assert (status, out) == (1, "")
    assert said in err
    assert "Traceback" not in err
    assert "gw_" not in run("keys", "list")[1]


def test_a_key_is_for_its_scopes_alone_at_the_command_line_too() -> None:
    store: Any = SimpleNamespace(
        keys=SimpleNamespace(caller=lambda key: Caller("hotline", "admin", "420999", scopes=(key,)))
    )
    assert caller(store, by=None, role="admin", key="coverage", scope="coverage").name == "hotline"
    assert caller(store, by=None, role="admin", key="plans:write").role == "admin"
    with pytest.raises(NotAllowed, match="lookup alone, and this needs plans:write"):
        caller(store, by=None, role="admin", key="lookup")
