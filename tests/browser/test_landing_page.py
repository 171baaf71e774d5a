"""The landing page as a shopkeeper uses it, served by the service itself from a small county in memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
import uvicorn

from geo_api.main import create_app
from geo_api.settings import Settings
from tests.geo_api.fakes import Clock, FakeStore, PlainFinder
from tests.geo_api.service import draw_plainly

from .conftest import DESKTOP, TELEPHONE, Visit

pytestmark = pytest.mark.browser
Open = Callable[..., Visit]


@pytest.fixture(scope="module")
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture(scope="module")
def home(store: FakeStore) -> Iterator[str]:
    """Address of a service on this machine."""
    app = create_app(
        Settings(poll_s=3600.0, access_log=False), store=store, make_finder=PlainFinder, draw=draw_plainly, now=Clock()
    )
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started and thread.is_alive() and time.monotonic() < deadline:
        thread.join(0.02)
    assert server.started
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


def answer(opened: Visit) -> str:
    opened.page.wait_for_selector("#answer:not([hidden]) p")
    return opened.page.locator("#answer").inner_text()


def ask_address(opened: Visit, address: str) -> str:
    opened.page.locator("#address input").fill(address)
    opened.page.locator("#address button").click()
    return answer(opened)


@pytest.mark.parametrize("size", [DESKTOP, TELEPHONE], ids=["desktop", "telephone"])
def test_it_opens_in_chinese_and_asks_only_its_server(visit: Open, home: str, size: tuple[int, int]) -> None:
    opened = visit(home, size)
    page = opened.page
    assert opened.complaints == []
    assert opened.outside(home) == []
    assert page.locator("h1").inner_text() == "我的店归谁监管？"
    assert page.locator(".en:visible").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0], "nothing sticks out sideways"
    assert page.locator("#stations a").all_inner_texts() == ["某县局", "城关监管所", "东湖监管所"]
    page.get_by_role("button", name="English").click()
    assert page.locator("h1").inner_text() == "Who answers for my shop?"
    assert page.locator(".zh:visible").count() == 0
    assert page.locator("#map").get_attribute("href") == "diagram/C?lang=en"


def test_an_address_gives_the_officers_and_telephones_to_tap(visit: Open, home: str) -> None:
    opened = visit(home, TELEPHONE)
    said = ask_address(opened, "人民路12号")
    assert "城关一格" in said
    assert "王芳" in said
    assert opened.page.locator("#answer a[href^='tel:']").first.get_attribute("href") == "tel:07125550100"
    assert opened.page.get_by_role("link", name="在示意图上看").get_attribute("href") == "diagram/C01?lang=zh"


def test_an_address_that_is_not_known_or_not_clear_says_what_to_do(visit: Open, home: str) -> None:
    opened = visit(home)
    assert "没有查到这个地址" in ask_address(opened, "没有路1号")
    opened.page.locator("#answer").evaluate("box => box.replaceChildren()")
    said = ask_address(opened, "长江路5号")
    assert "城关一格" in said
    assert "城关二格" in said
    assert "王芳" not in said, "a wrong officer is worse than none"


def test_a_point_of_another_day_gives_that_days_officer_without_telephone(visit: Open, home: str) -> None:
    opened = visit(home)
    page = opened.page
    page.get_by_text("已知经纬度").click()
    page.locator("input[name=lon]").fill("114.005")
    page.locator("input[name=lat]").fill("30.005")
    page.locator("#point button").click()
    assert page.locator("#answer").is_hidden(), "the datum must be chosen"
    page.locator("select[name=datum]").select_option("wgs84")
    page.get_by_text("查过去或将来的某一天").click()
    page.locator("#on").fill("2025-06-01")
    page.locator("#point button").click()
    assert "李强" in answer(opened)
    assert page.locator("#answer a[href^='tel:']").count() == 0


def test_the_place_where_one_stands_and_a_place_outside(visit: Open, home: str) -> None:
    opened = visit(home)
    page = opened.page
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"longitude": 114.025, "latitude": 30.005})
    page.locator("#here").click()
    assert "东湖一格" in answer(opened)
    assert "由上级负责" in page.locator("#answer").inner_text()
    page.locator("#answer").evaluate("box => box.replaceChildren()")
    page.context.set_geolocation({"longitude": 114.5, "latitude": 30.005})
    page.reload()
    page.wait_for_selector("html[data-ready]")
    page.locator("#here").click()
    assert "不在任何网格内" in answer(opened)


def test_wrong_input_and_a_database_that_is_away_are_said_in_words(visit: Open, home: str, store: FakeStore) -> None:
    opened = visit(home)
    assert "请检查输入" in ask_address(opened, "!!!")
    opened.page.locator("#answer").evaluate("box => box.replaceChildren()")
    store.published.away = True
    try:
        assert "王芳" in ask_address(opened, "人民路12号"), "today is answered from memory"
        opened.page.locator("#answer").evaluate("box => box.replaceChildren()")
        opened.page.get_by_text("查过去或将来的某一天").click()
        opened.page.locator("#on").fill("2024-02-29")
        assert "暂时无法连接服务" in ask_address(opened, "人民路12号")
    finally:
        store.published.away = False


def test_one_of_several_cells_is_chosen_by_who_lives_there(visit: Open, home: str) -> None:
    opened = visit(home, TELEPHONE)
    page = opened.page
    said = ask_address(opened, "长江路5号")
    assert "请核对地址后选一个" in said
    assert "%" in said, "how sure each is"
    assert "都不是？" in said, "what to do next"
    assert page.evaluate("document.documentElement.scrollWidth") <= TELEPHONE[0]
    page.get_by_role("button", name="English").click()
    assert "compare the addresses and choose" in page.locator("#answer").inner_text()
    page.get_by_role("button", name="中文").click()
    page.locator("#answer tr").filter(has_text="城关一格").get_by_role("button", name="选这个").click()
    page.wait_for_selector("#answer a[href^='tel:']")
    said = page.locator("#answer").inner_text()
    assert "按您选的网格显示" in said
    assert "王芳" in said
    assert opened.outside(home) == []


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("92990101MA15AQYEX9", ["credit_code"]),
        ("350100100000001", ["registration_no"]),
        ("没有此店", ["address", "name"]),
        ("人民路12号", ["address"]),
    ],
)
def test_one_box_takes_addresses_names_and_codes(visit: Open, home: str, typed: str, asked: list[str]) -> None:
    opened = visit(home)
    ask_address(opened, typed)
    queries = [u.split("?")[1] for u in opened.requests if "/v1/lookup?" in u]
    assert [q.split("=")[0] for q in queries] == asked


def test_a_station_without_cells_is_named_but_has_no_diagram(visit: Open, home: str) -> None:
    opened = visit(home)
    page = opened.page
    bare = {
        "code": "C09",
        "name": "新设监管所",
        "bureau_code": "C",
        "bureau_name": "某县局",
        "cells": 0,
        "officers": [],
    }
    page.route("**/v1/stations", lambda route: route.fulfill(json={"stations": [bare]}))
    page.reload()
    page.wait_for_selector("html[data-ready]")
    assert page.locator("#stations a").all_inner_texts() == ["某县局"]
    assert "新设监管所 0 个网格" in page.locator("#stations").inner_text()
    assert page.locator("#map").is_hidden()
