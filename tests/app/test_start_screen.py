"""Somebody new gets to a first result in one click, or with one sentence."""

from collections.abc import Callable

from purpose_agent.notebooks.running import CellRunner
from purpose_agent.notebooks.store import NotebookStore
from tests.app.conftest import OpenApp
from tests.app.words import text_of


def test_the_first_screen_says_what_this_is_and_asks_one_question(open_app: OpenApp) -> None:
    app = open_app()
    assert app.title[0].value == "Agents that learn from their work"
    assert app.text_area(key="start_purpose").label == "What should your team help you with?"
    assert [button.label for button in app.button if button.label == "Start"] == ["Start"]


def test_a_purpose_in_a_sentence_makes_a_notebook(open_app: OpenApp, store: NotebookStore) -> None:
    app = open_app()
    app.text_area(key="start_purpose").set_value("Help me write Python code")
    next(button for button in app.button if button.label == "Start").click().run()
    assert not app.exception
    assert app.title[0].value == "Help me write Python code"
    assert [notebook.title for notebook in store.notebooks()] == ["Help me write Python code"]
    assert "This notebook is empty" in text_of(app)


def test_an_empty_purpose_gets_a_sentence_and_makes_nothing(open_app: OpenApp, store: NotebookStore) -> None:
    app = open_app()
    next(button for button in app.button if button.label == "Start").click().run()
    assert "The purpose is empty" in text_of(app)
    assert store.notebooks() == []


def test_one_click_on_a_sample_gives_a_first_result(
    open_app: OpenApp, store: NotebookStore, wait: Callable[[], None]
) -> None:
    app = open_app()
    app.button(key="start_open_first_steps").click().run()
    wait()
    app.run()
    assert not app.exception
    told = text_of(app)
    assert "def fibonacci" in told
    assert "checked by your tests" in told
    (notebook,) = store.notebooks()
    runs = [cell.run_count for cell in store.cells(notebook.notebook_id) if cell.kind == "task"]
    assert runs == [1, 0, 0]


def test_the_documents_of_the_sample_are_asked_at_once(
    open_app: OpenApp, store: NotebookStore, wait: Callable[[], None]
) -> None:
    app = open_app()
    app.button(key="start_open_garden_handbook").click().run()
    wait()
    app.run()
    (notebook,) = store.notebooks()
    assert [kept.name for kept in notebook.settings.knowledge] == [
        "01_membership.md",
        "02_water_and_tools.md",
        "03_plants_and_animals.md",
    ]
    assert "before 9 in the morning" in text_of(app)


def test_the_notebook_of_a_suite_holds_no_hidden_test(open_app: OpenApp, store: NotebookStore) -> None:
    from purpose_agent.evaluation.suites import load_suite
    from purpose_agent.notebooks.export import to_ipynb

    open_app().button(key="start_open_related_stream").click().run()
    (notebook,) = store.notebooks()
    suite = load_suite("related_stream")
    document = store.document(notebook.notebook_id)
    assert [cell.source for cell in document.cells] == [item.task.text for item in suite.tasks]
    exported = to_ipynb(document)
    hidden = [test for item in suite.tasks for test in item.hidden_tests if test not in item.task.tests]
    assert not [test for test in hidden if test.removeprefix("assert ") in exported]


def test_a_question_that_no_file_speaks_of_gets_an_honest_answer(
    open_app: OpenApp, store: NotebookStore, runner: CellRunner, wait: Callable[[], None]
) -> None:
    app = open_app()
    app.button(key="start_open_garden_handbook").click().run()
    notebook = store.notebooks()[0]
    asked = store.add_cell(notebook.notebook_id, "ask", "How many moons has Saturn?")
    runner.run(notebook, asked)
    wait()
    assert "I don't know: your documents do not say anything that answers “How many moons" in text_of(app.run())
