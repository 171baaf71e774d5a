"""Headless Chromium for tests of pages. Every request, console message and script error of a page is recorded."""

from __future__ import annotations

import functools
import http.server
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from layers.assets import STATIC

FLAGS = [
    f"--{name}"
    for name in ("no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking")
] + ["--disable-component-update", "--disable-sync"]
DESKTOP, TELEPHONE = (1400, 900), (390, 844)


@dataclass
class Visit:
    """A page that was opened, and what it did."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def outside(self, allowed: str) -> list[str]:
        """Requests to anything but ``allowed`` and data addresses."""
        return [u for u in self.requests if not u.startswith((allowed, "data:"))]


@pytest.fixture(scope="package")  # its event loop would stay in the way of tests that run one
def chromium() -> Iterator[Browser]:
    """Debian's chromium; ``./run.sh test`` installs it."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("chromium is not installed; ./run.sh test installs it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Callable[..., Visit]]:
    """Open an address in a window of a size; requests that leave the machine are recorded and refused."""
    contexts = []

    def open_page(address: str, size: tuple[int, int] = DESKTOP) -> Visit:
        width, height = size
        touch = width < 600
        context = chromium.new_context(viewport={"width": width, "height": height}, has_touch=touch, is_mobile=touch)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        result = Visit(page)
        page.on("request", lambda request: result.requests.append(request.url))
        page.on("console", lambda message: result.complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: result.complaints.append(f"error: {error}"))
        context.route(
            lambda url: not url.startswith(("file:", "data:", "http://127.0.0.1")), lambda route: route.abort()
        )
        page.goto(address)
        page.wait_for_selector("html[data-ready]")
        return result

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[[dict[str, str]], str]]:
    """A server on this machine with the given pages (path -> HTML) and the package's static files under /static."""
    servers = []

    def start(pages: dict[str, str]) -> str:
        class Handler(http.server.SimpleHTTPRequestHandler):
            def do_GET(self) -> None:
                body = pages.get(self.path)
                if body is None:
                    return super().do_GET()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(body.encode())
                return None

            def log_message(self, *_: object) -> None:
                pass

        (tmp_path / "static").symlink_to(STATIC)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(tmp_path)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
