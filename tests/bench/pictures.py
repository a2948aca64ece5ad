"""Take the README's screenshots from the real app on fresh workspaces.

    python -m tests.bench.pictures [--theme light] [notebook] [review] [vault] [study]

docs/notebook.png: the first sample after its lesson was approved and the cell was run again.
docs/review.png: the Review page after twenty related tasks, whose lessons were tried on each other's tasks.
docs/vault.png: the sample documents in a vault, and a question about them with its checked answer.
docs/study.png: the first study of the Learning page, done to its end (some minutes).
"""

import argparse
import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

import purpose_agent as pa
from purpose_agent.evaluation.suites import load_suite
from tests.browser import screens
from tests.browser.finding import find_browser
from tests.browser.serving import ROOT, AppServer

TASKS, REPLAYS = 20, 120
STUDY_WITHIN_MS = 900_000


def notebook(page: Page) -> None:
    screens.start_sample(page, "first_steps")
    cell = screens.cells(page).nth(1)
    screens.has_run(cell, 1)
    screens.approve_lesson(cell)
    screens.run_again(cell)
    screens.has_run(cell, 2)
    expect(cell.get_by_text("used 1 lesson")).to_be_visible()
    screens.settled(page)
    page.wait_for_timeout(6_000)  # the toast of the approval fades


def review(page: Page) -> None:
    page.goto(f"{page.url.rstrip('/')}/review")
    expect(page.get_by_text("What was measured")).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_be_visible()
    screens.settled(page)
    page.wait_for_timeout(2_000)  # the last widgets take their place


def vault(page: Page) -> None:
    page.goto(f"{page.url.rstrip('/')}/vault")
    page.get_by_role("button", name="Try it with sample documents").click()
    screens.has_read(page, "3 documents, all ready")
    screens.ask(page, "When may I water with a hose?")
    page.mouse.move(0, 0)
    page.get_by_role("heading", name="Garden handbook").click()  # no button has the focus
    page.wait_for_timeout(1_000)


def study(page: Page) -> None:
    page.goto(f"{page.url.rstrip('/')}/learning")
    page.get_by_role("button", name="Try a first study").click()
    expect(page.get_by_text("runs · done")).to_be_visible(timeout=STUDY_WITHIN_MS)
    screens.rests(page)
    page.mouse.move(0, 0)
    page.wait_for_timeout(3_000)


def learn(home: Path) -> None:
    """Lessons that wait, with what replays showed of them."""
    team = pa.purpose("Help me write Python code", model="builtin", home=home)
    for number, item in enumerate(load_suite("related_stream").tasks[:TASKS]):
        team.run(item.task, seed=number + 1)
    team.memory.test(replays=REPLAYS)
    team.engine.close()


PICTURES = {"notebook": notebook, "review": review, "vault": vault, "study": study}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pictures", nargs="*", choices=[[], *PICTURES], default=[])
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    parser.add_argument("--out", type=Path, default=ROOT / "docs")
    parser.add_argument("--width", type=int, default=1200)
    given = parser.parse_args()
    with sync_playwright() as playwright:
        program = find_browser(playwright.chromium.executable_path)
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for name in given.pictures or PICTURES:
            with tempfile.TemporaryDirectory() as folder:
                if name == "review":
                    learn(Path(folder) / "workspace")
                server = AppServer(Path(folder), {"HOME": folder}).start()
                try:
                    page = browser.new_page(viewport={"width": given.width, "height": 980}, color_scheme=given.theme)
                    page.goto(server.url)
                    PICTURES[name](page)
                    page.screenshot(path=given.out / f"{name}.png")
                finally:
                    server.stop()
        browser.close()


if __name__ == "__main__":
    main()
