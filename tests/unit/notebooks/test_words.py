from datetime import UTC, datetime

from purpose_agent.notebooks import words
from purpose_agent.notebooks.model import CellOutput


def test_free_is_said_only_of_models_on_this_machine() -> None:
    assert [words.cost(0.0, name) for name in ("builtin:search", "ollama:qwen3:1.7b")] == ["free", "free"]
    assert words.cost(0.0, "openai:some-model") == "cost not told"
    assert words.cost(0.25, "openrouter:some/model") == "$0.25"


def test_a_run_with_lessons_stands_beside_the_last_one_without() -> None:
    output = CellOutput(phi=10.0, tier="given_tests", attempts=37, lessons_used=("When …: …",), model="builtin:search")
    told = words.beside_control(output, 10.0, 14_430, 0)
    assert (
        told == "Last run without lessons: Φ 10 after 14,430 programs. This one, with 1 lesson: Φ 10 after 37 programs."
    )


def test_a_reply_in_our_own_form_is_told_as_lines_and_what_is_empty_is_left_out() -> None:
    assert words.reply_lines('{"thought": "", "answer": "4", "done": true}') == "answer: 4\ndone: yes"
    assert words.reply_lines("just text") == "just text"


def test_a_moment_is_told_by_the_clock_of_this_computer() -> None:
    at = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    assert words.moment(at) == f"{at.astimezone():%d %b %Y, %H:%M}"
