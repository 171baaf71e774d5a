"""The page of the profile names every setting that the rules know, under the name of its table."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from geo_api.errors import BadRequest
from geo_api.services.profiles.read_file import profile_settings
from geo_api.supervision.frequency import SETTINGS
from geo_api.supervision.profile import profile_problems, sections

PAGE = (Path(__file__).parents[2] / "docs/operators/profile.md").read_text(encoding="utf-8")


def known_to(section: str) -> list[str]:
    """Names that a section's own checker lists when it is given one that it does not know."""
    with pytest.raises(BadRequest) as caught:
        sections()[section]({"no such setting": 1})
    found = re.search(r"known are (.*)", str(caught.value))
    assert found, str(caught.value)
    return found[1].split(", ")


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_named(name: str) -> None:
    assert f"`{name}`" in PAGE


@pytest.mark.parametrize("section", [s for s in sections() if s != "sampling"])
def test_every_table_names_its_settings(section: str) -> None:
    start = PAGE.index(f"`[rules.{section}]`")
    end = PAGE.find("`[rules.", start + 1)
    part = PAGE[start : end if end > 0 else None]
    assert [name for name in known_to(section) if f"`{name}`" not in part] == []


def test_the_example_is_usable() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.S)
    settings = profile_settings(example, "the example")
    assert profile_problems(settings) == ()
    assert "`[rules.sampling]`" in PAGE
