"""Whole ways through the app, as a person walks them, in a real browser and on the real server."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect

from purpose_agent.storage.workspace import Workspace
from purpose_agent.teams.requests import RunRequest
from purpose_agent.teams.service import Engine
from purpose_agent.types import Task
from tests.browser import screens
from tests.browser.conftest import VIEWPORTS, OpenPage, Recorder
from tests.browser.serving import AppServer
from tests.fake_ollama import FakeOllama

FIBONACCI = "Write a function fibonacci(n) that returns the n-th Fibonacci number."
CHECKS = "\n".join(f"fibonacci({n}) -> {value}" for n, value in ((0, 0), (1, 1), (2, 1), (5, 5), (10, 55)))
ALL_TESTS = re.compile(r"checked by your tests · (\d+) of \1")
PROGRAM = """def fibonacci(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a"""
ANSWER = json.dumps({"thought": "", "answer": PROGRAM, "done": True})


@pytest.fixture
def slow_model() -> Iterator[FakeOllama]:
    """A model that thinks until it is told to answer."""
    with FakeOllama(ANSWER) as model:
        model.held.set()
        yield model


@pytest.fixture
def server_environment(request: pytest.FixtureRequest) -> dict[str, str]:
    """Tests that ask for the slow model get an app that finds it; the others an app with no model at all."""
    if "slow_model" not in request.fixturenames:
        return {}
    model: FakeOllama = request.getfixturevalue("slow_model")
    return {"OLLAMA_HOST": model.url}


def test_a_newcomer_gets_a_first_result_with_one_click(open_page: OpenPage) -> None:
    page = open_page()
    screens.start_sample(page, "first_steps")
    first = screens.cells(page).nth(1)
    screens.has_run(first, 1)
    expect(first).to_contain_text("def fibonacci")
    expect(screens.score_of(first)).to_have_text("Φ 10")
    expect(first).to_contain_text(ALL_TESTS)


def test_all_cells_of_a_sample_run_and_are_found_again_after_a_reload(open_page: OpenPage) -> None:
    page = open_page()
    screens.start_sample(page, "first_steps")
    screens.has_run(screens.cells(page).nth(1), 1)
    page.get_by_role("button", name="Run all").click()
    for place, name in ((1, "fibonacci"), (2, "fizzbuzz"), (3, "factorial")):
        cell = screens.cells(page).nth(place)
        screens.has_run(cell, 2 if place == 1 else 1)
        expect(screens.score_of(cell)).to_have_text("Φ 10")
        expect(cell).to_contain_text(f"def {name}")
    page.reload()
    expect(screens.cells(page).nth(3)).to_contain_text("def factorial")


def test_an_approved_lesson_is_used_by_the_next_run(open_page: OpenPage) -> None:
    page = open_page()
    screens.start_notebook(page, "Help me write Python code")
    screens.add_task(page, FIBONACCI, CHECKS)
    cell = screens.cells(page).first
    screens.has_run(cell, 1)
    lesson = screens.approve_lesson(cell)
    for run in range(2, 7):  # one run in ten leaves a lesson out on purpose, and says so
        screens.run_again(cell)
        screens.has_run(cell, run)
        expect(cell.get_by_text(re.compile("used 1 lesson|left out on purpose")).first).to_be_visible()
        if cell.get_by_text("used 1 lesson").count():
            break
    cell.get_by_text("used 1 lesson").click()
    expect(cell.get_by_text(lesson).first).to_be_visible()
    expect(cell.locator(".pa-spark")).to_be_visible()


def test_a_first_lesson_is_reached_with_the_keyboard_alone(open_page: OpenPage) -> None:
    page = open_page()
    screens.settled(page)
    screens.tab_to(page, "What should your team help you with?")
    page.keyboard.type("Help me write Python code")
    screens.tab_to(page, "Start")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("notebook="))
    screens.settled(page)
    screens.tab_to(page, "What should the team do?")
    page.keyboard.type(FIBONACCI)
    screens.tab_to(page, "Checks")
    page.keyboard.press("Enter")
    screens.tab_to(page, "Checks")
    page.keyboard.type(CHECKS)
    page.keyboard.press("Control+Enter")
    cell = screens.cells(page).first
    screens.has_run(cell, 1)
    screens.settled(page)
    screens.tab_to(page, "Approve", exact=True)
    page.keyboard.press("Enter")
    expect(cell.get_by_role("button", name="Turn down")).to_have_count(0)
    expect(page.get_by_text("1 in use")).to_be_visible()


def test_a_menu_opened_by_a_key_takes_the_focus_and_gives_it_back(open_page: OpenPage) -> None:
    page = open_page()
    screens.start_notebook(page, "Help me write Python code")
    screens.settled(page)
    opener = screens.keyed(page, "notebook_settings").get_by_role("button").first
    opener.press("Enter")
    expect(page.get_by_role("textbox", name="Title")).to_be_focused()
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()


def test_a_run_survives_a_reload_is_stopped_and_resumed(open_page: OpenPage, slow_model: FakeOllama) -> None:
    page = open_page()
    screens.start_notebook(page, "Help me write Python code")
    screens.add_task(page, FIBONACCI, CHECKS)
    cell = screens.cells(page).first
    expect(cell.get_by_role("button", name="Stop")).to_be_visible()
    page.reload()
    expect(cell.get_by_role("button", name="Stop")).to_be_visible()
    screens.stop(cell)
    expect(cell).to_contain_text("Stopped.")
    slow_model.held.clear()
    screens.resume(cell)
    screens.has_run(cell, 1)
    expect(cell).to_contain_text("def fibonacci")
    expect(screens.score_of(cell)).to_have_text("Φ 10")


def test_a_run_whose_process_was_killed_says_so_and_is_resumed(
    open_page: OpenPage, server: AppServer, slow_model: FakeOllama
) -> None:
    page = open_page()
    screens.start_notebook(page, "Help me write Python code")
    screens.add_task(page, FIBONACCI, CHECKS)
    cell = screens.cells(page).first
    expect(cell.get_by_role("button", name="Stop")).to_be_visible()
    server.kill()
    server.start()
    slow_model.held.clear()
    page.reload()
    expect(cell).to_contain_text("Interrupted.")
    screens.resume(cell)
    screens.has_run(cell, 1)
    expect(cell).to_contain_text("def fibonacci")


def test_a_second_browser_sees_the_same_run(open_page: OpenPage, slow_model: FakeOllama) -> None:
    mine = open_page()
    screens.start_notebook(mine, "Help me write Python code")
    screens.add_task(mine, FIBONACCI, CHECKS)
    expect(screens.cells(mine).first.get_by_role("button", name="Stop")).to_be_visible()
    theirs = open_page()
    expect(screens.cells(theirs).first.get_by_role("button", name="Stop")).to_be_visible()
    slow_model.held.clear()
    for page in (mine, theirs):
        screens.has_run(screens.cells(page).first, 1)
        expect(screens.cells(page).first).to_contain_text("def fibonacci")


def test_a_notebook_goes_out_as_a_file_and_comes_back_whole(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page()
    screens.start_sample(page, "first_steps")
    screens.has_run(screens.cells(page).nth(1), 1)
    file = tmp_path / "saved.ipynb"
    screens.export(page, "ipynb").save_as(file)
    notebook = nbformat.read(file, as_version=4)
    nbformat.validate(notebook)
    assert any("def fibonacci" in cell.source for cell in notebook.cells)
    screens.import_notebook(page, file)
    expect(page.get_by_role("heading", name="Three small programs")).to_be_visible()
    expect(screens.cells(page)).to_have_count(4)
    expect(screens.cells(page).nth(1)).to_contain_text("def fibonacci")


@pytest.mark.parametrize("form", ["md", "html"])
def test_a_notebook_is_saved_for_readers(open_page: OpenPage, tmp_path: Path, form: str) -> None:
    page = open_page()
    screens.start_sample(page, "first_steps")
    screens.has_run(screens.cells(page).nth(1), 1)
    file = tmp_path / f"saved.{form}"
    screens.export(page, form).save_as(file)
    text = file.read_text()
    assert "fibonacci" in text
    assert "checked by your tests" in text
    assert "src=" not in text


def test_a_run_is_looked_into_step_by_step(open_page: OpenPage) -> None:
    page = open_page()
    screens.start_sample(page, "first_steps")
    screens.has_run(screens.cells(page).nth(1), 1)
    screens.go_to(page, "Runs")
    page.get_by_role("link", name="fibonacci").first.click()
    expect(page.get_by_text(ALL_TESTS).first).to_be_visible()
    page.locator("[class*='st-key-runs_step_'] summary").first.click()
    expect(page.get_by_text("What it changed")).to_be_visible()
    page.get_by_text("What was sent for the agent").first.click()
    expect(page.locator(".pa-prompt").first).to_contain_text("# Task")


def test_a_run_comes_to_the_open_list_of_runs_by_itself(open_page: OpenPage, server: AppServer) -> None:
    page = open_page(path="runs")
    expect(page.get_by_text("No runs yet.")).to_be_visible()
    screens.settled(page)
    elsewhere = Engine(Workspace.open(server.workspace))
    try:
        elsewhere.run(RunRequest(run_id="r1", purpose="Help me write", task=Task(text="Say hello.", kind="text")))
    finally:
        elsewhere.close()
    expect(page.get_by_text("1 run, newest first.")).to_be_visible()
    expect(page.get_by_role("link", name="Say hello.")).to_be_visible()


def test_a_question_is_answered_from_documents_with_its_source(open_page: OpenPage) -> None:
    page = open_page()
    screens.start_sample(page, "garden_handbook")
    asked = page.locator("[class*='st-key-notebook_cell_']", has_text="[1]").first
    screens.has_run(asked, 1)
    expect(asked.locator("[class*='st-key-notebook_answer_']")).to_contain_text("[1]")


def test_no_request_leaves_this_machine(open_page: OpenPage, recorder: Recorder, server: AppServer) -> None:
    page = open_page()
    screens.start_sample(page, "garden_handbook")
    screens.has_run(page.locator("[class*='st-key-notebook_cell_']", has_text="[1]").first, 1)
    screens.go_to(page, "Runs")
    expect(page.get_by_text("newest first.")).to_be_visible()
    page.locator("[class*='st-key-runs_row_'] a").first.click()
    expect(page.get_by_text("All runs")).to_be_visible()
    screens.go_to(page, "Notebook")
    screens.settled(page)
    assert recorder.local > 10
    assert recorder.foreign == []
    assert server.contacts == []


def test_the_recorder_notices_a_request_that_would_leave(open_page: OpenPage, recorder: Recorder) -> None:
    page = open_page()
    page.evaluate("fetch('http://elsewhere.invalid/pixel').catch(() => 0)")
    assert recorder.foreign == ["http://elsewhere.invalid/pixel"]
    recorder.foreign.clear()


@pytest.mark.parametrize(("width", "theme"), VIEWPORTS)
def test_pages_fit_and_wear_the_theme(open_page: OpenPage, width: int, theme: str) -> None:
    page = open_page(width=width, theme=theme)
    expect(page.get_by_role("button", name="Start")).to_be_visible()
    looks_right(page, theme)
    screens.start_sample(page, "first_steps")
    screens.has_run(screens.cells(page).nth(1), 1)
    looks_right(page, theme)
    page.goto(page.url.partition("?")[0].rstrip("/") + "/runs")
    expect(page.get_by_text("1 run, newest first.")).to_be_visible()
    looks_right(page, theme)


def looks_right(page: screens.Page, theme: str) -> None:
    """Nothing sticks out sideways, and the paper is light or dark as the person's system asks."""
    screens.settled(page)
    sideways = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert sideways <= 0, f"{sideways} px stick out"
    soft = page.locator(".pa-soft").first.evaluate("e => getComputedStyle(e).color")
    assert soft == {"light": "rgb(90, 104, 107)", "dark": "rgb(163, 176, 178)"}[theme], "the style is not on the page"
    paper = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
    red, green, blue = (int(part) for part in paper.strip("rgba()").split(",")[:3])
    assert (red + green + blue > 384) == (theme == "light"), paper
