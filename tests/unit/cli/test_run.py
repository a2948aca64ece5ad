"""`run` and `ask`: one task, its answer, its score; suites graded by hidden tests; all on the built-in model."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.unit.cli.conftest import FIBONACCI, Command


def test_the_answer_alone_goes_to_standard_output(command: Command) -> None:
    done = command(*FIBONACCI)
    assert done.code == 0, done.err
    compile(done.out, "answer.py", "exec")
    assert "def fibonacci" in done.out
    assert "\x1b" not in done.out + done.err


def test_steps_and_score_with_its_evidence_are_told_on_the_way(command: Command) -> None:
    done = command(*FIBONACCI)
    assert "Φ 10 · checked by your tests · 5 of 5" in done.err
    assert "step 1" in done.err
    assert "builtin:search" in done.err


def test_json_is_one_document_with_the_whole_result(command: Command) -> None:
    done = command(*FIBONACCI, "--json")
    assert done.code == 0
    assert done.data["phi"] == 10
    assert done.data["success"] is True
    assert "def fibonacci" in done.data["answer"]
    assert done.data["score"]["tier"] == "given_tests"


def test_a_task_can_come_through_standard_input(command: Command) -> None:
    done = command("run", "-", *FIBONACCI[2:], stdin=FIBONACCI[1])
    assert "def fibonacci" in done.out


def test_an_empty_task_is_asked_for(command: Command) -> None:
    done = command("run", "  ")
    assert done.code == 3
    assert "The task is empty." in done.err


def test_a_run_that_fails_ends_with_code_1_and_says_what_to_do(command: Command) -> None:
    done = command("run", "Write a sonnet about the sea", "--json")
    assert done.code == 1
    assert done.data["status"] == "failed"
    assert done.data["what"]
    assert done.data["fix"]


@pytest.mark.parametrize("model", ["nonsense:thing", "openai:gpt-5-mini"])
def test_a_model_that_cannot_be_had_ends_with_a_sentence(command: Command, model: str) -> None:
    done = command("run", "Say hello", "--model", model)
    assert done.code in (1, 3)
    assert done.err.strip()
    assert "Traceback" not in done.err


def test_details_show_the_trace_and_only_then(command: Command) -> None:
    line = ("ask", "What?", "--knowledge", "/nowhere/at/all")
    assert "Traceback" not in command(*line).err
    assert "Traceback" in command(*line, "--details").err


def test_knowledge_that_is_not_there_is_named(command: Command) -> None:
    done = command("ask", "What is the refund policy?", "--knowledge", "/nowhere/at/all")
    assert done.code == 3
    assert "/nowhere/at/all" in done.err


def test_a_question_is_answered_from_the_files_with_its_source(command: Command, tmp_path: Path) -> None:
    (tmp_path / "policy.md").write_text("# Refunds\n\nA refund is paid within 14 days of the return.\n")
    done = command("ask", "When is a refund paid?", "--knowledge", str(tmp_path))
    assert done.code == 0, done.err
    assert "14 days" in done.out
    assert "[1]" in done.out


def test_the_classic_suite_is_solved_by_its_hidden_tests(command: Command) -> None:
    done = command("run", "--suite", "classic", "--json")
    assert done.code == 0, done.err
    assert (done.data["right"], done.data["graded"], done.data["tasks"]) == (3, 3, 3)
    assert all(row["attempts"] > 0 for row in done.data["rows"])
    assert {row["phi"] for row in done.data["rows"]} == {10}


def test_a_suite_prints_a_table_and_a_count(command: Command) -> None:
    done = command("run", "--suite", "classic", "--limit", "1", "--no-lessons")
    assert "Hidden" in done.out
    assert "1 of 1 right by hidden tests, without lessons" in done.out


def test_a_suite_that_is_not_there_is_named(command: Command) -> None:
    done = command("run", "--suite", "no_such_suite")
    assert done.code == 3
    assert "no_such_suite" in done.err


def test_lessons_that_the_tests_confirmed_are_used_unasked_only_when_wanted(command: Command, tmp_path: Path) -> None:
    line = ("run", "--suite", "related_stream", "--limit", "4", "--json")
    asked = command(*line, "--home", str(tmp_path / "asking")).data["rows"]
    trusted = command(*line, "--home", str(tmp_path / "trusting"), "--approve-tested").data["rows"]
    assert sum(row["lessons"] for row in asked) == 0
    assert sum(row["lessons"] for row in trusted) > 0


@pytest.mark.skipif(sys.platform == "win32", reason="signals as Unix has them")
def test_ctrl_c_stops_the_run_within_seconds_and_keeps_it(own_home: Path, ollama: str) -> None:
    environment = {**os.environ, "OLLAMA_HOST": ollama}
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "purpose_agent",
            "run",
            "Say hello",
            "--model",
            "ollama:slow",
            "--home",
            str(own_home / "w"),
        ],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    first = process.stderr.readline()  # the run has begun
    started = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130, first + err
    assert time.monotonic() - started < 8
    assert "What was done is kept" in err
    assert out == ""
    assert "Traceback" not in err
    assert runs_kept(own_home / "w") == ["cancelled"]


def runs_kept(home: Path) -> list[str]:
    from purpose_agent.teams.service import engine_for

    engine = engine_for(home)
    try:
        results = [engine.result(run_id) for run_id in engine.workspace.journal.run_ids(limit=10)]
        return [result.status for result in results if result is not None]
    finally:
        engine.close()


def test_json_of_a_failure_is_still_one_document(command: Command) -> None:
    done = command("run", "--suite", "no_such_suite", "--json")
    assert json.loads(done.out)["error"]["fix"]
