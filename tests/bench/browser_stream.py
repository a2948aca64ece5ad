"""The related stream as a person walks it: the sample notebook in a real browser, with memory and without.

    python -m tests.bench.browser_stream

Opens the sample, sets the switch of the arm, presses "Run all", waits for the end, closes the app, and reads what its
runs left in the workspace. Compared exactly as `tests.bench.team_stream` does; `empty` is the arm that reads lessons
but was never allowed to keep one.
"""

import json
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from purpose_agent.storage.jobs import JournalJobStore
from purpose_agent.storage.workspace import Workspace
from tests.bench.team_stream import ARMS, compare
from tests.browser import screens
from tests.browser.finding import find_browser
from tests.browser.serving import AppServer

WITHIN_S = 240


def walk(page: Page, url: str, arm: str) -> None:
    page.goto(url)
    screens.start_sample(page, "related_stream")
    if arm == "on":
        page.get_by_text("Approve lessons that my own tests confirmed").click()
    if arm == "off":
        page.get_by_role("button", name="Settings").click()
        page.get_by_text("Use lessons", exact=True).click()
        page.keyboard.press("Escape")
    screens.settled(page)
    page.get_by_role("button", name="Run all").click()


def read(workspace: Workspace) -> tuple[list[int], list[int]]:
    """Attempts and right answers of the tasks in the order of the batch."""
    runs = workspace.trajectories().runs(suite="related_stream", limit=500)
    newest = {row.task_id: row for row in reversed(runs)}
    ordered = sorted(newest.values(), key=lambda row: row.started_at)
    right = [int(row.status == "done" and 0 < row.hidden_total == row.hidden_passed) for row in ordered]
    return [row.attempts for row in ordered], right


def ended(home: Path) -> bool:
    jobs = JournalJobStore(Workspace.open(home).journal).list(None, 10)
    return [job.status for job in jobs if job.kind == "batch"] == ["done"]


def run_arm(arm: str, folder: Path) -> tuple[list[int], list[int]]:
    server = AppServer(folder).start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=find_browser(playwright.chromium.executable_path), args=["--no-sandbox"]
            )
            walk(browser.new_page(viewport={"width": 1280, "height": 900}), server.url, arm)
            until = time.monotonic() + WITHIN_S
            while not ended(server.workspace) and time.monotonic() < until:
                time.sleep(0.5)
            browser.close()
    finally:
        server.stop()
    workspace = Workspace.open(server.workspace)
    workspace.trajectories().settle()
    return read(workspace)


def main() -> None:
    tried, solved = {}, {}
    for arm in ARMS:
        with tempfile.TemporaryDirectory() as folder:
            tried[arm], solved[arm] = run_arm(arm, Path(folder))
    print(json.dumps(compare(tried, solved), indent=2))


if __name__ == "__main__":
    main()
