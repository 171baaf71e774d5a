"""The diagram as its readers use it: a shopkeeper at a screen and one with a telephone in the hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from layers.diagram import supervision_diagram
from tests.layers.test_diagram import hostile_town
from tests.layers.town import Town, make_town

from .conftest import DESKTOP, TELEPHONE, Visit

pytestmark = pytest.mark.browser
SIZES = pytest.mark.parametrize("size", [DESKTOP, TELEPHONE], ids=["desktop", "telephone"])
TOWN = make_town()
CELLS = TOWN.cells.sort_values(["station_code", "code"]).reset_index(drop=True)
Open = Callable[..., Visit]


def telephones(code: str) -> set[str]:
    return set(TOWN.officers[TOWN.officers["code"] == code]["telephone"])


@pytest.fixture(scope="module")
def diagram(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Address of the single file, opened from disk."""
    path = tmp_path_factory.mktemp("page") / "图 diagram.html"
    path.write_text(supervision_diagram(**TOWN.arguments()), encoding="utf-8")
    return path.as_uri()


def card(opened: Visit) -> str:
    return opened.page.locator(".framed").inner_text()


@SIZES
def test_the_file_opens_from_disk_without_a_network(visit: Open, diagram: str, size: tuple[int, int]) -> None:
    opened = visit(diagram, size)
    assert opened.complaints == []
    assert opened.outside(diagram) == []
    assert opened.page.title() == TOWN.settings.title_zh
    assert opened.page.locator(".leaflet-fill-pane path").count() == len(CELLS)
    width = opened.page.evaluate("document.documentElement.scrollWidth")
    assert width <= size[0], "nothing sticks out sideways"


@SIZES
def test_the_served_page_asks_only_its_server(visit: Open, serve: Callable, size: tuple[int, int]) -> None:
    pages = {
        f"/diagram{query}": supervision_diagram(**TOWN.arguments(), lang=lang, assets_prefix="/static/vendor")
        for query, lang in (("", "zh"), ("?lang=en", "en"), ("?lang=zh", "zh"))
    }
    home = serve(pages)
    opened = visit(f"{home}/diagram", size)
    opened.page.get_by_role("link", name="English").click()
    opened.page.wait_for_selector("html[data-ready][lang=en]")
    assert opened.page.url.endswith("?lang=en")
    assert "Officer / telephone" in opened.page.locator(".panel").text_content()
    assert opened.outside(home) == []
    assert opened.complaints == []


@SIZES
def test_every_cell_answers_a_click(visit: Open, diagram: str, size: tuple[int, int]) -> None:
    opened = visit(diagram, size)
    for index in range(0, len(CELLS), 5):
        opened.page.keyboard.press("Escape")
        x, y = opened.page.evaluate(
            """i => { const g = gridward, c = g.read().cells[i], m = g.map;
                 window.scrollTo(0, 0); m.fitBounds(g.home, {animate: false});
                 const p = m.latLngToContainerPoint([c.place[1], c.place[0]]), b = m.getContainer().getBoundingClientRect();
                 return [b.left + p.x, b.top + p.y]; }""",
            index,
        )
        opened.page.mouse.click(x, y)
        said = card(opened)
        assert CELLS["name"][index] in said
        assert all(t in said for t in telephones(CELLS["code"][index]))
        row = opened.page.locator("tr.chosen")
        assert row.get_attribute("data-cell") == str(index)
        assert opened.page.url.endswith(f"#{CELLS['code'][index]}")
        if size == DESKTOP:
            assert row.is_visible()
            box, panel = row.bounding_box(), opened.page.locator("#list").bounding_box()
            assert panel["y"] <= box["y"] <= panel["y"] + panel["height"], "the row is scrolled into view"
    assert opened.complaints == []


@SIZES
def test_a_shopkeeper_finds_his_officer_by_street(visit: Open, diagram: str, size: tuple[int, int]) -> None:
    opened = visit(diagram, size)
    opened.page.fill("#query", "东湖路12号")
    opened.page.get_by_role("option", name="东湖路").click()
    assert "东湖路经过 8 个网格" in card(opened)
    choice = opened.page.locator(".choices .pick").first
    name = choice.locator("span").nth(1).inner_text().strip()
    choice.click()
    said = card(opened)
    code = CELLS["code"][CELLS["name"].tolist().index(name)]
    assert name in said
    assert all(t in said for t in telephones(code))
    assert opened.page.locator(f'.framed a[href="tel:{min(telephones(code)).replace("-", "")}"]').is_visible()
    assert opened.complaints == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [("文昌网格", "文昌网格"), ("4201020010", "文昌网格"), ("青山建材", "青山建材城"), ("文 昌", "文昌网格")],
)
def test_search_by_keyboard(visit: Open, diagram: str, query: str, expected: str) -> None:
    opened = visit(diagram)
    opened.page.locator("#query").fill(query)
    assert opened.page.get_attribute("#query", "aria-expanded") == "true"
    opened.page.keyboard.press("ArrowDown")
    opened.page.keyboard.press("ArrowUp")
    opened.page.keyboard.press("Enter")
    # a market is chosen with its cell, whose card is shown
    market = TOWN.markets[TOWN.markets["name"] == expected]
    inside = CELLS[CELLS.contains(market.geometry.iloc[0])]["name"].iloc[0] if len(market) else expected
    assert inside in card(opened)
    opened.page.keyboard.press("Escape")
    assert opened.page.locator(".framed").count() == 0
    assert opened.page.locator("tr.chosen").count() == 0


