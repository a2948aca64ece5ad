"""Take the README's screenshots from the real app on a fresh workspace.

    python -m tests.bench.pictures [--theme light]

Writes docs/notebook.png: the first sample after its lesson was approved and the cell was run again.
"""

import argparse
import tempfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from tests.browser import screens
from tests.browser.finding import find_browser
from tests.browser.serving import ROOT, AppServer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "notebook.png")
    parser.add_argument("--width", type=int, default=1200)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = AppServer(Path(folder), {"HOME": folder}).start()
        program = find_browser(playwright.chromium.executable_path)
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": given.width, "height": 980}, color_scheme=given.theme)
        page.goto(server.url)
        screens.start_sample(page, "first_steps")
        cell = screens.cells(page).nth(1)
        screens.has_run(cell, 1)
        screens.approve_lesson(cell)
        screens.run_again(cell)
        screens.has_run(cell, 2)
        expect(cell.get_by_text("used 1 lesson")).to_be_visible()
        screens.settled(page)
        page.wait_for_timeout(6_000)  # the toast of the approval fades
        page.screenshot(path=given.out)
        browser.close()
        server.stop()


if __name__ == "__main__":
    main()
