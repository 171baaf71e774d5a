"""The page of a visit plan as an officer opens it: nothing from outside, nothing wider than the screen, ready to print."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from geo_api.formats.rounds_page import plan_page
from tests.geo_api.formats.test_rounds import PLAN

from .conftest import DESKTOP, TELEPHONE

pytestmark = pytest.mark.browser


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(java_script_enabled=True)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_is_whole_and_asks_for_nothing(page: Page, tmp_path: Path, language: str) -> None:
    file = tmp_path / "plan.html"
    file.write_bytes(plan_page(PLAN, language))
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(file.as_uri())
    assert (asked, complaints) == ([file.as_uri()], [])
    assert page.locator("section").count() == 3
    assert page.locator("svg circle").count() == 3
    for width, height in (DESKTOP, TELEPHONE):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_each_day_is_printed_on_paper_of_its_own(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "plan.html"
    file.write_bytes(plan_page(PLAN, "zh"))
    page.goto(file.as_uri())
    page.emulate_media(media="print")
    breaks = page.locator("section").evaluate_all("all => all.map(s => getComputedStyle(s).breakBefore)")
    assert breaks == ["auto", "page", "page"]
