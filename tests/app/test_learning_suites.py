"""Suites in the browser: looked at, made of files, notebooks and documents, renamed, copied, parted, deleted."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import TextInput

from app.components import learning_judge
from purpose_agent.evaluation.checks.records import ByPerson, ExactMatch, NumericMatch, Rubric
from purpose_agent.evaluation.suite_records import Suite, TaskRow, suite_of
from purpose_agent.models.resolve import ModelInfo
from purpose_agent.notebooks.model import CellSettings
from purpose_agent.notebooks.store import NotebookStore
from purpose_agent.teams.service import Engine
from tests.app.conftest import OpenApp
from tests.app.words import text_of
from tests.unit.evaluation.suite_files import HUMANEVAL, jsonl, squad

TABLE = b"text,answer,family\nCapital of France?,Paris,cities\nHow far is a marathon?,42.195,sport\n"


def made(n: int = 3, *, name: str = "Sums") -> Suite:
    return suite_of(
        [
            TaskRow(
                task_id=f"t{k}", text=f"What is {k} and {k}?", family=f"f{k % 3}", check=NumericMatch(value=2.0 * k)
            )
            for k in range(n)
        ],
        name=name,
    )


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception
    return app


def submit(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label and button.proto.form_id).click().run()
    assert not app.exception
    return app


def drop(app: AppTest, name: str, body: bytes) -> AppTest:
    app.file_uploader[0].upload(name, body).run()
    assert not app.exception
    return app


def box(app: AppTest, label: str) -> TextInput:
    return next(box for box in app.text_input if box.label == label)


def error_of(app: AppTest) -> str:
    return "\n".join(str(error.value) for error in app.error).replace("\\", "")


def plain(app: AppTest) -> str:
    return text_of(app).replace("\\", "")


def open_suites(open_app: OpenApp, **params: str) -> AppTest:
    app = open_app("learning", view="suites", **params)
    assert "Something went wrong" not in plain(app), plain(app)
    return app


# ---- looking


def test_without_a_suite_the_page_says_what_one_is_and_tries_the_shipped_one_with_a_click(open_app: OpenApp) -> None:
    app = open_suites(open_app)
    told = plain(app)
    assert "A suite is a set of tasks, each with what decides whether its answer is right" in told
    assert "54 tasks in 8 families, checked by hidden tests" in told
    assert "train 29 · validation 13 · eval 12" in told
    press(app, "suites_try")
    assert app.selectbox(key="learning_new_suite").value == "related_stream"
    assert "A new study" in [title.value for title in app.title]


def test_a_kept_suite_is_listed_with_its_size_checks_parts_and_version(open_app: OpenApp, engine: Engine) -> None:
    engine.suites.keep(made(6))
    kept = engine.suites.keep(made(9))
    told = plain(open_suites(open_app))
    assert "9 tasks in 3 families, checked by a number" in told
    assert f"version {kept.version[:12]} · train " in told
    assert "1 earlier version" in told


def test_an_opened_suite_shows_its_tasks_checks_and_what_to_know(open_app: OpenApp, engine: Engine) -> None:
    suite = suite_of(
        [
            TaskRow(task_id="one", text="Capital of France?", check=ExactMatch(answers=("Paris",)), family="cities"),
            TaskRow(task_id="two", text="Write a note.", check=ByPerson(look_for="kindness")),
            TaskRow(task_id="three", text="Name causes.", check=Rubric(rubric="It names three.")),
        ],
        name="Mixed",
    )
    engine.suites.keep(suite)
    told = plain(open_suites(open_app, suite="Mixed"))
    for sentence in (
        "checked by exact words (1), a person (1), another model by a rubric (1)",
        "The whole answer is “Paris”. Capitals, articles and punctuation do not count.",
        "You decide. Look for this: kindness",
        "The judge you chose decides by this rubric: It names three.",
        "1 task needs a judge, and none is chosen (three): it will wait for you.",
        "With 3 tasks a study can never say “no clear change”",
    ):
        assert sentence in told


def test_tasks_are_searched_by_text_family_and_check_and_paged(open_app: OpenApp, engine: Engine) -> None:
    engine.suites.keep(made(45))
    app = open_suites(open_app, suite="Sums")
    assert plain(app).count("The number that the answer ends on is") == 20
    app.text_input(key="suite_search").set_value("17 AND").run()
    assert "1 of 45 tasks" in plain(app)
    app.text_input(key="suite_search").set_value("ends 88").run()
    assert "1 of 45 tasks" in plain(app)
    app.text_input(key="suite_search").set_value("").run()
    app.selectbox(key="suite_family").select("f1").run()
    assert "15 of 45 tasks" in plain(app)
    app.text_input(key="suite_search").set_value("nowhere").run()
    assert "No task fits." in plain(app)


def test_an_address_names_no_suite_that_is_not_there_and_no_file(
    open_app: OpenApp, engine: Engine, tmp_path: Path
) -> None:
    from purpose_agent.evaluation.suite_formats.own_json import suite_bytes

    file = tmp_path / "mine.json"
    file.write_bytes(suite_bytes(made()))
    for name in ("gone", str(file)):
        app = open_suites(open_app, suite=name)
        assert f"There is no suite called “{name}”." in error_of(app)
        assert "What is 0 and 0?" not in plain(app)


def test_a_task_taken_out_makes_a_new_version_and_the_old_one_is_kept(open_app: OpenApp, engine: Engine) -> None:
    before = engine.suites.keep(made())
    app, other = open_suites(open_app, suite="Sums"), open_suites(open_app, suite="Sums")
    for window, place in ((app, 2), (other, 1)):
        window.session_state[f"suite_whole_{place}"] = True
        window.run()
    press(app, "suite_take_out_2")
    newest, old = engine.suites.versions("Sums")
    assert (newest.tasks, old.version) == (2, before.version)
    told = plain(app)
    press(other, "suite_take_out_1")  # a window from before
    assert [item.task.task_id for item in engine.suites.load("Sums").tasks] == ["t2"]
    assert f"Taken out: t1. This is version {newest.version[:12]}; the one before is kept." in told
    older = open_suites(open_app, suite=old.ref)
    assert "This is an earlier version." in plain(older)
    older.session_state["suite_whole_2"] = True
    assert "suite_take_out_2" not in [button.key for button in older.run().button]


def test_parts_without_a_leak_are_kept_as_suites(open_app: OpenApp, engine: Engine) -> None:
    engine.suites.keep(made(9))
    press(open_suites(open_app, suite="Sums"), "suite_split")
    assert {kept.name for kept in engine.suites.list()} == {"Sums", "Sums-train", "Sums-validation", "Sums-eval"}


# ---- the whole of a suite


def test_a_suite_is_renamed_with_all_its_versions(open_app: OpenApp, engine: Engine) -> None:
    engine.suites.keep(made())
    engine.suites.keep(made(4))
    app = open_suites(open_app, suite="Sums")
    box(app, "Name").set_value("Little sums")
    submit(app, "Rename")
    assert [title.value for title in app.title] == ["Little sums"]
    assert len(engine.suites.versions("Little sums")) == 2
    box(app, "Name").set_value("classic")
    submit(app, "Rename")
    assert "is the name of a suite that comes with Purpose Agent" in error_of(app)


def test_a_shipped_suite_is_copied_and_the_copy_can_be_changed(open_app: OpenApp, engine: Engine) -> None:
    app = open_suites(open_app, suite="classic")
    assert "suite_delete" not in [button.key for button in app.button]
    submit(app, "Keep a copy")
    (copy,) = engine.suites.list()
    assert (copy.name, copy.version) == ("classic copy", engine.suites.load("classic").version)
    assert "suite_delete" in [button.key for button in app.button]
    assert (box(app, "Name").value, box(app, "Name of the copy").value) == ("classic copy", "classic copy copy")
    submit(app, "Keep a copy")
    assert {kept.name for kept in engine.suites.list()} == {"classic copy", "classic copy copy"}
    for taken, told in (("Classic Copy", "You have a suite called “Classic Copy” already."), (" ", "cannot be")):
        box(app, "Name of the copy").set_value(taken)
        submit(app, "Keep a copy")
        assert told in error_of(app)
    assert len(engine.suites.list()) == 2


def test_a_deleted_suite_is_asked_about_once_and_brought_back(open_app: OpenApp, engine: Engine) -> None:
    engine.suites.keep(made())
    before = engine.suites.list()
    app = press(open_suites(open_app, suite="Sums"), "suite_delete")
    assert "Delete Sums?" in plain(app).replace("**", "")
    press(app, "suite_delete_not")
    assert engine.suites.list() == before
    press(press(app, "suite_delete"), "suite_delete_sure")
    assert engine.suites.list() == ()
    assert "Sums is deleted." in plain(app)
    press(app, "suites_undo")
    assert engine.suites.list() == before


# ---- from a file


def test_a_table_is_recognised_looked_at_and_kept_under_a_name(open_app: OpenApp, engine: Engine) -> None:
    app = drop(open_suites(open_app, make="file"), "quiz.csv", TABLE)
    told = plain(app)
    assert "Read as a table. 2 tasks in 2 families; checked by exact words (1), a number (1)" in told
    assert "The number that the answer ends on is 42.195." in told
    assert engine.suites.list() == ()
    app.text_input(key="suite_keep_name_file").set_value("Pub quiz").run()
    press(app, "suite_keep_file")
    (kept,) = engine.suites.list()
    assert (kept.name, kept.tasks) == ("Pub quiz", 2)
    assert [title.value for title in app.title] == ["Pub quiz"]
    assert f"version {kept.version[:12]}" in plain(app)


@pytest.mark.parametrize(
    ("name", "body", "form"),
    [
        ("HumanEval.jsonl", jsonl(HUMANEVAL).encode(), "HumanEval"),
        ("dev.json", json.dumps(squad()).encode(), "SQuAD 2.0"),
        ("rows.jsonl", b'{"question": "Capital of France?", "answer": "Paris"}\n', "rows of JSON"),
    ],
)
def test_what_a_file_is_its_content_tells(open_app: OpenApp, name: str, body: bytes, form: str) -> None:
    app = drop(open_suites(open_app, make="file"), name, body)
    assert f"Read as {form}. " in plain(app)
    assert ("suite_file_exact" in [box.key for box in app.checkbox]) == form.startswith("SQuAD")


def test_an_answer_of_squad_may_have_to_be_exact(open_app: OpenApp) -> None:
    app = drop(open_suites(open_app, make="file"), "dev.json", json.dumps(squad()).encode())
    assert "words with their source (1)" in plain(app)
    app.checkbox(key="suite_file_exact").check().run()
    assert "exact words (1)" in plain(app)


def test_faults_of_a_file_are_told_by_row_with_what_to_do(open_app: OpenApp, engine: Engine) -> None:
    body = b"text,answer,check\nOne?,1,\n,2,\nThree?,,\n"
    app = drop(open_suites(open_app, make="file"), "t.csv", body)
    assert "Row 2 of t.csv has no text. 1 more row cannot be used either." in error_of(app)
    assert "Row 3 of t.csv has no answer, so it could not be checked." in plain(app)
    app = drop(app, "t.csv", b"\x00\x01\x02\x03" * 50)
    assert "is not a text file" in error_of(app)
    assert not engine.suites.list()
    drop(app, "t.csv", TABLE)
    assert "Read as a table." in plain(app)


def test_a_newer_file_is_a_new_version_or_adds_to_what_is_there(open_app: OpenApp, engine: Engine) -> None:
    press(drop(open_suites(open_app, make="file"), "quiz.csv", TABLE), "suite_keep_file")
    (first,) = engine.suites.list()
    same = drop(open_suites(open_app, make="file"), "quiz.csv", TABLE)
    assert "Exactly these tasks are kept under this name already." in plain(same)
    assert same.button(key="suite_keep_file").disabled
    newer = b"task_id,text,answer\nrow-1,Capital of France?,Paris\nnew,Capital of Italy?,Rome\n"
    app = drop(open_suites(open_app, make="file"), "quiz.csv", newer)
    assert f"1 task is new, 1 is changed, 1 goes. Version {first.version[:12]} is kept as well." in plain(app)
    app.radio(key="suite_how_file").set_value("Add to its tasks").run()
    assert "1 task is new, 1 is changed, 1 stays." in plain(app)
    press(app, "suite_keep_file")
    newest, old = engine.suites.versions("quiz")
    assert (newest.tasks, old.version) == (3, first.version)


# ---- from a notebook


@pytest.fixture
def notebook(store: NotebookStore) -> str:
    made = store.create("Help me", title="Times")
    checks = ("double(2) -> 4", "double(0) -> 0", "double(-3) -> -6")
    store.add_cell(made.notebook_id, "task", "Write double(n).", settings=CellSettings(checks=checks))
    store.add_cell(made.notebook_id, "task", "What is the capital of France?")
    store.add_cell(made.notebook_id, "note", "Only a note")
    return made.notebook_id


def test_cells_with_checks_and_with_an_expected_answer_become_tasks(
    open_app: OpenApp, engine: Engine, store: NotebookStore, notebook: str
) -> None:
    _, capital, _ = store.cells(notebook)
    app = open_suites(open_app, make="notebook", notebook=notebook)
    assert "Left out, since nothing checks them: 1 task." in plain(app)
    app.selectbox(key=f"suite_how_{capital.cell_id}").select("words").run()
    assert "Left out until this is filled in" in plain(app)
    app.text_input(key=f"suite_right_words_{capital.cell_id}").set_value("Paris | the city of Paris").run()
    assert "Left out" not in plain(app)
    press(app, f"suite_keep_notebook_{notebook}")
    suite = engine.suites.load("Times")
    assert [len(item.task.tests) for item in suite.tasks] == [2, 0]
    assert len(suite.tasks[0].hidden_tests) == 1
    assert suite.tasks[1].check == ExactMatch(answers=("Paris", "the city of Paris"))


def test_a_cell_that_is_not_wanted_and_tests_that_are_all_shown(
    open_app: OpenApp, engine: Engine, store: NotebookStore, notebook: str
) -> None:
    double, capital, _ = store.cells(notebook)
    app = open_suites(open_app, make="notebook", notebook=notebook)
    app.toggle(key="suite_hide").set_value(False).run()
    assert "1 task is decided by tests that it shows" in plain(app)
    app.checkbox(key=f"suite_take_{double.cell_id}").uncheck().run()
    assert "No cell of “Times” has a check." in error_of(app)
    app.selectbox(key=f"suite_how_{capital.cell_id}").select("person").run()
    press(app, f"suite_keep_notebook_{notebook}")
    assert [item.check for item in engine.suites.load("Times").tasks] == [ByPerson()]


# ---- from documents


def test_questions_with_known_answers_come_from_documents(
    open_app: OpenApp, engine: Engine, wait: Callable[[], None]
) -> None:
    vault = engine.vaults.create("Rowing club")
    vault.add_bytes("fees.md", b"# Fees\n\nThe yearly fee of the rowing club is 60 euros. Guests pay nothing at all.\n")
    vault.catch_up()
    app = open_suites(open_app, make="vault", vault=vault.vault_id)
    assert "You kept no question of these documents yet" in plain(app)
    app.number_input(key="suite_made_up").set_value(2).run()
    press(app, "suite_make")
    assert "checked by words with their source" in plain(app)
    app.number_input(key="suite_made_up").set_value(900).run()
    assert "could be made, not 900: no other sentence of them fits." in plain(press(app, "suite_make"))
    press(app, f"suite_keep_vault_{vault.vault_id}")
    (kept,) = engine.suites.list()
    suite = engine.suites.load(kept.name)
    assert all(item.vaults == (vault.vault_id,) for item in suite.tasks)
    engine.vaults.delete(vault.vault_id)
    assert "asks a vault that is not here" in plain(open_suites(open_app, suite=kept.name))


def test_without_notebooks_or_documents_the_way_to_them_is_shown(open_app: OpenApp) -> None:
    assert "You have no notebook yet." in plain(open_suites(open_app, make="notebook"))
    assert "You have no documents here yet." in plain(open_suites(open_app, make="vault"))


# ---- the judge


def open_judge(open_app: OpenApp) -> AppTest:
    app = open_suites(open_app)
    app.session_state["suites_judge_box"] = True
    return app.run()


def here(*specs: str) -> list[ModelInfo]:
    return [ModelInfo(spec=spec, title=spec, where="on this machine", available=True, local=True) for spec in specs]


def test_a_judge_is_chosen_among_the_models_that_are_here(
    open_app: OpenApp, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning_judge, "models_here", lambda _home: here("ollama:qwen3:4b"))
    app = open_judge(open_app)
    told = plain(app)
    assert "A judge that is the same model as the one that answered is no independent judge" in told
    assert "in curves a new line begins with it" in told
    app.selectbox(key="suites_judge").select("ollama:qwen3:4b").run()
    assert not app.exception
    assert engine.judge_model == "ollama:qwen3:4b"
    assert "ollama:qwen3:4b judges from now on." in plain(app)
    app.selectbox(key="suites_judge").select("").run()
    assert engine.judge_model == ""


def test_what_cannot_judge_is_refused(open_app: OpenApp, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning_judge, "models_here", lambda _home: here("builtin:search", "opanai:gpt"))
    app = open_judge(open_app)
    app.selectbox(key="suites_judge").select("builtin:search").run()
    assert "The built-in search cannot judge." in error_of(app)
    app.selectbox(key="suites_judge").select("opanai:gpt").run()
    assert "There is no model named opanai:gpt." in error_of(app)
    assert app.selectbox(key="suites_judge").value == ""
    assert engine.judge_model == ""


def test_a_judge_that_is_the_model_in_use_is_told_not_to_judge_itself(
    open_app: OpenApp, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning_judge, "models_here", lambda _home: here("ollama:qwen3:4b"))
    monkeypatch.setattr(learning_judge, "model_line", lambda: ("ollama:qwen3:4b", "It is here."))
    engine.choose_judge("ollama:qwen3:4b")
    assert "is also the model in use. It does not judge what it wrote itself" in plain(open_judge(open_app))


# ---- from the notebook page


def test_a_notebooks_menu_offers_a_suite_of_its_cells(open_app: OpenApp, notebook: str) -> None:
    app = open_app("notebook", notebook=notebook)
    assert not app.exception
    assert "Keep cells as a suite" in str([button.proto for button in app.get("menu_button")])


def test_the_address_leads_back_to_what_was_shown(open_app: OpenApp, engine: Engine) -> None:
    engine.suites.keep(made())
    for params in ({"suite": "Sums"}, {"make": "file"}, {"answers": "waiting"}):
        app = open_suites(open_app, **params, study="")
        assert address(app) == {"view": "suites", **params}
    app = press(open_suites(open_app), "suites_make_file")
    assert address(app) == {"view": "suites", "make": "file"}
    app = press(drop(app, "quiz.csv", TABLE), "suite_keep_file")
    assert address(app) == {"view": "suites", "suite": "quiz"}


def address(app: AppTest) -> dict[str, str]:
    """What stands in the browser's address after the page's name."""
    return {name: value if isinstance(value, str) else value[0] for name, value in app.query_params.items()}


def test_a_suite_saved_as_a_file_comes_back_as_the_same_version(
    open_app: OpenApp, engine: Engine, tmp_path: Path
) -> None:
    from purpose_agent.evaluation.suite_formats.own_json import suite_bytes

    kept = engine.suites.keep(made())
    app = drop(open_suites(open_app, make="file"), "sums.json", suite_bytes(engine.suites.load("Sums")))
    assert "Read as a suite." in plain(app)
    assert "Exactly these tasks are kept under this name already." in plain(app)
    assert f"version {kept.version[:12]}" in plain(open_suites(open_app, suite="Sums"))
