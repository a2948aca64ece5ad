"""The whole first study as a person walks it in a real browser: a click, a power cut in the middle, the verdict.

    python -m tests.bench.browser_study

Four arms on the 54 related tasks and the 24 unrelated ones with the built-in model. Prints the verdict, that of the
unrelated tasks, and how long it took, after checking both against the hidden tests by hand.
"""

import re
import tempfile
import time
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from purpose_agent.storage.workspace import Workspace
from purpose_agent.teams.service import Engine
from tests.browser.finding import find_browser
from tests.browser.serving import AppServer
from tests.browser.test_learning_journey import agrees_with_the_hidden_tests, told_after_going_on


def main() -> None:
    expect.set_options(timeout=60_000)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = AppServer(Path(folder)).start()
        browser = playwright.chromium.launch(
            executable_path=find_browser(playwright.chromium.executable_path), args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        began = time.monotonic()
        page.goto(f"{server.url}/learning")
        page.get_by_role("button", name="Try a first study").click()
        expect(page).to_have_url(re.compile("study="))
        address = page.url
        expect(page.get_by_text(re.compile(r"^9\d of 312 runs"))).to_be_visible(timeout=300_000)
        server.kill()
        server.start()
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(address)
        told = told_after_going_on(page)
        page.goto(address)
        page.get_by_text("Report and data").click()
        with page.expect_download() as started:
            page.get_by_role("button", name="Report (.html)").click()
        assert told in started.value.path().read_text(encoding="utf-8")
        print(f"{told}\n{time.monotonic() - began:.0f} s with the power cut")
        browser.close()
        server.stop()
        agrees_with_the_hidden_tests(server.workspace, told)
        engine = Engine(Workspace.open(server.workspace))
        (plan,) = engine.studies.list()
        for comparison in engine.studies.findings(plan.study_id).comparisons:
            if (
                comparison.tested == "lessons"
                and comparison.part == "harm"
                and comparison.scale == "solved"
                and comparison.control == "empty"
            ):
                print(f"Unrelated: {comparison.verdict.sentence}")
        engine.close()


if __name__ == "__main__":
    main()
