"""`purpose-agent suite`: suites from files, notebooks and vaults, shown, parted, run and taken away at the terminal."""

import json
from pathlib import Path

import pytest

import purpose_agent as pa
from purpose_agent.notebooks.store import NotebookStore
from purpose_agent.teams.service import engine_for
from tests.unit.cli.conftest import Command
from tests.unit.evaluation.suite_files import HUMANEVAL, jsonl, squad

TABLE = "text,tests,hidden_tests,family\n" + "".join(
    f'"Write {name}(n), which gives {n} times n.","assert {name}(1) == {n}\nassert {name}(3) == {3 * n}\n'
    f'assert {name}(0) == 0","assert {name}(7) == {7 * n}",{name}\n'
    for name, n in (("double", 2), ("triple", 3), ("quadruple", 4), ("quintuple", 5))
)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "times.csv"
    path.write_text(TABLE)
    return path


def test_a_table_is_added_shown_run_and_removed(command: Command, table: Path) -> None:
    added = command("suite", "add", str(table), "--json")
    assert added.code == 0, added.err
    (kept,) = added.data["kept"]
    assert (kept["name"], kept["tasks"], kept["checks"], kept["families"]) == ("times", 4, 4, 4)
    assert added.data["notices"] == ["Read as a table."]
    assert kept["ref"] in command("suite", "list").out
    shown = command("suite", "show", "times")
    assert "hidden tests" in shown.out
    done = command("run", "--suite", kept["ref"], "--json")
    assert (done.data["right"], done.data["graded"], done.data["version"]) == (4, 4, kept["version"])
    assert command("suite", "remove", "times", "--yes").code == 0
    gone = command("suite", "show", "times")
    assert gone.code == 3
    assert "no suite called “times”" in gone.err


def test_python_reads_the_same_file(table: Path) -> None:
    suite = pa.load_suite(str(table))
    assert isinstance(suite, pa.Suite)
    assert len(suite.tasks) == 4
    assert suite.tasks[0].hidden_tests == ("assert double(7) == 14",)


def test_questions_with_passages_are_answered_and_refused_as_they_should(command: Command, tmp_path: Path) -> None:
    (tmp_path / "dev.json").write_text(json.dumps(squad()))
    assert "Read as SQuAD 2.0." in command("suite", "add", str(tmp_path / "dev.json"), "--name", "club").err
    done = command("run", "--suite", "club", "--model", "builtin", "--json")
    assert [(row["right"], row["check"]) for row in done.data["rows"]] == [
        (True, "words with their source"),
        (True, "saying that it is not there"),
    ]


