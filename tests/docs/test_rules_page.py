"""The page of the rules names only tests and files that exist, and every rule that supervision honours."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/developers/rules.md").read_text(encoding="utf-8")
HELD = {1, 4, 5, 6, 7, 8, 12, 13, 14, 15}


def test_every_named_test_exists() -> None:
    named = re.findall(r"`([a-z_/]+\.py)::(test_[a-z0-9_]+)`", PAGE)
    assert len(named) >= 40
    missing = [
        f"{file}::{test}"
        for file, test in named
        if not re.search(rf"^def {test}\(", (ROOT / "tests" / file).read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert not missing


def test_every_rule_has_what_holds_it_and_a_test() -> None:
    rows = [row.strip("|").split("|") for row in PAGE.splitlines() if re.match(r"\| \d", row)]
    assert {int(re.match(r" (\d+) ", row[0]).group(1)) for row in rows} == HELD
    for rule, held, tests in rows:
        assert "::" in tests, rule
        for path in re.findall(r"`([a-z_/]+(?:\.py|/))`", held):
            base = ROOT if path.startswith("gridding/") else ROOT / "geo_api"
            assert (base / path).exists(), path
