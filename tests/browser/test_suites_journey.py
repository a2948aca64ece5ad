"""Suites as a person makes, changes and loses them, and answers decided at the keyboard, through a power cut."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from purpose_agent.evaluation.checks.records import ByPerson
from purpose_agent.evaluation.suite_records import TaskRow, suite_of
from purpose_agent.storage.workspace import Workspace
from purpose_agent.teams.service import Engine
from tests.browser import screens
from tests.browser.conftest import VIEWPORTS, OpenPage
from tests.browser.serving import AppServer
from tests.browser.test_journeys import looks_right

FAULTY = "text,answer,check\nCapital of France?,Paris,\n,Rome,\nA note?,,\n"
QUIZ = "text,answer,check,family\n" + "".join(
    f"Which number comes after {n}?,{n + 1},,{'even' if n % 2 else 'odd'}\n" for n in range(24)
)


def give(page: Page, file: Path, text: str) -> None:
    file.write_text(text)
    page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(file)


def opened(page: Page, title: str) -> None:
    expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    screens.settled(page)


def test_a_file_becomes_a_suite_with_versions_that_is_renamed_deleted_and_brought_back(
    open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page(path="learning?view=suites")
    expect(page.get_by_text("A suite is a set of tasks, each with what decides")).to_be_visible()
    looks_right(page, "light")
    page.get_by_role("button", name="From a file").click()
    give(page, tmp_path / "quiz.csv", FAULTY)
    expect(page.get_by_text("Row 2 of quiz.csv has no text. 1 more row cannot be used either.")).to_be_visible()
    page.get_by_text("Show details").click()
    expect(page.get_by_text("Row 3 of quiz.csv has no answer, so it could not be checked.")).to_be_visible()
    give(page, tmp_path / "quiz.csv", QUIZ)
    expect(
        page.get_by_text(re.compile("^Read as a table. 24 tasks in 2 families, checked by a number"))
    ).to_be_visible()
    page.get_by_role("textbox", name="Name").fill("Counting")
    page.get_by_role("textbox", name="Name").press("Enter")
    page.get_by_role("button", name="Keep 24 tasks").click()
    opened(page, "Counting")
    first = version(page)

    page.reload()
    opened(page, "Counting")
    expect(page.get_by_text("The number that the answer ends on is 1.")).to_be_visible()
    page.get_by_text("1. Which number comes after 0?").click()
    page.get_by_role("button", name="Take this task out").click()
    expect(page.get_by_text("Taken out: row-1.")).to_be_visible()
    assert version(page) != first
    page.get_by_text("2 versions", exact=True).click()
    page.get_by_role("link", name=re.compile(f"^{first}")).click()
    expect(page.get_by_text("This is an earlier version.")).to_be_visible()
    page.get_by_role("link", name=re.compile("^To the newest version")).click()
    expect(page.get_by_text("This is an earlier version.")).to_have_count(0)

    screens.settled(page)
    page.get_by_role("button", name="Rename, copy, save, delete").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("What comes next")
    page.get_by_role("button", name="Rename", exact=True).click()
    opened(page, "What comes next")
    page.get_by_role("button", name="Rename, copy, save, delete").click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as a file (.json)").click()
    assert '"What comes next"' in Path(saved.value.path()).read_text()
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_text("What comes next is deleted.")).to_be_visible()
    expect(screens.keyed(page, "suites_try")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("link", name="What comes next").click()
    opened(page, "What comes next")
    expect(page.get_by_text("2 versions", exact=True)).to_be_visible()
    page.get_by_role("button", name="Measure with it").click()
    expect(page.get_by_text(re.compile(r"^188 runs\."))).to_be_visible()  # its 23 tasks and 24 unrelated, four arms


def version(page: Page) -> str:
    """The short version that stands below the title."""
    line = page.get_by_text(re.compile(r"version [0-9a-f]{12} · kept")).first.inner_text()
    found = re.search("version ([0-9a-f]{12})", line)
    assert found is not None
    return found[1]


def test_cells_of_a_notebook_become_a_suite(open_page: OpenPage) -> None:
    page = open_page()
    screens.start_notebook(page, "Help me write Python code")
    screens.add_task(page, "Write a function double(n) that doubles n.", "double(2) -> 4\ndouble(5) -> 10")
    screens.has_run(screens.cells(page).nth(0), 1)
    screens.add_task(page, "Write a function triple(n) that triples n.")
    screens.has_run(screens.cells(page).nth(1), 1)
    screens.rests(page)
    screens.keyed(page, "notebook_menu").get_by_role("button").first.click()
    page.get_by_text("Keep cells as a suite").click()
    opened(page, "A suite from a notebook")
    expect(page.get_by_text("Left out, since nothing checks them: 1 task.")).to_be_visible()
    page.get_by_role("combobox", name="Checked by").click()
    page.get_by_role("option", name="Checked by me").click()
    expect(page.get_by_text(re.compile(r"^2 tasks; checked by hidden tests \(1\), a person \(1\)"))).to_be_visible()
    page.get_by_role("button", name="Keep 2 tasks").click()
    expect(page).to_have_url(re.compile("suite="))
    expect(page.get_by_text("1 task waits for your word after each run.")).to_have_count(1)  # the preview has gone


@pytest.fixture
def waiting(server: AppServer) -> str:
    """A study whose answers a person has to check, done by a script beside the app; its id."""
    engine = Engine(Workspace.open(server.workspace))
    suite = suite_of(
        [
            TaskRow(
                task_id=name,
                text=f"Write a function {name}(n), which gives {n} times n.",
                tests=(f"assert {name}(1) == {n}", f"assert {name}(3) == {3 * n}"),
                check=ByPerson(look_for="It is short."),
            )
            for name, n in (("double", 2), ("triple", 3), ("fourfold", 4))
        ],
        name="times",
    )
    plan = engine.studies.plan(suite, purpose="Help me write Python code", model="builtin", arms=("none", "lessons"))
    engine.jobs.wait(engine.studies.submit(plan).job_id, 120)
    engine.close()
    return plan.study_id


def test_answers_are_decided_at_the_keyboard_and_nothing_is_lost_in_a_power_cut(
    open_page: OpenPage, server: AppServer, waiting: str
) -> None:
    page = open_page(path="learning?view=suites")
    expect(page.get_by_text("3 answers wait for your word.")).to_be_visible()
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text(re.compile(r"^3 answers to go, from 6 runs\."))).to_be_visible()
    looks_right(page, "light")
    told = page.content()
    assert waiting not in told
    assert "study-" not in told
    asked = task(page)
    decide(page, "1", "2 answers to go")
    expect(page.get_by_text("You said right of 2 runs.")).to_be_visible()
    expect(page.locator(".pa-grading-head")).to_be_focused()
    assert task(page) != asked
    decide(page, "u", "3 answers to go")
    assert task(page) == asked
    decide(page, "1", "2 answers to go")
    server.kill()
    server.start()
    page = open_page(path="learning?view=suites&answers=waiting")
    expect(page.get_by_text(re.compile(r"^2 answers to go"))).to_be_visible(timeout=60_000)
    expect(page.get_by_text("You said right of 2 runs.")).to_be_visible()
    decide(page, "2", "1 answer to go")
    decide(page, "3", "What a study shows follows your words. Only those that you put aside are left.")
    page.get_by_text("Put aside (1)").click()
    decide(page, "Wrong", "You said wrong of 2 runs.")
    expect(page.get_by_role("heading", name="No answer waits for you")).to_be_visible()
    assert solved(server.workspace, waiting) == [False] * 4 + [True] * 2


def decide(page: Page, what: str, told: str) -> None:
    """Press a key, or the button of this name, until the page says so.

    A connection that broke off on a machine with too much to do takes a press with it; the page then shows the same
    answer as before, and a person presses again.
    """
    for within_ms in (5_000, 10_000, 20_000):
        screens.settled(page)
        if len(what) == 1:
            page.keyboard.press(what)
        else:
            page.get_by_role("button", name=what).click()
        try:
            expect(page.get_by_text(re.compile(f"^{re.escape(told)}"))).to_be_visible(timeout=within_ms)
        except AssertionError:
            if within_ms == 20_000:
                raise
        else:
            return


def task(page: Page) -> str:
    screens.settled(page)
    return screens.keyed(page, "grading_card").get_by_text(re.compile("^Write a function ")).inner_text()


def solved(home: Path, study_id: str) -> list[bool]:
    engine = Engine(Workspace.open(home))
    try:
        return sorted(bool(outcome.right) for outcome in engine.studies.outcomes(study_id))
    finally:
        engine.close()


@pytest.mark.usefixtures("waiting")
def test_suites_and_answers_are_read_in_light_and_dark_wide_and_narrow(open_page: OpenPage) -> None:
    for width, theme in VIEWPORTS:
        page = open_page(path="learning?view=suites", width=width, theme=theme)
        expect(page.get_by_role("link", name=re.compile("^A stream of related tasks"))).to_be_visible()
        looks_right(page, theme)
        for path, told in (
            ("suite=related_stream", "6 hidden tests, run after the answer, pass."),
            ("make=file", "What a table may hold"),
            ("answers=waiting", "You decide. Look for this: It is short."),
        ):
            page.goto(f"{page.url.partition('?')[0]}?view=suites&{path}")
            expect(page.get_by_text(told).first).to_be_visible()
            looks_right(page, theme)