def test_what_a_person_has_to_decide_is_told(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "asked.jsonl"
    path.write_text(
        jsonl([{"text": "How much is the yearly fee?", "check": "person", "context": "The yearly fee is 40 euros."}])
    )
    done = command("run", "--suite", str(path), "--model", "builtin")
    assert "0 of 0 right" in done.out
    assert "1 answer could not be decided: A person decides this." in done.err


def test_a_broken_file_is_told_with_its_place(command: Command, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("text,answer\nCapital?,\n")
    done = command("suite", "add", str(tmp_path / "x.csv"))
    assert done.code == 3
    assert "Row 1 of x.csv has no answer" in done.err
    assert command("suite", "add", "/nowhere.csv").code == 3


def test_what_to_know_of_a_suite_is_told_as_on_the_screen(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "notes.jsonl"
    rows = [
        {"task_id": "kind", "text": "Write a note.", "check": "rubric", "rubric": "It is kind."},
        {"task_id": "shown", "text": "Write double(n).", "tests": ["double(1) -> 2"]},
    ]
    path.write_text(jsonl(rows))
    assert command("suite", "add", str(path)).code == 0
    shown = command("suite", "show", "notes")
    assert "given tests" in shown.out
    told = " ".join(shown.err.split())
    assert "1 task needs a judge, and none is chosen (kind): it will wait for you." in told
    assert "With 2 tasks a study can never say “no clear change”" in told
    assert len(command("suite", "show", "notes", "--json").data["remarks"]) == 3
    command("suite", "judge", "ollama:qwen3:4b")
    assert "needs a judge" not in command("suite", "show", "notes").err


def test_a_suite_is_parted_into_three(command: Command, table: Path) -> None:
    command("suite", "add", str(table))
    done = command("suite", "split", "times", "--json")
    assert done.code == 0, done.err
    assert [kept["name"] for kept in done.data["kept"]] == ["times-train", "times-validation", "times-eval"]
    assert sum(kept["tasks"] for kept in done.data["kept"]) == 4
    assert command("suite", "split", "times", "--shares", "1,2").code == 3
    alone = command("suite", "split", "classic")
    assert alone.code == 3
    assert "without a leak" in alone.err


def test_a_suite_is_carried_elsewhere_as_the_same_version(command: Command, tmp_path: Path) -> None:
    (tmp_path / "he.jsonl").write_text(jsonl(HUMANEVAL))
    first = command("suite", "add", str(tmp_path / "he.jsonl"), "--json").data["kept"][0]
    assert command("suite", "export", "he", str(tmp_path / "out.json")).code == 0
    again = command("suite", "add", str(tmp_path / "out.json"), "--name", "again", "--json").data["kept"][0]
    assert again["version"] == first["version"]


def test_a_judge_is_chosen_once_for_the_workspace(command: Command) -> None:
    assert command("suite", "judge").out.startswith("None is chosen")
    assert command("suite", "judge", "ollama:qwen3:4b").code == 0
    assert command("suite", "judge").out.strip() == "ollama:qwen3:4b"
    assert command("suite", "judge", "openai:gpt-5-mini").code == 3  # no key
    refused = command("suite", "judge", "builtin:search")
    assert refused.code == 3
    assert "The built-in search cannot judge." in refused.err
    assert command("suite", "judge", "--json").data == {"judge": "ollama:qwen3:4b"}
    assert command("suite", "judge", "").out.startswith("None is chosen")


def test_a_notebook_becomes_a_suite(command: Command, own_home: Path) -> None:
    home = own_home / "w"
    engine = engine_for(home)
    store = NotebookStore(engine.workspace.trajectories())
    book = store.create("Numbers", title="Numbers")
    cell = store.add_cell(book.notebook_id, "task", "Write double(n).")
    checks = ("double(1) -> 2", "double(2) -> 4", "double(5) -> 10")
    store.change_cell(cell.cell_id, settings=pa_settings(checks))
    store.add_cell(book.notebook_id, "task", "Write a poem.")
    store.add_cell(book.notebook_id, "ask", "What is it?")
    engine.close()
    done = command("suite", "from-notebook", "numbers", "--home", str(home), "--json")
    assert done.code == 0, done.err
    assert done.data["notices"] == ["Left out, since nothing checks them: 1 task and 1 question."]
    (task,) = command("suite", "show", "numbers", "--home", str(home), "--json").data["tasks"]
    assert task["tests"] == ["assert double(1) == 2", "assert double(2) == 4"]
    assert task["hidden_tests"] == ["assert double(5) == 10"]
    shown = command("suite", "from-notebook", "numbers", "--home", str(home), "--show-all", "--name", "open", "--json")
    assert shown.data["kept"][0]["checks"] == 0
    missing = command("suite", "from-notebook", "nothing", "--home", str(home))
    assert missing.code == 3
    assert "There is no notebook called 'nothing'" in missing.err


def pa_settings(checks: tuple[str, ...]):  # type: ignore[no-untyped-def]
    from purpose_agent.notebooks.model import CellSettings

    return CellSettings(checks=checks)


def test_a_vault_becomes_a_suite_of_kept_and_made_up_questions(
    command: Command, own_home: Path, tmp_path: Path
) -> None:
    home = str(own_home / "w")
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "club.md").write_text(
        "# Club\nThe garden club was founded in 1923 by Maria Lopez in a village. The gate is locked at nine.\n"
    )
    (docs / "fees.md").write_text("# Fees\nMembers pay a yearly fee of 40 euros to the treasurer every May.\n")
    command("vault", "add", "Club", str(docs), "--home", home)
    asked = command(
        "ask", "How much is the yearly fee?", "--vault", "Club", "--model", "builtin", "--home", home, "--json"
    )
    engine = engine_for(home)
    engine.keep_question(asked.data["run_id"])
    engine.close()
    made = command("suite", "from-vault", "Club", "--home", home, "--json")
    assert made.code == 0, made.err
    assert made.data["kept"][0]["tasks"] == 3
    tasks = command("suite", "show", "Club", "--home", home, "--json").data["tasks"]
    assert tasks[0]["text"] == "How much is the yearly fee?"
    assert tasks[0]["family"] == "fees.md"
    assert all(task["check"]["kind"] == "cited" and task["vaults"] for task in tasks)
    done = command("run", "--suite", "Club", "--limit", "1", "--model", "builtin", "--home", home, "--json")
    assert done.data["right"] == 1, done.data
    none = command("suite", "from-vault", "Club", "--made-up", "0", "--name", "kept", "--home", home, "--json")
    assert none.data["kept"][0]["tasks"] == 1
