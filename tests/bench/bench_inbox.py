"""What the Review page costs with 10,000 lessons waiting: the ranking by itself, and the page in a real browser.

    PYTHONPATH=engine:. python -m tests.bench.bench_inbox [--waiting 10000] [--times 5]

The ranking is wall time in this process: `first_ms` reads the ledger, `again_ms` is after one more decision, `warm_ms`
with nothing new. The page is timed by the clock in Chromium against the real app: by its address in a new tab, by a
click from the list of runs, and from one decision to the next card. `runs_by_address_ms` is a nearly empty page, so it
tells what the app itself costs.
"""

import argparse
import json
import os
import re
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from purpose_agent.memory.inbox import Inbox, Recent
from purpose_agent.storage.workspace import Workspace
from purpose_agent.teams.service import Engine
from tests import lesson_seed
from tests.browser.finding import find_browser
from tests.browser.screens import settled
from tests.browser.serving import AppServer

TARGET_MS = {"page": 1000, "ranking": 250}
WITHIN_MS = 60_000


def ranking(home: Path, waiting: int, times: int) -> dict[str, float]:
    engine = Engine(Workspace.open(home))
    lesson_seed.many(engine, waiting)
    engine.close()
    engine = Engine(Workspace.open(home))
    recent = Recent.of([*lesson_seed.KINDS * 12])
    inbox = Inbox(engine.memory.ledger)
    first = _ms(lambda: inbox.ranked(recent))
    again = []
    for _ in range(times):
        engine.lessons.approve(next(iter(inbox.ranked(recent))))
        again.append(_ms(lambda: inbox.ranked(recent)))
    warm = _ms(lambda: inbox.ranked(recent))
    engine.close()
    return {"first_ms": first, "again_ms": statistics.median(again), "warm_ms": warm}


def page_stands(page: Page) -> None:
    """The open card with its buttons, and the last card in line."""
    page.locator(".st-key-review_focus .pa-lesson").wait_for(state="visible", timeout=WITHIN_MS)
    page.locator(".st-key-review_decide button").last.wait_for(state="visible", timeout=WITHIN_MS)
    page.locator("[class*='st-key-review_row_']").nth(8).wait_for(state="visible", timeout=WITHIN_MS)


def runs_stand(page: Page) -> None:
    page.get_by_text("No runs yet.").wait_for(state="visible", timeout=WITHIN_MS)


def opened(browser: Browser, address: str, stands: Callable[[Page], None]) -> float:
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    taken = _ms(lambda: (page.goto(address, wait_until="commit"), stands(page)))
    page.context.close()
    return taken


def clicked(browser: Browser, url: str) -> float:
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"{url}/runs")
    runs_stand(page)
    settled(page)
    link = page.get_by_test_id("stSidebarNav").get_by_role("link", name=re.compile("^Review"))
    taken = _ms(lambda: (link.click(), page_stands(page)))
    page.context.close()
    return taken


def decided(browser: Browser, url: str) -> float:
    """From the key that approves to the next card, open and in focus."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"{url}/review")
    page_stands(page)
    settled(page)
    lesson = page.locator(".st-key-review_focus .pa-lesson")
    before = lesson.inner_text()
    next_one = (
        f"document.activeElement.matches('.pa-lesson') && document.activeElement.innerText !== {json.dumps(before)}"
    )
    taken = _ms(lambda: (page.keyboard.press("a"), page.wait_for_function(next_one, timeout=WITHIN_MS)))
    page.context.close()
    return taken


def in_browser(url: str, times: int) -> dict[str, object]:
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        program = find_browser(playwright.chromium.executable_path)
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        ways: dict[str, Callable[[], float]] = {
            "click_ms": lambda: clicked(browser, url),
            "address_ms": lambda: opened(browser, f"{url}/review", page_stands),
            "decision_ms": lambda: decided(browser, url),
            "runs_by_address_ms": lambda: opened(browser, f"{url}/runs", runs_stand),
        }
        figures: dict[str, object] = {}
        for name, once in ways.items():
            once()  # warms up and does not count
            taken = [once() for _ in range(times)]
            figures[name] = {"median": round(statistics.median(taken)), "all": [round(one) for one in taken]}
        browser.close()
    return figures


def _ms(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return round(1000 * (time.perf_counter() - began), 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--waiting", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = AppServer(Path(folder))
        figures: dict[str, object] = {"waiting": given.waiting, "target_ms": TARGET_MS}
        figures["ranking"] = ranking(server.workspace, given.waiting, given.times)
        server.start()
        try:
            figures["page"] = in_browser(server.url, given.times)
        finally:
            server.stop()
    print(json.dumps({**figures, "load": os.getloadavg()[0]}, indent=2))


if __name__ == "__main__":
    main()
