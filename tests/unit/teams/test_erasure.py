"""A person's data goes out of everything that the workspace holds, and the report proves it."""

from collections.abc import Iterator
from pathlib import Path

import docx
import pytest

import purpose_agent as pa
from purpose_agent.errors import PurposeError
from purpose_agent.evaluation.suite_records import TaskRow, suite_of
from purpose_agent.notebooks.files import keep
from purpose_agent.notebooks.store import NotebookStore
from purpose_agent.storage.erasing import where_bytes_stand
from purpose_agent.storage.terms import Terms
from purpose_agent.teams.erasure import ErasureReport
from purpose_agent.teams.service import Engine, engine_for

PURPOSE = "Help me write Python code"
TESTS = ["assert double(2) == 4", "assert double(0) == 0", "assert double(-3) == -6"]
TERMS = ("Jürgen O'Roe", "j.roe@example.org")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = engine_for(tmp_path / "home")
    yield engine
    engine.close()


@pytest.fixture
def filled(engine: Engine, tmp_path: Path) -> Engine:
    """A workspace in which one person's name stands in every sort of place, beside things of others."""
    home = engine.workspace.home
    team = pa.purpose(PURPOSE, home=home)
    team.run("Write double(n) for JÜRGEN O'ROE", tests=TESTS)
    team.run("Write double(n)", tests=TESTS)
    team.teach("Jürgen O'Roe wants short names.")
    team.teach("Name the sources.")
    store = NotebookStore(engine.workspace.trajectories())
    notebook = store.create("For Jürgen O'Roe")
    store.add_cell(notebook.notebook_id, "note", "Ask j.roe@example.org")
    store.add_cell(notebook.notebook_id, "note", "Ask nobody")
    letter = docx.Document()
    letter.add_paragraph("Dear J.Roe@example.org, hello.")
    letter.save(str(tmp_path / "letter.docx"))
    keep(engine.workspace.files, "letter.docx", (tmp_path / "letter.docx").read_bytes())
    keep(engine.workspace.files, "plain.txt", "Jürgen O'Roe".encode("utf-16"))
    keep(engine.workspace.files, "other.txt", b"nothing of the sort")
    vault = engine.vaults.create("Letters to Jürgen O'Roe")
    vault.add_bytes("hello.md", b"Dear J.Roe@example.org, the roses bloom.")
    vault.add_bytes("letter.docx", (tmp_path / "letter.docx").read_bytes())
    vault.add_bytes("roses.md", b"The roses bloom in June.")
    vault.catch_up()
    for asked in ("What does JÜRGEN O'Roe grow?", "What grows here?"):
        engine.suites.keep(suite_of([TaskRow(task_id="t", text=asked)], name=f"asked {len(asked)}"))
        suite = suite_of([TaskRow(task_id="t", text=asked)], name="study")
        plan = engine.studies.plan(suite, purpose="Help", arms=("empty", "lessons"), title="asked")
        engine.studies.folder(plan.study_id).begin(plan)
    (home / "backups").mkdir()
    (home / "backups" / "old.sqlite").write_bytes(b"a copy from before")
    engine.workspace.set_setting("greeting", "Hello Jürgen O'Roe")
    engine.workspace.trajectories().settle()
    return engine


def test_the_plan_finds_every_sort_of_place_and_touches_nothing(filled: Engine) -> None:
    plan = filled.plan_erasure(TERMS)
    assert plan.holdings.counts == {
        "cards": plan.holdings.counts["cards"],
        "runs": plan.holdings.counts["runs"],
        "jobs": 1,
        "settings": 1,
        "cells": 1,
        "notebooks": 1,
        "documents": 3,
        "suites": 1,
        "studies": 1,
        "files": 2,
        "backups": 1,
    }
    assert plan.holdings.counts["cards"] >= 1
    assert filled.plan_erasure(TERMS) == plan
    assert "1  titles of notebooks" in str(plan)


def test_after_an_erasure_nothing_holds_the_words_and_the_rest_is_whole(filled: Engine, tmp_path: Path) -> None:
    before = filled.workspace.trajectories().count()
    report = filled.erase(filled.plan_erasure(TERMS), reason="asked by letter")
    assert report.still_there == ()
    assert report.is_proven
    assert report.files_read > 3
    assert filled.plan_erasure(TERMS).is_empty
    home, terms = filled.workspace.home, Terms(TERMS)
    assert where_bytes_stand(home, terms) == []
    assert filled.memory.ledger.verify().ok
    assert [lesson.text for lesson in filled.memory.ledger.promoted()] == ["Name the sources."]
    assert filled.workspace.trajectories().count() == before - 1
    assert [path.name for path in filled.workspace.files.rglob("*.txt")] == ["other.txt"]
    (vault,) = filled.vaults.vaults()
    assert (vault.title, vault.documents) == ("(erased)", 1)
    assert [passage.name for passage in filled.vaults.open(vault.vault_id).search("roses bloom")] == ["roses.md"]
    assert [suite.name for suite in filled.suites.list()] == ["asked 16"]
    assert [plan.related[0].item.task.text for plan in filled.studies.list()] == ["What grows here?"]
    (kept,) = (home / "erasures").iterdir()
    assert "asked by letter" in kept.read_text()


def test_the_workspace_works_on_and_finds_its_runs_again(filled: Engine) -> None:
    filled.erase(filled.plan_erasure(TERMS))
    result = pa.purpose(PURPOSE, home=filled.workspace.home).run("Write double(n)", tests=TESTS)
    filled.workspace.trajectories().settle()
    found = filled.workspace.trajectories().run(result.run_id)
    assert found is not None
    assert found.phi == 10.0
    home = filled.workspace.home
    filled.close()
    again = engine_for(home)
    assert again.workspace.trajectories().run(result.run_id) is not None
    assert again.memory.ledger.verify().ok
    again.close()


def test_the_lessons_of_one_user_go(engine: Engine) -> None:
    from purpose_agent.memory.cards import Scope

    engine.lessons.teach("Write to me in Danish.", scope=Scope(user="jane"))
    engine.lessons.teach("Name the sources.")
    report: ErasureReport = engine.erase(engine.plan_erasure((), user="jane"))
    assert (report.rows, report.is_proven) == (4, True)
    assert engine.memory.in_use == 1


@pytest.mark.parametrize(("terms", "told"), [((), "Nothing was named"), (("ab",), "too short")])
def test_what_cannot_be_looked_for_is_told(engine: Engine, terms: tuple[str, ...], told: str) -> None:
    with pytest.raises(PurposeError, match=told):
        engine.plan_erasure(terms)


@pytest.mark.parametrize(
    ("stored", "found"),
    [
        ("JÜRGEN O'ROE", True),
        ("Ju\u0308rgen O'Roe", True),  # taken apart
        ('{"a": "J\\u00fcrgen O\'Roe"}', True),
        ("Jürgen O Roe", False),
    ],
)
def test_words_are_found_in_whatever_form_they_are_stored(tmp_path: Path, stored: str, found: bool) -> None:
    terms, path = Terms(TERMS), tmp_path / "file"
    path.write_text(f"{'x' * 3_000_000}{stored}", encoding="utf-8")
    assert (terms.stand_in(stored), terms.stand_in_file(path)) == (found, found)


def test_words_that_are_left_are_found_by_the_proof(filled: Engine) -> None:
    found = where_bytes_stand(filled.workspace.home, Terms(TERMS))
    assert any(name.startswith("journal.sqlite") for name in found)
    assert any(name.endswith("plain.txt") for name in found)
