"""Did it learn? A study from its first click to its verdict, through a power cut, read with eyes, ears and keyboard."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Locator, Page, expect

from purpose_agent.evaluation.suites import load_suite
from purpose_agent.storage.workspace import Workspace
from purpose_agent.teams.requests import RunRequest, of_suite
from purpose_agent.teams.service import Engine
from tests.browser import screens
from tests.browser.conftest import VIEWPORTS, OpenPage
from tests.browser.serving import AppServer
from tests.browser.test_journeys import looks_right

STUDY_WITHIN_MS = 400_000


def verdict(page: Page) -> Locator:
    return page.locator(".pa-verdict")


@pytest.fixture
def small_suite(server: AppServer) -> None:
    """Twelve related tasks, as a person's own suite, so that a study of it takes seconds."""
    engine = Engine(Workspace.open(server.workspace))
    suite = load_suite("related_stream")
    engine.suites.keep(type(suite)(name="twelve", title="Twelve tasks", tasks=suite.tasks[:12]))
    engine.close()


@pytest.mark.usefixtures("small_suite")
def test_a_study_survives_a_power_cut_and_says_what_it_found(server: AppServer, open_page: OpenPage) -> None:
    page = open_page(path="learning")
    expect(page.get_by_text("Does the memory help, or does it only look so?")).to_be_visible()
    looks_right(page, "light")
    page.get_by_role("button", name="Make a study of my own").click()
    expect(page.get_by_text(re.compile(r"^144 runs\."))).to_be_visible()
    page.get_by_role("combobox", name="Unrelated tasks, to see that nothing falls there").click()
    page.get_by_role("option", name="none").click()
    expect(page.get_by_text(re.compile(r"^48 runs\."))).to_be_visible()
    screens.settled(page)
    page.get_by_role("button", name="Agree and start").click()
    expect(page).to_have_url(re.compile("study="))
    address = page.url.partition("?")[2]
    expect(page.get_by_text(re.compile(r"^1?\d of 48 runs"))).to_be_visible(timeout=60_000)
    server.kill()
    server.start()
    told = told_after_going_on(open_page(path=f"learning?{address}"))
    assert told.startswith("Not enough data: the 12 tasks agreed are done"), told
    agrees_with_the_hidden_tests(server.workspace, told)


def told_after_going_on(page: Page) -> str:
    """The verdict of a study whose process died, once it went on to its end; a reload stops nothing."""
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.reload()
    expect(page.get_by_text(re.compile("runs · done"))).to_be_visible(timeout=STUDY_WITHIN_MS)
    screens.rests(page)
    looks_right(page, "light")
    told = verdict(page).inner_text()
    page.get_by_text("What it took").click()
    expect(page.get_by_text(re.compile("^(The|Whether the) lessons .* on the tasks that decide"))).to_be_visible()
    page.get_by_text("All comparisons").click()
    expect(page.locator(".pa-table b").first).to_have_text(re.compile(f"^{told.partition(':')[0]}: "))
    page.get_by_role("link", name="All studies").click()
    expect(page.locator(".pa-sentence", has_text=told)).to_be_visible()
    return told


def agrees_with_the_hidden_tests(home: Path, told: str) -> None:
    """The share that the page tells is the difference of what each run's hidden tests say, worked out by hand."""
    engine = Engine(Workspace.open(home))
    try:
        (plan,) = engine.studies.list()
        solved: dict[str, list[bool]] = {"lessons": [], "empty": []}
        for outcome in engine.studies.outcomes(plan.study_id):
            if outcome.part == "transfer" and outcome.arm in solved:
                grade = engine.grade(outcome.run_id)
                solved[outcome.arm].append(grade is not None and grade[0] == grade[1])
    finally:
        engine.close()
    n = min(map(len, solved.values()))
    points = 100 * (sum(solved["lessons"][:n]) - sum(solved["empty"][:n])) / n
    assert ("solved the same" if points == 0 else f"{points:.0f} points higher") in told
    assert f"{n} tasks" in told


@pytest.fixture
def study_id(server: AppServer) -> str:
    """A small study that a script did beside the app."""
    engine = Engine(Workspace.open(server.workspace))
    suite = load_suite("related_stream")
    unrelated = load_suite("unrelated")
    plan = engine.studies.plan(
        type(suite)(name=suite.name, title="Six tasks, and two others", tasks=suite.tasks[:6]),
        unrelated=type(suite)(name=unrelated.name, title=unrelated.title, tasks=unrelated.tasks[:2]),
        purpose="Help me write Python code", model="builtin", passes=2,
    )  # fmt: skip
    engine.jobs.wait(engine.studies.submit(plan).job_id, 120)
    engine.close()
    return plan.study_id


def test_a_study_is_read_in_light_and_dark_wide_and_narrow(open_page: OpenPage, study_id: str, tmp_path: Path) -> None:
    for width, theme in VIEWPORTS:
        page = open_page(path=f"learning?study={study_id}", width=width, theme=theme)
        expect(verdict(page)).to_contain_text("Not enough data: the 6 tasks agreed are done, but so few show")
        expect(page.locator(".js-plotly-plot .scatterlayer .trace").first).to_be_visible()
        looks_right(page, theme)
        for arm in ("lessons", "raw episodes", "empty memory", "no memory"):
            name = page.locator(".js-plotly-plot .annotation-text", has_text=arm).first
            name.scroll_into_view_if_needed()
            expect(name).to_be_in_viewport(ratio=1)
        told = page.locator("[aria-label^='Solved, new tasks: no memory ']")
        expect(told).to_have_attribute("aria-label", re.compile("approved lessons .* Not enough data"))
    the_three_kinds_of_task_are_three_curves_and_stay_after_a_reload(page)
    the_report_stands_alone_and_becomes_a_pdf(page, tmp_path)


