"""The Learning page over a large workspace: 1,000,000 steps of generated runs, on the engine and in a real browser.

    python -m tests.bench.bench_learning [--steps 1000000] [--browser] [--keep FOLDER]

The workspace is GENERATED, and labelled so: rows are written straight into the trajectories and the record of credit,
since no model could do so many runs here. Prints seconds for each question, cold and warm, a change of a filter, and
the memory of the process.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from playwright.sync_api import Locator, Page, expect, sync_playwright

from purpose_agent.evaluation.live.records import Which
from purpose_agent.storage.workspace import Workspace
from purpose_agent.teams.service import Engine
from tests.browser import screens
from tests.browser.finding import find_browser
from tests.browser.serving import AppServer

if TYPE_CHECKING:
    import duckdb

STEPS_A_RUN = 8
LESSONS = 40
KINDS = ("code", "writing", "research", "answers")
MODELS = ("generated:small", "generated:large")


def fill(home: Path, steps: int) -> int:
    """The number of runs."""
    runs = steps // STEPS_A_RUN
    engine = Engine(Workspace.open(home))
    lessons = [engine.memory.teach(f"Generated lesson number {n}: keep to rule {n}.").card_id for n in range(LESSONS)]
    engine.workspace.trajectories().settle()
    engine.workspace.trajectories().write(lambda db: _write_runs(db, runs))
    _write_credits(engine, runs, lessons)
    engine.close()
    return runs


def _write_runs(db: "duckdb.DuckDBPyConnection", runs: int) -> None:
    kind = f"list_value{KINDS}[1 + n % {len(KINDS)}]"
    model = f"list_value{MODELS}[1 + (n // 7) % {len(MODELS)}]"
    began = "TIMESTAMP '2026-01-01' + n * INTERVAL 2 MINUTE"
    db.execute(
        f"""
        INSERT INTO runs SELECT
            'generated-' || n, 'generated-' || n % 20, '', '', 'team ' || n % 5, 'GENERATED task ' || n, {model},
            'done', 3 + 7 * random(), 'given_tests', 3, 4, {STEPS_A_RUN}, {began}, {began}, random() * 20,
            (random() * 4000)::BIGINT, 0.001, 0, 3, 0, 'train', {kind}, '', '', 'GENERATED answer', ''
        FROM range(?) AS rows(n)
        """,
        [runs],
    )
    db.execute(
        f"""
        INSERT INTO steps SELECT
            'generated-' || n // {STEPS_A_RUN}, n % {STEPS_A_RUN}, 'coder', 'python', '{{}}', 'GENERATED', '{{}}', '[]',
            '', 10 * random(), 'given_tests', '', (random() * 500)::BIGINT, 0.0001, 0
        FROM range(?) AS rows(n)
        """,
        [runs * STEPS_A_RUN],
    )
    db.execute(
        """
        INSERT INTO scores SELECT run_id, 0, 0, phi, tier, 0.9, 0.0, passed, total, '', '[]', '' FROM runs
        """
    )


def _write_credits(engine: Engine, runs: int, lessons: list[str]) -> None:
    draw, began = random.Random(5), datetime(2026, 1, 1, tzinfo=UTC)

    def rows():  # type: ignore[no-untyped-def]
        for n in range(runs):
            shown = draw.sample(lessons, 3)
            left_out = draw.choice(shown) if draw.random() < 0.1 else ""
            success, at = int(draw.random() < 0.5), (began + timedelta(minutes=2 * n)).isoformat()
            kind = KINDS[n % len(KINDS)]
            yield f"generated-{n}", "", kind, 0, 0, 0.0, success, at
            for card in shown:
                yield (
                    f"generated-{n}",
                    f"{card}@1",
                    kind,
                    int(card != left_out),
                    int(card == left_out),
                    0.1 / 3,
                    success,
                    at,
                )

    with engine.workspace.journal.write() as db:
        db.executemany(
            "INSERT INTO credits"
            " (run_id, card_id, task_kind, in_prompt, withheld, exploring, chance, success, at, source)"
            " VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, 'live')",
            rows(),
        )


def timed(name: str, ask: Callable[[], object]) -> None:
    began = time.perf_counter()
    ask()
    print(f"{name:<58}{time.perf_counter() - began:8.3f} s")


def measure(home: Path) -> None:
    engine = Engine(Workspace.open(home))
    store, learning = engine.workspace.trajectories(), engine.learning
    timed("open and settle", store.settle)
    timed("what filters can be set to", learning.choices)
    timed("all findings, cold", learning.findings)
    timed("all findings, warm", learning.findings)
    for which in (
        Which(task_kind="code"), Which(model=MODELS[0]), Which(team="team 3"), Which(notebook_id="generated-7"),
        Which(since=datetime(2026, 3, 1, tzinfo=UTC)), Which(team="team 3", model=MODELS[1], task_kind="code"),
    ):  # fmt: skip
        timed(f"another filter: {which.team or which.model or which.task_kind or which.notebook_id or 'since'}",
              lambda which=which: learning.findings(which))  # fmt: skip
    timed("sum of all steps by tool", lambda: store.sql("SELECT tool, count(*), sum(tokens) FROM steps GROUP BY ALL"))
    timed("mean Φ by week", lambda: store.sql("SELECT date_trunc('week', started_at), avg(phi) FROM runs GROUP BY ALL"))
    print(f"{'memory of this process':<58}{psutil.Process().memory_info().rss / 2**20:8.0f} MB")
    engine.close()


def in_the_browser(folder: Path) -> None:
    """The same as a person meets it. `folder` holds the workspace."""
    expect.set_options(timeout=60_000)
    server = AppServer(folder).start()
    try:
        with sync_playwright() as playwright:
            program = find_browser(playwright.chromium.executable_path)
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            for name in ("the page, by its address, cold", "the page, by its address, warm"):
                timed(name, lambda: _shown(page, f"{server.url}/learning?view=live"))
            page.get_by_role("radio", name="Studies").click()
            expect(page.get_by_text("Does the memory help")).to_be_visible()
            screens.settled(page)
            timed("from another view by a click, warm", lambda: _pressed(page))
            for kind in KINDS[:3]:
                before = page.locator(".pa-verdict").inner_text()
                page.get_by_role("combobox", name="Kind of task").click()
                option = page.get_by_role("option", name=kind, exact=True)
                expect(option).to_be_visible()
                screens.settled(page)
                timed(
                    f"another kind of task: {kind}", lambda option=option, before=before: _chosen(page, option, before)
                )
            assert server.process is not None
            rss = psutil.Process(server.process.pid).memory_info().rss
            print(f"{'memory of the server':<58}{rss / 2**20:8.0f} MB")
            browser.close()
    finally:
        server.stop()


def _shown(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator(".js-plotly-plot .scatterlayer .point").first).to_be_visible()


def _pressed(page: Page) -> None:
    page.get_by_role("radio", name="Daily work").click()
    expect(page.locator(".js-plotly-plot .scatterlayer .point").first).to_be_visible()


def _chosen(page: Page, option: Locator, before: str) -> None:
    """From the press to the sentence of the new choice; each kind has a fourth of the runs."""
    option.click()
    expect(page.locator(".pa-verdict")).not_to_have_text(before)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--browser", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = asked.keep or Path(folder)
        home = place / "workspace"
        if not (home / "journal.sqlite").exists():
            began = time.perf_counter()
            runs = fill(home, asked.steps)
            print(f"GENERATED {runs:,} runs with {runs * STEPS_A_RUN:,} steps in {time.perf_counter() - began:.0f} s")
        measure(home)
        if asked.browser:
            in_the_browser(place)


if __name__ == "__main__":
    main()
