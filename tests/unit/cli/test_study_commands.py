"""Studies at the terminal: what it takes is said first, the verdict is told in words, and the data goes out whole."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from purpose_agent.cli.commands import app
from purpose_agent.cli.exit_codes import RUN_FAILED, WRITTEN_WRONGLY
from purpose_agent.cli.options import engine_at
from purpose_agent.evaluation.studies.plan import StudyError


def ran(*arguments: str, answer: str = "") -> Result:
    return CliRunner().invoke(app, list(arguments), input=answer, catch_exceptions=False)


def taught() -> str:
    with engine_at(None) as engine:
        return engine.memory.teach("Write short names").card_id


@pytest.fixture
def suite(tmp_path: Path) -> str:
    rows = [
        {
            "task_id": name,
            "text": f"Write {name}(n)",
            "tests": [f"assert {name}({n}) == {n * by}" for n in (2, 5)],
            "hidden_tests": [f"assert {name}(7) == {7 * by}"],
        }
        for name, by in (("double", 2), ("triple", 3))
    ]
    path = tmp_path / "small.json"
    path.write_text(json.dumps({"name": "small", "tasks": rows}))
    return str(path)


def test_a_study_is_agreed_to_done_shown_and_exported(suite: str, tmp_path: Path) -> None:
    assert "There is no study yet" in ran("study", "list").output
    done = ran("study", "run", suite, "--model", "builtin", answer="y\n")
    assert done.exit_code == 0, done.output
    assert (
        "8 runs. How long that takes is not known yet; these are too few tasks to show any difference." in done.output
    )
    assert "Not enough data: the 2 tasks agreed are done" in done.output
    assert "This comparison was agreed before the start" in " ".join(done.output.split())
    told = json.loads(ran("study", "list", "--json").stdout)
    assert [(row["runs"], row["of"]) for row in told] == [(8, 8)]
    study_id = told[0]["study_id"]
    shown = json.loads(ran("study", "show", study_id, "--json").stdout)
    assert shown["verdict"]["word"] == "not enough data"
    assert ran("study", "export", study_id, str(tmp_path / "out")).exit_code == 0
    again = subprocess.run(
        [sys.executable, str(tmp_path / "out" / "recompute.py")], check=False, capture_output=True, timeout=120
    )
    assert again.returncode == 0, again.stderr


def test_nothing_begins_without_a_yes(suite: str) -> None:
    refused = ran("study", "run", suite, "--model", "builtin", answer="n\n")
    assert refused.exit_code == 0
    assert json.loads(ran("study", "list", "--json").stdout) == []


def test_a_measure_that_is_none_is_told(suite: str) -> None:
    refused = ran("study", "run", suite, "--measure", "luck")
    assert refused.exit_code == WRITTEN_WRONGLY
    assert "solved, phi or effort" in refused.output


def test_what_matters_to_the_person_is_weighed_before_the_start(suite: str) -> None:
    refused = ran("study", "run", suite, "--model", "builtin", "--matters", "10", answer="n\n")
    assert "You said that 10 points matter: this study may well miss that" in refused.output


def test_lessons_are_proved_on_the_persons_own_past_tasks(suite: str) -> None:
    with pytest.raises(StudyError, match="No lesson is in use"):
        ran("study", "prove", "--model", "builtin", "--yes")
    taught()
    with pytest.raises(StudyError, match="There is no past task to prove them on"):
        ran("study", "prove", "--model", "builtin", "--yes")
    assert ran("run", "--suite", suite, "--model", "builtin").exit_code == 0
    done = ran("study", "prove", "--model", "builtin", answer="y\n")
    assert done.exit_code == 0, done.output
    assert "6 runs." in done.output
    assert "With the lessons 2 of 2 tasks solved; rolled back 2 of 2; put back 2 of 2." in " ".join(done.output.split())
    study_id = json.loads(ran("study", "list", "--json").stdout)[0]["study_id"]
    shown = json.loads(ran("study", "show", study_id, "--json").stdout)
    assert shown["proof"]["word"] == "not enough data"
    assert shown["proof"]["prompts_again"] == [2, 2]


def test_one_lesson_is_proved_on_a_suite_by_the_beginning_of_its_id(suite: str) -> None:
    card_id = taught()
    done = ran("study", "prove", suite, "--lesson", card_id[:12], "--model", "builtin", "--yes")
    assert done.exit_code == 0, done.output
    told = " ".join(done.output.split())
    assert "put back, all 2 were those of the first phase, to the last byte" in told
    assert "New tasks, lessons put back against lessons rolled back: " in told


LOG = b'{"task_id": "a", "right": true}\n{"task_id": "a", "right": false, "arm": "lessons"}\n'


def brought(tmp_path: Path, raw: bytes = LOG) -> str:
    path = tmp_path / "runs.jsonl"
    path.write_bytes(raw)
    study_id: str = json.loads(ran("study", "import", str(path), "--json").stdout)["study_id"]
    return study_id


def spoil(study_id: str) -> Path:
    with engine_at(None) as engine:
        path = engine.studies.folder(study_id).path
    (path / "outcomes.jsonl").write_bytes(b"(\n" + (path / "outcomes.jsonl").read_bytes())
    return path


def test_a_study_that_cannot_be_read_is_named_and_can_be_removed(tmp_path: Path) -> None:
    kept, broken = brought(tmp_path), brought(tmp_path, LOG + LOG)
    folder = spoil(broken)
    told = ran("study", "list")
    assert told.exit_code == 0
    assert kept in told.stdout
    assert f"Line 1 of the outcomes of study {broken} cannot be read." in told.stderr
    assert f"purpose-agent study remove {broken}" in told.stderr
    first, second = json.loads(ran("study", "list", "--json").stdout)
    assert (first["study_id"], first["runs"], "problem" in first) == (kept, 2, False)
    assert (second["study_id"], second["runs"]) == (broken, None)
    assert broken in second["problem"]

    refused = ran("study", "remove", broken, answer="n\n")
    assert refused.exit_code == RUN_FAILED
    assert "cannot be read" in refused.stderr
    assert folder.is_dir()
    assert ran("study", "remove", broken, answer="y\n").exit_code == 0
    assert not folder.exists()
    assert ran("study", "list").stderr == ""
    assert f"Removed: {kept}" in ran("study", "remove", kept, "--yes").stdout
    assert "There is no study yet" in ran("study", "list").output
    with pytest.raises(StudyError, match="not there any more"):
        ran("study", "remove", kept)


def test_where_no_study_can_be_read_none_is_said_to_be_missing(tmp_path: Path) -> None:
    spoil(brought(tmp_path))
    told = ran("study", "list")
    assert "There is no study yet" not in told.output
    assert "cannot be read" in told.stderr


def test_the_ending_of_a_file_says_what_is_written(tmp_path: Path) -> None:
    study_id = brought(tmp_path)
    begins = {"a.html": b"<!", "b.zip": b"PK", "c.csv": b"run_id,arm", "d.parquet": b"PAR1", "new/E.CSV": b"run_id,arm"}
    for name, begin in begins.items():
        into = tmp_path / name
        assert ran("study", "export", study_id, str(into)).exit_code == 0
        assert into.read_bytes().startswith(begin)
        with pytest.raises(StudyError, match="is there already"):
            ran("study", "export", study_id, str(into))
    for ending in (".svg", ".png", ".json", ".pdf"):
        with pytest.raises(StudyError, match=rf"not written as \{ending}") as refused:
            ran("study", "export", study_id, str(tmp_path / f"x{ending}"))
        assert all(known in refused.value.fix for known in (".html", ".csv", ".parquet", ".zip", "folder"))
    assert ran("study", "export", study_id, str(tmp_path / "report.2026")).exit_code == 0
    assert (tmp_path / "report.2026" / "recompute.py").is_file()
    made = {path.name for path in tmp_path.iterdir() if path.name != "home"}
    assert made == {"runs.jsonl", "a.html", "b.zip", "c.csv", "d.parquet", "new", "report.2026"}
