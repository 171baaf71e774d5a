"""Pictures for docs/officers and docs/planners: real pages of the sample county, as a browser shows them.

    .venv/bin/gridward demo data/sample/manifest.toml --whole --on 2026-11-01 -o FOLDER   # once, into the database of DATABASE_URL
    .venv/bin/python ops/pictures.py

Writes docs/images/*.png, each at most 200 KB. Chromium is Debian's; nothing is loaded from outside.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from geo_api.cli.main import exit_status

ROOT = Path(__file__).resolve().parents[1]
BUREAU, STATION, CELL = "990101", "990101001", "990101001001"
DAY, MONTH = "2026-11-01", "2026-10"
LARGEST = 200_000
WIDTH, HEIGHT = 1180, 720
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
PAGES = {
    "ledger": ("ledger", "--cell", CELL, "--on", DAY),
    "assessment": ("assess", "--jurisdiction", BUREAU, "--of", MONTH),
    "report": ("report", "--jurisdiction", BUREAU, "--of", MONTH),
    "departments": ("departments", "--jurisdiction", BUREAU, "--on", DAY),
}
"""Picture -> the command that writes its page."""


def main() -> int:
    """Write every picture; 1 where a page could not be made or a picture is too large."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.stderr.write("pictures: chromium is not installed: apt-get install chromium\n")
        return 1
    faults = 0
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for name, command in PAGES.items():
            page_file, picture = Path(folder) / f"{name}.html", ROOT / "docs/images" / f"{name}.png"
            if (
                exit_status([*command, "-o", str(page_file)] + (["--format", "html"] if name == "departments" else []))
                > 0
            ):
                faults += 1
                continue
            page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
            page.route(lambda url: not url.startswith(("file:", "data:")), lambda route: route.abort())
            page.goto(page_file.as_uri())
            page.screenshot(path=picture)
            page.close()
            size = picture.stat().st_size
            sys.stdout.write(f"{picture.relative_to(ROOT)}  {size / 1000:.0f} KB\n")
            faults += size > LARGEST
        browser.close()
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