def the_report_stands_alone_and_becomes_a_pdf(page: Page, folder: Path) -> None:
    page.get_by_text("Report and data").click()
    screens.settled(page)
    with page.expect_download() as started:
        page.get_by_role("button", name="Report (.html)").click()
    started.value.save_as(folder / "report.html")
    with page.expect_download() as started:
        page.get_by_role("button", name="All of it (.zip)").click()
    started.value.save_as(folder / "all.zip")
    with zipfile.ZipFile(folder / "all.zip") as archive:
        archive.extractall(folder)
    done = subprocess.run([sys.executable, "recompute.py"], cwd=folder / "study", check=False, timeout=120)
    assert done.returncode == 0
    browser = page.context.browser
    assert browser is not None
    for width, theme in VIEWPORTS[:2]:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if theme == "dark" else "light", offline=True
        )
        paper = context.new_page()
        asked: list[str] = []
        paper.on("request", lambda request, asked=asked: asked.append(request.url))
        paper.goto((folder / "report.html").as_uri())
        expect(paper.locator(".verdict")).to_contain_text("Not enough data: the 6 tasks agreed are done")
        assert paper.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
        assert len(asked) == 1
        printed = paper.pdf()
        assert printed.startswith(b"%PDF-")
        text = "".join(p.get_textpage().get_text_range() for p in pypdfium2.PdfDocument(printed))
        assert "What it rests on" in text
        context.close()


def the_three_kinds_of_task_are_three_curves_and_stay_after_a_reload(page: Page) -> None:
    for name, told in (
        ("The same again", "Tasks that came round again"),
        ("Unrelated tasks", "Tasks that have nothing to do with the others"),
    ):
        page.get_by_role("radio", name=name).click()
        expect(page.get_by_text(re.compile(f"^{told}"))).to_be_visible()
    page.reload()
    expect(page.get_by_text(re.compile("^Tasks that have nothing to do with the others"))).to_be_visible()
    expect(page.get_by_text(re.compile("^n = 2 tasks for each arm"))).to_be_visible()


def test_a_study_is_made_at_the_keyboard_and_paused(open_page: OpenPage) -> None:
    page = open_page(path="learning?new=study")
    expect(page.get_by_text(re.compile(r"^312 runs\."))).to_be_visible()
    screens.settled(page)
    screens.tab_to(page, "Agree and start")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("study="))
    expect(page.get_by_text(re.compile(r"^\d+ of 312 runs"))).to_be_visible()
    screens.settled(page)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    page.get_by_text("What it rests on").click()
    page.get_by_role("button", name="Remove this study").click()
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("was removed.")).to_be_visible()
    expect(page.get_by_role("button", name="Try a first study")).to_be_visible()


@pytest.fixture
def worked(server: AppServer) -> None:
    """A few runs and a lesson, made by a script beside the app."""
    engine = Engine(Workspace.open(server.workspace))
    suite = load_suite("related_stream")
    few = [
        of_suite(RunRequest(purpose="Help me write Python code", task=item.task, model="builtin"), item)
        for item in suite.tasks[:8]
    ]
    engine.jobs.wait(engine.submit_batch(few, suite.title).job_id, 60)
    engine.lessons.teach("Keep names short.")
    engine.close()


@pytest.mark.usefixtures("worked")
def test_daily_work_and_questions_in_sql_are_shown_in_every_light(open_page: OpenPage) -> None:
    for width, theme in VIEWPORTS[:2]:
        page = open_page(path="learning?view=live", width=width, theme=theme)
        expect(verdict(page)).to_contain_text("No lesson has been left out by chance yet")
        expect(page.locator("[aria-label^='Solved over 8 runs']")).to_be_visible()
        expect(page.locator(".js-plotly-plot .scatterlayer .point").first).to_be_visible()
        looks_right(page, theme)
        page.get_by_text("What changed along the way").click()
        expect(
            page.get_by_role("link", name=re.compile("after run 8 .* “Keep names short.” was put in use"))
        ).to_be_visible()

        page.get_by_role("radio", name="Ask the data").click()
        page.get_by_role("button", name="Take it").click()
        expect(page.get_by_text(re.compile("^1 row in"))).to_be_visible()
        page.get_by_label("Your question (SQL)").fill("SELECT task_kind, avg(attempts) AS tries FROM runs GROUP BY ALL")
        screens.settled(page)
        page.get_by_role("button", name="Ask", exact=True).click()
        expect(page.get_by_text(re.compile(r"^[2-9] rows in"))).to_be_visible()  # not the answer before
        screens.settled(page)
        page.get_by_role("radio", name="Bars").click()
        expect(page.locator(".js-plotly-plot .barlayer .trace").first).to_be_visible()
        looks_right(page, theme)