def test_search_by_officer_and_telephone(visit: Open, diagram: str) -> None:
    opened = visit(diagram)
    officer = TOWN.officers[TOWN.officers["role"] == "lead"].iloc[7]
    for query in (officer["telephone"], officer["telephone"].replace("-", "")):
        opened.page.fill("#query", query)
        opened.page.keyboard.press("Enter")
        assert officer["name"] in card(opened)


def test_what_cannot_be_found_says_where_to_ask(visit: Open, diagram: str) -> None:
    opened = visit(diagram)
    opened.page.fill("#query", "zz不存在")
    assert "没有找到“zz不存在”" in opened.page.inner_text("#found")
    assert "12315" in opened.page.inner_text("#found")
    opened.page.evaluate("gridward.map.fire('click', {latlng: L.latLng(30.5, 114.3)})")
    assert "不在本图所示辖区内" in card(opened)


def test_a_cell_without_officers_names_its_station(visit: Open, diagram: str) -> None:
    opened = visit(f"{diagram}#{CELLS['code'].iloc[-1]}")
    said = card(opened)
    assert "由监管所负责" in said
    assert all(t in said for t in telephones("420102002"))


def test_a_place_near_a_border_names_the_neighbour(visit: Open, diagram: str) -> None:
    opened = visit(diagram)
    border = CELLS.geometry[0].intersection(CELLS.geometry[1])
    at = border.interpolate(0.5, normalized=True)
    opened.page.evaluate(
        """([x, y]) => { gridward.map.setView([y, x], 17, {animate: false});
             gridward.layers.cells.shapes[0].fire('click', {latlng: L.latLng(y, x)}); }""",
        [at.x, at.y],
    )
    said = card(opened)
    assert "离网格边界约" in said
    assert CELLS["name"][1] in said.split("另一侧是")[1]
    opened.page.evaluate(
        """([x, y]) => { gridward.map.fitBounds(gridward.home, {animate: false});
             gridward.layers.cells.shapes[0].fire('click', {latlng: L.latLng(y, x)}); }""",
        [at.x, at.y],
    )
    assert f"靠近{CELLS['name'][1]}的边界" in card(opened)


def test_an_overview_names_the_stations(visit: Open, diagram: str) -> None:
    opened = visit(diagram)
    assert opened.page.locator(".station-label").all_inner_texts() == TOWN.stations["name"].tolist()
    opened.page.evaluate("gridward.map.setZoom(17, {animate: false})")
    assert opened.page.locator(".station-label").count() == 0


@SIZES
def test_language_changes_everything_in_place(visit: Open, diagram: str, size: tuple[int, int]) -> None:
    opened = visit(f"{diagram}#{CELLS['code'][0]}", size)
    assert "主责" in card(opened)
    opened.page.locator("#language").evaluate("b => b.click()")  # the sheet may lie over it
    page = opened.page
    assert page.get_attribute("html", "lang") == "en"
    assert page.title() == TOWN.settings.title_en
    assert page.get_attribute("#query", "placeholder").startswith("Street")
    assert "Lead" in card(opened)
    visible = page.locator(".find, .legend, .imprint, thead").all_inner_texts()
    words = " ".join(visible)
    assert "Find my shop" in words
    assert "查找" not in words
    page.locator("#language").evaluate("b => b.click()")
    assert page.get_attribute("html", "lang") == "zh-CN"
    assert "主责" in card(opened)


@SIZES
def test_text_is_large_and_dark_enough(visit: Open, diagram: str, size: tuple[int, int]) -> None:
    opened = visit(f"{diagram}#{CELLS['code'][0]}", size)
    faults = opened.page.evaluate(
        """() => {
          const lum = c => { const v = c.slice(0, 3).map(x => (x /= 255) <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
            return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]; };
          const parse = s => (s.match(/[\\d.]+/g) || []).map(Number);
          const back = n => { for (; n; n = n.parentElement) { const c = parse(getComputedStyle(n).backgroundColor);
            if (c.length === 3 || c[3] > 0.8) return c; } return [255, 255, 255]; };
          const out = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (walk.nextNode()) {
            const text = walk.currentNode.textContent.trim(), n = walk.currentNode.parentElement;
            if (!text || n.closest('script,style,noscript,.skip') || !n.getClientRects().length) continue;
            const style = getComputedStyle(n);
            if (parseFloat(style.fontSize) < 14) out.push('small: ' + text + ' ' + style.fontSize);
            if (n.closest('.folium-map') && !n.closest('.framed')) continue; // on coloured cells: tested with the palette
            const a = lum(parse(style.color)), b = lum(back(n));
            const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            if (ratio < 4.5) out.push('faint: ' + text + ' ' + ratio.toFixed(1));
          }
          return out; }"""
    )
    assert faults == []


