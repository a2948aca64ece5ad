"""A real Chromium and a real app process for each journey; nothing of it may leave this machine.

Playwright's sync face keeps an event loop running in this thread, so it is started and stopped per module: other tests
of the same session use asyncio themselves.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.finding import NoBrowser, find_browser
from tests.browser.serving import AppServer

WAIT_MS = 20_000
VIEWPORTS = [(1280, "light"), (390, "dark"), (1280, "dark"), (390, "light")]
LOOPBACK = {"localhost", "127.0.0.1", "::1", ""}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        try:
            program = find_browser(playwright.chromium.executable_path)
        except NoBrowser as why:
            if os.environ.get("PURPOSE_AGENT_REQUIRE_BROWSER"):
                pytest.fail(f"a browser is required: {why}")
            pytest.skip(str(why))
        arguments = [
            "--disable-background-networking",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
        ]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            arguments.append("--no-sandbox")
        started = playwright.chromium.launch(executable_path=program, args=arguments)
        yield started
        started.close()


@pytest.fixture
def server_environment() -> dict[str, str]:
    """Variables that a module's app gets on top of an otherwise empty environment."""
    return {}


@pytest.fixture
def server(tmp_path: Path, server_environment: dict[str, str]) -> Iterator[AppServer]:
    """The app on a fresh workspace; what it reached for beyond this machine is checked at the end."""
    app = AppServer(tmp_path / "app", server_environment).start()
    yield app
    app.stop()
    assert app.contacts == [], "the app reached beyond this machine"
    assert "Traceback" not in app.log, app.log


class Recorder:
    """What the pages asked for: `foreign` lists what would leave this machine, `local` counts the rest."""

    def __init__(self) -> None:
        self.foreign: list[str] = []
        self.local = 0
        self.errors: list[str] = []

    def watch(self, context: BrowserContext) -> None:
        context.on("request", lambda request: self.note(request.url))
        context.on("page", self._watch_page)

    def _watch_page(self, page: Page) -> None:
        page.on("websocket", lambda socket: self.note(socket.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def note(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https", "ws", "wss"):
            return
        if (parts.hostname or "") in LOOPBACK:
            self.local += 1
        else:
            self.foreign.append(url)


OpenPage = Callable[..., Page]


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def open_page(
    browser: Browser, server: AppServer, recorder: Recorder, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[OpenPage]:
    """Open the app in a browser of its own (own cookies): `open_page(width=390, theme="dark", path="runs")`."""
    contexts: list[BrowserContext] = []
    expect.set_options(timeout=WAIT_MS)

    def new_page(*, width: int = 1280, height: int = 900, theme: str = "light", path: str = "") -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if theme == "dark" else "light",
            accept_downloads=True,
        )
        contexts.append(context)
        recorder.watch(context)
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.goto(f"{server.url}/{path}")
        return page

    yield new_page
    if getattr(request.node, "failed_in_call", False):
        for number, context in enumerate(contexts):
            for page in context.pages:
                page.screenshot(path=tmp_path / f"failed-{number}.png", full_page=True)
        print(f"Screenshots: {tmp_path}\nServer log:\n{server.log}")
    for context in contexts:
        context.close()
    assert recorder.foreign == [], "a page asked another machine for something"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.when == "call" and report.failed:
        item.failed_in_call = True  # type: ignore[attr-defined]
