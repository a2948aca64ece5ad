"""What leaves a command is free of control characters and, in a pipe, of colours and wrapping."""

import json

import pytest

from purpose_agent.cli.console import Screen, plain
from purpose_agent.errors import PurposeError

HOSTILE = "before\x1b]0;owned\x07 \x1b[31mred\x1b[0m\x9b2J after\r\nnext\tcolumn"


def test_text_of_others_cannot_drive_the_terminal() -> None:
    assert plain(HOSTILE) == "before]0;owned [31mred[0m2J after\nnext\tcolumn"


def test_a_piped_result_is_as_it_was_written(capsys: pytest.CaptureFixture[str]) -> None:
    long = "def f(n):  # [bold]not markup[/bold] :smile:\n    return " + "n + " * 100 + "0"
    Screen.make().result(long)
    assert capsys.readouterr().out == long + "\n"


def test_a_piped_table_holds_no_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    Screen.make().table("Tasks", ("#", "Task"), [("1", HOSTILE)])
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\x07" not in out
    assert "after" in out


def test_json_mode_writes_the_document_and_nothing_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen.make(json=True)
    screen.result("for people")
    screen.tell("for people")
    screen.table("", ("Task",), [("for people",)])
    screen.data({"answer": 42})
    out, err = capsys.readouterr()
    assert json.loads(out) == {"answer": 42}
    assert err == ""


def test_a_problem_says_what_happened_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    Screen.make().problem(PurposeError("Ollama did not answer.", "Start it."))
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "Ollama did not answer.\nStart it.\n"


def test_a_problem_in_json_mode_stands_in_the_document_too(capsys: pytest.CaptureFixture[str]) -> None:
    Screen.make(json=True).problem(PurposeError("It broke.", "Mend it."))
    assert json.loads(capsys.readouterr().out)["error"] == {"what": "It broke.", "fix": "Mend it.", "details": ""}