@SIZES
def test_labels_never_cover_each_other(visit: Open, diagram: str, size: tuple[int, int]) -> None:
    opened = visit(diagram, size)
    for zoom in (0, 1.5, 3):
        boxes = opened.page.evaluate(
            """z => { gridward.map.fitBounds(gridward.home, {animate: false});
                 gridward.map.setZoom(gridward.map.getZoom() + z, {animate: false});
                 return [...document.querySelectorAll('.cell-label > div, .station-label > div, .market-label > .market')].map(n => {
                   const r = n.getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom, n.innerText]; }); }""",
            zoom,
        )
        assert len(boxes) >= 20
        for i, a in enumerate(boxes):
            for b in boxes[:i]:
                overlap = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
                assert min(overlap) < 3, (zoom, a, b)


def test_touch_targets_and_names_for_readers_of_screens(visit: Open, diagram: str) -> None:
    opened = visit(f"{diagram}#{CELLS['code'][0]}", TELEPHONE)
    small = opened.page.evaluate(
        """() => [...document.querySelectorAll('.framed a, .framed button, .buttons button, .pick, .language, #query')]
             .filter(n => n.getClientRects().length && n.getBoundingClientRect().height < 33).map(n => n.outerHTML)"""
    )
    assert small == []
    nameless = opened.page.evaluate(
        """() => [...document.querySelectorAll('a, button, input, section, [role=region]')]
             .filter(n => !n.textContent.trim() && !n.getAttribute('aria-label') && !(n.labels && n.labels.length))
             .filter(n => !n.hidden).map(n => n.outerHTML)"""
    )
    assert nameless == []


def test_the_table_can_be_worked_by_keyboard(visit: Open, diagram: str) -> None:
    opened = visit(diagram)
    opened.page.locator(".panel .pick").nth(2).focus()
    opened.page.keyboard.press("Enter")
    assert CELLS["name"][2] in card(opened)
    assert opened.page.locator("tr.chosen .pick").get_attribute("aria-current") == "true"
    opened.page.keyboard.press("Escape")
    assert opened.page.locator(".framed").count() == 0


@SIZES
def test_hostile_names_run_nothing(visit: Open, tmp_path: Path, size: tuple[int, int]) -> None:
    town: Town = hostile_town()
    path = tmp_path / "hostile.html"
    arguments = town.arguments() | {"gaps": town.gaps.assign(message_zh="<img src=x onerror=alert(1)>")}
    path.write_text(supervision_diagram(**arguments), encoding="utf-8")
    opened = visit(path.as_uri(), size)
    opened.page.on("dialog", lambda dialog: opened.complaints.append(f"dialog: {dialog.message}"))
    opened.page.evaluate("gridward.choose(0, {fit: true})")
    assert "</script><script>alert(1)</script>" in card(opened)
    opened.page.fill("#query", "alert")
    opened.page.keyboard.press("Enter")
    opened.page.fill("#query", "<img src=x onerror=alert(1)>")
    opened.page.evaluate("gridward.choosePlace('markets', 0); gridward.choosePlace('streets', 0)")
    assert opened.page.locator("img").count() == 0
    assert opened.complaints == []
    assert opened.outside(path.as_uri()) == []


def test_gaps_are_marked_and_can_be_switched_off(visit: Open, tmp_path: Path) -> None:
    path = tmp_path / "gaps.html"
    path.write_text(
        supervision_diagram(**TOWN.arguments(), gaps=TOWN.gaps, base_units=TOWN.base_units), encoding="utf-8"
    )
    opened = visit(path.as_uri())
    opened.page.evaluate("gridward.groups.gaps[1].fire('click')")
    assert "1 户不在任何网格" in card(opened)
    opened.page.locator('[data-group="gaps"]').uncheck()
    assert not opened.page.evaluate("gridward.map.hasLayer(gridward.groups.gaps[1])")
    assert opened.complaints == []


def test_it_prints(visit: Open, diagram: str) -> None:
    opened = visit(diagram)
    before = opened.page.evaluate(
        "[gridward.map.getZoom(), document.querySelectorAll('.leaflet-streets-pane path').length]"
    )
    opened.page.emulate_media(media="print")
    assert not opened.page.locator(".find").is_visible()
    assert opened.page.locator(".imprint").is_visible()
    opened.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert opened.page.locator(".leaflet-streets-pane path").count() > 5, "streets as vectors"
    opened.page.emulate_media(media="screen")
    opened.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert opened.page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    opened.page.wait_for_selector("html[data-printed]")
    after = opened.page.evaluate(
        "[gridward.map.getZoom(), document.querySelectorAll('.leaflet-streets-pane path').length]"
    )
    assert after == before
    assert opened.complaints == []
