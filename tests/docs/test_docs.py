"""The documentation is true: links lead somewhere, commands, routes and settings exist and are described."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
import typer.main

from geo_api.cli.main import COMMAND_MODULES, make_app
from geo_api.main import create_app
from geo_api.settings import Settings
from tests.geo_api.fakes import FakeStore

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("data/**/*.md")])
ALL_TEXT = "\n".join(p.read_text(encoding="utf-8") for p in PAGES)


def commands() -> dict[str, click.Command]:
    """Full name -> command, groups taken apart."""
    found: dict[str, click.Command] = {}

    def walk(command: click.Command, name: str) -> None:
        if hasattr(command, "commands"):
            for child, sub in command.commands.items():
                walk(sub, f"{name} {child}")
        else:
            found[name] = command

    walk(typer.main.get_command(make_app()), "gridward")
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        path = (page.parent / target.split("#")[0]).resolve()
        assert path.exists(), f"{page.name}: {target} does not exist"


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_command_is_documented_and_helpful(name: str) -> None:
    assert name in ALL_TEXT, f"no page mentions '{name}'"
    command = commands()[name]
    assert command.help, f"{name} has no help"
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.name != "help":
            assert parameter.help, f"{name} {parameter.opts}: no help"


def test_documented_commands_exist() -> None:
    known = set(commands())
    for words in re.findall(
        r"gridward ((?:[a-z]+ ?){1,2})", "\n".join(re.findall(r"`gridward [^`]*`|^ {4}gridward .*$", ALL_TEXT, re.M))
    ):
        first, *rest = words.split()
        group = not rest and any(name.startswith(f"gridward {first} ") for name in known)
        assert group or f"gridward {first}" in known or (rest and f"gridward {first} {rest[0]}" in known), words


def test_every_command_module_is_registered() -> None:
    present = {p.stem for p in (ROOT / "geo_api/cli").glob("*.py") if "def register(" in p.read_text(encoding="utf-8")}
    assert present == set(COMMAND_MODULES)


def test_every_route_is_documented() -> None:
    app = create_app(Settings(database_url="postgresql+psycopg://nobody@/nothing"), store=FakeStore())
    integrators = (ROOT / "docs/integrators/api.md").read_text(encoding="utf-8")
    for path in app.openapi()["paths"]:
        assert path in integrators, f"{path} is not in docs/integrators/api.md"


def test_every_setting_is_documented() -> None:
    operators = (ROOT / "docs/operators/install.md").read_text(encoding="utf-8")
    for name in Settings.model_fields:
        variable = "DATABASE_URL" if name == "database_url" else f"GRIDWARD_{name.upper()}"
        assert f"`{variable}`" in operators, f"{variable} is not in docs/operators/install.md"


def test_both_readmes_show_the_two_commands() -> None:
    for name in ("README.md", "README.zh-CN.md"):
        first_screen = "\n".join((ROOT / name).read_text(encoding="utf-8").splitlines()[:40])
        assert "./run.sh" in first_screen
        assert "./run.sh test" in first_screen
        assert "docs/images/" in first_screen


def test_no_page_loads_from_outside() -> None:
    for page in PAGES:
        assert not re.search(r"!\[[^\]]*\]\(https?:", page.read_text(encoding="utf-8")), page


def test_documented_findings_exist() -> None:
    source = "\n".join(
        p.read_text(encoding="utf-8") for d in ("gridding", "layers", "geo_api") for p in (ROOT / d).rglob("*.py")
    )
    rules = set(
        re.findall(
            r"`((?:balance|block|blocks|entity|entities|datum|tiling|part|lines|territory|staffing|capacity|coverage)\.[a-z_]+)`",
            ALL_TEXT,
        )
    )
    assert len(rules) > 20
    for rule in rules:
        assert f'"{rule}"' in source, f"{rule} is documented, but nothing reports it"


@pytest.mark.parametrize("package", ["gridding", "layers"])
def test_the_architecture_page_names_every_module(package: str) -> None:
    page = (ROOT / "docs/developers/architecture.md").read_text(encoding="utf-8")
    modules = {p.stem for p in (ROOT / package).glob("*.py")} - {"__init__"}
    assert not {m for m in modules if not re.search(rf"\b{m}\b", page)}


def test_the_architecture_page_names_only_files_that_exist() -> None:
    page = (ROOT / "docs/developers/architecture.md").read_text(encoding="utf-8")
    present = {p.name for d in ("gridding", "layers", "geo_api") for p in (ROOT / d).rglob("*.py")}
    assert set(re.findall(r"\b[a-z_]+\.py\b", page)) <= present
