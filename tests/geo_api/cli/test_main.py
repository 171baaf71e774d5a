"""What the command line says of wrong usage, and with which exit status."""

from __future__ import annotations

import pytest

from geo_api.cli import main
from geo_api.cli.main import exit_status
from geo_api.version import VERSION


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["nonsense"], "nonsense"),
        (["grid", "--bogus"], "--bogus"),
        (["grid"], "Missing"),
        (["locate", "plan.gpkg"], "Missing"),
        (["keys", "create", "--role", "admin"], "--jurisdiction"),
    ],
)
def test_wrong_usage_is_one_line_and_status_1(args: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_status(args) == 1
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert words in lines[0]


@pytest.mark.parametrize("args", [[], ["plan"], ["--help"], ["grid", "--help"]])
def test_help_is_help(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_status(args) == 0
    assert "Usage:" in capsys.readouterr().out


def test_a_fault_is_status_3_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise ZeroDivisionError("numbers went wrong")

    monkeypatch.delenv("GRIDWARD_DEBUG", raising=False)
    monkeypatch.setattr(main, "make_app", lambda: lambda **_: broken())
    assert exit_status([]) == 3
    said = capsys.readouterr().err
    assert "numbers went wrong" in said
    assert "Traceback" not in said


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_status(["--version"]) == 0
    assert capsys.readouterr().out == f"gridward {VERSION}\n"
