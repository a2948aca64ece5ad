"""Does memory help? The related stream through `pa.purpose`, three arms on the same tasks, graded by hidden tests.

    python tests/bench/team_stream.py [--limit N] [--seed 0] [--json FILE] [--png FILE]

Arms: `on` learns and approves what the given tests confirmed; `off` never reads a lesson; `empty` reads from a memory
in which nothing was ever approved (the control for the machinery itself). Prints one JSON object: attempts and hidden
tests per arm on the tasks after the first 20, the ratio of attempts and the difference in right answers with 95 %
intervals from a paired bootstrap over tasks. `--json` keeps every task's figures, `--png` draws them (Chromium needed).
"""

import argparse
import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
from playwright.sync_api import sync_playwright

import purpose_agent as pa
from purpose_agent.evaluation.suites import Suite, grade, load_suite

WARM_UP = 20
ARMS = ("on", "off", "empty")
Arms = dict[str, list[int]]


def run_arm(arm: str, suite: Suite, home: Path, seed: int) -> tuple[list[int], list[int]]:
    team = pa.purpose("Help me write Python code", model="builtin", home=home, trust_tested_lessons=arm == "on")
    attempts, right = [], []
    for number, item in enumerate(suite.tasks):
        result = team.run(item.task, use_lessons=arm != "off", seed=seed * 10_000 + number + 1)
        attempts.append(result.usage.attempts)
        right.append(int(result.status == "done" and all_pass(result.answer, item.hidden_tests)))
    team.engine.close()
    return attempts, right


def all_pass(answer: str, hidden_tests: tuple[str, ...]) -> bool:
    report = grade(answer, hidden_tests)
    return report.passed == report.total


def interval(values: np.ndarray) -> list[float]:
    return [round(float(x), 3) for x in np.percentile(values, [2.5, 97.5])]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--png", type=Path)
    options = parser.parse_args()
    suite = load_suite("related_stream")
    if options.limit:
        suite = Suite(name=suite.name, title=suite.title, tasks=suite.tasks[: options.limit])
    tried, solved = {}, {}
    for arm in ARMS:
        with tempfile.TemporaryDirectory() as home:
            tried[arm], solved[arm] = run_arm(arm, suite, Path(home), options.seed)
    if options.json:
        options.json.write_text(json.dumps({"attempts": tried, "right": solved}), encoding="utf-8")
    if options.png:
        draw(tried, solved, options.png)
    print(json.dumps({"seed": options.seed, **compare(tried, solved)}, indent=2))


def compare(tried: Arms, solved: Arms) -> dict[str, object]:
    """The tasks after the warm-up: totals per arm, and `on` against each control."""
    attempts = {arm: np.array(tried[arm][WARM_UP:]) for arm in ARMS}
    right = {arm: np.array(solved[arm][WARM_UP:], dtype=float) for arm in ARMS}
    tasks = len(attempts["on"])
    draws = np.random.default_rng(1).integers(0, tasks, (10_000, tasks))
    report: dict[str, object] = {"tasks_after_20": tasks}
    for arm in ARMS:
        report[arm] = {"attempts": int(attempts[arm].sum()), "right": round(float(right[arm].mean()), 3)}
    for control in ("off", "empty"):
        ratios = attempts["on"][draws].sum(1) / attempts[control][draws].sum(1)
        gains = (right["on"] - right[control])[draws].mean(1)
        report[f"on_against_{control}"] = {
            "attempts_ratio": round(float(attempts["on"].sum() / attempts[control].sum()), 3),
            "attempts_ratio_95": interval(ratios),
            "more_right": round(float((right["on"] - right[control]).mean()), 3),
            "more_right_95": interval(gains),
        }
    return report


def draw(tried: Arms, solved: Arms, file: Path) -> None:
    """Programs tried, added up over the stream: memory on against memory off."""
    figure = go.Figure()
    looks = {"off": ("no memory", "#6b7280", "dash"), "on": ("approved lessons", "#0f6b6b", "solid")}
    for arm, (name, colour, dash) in looks.items():
        total = np.cumsum(tried[arm]) / 1e6
        figure.add_scatter(x=np.arange(1, len(total) + 1), y=total, line={"color": colour, "width": 3, "dash": dash})
        words = f"<b>{name}</b><br>{sum(solved[arm])} of {len(total)} right by hidden tests"
        figure.add_annotation(
            x=len(total), y=total[-1], text=words, showarrow=False, xanchor="left", xshift=8, align="left",
            font={"color": colour, "size": 15},
        )  # fmt: skip
    figure.update_layout(
        template="plotly_white", showlegend=False, width=1000, height=420, font={"family": "sans-serif", "size": 14},
        margin={"l": 70, "r": 230, "t": 20, "b": 60},
        xaxis={"title": f"task of the stream (n = {len(tried['on'])})", "range": [0, len(tried["on"]) + 1]},
        yaxis={"title": "programs tried so far, million", "rangemode": "tozero"},
    )  # fmt: skip
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        html = Path(folder) / "figure.html"
        figure.write_html(html, include_plotlyjs=True)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1000, "height": 430})
        page.goto(html.as_uri())
        page.wait_for_selector(".plotly svg text")
        page.screenshot(path=file)
        browser.close()


if __name__ == "__main__":
    main()
