"""At the terminal: what daily work shows, questions in SQL, logs of other programs, and a study taken along."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import purpose_agent as pa
from purpose_agent.cli.commands import app
from purpose_agent.cli.options import engine_at
from purpose_agent.evaluation.studies.plan import StudyError
from purpose_agent.storage.asking import QueryError

DATA = Path(__file__).resolve().parents[2] / "data"
TESTS = ["assert double(2) == 4", "assert double(0) == 0", "assert double(-3) == -6"]


def ran(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


@pytest.fixture
def worked(own_home: Path) -> None:
    pa.purpose("Help me write Python code").run("Write double(n)", tests=TESTS)
    with engine_at(None) as engine:
        engine.workspace.trajectories().settle()


def test_without_runs_daily_work_says_so(own_home: Path) -> None:
    assert "No runs yet" in ran("learning").output


@pytest.mark.usefixtures("worked")
def test_daily_work_says_what_it_can_and_cannot_tell() -> None:
    told = " ".join(ran("learning").output.split())
    assert "No lesson has been left out by chance yet, so nothing can be said of what the memory adds." in told
    assert "1 of 1 runs were judged by somebody other than the model." in told
    data = json.loads(ran("learning", "--json").stdout)
    assert (data["runs"], data["judged"], data["overall"]["word"]) == (1, 1, "not enough data")


@pytest.mark.usefixtures("worked")
def test_the_data_answers_in_a_table_in_csv_and_in_json() -> None:
    asked = "SELECT task, phi FROM runs"
    assert "Write double(n)" in ran("query", asked).output
    assert ran("query", asked, "--csv").stdout.splitlines() == ["task,phi", "Write double(n),10.0"]
    assert json.loads(ran("query", asked, "--json").stdout)["rows"] == [["Write double(n)", 10.0]]
    assert "One row a run" in " ".join(ran("query", "tables").output.split())
    with pytest.raises(QueryError, match="only read"):
        ran("query", "DELETE FROM runs")


def test_a_log_is_brought_shown_and_taken_along(own_home: Path, tmp_path: Path) -> None:
    log = str(DATA / "trials_excerpt.jsonl")
    told = json.loads(ran("study", "import", log, "--json").stdout)
    assert (told["form"], told["verdict"]["word"], told["was_there"]) == (
        "trials with lessons and a control without", "better", False,
    )  # fmt: skip
    assert "This file was brought before." in ran("study", "import", log).output
    study_id = told["study_id"]
    assert "Better: share of tasks solved" in ran("study", "show", study_id).output
    assert ran("study", "export", study_id, str(tmp_path / "r.html")).exit_code == 0
    assert "Better: share of tasks solved" in (tmp_path / "r.html").read_text(encoding="utf-8")
    with pytest.raises(StudyError, match="is there already"):
        ran("study", "export", study_id, str(tmp_path / "r.html"))
    assert ran("study", "export", study_id, str(tmp_path / "r.zip")).exit_code == 0
    assert (tmp_path / "r.zip").read_bytes().startswith(b"PK")
    with pytest.raises(StudyError, match="done elsewhere"):
        ran("study", "resume", study_id)


def test_a_log_without_a_control_says_so(own_home: Path, tmp_path: Path) -> None:
    (tmp_path / "one.jsonl").write_text('{"task_id": "a", "right": true}\n')
    assert "no control" in ran("study", "import", str(tmp_path / "one.jsonl")).output
    study_id = json.loads(ran("study", "list", "--json").stdout)[0]["study_id"]
    assert "nothing can be said about learning" in ran("study", "show", study_id).output
