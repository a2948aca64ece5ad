"""How long the page of a run with 1,000 steps takes to open in a real browser, once the server is warm.

    PYTHONPATH=engine:. python -m tests.bench.bench_run_page [--steps 1000] [--times 5]

A scripted model and critic make the run in a fresh workspace, then the real app opens that workspace. Two ways to the
page are timed by the clock: a click on the run in the list of runs, and its address in a new tab, where the browser
also loads and starts the app's own scripts. What that alone costs is told by the third figure: the list of runs, with
one row, by its address. The page stands when its title, its curve, its first page of steps and its last line are
visible; `cpu_ms` is what the server's process worked for it.
"""

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

from purpose_agent.core.orchestrator import AgentSpec, Orchestrator, RunSpec
from purpose_agent.models.scripted import ScriptedBackend
from purpose_agent.storage.workspace import Workspace
from purpose_agent.tools.calculator import CalculatorTool
from purpose_agent.tools.tool import ToolBox
from purpose_agent.types import Budget, Task
from tests.bench.bench_prompt_chars import INSTRUCTIONS, PURPOSE, call
from tests.browser.finding import find_browser
from tests.browser.screens import settled
from tests.browser.serving import AppServer

RUN_ID = "long"
TASK = "Add up the numbers, one after the other"
TARGET_MS = 1000
WITHIN_MS = 30_000


def make_run(home: Path, steps: int) -> None:
    """One finished run: sums at every step, a draft that ends it at the last."""
    ended = json.dumps({"thought": "that is all", "answer": "All sums are done.", "done": True})
    actor = ScriptedBackend([call(step) for step in range(steps - 1)] + [ended], name="scripted:actor")
    verdict = '{"phi": 5, "evidence": "result", "confidence": 0.7, "looks_like_progress": false}'
    judge = ScriptedBackend([verdict], name="scripted:judge", cycle=True)
    workspace = Workspace.open(home)
    spec = RunSpec(
        run_id=RUN_ID,
        task=Task(text=TASK),
        purpose=PURPOSE,
        agents=(AgentSpec(role="helper", instructions=INSTRUCTIONS, tools=("calculator",), answers=True),),
        budget=Budget(steps=steps, seconds=None),
    )
    orchestrator = Orchestrator(
        backend=actor, critic_backend=judge, journal=workspace.journal, toolbox=ToolBox([CalculatorTool()])
    )
    result = asyncio.run(orchestrator.run(spec))
    assert (result.status, result.steps) == ("done", steps), result
    workspace.close()


def run_stands(page: Page, steps: int) -> None:
    for shown in (
        page.get_by_role("heading", name=TASK),
        page.get_by_test_id("stPlotlyChart").locator(".main-svg").first,
        page.get_by_role("heading", name=f"Steps ({steps:,})"),
        page.locator(f".st-key-runs_step_{RUN_ID}_0"),
        page.locator(f".st-key-runs_events_{RUN_ID}"),
    ):
        shown.wait_for(state="visible", timeout=WITHIN_MS)


def list_stands(page: Page) -> None:
    page.get_by_role("link", name=TASK).wait_for(state="visible", timeout=WITHIN_MS)


def by_click(browser: Browser, url: str, stands: Callable[[Page], None]) -> Callable[[], float]:
    """From the list of runs; gives the ms of one opening."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})

    def once() -> float:
        page.goto(f"{url}/runs")
        list_stands(page)
        settled(page)
        began = time.perf_counter()
        page.get_by_role("link", name=TASK).click()
        stands(page)
        return (time.perf_counter() - began) * 1000

    return once


def by_address(browser: Browser, address: str, stands: Callable[[Page], None]) -> Callable[[], float]:
    """In a new tab; gives the ms of one opening."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})

    def once() -> float:
        page = context.new_page()
        began = time.perf_counter()
        page.goto(address, wait_until="commit")
        stands(page)
        taken = (time.perf_counter() - began) * 1000
        settled(page)
        page.close()
        return taken

    return once


def measure(once: Callable[[], float], times: int, server: AppServer) -> dict[str, object]:
    """The first opening warms up and does not count."""
    once()
    taken, worked = [], []
    for _ in range(times):
        before = _cpu_ms(server)
        taken.append(once())
        worked.append(_cpu_ms(server) - before)
    return {
        "median_ms": round(statistics.median(taken)),
        "all_ms": [round(one) for one in taken],
        "cpu_ms": round(statistics.median(worked)),
    }


def all_ways(browser: Browser, server: AppServer, steps: int, times: int) -> dict[str, object]:
    stands = partial(run_stands, steps=steps)
    ways = {
        "click": by_click(browser, server.url, stands),
        "address": by_address(browser, f"{server.url}/runs?run={RUN_ID}", stands),
        "list_by_address": by_address(browser, f"{server.url}/runs", list_stands),
    }
    return {name: measure(once, times, server) for name, once in ways.items()}


def _cpu_ms(server: AppServer) -> float:
    assert server.process is not None
    used = psutil.Process(server.process.pid).cpu_times()
    return float(used.user + used.system) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--times", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = AppServer(Path(folder))
        make_run(server.workspace, given.steps)
        server.start()
        try:
            with sync_playwright() as playwright:
                arguments = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
                program = find_browser(playwright.chromium.executable_path)
                browser = playwright.chromium.launch(executable_path=program, args=arguments)
                figures = all_ways(browser, server, given.steps, given.times)
                browser.close()
        finally:
            server.stop()
    print(json.dumps({"steps": given.steps, **figures, "target_ms": TARGET_MS, "load": os.getloadavg()[0]}, indent=2))


if __name__ == "__main__":
    main()
